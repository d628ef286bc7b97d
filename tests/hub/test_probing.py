"""`hub.probing` believes only the exact answer of the page it asked for, and never waits longer than it was told."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.probing import Finding, Page, answered_addresses, judge, probe, question

EMPTY = Page("hub.tinh.vn", 80, "/hub", "")
TEXT = Page("hub.tinh.vn", 80, "/hub", "mạng tốt")


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("http://hub.tinh.vn/hub", Page("hub.tinh.vn", 80, "/hub", "ok")),
        ("http://hub.tinh.vn", Page("hub.tinh.vn", 80, "/", "ok")),
        ("http://10.1.2.3:8080/a/b?c=d", Page("10.1.2.3", 8080, "/a/b?c=d", "ok")),
    ],
)
def test_an_address_is_taken_apart(url: str, page: Page) -> None:
    assert Page.at(url, "ok") == page


def http(status: str, *headers: str, body: str = "") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", body]).encode()


@pytest.mark.parametrize(
    ("page", "answer", "finding"),
    [
        (EMPTY, http("204 No Content"), Finding.RIGHT),
        (EMPTY, http("204 No Content", "Content-Length: 0", "Date: x"), Finding.RIGHT),
        (EMPTY, http("200 OK", "Content-Length: 0"), Finding.WRONG),
        (EMPTY, http("200 OK", body="<html>Đăng nhập</html>"), Finding.WRONG),
        (EMPTY, http("200 OK", "Content-Length: 90000", body="<html>"), Finding.WRONG),
        (EMPTY, http("302 Found", "Location: http://wifi.khachsan.vn/"), Finding.WRONG),
        (EMPTY, http("511 Network Authentication Required"), Finding.WRONG),
        (EMPTY, http("404 Not Found"), Finding.NO_ANSWER),
        (EMPTY, http("502 Bad Gateway", body="nginx"), Finding.NO_ANSWER),
        (EMPTY, b"", Finding.NO_ANSWER),
        (EMPTY, b"HTTP/1.1", Finding.NO_ANSWER),
        (EMPTY, b"HTTP/1.1 9999 x\r\n\r\n", Finding.NO_ANSWER),
        (EMPTY, b"SSH-2.0-router\r\n", Finding.WRONG),
        (EMPTY, b"HTTP/1.1 204 x\r\n" + b"A: b\r\n" * 500 + b"\r\n", Finding.NO_ANSWER),
        (TEXT, http("200 OK", body="mạng tốt"), Finding.RIGHT),
        (TEXT, http("200 OK", "Content-Length: 13", body="mạng tốt\n"), Finding.RIGHT),
        (TEXT, http("200 OK", "Transfer-Encoding: chunked", body="c\r\nmạng tốt\r\n0\r\n\r\n"), Finding.RIGHT),
        (TEXT, http("200 OK", "Transfer-Encoding: chunked", body="zz\r\nmạng"), Finding.WRONG),
        (TEXT, http("200 OK", body="mạng tốt hơn"), Finding.WRONG),
        (TEXT, http("204 No Content"), Finding.WRONG),
        (TEXT, http("203 Non-Authoritative", body="mạng tốt"), Finding.WRONG),
    ],
)
def test_only_the_exact_answer_is_right(page: Page, answer: bytes, finding: Finding) -> None:
    assert judge(page, answer) is finding


@given(st.binary(max_size=300), st.binary(max_size=60))
def test_no_answer_whatever_breaks_the_judge(head: bytes, tail: bytes) -> None:
    for answer in (head, b"HTTP/1.1 " + head, b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + tail):
        assert judge(TEXT, answer) in {Finding.WRONG, Finding.NO_ANSWER}


def record(name: bytes, kind: int, data: bytes) -> bytes:
    return name + struct.pack("!2HIH", kind, 1, 60, len(data)) + data


def reply(asked: bytes, *records: bytes, flags: int = 0x8180) -> bytes:
    return asked[:2] + struct.pack("!5H", flags, 1, len(records), 0, 0) + asked[12:] + b"".join(records)


def test_a_question_is_as_the_standard_has_it() -> None:
    expected = b"\x12\x34\x01\x00\x00\x01\0\0\0\0\0\0\x03hub\x04tinh\x02vn\0\0\x01\0\x01"
    assert question("hub.tinh.vn", 0x1234) == expected


@pytest.mark.parametrize("host", ["a..b", ".a", "x" * 64 + ".vn", ""])
def test_a_name_that_is_none_is_not_asked_for(host: str) -> None:
    with pytest.raises(ValueError):
        question(host, 1)
    assert probe(Page(host, 80, "/", ""), "", ["127.0.0.1"], 1) is Finding.NO_NAME


def test_answers_are_read_through_aliases() -> None:
    asked = question("hub.tinh.vn", 7)
    alias = record(b"\xc0\x0c", 5, b"\x03web\xc0\x10")
    first, second = (
        record(name, 1, bytes([203, 0, 113, last])) for name, last in ((b"\x03web\xc0\x10", 5), (b"\0", 6))
    )
    assert answered_addresses(asked, reply(asked, alias, first, second)) == ["203.0.113.5", "203.0.113.6"]
    assert answered_addresses(asked, reply(asked, flags=0x8183)) == []  # NXDOMAIN
    assert answered_addresses(asked, reply(asked, record(b"\xc0\x0c", 28, bytes(16)))) == []


def test_what_is_no_answer_to_the_question_is_passed_over() -> None:
    asked = question("hub.tinh.vn", 7)
    good = record(b"\xc0\x0c", 1, bytes(4))
    assert answered_addresses(asked, reply(question("hub.tinh.vn", 8), good)) is None
    assert answered_addresses(asked, reply(question("xyz.tinh.vn", 7), good)) is None
    assert answered_addresses(asked, reply(asked, good, flags=0x0100)) is None
    assert answered_addresses(asked, reply(asked, good)[:-3]) is None
    assert answered_addresses(asked, b"") is None


@given(st.binary(max_size=80), st.integers(0, 65535))
def test_no_datagram_breaks_the_reader(tail: bytes, count: int) -> None:
    asked = question("hub.tinh.vn", 7)
    data = asked[:2] + struct.pack("!5H", 0x8180, 1, count, 0, 0) + asked[12:] + tail
    answered_addresses(asked, data)
    answered_addresses(asked, tail)


@contextlib.contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[Page]:
    """A web server for one connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Page("127.0.0.1", listener.getsockname()[1], "/hub", "")
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_the_page_is_asked_for_in_few_words() -> None:
    heard = []

    def answer(connection: socket.socket) -> None:
        heard.append(connection.recv(4096).decode())
        connection.sendall(http("204 No Content"))
        connection.recv(1)  # until the other side ends it: an answer without a body is not waited for

    with server(answer) as page:
        assert probe(page, "", [], 5) is Finding.RIGHT
    port = page.port
    assert heard == [
        f"GET /hub HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: village-hub\r\nConnection: close\r\n\r\n"
    ]


def test_a_door_that_keeps_the_line_open_is_still_a_door() -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(http("302 Found", "Location: http://login.vn/", "Connection: keep-alive"))
        connection.recv(4096)
        connection.recv(1)

    with server(answer) as page:
        assert probe(page, "", [], 5) is Finding.WRONG


def test_a_server_that_drips_is_not_waited_for() -> None:
    def answer(connection: socket.socket) -> None:
        for letter in http("204 No Content", "X: " + "y" * 200):
            connection.sendall(bytes([letter]))
            time.sleep(0.05)

    with server(answer) as page:
        began = time.monotonic()
        assert probe(page, "", [], 0.4) is Finding.NO_ANSWER
        assert time.monotonic() - began < 5  # the whole answer takes eleven seconds


def test_an_answer_without_end_is_cut() -> None:
    sent = []

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while len(sent) < 10_000:
            sent.append(connection.send(bytes(65536)))

    with server(answer) as page:
        assert probe(page, "", [], 5) is Finding.WRONG
    assert len(sent) < 10_000


def test_nobody_there_and_no_such_interface() -> None:
    with server(lambda connection: None) as page:
        assert probe(page, "", [], 5) is Finding.NO_ANSWER
    assert probe(page, "", [], 1) is Finding.NO_ANSWER
    assert probe(page, "no-such-if", [], 1) is Finding.NO_ANSWER
    assert probe(EMPTY, "", [], 1) is Finding.NO_NAME
