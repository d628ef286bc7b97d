"""Writes lines of the play log for the engine, which goes on speaking when the log cannot be written.

Nothing is written before `catch_up`, which the engine calls when it has done what it was asked: a slow card delays no
word and no picture. What could not be written is tried again.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from player.alerts.play_log import Entry, PlayLogError, Result
from player.engine.ports import Clock

logger = logging.getLogger(__name__)

MOST_WAITING: Final = 200
"""So many lines wait for a card that refuses; the oldest go."""

AGAIN_S: Final = 30.0
"""After a refusal the log is tried again after this time, in seconds."""

_OLD_LINES: Final = timedelta(hours=6)


class Writer(Protocol):
    """The log's only writer, as `player.alerts.play_log.PlayLog` is."""

    def start(self, entry: Entry, at: datetime, *, clock_trusted: bool) -> int:
        """Write that something starts; return the line's number; raises `PlayLogError`."""

    def end(self, number: int, at: datetime, result: Result, share: float) -> None:
        """Write how it ended; raises `PlayLogError`."""

    def note(self, entry: Entry, at: datetime, result: Result, *, clock_trusted: bool) -> int:
        """Write what was not played at all; raises `PlayLogError`."""

    def forget_old(self, now: datetime | None) -> int:
        """Drop old lines; raises `PlayLogError`."""

    def close(self) -> None:
        """Let go of the file."""


@dataclass(slots=True)
class Line:
    """A line that was begun.

    Attributes:
        entry: what it is about.
        at: when it began.
        trusted: whether the clock was trusted then.
        number: in the log; 0 as long as it is not written.
        ended: when, how, and how much of it; None as long as it goes on.
        end_written: whether that is written.
        unheard: whether it was not played at all.
    """

    entry: Entry
    at: datetime
    trusted: bool
    number: int = 0
    ended: tuple[datetime, Result, float] | None = None
    end_written: bool = False
    unheard: bool = False


class Logbook:
    """Writes the log, and never fails.

    Args:
        open_log: opens the log; raises `PlayLogError`.
        clock: what time it is.
    """

    def __init__(self, open_log: Callable[[], Writer], clock: Clock) -> None:
        self._open = open_log
        self._clock = clock
        self._log: Writer | None = None
        self._lines: deque[Line] = deque(maxlen=MOST_WAITING)
        self._again_s = float("-inf")
        self._forget_s = float("-inf")
        self.problem: PlayLogError | None = None

    def start(self, entry: Entry) -> Line:
        """Take note that something starts."""
        line = Line(entry, self._clock.now(), self._clock.trusted())
        self._lines.append(line)
        return line

    def end(self, line: Line, result: Result, share: float) -> None:
        """Take note of how it ended; the first end stays."""
        if line.ended is None:
            line.ended = (self._clock.now(), result, share)
            if line not in self._lines:
                self._lines.append(line)

    def note(self, entry: Entry, result: Result) -> None:
        """Take note of what was not played at all."""
        now = self._clock.now()
        self._lines.append(Line(entry, now, self._clock.trusted(), ended=(now, result, 0.0), unheard=True))

    def catch_up(self) -> None:
        """Write everything that was taken note of, unless the card refused a moment ago."""
        now_s = self._clock.monotonic()
        if now_s < self._again_s:
            return
        try:
            while self._lines:
                self._write(self._lines[0])
                self._lines.popleft()
            if now_s - self._forget_s > _OLD_LINES.total_seconds():
                self._forget_s = now_s
                self._opened().forget_old(self._clock.now() if self._clock.trusted() else None)
            self.problem = None
        except PlayLogError as error:
            if self.problem is None:
                logger.warning("%s %s", error.message, error.hint)
            self.problem, self._again_s = error, now_s + AGAIN_S

    def close(self) -> None:
        """Write what waits, as far as the card permits, and let go of the file."""
        self._again_s = float("-inf")
        self.catch_up()
        if self._log is not None:
            self._log.close()
            self._log = None

    def _opened(self) -> Writer:
        if self._log is None:
            self._log = self._open()
        return self._log

    def _write(self, line: Line) -> None:
        log = self._opened()
        if not line.number:
            if line.ended and line.unheard:
                line.number = log.note(line.entry, line.at, line.ended[1], clock_trusted=line.trusted)
                line.end_written = True
            else:
                line.number = log.start(line.entry, line.at, clock_trusted=line.trusted)
        if line.ended and not line.end_written:
            log.end(line.number, *line.ended)
            line.end_written = True
