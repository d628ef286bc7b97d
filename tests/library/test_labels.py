"""Stickers as phones and readers meet them: every code is read back from 150 dots per inch, dirty ones too."""

from __future__ import annotations

import os
import random
from pathlib import Path

import paper
import pytest
from printed_samples import HOUSE, LOCKED, STRANGE, TITLES, labels, read, somewhere

from library.printing.errors import TooSmallError
from library.printing.labels import layout
from library.printing.orders import House, Order
from library.printing.paper import DOT, SMALLEST_MODULE
from library.printing.printer import draw
from library.printing.sheets import SHEETS
from library.printing.wifi_code import Network, payload


def printed(count: int, sheet: str = "24", titles: tuple[str, ...] = TITLES, **more: object) -> bytes:
    """A PDF of stickers."""
    order = Order(HOUSE, sheet=sheet, stickers=labels(count, titles, "Hội Nông dân"), **more)  # type: ignore[arg-type]
    return draw(order, lambda _: None)


SAMPLE = 15 if os.environ.get("HUB_LONG") == "1" else 8
"""Codes of each sheet that are made dirty."""
DAILY = ("24", "40-gaps")
"""Printed every day; the others with --long."""


def addresses(count: int) -> list[str]:
    return [f"http://thuvien.lan/q/{label.code.replace('-', '')}" for label in labels(count)]


@pytest.mark.parametrize(
    "sheet", [pytest.param(name, marks=() if name in DAILY else pytest.mark.long) for name in SHEETS]
)
def test_every_code_of_a_sheet_is_read_at_150_dpi(sheet: str, tmp_path: Path) -> None:
    count = SHEETS[sheet].count
    (page,) = paper.pixels(printed(count, sheet), tmp_path)
    found = paper.codes(page)
    assert sorted(code.text for code in found) == sorted([*addresses(count), *[payload(HOUSE.network)] * count])
    for place, address in enumerate(addresses(count)):  # each on its own sticker
        box = SHEETS[sheet].box(place)
        code = next(code for code in found if code.text == address)
        middle = ((code.left + code.width / 2) * 25.4 / 150, (code.top + code.height / 2) * 25.4 / 150)
        assert box.x < middle[0] < box.x + box.width
        assert box.y < middle[1] < box.y + box.height


def test_codes_are_read_with_a_tenth_of_their_area_covered(tmp_path: Path) -> None:
    """Covered by a square: in the middle every code must be read; elsewhere nearly all.

    Elsewhere is anywhere off the three corner squares and the small fourth one, by which a phone finds a code at all.
    There a square may hit more codewords of one block than level Q repairs, so a few in a hundred stay unread.
    """
    dice = random.Random(2026)
    tried = failed = 0
    for sheet in ("24", "40"):
        (page,) = paper.pixels(printed(SHEETS[sheet].count, sheet), tmp_path)
        for code in dice.sample(paper.codes(page), SAMPLE):
            for grey in (0, 255):
                assert code.text in read(paper.cover(page, code, (0.342, 0.342), grey)), (sheet, code, grey)
                tried += 1
                failed += code.text not in read(paper.cover(page, code, somewhere(dice), grey))
    assert tried == 4 * SAMPLE
    assert failed <= tried * 0.1


def test_more_stickers_than_a_sheet_holds_and_a_sheet_already_begun(tmp_path: Path) -> None:
    pages = paper.pixels(printed(60, "24", skip=5), tmp_path)
    assert [len(paper.codes(page)) for page in pages] == [2 * 19, 2 * 24, 2 * 17]
    boxes = [SHEETS["24"].box(place) for place in range(5)]
    for box in boxes:  # nothing is printed where stickers are gone; cut marks reach 1 mm inside
        inner = (box.x + 1.5, box.y + 1.5, box.x + box.width - 1.5, box.y + box.height - 1.5)
        assert pages[0].crop(tuple(int(edge * 150 / 25.4) for edge in inner)).getextrema() == (255, 255)  # type: ignore[arg-type]


@pytest.mark.parametrize("sheet", ["24", "40", pytest.param("40-full", marks=pytest.mark.long)])
def test_titles_and_codes_can_be_read_and_stay_on_their_stickers(sheet: str, tmp_path: Path) -> None:
    pdf = printed(SHEETS[sheet].count, sheet, TITLES)
    words = paper.words(pdf, tmp_path)
    paper.text(pdf, tmp_path)  # composed letters only
    for place, label in enumerate(labels(SHEETS[sheet].count)):
        box = SHEETS[sheet].box(place)
        here = [word for word in words if box.x <= (word[2] + word[4]) / 2 < box.x + box.width]
        here = [word for word in here if box.y <= (word[3] + word[5]) / 2 < box.y + box.height]
        said = [word[1] for word in here]
        for part in [*label.title.split(), label.code, "Wi-Fi", "1", "2"]:
            assert part in said, (label, said)
        for _, word, left, top, right, bottom in here:
            assert left >= box.x + 0.5, word
            assert right <= box.x + box.width - 0.5, word
            assert top >= box.y - 1.0, word  # pdftotext counts room above the highest mark, too
            assert bottom <= box.y + box.height + 1.0, word


def test_strange_titles_neither_break_nor_overflow(tmp_path: Path) -> None:
    pdf = printed(24, "24", STRANGE)
    (page,) = paper.pixels(pdf, tmp_path)
    assert len(paper.codes(page)) == 48
    sheet = SHEETS["24"]
    for edge in range(1, 3):  # nothing crosses from one column of stickers to the next
        x = int(sheet.box(edge).x * 150 / 25.4)
        strip = page.crop((x - 3, int(sheet.box(0).y * 150 / 25.4) + 10, x + 3, int(280 * 150 / 25.4)))
        assert strip.getextrema() == (255, 255)
    said = paper.text(pdf, tmp_path)
    assert "Sổ tay" in " ".join(said.split())
    assert "\u202e" not in said


def test_a_home_code_stands_beside_on_large_stickers_only(tmp_path: Path) -> None:
    house = House(**{**HOUSE.__dict__, "home": "https://sach.bacninh.example"})
    for sheet, expected in (("24", 3 * 24), ("40", 2 * 40)):
        order = Order(house, sheet=sheet, stickers=labels(SHEETS[sheet].count))
        (page,) = paper.pixels(draw(order, lambda _: None), tmp_path)
        assert len(paper.codes(page)) == expected


def test_modules_are_never_finer_than_a_third_of_a_millimetre() -> None:
    assert SMALLEST_MODULE * DOT >= 0.33
    for sheet in SHEETS.values():
        for wifi in (payload(HOUSE.network), LOCKED):
            plan = layout(sheet, wifi, "http://thuvien.lan/q/K7M2QXA")
            assert min(plan.wifi, plan.book) >= SMALLEST_MODULE
    assert layout(SHEETS["40"], payload(HOUSE.network), "http://thuvien.lan/q/K7M2QXA").wifi >= 5  # 0.42 mm
    assert layout(SHEETS["24"], payload(HOUSE.network), "http://thuvien.lan/q/K7M2QXA").wifi >= 7  # 0.59 mm


def test_what_does_not_fit_is_refused_with_a_way_out() -> None:
    with pytest.raises(TooSmallError, match="do not fit") as caught:
        layout(SHEETS["40"], payload(Network("N" * 32, ";" * 63)), "http://thuvien.lan/q/K7M2QXA")
    assert "24" in caught.value.hint
    assert layout(SHEETS["24"], payload(Network("N" * 32, ";" * 63)), "http://thuvien.lan/q/K7M2QXA")
