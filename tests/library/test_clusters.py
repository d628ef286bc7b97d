"""Clusters kept packed in pieces give the very bytes that libzim reads, and hold no more than they may."""

from __future__ import annotations

import io
import random
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import pytest
import zstandard

from library.book import Book
from library.clusters import LARGEST_REPACKED, Blob, Clusters, read_offsets
from library.errors import LibraryError
from library.page import Page
from library.testing import Entry, bake_zim

ZIMS = Path(__file__).parents[3] / "shared" / "data" / "zim"
REAL = sorted(path for path in ZIMS.glob("*.zim*") if path.suffix in {".zim", ".zimaa"})


def compare(path: Path, clusters: Clusters, limit: int) -> int:
    """Read every entry three times in random order, beside libzim; returns how many times the hub unpacked itself."""
    ours, theirs = Book(path, clusters), Book(path)
    unpacked = 0
    paths = list(ours.entry_paths())
    for name in random.Random(1).sample(3 * paths, 3 * len(paths)):
        answers: list[object] = []
        for book in (ours, theirs):
            try:
                page = book.page(name)
                answers.append((page.size, page.read()) if isinstance(page, Page) else page)
                unpacked += isinstance(page, Page) and page._blob is not None
            except LibraryError as error:
                answers.append(type(error))
        assert answers[0] == answers[1], name
        assert clusters.weight <= limit
    return unpacked


@pytest.mark.parametrize("limit", [0, 20_000, 1 << 24])
def test_baked_books_read_the_same(tmp_path: Path, limit: int) -> None:
    lot = random.Random(2)
    pages = {f"{at}": Entry(lot.randbytes(lot.randint(1, 90_000)).hex(), f"{at}") for at in range(40)}
    book = bake_zim(tmp_path / "a.zim", pages, name="a", cluster_bytes=300_000)
    assert compare(book, Clusters(limit), limit) >= 120


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_real_and_damaged_files_read_the_same(path: Path) -> None:
    try:
        Book(path)
        list(Book(path).entry_paths())
    except (LibraryError, RuntimeError, IndexError, ValueError) as error:
        with pytest.raises(type(error)):
            list(Book(path, Clusters(1 << 20)).entry_paths())
        return
    compare(path, Clusters(1 << 20), 1 << 20)


def packed(cluster: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(cluster)


def cluster_of(*blobs: bytes) -> bytes:
    offsets, at = [], 4 * (len(blobs) + 1)
    for blob in (*blobs, b""):
        offsets.append(at)
        at += len(blob)
    return struct.pack(f"<{len(offsets)}I", *offsets) + b"".join(blobs)


class Opened:
    """A cluster's packed bytes, and how many times they were opened."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.times = 0

    def __call__(self) -> IO[bytes]:
        self.times += 1
        return io.BytesIO(self.data)


def test_what_is_asked_for_again_is_unpacked_whole_once() -> None:
    blobs = [bytes([number]) * (number * 997) for number in range(100)]
    opened, clusters = Opened(packed(cluster_of(*blobs))), Clusters(1 << 20)

    def blob(number: int) -> Blob:
        found = clusters.blob(("book", "7"), opened, "I", number)
        assert found is not None
        return found

    assert blob(3).size == len(blobs[3])
    assert opened.times == 1  # its table
    light = clusters.weight
    assert blob(3).read() == blobs[3]
    assert (opened.times, clusters.weight) == (2, light)  # one page of it, nothing kept
    assert [blob(number).read() for number in range(100)] == blobs
    assert opened.times == 3
    assert light < clusters.weight < sum(map(len, blobs)) / 10


def test_many_readers_at_once_read_right_and_unpack_once() -> None:
    lot = random.Random(5)
    blobs = [lot.randbytes(lot.randint(0, 40_000)).hex().encode() for _ in range(60)]
    opened, clusters = Opened(packed(cluster_of(*blobs))), Clusters(1 << 24)

    def read(number: int) -> bool:
        found = clusters.blob(("book", "7"), opened, "I", number)
        return found is not None and found.read() == blobs[number]

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(read, lot.choices(range(60), k=2000)))
    assert opened.times <= 16 + 2  # at first, each may look at the table itself


def test_a_blob_that_is_not_there_or_a_cluster_cut_short() -> None:
    lot = random.Random(6)
    blobs = [lot.randbytes(150_000), lot.randbytes(150_000)]
    whole, clusters = cluster_of(*blobs), Clusters(1 << 20)
    assert clusters.blob(("a", "1"), Opened(packed(whole)), "I", 2) is None
    cut = clusters.blob(("a", "2"), Opened(packed(whole[:200_000])), "I", 1)
    assert cut is not None
    for _ in range(3):
        with pytest.raises(EOFError):
            cut.read()
    broken = Opened(packed(whole)[:-20])
    found = clusters.blob(("a", "3"), broken, "I", 1)
    assert found is not None
    for _ in range(3):
        with pytest.raises((EOFError, zstandard.ZstdError)):
            found.read()
    good = clusters.blob(("a", "4"), Opened(packed(whole)), "I", 1)  # the tools survived
    assert good is not None
    assert good.read() == blobs[1]


def test_one_that_refers_too_far_back_is_refused() -> None:
    far = zstandard.ZstdCompressionParameters(window_log=28, enable_ldm=True)
    with pytest.raises(zstandard.ZstdError):
        Clusters(1 << 20).blob(("a", "1"), Opened(bomb(far)), "I", 0)


def bomb(parameters: zstandard.ZstdCompressionParameters) -> bytes:
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return packer.compress(cluster_of(b"a" * 1000)) + packer.flush()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x08",
        struct.pack("<2I", 8, LARGEST_REPACKED + 1),
        struct.pack("<3I", 12, 20, 14) + bytes(20),
        struct.pack("<2I", 0, 8),
        struct.pack("<2I", 7, 8),
        struct.pack("<I", 1 << 30),
        struct.pack("<2I", 400, 8),
    ],
)
def test_odd_clusters_are_left_to_libzim(data: bytes) -> None:
    assert read_offsets(io.BytesIO(data), "I") is None
    assert read_offsets(io.BytesIO(data), "Q") is None
