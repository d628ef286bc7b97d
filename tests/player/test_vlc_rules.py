"""The screen's rules that need no libvlc: levels, positions between two words, addresses, the corner's place."""

from __future__ import annotations

from math import log10
from pathlib import Path

import pytest
from PIL import Image

from player.vlc.addresses import is_address, is_microphone
from player.vlc.levels import volume
from player.vlc.loudspeakers import has_loudspeaker
from player.vlc.progress import Progress


@pytest.mark.parametrize(("level", "heard"), [(0, 0), (1, 8), (10, 28), (25, 46), (50, 68), (100, 100)])
def test_levels_in_the_numbers_of_libvlc(level: int, heard: int) -> None:
    assert volume(level) == heard


@pytest.mark.parametrize("level", [-5, 101, 4000])
def test_levels_that_are_none_are_brought_inside(level: int) -> None:
    assert volume(level) == (0 if level < 0 else 100)


def test_half_the_level_is_ten_decibels_less_everywhere() -> None:
    for level in range(20, 101, 2):
        steps = 60 * log10(volume(level) / volume(level // 2))
        assert 9 < steps < 11


@pytest.mark.parametrize(
    ("progress", "at_s", "length_ms", "moving", "position_ms"),
    [
        (Progress(), 5.0, 1000, True, 0),
        (Progress(500, 5.0), 5.0, 3000, True, 500),
        (Progress(500, 5.0), 5.2, 3000, True, 700),
        (Progress(500, 5.0), 5.2, 3000, False, 500),
        (Progress(500, 5.0), 9.0, 3000, True, 900),
        (Progress(500, 5.0), 4.0, 3000, True, 500),
        (Progress(500, 5.0), 9.0, 600, True, 600),
        (Progress(500, 5.0), 5.3, 0, True, 800),
        (Progress(900), 5.3, 0, True, 900),
    ],
)
def test_a_position_is_counted_on_for_a_moment(
    progress: Progress, at_s: float, length_ms: int, moving: bool, position_ms: int
) -> None:
    assert progress.now(at_s, length_ms, moving=moving) == position_ms


@pytest.mark.parametrize(
    ("source", "address", "microphone"),
    [
        ("/srv/content/phim.mp4", False, False),
        ("/srv/http:/x.mp4", False, False),
        ("http://xa.example/live.m3u8", True, False),
        ("https://xa.example/live.m3u8", True, False),
        ("alsa://hw:1,0", True, True),
        ("pulse://usb", True, True),
        ("file:///etc/passwd", False, False),
        ("dvd://", False, False),
    ],
)
def test_only_streams_and_microphones_are_addresses(source: str, address: bool, microphone: bool) -> None:
    assert (is_address(source), is_microphone(source)) == (address, microphone)


def test_a_picture_is_shown_whole_on_black() -> None:
    stage = pytest.importorskip("player.vlc.stage", reason="libvlc is not installed", exc_type=ImportError)
    shown = stage.fill(Image.new("RGB", (100, 200), (255, 0, 0)), (400, 200))
    assert shown.size == (400, 200)
    assert [shown.getpixel((x, 100)) for x in (10, 200, 390)] == [(0, 0, 0), (255, 0, 0), (0, 0, 0)]


def test_a_loudspeaker_is_a_sound_card_or_a_sound_server(tmp_path: Path) -> None:
    devices, system_wide, own = tmp_path / "snd", tmp_path / "native", tmp_path / "pulse" / "native"
    devices.mkdir()

    def there(**environ: str) -> bool:
        return has_loudspeaker(environ, devices, system_wide)

    assert not there()
    assert not there(XDG_RUNTIME_DIR=str(tmp_path))
    assert there(PULSE_SERVER="unix:/elsewhere")
    own.parent.mkdir()
    own.touch()
    assert there(XDG_RUNTIME_DIR=str(tmp_path))
    (devices / "pcmC0D0c").touch()
    assert not there()
    (devices / "pcmC0D0p").touch()
    assert there()
    (devices / "pcmC0D0p").unlink()
    system_wide.touch()
    assert there()
