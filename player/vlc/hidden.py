"""The stage that nobody sees: still pictures are kept small, a film's is asked of libvlc when somebody wants it."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Final

from PIL import Image

from player.vlc.playing import Playing
from player.vlc.stage import as_photograph, fill, filling, fit_corner, read_picture

_SIZE: Final = (960, 540)


class Hidden:
    """A stage without a display; its photographs show what a television would."""

    def __init__(self) -> None:
        self._backdrop: Image.Image | None = None
        self._cover: Image.Image | None = None
        self._corner: tuple[Image.Image, tuple[int, int]] | None = None
        self._film = False

    def dress(self, player: object) -> None:
        """Do nothing: the player's pictures go nowhere."""

    def film(self, *, shown: bool) -> None:
        """Show a film's pictures, or the backdrop."""
        self._film = shown

    def backdrop(self, picture: Path | None) -> None:
        """Show this below films."""
        self._backdrop = filling(picture, _SIZE)

    def cover(self, picture: Path | None) -> None:
        """Show this above everything."""
        self._cover = filling(picture, _SIZE)

    def corner(self, picture: Path | None) -> None:
        """Show this in the corner of films."""
        self._corner = _in_corner(read_picture(picture)) if picture else None

    def photograph(self, playing: Playing | None) -> bytes | None:
        """Put together what would be seen."""
        if self._cover:
            return as_photograph(self._cover)
        seen = self._backdrop or Image.new("RGB", _SIZE)
        if self._film:
            seen = (playing and _frame(playing)) or Image.new("RGB", _SIZE)
        if self._corner:
            seen = seen.copy()
            seen.paste(*self._corner)
        return as_photograph(seen)

    def close(self) -> None:
        """Let go of the pictures."""
        self._backdrop = self._cover = self._corner = None


def _in_corner(picture: Image.Image) -> tuple[Image.Image, tuple[int, int]]:
    """As on a television of 1920 × 1080, seen small."""
    half = picture.resize((max(1, picture.width // 2), max(1, picture.height // 2)))
    return fit_corner(half, _SIZE)


def _frame(playing: Playing) -> Image.Image | None:
    """The frame of a film; it passes through memory, not through the card."""
    handle = os.memfd_create("frame")
    try:
        if not playing.snapshot(f"/proc/self/fd/{handle}", _SIZE[0]):
            return None
        with open(handle, "rb", closefd=False) as file:
            written = file.read()
        with Image.open(io.BytesIO(written), formats=("PNG",)) as frame:
            return fill(frame.convert("RGB"), _SIZE)
    except OSError:
        return None
    finally:
        os.close(handle)
