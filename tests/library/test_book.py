"""What a book says of itself is taken with care, and its contents are in order."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from library.book import Book
from library.errors import BrokenFileError, PageNotFoundError, PageTooLargeError
from library.page import LARGEST_COMPRESSED_PAGE, Page
from library.testing import Crafted, Entry, bake_zim, craft_zim

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
PAGES = {f"{letter}.html": Entry(letter, title) for letter, title in zip("abc", ("Xoài", "Ổi", "Bưởi"), strict=True)}


def test_facts(tmp_path: Path) -> None:
    facts = Book(
        bake_zim(
            tmp_path / "quả_2024-05.zim",
            PAGES | {"s.css": Entry("p{}", mimetype="text/css", front=False)},
            name="qua",
            title="Quả ngon",
            language="vie,tyz",
            main_path="b.html",
            illustration_png=PNG,
            metadata={"Publisher": " Xã ", "Creator": "Bà Tư", "LongDescription": "Dài", "Date": "2024-05-01"},
        )
    ).facts()
    assert (facts.name, facts.title, facts.language, facts.publisher) == ("qua", "Quả ngon", "vie,tyz", "Xã")
    assert (facts.creator, facts.description, facts.date) == ("Bà Tư", "Dài", "2024-05-01")
    assert (facts.articles, facts.entries, facts.main_path, facts.has_cover) == (3, 4, "b.html", True)
    assert len(facts.edition) == 32


def test_a_book_that_says_nothing(tmp_path: Path) -> None:
    book = Book(bake_zim(tmp_path / "quả_2024-05.zim", PAGES, name=None, language=""))
    facts = book.facts()
    assert (facts.name, facts.title, facts.language, facts.has_cover) == ("quả", "quả", "", False)
    assert facts.main_path in PAGES
    assert book.cover() is None


def test_overlong_and_strange_words_are_left_out(tmp_path: Path) -> None:
    words = {
        "Publisher": "x" * 100_000,
        "Description": b"\xff\xfea\0b",
        "X-Hub-Codes": json.dumps({"K7M2QXA": "x" * 3_000_000}),
    }
    book = Book(bake_zim(tmp_path / "a.zim", PAGES, name="a", metadata=words))
    facts = book.facts()
    assert facts.publisher == ""
    assert facts.description == "\ufffd\ufffdab"
    assert len(book.claimed_codes()["K7M2QXA"]) == 3_000_000


@pytest.mark.parametrize("picture", [b"<svg onload=alert(1)>", b"", PNG + bytes(2_000_000)])
def test_only_a_reasonable_png_is_a_cover(tmp_path: Path, picture: bytes) -> None:
    book = Book(bake_zim(tmp_path / "a.zim", PAGES, name="a", illustration_png=picture or b"x"))
    assert book.cover() is None


def test_contents_are_in_the_order_of_titles(tmp_path: Path) -> None:
    book = Book(bake_zim(tmp_path / "a.zim", PAGES, name="a"))
    assert book.contents_length() == 3
    assert [line.title for line in book.contents(0, 10)] == ["Bưởi", "Xoài", "Ổi"]
    assert [line.path for line in book.contents(1, 1)] == ["a.html"]
    assert book.contents(3, 5) == []


def test_suggestions(tmp_path: Path) -> None:
    book = Book(bake_zim(tmp_path / "a.zim", PAGES, name="a", searchable=True))
    assert [line.path for line in book.suggest("xo", 5)] == ["a.html"]
    assert book.suggest("", 5) == []
    for odd in ("\0", "*", '"', "a" * 10_000, "AND", "😀"):
        book.suggest(odd, 5)
    assert Book(craft_zim(tmp_path / "b.zim", [Crafted("C/a", b"a")], version=(6, 1))).suggest("a", 5) == []


def test_a_large_packed_page_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    large = Entry(bytes(LARGEST_COMPRESSED_PAGE + 1), mimetype="application/x", compress=True)
    book = Book(bake_zim(tmp_path / "a.zim", PAGES | {"large": large}, name="a"))
    with pytest.raises(PageTooLargeError):
        book.page("large").read()  # type: ignore[union-attr]
    with pytest.raises(PageTooLargeError):
        book.page("large").chunks(0, 10)  # type: ignore[union-attr]


def test_chunks_are_the_page(tmp_path: Path) -> None:
    text = bytes(range(256)) * 4000
    entries = {
        "plain": Entry(text, mimetype="video/x", compress=False),
        "packed": Entry(text, mimetype="x/x", compress=True),
    }
    book = Book(bake_zim(tmp_path / "a.zim", PAGES | entries, name="a"))
    for path in entries:
        page = book.page(path)
        assert isinstance(page, Page)
        for start, size in ((0, len(text)), (1, 600_000), (262_143, 2), (len(text), 0), (5, 0)):
            assert b"".join(page.chunks(start, size)) == text[start : start + size]


def test_what_is_no_book(tmp_path: Path) -> None:
    path = tmp_path / "a.zim"
    for data in (b"", b"ZIM\x04", bytes(100), b"ZIM\x04" + bytes(100)):
        path.write_bytes(data)
        with pytest.raises(BrokenFileError):
            Book(path)
    with pytest.raises(FileNotFoundError):
        Book(tmp_path / "none.zim")


def test_a_redirect_to_nothing(tmp_path: Path) -> None:
    entries = [Crafted("A/a", b"a"), Crafted("A/r", redirect="A/r2"), Crafted("A/r2", redirect="A/r")]
    book = Book(craft_zim(tmp_path / "a.zim", entries, main="A/r"))
    with pytest.raises(PageNotFoundError):
        book.page("A/r")
    assert book.main_path() == "A/a"


def test_many_threads_read_one_book(tmp_path: Path) -> None:
    texts = {f"{number}.html": (str(number) * 5000).encode() for number in range(60)}
    book = Book(
        bake_zim(tmp_path / "a.zim", {path: Entry(text) for path, text in texts.items()}, name="a", cluster_bytes=9000)
    )
    faults: list[str] = []

    def read(first: int) -> None:
        for number in range(120):
            path = f"{(first + number * 7) % 60}.html"
            page = book.page(path)
            if not isinstance(page, Page) or page.read() != texts[path]:
                faults.append(path)

    threads = [threading.Thread(target=read, args=(first,)) for first in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


@pytest.mark.parametrize(
    ("tags", "subjects"),
    [
        ("nông nghiệp;_category:Cây ăn quả;_ftindex:yes", ("nông nghiệp", "Cây ăn quả")),
        ("_category:other;other;demo;;_pictures:no", ()),
        ("wikipedia;nopic;novid;nodet", ("wikipedia",)),
        ("a;b; a ;_category:b", ("a", "b")),
        ("", ()),
    ],
)
def test_subjects_are_the_tags_that_name_one(tmp_path: Path, tags: str, subjects: tuple[str, ...]) -> None:
    bake_zim(tmp_path / "a.zim", {"a.html": Entry("<p>a", "A")}, name="a", metadata={"Tags": tags})
    assert Book(tmp_path / "a.zim").facts().subjects == subjects


def test_a_licence_alone_is_what_is_known_of_rights_unless_the_hub_was_told(tmp_path: Path) -> None:
    told = json.dumps({"holder": "Trạm khuyến nông", "licence": "CC0", "uses": ["hub"]})
    for name, more, holder, may in (("a", {}, "", True), ("b", {"X-Hub-Rights": told}, "Trạm khuyến nông", False)):
        metadata: dict[str, str | bytes] = {"License": "CC-BY-4.0", **more}
        facts = Book(bake_zim(tmp_path / f"{name}.zim", {"a": Entry("<p>a")}, name=name, metadata=metadata)).facts()
        assert facts.rights is not None
        assert (facts.rights.holder, facts.may_be_taken_home()) == (holder, may)
