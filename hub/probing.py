"""Asks over one way out whether the internet is there: a name server for the probe's host, then that host for its page.

Both are asked with few bytes, over the named interface only, and whatever comes back is read up to a limit of bytes
and of seconds: what answers may be anybody. Nothing is followed.
"""

import contextlib
import enum
import http.client
import io
import ipaddress
import itertools
import re
import secrets
import selectors
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_LARGEST_DATAGRAM: Final = 4096
_LARGEST_ANSWER: Final = 8192
_ASK_AGAIN_S: Final = 0.7
_MOST_QUESTIONS: Final = 12
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d{1,9}) *(?:\r\n|$)", re.IGNORECASE)
_CUT: Final = b"\0"
_SIGN_IN_STATUS: Final = 511
"""Network Authentication Required (RFC 6585)."""


class Finding(enum.Enum):
    """What became of one probe."""

    RIGHT = "right"
    """The province's own host said what it says."""
    WRONG = "wrong"
    """Somebody else answered in its name: the way out wants to be signed in to."""
    NO_NAME = "no-name"
    """No name server answered, or none knows the host."""
    NO_ANSWER = "no-answer"
    """The host does not answer, or is in trouble itself."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked for.

    Attributes:
        host: the host's name or IPv4 address.
        port: its TCP port.
        target: path and query.
        answer: what the page says, exactly; empty: nothing, with status 204.
    """

    host: str
    port: int
    target: str
    answer: str

    @classmethod
    def at(cls, url: str, answer: str) -> "Page":
        """Take an address apart that the configuration has accepted."""
        parts = urlsplit(url)
        target = parts.path or "/"
        return cls(parts.hostname or "", parts.port or 80, f"{target}?{parts.query}" if parts.query else target, answer)


def probe(page: Page, interface: str, servers: Sequence[str], timeout_s: float) -> Finding:
    """Ask once.

    Args:
        page: what for.
        interface: the way out; empty for whatever the routing table says.
        servers: IPv4 addresses of name servers, the first first.
        timeout_s: how long everything together may take, in seconds.
    """
    deadline = time.monotonic() + timeout_s
    try:
        try:
            addresses = [str(ipaddress.IPv4Address(page.host))]
        except ValueError:
            addresses = _addresses(page.host, interface, servers, deadline)
        if not addresses:
            return Finding.NO_NAME
        return judge(page, _fetch(page, addresses[0], interface, deadline))
    except ValueError:
        return Finding.NO_NAME
    except OSError:
        return Finding.NO_ANSWER


def judge(page: Page, answer: bytes) -> Finding:
    """Say what an HTTP answer means: only the exact one is right; one that leads elsewhere is a door in the way.

    An answer of the 4xx and 5xx kind proves nothing: the host may be in trouble, or somebody before it.
    """
    reader = http.client.HTTPResponse(_Bytes(answer), method="GET")  # type: ignore[arg-type]  # all it uses is makefile
    try:
        reader.begin()
    except (OSError, http.client.HTTPException, ValueError):
        return Finding.WRONG if answer and not answer.startswith(b"HTTP/") else Finding.NO_ANSWER
    try:
        body = reader.read()
    except (OSError, http.client.HTTPException, ValueError):
        body = _CUT  # longer than what was read of it
    if reader.status >= 400 and reader.status != _SIGN_IN_STATUS:
        return Finding.NO_ANSWER
    if page.answer:
        right = reader.status == 200 and body.strip() == page.answer.strip().encode()
    else:
        right = reader.status == 204 and not body
    return Finding.RIGHT if right else Finding.WRONG


def question(host: str, number: int) -> bytes:
    """A question for the IPv4 addresses of a host (RFC 1035, section 4).

    Raises:
        ValueError: the name has a part that is empty or too long.
    """
    labels = host.rstrip(".").encode("ascii").split(b".")
    if not all(0 < len(label) < 64 for label in labels):
        raise ValueError(f"{host!r} is no host name")
    name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    return struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + name + struct.pack("!2H", 1, 1)


def answered_addresses(asked: bytes, data: bytes) -> list[str] | None:
    """The IPv4 addresses in a name server's answer; None when it is no answer to this question."""
    try:
        number, flags, questions, answers = struct.unpack_from("!4H", data)
        same = data[12 : len(asked)].lower() == asked[12:].lower()
        if number != struct.unpack_from("!H", asked)[0] or not flags & 0x8000 or questions != 1 or not same:
            return None
        addresses, place = [], len(asked)
        for _ in range(answers):
            while 0 < data[place] < 0xC0:
                place += 1 + data[place]
            place += 2 if data[place] else 1
            kind, family, _seconds, length = struct.unpack_from("!2HIH", data, place)
            place += 10
            if (kind, family, length) == (1, 1, 4):
                addresses.append(socket.inet_ntoa(data[place : place + 4]))
            place += length
    except (struct.error, IndexError, OSError):
        return None
    return addresses


class _Bytes:
    """Stands where `http.client.HTTPResponse` expects a socket."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_: object) -> io.BytesIO:
        return io.BytesIO(self._data)


def _addresses(host: str, interface: str, servers: Sequence[str], deadline: float) -> list[str]:
    """Ask the servers one after the other, without giving up on the earlier ones; the first that knows it counts."""
    asked = question(host, secrets.randbelow(1 << 16))
    with selectors.DefaultSelector() as selector, contextlib.ExitStack() as stack:
        for turn, server in enumerate(itertools.islice(itertools.cycle(servers), _MOST_QUESTIONS)):
            sender = stack.enter_context(_socket(socket.SOCK_DGRAM, interface))
            with contextlib.suppress(OSError):  # one that cannot be reached just now is as good as silent
                sender.connect((server, 53))
                sender.send(asked)
                selector.register(sender, selectors.EVENT_READ, sender)
            again = min(deadline, time.monotonic() + _ASK_AGAIN_S)
            while selector.get_map() and (left := again - time.monotonic()) > 0:
                for key, _ in selector.select(left):
                    addresses = _heard(key.data, asked)
                    if addresses:
                        return addresses
                    if addresses is not None:
                        selector.unregister(key.data)
            nobody_left = not selector.get_map() and turn + 1 >= len(servers)
            if nobody_left or time.monotonic() >= deadline:
                break
    return []


def _heard(receiver: socket.socket, asked: bytes) -> list[str] | None:
    """What a server said: addresses; nothing of use ([]); or not an answer at all (None)."""
    try:
        return answered_addresses(asked, receiver.recv(_LARGEST_DATAGRAM))
    except OSError:
        return []


def _fetch(page: Page, address: str, interface: str, deadline: float) -> bytes:
    host = page.host if page.port == 80 else f"{page.host}:{page.port}"
    # HTTP/1.0: the answer comes in one piece and the connection ends with it.
    request = f"GET {page.target} HTTP/1.0\r\nHost: {host}\r\nUser-Agent: village-hub\r\nConnection: close\r\n\r\n"
    with _socket(socket.SOCK_STREAM, interface) as connection:
        connection.settimeout(_left(deadline))
        connection.connect((address, page.port))
        connection.sendall(request.encode("ascii"))
        answer = b""
        while len(answer) < _LARGEST_ANSWER and not _whole(answer):
            connection.settimeout(_left(deadline))
            part = connection.recv(_LARGEST_ANSWER - len(answer))
            if not part:
                break
            answer += part
    return answer


def _whole(answer: bytes) -> bool:
    """Whether nothing more can come that matters: no body, the whole body, or one that nobody reads (RFC 9110)."""
    head, end, body = answer.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    if not end:
        return False
    return head[9:12] == b"204" or head[9:10] == b"3" or (length is not None and len(body) >= int(length[1]))


def _socket(kind: socket.SocketKind, interface: str) -> socket.socket:
    sender = socket.socket(socket.AF_INET, kind | socket.SOCK_CLOEXEC)
    try:
        if interface:
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    except OSError:
        sender.close()
        raise
    return sender


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the probe took too long")
    return left
