"""What the player shows films on and speaks through: the port, and the screen that is not there.

Two things sound: the programme (a film, a sound, a broadcast) and, over it, an announcement. Each has a number, its
generation; what the screen reports bears it, so that a late word about the last film is known to be late.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from player.errors import ScreenMissingError, Sentence


@dataclass(frozen=True, slots=True)
class Media:
    """What is to be played.

    Attributes:
        source: the full path of a file, or the address of a stream (http, https, alsa, pulse).
        start_ms: from where, in milliseconds.
        subtitles: a file of subtitles in UTF-8 to show with it.
        level: how loud, from 0 to 100; half is heard as about half as loud.
    """

    source: str
    start_ms: int = 0
    subtitles: Path | None = None
    level: int = 100


class Happening(StrEnum):
    """What the screen reports of itself. Most broken files end early instead of failing: judge by `Look`."""

    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Report:
    """Something happened to what has this generation."""

    generation: int
    happening: Happening


@dataclass(frozen=True, slots=True)
class Look:
    """How the programme, or the announcement, is at this moment.

    Attributes:
        generation: whose.
        position_ms: where it is.
        length_ms: how long it is; 0 while nobody knows, or for a stream.
        playing: whether it advances, as far as the screen says so itself.
        has_video: whether it has moving pictures.
        has_picture: whether they are on the screen.
    """

    generation: int
    position_ms: int
    length_ms: int
    playing: bool
    has_video: bool
    has_picture: bool


class Screen(Protocol):
    """A screen with sound. Every method is called from the engine's thread only, and returns within a second.

    An implementer raises `ScreenError` when it cannot do what it was asked, and then plays nothing. It is made with a
    function that takes each `Report`, from whatever thread, and does nothing but put it into a queue.
    """

    def play(self, media: Media, generation: int) -> None:
        """Play from `media.start_ms`, instead of whatever programme is on; an announcement is not touched."""

    def hold(self, *, held: bool) -> None:
        """Hold the programme at its frame, or let it go on from that frame; asked only while there is one."""

    def seek(self, position_ms: int) -> None:
        """Go to another moment of the programme; asked only while there is one."""

    def set_level(self, level: int) -> None:
        """Make the programme this loud, from 0 to 100, from now on."""

    def stop(self) -> None:
        """End the programme; the backdrop is seen. Does no harm when there is none."""

    def look(self) -> Look | None:
        """Tell how the programme is; None when there is none."""

    def speak(self, media: Media, generation: int) -> None:
        """Let an announcement sound over the programme, instead of any other announcement."""

    def hush(self) -> None:
        """End the announcement. Does no harm when there is none."""

    def listen(self) -> Look | None:
        """Tell how the announcement is; None when there is none."""

    def backdrop(self, picture: Path | None) -> None:
        """Show this PNG whenever there is no programme; None: black. The file is read at once and may go afterwards."""

    def cover(self, picture: Path | None) -> None:
        """Show this PNG over everything; None takes it away, and what is below is seen again."""

    def corner(self, picture: Path | None) -> None:
        """Show this small PNG in a corner of the film; None takes it away. It does not outlive the programme."""

    def photograph(self) -> bytes | None:
        """Return what is seen now as a JPEG no wider than 960 pixels; None when nothing can be seen."""

    def close(self) -> None:
        """Let go of everything; nothing is asked afterwards."""


Tell = Callable[[Report], None]
"""Takes a report; never waits."""


class NoScreen:
    """The screen of a hub without one: it plays nothing, and says so.

    Args:
        problem: why there is none; None: hub.toml asks for none.
    """

    def __init__(self, problem: ScreenMissingError | None = None) -> None:
        self._problem = problem

    def play(self, media: Media, generation: int) -> None:
        """Refuse.

        Raises:
            ScreenMissingError: always.
        """
        raise self._problem or _missing(Path(media.source).name)

    def hold(self, *, held: bool) -> None:
        """Do nothing: there is no programme."""

    def seek(self, position_ms: int) -> None:
        """Do nothing: there is no programme."""

    def set_level(self, level: int) -> None:
        """Do nothing: there is no programme."""

    def stop(self) -> None:
        """Do nothing: there is no programme."""

    def look(self) -> Look | None:
        """There is no programme."""
        return None

    def speak(self, media: Media, generation: int) -> None:
        """Refuse.

        Raises:
            ScreenMissingError: always.
        """
        raise self._problem or _missing(Path(media.source).name)

    def hush(self) -> None:
        """Do nothing: there is no announcement."""

    def listen(self) -> Look | None:
        """There is no announcement."""
        return None

    def backdrop(self, picture: Path | None) -> None:
        """Do nothing: nobody sees it."""

    def cover(self, picture: Path | None) -> None:
        """Do nothing: nobody sees it."""

    def corner(self, picture: Path | None) -> None:
        """Do nothing: nobody sees it."""

    def photograph(self) -> bytes | None:
        """There is nothing to be seen."""
        return None

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""


def _missing(name: str) -> ScreenMissingError:
    return ScreenMissingError(
        Sentence("There is no screen to show %(name)s on.", name=name), Sentence("Set [player] screen in hub.toml.")
    )
