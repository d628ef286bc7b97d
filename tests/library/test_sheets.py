"""Sheets of stickers: as many as their name says, none over another or off the page."""

from __future__ import annotations

import pytest

from library.printing.sheets import PAGE_HEIGHT, PAGE_WIDTH, SHEETS, Sheet


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS)
def test_every_sheet_lies_on_the_page(sheet: Sheet) -> None:
    boxes = list(sheet.boxes())
    assert len(boxes) == sheet.count == int(sheet.name.partition("-")[0])
    for number, one in enumerate(boxes):
        assert one.x >= -1e-6
        assert one.y >= -1e-6
        assert one.x + one.width <= PAGE_WIDTH + 1e-6
        assert one.y + one.height <= PAGE_HEIGHT + 1e-6
        for other in boxes[number + 1 :]:
            apart_x = one.x + one.width <= other.x + 1e-6 or other.x + other.width <= one.x + 1e-6
            apart_y = one.y + one.height <= other.y + 1e-6 or other.y + other.height <= one.y + 1e-6
            assert apart_x or apart_y


def test_sheets_are_those_that_shops_sell() -> None:
    first = SHEETS["24-full"].box(0)
    assert (first.x, first.y, first.width, first.height) == (0, 0.5, 70, 37)
    last = SHEETS["40"].box(39)
    assert (round(last.x + last.width, 3), round(last.y + last.height, 3)) == (202, 275.5)
