"""The folder of recordings: a whole file each, named by what is known of it; the oldest go, those that wait never.

Nothing but the files is kept: number, kind and length stand in a file's name, and its time is the file's own. So there
is no list that could disagree with the folder after a power cut, and nothing says who spoke.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import re
import secrets
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from player.errors import RecordingInUseError, RecordingMissingError, RecordingsFullError, Sentence
from player.recordings.converting import SUFFIX, full

logger = logging.getLogger(__name__)

Kind = Literal["recording", "text"]
Write = Callable[[Path, bytes], None]
"""Writes a file so that a power cut leaves the old or the new one; raises OSError."""

MOST = 300
"""The most recordings that are kept."""
_MEGABYTE = 1024 * 1024
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_ID = re.compile(r"[0-9]{6,9}-[a-z0-9]{6}")
_NAME = re.compile(rf"(?P<id>{_ID.pattern})\.(?P<kind>recording|text)\.(?P<length>[0-9]{{1,7}}){re.escape(SUFFIX)}")


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that is there.

    Attributes:
        id: its number and six letters that cannot be guessed.
        kind: "recording" for somebody's voice, "text" for one that was read out.
        seconds: how long it is.
        bytes: its size.
        made: when, by the clock of that moment, in seconds since 1970.
        path: its file.
    """

    id: str
    kind: Kind
    seconds: float
    bytes: int
    made: float
    path: Path


class Recordings:
    """The recordings of a hub; safe to use from several threads.

    Args:
        folder: where they are; it is there, and nobody else writes into it.
        write: writes a file whole.
        most_bytes: the most room they take together.
        keep: how long they stay.
        now: the time, with its zone; None while the clock is not trusted, and then none is too old.
        reserve_bytes: what is left free on the card for what matters more.
    """

    def __init__(
        self,
        folder: Path,
        write: Write,
        most_bytes: int = 500 * _MEGABYTE,
        keep: timedelta = timedelta(days=30),
        now: Callable[[], datetime | None] = lambda: None,
        reserve_bytes: int = 64 * _MEGABYTE,
    ) -> None:
        self._folder = folder
        self._write = write
        self._most_bytes = most_bytes
        self._keep = keep
        self._now = now
        self._reserve_bytes = reserve_bytes
        self._kept: Counter[str] = Counter()
        self._lock = threading.RLock()

    def sweep(self) -> None:
        """Take away what a power cut left of writing; belongs to the start, while nobody writes."""
        for path in self._folder.glob(".*.tmp"):
            path.unlink(missing_ok=True)

    def add(self, sound: bytes, seconds: float, kind: Kind) -> Recording:
        """Keep a recording.

        Args:
            sound: the whole file, in the form of `player.recordings.converting`.
            seconds: how long it is.
            kind: what it is.

        Raises:
            RecordingsFullError: no room is left; what waits to be heard does not go for it.
        """
        with self._lock:
            self._make_room(len(sound))
            self._see_that_it_fits(len(sound))
            number = max((int(known.id.partition("-")[0]) for known in self._all()), default=0) + 1
            letters = "".join(secrets.choice(_LETTERS) for _ in range(6))
            path = self._folder / f"{number:06d}-{letters}.{kind}.{round(seconds * 1000)}{SUFFIX}"
            try:
                self._write(path, sound)
            except OSError as error:
                if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                    raise full() from error
                raise RecordingsFullError(
                    Sentence("The recording cannot be written: %(reason)s.", reason=error.strerror),
                    Sentence("Ask the technician to look after the hub's memory card."),
                ) from error
            recording = _read(path)
            if recording is None:
                raise AssertionError(f"{path.name} cannot be read back")
            return recording

    def all(self) -> list[Recording]:
        """Every recording, the newest first."""
        with self._lock:
            return sorted(self._all(), key=_age_order, reverse=True)

    def find(self, recording: str) -> Recording:
        """The recording with this id.

        Raises:
            RecordingMissingError: there is none.
        """
        with self._lock:
            for known in self._all():
                if known.id == recording:
                    return known
        raise RecordingMissingError(
            Sentence("This recording is not on the hub any more."), Sentence("Record it again, or choose another one.")
        )

    def path_of(self, recording: str) -> Path | None:
        """The file of the recording with this id; None when there is none."""
        with contextlib.suppress(RecordingMissingError):
            return self.find(recording).path
        return None

    def keep(self, recording: str) -> None:
        """Keep it until it is released as often as it was kept: it waits to be heard. Does no harm when it is gone.

        What is kept is remembered by this object only: whoever has announcements that outlive a power cut keeps their
        recordings again after it, before the first new one is added.
        """
        with self._lock:
            self._kept[recording] += 1

    def release(self, recording: str) -> None:
        """Let it go like any other. Does no harm when it was not kept."""
        with self._lock:
            self._kept[recording] -= 1
            if self._kept[recording] <= 0:
                del self._kept[recording]

    def remove(self, recording: str) -> None:
        """Delete it.

        Raises:
            RecordingMissingError: there is none.
            RecordingInUseError: it waits to be heard.
        """
        with self._lock:
            found = self.find(recording)
            if self._kept[recording] > 0:
                raise RecordingInUseError(
                    Sentence("This recording is waiting to be heard."), Sentence("Withdraw its announcement first.")
                )
            found.path.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Let go what is too old, as far as the clock is trusted."""
        with self._lock:
            now = self._now()
            if now is None:
                return
            oldest = (now - self._keep).timestamp()
            for recording in self._free():
                if recording.made < oldest:
                    recording.path.unlink(missing_ok=True)

    def _make_room(self, size: int) -> None:
        self.tidy()
        known = self._all()
        count, used = len(known), sum(recording.bytes for recording in known)
        for recording in sorted(self._free(), key=_age_order):
            if count < MOST and used + size <= self._most_bytes:
                return
            logger.info("Recording %s makes room.", recording.id)
            recording.path.unlink(missing_ok=True)
            count, used = count - 1, used - recording.bytes
        if count >= MOST or used + size > self._most_bytes:
            raise full()

    def _see_that_it_fits(self, size: int) -> None:
        if shutil.disk_usage(self._folder).free < size + self._reserve_bytes:
            raise full()

    def _free(self) -> list[Recording]:
        return [recording for recording in self._all() if self._kept[recording.id] <= 0]

    def _all(self) -> list[Recording]:
        return [recording for path in self._names() if (recording := _read(path)) is not None]

    def _names(self) -> Iterator[Path]:
        with contextlib.suppress(FileNotFoundError):
            yield from self._folder.iterdir()


def _read(path: Path) -> Recording | None:
    """What a file's name says; None for other files, and for one that is just going."""
    found = _NAME.fullmatch(path.name)
    if found is None:
        return None
    try:
        about = path.stat()
    except FileNotFoundError:
        return None
    kind: Kind = "text" if found["kind"] == "text" else "recording"
    return Recording(found["id"], kind, int(found["length"]) / 1000, about.st_size, about.st_mtime, path)


def _age_order(recording: Recording) -> int:
    """By number, not by time: a clock may have been wrong."""
    return int(recording.id.partition("-")[0])
