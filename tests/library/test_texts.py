"""A book's own words about its pages never break a header, and texts are packed once."""

from __future__ import annotations

import gzip
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.serving.texts import PackedPages, is_compressible, is_text, media_type, with_charset


@pytest.mark.parametrize(
    "stated",
    ["text/html", "text/html; charset=utf-8", "image/svg+xml", "application/vnd.ms-fontobject", "text/html;raw=true"],
)
def test_a_good_media_type_stays(stated: str) -> None:
    assert media_type(stated) == stated


@pytest.mark.parametrize(
    "stated",
    ["", "text", "text/", "/html", "text/html\r\nX-Evil: 1", "text/html;\nX: 1", "text/đ", "text/html; x=\x7f", "a b/c",
     "text/html;\0", "x" * 101 + "/y", "text/html\x0b;"],
)  # fmt: skip
def test_a_bad_media_type_is_bytes(stated: str) -> None:
    assert media_type(stated) == "application/octet-stream"


@given(st.text())
def test_no_media_type_breaks_a_header(stated: str) -> None:
    media_type(stated).encode("ascii")
    assert media_type(stated).isprintable()


@pytest.mark.parametrize(
    ("mimetype", "text", "compressible"),
    [
        ("text/html", True, True),
        ("TEXT/CSS; x=y", True, True),
        ("application/javascript", True, True),
        ("image/svg+xml", True, True),
        ("application/ld+json", True, True),
        ("font/ttf", False, True),
        ("image/png", False, False),
        ("video/webm", False, False),
        ("application/pdf", False, False),
        ("application/octet-stream", False, False),
    ],
)
def test_what_is_text(mimetype: str, text: bool, compressible: bool) -> None:
    assert (is_text(mimetype), is_compressible(mimetype)) == (text, compressible)


def test_the_charset_is_said_where_it_is_known() -> None:
    assert with_charset("text/html", "Vải thiều".encode()) == "text/html; charset=utf-8"
    assert with_charset("text/html", "Vải thiều".encode("utf-16")) == "text/html"
    assert with_charset("text/html", "café".encode("latin-1")) == "text/html"
    assert with_charset("text/html; charset=tcvn", b"") == "text/html; charset=tcvn"
    assert with_charset("image/png", b"") == "image/png"


def test_pages_are_packed_once_and_the_oldest_forgotten() -> None:
    pages = PackedPages(limit=10_000)
    text = b"Ba Na " * 1000
    page = pages.pack(("a", "1"), "text/html", text, "tag-1")
    assert page.zipped
    assert page.tag == "tag-1"
    assert gzip.decompress(page.data) == text == pages.plain(("a", "1"), page) == pages.plain(("a", "1"), page)
    assert pages.get(("a", "1")) is page
    assert pages.get(("a", "2")) is None
    for number in range(2, 40):
        pages.pack(("a", str(number)), "text/html", text, "tag")
        pages.get(("a", "2"))
    assert pages.get(("a", "1")) is None
    assert pages.get(("a", "2")) is not None
    assert pages.weight <= 10_000


def test_what_does_not_shrink_is_sent_as_it_is() -> None:
    pages = PackedPages(limit=10_000)
    page = pages.pack(("a", "1"), "text/plain", b"a", "tag")
    assert (page.zipped, page.data, pages.plain(("a", "1"), page)) == (False, b"a", b"a")
    assert page.content_type == "text/plain; charset=utf-8"


def test_no_memory_for_packed_pages_is_allowed() -> None:
    pages = PackedPages(limit=0)
    assert pages.pack(("a", "1"), "text/html", b"x" * 100, "tag").zipped
    assert pages.get(("a", "1")) is None


def test_threads_share_the_packed_pages() -> None:
    pages = PackedPages(limit=5_000)

    def work(first: int) -> None:
        for number in range(300):
            pages.pack(("a", str((first + number) % 37)), "text/html", b"x" * 500, "tag")
            if page := pages.get(("a", str(number % 37))):
                assert pages.plain(("a", str(number % 37)), page) == b"x" * 500

    threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 <= pages.weight <= 5_000
