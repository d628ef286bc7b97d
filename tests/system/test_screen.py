"""The screen with real libvlc: what is seen on a television that nobody looks at, what is heard from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from television import Loudspeaker, Television, card, clip, loudspeaker, opened, strength, television, tone, wait_until

from player.config import PlayerConfig
from player.screen import Happening, Look, Media, Report, Screen
from player.vlc.opening import open_screen

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
MIDDLE = (320, 180)
HERTZ, SPOKEN_HERTZ = 440, 1000


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Television, Loudspeaker]]:
    """A television and a loudspeaker, in the environment as on the hub."""
    with (
        television() as tv,
        loudspeaker(tmp_path_factory.mktemp("pulse")) as speaker,
        pytest.MonkeyPatch.context() as env,
    ):
        env.setenv("DISPLAY", tv.display)
        env.setenv("PULSE_SERVER", speaker.server)
        yield tv, speaker


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of two halves, left yellow and right blue, of three seconds, with a tone; cards; a spoken tone."""
    folder = tmp_path_factory.mktemp("clips")
    halves = "color=c=yellow:size=320x360:rate=25,pad=640:360:0:0:blue"
    clip(folder / "film.mp4", halves, 3, HERTZ)
    tone(folder / "spoken.wav", SPOKEN_HERTZ, 3)
    card(folder / "red.png", RED)
    card(folder / "green.png", GREEN)
    card(folder / "corner.png", GREEN, (60, 60))
    return folder


class Watched:
    """An open screen and what it reported."""

    def __init__(self, kind: str) -> None:
        self.reports: list[Report] = []
        config = PlayerConfig.model_validate({"screen": kind})
        self.screen: Screen = open_screen(config, self.reports.append)

    def look(self) -> Look:
        look = self.screen.look()
        assert look is not None
        return look

    def play(self, path: Path, **further: int) -> None:
        self.screen.play(Media(str(path), **further), 1)
        wait_until(lambda: self.look().has_picture, "the film has a picture")


@pytest.fixture
def opening(house: object) -> Iterator[Callable[[str], Watched]]:
    """Opens screens, and closes them."""
    opened_screens: list[Watched] = []

    def open_one(kind: str) -> Watched:
        opened_screens.append(Watched(kind))
        return opened_screens[-1]

    yield open_one
    for each in opened_screens:
        each.screen.close()


def near(pixel: tuple[int, ...], wanted: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 24 for a, b in zip(pixel, wanted, strict=True))


def test_backdrop_film_corner_cover_and_backdrop_again(
    house: tuple[Television, Loudspeaker], clips: Path, opening: Callable[[str], Watched]
) -> None:
    tv, _ = house
    watched = opening("window")
    screen = watched.screen
    screen.backdrop(clips / "red.png")
    wait_until(lambda: tv.at(*MIDDLE) == RED, "the backdrop is seen")
    watched.play(clips / "film.mp4")
    wait_until(lambda: near(tv.at(160, 180), (255, 255, 0)) and near(tv.at(480, 180), BLUE), "the film is seen")
    screen.corner(clips / "corner.png")
    wait_until(lambda: tv.at(580, 40) == GREEN, "the corner is seen")
    screen.hold(held=True)
    wait_until(lambda: not watched.look().playing, "the film is held")
    screen.cover(clips / "red.png")
    wait_until(lambda: tv.at(160, 180) == tv.at(580, 40) == RED, "the cover is seen")
    screen.cover(None)
    wait_until(lambda: near(tv.at(160, 180), (255, 255, 0)), "the held film is seen again")
    assert tv.at(580, 40) == GREEN
    assert near(opened(screen.photograph()).getpixel((160, 180)), (255, 255, 0))
    screen.hold(held=False)
    wait_until(lambda: watched.reports, "the film is over")
    assert watched.reports == [Report(1, Happening.ENDED)]
    assert watched.look().position_ms >= 2700
    screen.stop()
    wait_until(lambda: tv.at(160, 180) == tv.at(580, 40) == RED, "the backdrop is seen, and no corner")
    assert screen.look() is None


def test_an_announcement_is_heard_while_the_film_is_held_and_then_the_film(
    house: tuple[Television, Loudspeaker], clips: Path, opening: Callable[[str], Watched]
) -> None:
    _, speaker = house
    watched = opening("hidden")
    with speaker.heard() as heard:
        watched.play(clips / "film.mp4")
        wait_until(lambda: strength(heard(0.1), HERTZ) > 0.05, "the film is heard")
        watched.screen.hold(held=True)
        wait_until(lambda: not any(heard(0.05)), "the film is silent")
        watched.screen.speak(Media(str(clips / "spoken.wav")), 2)
        wait_until(lambda: strength(heard(0.1), SPOKEN_HERTZ) > 0.4, "the announcement is heard")
        assert strength(heard(0.1), HERTZ) < 0.005
        assert max(heard(1.0)) < 0.99
        watched.screen.hush()
        wait_until(lambda: not any(heard(0.05)), "all is silent")
        watched.screen.hold(held=False)
        wait_until(lambda: strength(heard(0.1), HERTZ) > 0.05, "the film is heard again")
