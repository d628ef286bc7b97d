"""Real films and sounds are told for what they are by what lies inside; broken and hostile ones are refused."""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path

import pytest
from films import RECIPES, make_film

from library import reasons
from library.admission import Checker
from library.config import LibraryConfig
from library.inspection import Verdict, inspect
from library.media.facts import MediaFacts

pytestmark = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="ffmpeg is not installed; ./run test installs it"
)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("films")
    return {recipe: make_film(folder / recipe, recipe) for recipe in RECIPES}


def check(path: Path) -> Verdict:
    return inspect(path, whole=True)


def media(path: Path) -> MediaFacts:
    facts = check(path).facts
    assert facts is not None
    assert facts.media is not None
    return facts.media


@pytest.mark.parametrize(
    ("recipe", "kind", "mimetype", "on_iphones"),
    [
        ("fast.mp4", "film", "video/mp4", True),
        ("slow.mp4", "film", "video/mp4", True),
        ("pieces.mp4", "film", "video/mp4", True),
        ("film.webm", "film", "video/webm", False),
        ("film.mkv", "film", "video/x-matroska", False),
        ("sound.m4a", "sound", "audio/mp4", True),
        ("sound.mp3", "sound", "audio/mpeg", True),
        ("sound.ogg", "sound", "audio/ogg", False),
        ("sound.opus", "sound", "audio/ogg", False),
        ("sound.flac", "sound", "audio/flac", False),
        ("sound.wav", "sound", "audio/wav", True),
    ],
)
def test_every_kind(
    films: dict[str, Path], tmp_path: Path, recipe: str, kind: str, mimetype: str, on_iphones: bool
) -> None:
    path = shutil.copy(films[recipe], tmp_path / "Tên nào cũng được.mp4")  # its name does not count
    verdict = check(path)
    assert verdict.facts is not None, verdict
    facts, found = verdict.facts, media(path)
    assert (facts.kind, found.mimetype, found.plays_on_iphones) == (kind, mimetype, on_iphones)
    assert 3.9 <= found.duration_s <= 4.2
    assert (found.width, found.height) == ((320, 180) if kind == "film" else (0, 0))
    assert found.starts_at_once == (recipe not in {"slow.mp4", "sound.m4a"})
    assert (facts.name, facts.title) == ("Tên nào cũng được", "Tên nào cũng được")
    assert not facts.may_be_taken_home()


def test_codecs_are_named(films: dict[str, Path]) -> None:
    assert media(films["fast.mp4"]).codecs == ("H.264 Constrained Baseline@L1.1", "AAC LC")
    assert media(films["sound.mp3"]).codecs == ("MP3",)


def test_the_edition_changes_with_any_byte_and_with_nothing_else(films: dict[str, Path], tmp_path: Path) -> None:
    path = shutil.copy(films["fast.mp4"], tmp_path / "a.mp4")
    first = media(path).edition
    os.utime(path, (1, 1))
    assert media(path).edition == first
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, (1, 1))
    assert media(path).edition != first


@pytest.mark.parametrize(
    "recipe",
    [
        "fast.mp4",
        "slow.mp4",
        "film.webm",
        "film.mkv",
        "sound.ogg",
        "sound.opus",
        "sound.wav",
        "sound.mp3",
        "sound.flac",
    ],
)
def test_what_is_cut_is_incomplete(films: dict[str, Path], tmp_path: Path, recipe: str) -> None:
    data = films[recipe].read_bytes()
    for part in (3, 2, 1.1):
        path = tmp_path / recipe
        path.write_bytes(data[: int(len(data) / part)])
        assert check(path).reason == reasons.INCOMPLETE


def box(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def nested(depth: int) -> bytes:
    content = b""
    for _ in range(depth):
        content = box(b"moov", content)
    return content


FTYP = box(b"ftyp", b"isomiso2")
HOSTILE = {
    "empty": (b"", reasons.EMPTY),
    "text": (b"This is a text and no film. " * 50, reasons.NOT_MEDIA),
    "page": (b"<!DOCTYPE html><script>alert(1)</script>" * 20, reasons.NOT_MEDIA),
    "no index": (FTYP + box(b"mdat", bytes(1000)), reasons.INCOMPLETE),
    "nothing in it": (FTYP + box(b"moov", box(b"mvhd", bytes(100))) + box(b"mdat"), reasons.NOTHING_TO_PLAY),
    "huge box": (FTYP + box(b"moov") + struct.pack(">I4sQ", 1, b"mdat", 2**63 - 1) + bytes(100), reasons.INCOMPLETE),
    "box of no size": (FTYP + struct.pack(">I4s", 3, b"moov") + bytes(100), reasons.DAMAGED),
    "deep": (FTYP + nested(20_000) + box(b"mdat"), reasons.NOTHING_TO_PLAY),
    "many": (FTYP + box(b"free") * 30_000 + box(b"moov"), reasons.INCOMPLETE),
    "bare ebml": (b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff", None),
}


def check_in_a_child(path: Path, **options: float) -> Verdict:
    checker = Checker(LibraryConfig(**options))  # type: ignore[arg-type]
    checker.start(path, path.stat().st_size, whole=True)
    while (verdict := checker.poll()) is None:
        pass
    return verdict


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_the_real_child(tmp_path: Path, name: str) -> None:
    data, reason = HOSTILE[name]
    path = tmp_path / "x.mp4"
    path.write_bytes(data)
    verdict = check_in_a_child(path)
    assert verdict.facts is None
    assert verdict.reason
    assert reason in {verdict.reason, None}, verdict


def test_a_renamed_film_is_no_book_and_no_description(films: dict[str, Path], tmp_path: Path) -> None:
    assert check(Path(shutil.copy(films["fast.mp4"], tmp_path / "x.zim"))).facts is None
    assert check(Path(shutil.copy(films["fast.mp4"], tmp_path / "x.toml"))).facts is None


def test_a_film_with_flipped_bits_has_a_verdict_in_time(films: dict[str, Path], tmp_path: Path) -> None:
    """Some of these keep MediaInfo busy for minutes; the child has a limit."""
    whole = films["fast.mp4"].read_bytes()
    path = tmp_path / "x.mp4"
    for step in range(0, 12, 4):
        data = bytearray(whole)
        for at in range(40 + step, 3000, 97 + step):
            data[at] ^= 0xFF >> (step % 8)
        path.write_bytes(data)
        verdict = check_in_a_child(path, check_grace_s=1, check_rate_mb_s=1000)
        assert (verdict.facts is None) == (verdict.reason != "")
