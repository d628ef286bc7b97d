"""What is heard: films, announcements over them, levels, silence where nothing should sound."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from television import Loudspeaker, ended_afterwards, strength, tone, wait_until

from player.screen import Happening, Media

FILM_HERTZ, SPOKEN_HERTZ, OTHER_HERTZ = 440, 1000, 2500

Opening = Callable[..., Any]
Heard = Callable[[float], list[float]]


def test_an_announcement_is_heard_while_the_film_is_held_and_then_the_film(
    heard: Heard, clips: Path, opening: Opening
) -> None:
    watched = opening(screen="hidden")
    watched.play(Media(str(clips / "halves.mp4")))
    wait_until(lambda: strength(heard(0.1), FILM_HERTZ) > 0.05, "the film is heard")
    watched.screen.hold(held=True)
    wait_until(lambda: not any(heard(0.05)), "the film is silent")
    watched.screen.speak(Media(str(clips / "spoken.wav")), 2)
    wait_until(lambda: strength(heard(0.1), SPOKEN_HERTZ) > 0.4, "the announcement is heard")
    assert strength(heard(0.1), FILM_HERTZ) < 0.005
    watched.screen.hush()
    assert watched.screen.listen() is None
    wait_until(lambda: not any(heard(0.05)), "all is silent")
    watched.screen.hold(held=False)
    wait_until(lambda: strength(heard(0.1), FILM_HERTZ) > 0.05, "the film is heard again")


def test_a_sound_goes_on_quietly_under_an_announcement_and_nothing_is_clipped(
    heard: Heard, clips: Path, tmp_path: Path, opening: Opening
) -> None:
    music = tone(tmp_path / "music.wav", OTHER_HERTZ, 4, 0.9)
    watched = opening(screen="hidden")
    watched.screen.play(Media(str(music)), 1)
    wait_until(lambda: strength(heard(0.1), OTHER_HERTZ) > 0.8, "the music is heard")
    watched.screen.set_level(25)
    watched.screen.speak(Media(str(clips / "spoken.wav")), 2)
    wait_until(lambda: strength(heard(0.1), SPOKEN_HERTZ) > 0.45, "the announcement is heard")
    wait_until(lambda: 0.05 < strength(heard(0.1), OTHER_HERTZ) < 0.12, "the music is heard behind it")
    assert max(heard(0.1)) < 0.95
    look = watched.screen.listen()
    assert look.generation == 2
    assert not look.has_video
    watched.screen.set_level(100)
    watched.screen.hush()
    wait_until(lambda: strength(heard(0.1), OTHER_HERTZ) > 0.8, "the music is as loud as before")
    assert watched.reports == []


@pytest.mark.parametrize(("level", "decibels"), [(50, -10), (25, -20), (10, -33)])
def test_half_the_level_is_ten_decibels_less_from_the_first_moment(
    heard: Heard, tmp_path: Path, opening: Opening, level: int, decibels: int
) -> None:
    sound = tone(tmp_path / "tone.wav", OTHER_HERTZ, 1, 0.8)
    watched = opening(screen="hidden")
    watched.screen.play(Media(str(sound), level=level), 1)
    wanted = 0.8 * 10 ** (decibels / 20)
    wait_until(lambda: abs(strength(heard(0.1), OTHER_HERTZ) / wanted - 1) < 0.1, "it is as loud")
    assert max(heard(0.5)) < 1.1 * wanted


def test_level_nought_is_silence(heard: Heard, clips: Path, opening: Opening) -> None:
    watched = opening(screen="hidden")
    watched.screen.play(Media(str(clips / "spoken.wav"), level=0), 1)
    wait_until(lambda: watched.look().position_ms > 500, "it plays")
    assert not any(heard(0.4))


def test_a_microphone_is_heard_live(speaker: Loudspeaker, heard: Heard, clips: Path, opening: Opening) -> None:
    server = f"--server={speaker.server}"
    subprocess.run(["pactl", server, "load-module", "module-null-sink", "sink_name=room"], check=True)
    watched = opening(screen="hidden")
    watched.screen.speak(Media("pulse://room.monitor"), 1)
    wait_until(lambda: watched.screen.listen().playing, "the microphone is open")
    assert not any(heard(0.05))
    with ended_afterwards(subprocess.Popen(["paplay", server, "--device=room", str(clips / "spoken.wav")])):
        wait_until(lambda: strength(heard(0.1), SPOKEN_HERTZ) > 0.3, "what is said is heard")
        watched.screen.hush()
        wait_until(lambda: not any(heard(0.05)), "it is silent, although somebody still speaks")
    assert watched.reports == []


@pytest.mark.parametrize("sound", ["pulse", "none", "missing"])
def test_short_sounds_play_to_their_end(
    opening: Opening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sound: str
) -> None:
    if sound == "missing":
        for name in ("PULSE_SERVER", "XDG_RUNTIME_DIR"):
            monkeypatch.delenv(name, raising=False)
        sound = "pulse"
    watched = opening(screen="hidden", sound=sound)
    for generation, seconds in enumerate((0.3, 1.2), start=1):
        watched.screen.speak(Media(str(tone(tmp_path / f"{seconds}.wav", 1000, seconds))), generation)
        assert watched.reported(generation) is Happening.ENDED
        look = watched.screen.listen()
        assert look.length_ms == seconds * 1000
        assert look.position_ms >= 0.9 * look.length_ms
        assert not look.playing
        watched.screen.hush()
