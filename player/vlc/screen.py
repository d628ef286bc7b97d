"""The port's screen on libvlc: a programme, an announcement over it, and a stage for pictures."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Final

import vlc

from player.errors import ScreenError
from player.screen import Look, Media, Tell
from player.vlc.library import Library
from player.vlc.playing import Playing
from player.vlc.stage import Stage

logger = logging.getLogger(__name__)

_LAST_PATIENCE_S: Final = 3.0


class VlcScreen:
    """A screen that libvlc works.

    A thread of its own, the keeper, says again to libvlc what it does not hear before something has begun.

    Args:
        library: libvlc.
        stage: where pictures are shown.
        tell: takes reports.
    """

    def __init__(self, library: Library, stage: Stage, tell: Tell) -> None:
        self._library = library
        self._stage = stage
        self._tell = tell
        self._programme: Playing | None = None
        self._announcement: Playing | None = None
        self._closed = False
        self._words: SimpleQueue[Playing | None] = SimpleQueue()
        self._keeper = threading.Thread(target=self._keep, name="screen", daemon=True)
        self._keeper.start()

    def play(self, media: Media, generation: int) -> None:
        """Play, instead of whatever programme is on."""
        self._end_programme()
        player = self._library.player(media)
        self._stage.dress(player)
        self._programme = self._begin(player, media, generation)

    def hold(self, *, held: bool) -> None:
        """Hold the programme, or let it go on."""
        if self._programme:
            self._programme.hold(held=held)

    def seek(self, position_ms: int) -> None:
        """Go to another moment of the programme."""
        if self._programme:
            self._programme.seek(position_ms)

    def set_level(self, level: int) -> None:
        """Make the programme this loud."""
        if self._programme:
            self._programme.set_level(level)

    def stop(self) -> None:
        """End the programme; the backdrop is seen."""
        self._end_programme()
        self._stage.film(shown=False)

    def look(self) -> Look | None:
        """Tell how the programme is."""
        return self._programme.look() if self._programme else None

    def speak(self, media: Media, generation: int) -> None:
        """Let an announcement sound over the programme."""
        self.hush()
        self._announcement = self._begin(self._library.player(media), media, generation)

    def hush(self) -> None:
        """End the announcement."""
        ended, self._announcement = self._announcement, None
        if ended:
            ended.retire()

    def listen(self) -> Look | None:
        """Tell how the announcement is."""
        return self._announcement.look() if self._announcement else None

    def backdrop(self, picture: Path | None) -> None:
        """Show this PNG below films."""
        self._stage.backdrop(picture)

    def cover(self, picture: Path | None) -> None:
        """Show this PNG over everything."""
        self._stage.cover(picture)

    def corner(self, picture: Path | None) -> None:
        """Show this PNG in a corner of the film."""
        if self._programme or picture is None:
            self._stage.corner(picture)

    def photograph(self) -> bytes | None:
        """Return what is seen now."""
        return self._stage.photograph(self._programme)

    def close(self) -> None:
        """Let go of everything; asked twice, it is as once, since libvlc does not survive to be let go of twice."""
        if self._closed:
            return
        self._closed = True
        for playing in (self._programme, self._announcement):
            if playing:
                playing.retire(_LAST_PATIENCE_S)
        self._programme = self._announcement = None
        self._words.put(None)
        self._keeper.join()
        self._stage.close()
        self._library.close()

    def _begin(self, player: vlc.MediaPlayer, media: Media, generation: int) -> Playing:
        return Playing(player, media, generation, self._tell, self._words.put, silent=self._library.silent())

    def _end_programme(self) -> None:
        ended, self._programme = self._programme, None
        if ended:
            self._stage.corner(None)
            ended.retire()

    def _keep(self) -> None:
        while (playing := self._words.get()) is not None:
            try:
                playing.settle()
                pictured = playing.pictured
                if playing is self._programme:
                    self._stage.film(shown=pictured)
            except ScreenError as error:
                logger.warning("%s %s", error.message, error.hint)
            except Exception:  # the next thing that plays needs its keeper
                logger.exception("The screen has made a mistake.")
