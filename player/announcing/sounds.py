"""Makes and keeps the sound of each announcement: the signal, then the words, in a file that outlives a power cut."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable, Collection
from http import HTTPStatus
from pathlib import Path
from typing import Final, Protocol

from player.announcing.errors import DeskError
from player.announcing.signals import Signal, Signals, SoundError, read_sound, signal_alone, with_signal
from player.errors import PlayerError, Sentence
from player.schedule.state_file import AtomicWriter

logger = logging.getLogger(__name__)

Say = Callable[[str, str], bytes]
"""Reads a text out: takes it and its language (BCP 47), returns a WAV; raises `player.errors.PlayerError`."""

_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,79}")


class Recordings(Protocol):
    """The recordings of the house."""

    def path_of(self, recording: str) -> Path | None:
        """Return where a recording lies; None where there is none."""

    def keep(self, recording: str) -> None:
        """Let it stay, whatever becomes old, until it is released."""

    def release(self, recording: str) -> None:
        """Let it go when it becomes old."""


class NoRecordings:
    """A house without recordings."""

    def path_of(self, recording: str) -> Path | None:
        """There is none."""
        return None

    def keep(self, recording: str) -> None:
        """Do nothing."""

    def release(self, recording: str) -> None:
        """Do nothing."""


class Sounds:
    """The folder of the sounds.

    Args:
        folder: where; made when missing.
        say: reads texts out.
        write: writes a file atomically.
        spare: a folder in memory for the sounds of emergencies that the card refuses; None where there is none.
    """

    def __init__(self, folder: Path, say: Say, write: AtomicWriter, spare: Path | None = None) -> None:
        self._folder = folder
        self._say = say
        self._write = write
        self._spare = spare
        self._signals = Signals()

    def of_words(self, key: str, signal: Signal, words: str, language: str, *, needs_words: bool = True) -> Path:
        """Have a text read out, with its signal before it.

        Args:
            key: of the announcement.
            signal: what is heard first.
            words: what is read out.
            language: of the words.
            needs_words: whether the signal alone is of no use; a siren is, beside the words on the television.

        Raises:
            PlayerError: it cannot be read out, or the card refused.
        """
        try:
            sound = with_signal(signal, self._say(words, language), self._signals)
        except PlayerError as error:
            if needs_words:
                raise
            logger.error("An emergency is heard without its words: %s %s", error.message, error.hint)
            sound = signal_alone(signal, self._signals)
        try:
            return self._keep(key, sound)
        except DeskError as error:
            if needs_words or self._spare is None:
                raise
            logger.error("The sound of an emergency is kept in memory: %s", error.message)
            return self._spared(key, sound, error)

    def of_recording(self, key: str, signal: Signal, recording: Path) -> Path:
        """Put the signal before a recording; where that cannot be done, the recording alone is heard.

        Raises:
            PlayerError: the card refused.
        """
        try:
            if recording.suffix.lower() == ".wav":
                return self._keep(key, with_signal(signal, read_sound(recording), self._signals))
        except SoundError as error:
            logger.warning("A recording is heard without its signal: %s", error.message)
        return recording

    def forget(self, key: str) -> None:
        """Take a sound away; does no harm where there is none."""
        with contextlib.suppress(OSError):
            self._path(key).unlink(missing_ok=True)
            if self._spare is not None:
                (self._spare / self._path(key).name).unlink(missing_ok=True)

    def sweep(self, keys: Collection[str]) -> None:
        """Take all sounds away but those of these keys."""
        with contextlib.suppress(OSError):
            for path in self._folder.iterdir():
                if path.suffix == ".wav" and path.stem not in keys:
                    path.unlink(missing_ok=True)

    def _keep(self, key: str, sound: bytes) -> Path:
        path = self._path(key)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write(path, sound)
        except OSError as error:
            raise DeskError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                Sentence("The announcement cannot be kept: %(reason)s.", reason=error.strerror or error),
                Sentence("Is the card full? Remove old recordings, then send it again."),
            ) from error
        return path

    def _spared(self, key: str, sound: bytes, refusal: DeskError) -> Path:
        path = (self._spare or self._folder) / self._path(key).name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(sound)
        except OSError:
            raise refusal from None
        return path

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(key)
        return self._folder / f"{key}.wav"
