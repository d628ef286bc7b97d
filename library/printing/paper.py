"""Draws on A4 paper: the only room that imports fpdf2. It knows letters, lines and codes, and not what is printed.

Everything is black on white with few colours, each of which is still told apart on a black-and-white printer. Modules
of QR codes are whole dots of a printer with 300 dots per inch, so that their edges are sharp.
"""

import math
import warnings
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final, Literal

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from library.codes import qr
from library.printing.sheets import Box
from library.printing.typesetting import MILLIMETRES_PER_POINT, Setting, fit, line_height, printable

DOT: Final = 25.4 / 300
"""One dot of a printer with 300 dots per inch, in millimetres."""
SMALLEST_MODULE: Final = 4
"""Dots of the smallest module that is printed: 0.339 mm."""

Colour = tuple[int, int, int]
INK: Final = (0, 0, 0)
SOFT: Final = (70, 70, 70)
PAPER: Final = (255, 255, 255)
INDIGO: Final = (35, 58, 107)
BRICK: Final = (178, 58, 30)
LEAF: Final = (44, 110, 63)
SUN: Final = (233, 180, 76)
_FONTS: Final = Path(__file__).parent / "fonts"
_SCRIPTS: Final = {"khmer": "NotoSansKhmer", "cham": "NotoSansCham", "taiviet": "NotoSansTaiViet"}
_OVERLAP: Final = 0.01
"""Millimetres by which modules reach into each other, so that no screen shows a seam between them."""


class Paper:
    """The pages of one PDF.

    Args:
        title: of the document.
        language: BCP 47 tag of the document.
    """

    def __init__(self, title: str, language: str = "vi") -> None:
        self._pdf = pdf = FPDF(format="A4", unit="mm")
        pdf.set_auto_page_break(False)
        pdf.set_margin(0)
        pdf.c_margin = 0
        for style, weight in (("", "Regular"), ("B", "Bold")):
            pdf.add_font("latin", style, _FONTS / f"NotoSans-{weight}.ttf")
        for family, file in _SCRIPTS.items():
            pdf.add_font(family, "", _FONTS / f"{file}-Regular.ttf")
            bold = _FONTS / f"{file}-Bold.ttf"
            if bold.exists():
                pdf.add_font(family, "B", bold)
        pdf.set_fallback_fonts(list(_SCRIPTS), exact_match=False)
        pdf.set_text_shaping(True)
        self._modules = lru_cache(64)(qr.modules)
        self._width = lru_cache(20_000)(self._measured)
        pdf.set_title(printable(title, self._known))
        pdf.set_lang(language)

    def new_page(self) -> None:
        """Begin a page."""
        self._pdf.add_page()

    def to_bytes(self) -> bytes:
        """The whole document."""
        return bytes(self._pdf.output())

    @cached_property
    def _known(self) -> frozenset[int]:
        found: set[int] = set()
        for file in sorted(_FONTS.glob("*-Regular.ttf")):
            with TTFont(file, lazy=True) as font:
                found.update(font.getBestCmap())
        return frozenset(found)

    def printable(self, text: str) -> str:
        """The text as it can be printed; empty when nothing that can be read is left."""
        return printable(text, self._known)

    def write(
        self,
        box: Box,
        text: str,
        sizes: tuple[float, float],
        *,
        bold: bool = False,
        align: Literal["L", "C", "R"] = "L",
        place: Literal["top", "middle", "bottom"] = "top",
        colour: Colour = INK,
    ) -> float:
        """Write words into a space, as large as they fit; returns where their last line ends (mm from the top).

        Args:
            box: the space; nothing is written outside of it.
            text: the words.
            sizes: largest and smallest letters, points.
            bold: whether in bold letters.
            align: left, centred or right.
            place: where in the space, if there is more than is needed.
            colour: of the letters.
        """
        setting = self.fitted(box, text, sizes, bold=bold)
        left = box.height - setting.height
        y = box.y + {"top": 0.0, "middle": left / 2, "bottom": left}[place]
        self._pdf.set_font("latin", "B" if bold else "", setting.size)
        self._pdf.set_text_color(*colour)
        for line in setting.lines:
            self._pdf.set_xy(box.x, y)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of a letter that no font has; `printable` took those away
                self._pdf.cell(box.width, line_height(setting.size), line, align=align, new_x=XPos.LEFT, new_y=YPos.TOP)
            y += line_height(setting.size)
        return y

    def fitted(self, box: Box, text: str, sizes: tuple[float, float], *, bold: bool = False) -> Setting:
        """How words would fit into a space."""
        return fit(self.printable(text), box.width, box.height, *sizes, lambda part: self._width(part, bold))

    def _measured(self, text: str, bold: bool) -> float:
        """Millimetres of a text in letters of one point."""
        self._pdf.set_font("latin", "B" if bold else "", 100)
        return float(self._pdf.get_string_width(text)) / 100

    def modules(self, text: str) -> tuple[tuple[bool, ...], ...]:
        """The rows of a code; the Wi-Fi's, which every label has, is made once."""
        return self._modules(text)

    def dots_for(self, text: str, side: float) -> int:
        """The dots of a module with which a code of that text is at most ``side`` mm wide."""
        return int(side / (len(self.modules(text)) * DOT) + 1e-6)

    def code(self, x: float, y: float, text: str, dots: int) -> float:
        """Draw a QR code; returns its side in millimetres, without the white that belongs around it.

        Args:
            x: left edge of the code itself.
            y: upper edge.
            text: what it says.
            dots: of one module.
        """
        rows, module = self.modules(text), dots * DOT
        x, y = (round(edge / (2 * DOT)) * 2 * DOT for edge in (x, y))  # whole dots of a coarse scanner, too
        self._pdf.set_fill_color(*INK)
        for box in dark_boxes(rows):
            self._pdf.rect(
                x + box[0] * module, y + box[1] * module,
                box[2] * module + _OVERLAP, box[3] * module + _OVERLAP, style="F",
            )  # fmt: skip
        return len(rows) * module

    def disc(self, x: float, y: float, radius: float, numeral: str) -> None:
        """A white numeral on a black disc, by which two codes are told apart; x and y are its middle."""
        self._pdf.set_fill_color(*INK)
        self._pdf.circle(x, y, radius, style="F")
        size = radius * 1.55 / MILLIMETRES_PER_POINT
        height = line_height(size)
        box = Box(x - radius, y - height / 2, 2 * radius, height * 1.01)
        self.write(box, numeral, (size, size), bold=True, align="C", colour=PAPER)

    def line(self, points: Sequence[tuple[float, float]], width: float = 0.3, colour: Colour = INK) -> None:
        """A line through points; its width in millimetres."""
        self._pdf.set_draw_color(*colour)
        self._pdf.set_line_width(width)
        self._pdf.polyline(list(points))

    def frame(
        self, box: Box, *, radius: float = 0.0, width: float = 0.3, colour: Colour = INK, fill: Colour | None = None
    ) -> None:
        """A rectangle, perhaps with round corners and filled."""
        self._pdf.set_draw_color(*colour)
        self._pdf.set_line_width(width)
        self._pdf.set_fill_color(*(fill or PAPER))
        style = "DF" if fill else "D"
        if radius:
            self._pdf.rect(box.x, box.y, box.width, box.height, style, round_corners=True, corner_radius=radius)
        else:
            self._pdf.rect(box.x, box.y, box.width, box.height, style)

    def shape(self, points: Sequence[tuple[float, float]], fill: Colour) -> None:
        """A filled shape with corners at points."""
        self._pdf.set_fill_color(*fill)
        self._pdf.polygon(list(points), style="F")

    def arc(self, x: float, y: float, radius: float, begin: float, end: float, width: float = 0.8) -> None:
        """A part of a circle around x and y, from one angle to another (degrees, clockwise, 0 is right)."""
        steps = max(6, int(abs(end - begin) / 6))
        angles = (math.radians(begin + (end - begin) * step / steps) for step in range(steps + 1))
        self.line([(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles], width)

    def band(self, box: Box) -> None:
        """The brocade, the house's one ornament: diamonds in a row, dark and light enough for grey printers."""
        self.frame(box, colour=INDIGO, fill=INDIGO, width=0.01)
        middle, half = box.y + box.height / 2, box.height / 2
        count = round(box.width / (2.2 * box.height))
        step = box.width / count
        for number in range(count):
            x = box.x + (number + 0.5) * step
            for reach, colour in ((1.0, BRICK), (0.62, SUN), (0.24, PAPER)):
                self._diamond(x, middle, half * reach, colour)
            if number:
                edge = x - step / 2
                for reach, colour in ((0.62, SUN), (0.32, LEAF)):
                    self._diamond(edge, middle, half * reach, colour)

    def _diamond(self, x: float, y: float, reach: float, colour: Colour) -> None:
        self.shape([(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)], colour)


def dark_boxes(rows: Sequence[Sequence[bool]]) -> list[tuple[int, int, int, int]]:
    """The dark modules as few rectangles: column, row, columns, rows of each; equal runs below each other are one."""
    boxes: list[tuple[int, int, int, int]] = []
    growing: dict[tuple[int, int], int] = {}
    for number, row in enumerate([*rows, []]):
        runs = set(_runs(row))
        for (start, length), since in list(growing.items()):
            if (start, length) not in runs:
                boxes.append((start, since, length, number - since))
                del growing[start, length]
        for run in runs:
            growing.setdefault(run, number)
    return sorted(boxes)


def _runs(row: Sequence[bool]) -> list[tuple[int, int]]:
    runs, start = [], None
    for column, dark in enumerate([*row, False]):
        if dark and start is None:
            start = column
        elif not dark and start is not None:
            runs.append((start, column - start))
            start = None
    return runs
