"""What a wing adds to the hub's pages: a tile on the home page, a panel in the administration."""

from typing import Protocol

from markupsafe import Markup


class Tile(Protocol):
    """A wing's place on the home page."""

    @property
    def title(self) -> str:
        """What it is called, in the reader's language."""

    @property
    def note(self) -> str:
        """A few words below the title; may be empty."""

    @property
    def url(self) -> str:
        """Where it leads."""

    @property
    def picture(self) -> str:
        """The name of a drawing in ``hub/static/pictures``, without its ending."""


class Panel(Protocol):
    """A wing's part of the administration."""

    @property
    def key(self) -> str:
        """A short name, unique among the panels."""

    @property
    def title(self) -> str:
        """What it is called, in the reader's language."""

    @property
    def roles(self) -> frozenset[str]:
        """The roles that may see it."""

    def render(self) -> Markup:
        """Its content, for the reader who asks now."""
