"""Where pictures are shown: what a window and its absence have in common, and still pictures made ready."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final, Protocol

import vlc
from PIL import Image, UnidentifiedImageError

from player.errors import ScreenError, Sentence
from player.vlc.playing import Playing

PHOTOGRAPH_WIDTH: Final = 960
_MARGIN: Final = 0.05
"""Televisions cut off as much of each edge. The corner is the upper right one: below stand the subtitles."""
_CORNER_PART: Final = 0.3
_JPEG_QUALITY: Final = 80


class DisplayLostError(ScreenError):
    """The display that was there is gone."""


class Stage(Protocol):
    """Where pictures are shown."""

    def dress(self, player: vlc.MediaPlayer) -> None:
        """Lead a new player's pictures here."""

    def film(self, *, shown: bool) -> None:
        """A film's pictures are seen from now on, or the backdrop is. Between two films the last picture stays."""

    def backdrop(self, picture: Path | None) -> None:
        """Show this below films."""

    def cover(self, picture: Path | None) -> None:
        """Show this above everything."""

    def corner(self, picture: Path | None) -> None:
        """Show this in the corner of films."""

    def photograph(self, playing: Playing | None) -> bytes | None:
        """What is seen now, as a JPEG."""

    def close(self) -> None:
        """Take everything down."""


def read_picture(path: Path) -> Image.Image:
    """Read a PNG.

    Raises:
        ScreenError: it is none, or cannot be read.
    """
    try:
        with Image.open(path, formats=("PNG",)) as picture:
            return picture.convert("RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError, SyntaxError) as error:
        raise ScreenError(Sentence("The picture %(name)s cannot be shown.", name=path.name), str(error)) from error


def fill(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Fit a picture into a size, on black, whole and undistorted."""
    if picture.size == size:
        return picture
    scale = min(size[0] / picture.width, size[1] / picture.height)
    fitted = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))
    whole = Image.new("RGB", size)
    whole.paste(fitted, ((size[0] - fitted.width) // 2, (size[1] - fitted.height) // 2))
    return whole


def filling(path: Path | None, size: tuple[int, int]) -> Image.Image | None:
    """Read a PNG and fit it into a size; None stays None.

    Raises:
        ScreenError: it is none, or cannot be read.
    """
    return fill(read_picture(path), size) if path else None


def fit_corner(picture: Image.Image, size: tuple[int, int]) -> tuple[Image.Image, tuple[int, int]]:
    """Make a picture small enough for the corner of a screen of this size, and say where it stands."""
    most = round(size[1] * _CORNER_PART)
    if max(picture.size) > most:
        scale = most / max(picture.size)
        picture = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))
    return picture, (size[0] - picture.width - round(size[0] * _MARGIN), round(size[1] * _MARGIN))


def as_photograph(picture: Image.Image) -> bytes:
    """A JPEG, no wider than `PHOTOGRAPH_WIDTH`."""
    if picture.width > PHOTOGRAPH_WIDTH:
        height = max(1, round(picture.height * PHOTOGRAPH_WIDTH / picture.width))
        picture = picture.resize((PHOTOGRAPH_WIDTH, height), reducing_gap=2.0)
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=_JPEG_QUALITY)
    return written.getvalue()
