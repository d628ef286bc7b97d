"""Puts the pages of the television and the loudspeaker together for the hub's site."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Flask

from hub.config import HubConfig
from hub.remote import uploads
from hub.remote.films import FilmRoom
from hub.remote.line import PlayerLine
from hub.remote.loudspeaker import UPLOADS, LoudspeakerPages, Posts
from hub.remote.now import Glance
from hub.remote.television import TelevisionPages
from hub.remote.timetable import TimetablePages
from hub.remote.workshop import Workshop
from library.errors import ShelfUnavailableError
from library.shelf import Shelf
from library.views import view


class RemotePages:
    """All pages that speak with the player.

    Args:
        config: the hub's settings.
        shelf: the shelf, for its pictures.
        clock: seconds that only go forward.
    """

    def __init__(self, config: HubConfig, shelf: Shelf, clock: Callable[[], float]) -> None:
        line = PlayerLine(config.paths.socket("player"))
        glance = Glance(line, clock)
        films = FilmRoom(line, lambda: _pictures(shelf))
        speaking = config.player.speaking
        self._uploads = config.paths.state
        self.television = TelevisionPages(line, glance, films)
        self._loudspeaker = LoudspeakerPages(line, Posts(frozenset(speaking.heads), frozenset(speaking.named)))
        self._timetable = TimetablePages(line, films, config.paths.state)
        self.workshop = Workshop(line)

    def install_uploads(self, app: Flask) -> None:
        """Make room for recordings; before the guard, which reads what is posted."""
        uploads.install(app, self._uploads, UPLOADS, self._loudspeaker.too_large)

    def install(self, app: Flask) -> None:
        """Add the pages to a site that is guarded by `hub.guard`."""
        self.television.install(app)
        self._loudspeaker.install(app)
        self._timetable.install(app)
        self.workshop.install(app)


def _pictures(shelf: Shelf) -> Mapping[str, str]:
    """The address of each film's small picture, by the name of its file."""
    try:
        media = shelf.media().values()
    except ShelfUnavailableError:
        return {}
    found = ((listed.file, view(listed).small_cover_url) for listed in media)
    return {file: url for file, url in found if url}
