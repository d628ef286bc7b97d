"""Looks at one file of the content folder without opening it: what changes when it changes, and whether it is whole."""

import bisect
import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from library import reasons
from library.content_files import is_book_file, is_foreign, is_sidecar
from library.errors import BrokenFileError
from library.listing import Stamp, stat_parts
from library.media.shapes import FEW_BOXES, shape_of
from library.zim_tables import HEADER_SIZE, PartedFile, parse_header, parts_of

NO_STAMP = Stamp(0, 0, 0, "")
_COMPANION_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".vtt", ".srt"})
_INODES = 2**63 - 1


@dataclass(frozen=True)
class Look:
    """What one look at a file showed.

    Attributes:
        expected: bytes that it must have to be whole, as far as its beginning tells.
        problem: one of ``library.reasons``, if something is wrong already.
    """

    file: str
    stamp: Stamp
    expected: int = 0
    problem: str = ""
    detail: str = ""


def look_at(path: Path, names: Sequence[str] = ()) -> Look:
    """Look at one file.

    Args:
        path: the file; for a split book its first part.
        names: all names in its folder, in order, among which a description finds what belongs to it.
    """
    try:
        path.name.encode("utf-8")
    except UnicodeEncodeError:
        shown = path.name.encode("utf-8", "replace").decode()
        return Look(shown, NO_STAMP, problem=reasons.UNREADABLE, detail="its name is not UTF-8")
    try:
        if is_sidecar(path):
            return Look(path.name, _stamp_of_sidecar(path, names))
        if path.is_symlink() and not path.exists():
            return Look(path.name, NO_STAMP, problem=reasons.DANGLING)
        parts = parts_of(path)
        if not parts or not stat.S_ISREG(path.stat().st_mode):
            return Look(path.name, NO_STAMP, problem=reasons.NOT_A_FILE)
        return _look_inside(path, parts)
    except (OSError, ValueError) as error:
        detail = str(getattr(error, "strerror", None) or error)
        return Look(path.name, NO_STAMP, problem=reasons.UNREADABLE, detail=detail)


def _look_inside(path: Path, parts: list[Path]) -> Look:
    size, mtime_ns, inode = stat_parts(parts)
    file = PartedFile(parts)
    try:
        tail = file.read(size - 16, 16).hex() if size >= HEADER_SIZE else ""
        stamp = Stamp(size, mtime_ns, inode, tail)
        if is_book_file(path):
            return Look(path.name, stamp, parse_header(file.read(0, min(size, HEADER_SIZE))).complete_size)
        if is_foreign(path):
            return Look(path.name, stamp, problem=reasons.FOREIGN_FORMAT)
        shape = shape_of(_reader(file, size), size, FEW_BOXES)
        if shape is None:
            return Look(path.name, stamp, problem=reasons.NOT_MEDIA if size else reasons.EMPTY)
        return Look(path.name, stamp, shape.complete_size)
    except BrokenFileError:
        reason = (reasons.NOT_ZIM if is_book_file(path) else reasons.UNREADABLE) if size else reasons.EMPTY
        return Look(path.name, Stamp(size, mtime_ns, inode, ""), HEADER_SIZE, problem=reason)
    finally:
        file.close()


def _reader(file: PartedFile, size: int) -> Callable[[int, int], bytes]:
    """Reads from a file; fewer bytes where it ends before."""
    return lambda start, length: file.read(start, min(length, size - start)) if start < size else b""


def _stamp_of_sidecar(path: Path, names: Sequence[str]) -> Stamp:
    """What changes when a description changes, or one of the pictures and subtitles that begin with its name."""
    own = path.lstat()
    digest = hashlib.blake2b(digest_size=8)
    for at in range(bisect.bisect_left(names, path.stem), len(names)):
        if not names[at].startswith(path.stem):
            break
        if os.path.splitext(names[at])[1].lower() in _COMPANION_SUFFIXES:  # noqa: PTH122 - many names, often
            status = path.with_name(names[at]).lstat()
            digest.update(f"{names[at]}\0{status.st_size}\0{status.st_mtime_ns}\0".encode("utf-8", "replace"))
    return Stamp(own.st_size, own.st_mtime_ns, own.st_ino & _INODES, digest.hexdigest())
