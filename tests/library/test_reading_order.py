"""In which order pages follow each other, in real books."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from library.book import Book
from library.page import Page
from library.reading.order import ReadingOrders, has_address, resolve
from library.testing import Entry, bake_zim

NAMES = ("d", "a", "c", "b")


def opened(folder: Path, entries: dict[str, Entry], main: str = "index.html", **more: object) -> Book:
    return Book(bake_zim(folder / "a.zim", entries, name="a", title="A", main_path=main, **more))  # type: ignore[arg-type]


def around(book: Book, path: str) -> tuple[str | None, str | None]:
    page = book.page(path)
    assert isinstance(page, Page)
    found = ReadingOrders().neighbours("edition", book, page)
    return found.previous and found.previous.path, found.following and found.following.path


def pages(links: str, **said: str) -> dict[str, Entry]:
    index = Entry(f"<html><body>{links}</body></html>", "Đầu")
    return {"index.html": index, **{f"p/{name}.html": Entry(said.get(name, "<p>x"), name.upper()) for name in NAMES}}


def test_the_first_page_lists_the_book(tmp_path: Path) -> None:
    links = "".join(f"<li><a class=x href='p/{name}.html#top'>{name}</a>" for name in NAMES)
    book = opened(tmp_path, pages(links + '<a href="https://e.vn/x">y</a><a href="//e.vn">z</a><a href="../q">q</a>'))
    orders = ReadingOrders()
    assert [line.path for line in orders.contents("e", book, 0, 9)] == ["index.html", *(f"p/{n}.html" for n in NAMES)]
    assert [line.path for line in orders.contents("e", book, 1, 2)] == ["p/d.html", "p/a.html"]
    assert orders.length("e", book) == 5
    assert around(book, "index.html") == (None, "p/d.html")
    assert around(book, "p/a.html") == ("p/d.html", "p/c.html")
    assert around(book, "p/b.html") == ("p/c.html", None)


def test_a_first_page_that_is_no_article_comes_first_all_the_same(tmp_path: Path) -> None:
    entries = pages("".join(f"<a href=p/{name}.html>" for name in NAMES))
    entries["index.html"] = Entry(entries["index.html"].content, "Đầu", front=False)
    book = opened(tmp_path, entries)
    orders = ReadingOrders()
    assert [line.path for line in orders.contents("e", book, 0, 9)] == ["index.html", *(f"p/{n}.html" for n in NAMES)]
    assert [line.path for line in orders.contents("e", book, 2, 1)] == ["p/a.html"]
    assert around(book, "p/d.html") == ("index.html", "p/a.html")


def test_few_links_make_no_order_so_titles_do(tmp_path: Path) -> None:
    book = opened(tmp_path, pages("<a href=p/c.html>"))
    assert around(book, "p/b.html") == ("p/a.html", "p/c.html")


def test_what_a_page_says_of_its_neighbours_counts_most(tmp_path: Path) -> None:
    said = '<link rel="prev" href="d.html"><a rel="up next" href="%62.html">n</a><a rel=next href=c.html>'
    book = opened(tmp_path, pages("", a=said), redirects={"p/old.html": ("Old", "p/d.html")})
    assert around(book, "p/a.html") == ("p/d.html", "p/b.html")


def test_the_way_back_to_the_first_page_is_found_though_nobody_names_it(tmp_path: Path) -> None:
    links = "".join(f"<a href=p/{name}.html>{name}</a>" for name in NAMES)
    said = {name: f"<a rel=next href={after}.html>" for name, after in itertools.pairwise(NAMES)}
    book = opened(tmp_path, pages(links, **said))
    assert around(book, "index.html") == (None, "p/d.html")
    assert around(book, "p/d.html") == ("index.html", "p/a.html")
    assert around(book, "p/a.html") == (None, "p/c.html")
    other = opened(tmp_path, pages("<a href=p/c.html>", b="<a rel=next href=d.html>"))
    assert around(other, "p/b.html") == (None, "p/d.html"), "an order by titles leads to no first page"


def test_neighbours_that_are_not_there_or_no_pages_do_not_count(tmp_path: Path) -> None:
    entries = pages("", a="<a rel=next href=gone.html><a rel=prev href=x.png>")
    book = opened(tmp_path, {**entries, "p/x.png": Entry(b"x", mimetype="image/png")})
    assert around(book, "p/a.html") == (None, "p/b.html")


@pytest.mark.parametrize(
    "page",
    [
        "<a " * 100_000,
        "<a href='" + "x" * 300_000,
        "<link rel=" + " " * 300_000,
        "<a" + " rel=next href=" * 20_000 + ">",
    ],
    ids=["open tags", "long address", "blanks", "attributes"],
)
def test_hostile_pages_are_looked_through(tmp_path: Path, page: str) -> None:
    book = opened(tmp_path, pages(page, a=page))
    assert around(book, "p/a.html") == (None, "p/b.html")


@pytest.mark.parametrize(
    ("base", "reference", "path"),
    [
        ("a/b.html", "c.html", "a/c.html"),
        ("a/b.html", "../c.html?x#y", "c.html"),
        ("a/b.html", "./d%20e&amp;f.html", "a/d e&f.html"),
        ("a/b.html", "../../c.html", None),
        ("a/b.html", "/c.html", None),
        ("a/b.html", "#x", None),
        ("a/b.html", "javascript:alert(1)", None),
        ("a/b.html", "http://[", None),
        ("a/b.html", "a%00b", None),
    ],
)
def test_links_lead_to_paths(base: str, reference: str, path: str | None) -> None:
    assert resolve(base, reference) == path


def test_paths_that_no_browser_can_ask_for() -> None:
    assert [has_address(path) for path in ("a/b", "..a/b..", "a/../b", "a/%2E./b", ".")] == [
        True,
        True,
        False,
        False,
        False,
    ]
