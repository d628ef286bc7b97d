"""What the player shows films on: the port, and the screen that is not there."""

from pathlib import Path
from typing import Protocol

from player.errors import ScreenMissingError, Sentence


class Screen(Protocol):
    """A screen with sound. Every method is called from the engine's thread only, and returns within a second.

    An implementer raises `ScreenError` when it cannot do what it was asked, and then shows nothing.
    """

    def show(self, film: Path) -> None:
        """Show a film from its beginning, instead of whatever is shown."""

    def hold(self, *, held: bool) -> None:
        """Hold the film, or let it go on; asked only while one is shown."""

    def clear(self) -> None:
        """Show nothing; does no harm when nothing is shown."""


class NoScreen:
    """The screen of a hub without one: it shows nothing, and says so."""

    def show(self, film: Path) -> None:
        """Refuse the film.

        Raises:
            ScreenMissingError: always.
        """
        raise ScreenMissingError(
            Sentence("There is no screen to show %(name)s on.", name=film.name),
            Sentence("Set [player] screen in hub.toml."),
        )

    def hold(self, *, held: bool) -> None:
        """Refuse.

        Raises:
            ScreenMissingError: always.
        """
        raise ScreenMissingError(Sentence("There is no screen."), Sentence("Set [player] screen in hub.toml."))

    def clear(self) -> None:
        """Do nothing: nothing is shown."""
