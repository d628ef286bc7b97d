"""Opens the screen that hub.toml asks for; where that cannot be had, the next best, and says so."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from player.config import PlayerConfig
from player.errors import ScreenMissingError, Sentence
from player.screen import NoScreen, Screen, Tell

if TYPE_CHECKING:
    from player.vlc.stage import Stage

logger = logging.getLogger(__name__)


def open_screen(config: PlayerConfig, tell: Tell) -> Screen:
    """Open the screen.

    A hub whose television is broken still has a loudspeaker: without a display the screen is hidden. Without VLC there
    is none; it says so whenever it is asked to play.

    Args:
        config: the `[player]` table.
        tell: takes the screen's reports, from any thread; only puts them into a queue.
    """
    if config.screen == "none":
        return NoScreen()
    try:
        return _open(config, tell)
    except ScreenMissingError as error:
        logger.error("%s %s", error.message, error.hint)
        return NoScreen(error)


def _open(config: PlayerConfig, tell: Tell) -> Screen:
    try:  # without its library, importing vlc ends the program
        from player.vlc.library import Library  # noqa: PLC0415
        from player.vlc.screen import VlcScreen  # noqa: PLC0415
    except (ImportError, OSError, SystemExit) as error:
        raise ScreenMissingError(
            Sentence("VLC is not there, so nothing can be played."),
            Sentence("Install it: apt-get install --no-install-recommends libvlc-bin vlc-plugin-base."),
        ) from error
    return VlcScreen(Library(config.sound), _open_stage(config), tell)


def _open_stage(config: PlayerConfig) -> Stage:
    if config.screen == "window":
        from player.vlc.patient import Patient  # noqa: PLC0415
        from player.vlc.window import Window  # noqa: PLC0415

        return Patient(Window)
    from player.vlc.hidden import Hidden  # noqa: PLC0415

    return Hidden()
