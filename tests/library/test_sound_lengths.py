"""How long MP3 and FLAC files say they are: one that was cut is told, one that is whole is never refused."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.media.shapes import Container, Shape, shape_of
from library.media.sound_lengths import flac_is_cut, mp3_length

NOISE, SILENCE = "anoisesrc=d=2:r={rate}", "anullsrc=d=9:r={rate}"
SOUNDS = {
    "stereo.mp3": (NOISE, 44100, ["-ac", "2"]),
    "mono.mp3": (NOISE, 48000, ["-ac", "1"]),
    "low.mp3": (NOISE, 22050, ["-ac", "2", "-q:a", "5"]),
    "tagged.mp3": (NOISE, 32000, ["-metadata", "title=Hát then", "-write_id3v1", "1"]),
    "plain.flac": (NOISE, 44100, ["-ac", "2"]),
    "deep.flac": (NOISE, 96000, ["-ac", "2", "-sample_fmt", "s32"]),
    "odd.flac": (NOISE, 11025, ["-ac", "1", "-frame_size", "1000"]),
    "many.flac": (NOISE, 48000, ["-ac", "6"]),
    "silent.flac": (SILENCE, 96000, ["-ac", "6"]),
}
pytestmark = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="ffmpeg is not installed; ./run test installs it"
)


def make(folder: Path, name: str, *more: str) -> bytes:
    source, rate, options = SOUNDS[name]
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-f", "lavfi", "-i"]
    command += [source.format(rate=rate), *options, *more, str(folder / name)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return (folder / name).read_bytes()


def shape(data: bytes) -> Shape:
    found = shape_of(lambda start, length: data[start : start + length], len(data))
    assert found is not None
    return found


def is_cut(data: bytes) -> bool:
    return shape(data).complete_size > len(data)


@pytest.mark.parametrize("name", SOUNDS)
def test_a_whole_sound_is_whole_and_one_that_was_cut_is_not(name: str, tmp_path: Path) -> None:
    data = make(tmp_path, name)
    assert not is_cut(data)
    assert not is_cut(data + b"TAG" + bytes(125))
    for part in (0.95, 0.7, 0.4) if len(data) > 30_000 else (0.7, 0.4):
        assert is_cut(data[: int(len(data) * part)]), part


def test_where_nothing_is_said_nothing_is_guessed(tmp_path: Path) -> None:
    data = make(tmp_path, "stereo.mp3", "-write_xing", "0")
    assert shape(data) == shape(data[: len(data) // 2]) == Shape(Container.MP3)
    data = make(tmp_path, "plain.flac")
    unknown = data[:21] + bytes([data[21] & 0xF0, 0, 0, 0, 0]) + data[26:]
    assert shape(unknown) == shape(unknown[: len(data) // 2]) == Shape(Container.FLAC)


def first_frame(at: int, name: bytes, *numbers: int) -> bytes:
    return (b"\xff\xfb\x90\x00" + bytes(at - 4) + name + struct.pack(f">{len(numbers)}I", *numbers)).ljust(64, b"\0")


def test_the_headers_of_the_first_frame() -> None:
    assert mp3_length(first_frame(36, b"Xing", 3, 100, 50_000)) == 50_000 - 1441
    assert mp3_length(first_frame(36, b"Info", 2, 50_000)) == 50_000 - 1441
    assert mp3_length(first_frame(36, b"Info", 1, 50_000)) == 0
    assert mp3_length(first_frame(36, b"Xing", 3, 100, 0xFFFFFFFF)) == 0
    assert mp3_length(first_frame(36, b"VBRI")[:46] + struct.pack(">I", 50_000) + bytes(14)) == 50_000 - 1441
    assert mp3_length(first_frame(36, b"Xing", 3, 100, 50_000)[:50]) == 0


@given(st.binary(min_size=42, max_size=80), st.binary(max_size=400), st.booleans())
def test_nothing_breaks_it(head: bytes, tail: bytes, all_read: bool) -> None:
    assert mp3_length(head) >= 0
    flac_is_cut(b"fLaC\0\0\0\x22" + head, b"\xff\xf8" + tail, all_read=all_read)
