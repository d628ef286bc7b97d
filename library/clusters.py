"""Parts of books that were unpacked, packed again lightly in small pieces, so that many fit into little memory.

A cluster of a ZIM file has to be unpacked from its beginning to reach any page in it. Where readers stay in a book, its
clusters are asked for again and again: what is asked for a second time is unpacked whole and packed again, a few pages
to a piece, at zstandard's fastest usual level. A page then costs its own piece only, and what is kept is weighed
exactly. Clusters of unusual size or shape are left to libzim.
"""

import contextlib
import itertools
import queue
import struct
import threading
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, cast

import zstandard

from library.kept_values import Kept, Key

LARGEST_REPACKED = 8 * 1024 * 1024
"""Bytes of an unpacked cluster; writers stop at 2 MiB or after one page."""
LARGEST_WINDOW = 128 * 1024 * 1024
"""Bytes of an unpacked cluster to which its packed form may refer; libzim's own bound (zstd's default)."""
_LARGEST_TABLE = 256 * 1024
_PIECE = 32 * 1024
"""Bytes after which a piece ends with the page it is in; smaller ones pack badly, larger ones take longer."""
_LEVEL = 1

Packed = Callable[[], IO[bytes]]
"""Opens a cluster's packed bytes at their beginning."""


@dataclass(frozen=True, slots=True)
class _Pieces:
    """A whole cluster: the first page of each piece, where the packed piece stops, and the pieces one after another."""

    firsts: "array[int]"
    stops: "array[int]"
    data: bytes

    @property
    def weight(self) -> int:
        return len(self.data) + 8 * (len(self.firsts) + len(self.stops))


@dataclass(slots=True)
class _Cluster:
    """What is known of one cluster: where its pages begin and stop, and once it was asked for again, its pieces."""

    offsets: "array[int]"
    asked: bool = False
    pieces: _Pieces | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def weight(self) -> int:
        return 8 * len(self.offsets) + (self.pieces.weight if self.pieces else 0)


@dataclass(frozen=True, slots=True)
class _Workbench:
    """Tools for one thread at a time; to make them anew for each page would cost more than the page."""

    unpacker: zstandard.ZstdDecompressor = field(
        default_factory=lambda: zstandard.ZstdDecompressor(max_window_size=LARGEST_WINDOW)
    )
    packer: zstandard.ZstdCompressor = field(default_factory=lambda: zstandard.ZstdCompressor(level=_LEVEL))


class Clusters:
    """Unpacks the compressed clusters of many books; safe to use from several threads.

    Args:
        limit: bytes that what is kept may weigh.
        at_once: how many clusters may be unpacked at the same time; each takes some megabytes meanwhile.
    """

    def __init__(self, limit: int, at_once: int = 2) -> None:
        self._kept: Kept[_Cluster] = Kept(limit)
        self._benches: queue.SimpleQueue[_Workbench] = queue.SimpleQueue()
        for _ in range(at_once):
            self._benches.put(_Workbench())

    @property
    def weight(self) -> int:
        """Bytes that what is kept weighs now."""
        return self._kept.weight

    def blob(self, key: Key, packed: Packed, code: str, number: int) -> "Blob | None":
        """One page's bytes in a cluster, found but not read yet.

        Args:
            key: names the cluster among those of all books.
            packed: opens its packed bytes.
            code: ``I`` or ``Q``, how `struct` names the numbers of its table of offsets.
            number: which of the cluster's blobs.

        Returns:
            None where the cluster's size or table is unusual, or there is no such blob in it.

        Raises:
            zstandard.ZstdError: it cannot be unpacked.
        """
        cluster = self._kept.get(key)
        if cluster is None:
            with self._workbench() as bench, _reader(bench, packed) as stream:
                offsets = read_offsets(stream, code)
            if offsets is None:
                return None
            cluster = _Cluster(offsets)
            self._kept.keep(key, cluster, cluster.weight)
        if number + 1 >= len(cluster.offsets):
            return None
        start, stop = cluster.offsets[number], cluster.offsets[number + 1]
        return Blob(stop - start, lambda: self._read(key, cluster, packed, number))

    def _read(self, key: Key, cluster: _Cluster, packed: Packed, number: int) -> bytes:
        if cluster.pieces is None:
            with cluster.lock:
                if not cluster.asked:
                    with self._workbench() as bench, _reader(bench, packed) as stream:
                        data = _blob_from(stream, cluster.offsets, number)
                    cluster.asked = True
                    return data
                if cluster.pieces is None:
                    with self._workbench() as bench, _reader(bench, packed) as stream:
                        cluster.pieces = _repacked(stream, cluster.offsets, bench.packer)
                    self._kept.keep(key, cluster, cluster.weight)
        at = bisect_right(cluster.pieces.firsts, number) - 1
        begin = cluster.pieces.stops[at - 1] if at else 0
        piece = memoryview(cluster.pieces.data)[begin : cluster.pieces.stops[at]]
        with self._workbench() as bench:
            unpacked = bench.unpacker.decompress(piece)
        base = cluster.offsets[cluster.pieces.firsts[at]]
        start, stop = cluster.offsets[number] - base, cluster.offsets[number + 1] - base
        return unpacked if stop - start == len(unpacked) else unpacked[start:stop]

    @contextlib.contextmanager
    def _workbench(self) -> Iterator[_Workbench]:
        bench = self._benches.get()
        try:
            yield bench
        finally:
            self._benches.put(bench)


@dataclass(frozen=True, slots=True)
class Blob:
    """One page's bytes.

    Attributes:
        size: how many they are.
        read: gives them; raises ``zstandard.ZstdError`` or ``EOFError`` where they cannot be unpacked.
    """

    size: int
    read: Callable[[], bytes]


def read_offsets(stream: IO[bytes], code: str) -> "array[int] | None":
    """The table of offsets with which an unpacked cluster begins (openZIM, "ZIM file format", clusters).

    Args:
        stream: gives the cluster's bytes from its beginning.
        code: ``I`` or ``Q``, how `struct` names its numbers.

    Returns:
        None where the cluster is larger than ``LARGEST_REPACKED``, its table too long or cut, or offsets go back.
    """
    width = struct.calcsize(code)
    first = _read(stream, width)
    if len(first) < width:
        return None
    (size,) = struct.unpack(f"<{code}", first)
    if size > _LARGEST_TABLE or size % width or size < 2 * width:
        return None
    table = first + _read(stream, size - width)
    if len(table) < size:
        return None
    offsets = struct.unpack(f"<{size // width}{code}", table)
    if offsets[-1] > LARGEST_REPACKED or any(one > two for one, two in itertools.pairwise(offsets)):
        return None
    return array("Q", offsets)


def _blob_from(stream: IO[bytes], offsets: "array[int]", number: int) -> bytes:
    """A blob taken from its unpacked cluster; what is before it is unpacked and dropped."""
    left = offsets[number]
    while left:
        left -= len(_exactly(stream, min(left, _PIECE)))
    return _exactly(stream, offsets[number + 1] - offsets[number])


def _repacked(stream: IO[bytes], offsets: "array[int]", packer: zstandard.ZstdCompressor) -> _Pieces:
    """A whole cluster in pieces; never holds more than one of them unpacked."""
    _exactly(stream, offsets[0])
    firsts, stops, packed, begin = array("I"), array("I"), bytearray(), 0
    for number in range(1, len(offsets)):
        size = offsets[number] - offsets[begin]
        if size < _PIECE and number < len(offsets) - 1:
            continue
        packed += packer.compress(_exactly(stream, size))  # one run of bytes: small ones would leave holes in the heap
        firsts.append(begin)
        stops.append(len(packed))
        begin = number
    return _Pieces(firsts, stops, bytes(packed))


def _reader(bench: _Workbench, packed: Packed) -> contextlib.AbstractContextManager[IO[bytes]]:
    stream = bench.unpacker.stream_reader(packed())
    return cast(contextlib.AbstractContextManager[IO[bytes]], stream)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = _read(stream, size)
    if len(data) < size:
        raise EOFError("the cluster ends before its pages do")
    return data


def _read(stream: IO[bytes], size: int) -> bytes:
    """``size`` bytes, fewer only at the end."""
    data = stream.read(size) if size else b""
    while len(data) < size and (more := stream.read(size - len(data))):
        data += more
    return data
