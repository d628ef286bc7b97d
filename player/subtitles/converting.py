"""Has subtitles ready for the screen: a copy in UTF-8 in a folder of ours, made once for each state of the file."""

from __future__ import annotations

import errno
import hashlib
import logging
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from player.errors import Sentence
from player.subtitles.reading import LARGEST, SubtitlesError, read

logger = logging.getLogger(__name__)

MOST_FILES: Final = 50
"""Copies that are kept; the oldest go first."""


class SubtitleFolder:
    """The copies.

    Args:
        folder: for them, in RAM; made when it is needed.
        write: writes a file in one step.
    """

    def __init__(self, folder: Path, write: Callable[[Path, bytes], None]) -> None:
        self._folder = folder
        self._write = write

    def ready(self, source: Path) -> Path:
        """Subtitles in UTF-8: the file itself where it is so already, else a copy.

        Raises:
            SubtitlesError: they cannot be read; the film is shown without them.
        """
        data, stamp = _content(source)
        copies = list(self._folder.glob(f"{stamp}.*"))
        if copies:
            return copies[0]
        subtitles = read(data)
        converted = subtitles.text.encode()
        if converted == data:
            return source
        copy = self._folder / f"{stamp}.{'vtt' if subtitles.is_vtt else 'srt'}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write(copy, converted)
            self._tidy()
        except OSError as error:
            raise _unreadable(source, error) from error
        if subtitles.encoding not in {"utf-8", "utf-16"}:
            logger.info("%s was saved in %s; a copy in UTF-8 is shown", source.name, subtitles.encoding)
        return copy

    def _tidy(self) -> None:
        copies = sorted(self._folder.iterdir(), key=lambda file: file.stat().st_mtime_ns)
        for old in copies[:-MOST_FILES]:
            old.unlink(missing_ok=True)


def _content(source: Path) -> tuple[bytes, str]:
    """The bytes of an ordinary file, and a name for exactly these."""
    try:
        if not stat.S_ISREG(source.stat().st_mode):  # a pipe would be waited for
            raise OSError(errno.EINVAL, "no ordinary file")
        with source.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise _unreadable(source, error) from error
    return data, hashlib.sha256(data).hexdigest()[:24]


def _unreadable(source: Path, error: OSError) -> SubtitlesError:
    return SubtitlesError(
        Sentence("%(name)s cannot be read: %(reason)s.", name=source.name, reason=error.strerror or str(error)),
        Sentence("Copy the subtitles into the content folder again."),
    )
