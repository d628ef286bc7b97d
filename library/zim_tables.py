"""Where a blob lies in a ZIM file, read from the file's own tables, so that big media need not be mapped whole.

libzim maps a whole uncompressed blob to hand out any part of it; a video of 400 MB then costs 400 MB of resident
memory. The offsets are in the file, so such blobs are read here with plain ``pread`` calls. Compressed clusters stay
libzim's business, once the offsets at their beginning have told that they unpack to a size that can be held: a file of
80 kB may unpack to gigabytes. Format: openZIM, "ZIM file format", versions 5 and 6, single and split (``.zimaa``, …).
"""

import lzma
import os
import secrets
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import zstandard

from library.clusters import LARGEST_WINDOW, Blob, Clusters
from library.errors import BrokenFileError, PageTooLargeError

HEADER_SIZE = 80
MAGIC = 72173914
CHUNK = 64 * 1024
_HEADER = struct.Struct("<IHH16sIIQQQQIIQ")
_FIRST_PSEUDO_MIMETYPE = 0xFFFD  # deleted entry, link target, redirect: none of them has a blob
_UNCOMPRESSED = (0, 1)
_XZ = 4
_ZSTD = 5
_EXTENDED = 0x10
LARGEST_UNPACKED = 48 * 1024 * 1024
"""Bytes of a compressed cluster that may be unpacked to reach a page; writers stop at 2 MiB or after one page."""
_LARGEST_OFFSETS = 4 * 1024 * 1024
_USUAL_OFFSETS = 4096
_MOST_BEGINNINGS = 256
_XZ_MEMORY = 128 * 1024 * 1024


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
        self._modest: set[int] = set()
        self._beginnings: dict[int, tuple[int, int]] = {}
        self._mark = secrets.token_hex(8)
        self.header = parse_header(file.read(0, min(HEADER_SIZE, file.size)))

    def extent(self, place: "Place | None") -> Extent | None:
        """Where the blob of an entry lies, or None when it is compressed or the entry has no blob.

        Raises:
            BrokenFileError: a table leads outside the file.
        """
        if place is None or place.kind & 0x0F not in _UNCOMPRESSED:
            return None
        blob, data = place.blob, place.data
        width, code = (8, "<QQ") if place.kind & _EXTENDED else (4, "<II")
        first, last = struct.unpack(code, self._file.read(data + width * blob, 2 * width))
        (table_size,) = struct.unpack(code[:2], self._file.read(data, width))
        if (blob + 2) * width > table_size or not table_size <= first <= last or data + last > self._file.size:
            raise BrokenFileError("The book's tables are damaged.", "Copy the file again.")
        return Extent(data + first, last - first)

    def ensure_modest(self, place: "Place | None") -> None:
        """See that no more than ``LARGEST_UNPACKED`` bytes must be unpacked to read an entry; unpacks a few itself.

        Raises:
            PageTooLargeError: more must be.
            BrokenFileError: a table leads outside the file.
        """
        if place is None or place.kind & 0x0F in _UNCOMPRESSED or place.cluster in self._modest:
            return
        width, code = (8, "Q") if place.kind & _EXTENDED else (4, "I")
        try:
            table = self._unpacked(place, _USUAL_OFFSETS)
            (table_size,) = struct.unpack_from(f"<{code}", table)
            if table_size > _LARGEST_OFFSETS:
                raise _too_large(table_size)
            table = table[:table_size] if table_size <= len(table) else self._unpacked(place, table_size)
            offsets = struct.unpack(f"<{table_size // width}{code}", table[: table_size // width * width])
            needed = max(offsets[: place.blob + 2])
        except (struct.error, ValueError, zstandard.ZstdError, lzma.LZMAError, EOFError) as error:
            raise BrokenFileError(f"A part of the book cannot be unpacked: {error}", "Copy the file again.") from error
        if needed > LARGEST_UNPACKED:
            raise _too_large(needed)
        if max(offsets) <= LARGEST_UNPACKED:
            self._modest.add(place.cluster)

    def packed_blob(self, place: "Place | None", clusters: Clusters) -> Blob | None:
        """An entry's blob in a compressed cluster of usual size and shape; None where libzim had better read it.

        Raises:
            BrokenFileError: a table leads outside the file, or the cluster cannot be unpacked.
        """
        if place is None or place.kind & 0x0F != _ZSTD:
            return None
        code = "Q" if place.kind & _EXTENDED else "I"
        try:
            return clusters.blob((self._mark, str(place.cluster)), lambda: self._packed(place), code, place.blob)
        except zstandard.ZstdError as error:
            raise BrokenFileError(f"A part of the book cannot be unpacked: {error}", "Copy the file again.") from error

    def place_of(self, entry_index: int) -> tuple[int, int]:
        """The number of an entry's cluster and of its blob therein, for sorting; ``(-1, -1)`` where it has none."""
        try:
            place = self.place(entry_index)
        except BrokenFileError:
            return (-1, -1)
        return (place.cluster, place.blob) if place else (-1, -1)

    def place(self, entry_index: int) -> "Place | None":
        """The cluster and blob of an entry; None where it has no blob.

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
        return Place(cluster, blob, *self._beginning(cluster))

    def _beginning(self, cluster: int) -> tuple[int, int]:
        """How a cluster is stored, and where what follows that begins; the last ones asked for are remembered."""
        known = self._beginnings.get(cluster)
        if known is None:
            (start,) = struct.unpack("<Q", self._file.read(self.header.cluster_pointers + 8 * cluster, 8))
            known = self._file.read(start, 1)[0], start + 1
            if len(self._beginnings) >= _MOST_BEGINNINGS:
                self._beginnings = {}
            self._beginnings[cluster] = known
        return known

    def _unpacked(self, place: "Place", size: int) -> bytes:
        """The first ``size`` bytes of a compressed cluster."""
        kind = place.kind & 0x0F
        if kind not in {_ZSTD, _XZ}:
            raise BrokenFileError("A part of the book is compressed in an unknown way.", "Copy the file again.")
        packed = self._packed(place)
        if kind == _ZSTD:
            unpacker = zstandard.ZstdDecompressor(max_window_size=LARGEST_WINDOW)
            with unpacker.stream_reader(packed) as reader:
                return reader.read(size)
        unxz, data = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY), b""
        while len(data) < size and not unxz.eof:
            data += unxz.decompress(packed.read(CHUNK) if unxz.needs_input else b"", size - len(data))
        return data

    def _packed(self, place: "Place") -> IO[bytes]:
        """The packed bytes of a cluster; they end somewhere before the file does."""
        return cast(IO[bytes], _Pieces(self._file.chunks(Extent(place.data, self._file.size - place.data))))


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry's bytes are: number of the cluster, number within it, its first byte, and what follows that."""

    cluster: int
    blob: int
    kind: int
    data: int


class _Pieces:
    """Pieces of bytes, read as from a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, size: int) -> bytes:
        """The next piece, whatever its size; empty at the end."""
        return next(self._pieces, b"")


def _too_large(size: int) -> PageTooLargeError:
    return PageTooLargeError(f"{size} bytes must be unpacked for one page.", "Make the book with smaller clusters.")
