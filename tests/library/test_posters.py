"""Posters as phones and readers meet them: codes of 3 cm and more, words in both languages, addresses in letters."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import paper
import pytest
from printed_samples import HOUSE, STRANGE, TITLES, labels, read, somewhere

from library.printing.orders import House, Order, Shelf
from library.printing.posters import pages_of
from library.printing.printer import draw
from library.printing.wifi_code import Network, payload

HOME = replace(HOUSE, home="https://sach.bacninh.example")
LOCKED = replace(HOUSE, network=Network('Nhà "văn; hóa"', "con-ga-trong:2026"))


def printed(house: House = HOUSE, **parts: object) -> bytes:
    return draw(Order(house, **parts), lambda _: None)  # type: ignore[arg-type]


def size_mm(code: paper.Found) -> float:
    return min(code.width, code.height) * 25.4 / 150


@pytest.mark.parametrize("house", [HOUSE, HOME, LOCKED], ids=["open", "home", "locked"])
def test_the_wifi_poster(house: House, tmp_path: Path) -> None:
    pdf = printed(house, wifi=True)
    (page,) = paper.pixels(pdf, tmp_path)
    found = paper.codes(page)
    expected = {payload(house.network), "http://thuvien.lan/", *([f"{house.home}/"] if house.home else [])}
    assert {code.text for code in found} == expected
    assert all(size_mm(code) >= 29.9 for code in found)
    said = " ".join(paper.text(pdf, tmp_path).split())
    for words in (house.title, house.place, house.network.ssid, "thuvien.lan/", "10.10.10.1", "Kết nối", "Connect"):
        assert words in said
    assert ("con-ga-trong:2026" in said) == bool(house.network.passphrase)
    largest = max(bottom - top for _, word, _, top, _, bottom in paper.words(pdf, tmp_path) if word == "thuvien.lan/")
    assert largest >= 12, "the short address is in big letters (mm)"


@pytest.mark.parametrize("house", [HOUSE, HOME], ids=["here", "home"])
def test_a_shelf_poster_shows_every_book_of_its_subject(house: House, tmp_path: Path) -> None:
    shelf = Shelf("nông nghiệp", labels(23))
    pdf = printed(house, shelves=(shelf,))
    pages = paper.pixels(pdf, tmp_path)
    assert len(pages) == pages_of(shelf) == 3
    found = [code for page in pages for code in paper.codes(page)]
    books = [code for code in found if code.text.startswith("http")]
    assert sorted(code.text for code in books) == sorted(
        f"http://thuvien.lan/q/{label.code.replace('-', '')}" for label in shelf.labels
    )
    assert len(found) - len(books) == 3, "each page has the Wi-Fi's code"
    assert all(size_mm(code) >= 29.9 for code in found)
    said = " ".join(paper.text(pdf, tmp_path).split())
    for words in ("Nông nghiệp", "3/3", "thuvien.lan/", "10.10.10.1", *(label.code for label in shelf.labels)):
        assert words in said
    assert ("sach.bacninh.example/q/ + mã 2" in said) == bool(house.home)
    for title in TITLES:
        assert all(word in said for word in title.split())


@pytest.mark.parametrize("house", [HOUSE, HOME], ids=["here", "home"])
def test_the_class_poster_shows_one_book_large(house: House, tmp_path: Path) -> None:
    label = replace(labels(1)[0], about="Chọn giống, trồng và chăm cây vải thiều.")
    pdf = printed(house, lessons=(label,))
    (page,) = paper.pixels(pdf, tmp_path)
    found = {code.text: size_mm(code) for code in paper.codes(page)}
    book = f"/q/{label.code.replace('-', '')}"
    assert found.keys() == {payload(house.network), "http://thuvien.lan" + book} | (
        {house.home + book} if house.home else set()
    )
    assert found["http://thuvien.lan" + book] >= 80
    assert min(found.values()) >= 29.9
    said = " ".join(paper.text(pdf, tmp_path).split())
    for words in (label.code, f"thuvien.lan/q/{label.code}", f"10.10.10.1/q/{label.code}", label.about, label.title):
        assert words in said


def test_posters_are_read_with_a_tenth_of_each_code_covered(tmp_path: Path) -> None:
    dice = random.Random(7)
    tried = failed = 0
    pages = paper.pixels(printed(wifi=True, shelves=(Shelf("", labels(10)),), lessons=labels(1)), tmp_path)
    for page in pages:
        for code in paper.codes(page):
            for grey in (0, 255):
                assert code.text in read(paper.cover(page, code, (0.342, 0.342), grey))
                tried += 1
                failed += code.text not in read(paper.cover(page, code, somewhere(dice), grey))
    assert tried == 2 * (2 + 11 + 2)
    assert failed <= 2


def test_strange_titles_stay_inside_their_frames(tmp_path: Path) -> None:
    strange = labels(len(STRANGE), STRANGE, "W" * 300)
    strange = tuple(replace(label, about="Ẫ" * 2000) for label in strange)
    pdf = printed(shelves=(Shelf("W" * 300, strange),), lessons=strange)
    pages = paper.pixels(pdf, tmp_path)
    assert len(pages) == 1 + len(STRANGE)
    assert all(len(paper.codes(page)) == 2 for page in pages[1:])
    for _, word, left, _, right, _ in paper.words(pdf, tmp_path):
        assert left >= 10, word
        assert right <= 200, word
    left_column = pages[0].crop(
        (int(102.6 * 150 / 25.4), int(75 * 150 / 25.4), int(107.4 * 150 / 25.4), int(265 * 150 / 25.4))
    )
    assert left_column.getextrema() == (255, 255), "nothing crosses from one column to the other"


def test_a_grey_printer_still_shows_the_band(tmp_path: Path) -> None:
    (page,) = paper.pixels(printed(wifi=True), tmp_path)
    band = page.crop(tuple(int(edge * 150 / 25.4) for edge in (12, 12, 198, 19)))  # type: ignore[arg-type]
    shades = sorted((count for count in band.histogram()), reverse=True)
    assert sum(count > 0.02 * band.width * band.height for count in shades) >= 3
