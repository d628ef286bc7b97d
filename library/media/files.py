"""Opens the files of films and sounds: what was checked and nothing else, to the last byte."""

import os
from collections.abc import Iterator
from pathlib import Path

from library.content_files import is_sidecar
from library.errors import BookChangedError
from library.facts import Facts
from library.listing import Listed, Stamp
from library.media.facts import Companion, MediaFacts
from library.shelf import Shelf
from library.zim_tables import CHUNK

_INODES = 2**63 - 1


class MediaFiles:
    """The films and sounds of one shelf, for sending.

    Args:
        shelf: says what was checked.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def find(self, key: str) -> tuple[Listed, Facts, MediaFacts]:
        """What is known of a film or a sound.

        Raises:
            BookNotFoundError, BookChangedError: there is none of that slug on the shelf, or it is being checked again.
            ShelfUnavailableError: as ``Shelf.listing``.
        """
        listed = self._shelf.media().get(key)
        if listed is None or listed.facts is None or listed.facts.media is None:
            raise self._shelf.missing(key)
        return listed, listed.facts, listed.facts.media

    def bytes_of(self, listed: Listed) -> "MediaBytes":
        """The bytes of a film or a sound; the file is opened when they are asked for."""
        return MediaBytes(self._shelf.folder / listed.file, listed.stamp)

    def companion(self, companion: Companion) -> bytes:
        """A picture or subtitles, whole.

        Raises:
            BookChangedError: the file is gone or no longer the one that was checked.
        """
        return read_companion(self._shelf.folder, companion)


def read_companion(folder: Path, companion: Companion) -> bytes:
    """A picture or subtitles in the content folder, whole.

    Raises:
        BookChangedError: the file is gone or no longer the one that was checked.
    """
    path = folder / companion.file
    if is_sidecar(path) or path.parent != folder:
        raise BookChangedError(f"The file {companion.file} is none that belongs to a film.")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        raise BookChangedError(f"The file {companion.file} has just been removed.") from None
    try:
        status = os.fstat(descriptor)
        data = os.read(descriptor, companion.size + 1)
    except OSError as error:
        raise BookChangedError(f"The file {companion.file} cannot be read: {error}") from error
    finally:
        os.close(descriptor)
    if (status.st_size, status.st_mtime_ns, len(data)) != (companion.size, companion.mtime_ns, companion.size):
        raise BookChangedError(f"The file {companion.file} has just been replaced.")
    return data


class MediaBytes:
    """The bytes of one file as it was when it was checked (``library.serving.sending.Source``)."""

    def __init__(self, path: Path, stamp: Stamp) -> None:
        self._path = path
        self._stamp = stamp
        self.size = stamp.size

    def chunks(self, start: int, size: int) -> Iterator[bytes]:
        """``size`` bytes from ``start`` in pieces.

        A file that is replaced meanwhile is read on to its end; one that is overwritten in place ends the answer early,
        so that nobody gets bytes of two films as one.

        Raises:
            BookChangedError: the file is gone or no longer the one that was checked; also between two pieces.
        """
        return _Pieces(self._path, self._stamp, start, start + size)


class _Pieces(Iterator[bytes]):
    """An open file that closes itself, however the reading ends."""

    def __init__(self, path: Path, stamp: Stamp, start: int, stop: int) -> None:
        self._descriptor = -1
        self._stamp = stamp
        self._position, self._stop = start, stop
        self._name = path.name
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            raise BookChangedError(f"The file {path.name} has just been removed.") from None
        self._ensure_unchanged()

    def __next__(self) -> bytes:
        if self._position >= self._stop or self._descriptor < 0:
            self.close()
            raise StopIteration
        try:
            piece = os.pread(self._descriptor, min(CHUNK, self._stop - self._position), self._position)
        except OSError as error:
            self.close()
            raise BookChangedError(f"The file {self._name} cannot be read: {error}") from error
        self._ensure_unchanged()  # after the reading: what was read belongs to the film that was checked
        if not piece:
            self.close()
            raise BookChangedError(f"The file {self._name} ends too early.")
        self._position += len(piece)
        return piece

    def close(self) -> None:
        """Close the file; may be called twice."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        self.close()

    def _ensure_unchanged(self) -> None:
        status = os.fstat(self._descriptor)
        found = (status.st_size, status.st_mtime_ns, status.st_ino & _INODES)
        if found != (self._stamp.size, self._stamp.mtime_ns, self._stamp.inode):
            self.close()
            raise BookChangedError(f"The file {self._name} has just been replaced.")
