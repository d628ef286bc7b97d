"""A screen of real libvlc, on a television that nobody looks at and a loudspeaker that nobody hears."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from television import Loudspeaker, Television, card, clip, loudspeaker, television, tone, wait_until

from player.config import PlayerConfig
from player.screen import Happening, Look, Media, Report, Screen
from player.vlc.opening import open_screen

Heard = Callable[[float], list[float]]
RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)


@pytest.fixture(scope="session")
def tv() -> Iterator[Television]:
    """A television, in the environment as on the hub."""
    with television() as seen, pytest.MonkeyPatch.context() as environment:
        environment.setenv("DISPLAY", seen.display)
        yield seen


@pytest.fixture(scope="session")
def speaker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loudspeaker]:
    """A loudspeaker, in the environment as on the hub."""
    with loudspeaker(tmp_path_factory.mktemp("pulse")) as heard, pytest.MonkeyPatch.context() as environment:
        environment.setenv("PULSE_SERVER", heard.server)
        yield heard


@pytest.fixture(scope="session")
def recorder(speaker: Loudspeaker) -> Iterator[Heard]:
    """What is heard, all the time."""
    with speaker.heard() as heard:
        yield heard


@pytest.fixture
def heard(recorder: Heard) -> Heard:
    """What is heard: the last seconds as samples; silence at first."""
    wait_until(lambda: not any(recorder(0.6)), "what was before is silent")
    return recorder


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Films, sounds and pictures.

    `halves.mp4` is yellow and blue side by side and sounds, `colours.mp4` is red, green and blue for a second each and
    silent; both last three seconds.
    """
    folder = tmp_path_factory.mktemp("clips")
    clip(folder / "halves.mp4", "color=c=yellow:size=320x360:rate=25,pad=640:360:0:0:blue", 3, 440)
    third = ",".join(
        f"drawbox=color={colour}:t=fill:enable='between(t,{second},{second + 0.99})'"
        for second, colour in enumerate(("red", "lime", "blue"))
    )
    clip(folder / "colours.mp4", f"color=c=black:size=640x360:rate=25,{third}", 3)
    tone(folder / "spoken.wav", 1000, 3)
    for name, colour in {"red": RED, "green": GREEN, "blue": BLUE}.items():
        card(folder / f"{name}.png", colour)
    card(folder / "corner.png", GREEN, (60, 60))
    return folder


class Watched:
    """An open screen and what it reported."""

    def __init__(self, **settings: str) -> None:
        self.reports: list[Report] = []
        self.screen: Screen = open_screen(PlayerConfig.model_validate(settings), self.reports.append)

    def look(self) -> Look:
        """How the programme is; there is one."""
        look = self.screen.look()
        assert look is not None
        return look

    def play(self, media: Media, generation: int = 1) -> None:
        """Play until its pictures are there."""
        self.screen.play(media, generation)
        wait_until(lambda: self.look().has_picture, "the film has a picture")

    def reported(self, generation: int) -> Happening:
        """Wait until something happened to what has this generation."""
        wait_until(lambda: any(report.generation == generation for report in self.reports), f"{generation} is over")
        return next(report.happening for report in self.reports if report.generation == generation)


@pytest.fixture
def opening(tv: Television, speaker: Loudspeaker) -> Iterator[Callable[..., Watched]]:
    """Opens screens from settings, and closes them."""
    opened: list[Watched] = []

    def open_one(**settings: str) -> Watched:
        opened.append(Watched(**settings))
        return opened[-1]

    yield open_one
    for each in opened:
        each.screen.close()
