"""The stage on a television: a window of our own, as large as the screen where no window manager says otherwise.

Still pictures are backgrounds of windows, so that the X server paints them again by itself. The film has a window of
its own above the backdrop, in which libvlc opens one more; the corner and the cover lie above.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from PIL import Image
from Xlib import X, Xutil
from Xlib.display import Display
from Xlib.error import ConnectionClosedError, DisplayError, XError

from player.errors import ScreenError, ScreenMissingError, Sentence
from player.vlc.playing import Playing
from player.vlc.stage import DisplayLostError, as_photograph, filling, fit_corner, read_picture

logger = logging.getLogger(__name__)

_DEPTH: Final = 24
_MANAGED: Final = "_NET_SUPPORTING_WM_CHECK"
"""What a window manager sets on the root window (Extended Window Manager Hints)."""

_ROOM: Final = 200_000
"""How many bytes of a picture go into one request; an X server takes 262,140."""


class Window:
    """A stage on the display that the environment names: all of it, or a window where a window manager runs.

    Raises:
        ScreenMissingError: there is no display, or it has too few colours.
    """

    def __init__(self) -> None:
        try:
            _knock(os.environ.get("DISPLAY", ""))
            self._display = Display()
        except (DisplayError, ConnectionClosedError, OSError) as error:
            raise ScreenMissingError(
                Sentence("There is no display to show films on."), Sentence("Is the X server running? Is DISPLAY set?")
            ) from error
        screen = self._display.screen()
        if screen.root_depth != _DEPTH:
            raise ScreenMissingError(
                Sentence(
                    "The display has %(bits)d bits of colour; %(needed)d are needed.",
                    bits=screen.root_depth,
                    needed=_DEPTH,
                ),
                Sentence("Set DefaultDepth 24 in the X server's settings."),
            )
        self._display.set_error_handler(_log)
        self._turn = threading.RLock()
        self._size = (screen.width_in_pixels, screen.height_in_pixels)
        managed = screen.root.get_full_property(self._display.intern_atom(_MANAGED), X.AnyPropertyType) is not None
        if managed:
            self._size = (self._size[0] * 2 // 3, self._size[1] * 2 // 3)
        self._main = self._open(
            screen.root, self._size, background_pixel=screen.black_pixel, override_redirect=not managed
        )
        self._main.change_attributes(cursor=self._no_cursor())
        self._introduce()
        self._film = self._open(self._main, self._size, background_pixmap=X.ParentRelative)
        self._corner = self._open(self._main, (1, 1))
        self._cover = self._open(self._main, self._size)
        self._pen = self._main.create_gc()
        self._film.map()
        self._main.map()
        self._stay_awake()
        self._display.sync()

    def dress(self, player: Any) -> None:
        """Lead a player's pictures into the film's window."""
        player.set_xwindow(self._film.id)

    def film(self, *, shown: bool) -> None:
        """Keep what the film leaves behind, or let the backdrop be seen."""
        with self._asking():
            self._film.change_attributes(background_pixmap=X.NONE if shown else X.ParentRelative)
            if not shown:
                self._film.clear_area()
            self._display.flush()

    def backdrop(self, picture: Path | None) -> None:
        """Show this below films."""
        shown = filling(picture, self._size)
        with self._asking():
            self._paint(self._main, shown)
            self._main.clear_area()
            self._film.clear_area()
            self._display.flush()

    def cover(self, picture: Path | None) -> None:
        """Show this above everything."""
        shown = filling(picture, self._size)
        with self._asking():
            if shown:
                self._paint(self._cover, shown)
                self._cover.clear_area()
                self._cover.map()
            else:
                self._cover.unmap()
                self._paint(self._cover, None)
            self._display.flush()

    def corner(self, picture: Path | None) -> None:
        """Show this in the corner of films."""
        small, place = fit_corner(read_picture(picture), self._size) if picture else (None, (0, 0))
        with self._asking():
            if small:
                self._corner.configure(x=place[0], y=place[1], width=small.width, height=small.height)
                self._paint(self._corner, small)
                self._corner.clear_area()
                self._corner.map()
            else:
                self._corner.unmap()
            self._display.flush()

    def photograph(self, playing: Playing | None) -> bytes | None:
        """Read the screen."""
        with self._asking():
            try:
                seen = self._main.get_image(0, 0, *self._size, X.ZPixmap, 0xFFFFFFFF).data
            except XError:
                return None
        return as_photograph(Image.frombuffer("RGB", self._size, seen, "raw", "BGRX", 0, 1))

    def close(self) -> None:
        """Close the window."""
        with contextlib.suppress(ScreenError), self._asking():
            self._main.destroy()
            self._display.close()

    def _introduce(self) -> None:
        """Tell a window manager, if there is one, whose window it is, and that it keeps its size and is not closed."""
        width, height = self._size
        self._main.set_wm_name("Village hub")
        self._main.set_wm_normal_hints(
            flags=Xutil.PMinSize | Xutil.PMaxSize,
            min_width=width,
            min_height=height,
            max_width=width,
            max_height=height,
        )
        self._main.set_wm_protocols([self._display.intern_atom("WM_DELETE_WINDOW")])

    def _open(self, parent: Any, size: tuple[int, int], **attributes: Any) -> Any:
        return parent.create_window(0, 0, *size, 0, _DEPTH, X.InputOutput, X.CopyFromParent, **attributes)

    def _no_cursor(self) -> Any:
        nothing = self._main.create_pixmap(1, 1, 1)
        pen = nothing.create_gc(foreground=0, background=0)
        nothing.fill_rectangle(pen, 0, 0, 1, 1)
        return nothing.create_cursor(nothing, (0, 0, 0), (0, 0, 0), 0, 0)

    def _stay_awake(self) -> None:
        """Switch off what blanks the screen after ten minutes."""
        self._display.set_screen_saver(0, 0, X.DontPreferBlanking, X.DontAllowExposures)
        if self._display.has_extension("DPMS"):
            self._display.dpms_disable()

    def _paint(self, window: Any, picture: Image.Image | None) -> None:
        """Make a picture the background of a window; None makes it black."""
        if picture is None:
            window.change_attributes(background_pixel=self._display.screen().black_pixel)
            return
        width, height = picture.size
        pixmap = window.create_pixmap(width, height, _DEPTH)
        data = picture.tobytes("raw", "BGRX")
        rows = max(1, _ROOM // (width * 4))
        for top in range(0, height, rows):
            part = data[top * width * 4 : (top + rows) * width * 4]
            pixmap.put_image(self._pen, 0, top, width, len(part) // (width * 4), X.ZPixmap, _DEPTH, 0, part)
        window.change_attributes(background_pixmap=pixmap)
        pixmap.free()

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        """One thread at a time.

        Raises:
            DisplayLostError: the X server is gone.
        """
        with self._turn:
            try:
                yield
            except (ConnectionClosedError, OSError) as error:
                raise DisplayLostError(
                    Sentence("The display is gone."), Sentence("Pictures come back once the X server runs again.")
                ) from error


def _knock(name: str) -> None:
    """See whether an X server of this machine listens; Xlib's own attempt leaves things behind when none does.

    Raises:
        OSError: none does, or the display has no name.
    """
    host, _, number = name.rpartition(":")
    if not number:
        raise OSError("DISPLAY is not set")
    if not host:
        with socket.socket(socket.AF_UNIX) as attempt:
            attempt.connect(f"/tmp/.X11-unix/X{number.partition('.')[0]}")  # noqa: S108 - where X servers listen


def _log(error: object, request: object) -> None:
    logger.warning("The X server refused something: %s", error)
