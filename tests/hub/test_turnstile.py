"""Slow readers and slow senders take places; what is quick never waits for them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from hub.turnstile import LARGEST_QUICK, Turnstile

LARGE = 3 * LARGEST_QUICK


def busy(environ: Any, start_response: Any) -> list[bytes]:
    start_response("503 Service Unavailable", [("Content-Type", "text/plain"), ("Retry-After", "5")])
    return [b"busy"]


def pieces(size: int) -> Iterator[bytes]:
    yield from (b"x" * 1000 for _ in range(size // 1000))


def site(environ: Any, start_response: Any) -> Iterable[bytes]:
    match environ["PATH_INFO"]:
        case "/film":
            start_response("200 OK", [("Content-Type", "video/mp4"), ("Content-Length", str(LARGE // 1000 * 1000))])
            return pieces(LARGE)
        case "/unknown-length":
            start_response("200 OK", [("Content-Type", "video/mp4")])
            return pieces(LARGE)
        case "/failing":
            raise RuntimeError("a fault")
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", "5")])
    return iter([b"pa", b"ge\n"])


class House:
    def __init__(self, threads: int = 64) -> None:
        self.turnstile = Turnstile(site, threads, busy)

    def ask(self, path: str, address: str = "10.0.0.9", **more: str) -> tuple[str, Iterable[bytes]]:
        environ: dict[str, Any] = {"PATH_INFO": path, "REMOTE_ADDR": address, **more}
        setup_testing_defaults(environ)
        del environ["HTTP_HOST"]
        said: list[str] = []

        def start_response(status: str, headers: Any, exc_info: Any = None) -> Callable[[bytes], object]:
            said.append(status)
            return lambda data: None

        body = self.turnstile(environ, start_response)
        return said[-1], body


@pytest.fixture
def house() -> House:
    return House()


def test_a_small_answer_goes_out_in_one_piece(house: House) -> None:
    assert house.ask("/") == ("200 OK", [b"page\n"])


def test_one_telephone_gets_a_quarter_of_the_places_and_others_go_on(house: House) -> None:
    stalled = [house.ask("/film")[1] for _ in range(12)]
    assert house.ask("/film") == ("503 Service Unavailable", [b"busy"])
    assert house.ask("/") == ("200 OK", [b"page\n"])
    assert house.ask("/film", address="10.0.0.10")[0] == "200 OK"
    stalled.pop().close()  # type: ignore[attr-defined]
    assert house.ask("/film")[0] == "200 OK"


def test_many_telephones_leave_a_quarter_of_the_threads(house: House) -> None:
    films = [house.ask("/film", address=f"10.0.1.{number}") for number in range(60)]
    assert [status for status, _ in films].count("200 OK") == 48
    assert house.ask("/", address="10.0.2.1")[0] == "200 OK"


def test_a_web_server_in_front_counts_for_itself(house: House) -> None:
    films = [house.ask("/film", address="127.0.0.1") for _ in range(40)]
    assert {status for status, _ in films} == {"200 OK"}


@pytest.mark.parametrize("path", ["/film", "/unknown-length"])
@pytest.mark.parametrize("how", ["read", "close", "forget"])
def test_a_place_is_given_back(house: House, path: str, how: str) -> None:
    for _ in range(30):
        status, body = house.ask(path)
        assert status == "200 OK"
        if how == "read":
            assert len(b"".join(body)) == LARGE // 1000 * 1000
            body.close()  # type: ignore[attr-defined]
        elif how == "close":
            next(iter(body))
            body.close()  # type: ignore[attr-defined]
            body.close()  # type: ignore[attr-defined]
        del body
    gc.collect()
    assert house.turnstile.taken == 0


@pytest.mark.parametrize("more", [{"CONTENT_LENGTH": "60000"}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_who_sends_something_needs_a_place_while_it_is_read(house: House, more: dict[str, str]) -> None:
    assert house.ask("/", **more)[0] == "200 OK"
    assert house.turnstile.taken == 0
    films = [house.ask("/film")[1] for _ in range(12)]
    assert house.ask("/", **more)[0] == "503 Service Unavailable"
    del films
    assert house.ask("/", **more)[0] == "200 OK"


def test_a_fault_keeps_no_place(house: House) -> None:
    for more in ({}, {"CONTENT_LENGTH": "5"}):
        with pytest.raises(RuntimeError):
            house.ask("/failing", **more)
    assert house.turnstile.taken == 0


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_few_threads_still_serve(threads: int) -> None:
    house = House(threads)
    assert house.ask("/film")[0] == "200 OK"
    assert house.ask("/")[0] == "200 OK"


def test_it_keeps_to_the_rules(house: House) -> None:
    environ: dict[str, Any] = {"PATH_INFO": "/film", "REMOTE_ADDR": "10.0.0.9", "QUERY_STRING": "", "SCRIPT_NAME": ""}
    setup_testing_defaults(environ)
    said: list[str] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Callable[[bytes], object]:
        said.append(status)
        return lambda data: None

    body = validator(house.turnstile)(environ, start_response)
    assert len(b"".join(body)) == LARGE // 1000 * 1000
    body.close()
    assert said == ["200 OK"]
