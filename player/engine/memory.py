"""What is on, kept on the card for the next start: at each change and every ten seconds, whole or not at all."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from player.errors import PlayerError, Sentence
from player.schedule.playback import Playback, playback_file
from player.schedule.state_file import AtomicWriter

logger = logging.getLogger(__name__)

SAVE_S: Final = 10.0
"""What plays is saved this often, in seconds."""


class KeepingError(PlayerError):
    """What is on cannot be kept."""


class Memory:
    """Keeps what is on.

    Args:
        path: the file.
        write: writes a file atomically.
    """

    def __init__(self, path: Path, write: AtomicWriter) -> None:
        self._path = path
        self._write = write
        self._file = playback_file(path, write)
        self._empty = False
        self.problem: PlayerError | None = None

    def load(self) -> Playback | None:
        """Read what was on; None: nothing, or nobody knows."""
        return self._file.load()

    def save(self, playback: Playback) -> None:
        """Write what is on. A card that refuses is told, and nothing else changes."""
        try:
            self._file.save(playback)
        except OSError as error:
            self._refused(error)
        else:
            self._empty, self.problem = False, None

    def clear(self) -> None:
        """Write that nothing is on."""
        if self._empty:
            return
        try:
            self._write(self._path, b"")
        except OSError as error:
            self._refused(error)
        else:
            self._empty, self.problem = True, None

    def _refused(self, error: OSError) -> None:
        if self.problem is None:
            logger.warning("What is on cannot be kept: %s", error.strerror)
        self.problem = KeepingError(
            Sentence("What is on cannot be kept for the next start: %(reason)s.", reason=error.strerror),
            Sentence("Is the card full or read-only?"),
        )
