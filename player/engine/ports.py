"""What the engine works with besides the screen: clock, panel, television, pictures; and what stands in for each.

Every method is called from the engine's thread, raises nothing, and does not keep it waiting.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from player.pictures.views import AnnouncementView, HandoutView, IdleView, QuestionView


class Clock(Protocol):
    """What time it is, and whether that is known."""

    def now(self) -> datetime:
        """The time, in the zone of the house."""

    def trusted(self) -> bool:
        """Whether that time is known to be right."""

    def monotonic(self) -> float:
        """Seconds that only ever grow, from an unknown beginning; no clock that is set changes them."""


class Light(StrEnum):
    """Which of the box's lights is on."""

    READY = "ready"
    PLAYING = "playing"
    FAULT = "fault"
    DARK = "dark"


class Panel(Protocol):
    """The box's lights and the relay of the amplifier; takes at most ten milliseconds."""

    def show(self, light: Light) -> None:
        """Light this one, and no other."""

    def amplifier(self, *, on: bool) -> None:
        """Switch the amplifier; asked twice, it is as once."""


class Television(Protocol):
    """Switches the television; answers at once, and does it in a thread of its own."""

    def wake(self) -> None:
        """Have it on, and showing the hub."""

    def rest(self) -> None:
        """Have it in standby."""


class Pictures(Protocol):
    """Draws what is seen besides films: each is a PNG for the screen.

    Drawing takes a second on a small board, so it happens elsewhere. Asked for a picture that is not ready, this
    answers None, or an older one of the same kind (the last minute's idle screen, the last page of the same
    announcement) and begins to draw; ask the same again at the next tick, as often as you like: it costs nothing, and
    the path changes when the picture has. None for ever means that it cannot be drawn; the log says why. The file stays
    at least until two newer pictures of the kind are ready.
    """

    def idle(self, view: IdleView) -> Path | None:
        """The screen while nothing plays; drawn at most once a minute, and when something has changed."""

    def announcement(self, view: AnnouncementView) -> Path | None:
        """The words of an announcement; turn the page of a long one every eight seconds or so."""

    def question(self, view: QuestionView) -> Path | None:
        """The question at which a film waits."""

    def handout(self, view: HandoutView) -> Path | None:
        """What people take home from the film that has ended."""

    def corner(self, address: str) -> Path | None:
        """A small code that leads to an address, for a corner of the film."""


class NoPanel:
    """A box without lights and without an amplifier to switch."""

    def show(self, light: Light) -> None:
        """Do nothing: there is no light."""

    def amplifier(self, *, on: bool) -> None:
        """Do nothing: the amplifier is always on."""


class NoTelevision:
    """A television that nobody can switch from here."""

    def wake(self) -> None:
        """Do nothing."""

    def rest(self) -> None:
        """Do nothing."""


class NoPictures:
    """Nothing to be seen besides films."""

    def idle(self, view: IdleView) -> Path | None:
        """No picture."""
        return None

    def announcement(self, view: AnnouncementView) -> Path | None:
        """No picture."""
        return None

    def question(self, view: QuestionView) -> Path | None:
        """No picture."""
        return None

    def handout(self, view: HandoutView) -> Path | None:
        """No picture."""
        return None

    def corner(self, address: str) -> Path | None:
        """No picture."""
        return None
