"""Cuts the hub's link to the internet and mends it, while a phone probes, another reads a book, and leases are held."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import threading
import time
from dataclasses import dataclass
from typing import Final

import book
from rows import Bench, load_average
from village import HUB, NAME, Phone, Village

_PROBE_HOST: Final = "connectivitycheck.gstatic.com"
_WAIT_S: Final = 60.0
_LOOK_S: Final = 0.05
_PIECE: Final = 64 * 1024
_READ_PAUSE_S: Final = 0.02  # some 3 MB a second: a film takes long enough to be in the middle of it


@dataclass(frozen=True)
class Switching:
    """What came of it.

    Attributes:
        lost_s: from the cable's cut until the hub itself answers a phone's probes; the best of some times.
        found_s: from the mending until the internet answers them again; the best.
        leases_lost: phones that hold another address afterwards, or whose lease is forgotten.
        downloads_broken: downloads of a book that ended early or were not what the book holds.
        downloads: how many there were.
    """

    lost_s: float | None
    found_s: float | None
    leases_lost: int
    downloads_broken: int
    downloads: int


class _Reader(threading.Thread):
    """Downloads a film out of a book, again and again."""

    def __init__(self, phone: Phone, right: str) -> None:
        super().__init__(name="reader", daemon=True)
        self._phone, self._right = phone, right
        self.ending = threading.Event()
        self.whole = self.broken = self.received = 0

    def run(self) -> None:
        while not self.ending.is_set():
            try:
                if self._download() == self._right:
                    self.whole += 1
                elif not self.ending.is_set():
                    self.broken += 1
            except (OSError, http.client.HTTPException):
                self.broken += 1

    def _download(self) -> str:
        connection = http.client.HTTPConnection(HUB, timeout=20)
        connection.sock = self._phone.socket()
        digest = hashlib.sha256()
        with contextlib.closing(connection):
            connection.sock.settimeout(20)
            connection.sock.connect((HUB, 80))
            connection.request("GET", f"/trang/bench/{book.FILM}", headers={"Host": f"sach.{NAME}"})
            response = connection.getresponse()
            while piece := response.read(_PIECE):
                digest.update(piece)
                self.received += len(piece)
                if self.ending.is_set():
                    return ""
                time.sleep(_READ_PAUSE_S)
        return digest.hexdigest()


def measure_switching(bench: Bench, village: Village, times: int) -> Switching:
    """Cut and mend some times; the village's book must be the bench's."""
    probing, reading = village.phone(), village.phone()
    probing.post("/chao/internet")
    reader = _Reader(reading, _right(village))
    reader.start()
    phones = [probing, reading, *(village.phone() for _ in range(3))]
    before = {phone.name: phone.address for phone in phones}
    servers = [village.programs[name].pid for name in ("dnsmasq-house", "dnsmasq-open")]
    lost, found = [], []
    _wait_for(probing, from_internet=True)
    for _ in range(times):
        received = reader.received
        begun = time.monotonic()
        village.cut()
        lost.append(_wait_for(probing, from_internet=False) - begun)
        begun = time.monotonic()
        village.mend()
        found.append(_wait_for(probing, from_internet=True) - begun)
        told = f"lost {lost[-1]:.2f} s, found {found[-1]:.2f} s, {(reader.received - received) >> 20} MB of a film read"
        bench.console.print(f"  hub      switching: {told} ({load_average()})")
    held = _leases(village)
    forgotten = {phone.name for phone in phones if before[phone.name] not in held}
    moved = {phone.name for phone in phones if phone.join() != before[phone.name]}
    restarted = [name for name, pid in zip(("house", "open"), servers, strict=True)
                 if village.programs[f"dnsmasq-{name}"].poll() is not None]  # fmt: skip
    if restarted:
        bench.console.print(f"[red]dnsmasq ended meanwhile: {restarted}[/]")
    while not reader.whole and not reader.broken:
        time.sleep(0.1)
    reader.ending.set()
    reader.join(30)
    done = reader.whole + reader.broken
    return Switching(min(lost), min(found), len(forgotten | moved) + len(restarted), reader.broken, done)


def _wait_for(phone: Phone, *, from_internet: bool) -> float:
    """When a probe is first answered well by the one asked for; each asks for the name anew, as phones do.

    Raises:
        RuntimeError: it was not within a minute.
    """
    deadline = time.monotonic() + _WAIT_S
    said = ""
    while time.monotonic() < deadline:
        try:
            reply = phone.get(_PROBE_HOST, "/generate_204", timeout_s=1)
            said = f"{reply.status} {reply.headers.get('X-Internet')}"
            if reply.status == 204 and (reply.headers.get("X-Internet") == "yes") == from_internet:
                return time.monotonic()
        except (OSError, http.client.HTTPException) as error:
            said = repr(error)
        time.sleep(_LOOK_S)
    raise RuntimeError(f"the answers were not switched within {_WAIT_S:g} s; the last was {said}")


def _leases(village: Village) -> set[str]:
    """The addresses in dnsmasq's lease file."""
    files = [path for path in village.config.paths.run.rglob("*lease*") if path.is_file()]
    lines = [line.split() for path in files for line in path.read_text().splitlines()]
    return {words[2] for words in lines if len(words) > 3}


def _right(village: Village) -> str:
    """What the film should be, as somebody at the hub itself reads it."""
    connection = http.client.HTTPConnection("127.0.0.1", timeout=30)
    connection.sock = village.hub.socket()
    with contextlib.closing(connection):
        connection.sock.connect(("127.0.0.1", 80))
        connection.request("GET", f"/trang/bench/{book.FILM}", headers={"Host": f"sach.{NAME}"})
        response = connection.getresponse()
        body = response.read()
    if response.status != 200:
        raise RuntimeError(f"the bench's book is not on the shelf: {response.status}")
    return hashlib.sha256(body).hexdigest()
