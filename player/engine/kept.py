"""Announcements that were granted and have not been heard to their end, each in a file of its own, so that a power cut
loses none; and the keys of those that were heard, so that none is heard twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from player.alerts.priorities import Priority, Voice
from player.announcing.spoken import Spoken
from player.schedule.state_file import AtomicWriter, StateFile

logger = logging.getLogger(__name__)

VERSION: Final = 1
"""Of the form of `Kept`."""

MOST_WAITING: Final = 50
"""So many announcements wait at most."""

REMEMBERED: Final = 300
"""So many keys of heard announcements are remembered, the last ones."""

LONGEST_TEXT: Final = 4000
"""So many letters of its words are kept, of a text that is shown; its sound is whole."""

EMERGENCY_RECENT: Final = timedelta(minutes=30)
"""An emergency that was asked for longer ago is not said again after a power cut."""

RECENT: Final = timedelta(hours=12)
"""Any other announcement that was asked for longer ago, and names no hour, is not heard any more after a power cut."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An announcement that is to be heard.

    Attributes:
        spoken: what.
        asked_at: when it was granted, in seconds since 1970 by the hub's own clock.
        said: how often it has been said whole.
    """

    spoken: Spoken
    asked_at: float
    said: int = 0


class WaitingFolder:
    """The files of the announcements that are to be heard.

    Args:
        folder: where; made when missing.
        write: writes a file atomically.
    """

    def __init__(self, folder: Path, write: AtomicWriter) -> None:
        self._folder = folder
        self._write = write
        self._heard = StateFile(folder / "heard.json", list[str], VERSION, write)
        self._keys: list[str] = []

    def load(self) -> list[Kept]:
        """Read what was to be heard, in the order of asking."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._keys = (self._heard.load() or [])[-REMEMBERED:]
        found = []
        for path in sorted(self._folder.glob("*.waiting"))[: 2 * MOST_WAITING]:
            kept = StateFile(path, Kept, VERSION, self._write).load()
            if kept is None or self.was_heard(kept.spoken.announcement.key):
                self._drop(path)
            else:
                found.append(kept)
        return sorted(found, key=lambda kept: kept.spoken.announcement.asked)

    def was_heard(self, key: str) -> bool:
        """Whether an announcement of this key has been heard or taken back."""
        return _short(key) in self._keys

    def save(self, kept: Kept) -> None:
        """Write one.

        Raises:
            OSError: the card refused.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        words = replace(kept.spoken, headline=kept.spoken.headline[:LONGEST_TEXT], text=kept.spoken.text[:LONGEST_TEXT])
        kept = replace(kept, spoken=words)
        StateFile(self._path(kept.spoken.announcement.key), Kept, VERSION, self._write).save(kept)

    def done(self, key: str) -> None:
        """Forget one: it was heard, or is not to be.

        Raises:
            OSError: the card refused; the key is remembered until the next start at least.
        """
        short, path = _short(key), self._path(key)
        self._keys = [*(known for known in self._keys if known != short), short][-REMEMBERED:]
        try:
            self._heard.save(self._keys)
        finally:
            self._drop(path)

    def _path(self, key: str) -> Path:
        return self._folder / f"{_short(key)}.waiting"

    def _drop(self, path: Path) -> None:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _short(key: str) -> str:
    """The same length for every key: a sender may have chosen a long one."""
    return hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=12).hexdigest()


def after_power_cut(kept: Kept, now: float, *, trusted: bool) -> Kept | None:
    """Decide what becomes of an announcement that was to be heard when the power failed.

    Nobody in the house asks for it at this moment any more, so where the clock is not trusted it waits (an emergency
    does not). A person at the microphone is gone.

    Args:
        kept: the announcement.
        now: in seconds since 1970, by the hub's own clock.
        trusted: whether that clock is trusted.

    Returns:
        What waits from now on; None when it is not heard any more, to be logged as missed.
    """
    spoken = kept.spoken
    if spoken.announcement.voice is Voice.LIVE:
        return None
    emergency = spoken.announcement.priority is Priority.EMERGENCY
    age_s = now - kept.asked_at
    if emergency and age_s > EMERGENCY_RECENT.total_seconds() and not (trusted and spoken.until):
        return None
    if not emergency and spoken.not_before is None and spoken.until is None and age_s > RECENT.total_seconds():
        return None
    return replace(kept, spoken=replace(spoken, by_hand=False))
