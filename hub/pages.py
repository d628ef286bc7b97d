"""What a wing adds to the hub's pages: the home page's lead or a tile on it, a panel in the administration."""

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


class Lead(Protocol):
    """What stands above the tiles of the home page; it comes and goes, so it has no numeral for posters."""

    @property
    def title(self) -> str:
        """What it offers, in the reader's language."""

    @property
    def note(self) -> str:
        """A few words beside it; may be empty."""

    @property
    def url(self) -> str:
        """Where it leads."""

    @property
    def posts(self) -> bool:
        """Whether it is a form that is posted, or only a link."""


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
