"""Where a blob lies in a ZIM file, read from the file's own tables, so that big media need not be mapped whole.

libzim maps a whole uncompressed blob to hand out any part of it; a video of 400 MB then costs 400 MB of resident
memory. The offsets are in the file, so such blobs are read here with plain ``pread`` calls. Compressed clusters stay
libzim's business. Format: openZIM, "ZIM file format", versions 5 and 6, single and split (``.zimaa``, ``.zimab``, …).
"""

import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from library.errors import BrokenFileError

HEADER_SIZE = 80
MAGIC = 72173914
CHUNK = 64 * 1024
_HEADER = struct.Struct("<IHH16sIIQQQQIIQ")
_FIRST_PSEUDO_MIMETYPE = 0xFFFD  # deleted entry, link target, redirect: none of them has a blob
_UNCOMPRESSED = (0, 1)
_EXTENDED = 0x10


@dataclass(frozen=True)
class Header:
    """The fields of a ZIM header that the hub looks at; positions in bytes from the start of the file."""

    uuid: bytes
    entry_count: int
    cluster_count: int
    path_pointers: int
    cluster_pointers: int
    checksum_position: int

    @property
    def complete_size(self) -> int:
        """Bytes a complete file has: the MD5 checksum is the last thing in it."""
        return self.checksum_position + 16


@dataclass(frozen=True)
class Extent:
    """A run of bytes of a file."""

    start: int
    size: int


def parse_header(data: bytes) -> Header:
    """Read the fixed 80-byte header.

    Raises:
        BrokenFileError: it is not a ZIM header.
    """
    if len(data) < HEADER_SIZE:
        raise BrokenFileError("The file is too short to be a ZIM file.", "Copy the file again.")
    fields = _HEADER.unpack_from(data)
    if fields[0] != MAGIC:
        raise BrokenFileError("The file does not begin like a ZIM file.", "Copy the file again, or remove it.")
    return Header(
        uuid=fields[3],
        entry_count=fields[4],
        cluster_count=fields[5],
        path_pointers=fields[6],
        cluster_pointers=fields[8],
        checksum_position=fields[12],
    )


def parts_of(path: Path) -> list[Path]:
    """The files that make up a book: the file itself, or ``x.zimaa``, ``x.zimab``, … as far as they follow."""
    if path.suffix != ".zimaa":
        return [path]
    letters = "abcdefghijklmnopqrstuvwxyz"
    parts = []
    for suffix in (first + second for first in letters for second in letters):
        part = path.with_suffix(f".zim{suffix}")
        if not part.is_file():
            break
        parts.append(part)
    return parts


class PartedFile:
    """Files read one after the other as one; safe to use from several threads.

    Raises:
        OSError: a part cannot be opened.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._parts: list[tuple[int, int, int]] = []  # start, size, file descriptor
        self.size = 0
        try:
            for path in paths:
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                size = os.fstat(descriptor).st_size
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_RANDOM)  # a range must not pull its neighbours in
                self._parts.append((self.size, size, descriptor))
                self.size += size
        except OSError:
            self.close()
            raise

    def read(self, start: int, size: int) -> bytes:
        """Exactly ``size`` bytes from ``start``.

        Raises:
            BrokenFileError: the file ends before.
        """
        pieces = []
        for part_start, part_size, descriptor in self._parts:
            begin, end = max(start, part_start), min(start + size, part_start + part_size)
            while begin < end:
                piece = os.pread(descriptor, end - begin, begin - part_start)
                if not piece:
                    break
                pieces.append(piece)
                begin += len(piece)
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        if len(data) != size:
            raise BrokenFileError("The file ends before the page does.", "Copy the file again.")
        return data

    def chunks(self, extent: Extent) -> Iterator[bytes]:
        """The bytes of ``extent`` in pieces small enough to hold in memory."""
        for start in range(extent.start, extent.start + extent.size, CHUNK):
            yield self.read(start, min(CHUNK, extent.start + extent.size - start))

    def close(self) -> None:
        """Give the descriptors back; closing twice is harmless."""
        parts, self._parts = self._parts, []
        for _, _, descriptor in parts:
            os.close(descriptor)

    def __del__(self) -> None:
        self.close()


class ZimTables:
    """Finds uncompressed blobs in one ZIM file."""

    def __init__(self, file: PartedFile) -> None:
        self._file = file
        self.header = parse_header(file.read(0, min(HEADER_SIZE, file.size)))

    def extent(self, entry_index: int) -> Extent | None:
        """Where the blob of an entry lies, or None when it is compressed or the entry has no blob.

        Args:
            entry_index: the entry's place in path order, as libzim counts.

        Raises:
            BrokenFileError: a table leads outside the file.
        """
        if not 0 <= entry_index < self.header.entry_count:
            raise BrokenFileError("The book has no entry of that number.", "Copy the file again.")
        (dirent,) = struct.unpack("<Q", self._file.read(self.header.path_pointers + 8 * entry_index, 8))
        mimetype, _, _, cluster, blob = struct.unpack("<HBxIII", self._file.read(dirent, 16))
        if mimetype >= _FIRST_PSEUDO_MIMETYPE:
            return None
        if cluster >= self.header.cluster_count:
            raise BrokenFileError("The book's tables are damaged.", "Copy the file again.")
        (start,) = struct.unpack("<Q", self._file.read(self.header.cluster_pointers + 8 * cluster, 8))
        kind = self._file.read(start, 1)[0]
        if kind & 0x0F not in _UNCOMPRESSED:
            return None
        width, code = (8, "<QQ") if kind & _EXTENDED else (4, "<II")
        data = start + 1
        first, last = struct.unpack(code, self._file.read(data + width * blob, 2 * width))
        (table_size,) = struct.unpack(code[:2], self._file.read(data, width))
        if (blob + 2) * width > table_size or not table_size <= first <= last or data + last > self._file.size:
            raise BrokenFileError("The book's tables are damaged.", "Copy the file again.")
        return Extent(data + first, last - first)
