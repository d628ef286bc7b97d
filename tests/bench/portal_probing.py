"""Phones that probe for the internet again and again, each time on a new connection, and how long an answer takes.

One loop around epoll, so that sixty phones cost this machine little beside what is measured; the time of one probe
runs from before its connection is opened until its answer is complete.
"""

from __future__ import annotations

import contextlib
import gc
import heapq
import select
import socket
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from portal_crowd import Guest

_GIVE_UP_S: Final = 3.0
"""How long Android waits for an answer."""


@dataclass
class Probes:
    """What came of many probes.

    Attributes:
        seconds: how long it went on.
        times_ms: of every answered probe.
        statuses: how often each status was answered.
        lost: probes without a whole answer within three seconds.
    """

    seconds: float = 0.0
    times_ms: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0

    def share_ms(self, share: float) -> float:
        """The time within which this share of the answers came, in milliseconds; all lost: that of giving up."""
        ordered = sorted(self.times_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else _GIVE_UP_S * 1000

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.times_ms) / self.seconds if self.seconds else 0.0


@dataclass(eq=False)
class _Probe:
    guest: Guest
    opened: socket.socket
    begun: float
    said: bytes = b""

    def complete(self) -> bool:
        head, end, body = self.said.partition(b"\r\n\r\n")
        if not end:
            return False
        if head[9:12] == b"204":
            return True
        length = head.lower().partition(b"content-length:")[2]
        return bool(length) and len(body) >= int(length.split(b"\r\n", 1)[0])


class _Round:
    """One time of probing: who waits for an answer, and who is due when."""

    def __init__(self, guests: Sequence[Guest], at: str, request: bytes, every_s: float) -> None:
        self.found = Probes()
        self.waiting: dict[int, _Probe] = {}
        self._at, self._request, self._every_s = at, request, every_s
        begun = time.perf_counter()
        self._due = [(begun + every_s * index / len(guests), index, guest) for index, guest in enumerate(guests)]
        heapq.heapify(self._due)
        self._poll = select.epoll()

    def begin_those_due(self) -> float:
        """Open the connections of all who are due; return when the next one is."""
        while self._due and self._due[0][0] <= time.perf_counter():
            planned, index, guest = heapq.heappop(self._due)
            if self._every_s:
                heapq.heappush(self._due, (planned + self._every_s, index, guest))
            begun = time.perf_counter()
            opened = guest.socket()
            with contextlib.suppress(BlockingIOError):
                opened.connect((self._at, 80))
            self.waiting[opened.fileno()] = _Probe(guest, opened, begun)
            self._poll.register(opened, select.EPOLLOUT)
        return self._due[0][0] if self._due else time.perf_counter() + _GIVE_UP_S

    def take_answers(self, wait_s: float) -> None:
        """Send what can be sent, read what came."""
        for number, events in self._poll.poll(max(0.0, wait_s)):
            running = self.waiting[number]
            try:
                if events & select.EPOLLOUT:
                    running.opened.sendall(self._request)
                    self._poll.modify(number, select.EPOLLIN)
                    continue
                piece = running.opened.recv(65536)
                running.said += piece
            except OSError:
                piece = b""
            if running.complete():
                self.found.times_ms.append((time.perf_counter() - running.begun) * 1000)
                self.found.statuses[int(running.said[9:12])] += 1
                self._end(number)
            elif not piece:
                self.found.lost += 1
                self._end(number)

    def give_up(self) -> None:
        """Count probes as lost that wait too long."""
        late = time.perf_counter() - _GIVE_UP_S
        for number in [number for number, running in self.waiting.items() if running.begun < late]:
            self.found.lost += 1
            self._end(number)

    def _end(self, number: int) -> None:
        ended = self.waiting.pop(number)
        ended.opened.close()
        if not self._every_s:
            heapq.heappush(self._due, (time.perf_counter(), ended.guest.number, ended.guest))

    def close(self) -> None:
        """Leave nothing open."""
        for running in self.waiting.values():
            running.opened.close()
        self._poll.close()


def probe(guests: Sequence[Guest], at: str, host: str, path: str, every_s: float, seconds: float) -> Probes:
    """Have phones probe for some time; to be called in the crowd's namespace.

    Args:
        guests: who.
        at: the address they send it to.
        host: whom they believe to ask.
        path: for what.
        every_s: how often each does; 0: again as soon as there is an answer.
        seconds: for how long.
    """
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Dalvik/2.1.0\r\nConnection: close\r\n\r\n".encode()
    gc.collect()
    gc.disable()
    begun = time.perf_counter()
    round_ = _Round(guests, at, request, every_s)
    try:
        while (now := time.perf_counter()) < begun + seconds:
            round_.take_answers(min(round_.begin_those_due() - now, 0.05))
            round_.give_up()
        round_.found.seconds = time.perf_counter() - begun
        while round_.waiting:
            round_.take_answers(0.05)
            round_.give_up()
    finally:
        gc.enable()
        round_.close()
    return round_.found
