"""What is chosen for paper: all, some, a subject's, or the pages of one book, each with a code that leads there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from printed_shelf import PAGES, TITLES, make_shelf

from library.codes.code_book import CodeBook, Target, normalise
from library.printing.choosing import Chooser, numbers_of
from library.printing.errors import NothingToPrintError, PageNumbersError, UnknownChoiceError
from library.shelf import Shelf


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("house")
    make_shelf(data)
    return data


@pytest.fixture
def codes(data: Path) -> CodeBook:
    return CodeBook(data / "state" / "codes.sqlite")


@pytest.fixture
def chooser(data: Path, codes: CodeBook) -> Chooser:
    return Chooser(Shelf(data / "content", data / "state" / "shelf.json"), codes)


def test_everything_in_the_order_of_titles(chooser: Chooser, codes: CodeBook) -> None:
    labels = chooser.everything()
    assert [label.title for label in labels] == sorted(TITLES.values(), key=str.casefold)
    assert {label.note for label in labels} == {"Hội Nông dân"}
    assert [codes.find(normalise(label.code) or "") for label in labels] == [
        Target(name, "") for name in sorted(TITLES, key=lambda name: TITLES[name].casefold())
    ]


def test_a_book_by_its_key_and_by_the_letters_of_its_code(chooser: Chooser) -> None:
    (label,) = chooser.books(["ga"])
    assert label.title == TITLES["ga"]
    assert chooser.books([label.code.lower()]) == (label,)
    with pytest.raises(UnknownChoiceError, match='"bo"') as caught:
        chooser.books(["bo"])
    assert all(name in caught.value.hint for name in TITLES)


def test_shelves_by_subject(chooser: Chooser) -> None:
    shelves = {shelf.subject: [label.title for label in shelf.labels] for shelf in chooser.shelves()}
    assert shelves == {
        "chăn nuôi": [TITLES["ga"]],
        "nông nghiệp": [TITLES["vai"], TITLES["ga"]],
        "": [TITLES["truyen"]],
    }
    assert list(shelves)[-1] == "", "what has no subject comes last"
    assert chooser.subjects() == ("chăn nuôi", "nông nghiệp")
    assert [shelf.subject for shelf in chooser.shelves(["NÔNG NGHIỆP"])] == ["nông nghiệp"]
    with pytest.raises(UnknownChoiceError, match="đua ngựa"):
        chooser.shelves(["đua ngựa"])


def test_pages_get_codes_that_lead_to_them(chooser: Chooser, codes: CodeBook) -> None:
    labels = chooser.pages("vai", "3,1-2")
    assert [label.title for label in labels] == [PAGES[2], PAGES[0], PAGES[1]]
    assert {label.note for label in labels} == {TITLES["vai"]}
    for label, path in zip(labels, ("2.html", "0.html", "1.html"), strict=True):
        assert codes.find(normalise(label.code) or "") == Target("vai", path)
    assert chooser.pages("vai", "1")[0].code == labels[1].code, "a page keeps its code"
    assert len(chooser.pages("vai", "all")) == len(PAGES)


@pytest.mark.parametrize("wrong", ["0", "5", "2-1", "1-5", "a", "", ",", "1;2", "-1", "1-2-3", "9" * 5000])
def test_pages_that_are_none(chooser: Chooser, wrong: str) -> None:
    with pytest.raises(PageNumbersError) as caught:
        chooser.pages("vai", wrong)
    assert "1-8, 12" in caught.value.hint


@given(st.text("0123456789-–, all", max_size=30), st.integers(0, 50))
def test_numbers_whatever_was_typed(text: str, most: int) -> None:
    try:
        found = numbers_of(text, most)
    except PageNumbersError:
        return
    assert found
    assert len(set(found)) == len(found)
    assert all(1 <= number <= most for number in found)


def test_an_empty_shelf(tmp_path: Path) -> None:
    make_shelf(tmp_path, 0)
    chooser = Chooser(
        Shelf(tmp_path / "content", tmp_path / "state" / "shelf.json"), CodeBook(tmp_path / "codes.sqlite")
    )
    for choose in (chooser.everything, chooser.shelves):
        with pytest.raises(NothingToPrintError):
            choose()
