"""`hub.kept`: what nginx may keep, and that nothing else is said to be kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from hub.kept import LARGEST_KEPT, KeptByEdge, may_be_kept
from library.serving.large_pages import Chunks

EDITION = "d2dd7c0c74965f88"
PAGE = {"etag": f'"{EDITION}-7-gz"'}


@pytest.mark.parametrize(
    ("asked", "status", "headers", "kept"),
    [
        (f"book {EDITION}", "200 OK", PAGE, True),
        (f"book {EDITION}", "304 NOT MODIFIED", PAGE, True),
        (f"book {EDITION}", "200 OK", {"etag": f'"{EDITION}"'}, True),
        (f"book {EDITION}", "200 OK", {"etag": f'"{EDITION}0-7"'}, False),
        (f"book {EDITION}", "200 OK", {"etag": '"another-7"'}, False),
        (f"book {EDITION}", "200 OK", {}, False),
        (f"book {EDITION}", "200 OK", {**PAGE, "set-cookie": "a=b"}, False),
        (f"book {EDITION}", "404 NOT FOUND", PAGE, False),
        (f"book {EDITION}", "302 FOUND", PAGE, False),
        (f"book {EDITION}", "206 PARTIAL CONTENT", PAGE, False),
        (f"book {EDITION}", "503 SERVICE UNAVAILABLE", PAGE, False),
        ("book ", "200 OK", {"etag": '"-7"'}, False),
        ("book ", "200 OK", PAGE, False),
        ("book", "200 OK", PAGE, False),
        ("static", "200 OK", {"cache-control": "public, max-age=31536000, immutable"}, True),
        ("static", "200 OK", {"cache-control": "no-cache"}, False),
        ("static", "200 OK", PAGE, False),
        ("none", "200 OK", {**PAGE, "cache-control": "immutable"}, False),
        ("static", "200 OK", {"cache-control": "immutable", "set-cookie": "a=b"}, False),
    ],
)
def test_only_an_answer_that_proves_its_edition_is_kept(
    asked: str, status: str, headers: dict[str, str], kept: bool
) -> None:
    assert may_be_kept(asked, status, headers) is kept


class Body:
    """A body that knows whether it was given back."""

    def __init__(self) -> None:
        self.closed = False

    def __iter__(self) -> Iterable[bytes]:
        yield b"x"

    def close(self) -> None:
        self.closed = True


def answered(headers: list[tuple[str, str]], body: Any, asked: str | None = None, method: str = "GET") -> Any:
    def site(environ: dict[str, Any], start_response: Any) -> Any:
        assert "HTTP_X_HUB_EDGE" not in environ
        start_response("200 OK", headers)
        return body

    said: list[Any] = []
    environ = {"REQUEST_METHOD": method, **({"HTTP_X_HUB_EDGE": asked} if asked is not None else {})}
    found = KeptByEdge(site)(environ, lambda *words: said.extend(words))
    return dict(said[1]), found


def test_what_nginx_would_not_keep_passes_untouched() -> None:
    body = Body()
    headers, found = answered([("ETag", "x"), ("Content-Length", str(10 * LARGEST_KEPT))], body)
    assert (headers, found) == ({"ETag": "x", "Content-Length": str(10 * LARGEST_KEPT)}, body)


@pytest.mark.parametrize(
    ("headers", "method", "there"),
    [
        ([("Accept-Ranges", "bytes"), ("ETag", '"x"')], "GET", "@sliced"),
        ([("Accept-Ranges", "bytes"), ("ETag", '"x"')], "HEAD", None),
        ([("Accept-Ranges", "bytes")], "GET", None),
        ([("ETag", '"x"')], "GET", None),
        ([("Accept-Ranges", "bytes"), ("ETag", '"x"'), ("Content-Encoding", "gzip")], "GET", None),
    ],
)
def test_large_files_of_the_hubs_own_site_pass_in_slices_where_they_can(
    headers: list[tuple[str, str]], method: str, there: str | None
) -> None:
    found, _ = answered([*headers, ("Content-Length", str(LARGEST_KEPT + 1))], Body(), "none", method)
    assert found.get("X-Accel-Redirect") == there


def test_every_other_answer_says_how_long_it_may_be_kept() -> None:
    headers, _ = answered([("ETag", f'"{EDITION}-1"'), ("Content-Length", str(LARGEST_KEPT))], [b""], f"book {EDITION}")
    assert headers["X-Accel-Expires"] == "86400"
    headers, _ = answered([("Content-Length", "5")], [b"hello"], f"book {EDITION}")
    assert headers["X-Accel-Expires"] == "0"


@pytest.mark.parametrize(
    ("more", "body", "method", "there"),
    [
        ([], Body(), "GET", "@sliced"),
        ([], Body(), "HEAD", "@whole"),
        ([("Content-Encoding", "gzip")], Body(), "GET", "@whole"),
        ([], Chunks(b"x", 0, 1, lambda: None), "GET", "@whole"),
    ],
)
def test_large_files_are_fetched_in_another_way_and_given_back(
    more: list[tuple[str, str]], body: Any, method: str, there: str
) -> None:
    large = [("Content-Length", str(LARGEST_KEPT + 1)), ("ETag", f'"{EDITION}-1"'), *more]
    headers, found = answered(large, body, f"book {EDITION}", method)
    assert headers == {"X-Accel-Redirect": there, "Content-Length": "0"}
    assert found == []
    assert getattr(body, "closed", True)
