"""Sheets of stickers as shops sell them, A4: where each sticker lies. Sizes in millimetres, counted row by row."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

PAGE_WIDTH: Final = 210.0
PAGE_HEIGHT: Final = 297.0


@dataclass(frozen=True)
class Box:
    """A rectangle on a page, from its upper left corner, in millimetres."""

    x: float
    y: float
    width: float
    height: float

    def inside(self, across: float, down: float) -> "Box":
        """What is left of it with a margin on all sides."""
        return Box(self.x + across, self.y + down, self.width - 2 * across, self.height - 2 * down)


@dataclass(frozen=True)
class Sheet:
    """One kind of sheet.

    Attributes:
        name: how it is asked for.
        width: of one sticker.
        gap: between two columns; rows touch each other.
        across: white kept free at a sticker's left and right, for printers that reach no edge and paper that slips.
        down: the same above and below.
    """

    name: str
    columns: int
    rows: int
    width: float
    height: float
    gap: float
    across: float
    down: float

    @property
    def count(self) -> int:
        """Stickers on one sheet."""
        return self.columns * self.rows

    def box(self, place: int) -> Box:
        """Where the sticker of this number lies; 0 is the first."""
        row, column = divmod(place, self.columns)
        left = (PAGE_WIDTH - self.columns * self.width - (self.columns - 1) * self.gap) / 2
        top = (PAGE_HEIGHT - self.rows * self.height) / 2
        return Box(left + column * (self.width + self.gap), top + row * self.height, self.width, self.height)

    def boxes(self) -> Iterator[Box]:
        """All stickers of a sheet, in order."""
        return (self.box(place) for place in range(self.count))


SHEETS: Final = {
    sheet.name: sheet
    for sheet in (
        Sheet("24", 3, 8, 64.6, 33.8, 0.0, 1.8, 1.5),
        Sheet("24-full", 3, 8, 70.0, 37.0, 0.0, 4.5, 3.0),
        Sheet("24-gaps", 3, 8, 63.5, 33.9, 2.54, 1.5, 1.5),
        Sheet("40", 4, 10, 48.5, 25.4, 0.0, 1.5, 1.2),
        Sheet("40-full", 4, 10, 52.5, 29.7, 0.0, 4.5, 3.0),
        Sheet("40-gaps", 4, 10, 45.7, 25.4, 2.54, 1.2, 1.2),
    )
}
"""By name. Plain: a white frame around the sheet; full: stickers to the edge; gaps: rounded ones with gaps between."""
