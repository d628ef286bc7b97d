"""The shelf hands out what was admitted and nothing else, whatever happens to the files meanwhile."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from library.errors import BookChangedError, BookNotFoundError, LibraryError, PageNotFoundError
from library.listing import read_listing
from library.page import Page
from library.shelf import Shelf
from library.testing import Entry, bake_zim, shelve, split_zim


@pytest.fixture
def content(tmp_path: Path) -> Path:
    (tmp_path / "content").mkdir()
    (tmp_path / "state").mkdir()
    return tmp_path / "content"


def bake(content: Path, text: str, file: str = "a.zim", **options: object) -> Path:
    film = Entry(text.encode() * 1_000_000, mimetype="video/webm", compress=False)
    options = {"name": "a", **options}
    return bake_zim(content / file, {"a": Entry(text), "film": film}, **options)  # type: ignore[arg-type]


def keep(content: Path) -> Shelf:
    return shelve(content, content.parent / "state")


def read(shelf: Shelf, name: str = "a") -> bytes:
    page = shelf.open(name)[1].page("a")
    assert isinstance(page, Page)
    return page.read()


def test_a_new_edition_is_swapped_in(content: Path) -> None:
    bake(content, "one")
    shelf = keep(content)
    assert read(shelf) == b"one"
    listed, book = shelf.open("a")
    bake(content, "two")
    with pytest.raises(BookChangedError):
        shelf.open("a")
    keep(content)
    assert read(shelf) == b"two"
    assert shelf.listed("a") != listed
    old = book.page("a")
    assert isinstance(old, Page)
    assert old.read() == b"one"  # whoever holds the old edition reads on


def test_a_book_is_read_to_its_end_although_it_is_deleted(content: Path) -> None:
    path = bake(content, "x")
    shelf = keep(content)
    page = shelf.open("a")[1].page("film")
    assert isinstance(page, Page)
    chunks = page.chunks(0, page.size)
    first = next(chunks)
    path.unlink()
    with pytest.raises(BookChangedError):
        shelf.open("a")
    keep(content)
    with pytest.raises(BookNotFoundError):
        shelf.open("a")
    assert first + b"".join(chunks) == b"x" * 1_000_000


def test_a_part_that_goes_missing(content: Path) -> None:
    parts = split_zim(bake(content, "x"), 300_000)
    shelf = keep(content)
    assert read(shelf) == b"x"
    parts[-1].unlink()
    with pytest.raises(BookChangedError):
        shelf.open("a")
    parts[0].unlink()
    with pytest.raises(BookChangedError):
        shelf.open("a")


def test_a_file_swapped_in_while_it_is_opened_is_not_served(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at a file and its opening another one may take its place."""
    bake(content, "one")
    shelf = keep(content)
    unchecked = bake(content.parent, "two", file="b.zim")
    import library.shelf

    real = library.shelf.Book

    def swap(path: Path, *more: Any) -> object:
        unchecked.replace(path)
        return real(path, *more)

    monkeypatch.setattr(library.shelf, "Book", swap)
    with pytest.raises(BookChangedError):
        shelf.open("a")
    monkeypatch.undo()
    with pytest.raises(BookChangedError):
        shelf.open("a")
    keep(content)
    assert read(shelf) == b"two"


def test_a_book_whose_new_file_is_being_checked_is_not_said_to_be_unknown(content: Path) -> None:
    bake(content, "one")
    shelf = keep(content)
    assert read(shelf) == b"one"
    listing = content.parent / "state" / "shelf.json"
    whole = json.loads(listing.read_text("utf-8"))
    for _ in range(2):  # also when the list is written once more meanwhile
        whole["books"][0].update(state="checking", facts=None, code="")
        whole["books"].append({**whole["books"][0], "file": "new.zim"})
        listing.write_text(json.dumps(whole), "utf-8")
        with pytest.raises(BookChangedError):
            shelf.open("a")
        with pytest.raises(BookNotFoundError):
            shelf.open("new")
    keep(content)
    assert read(shelf) == b"one"


def test_threads_open_a_book_once(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bake(content, "one")
    shelf = keep(content)
    opened: list[object] = []
    start = threading.Barrier(8)

    def open_book() -> None:
        start.wait()
        opened.append(shelf.open("a")[1])

    threads = [threading.Thread(target=open_book) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 8
    assert len({id(book) for book in opened}) == 1


def test_old_editions_give_their_files_back(content: Path) -> None:
    bake(content, "0")
    shelf = keep(content)
    read(shelf)
    handles = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(5):
        bake(content, str(number + 1))
        keep(content)
        read(shelf)
    assert len(list(Path("/proc/self/fd").iterdir())) <= handles + 2


def test_books_stand_in_the_order_of_their_titles(content: Path) -> None:
    for name, title in (("1", "sách b"), ("2", "Sách A"), ("3", "Ôn bài")):
        bake(content, name, file=f"{name}.zim", name=name, title=title)
    assert list(keep(content).ready()) == ["2", "1", "3"]


def test_the_list_survives_its_own_writing(content: Path) -> None:
    bake(content, "x", title='"\\\n\u2028<b>', metadata={"Description": "\x01\x7f"})
    shelf = keep(content)
    listing = read_listing(content.parent / "state/shelf.json")
    assert listing == shelf.listing()
    assert listing.books[0].facts
    assert listing.books[0].facts.title.startswith('"\\')


def test_nothing_but_pages_is_asked_for(content: Path) -> None:
    bake(content, "x", metadata={"Secret": "s"})
    _listed, book = keep(content).open("a")
    for path in (
        "",
        "nothing",
        "M/Secret",
        "Secret",
        "X/listing/titleOrdered/v1",
        "\0",
        "a\0",
        "C",
        "../a",
        "A/",
        "a/",
    ):
        with pytest.raises(PageNotFoundError):
            book.page(path)
    assert issubclass(PageNotFoundError, LibraryError)
