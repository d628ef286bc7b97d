"""The hub's own reading of a ZIM file's tables agrees with libzim's, and no damage leads it outside the file."""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from libzim.reader import Archive

from library.errors import BrokenFileError
from library.testing import Crafted, Entry, bake_zim, craft_zim, split_zim
from library.zim_tables import CHUNK, HEADER_SIZE, Extent, PartedFile, ZimTables, parse_header, parts_of

LONG = os.environ.get("HUB_LONG") == "1"
STEP = 1 if LONG else 3
FILM = bytes(range(256)) * 1200
ENTRIES = {
    "bài/một.html": Entry("<p>Một</p>" * 50, "Một"),
    "bài/hai.html": Entry("<p>Hai</p>" * 50, "Hai"),
    "film.mp4": Entry(FILM, mimetype="video/mp4", compress=False),
    "empty.mp4": Entry(b"", mimetype="video/mp4", compress=False),
    "small.png": Entry(b"\x89PNG...", mimetype="image/png"),
    "z.css": Entry("p{}", mimetype="text/css", front=False),
}


def compare_with_libzim(path: Path) -> dict[str, int]:
    """Every entry's extent holds what libzim reads; returns how many were plain, packed and without bytes."""
    archive = Archive(path)
    file = PartedFile(parts_of(path))
    tables = ZimTables(file)
    seen = {"plain": 0, "packed": 0, "redirect": 0}
    for index in range(archive.all_entry_count):
        entry = archive._get_entry_by_id(index)
        extent = tables.extent(tables.place(index))
        if entry.is_redirect:
            assert extent is None
            seen["redirect"] += 1
            continue
        wanted = bytes(entry.get_item().content)
        if extent is None:
            seen["packed"] += 1
            continue
        assert extent.size == len(wanted)
        assert file.read(extent.start, extent.size) == wanted == b"".join(file.chunks(extent))
        seen["plain"] += 1
    return seen


@pytest.mark.parametrize("compression", ["zstd", "none"])
@pytest.mark.parametrize("part_bytes", [None, 300_000, 997])
def test_baked_books_read_the_same(tmp_path: Path, compression: str, part_bytes: int | None) -> None:
    path = bake_zim(
        tmp_path / "a.zim",
        ENTRIES,
        name="a",
        redirects={"cũ": ("", "z.css")},
        compression=compression,
        cluster_bytes=999,
    )
    if part_bytes == 997:
        part_bytes = max(997, path.stat().st_size // 600)
    if part_bytes:
        path = split_zim(path, part_bytes)[0]
    seen = compare_with_libzim(path)
    assert seen["plain"] >= 3
    assert (seen["packed"] > 0) is (compression == "zstd")
    assert seen["redirect"] >= 1


OLD = [
    Crafted("A/Trang.html", b"<p>Trang</p>"),
    Crafted("A/Xưa", redirect="A/Trang.html"),
    Crafted("I/film.webm", FILM, mimetype="video/webm"),
    Crafted("I/empty", b"", mimetype="text/plain"),
    Crafted("M/Name", b"old", mimetype="text/plain"),
    Crafted("-/style.css", b"p{}", mimetype="text/css"),
]


def test_old_namespaces_read_the_same(tmp_path: Path) -> None:
    seen = compare_with_libzim(craft_zim(tmp_path / "old.zim", OLD, main="A/Trang.html"))
    assert seen == {"plain": 5, "packed": 0, "redirect": 1}


@pytest.mark.parametrize("gap", [0, 5 << 30], ids=["small", "beyond 4 GiB"])
def test_offsets_of_64_bits_read_the_same(tmp_path: Path, gap: int) -> None:
    entries = [Crafted("C/a", b"after the hole"), Crafted("C/b", FILM), Crafted("M/Name", b"large")]
    path = craft_zim(tmp_path / "a.zim", entries, version=(6, 1), extended=True, gap=gap)
    archive = Archive(path)
    file = PartedFile([path])
    tables = ZimTables(file)
    for index in range(bool(gap), archive.all_entry_count):
        extent = tables.extent(tables.place(index))
        assert extent
        assert extent.start > gap
        assert file.read(extent.start, extent.size) == bytes(archive._get_entry_by_id(index).get_item().content)
    if gap:
        assert tables.extent(tables.place(0)) == Extent(extent.start - gap - len(FILM) - 14, gap)
        assert next(iter(file.chunks(tables.extent(tables.place(0)) or Extent(0, 0)))) == bytes(CHUNK)


def test_parts_are_read_as_one(tmp_path: Path) -> None:
    pieces = [os.urandom(size) for size in (10, 1, 0, 300, 7)]
    paths = [tmp_path / str(number) for number in range(len(pieces))]
    for path, piece in zip(paths, pieces, strict=True):
        path.write_bytes(piece)
    file = PartedFile(paths)
    whole = b"".join(pieces)
    assert file.size == len(whole)
    for start in range(len(whole)):
        for size in (0, 1, 9, 12, len(whole) - start):
            if start + size <= len(whole):
                assert file.read(start, size) == whole[start : start + size]
    for start, size in ((0, len(whole) + 1), (len(whole), 1), (2**63, 5), (2**64 - 1, 2**64)):
        with pytest.raises(BrokenFileError):
            file.read(start, size)
    file.close()
    file.close()


def test_a_file_that_shrinks_is_a_broken_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(1000))
    file = PartedFile([path])
    os.truncate(path, 100)
    with pytest.raises(BrokenFileError):
        file.read(50, 100)


def test_descriptors_are_given_back(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    paths = [tmp_path / "a", tmp_path / "b"]
    paths[0].write_bytes(b"x")
    for _ in range(10):
        with pytest.raises(FileNotFoundError):
            PartedFile(paths)
    paths[1].write_bytes(b"y")
    for _ in range(10):
        PartedFile(paths)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_only_following_parts_belong_to_a_book(tmp_path: Path) -> None:
    for suffix in ("aa", "ab", "ad"):
        (tmp_path / f"a.zim{suffix}").touch()
    assert [part.suffix for part in parts_of(tmp_path / "a.zimaa")] == [".zimaa", ".zimab"]
    assert parts_of(tmp_path / "b.zim") == [tmp_path / "b.zim"]
    assert parts_of(tmp_path / "b.zimaa") == []


def test_what_is_no_header(tmp_path: Path) -> None:
    for data in (b"", b"ZIM\x04", bytes(80), b"PK\x03\x04" * 30):
        with pytest.raises(BrokenFileError):
            parse_header(data)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("books")
    entries = {path: Entry(entry.content[:2000], entry.title, entry.mimetype) for path, entry in ENTRIES.items()}  # type: ignore[index]
    return [
        bake_zim(folder / "new.zim", entries, name="a", cluster_bytes=500).read_bytes(),
        craft_zim(folder / "old.zim", [*OLD[:2], *OLD[3:]], main="A/Trang.html").read_bytes(),
        craft_zim(
            folder / "long.zim", [Crafted("C/a", b"x"), Crafted("C/b")], version=(6, 1), extended=True
        ).read_bytes(),
    ]


def fields(data: bytes) -> Iterator[tuple[int, int]]:
    """Place and width of every field of the header and the tables."""
    header = parse_header(data)
    yield from ((4, 2), (6, 2), (24, 4), (28, 4), (32, 8), (40, 8), (48, 8), (56, 8), (64, 4), (68, 4), (72, 8))
    for number in range(header.entry_count):
        pointer = header.path_pointers + 8 * number
        yield pointer, 8
        (dirent,) = struct.unpack_from("<Q", data, pointer)
        yield from ((dirent, 2), (dirent + 8, 4), (dirent + 12, 4))
    for number in range(header.cluster_count):
        pointer = header.cluster_pointers + 8 * number
        yield pointer, 8
        (cluster,) = struct.unpack_from("<Q", data, pointer)
        yield cluster, 1
        yield from ((cluster + 1 + 4 * offset, 4) for offset in range(6) if cluster + 5 + 4 * offset < len(data))


def read_all(path: Path) -> None:
    """Read every entry; anything but bytes, none, or a broken file is a fault."""
    file = PartedFile([path])
    try:
        tables = ZimTables(file)
        for index in range(min(tables.header.entry_count + 2, 200)):
            try:
                extent = tables.extent(tables.place(index))
                if extent:
                    assert 0 <= extent.start <= extent.start + extent.size <= file.size
                    assert len(file.read(extent.start, extent.size)) == extent.size
            except BrokenFileError:
                continue
    except BrokenFileError:
        return
    finally:
        file.close()


def test_every_field_may_hold_anything(books: list[bytes], tmp_path: Path) -> None:
    path, lot = tmp_path / "a.zim", random.Random(5)
    for data in books:
        every = list(fields(data))
        for place, width in every if LONG else lot.sample(every, len(every) // 3):
            largest = 256**width - 1
            old = int.from_bytes(data[place : place + width], "little")
            for value in {0, 1, old + 1, old - 1, len(data), len(data) - 1, largest, largest // 2, largest // 2 + 1}:
                field = (value & largest).to_bytes(width, "little")
                path.write_bytes(data[:place] + field + data[place + width :])
                read_all(path)


def test_a_file_may_end_anywhere(books: list[bytes], tmp_path: Path) -> None:
    path = tmp_path / "a.zim"
    for data in books:
        for size in [*range(0, HEADER_SIZE + 200, STEP), *range(HEADER_SIZE + 200, len(data), 37 * STEP)]:
            path.write_bytes(data[:size])
            read_all(path)


@given(head=st.binary(min_size=70, max_size=400), which=st.integers(0, 2))
def test_any_bytes_after_the_magic_number(
    books: list[bytes], tmp_path_factory: pytest.TempPathFactory, head: bytes, which: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.zim"
    data = books[which]
    path.write_bytes(data[:8] + head + data[8 + len(head) :])
    read_all(path)
