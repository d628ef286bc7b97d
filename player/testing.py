"""Stand-ins for the player's seams: a screen that keeps the rules of its port and can be told to fail."""

from pathlib import Path

from player.errors import ScreenError


class FakeScreen:
    """A screen in memory.

    Attributes:
        shown: the film that is shown, or None.
        held: whether it is held.
        history: every film shown, first first.
        fails: makes every further request fail while it is set.
    """

    def __init__(self) -> None:
        self.shown: Path | None = None
        self.held = False
        self.history: list[Path] = []
        self.fails = False

    def show(self, film: Path) -> None:
        """Show a film."""
        self._may_fail()
        self.shown, self.held = film, False
        self.history.append(film)

    def hold(self, *, held: bool) -> None:
        """Hold the film or let it go on; breaks the test when none is shown."""
        self._may_fail()
        if self.shown is None:
            raise AssertionError("hold() was asked while nothing is shown")
        self.held = held

    def clear(self) -> None:
        """Show nothing."""
        self.shown, self.held = None, False

    def _may_fail(self) -> None:
        if self.fails:
            self.clear()
            raise ScreenError("The screen does not answer.", "Check its cable.")
