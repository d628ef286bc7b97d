"""The outermost structure of films and sounds: what they are, how long they must be; nothing hangs or breaks it."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.media.shapes import Container, Shape, shape_of


def look(data: bytes, size: int | None = None, most_boxes: int = 64) -> Shape | None:
    reads: list[int] = []

    def read(start: int, length: int) -> bytes:
        assert length <= 70_000
        reads.append(length)
        return data[start : start + length]

    shape = shape_of(read, len(data) if size is None else size, most_boxes)
    assert len(reads) <= most_boxes + 4
    return shape


def box(name: bytes, content: bytes = b"", size: int | None = None) -> bytes:
    return struct.pack(">I4s", 8 + len(content) if size is None else size, name) + content


FTYP = box(b"ftyp", b"isom\0\0\0\0")


def test_an_mp4_says_how_long_it_is_and_where_its_index_is() -> None:
    whole = FTYP + box(b"moov", b"x" * 50) + box(b"mdat", b"x" * 500)
    assert look(whole) == Shape(Container.MP4, len(whole))
    assert look(whole[:300]) == Shape(Container.MP4, len(whole))
    late = FTYP + box(b"mdat", b"x" * 500) + box(b"moov", b"x" * 50)
    assert look(late) == Shape(Container.MP4, len(late), index_first=False)
    without = FTYP + box(b"mdat", b"x" * 500)
    assert look(without) == Shape(Container.MP4, len(without), has_index=False, index_first=False)


def test_boxes_of_any_size_end_somewhere() -> None:
    huge = FTYP + struct.pack(">I4sQ", 1, b"mdat", 2**63)
    shape = look(huge)
    assert shape is not None
    assert shape.complete_size > 2**63
    assert look(FTYP + box(b"moov") + box(b"mdat", b"x" * 90, size=0)) == Shape(Container.MP4, len(FTYP) + 8 + 98)
    for length in range(2, 8):
        broken = look(FTYP + struct.pack(">I4s", length, b"free") + b"x" * 40)
        assert broken is not None
        assert broken.damage == f"no box at byte {len(FTYP)}"
    assert look(FTYP + box(b"moov") * 10_000, most_boxes=64) is not None


def test_a_box_without_a_name_is_damage() -> None:
    shape = look(FTYP + box(b"moov") + b"\0\0\0\x10\0\1\2\3" + b"x" * 8)
    assert shape is not None
    assert shape.damage == f"no box at byte {len(FTYP) + 8}"


@pytest.mark.parametrize(
    ("data", "container"),
    [
        (b"fLaC" + bytes(40), Container.FLAC),
        (b"\xff\xfb\x90\x00" + bytes(40), Container.MP3),
        (b"\xff\xf1\x50\x80" + bytes(40), Container.AAC),
        (b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + b"\xff\xfb\x90\x00", Container.MP3),
        (b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + b"fLaC", Container.FLAC),
        (b"RIFF\x24\0\0\0WAVEfmt " + bytes(30), Container.WAV),
    ],
)
def test_what_the_first_bytes_say(data: bytes, container: Container) -> None:
    shape = look(data)
    assert shape is not None
    assert shape.container is container


@pytest.mark.parametrize(
    "data",
    [
        b"", b"h", b"hello world, this is a text", b"<html>", b"\x89PNG\r\n\x1a\n", b"PK\3\4", b"%PDF-1.7", bytes(100),
        b"\xff\xff\xff\xff", b"\xff\xe8\x00\x00", b"RIFF\x24\0\0\0AVI LIST", b"\x1a\x45\xdf\xa3", b"GIF89a",
        b"\x1a\x45\xdf\xa3\x88\x42\x82\x85hello" + bytes(20),
    ],
)  # fmt: skip
def test_other_files_are_none_of_these(data: bytes) -> None:
    assert look(data) is None


@given(
    st.sampled_from(
        [b"", FTYP, FTYP + box(b"moov"), b"OggS", b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", b"ID3", b"RIFF1234WAVE"]
    ),
    st.binary(max_size=400),
    st.integers(0, 2**62),
)
def test_nothing_breaks_it(head: bytes, rest: bytes, more: int) -> None:
    data = head + rest
    shape = look(data, len(data))
    assert shape is None or shape.complete_size >= 0
    look(data, len(data) + more)  # a size that the file does not have: cut while we look
