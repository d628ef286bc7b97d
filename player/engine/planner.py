"""Watches over schedule.toml and tells the engine what is due; what fires is saved before it is told.

A file with mistakes changes nothing: the schedule that was read before stays, and the mistake is told.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from player.alerts.loudness import Hours
from player.engine.ports import Clock
from player.errors import PlayerError, Sentence
from player.schedule.config import PlaylistConfig, ScheduleConfig
from player.schedule.due import Occurrence, Seen, due, occurrences
from player.schedule.seen import worth_saving
from player.schedule.state_file import StateFile

logger = logging.getLogger(__name__)

LOOK_S: Final = 1.0
"""The clock is looked at this often, in seconds."""

FILE_S: Final = 3.0
"""And the file, in seconds."""

AHEAD: Final = timedelta(days=7)
"""So far the schedule is shown."""


class Reader(Protocol):
    """Reads schedule.toml; without a file nothing is planned."""

    def __call__(self) -> ScheduleConfig:
        """Read it; raises an error with `message` and `hint` when it cannot be taken."""


class ScheduleError(PlayerError):
    """The schedule cannot be taken, or its state cannot be kept."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What one look at the clock found.

    Attributes:
        fires: what starts now.
        missed: what was to start and no longer may.
    """

    fires: Occurrence | None = None
    missed: tuple[Occurrence, ...] = ()


class Planner:
    """The schedule of the house.

    Args:
        path: schedule.toml, to see whether it has changed.
        read: reads it.
        seen: keeps what was judged.
        clock: what time it is.
    """

    def __init__(self, path: Path, read: Reader, seen: StateFile[Seen], clock: Clock) -> None:
        self._path = path
        self._read = read
        self._file = seen
        self._clock = clock
        self._stamp: tuple[int, int, int] | None = None
        self._file_s = self._look_s = float("-inf")
        self._saved: Seen | None = None
        self._seen: Seen | None = None
        self.schedule = ScheduleConfig()
        self.comes_next: Occurrence | None = None
        self.problem: PlayerError | None = None
        self._unsaved: PlayerError | None = None

    def load(self) -> None:
        """Read what was judged before, and the schedule."""
        self._saved = self._seen = self._file.load()
        self._reload(force=True)

    def reload(self) -> None:
        """Read the schedule at once, since it was just written."""
        self._reload(force=True)

    def playlist(self, name: str) -> PlaylistConfig | None:
        """The playlist of this name; None when there is none."""
        return next((one for one in self.schedule.playlist if one.name == name), None)

    def quiet(self, moment: datetime | None = None) -> Hours | None:
        """The quiet hours that hold at a moment, or now, as far as the hub's clock tells; None: none."""
        hour = (moment or self._clock.now()).time()
        return next((hours for hours in self.schedule.quiet_hours if hours.hold(hour)), None)

    def look(self) -> Planned:
        """Tell what is due, once; a second later at the earliest something else is."""
        now_s = self._clock.monotonic()
        if now_s - self._file_s >= FILE_S:
            self._reload(force=False)
        if now_s - self._look_s < LOOK_S:
            return Planned()
        self._look_s = now_s
        wall, trusted = self.wall(), self._clock.trusted()
        judged = due(self.schedule.items, self._seen, wall, trusted)
        self.comes_next = judged.comes_next
        if worth_saving(self._saved, judged.seen) and judged.seen is not None and not self._save(judged.seen):
            return Planned()
        self._seen = judged.seen
        return Planned(judged.fires, judged.missed)

    def ahead(self) -> list[Occurrence]:
        """What starts within the next seven days, as far as the hub's clock tells."""
        return occurrences(self.schedule.items, self.wall(), self.wall() + AHEAD)

    def wall(self) -> datetime:
        """The wall time of the house, without a zone."""
        return self._clock.now().replace(tzinfo=None)

    @property
    def trouble(self) -> PlayerError | None:
        """What is wrong with the schedule or its state; None: nothing."""
        return self.problem or self._unsaved

    def _save(self, seen: Seen) -> bool:
        """Write what was judged; what cannot be remembered does not fire, since it might do so twice."""
        try:
            self._file.save(seen)
        except OSError as error:
            if self._unsaved is None:
                logger.warning("What the schedule has started cannot be kept: %s", error.strerror)
            self._unsaved = ScheduleError(
                Sentence("What the schedule has started cannot be kept: %(reason)s.", reason=error.strerror),
                Sentence("Is the card full or read-only?"),
            )
            return False
        self._saved, self._unsaved = seen, None
        return True

    def _reload(self, *, force: bool) -> None:
        self._file_s = self._clock.monotonic()
        stamp = _stamp(self._path)
        if stamp == self._stamp and not force:
            return
        self._stamp = stamp
        try:
            self.schedule = self._read()
            self.problem = None
        except Exception as error:
            message, hint = getattr(error, "message", None), getattr(error, "hint", "")
            if message is None:
                raise
            self.problem = ScheduleError(message, hint)
            logger.warning("The schedule is not taken: %s", message)
        self._look_s = float("-inf")


def ends_in_s(occurrence: Occurrence, wall: datetime) -> float | None:
    """In how many seconds something that starts now is to end; None: by itself."""
    return None if occurrence.end is None else max(0.0, (occurrence.end - wall).total_seconds())


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino
