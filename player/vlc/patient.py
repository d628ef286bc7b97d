"""The stage of a hub whose television may be missing: a window when there is a display, nothing is seen until then."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import vlc

from player.errors import ScreenError, ScreenMissingError
from player.vlc.hidden import Hidden
from player.vlc.playing import Playing
from player.vlc.stage import DisplayLostError, Stage

_Answer = TypeVar("_Answer")

logger = logging.getLogger(__name__)


class Patient:
    """A stage that looks for a display again and again: before each programme, and whenever the backdrop changes.

    A television that is switched on late, or an X server that ended, so costs pictures only; the loudspeaker goes on.

    Args:
        open_window: opens the window; raises `ScreenMissingError` where there is no display.
    """

    def __init__(self, open_window: Callable[[], Stage]) -> None:
        self._open_window = open_window
        self._stage: Stage = Hidden()
        self._windowed = False
        self._missed = ""
        self._backdrop: Path | None = None
        self._look_for_display()

    def dress(self, player: vlc.MediaPlayer) -> None:
        """Lead a player's pictures to the window, if there is one by now."""
        self._look_for_display()
        self._ask(lambda stage: stage.dress(player))

    def film(self, *, shown: bool) -> None:
        """Show a film's pictures, or the backdrop."""
        self._ask(lambda stage: stage.film(shown=shown))

    def backdrop(self, picture: Path | None) -> None:
        """Show this below films."""
        self._look_for_display()
        self._backdrop = picture
        self._ask(lambda stage: stage.backdrop(picture))

    def cover(self, picture: Path | None) -> None:
        """Show this above everything."""
        self._ask(lambda stage: stage.cover(picture))

    def corner(self, picture: Path | None) -> None:
        """Show this in the corner of films."""
        self._ask(lambda stage: stage.corner(picture))

    def photograph(self, playing: Playing | None) -> bytes | None:
        """What is seen now, or would be."""
        return self._ask(lambda stage: stage.photograph(playing))

    def close(self) -> None:
        """Close the window."""
        self._stage.close()

    def _look_for_display(self) -> None:
        if self._windowed:
            return
        try:
            window = self._open_window()
        except ScreenMissingError as error:
            if error.message != self._missed:
                logger.warning("%s %s Until then, only the loudspeaker is used.", error.message, error.hint)
            self._missed = error.message
            return
        logger.info("There is a display.")
        self._stage, self._windowed, self._missed = window, True, ""
        try:
            window.backdrop(self._backdrop)
        except ScreenError as error:
            logger.info("%s %s", error.message, error.hint)

    def _ask(self, wish: Callable[[Stage], _Answer]) -> _Answer:
        try:
            return wish(self._stage)
        except DisplayLostError as error:
            logger.warning("%s %s Until then, only the loudspeaker is used.", error.message, error.hint)
            self._stage, self._windowed = Hidden(), False
            return wish(self._stage)
