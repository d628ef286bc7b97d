"""What is seen besides the film: tells the screen of a picture when it has become another one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from player.engine.ports import Pictures
from player.errors import ScreenError
from player.pictures.views import AnnouncementView, HandoutView, IdleView, QuestionView
from player.screen import Screen

logger = logging.getLogger(__name__)


class Display:
    """The pictures on the screen.

    Args:
        screen: shows them.
        pictures: draws them, elsewhere; asked at every look, since they take their time.
    """

    def __init__(self, screen: Screen, pictures: Pictures) -> None:
        self._screen = screen
        self._pictures = pictures
        self._cover: Path | None = None
        self._covering: type[AnnouncementView | QuestionView] | None = None
        self._backdrop: Path | None = None
        self._corner: tuple[int, Path] | None = None

    def cover(self, view: AnnouncementView | QuestionView | None) -> None:
        """Have this over everything; None: nothing."""
        match view:
            case AnnouncementView():
                path = self._pictures.announcement(view)
            case QuestionView():
                path = self._pictures.question(view)
            case None:
                path = None
        if path is None and view is not None and type(view) is self._covering:
            return  # the next page is being drawn
        if path != self._cover and self._told(lambda: self._screen.cover(path)):
            self._cover, self._covering = path, type(view) if view is not None and path else None

    def backdrop(self, view: IdleView | HandoutView) -> None:
        """Have this behind everything."""
        path = self._pictures.idle(view) if isinstance(view, IdleView) else self._pictures.handout(view)
        if path is not None and path != self._backdrop and self._told(lambda: self._screen.backdrop(path)):
            self._backdrop = path

    def corner(self, generation: int, address: str) -> None:
        """Have the code of an address in a corner of this programme."""
        if self._corner and self._corner[0] == generation:
            return
        path = self._pictures.corner(address)
        if path is not None and self._told(lambda: self._screen.corner(path)):
            self._corner = (generation, path)

    def _told(self, act: Callable[[], None]) -> bool:
        try:
            act()
        except ScreenError as error:
            logger.warning("%s %s", error.message, error.hint)
            return False
        return True
