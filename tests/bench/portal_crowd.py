"""A crowd of phones in one network namespace, one macvlan each, and what a phone does there: join, ask names and pages.

All of it runs in one thread of asyncio. A socket is bound to its phone's interface, so that each phone has an address
and a MAC of its own on the air, as the gates tell them apart.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import socket
import struct
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

from namespaces import Namespace, connect

ANSWER_S: Final = 60.0
AGENT: Final = "Mozilla/5.0 (Linux; Android 9; Redmi 7A) AppleWebKit/537.36 Chrome/74.0.3729.136 Mobile Safari/537.36"
"""Never left out: openNDS 9.10 ends with a segmentation fault when a browser does not say what it is."""
_SCRIPT: Final = Path(__file__).with_name("portal_lease.sh")
_numbers = itertools.count(1)


class BadAnswerError(Exception):
    """What a gate said is not what a phone could go on with."""


@dataclass(frozen=True)
class Said:
    """What a web server said."""

    status: int
    headers: dict[str, str]
    body: bytes
    url: str

    def follow(self) -> str:
        """Where a redirect leads.

        Raises:
            BadAnswerError: it is none.
        """
        if not (300 <= self.status < 400 and "location" in self.headers):
            raise BadAnswerError(f"{self.url}: {self.status} instead of a redirect: {self.body[:200]!r}")
        return urljoin(self.url, self.headers["location"])

    def expect(self, status: int, mark: bytes = b"") -> Said:
        """Return itself.

        Raises:
            BadAnswerError: the status is another one, or the mark is not in the page.
        """
        if self.status != status or mark not in self.body:
            raise BadAnswerError(f"{self.url}: {self.status} {self.body[:200]!r}")
        return self


@dataclass
class Guest:
    """One phone of the crowd.

    Attributes:
        number: from 1.
        device: its interface in the crowd's namespace.
        address: what it was leased; "" before.
        server: the name server it was told of.
    """

    number: int
    device: str
    folder: Path
    address: str = ""
    server: str = ""
    names: dict[str, str] = field(default_factory=dict)

    def socket(self, kind: int = socket.SOCK_STREAM) -> socket.socket:
        """A socket that does not block, of this phone only; the thread must be in the crowd's namespace."""
        opened = socket.socket(socket.AF_INET, kind)
        opened.setblocking(False)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, self.device.encode())
        return opened

    async def join(self) -> None:
        """Get an address with busybox' udhcpc.

        Raises:
            BadAnswerError: there was none within 20 tries of a second.
        """
        report = self.folder / f"{self.device}.lease"
        client = await asyncio.create_subprocess_exec(
            "busybox", "udhcpc", "-f", "-n", "-q", "-t", "20", "-T", "1", "-A", "1", "-i", self.device, "-s", _SCRIPT,
            env={"PATH": os.environ["PATH"], "REPORT": str(report), "NUMBER": str(self.number)},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        if await client.wait() or not report.exists():
            raise BadAnswerError("no lease")
        self.address, self.server = report.read_text("ascii").split()

    async def resolve(self, name: str) -> str:
        """Ask the phone's name server for an address, three times (RFC 1035); known ones are not asked for again.

        Raises:
            BadAnswerError: there is no answer, or no address in it.
        """
        if name.replace(".", "").isdigit():
            return name
        if name not in self.names:
            labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
            question = os.urandom(2) + struct.pack("!HHHHH", 0x0100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"
            loop = asyncio.get_running_loop()
            with self.socket(socket.SOCK_DGRAM) as asking:
                for _ in range(3):
                    await loop.sock_sendto(asking, question, (self.server, 53))
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(2):
                            said = await loop.sock_recv(asking, 4096)
                        self.names[name] = _first_address(said, len(question))
                        break
                else:
                    raise BadAnswerError(f"no name server answers for {name}")
        return self.names[name]

    async def get(self, url: str, *, method: str = "GET", at: str = "") -> Said:
        """Ask for a page on a connection of its own; redirects are not followed.

        Raises:
            BadAnswerError: there is no whole answer.
        """
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        request = f"{method} {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUser-Agent: {AGENT}\r\nConnection: close\r\n"
        if method == "POST":
            kind = "application/x-www-form-urlencoded"
            request += f"Origin: http://{parts.netloc}\r\nContent-Type: {kind}\r\nContent-Length: 0\r\n"
        target = at or await self.resolve(parts.hostname or "")
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(ANSWER_S):
                with self.socket() as opened:
                    await loop.sock_connect(opened, (target, parts.port or 80))
                    await loop.sock_sendall(opened, f"{request}\r\n".encode())
                    pieces = []
                    while piece := await loop.sock_recv(opened, 65536):
                        pieces.append(piece)
        except (OSError, TimeoutError) as error:
            raise BadAnswerError(f"{url}: {type(error).__name__} {error}") from error
        return _parsed(b"".join(pieces), url)


def _first_address(message: bytes, at: int) -> str:
    flags, _, answers = struct.unpack("!HHH", message[2:8])
    for _ in range(answers):
        while message[at] and message[at] < 0xC0:
            at += message[at] + 1
        at += 2 if message[at] >= 0xC0 else 1
        kind, _, _, length = struct.unpack("!HHIH", message[at : at + 10])
        if kind == 1:
            return socket.inet_ntoa(message[at + 10 : at + 14])
        at += 10 + length
    raise BadAnswerError(f"a name without an address, code {flags & 15}")


def _parsed(answer: bytes, url: str) -> Said:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if not first.startswith("HTTP/1.") or len(body) < int(headers.get("content-length", 0)):
        raise BadAnswerError(f"{url}: cut short: {answer[:100]!r}")
    return Said(int(first.split()[1]), headers, body, url)


@contextlib.contextmanager
def crowd(name: str, air: Namespace, count: int, folder: Path) -> Iterator[tuple[Namespace, list[Guest]]]:
    """Phones before a house's door: on the air, without an address yet.

    Args:
        name: of the namespace; unique.
        air: where the access point's bridge `ap` is; ports are isolated from each other there.
        count: how many phones.
        folder: for what they write down.
    """
    folder.mkdir(exist_ok=True)
    with contextlib.closing(Namespace(name)) as space:
        for path in folder.glob("*.lease"):
            path.unlink()
        space.run(
            "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1",
            "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0", "net.ipv4.conf.all.arp_ignore=1",
            "net.ipv4.conf.all.arp_announce=2",
        )  # fmt: skip
        port = f"crowd{next(_numbers)}"
        connect(space, "air0", air, port)
        air.ip("link", "set", port, "master", "ap")
        air.run("bridge", "link", "set", "dev", port, "isolated", "on")
        guests = [Guest(number, f"m{number}", folder) for number in range(1, count + 1)]
        orders = folder / "links"
        orders.write_text(
            "".join(
                f"link add link air0 name {guest.device} address {_mac(next(_numbers))} type macvlan mode private\n"
                f"link set {guest.device} up\n"
                for guest in guests
            )
        )
        space.ip("-batch", str(orders))
        yield space, guests


def _mac(number: int) -> str:
    return f"02:00:5f:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


async def arriving(guests: list[Guest], seconds: float) -> AsyncIterator[Guest]:
    """The phones, one after the other, spread evenly over a time."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for index, guest in enumerate(guests):
        await asyncio.sleep(max(0.0, begun + seconds * index / len(guests) - loop.time()))
        yield guest
