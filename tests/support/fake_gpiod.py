"""A stand-in for libgpiod's Python binding (version 2) where there are no GPIO chips.

It keeps the rules of the kernel (Documentation/userspace-api/gpio/gpio-v2-*.rst): a line has one holder, edges need an
input, a pull needs a direction, what was let go of cannot be used, events are lost when nobody reads them, reading
none would wait for ever. What it does not do is debounce: it remembers only what was asked.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gpiod
from gpiod import ChipClosedError, LineSettings, RequestReleasedError
from gpiod.line import Bias, Direction, Edge, Value


def refused(number: int) -> OSError:
    return OSError(number, os.strerror(number))


@dataclass(frozen=True)
class FakeInfo:
    label: str
    num_lines: int


@dataclass(frozen=True)
class FakeLineInfo:
    consumer: str
    used: bool


@dataclass(frozen=True)
class FakeEvent:
    event_type: Any
    timestamp_ns: int


@dataclass
class FakeLine:
    """One wire: what drives it from outside, who holds it, and how."""

    driven: bool | None = None
    settings: LineSettings = field(default_factory=LineSettings)
    holder: FakeRequest | None = None
    consumer: str = ""
    wakes: bool = True
    gone: bool = False
    history: list[str] = field(default_factory=list)

    @property
    def level(self) -> bool:
        settings = self.settings
        if self.holder is not None and settings.direction is Direction.OUTPUT:
            return bool(settings.output_value)
        return self.driven if self.driven is not None else settings.bias is Bias.PULL_UP


class FakeBoard:
    """What the machine has: `Chip` and the names beside it are the module's, the rest is for tests.

    Args:
        folder: gets an empty file for each chip.
        labels: of its chips, in the order of their numbers; None: one that may not be opened.
    """

    def __init__(self, folder: Path, *labels: str | None, lines: int = 54) -> None:
        self.folder = folder
        self.infos = {}
        self.lines: dict[tuple[str, int], FakeLine] = {}
        self.open = 0
        for number, label in enumerate(labels):
            path = folder / f"gpiochip{number}"
            path.touch()
            self.infos[str(path)] = label and FakeInfo(label, lines)

    def Chip(self, path: str) -> FakeChip:  # noqa: N802 - as in gpiod
        if path not in self.infos:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)
        if self.infos[path] is None:
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return FakeChip(self, path)

    def line(self, offset: int, chip: int = 0) -> FakeLine:
        return self.lines.setdefault((str(self.folder / f"gpiochip{chip}"), offset), FakeLine())

    def drive(self, offset: int, level: bool | None, *, at_ns: int | None = None) -> None:
        """Put a level on a wire from outside, or take it away; an edge is told to whoever listens."""
        line = self.line(offset)
        before = line.level
        line.driven = level
        if (holder := line.holder) is not None and line.level is not before:
            holder.edge(line.level, time.monotonic_ns() if at_ns is None else at_ns)

    def held(self) -> set[int]:
        """The lines that somebody holds."""
        return {offset for (_, offset), line in self.lines.items() if line.holder is not None}


class FakeChip:
    def __init__(self, board: FakeBoard, path: str) -> None:
        self._board, self._path, self._open = board, path, True
        board.open += 1

    def __bool__(self) -> bool:
        return self._open

    def __enter__(self) -> FakeChip:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._board.open -= self._open
        self._open = False

    def _check(self) -> None:
        if not self._open:
            raise ChipClosedError

    def get_info(self) -> FakeInfo:
        self._check()
        return self._board.infos[self._path]

    def get_line_info(self, offset: int) -> FakeLineInfo:
        self._check()
        line = self._board.lines[self._path, offset]
        return FakeLineInfo(line.consumer, line.holder is not None)

    def request_lines(
        self, config: dict[int, LineSettings], consumer: str | None = None, event_buffer_size: int | None = None
    ) -> FakeRequest:
        self._check()
        (offset,) = config
        if offset >= self.get_info().num_lines:
            raise ValueError("line offset of out range")
        line = self._board.lines.setdefault((self._path, offset), FakeLine())
        if line.holder is not None or line.consumer:
            raise refused(errno.EBUSY)
        request = FakeRequest(offset, line, event_buffer_size or 16)
        request.reconfigure_lines(config)
        line.holder, line.consumer = request, consumer or "?"
        return request


class FakeRequest:
    """A line that is held; its file descriptor can be waited for like the real one's."""

    def __init__(self, offset: int, line: FakeLine, kept: int) -> None:
        self._offset, self._line, self._kept = offset, line, kept
        self._events: list[FakeEvent] = []
        self._fd = os.eventfd(0, os.EFD_SEMAPHORE | os.EFD_NONBLOCK)
        self._live = True
        self._lock = threading.Lock()

    def _check(self) -> None:
        if not self._live:
            raise RequestReleasedError
        if self._line.gone:
            raise refused(errno.ENODEV)

    @property
    def fd(self) -> int:
        if not self._live:
            raise RequestReleasedError
        return self._fd

    def reconfigure_lines(self, config: dict[int, LineSettings]) -> None:
        self._check()
        ((offset, settings),) = config.items()
        assert offset == self._offset, "a line that is not part of the request"
        detecting = settings.edge_detection is not Edge.NONE
        if settings.direction is Direction.AS_IS and settings.bias is not Bias.AS_IS:
            raise refused(errno.EINVAL)
        if settings.direction is Direction.OUTPUT and (detecting or settings.debounce_period):
            raise refused(errno.EINVAL)
        if settings.debounce_period.total_seconds() * 1_000_000 >= 2**32:
            raise OverflowError("debounce period does not fit")
        if detecting and not self._line.wakes:
            raise refused(errno.ENXIO)
        self._line.settings = settings
        level = "high" if settings.output_value is Value.ACTIVE else "low"
        self._line.history.append(level if settings.direction is Direction.OUTPUT else settings.bias.name.lower())

    def get_value(self, offset: int) -> Value:
        self._check()
        assert offset == self._offset
        return Value.ACTIVE if self._line.level else Value.INACTIVE

    def set_value(self, offset: int, value: Value) -> None:
        self._check()
        assert offset == self._offset
        if self._line.settings.direction is not Direction.OUTPUT:
            raise refused(errno.EPERM)
        self._line.settings.output_value = value
        self._line.history.append("high" if value is Value.ACTIVE else "low")

    def edge(self, rising: bool, at_ns: int) -> None:
        """Something changed; it is kept when it was asked for."""
        wanted = {Edge.BOTH, Edge.RISING if rising else Edge.FALLING}
        if self._line.settings.edge_detection in wanted:
            kinds = gpiod.EdgeEvent.Type
            with self._lock:
                if not self._live:
                    return
                if len(self._events) == self._kept:
                    self._events.pop(0)
                    os.eventfd_read(self._fd)
                self._events.append(FakeEvent(kinds.RISING_EDGE if rising else kinds.FALLING_EDGE, at_ns))
                os.eventfd_write(self._fd, 1)

    def read_edge_events(self) -> list[FakeEvent]:
        self._check()
        with self._lock:
            assert self._events, "reading edges when there are none waits for ever"
            events, self._events = self._events, []
            for _ in events:
                os.eventfd_read(self._fd)
        return events

    def release(self) -> None:
        with self._lock:
            if self._live:
                self._live = False
                self._line.holder, self._line.consumer = None, ""
                self._line.settings = LineSettings()
                self._line.history.append("released")
                os.close(self._fd)
