"""Paints letters, codes and the brocade with Pillow: the only room of the player that imports it. Knows no words."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final, Literal

import uharfbuzz
from PIL import Image, ImageDraw, ImageFont

from player.pictures.setting import Measure, Setting, fit, legible, line_height

WIDTH: Final = 1920
HEIGHT: Final = 1080
MARGIN_X: Final = 96
MARGIN_Y: Final = 54
"""Televisions cut the edges of a picture: nothing that matters stands within 5 % of them."""
SMALLEST_LETTERS: Final = 48
"""Pixels; smaller ones are not read from a chair."""
QUIET_ZONE: Final = 4
"""Modules of white around a code (ISO/IEC 18004)."""

Colour = tuple[int, int, int]
PAPER: Final[Colour] = (251, 247, 240)
WHITE: Final[Colour] = (255, 255, 255)
INK: Final[Colour] = (31, 27, 22)
SOFT: Final[Colour] = (106, 96, 85)
LINE: Final[Colour] = (228, 218, 203)
INDIGO: Final[Colour] = (35, 58, 107)
BRICK: Final[Colour] = (178, 58, 30)
LEAF: Final[Colour] = (44, 110, 63)
SUN: Final[Colour] = (138, 90, 0)
SUN_PAPER: Final[Colour] = (251, 239, 213)
_GOLD: Final[Colour] = (233, 180, 76)

Rows = tuple[tuple[bool, ...], ...]
Modules = Callable[[str], Rows]
"""The rows of modules of a QR code, True where dark, without a quiet zone; raises ValueError when it is too long."""
Align = Literal["left", "middle", "right"]

_FAMILIES: Final = ("NotoSans", "NotoSansKhmer", "NotoSansCham", "NotoSansTaiViet")
_MEASURED: Final = 100
_SLACK: Final = 1.01
"""Letters of other sizes are this much wider than reckoned, at most: their places are rounded to pixels."""


class Letters:
    """The letters of the house.

    Args:
        folder: holds Noto Sans, and Noto Sans for other scripts, as TrueType files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fonts: dict[tuple[str, bool, int], ImageFont.FreeTypeFont] = {}
        self._covers = {family: self._coverage(family) for family in _FAMILIES}
        self._width = lru_cache(5000)(self._measured)

    @cached_property
    def known(self) -> frozenset[int]:
        """The code points that can be drawn."""
        return frozenset().union(*self._covers.values())

    def measure(self, *, bold: bool = False) -> Measure:
        """What tells the width of words before they are drawn, never too little."""
        return lambda text, size: self._width(text, bold) * size / _MEASURED * _SLACK

    def runs(self, text: str, size: int, *, bold: bool = False) -> Iterator[tuple[str, ImageFont.FreeTypeFont]]:
        """The text in pieces, each with the font that has all of its letters; what no font has is left out."""
        families: list[str | None] = []
        for letter in text:
            last = families[-1] if families else None
            if last is not None and ord(letter) in self._covers[last] and not letter.isalpha():
                families.append(last)  # spaces and marks stay with the letters before them
            else:
                families.append(next((name for name in _FAMILIES if ord(letter) in self._covers[name]), None))
        for family, group in groupby(zip(families, text, strict=True), key=lambda pair: pair[0]):
            if family is not None:
                yield "".join(letter for _, letter in group), self._font(family, bold, size)

    def width(self, text: str, size: int, *, bold: bool = False) -> float:
        """How wide it will be, in pixels."""
        return sum(font.getlength(piece) for piece, font in self.runs(text, size, bold=bold))

    def _measured(self, text: str, bold: bool) -> float:
        return self.width(text, _MEASURED, bold=bold)

    def _coverage(self, family: str) -> frozenset[int]:
        return frozenset(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(self._file(family, False))).unicodes)

    def _file(self, family: str, bold: bool) -> str:
        heavy = self._folder / f"{family}-Bold.ttf"
        return str(heavy if bold and heavy.exists() else self._folder / f"{family}-Regular.ttf")

    def _font(self, family: str, bold: bool, size: int) -> ImageFont.FreeTypeFont:
        key = (family, bold, size)
        if key not in self._fonts:
            self._fonts[key] = ImageFont.truetype(self._file(family, bold), size)
        return self._fonts[key]


class Canvas:
    """One picture.

    Args:
        letters: to write with.
        modules: makes codes.
        size: width and height, in pixels.
        ground: its colour.
    """

    def __init__(
        self, letters: Letters, modules: Modules, size: tuple[int, int] = (WIDTH, HEIGHT), ground: Colour = PAPER
    ) -> None:
        self._letters = letters
        self._modules = lru_cache(8)(modules)  # each is measured before it is drawn
        self._image = Image.new("RGB", size, ground)
        self._draw = ImageDraw.Draw(self._image)

    def to_png(self) -> bytes:
        """The picture as a file; packed lightly, since it is read once."""
        file = io.BytesIO()
        self._image.save(file, "PNG", compress_level=1)
        return file.getvalue()

    def legible(self, text: str) -> str:
        """The text as it can be drawn."""
        return legible(text, self._letters.known)

    def fitted(self, text: str, width: float, height: float, sizes: tuple[int, int], *, bold: bool = False) -> Setting:
        """How words fit into a space; see `player.pictures.setting.fit`."""
        return fit(self.legible(text), width, height, sizes, self._letters.measure(bold=bold))

    def measure(self, *, bold: bool = False) -> Measure:
        """What tells the width of words."""
        return self._letters.measure(bold=bold)

    def lines(
        self,
        x: float,
        y: float,
        setting: Setting,
        *,
        width: float = 0,
        bold: bool = False,
        colour: Colour = INK,
        align: Align = "left",
    ) -> float:
        """Write lines from (x, y) on; returns where they end.

        Args:
            x: left edge of the space, in pixels.
            y: its upper edge.
            setting: the lines.
            width: of the space; counts for other places than left.
            bold: whether in bold letters.
            colour: of the letters.
            align: where in the space.
        """
        for line in setting.lines:
            left = width - self._letters.width(line, setting.size, bold=bold) if align != "left" else 0.0
            place = x + {"left": 0.0, "middle": left / 2, "right": left}[align]
            baseline = y + setting.size * 1.03
            for piece, font in self._letters.runs(line, setting.size, bold=bold):
                self._draw.text((place, baseline), piece, font=font, fill=colour, anchor="ls")
                place += font.getlength(piece)
            y += line_height(setting.size)
        return y

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: Colour,
        *,
        radius: int = 0,
        edge: Colour | None = None,
    ) -> None:
        """A filled rectangle, perhaps with round corners and an edge."""
        corners = (x, y, x + width - 1, y + height - 1)
        self._draw.rounded_rectangle(corners, radius, fill=fill, outline=edge, width=3 if edge else 0)

    def module_for(self, text: str, side: int) -> int:
        """The pixels of a module with which a code, its quiet zone included, is at most ``side`` pixels wide.

        0 where there is no such code.
        """
        try:
            return side // (len(self._modules(text)) + 2 * QUIET_ZONE) if text else 0
        except ValueError:
            return 0

    def code(self, x: int, y: int, text: str, side: int) -> None:
        """Draw a QR code with its quiet zone in the middle of a white square; its modules are whole pixels."""
        rows = self._modules(text)
        module = self.module_for(text, side)
        self.box(x, y, side, side, WHITE, radius=24)
        begin = (side - len(rows) * module) // 2
        for number, row in enumerate(rows):
            for start, length in _runs(row):
                left, top = x + begin + start * module, y + begin + number * module
                self._draw.rectangle((left, top, left + length * module - 1, top + module - 1), fill=(0, 0, 0))

    def disc(self, x: int, y: int, radius: int, numeral: str, colour: Colour) -> None:
        """A numeral on a disc around (x, y)."""
        self._smooth(
            (x - radius, y - radius, 2 * radius, 2 * radius),
            lambda draw, scale: draw.ellipse((0, 0, 2 * radius * scale - 1, 2 * radius * scale - 1), fill=255),
            colour,
        )
        size = round(radius * 1.35)
        setting = Setting(size, (numeral,))
        self.lines(x - radius, y - size * 0.67, setting, width=2 * radius, bold=True, colour=PAPER, align="middle")

    def band(self, y: int, height: int) -> None:
        """The brocade, the house's one ornament, across the picture: diamonds in a row."""
        width, scale = self._image.width, 3
        tile = Image.new("RGB", (width * scale, height * scale), INDIGO)
        draw = ImageDraw.Draw(tile)
        count = round(width / (2.2 * height))
        step, middle, half = width * scale / count, height * scale / 2, height * scale / 2
        for number in range(count):
            for reach, colour in ((1.0, BRICK), (0.62, _GOLD), (0.24, PAPER)):
                _diamond(draw, (number + 0.5) * step, middle, half * reach, colour)
            for reach, colour in ((0.62, _GOLD), (0.32, LEAF)):
                _diamond(draw, number * step, middle, half * reach, colour)
        self._image.paste(tile.resize((width, height), Image.Resampling.BOX), (0, y))

    def _smooth(
        self,
        box: tuple[int, int, int, int],
        shape: Callable[[ImageDraw.ImageDraw, int], None],
        colour: Colour,
        scale: int = 4,
    ) -> None:
        x, y, width, height = box
        mask = Image.new("L", (width * scale, height * scale), 0)
        shape(ImageDraw.Draw(mask), scale)
        self._image.paste(colour, (x, y), mask.resize((width, height), Image.Resampling.BOX))


def _diamond(draw: ImageDraw.ImageDraw, x: float, y: float, reach: float, colour: Colour) -> None:
    draw.polygon([(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)], fill=colour)


def _runs(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    place = 0
    for dark, group in groupby(row):
        length = len(list(group))
        if dark:
            yield place, length
        place += length
