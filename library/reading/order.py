"""In which order the pages of a book follow each other: as it says itself, else as its first page lists them.

A page may name its neighbours (``rel="prev"``, ``rel="next"``; HTML, "Link types"). Where it does not, the first page
counts as a table of contents if it links to most of the book's articles; else articles follow each other by title.
Books are untrusted: they are looked through with expressions that take time in proportion to the text, up to a limit.
"""

import posixpath
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final
from urllib.parse import unquote, urlsplit

from library.book import Book
from library.errors import LibraryError, PageNotFoundError
from library.kept_values import Kept
from library.page import ContentsLine, Page
from library.reading.ways import Way, way_of
from library.sayings import one_line

LARGEST_READ: Final = 512 * 1024
"""Bytes; larger pages are not looked through."""
MOST_LISTED: Final = 1000
"""Articles; in larger books nobody leafs from the first page to the last."""
_TAG = re.compile(rb"<(?:a|link)\s([^<>]{1,3000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"""(?:^|\s)(href|rel)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_KEPT_BYTES = 64 * 1024


@dataclass(frozen=True)
class Neighbours:
    """What comes before and after a page."""

    previous: ContentsLine | None = None
    following: ContentsLine | None = None


class ReadingOrders:
    """Tells the order of books; keeps what was found out for the ones read last."""

    def __init__(self) -> None:
        self._orders: Kept[tuple[array[int], str | None]] = Kept(_KEPT_BYTES)

    def length(self, edition: str, book: Book) -> int:
        """How many lines the book's table of contents has."""
        order, first = self._order(edition, book)
        return (len(order) or book.contents_length()) + (first is not None)

    def contents(self, edition: str, book: Book, start: int, count: int) -> list[ContentsLine]:
        """Lines of the book's table of contents, in reading order."""
        order, first = self._order(edition, book)
        lines = []
        if first is not None:
            if start == 0 and count > 0:
                found = line_of(book, first)
                lines = [found] if found else []
                count -= 1
            start = max(0, start - 1)
        if not order:
            return lines + book.contents(start, count)
        return lines + [line for place in order[start : start + count] for line in book.contents(place, 1)]

    def neighbours(self, edition: str, book: Book, page: Page) -> Neighbours:
        """What comes before and after a page; who came from the book's first page finds the way back to it."""
        said = _said_neighbours(book, page)
        place = None if said.previous else self._place(edition, book, page)
        if said.following and place == 1:
            before = self.contents(edition, book, 0, 1)
            return Neighbours(before[0] if before and _is_first(book, before[0]) else None, said.following)
        if said.previous or said.following:
            return said
        if place is None:
            return Neighbours()
        before = self.contents(edition, book, place - 1, 1) if place > 0 else []
        after = self.contents(edition, book, place + 1, 1)
        return Neighbours(before[0] if before else None, after[0] if after else None)

    def _place(self, edition: str, book: Book, page: Page) -> int | None:
        order, first = self._order(edition, book)
        if first == page.path:
            return 0
        place = book.place_in_contents(page)
        if place is None:
            return None
        return (order.index(place) if order else place) + (first is not None)

    def _order(self, edition: str, book: Book) -> tuple["array[int]", str | None]:
        """Places in the contents by title, in reading order (none: that very order), and the page before all of them.

        The first page of a book is often no article, and yet it is where people begin.
        """
        known = self._orders.get((edition, ""))
        if known is None:
            known = _order_of(book)
            self._orders.keep((edition, ""), known, 4 * len(known[0]))
        return known


def _is_first(book: Book, line: ContentsLine) -> bool:
    """Whether this is the page with which the book begins."""
    try:
        page = page_at(book, book.main_path())
    except PageNotFoundError:
        return False
    return page is not None and page.path == line.path


def line_of(book: Book, path: str) -> ContentsLine | None:
    """The line for the page at ``path``, redirects followed; None where there is none that is read as a page."""
    page = page_at(book, path)
    return ContentsLine(page.title or one_line(page.path), page.path) if page else None


def page_at(book: Book, path: str) -> Page | None:
    """The HTML page at ``path``, redirects followed; None where there is none."""
    try:
        found = book.page(path)
        page = found if isinstance(found, Page) else book.page(found)
    except LibraryError:
        return None
    return page if isinstance(page, Page) and way_of(page.mimetype) is Way.PAGE else None


def has_address(path: str) -> bool:
    """Whether a browser can ask for a path: it takes the steps ``.`` and ``..`` itself (WHATWG URL, "dot segments")."""
    return not any(step.lower().replace("%2e", ".") in {".", ".."} for step in path.split("/"))


def _order_of(book: Book) -> tuple["array[int]", str | None]:
    none: array[int] = array("I")
    try:
        main = page_at(book, book.main_path())
    except PageNotFoundError:
        return none, None
    if main is None:
        return none, None
    own = book.place_in_contents(main)
    first = main.path if own is None else None
    count = book.contents_length()
    if count > MOST_LISTED:
        return none, first
    linked = _linked_places(book, main)
    if own is not None:
        linked = {own: None, **linked}
    if 2 * len(linked) < count:
        return none, first
    return array("I", [*linked, *(place for place in range(count) if place not in linked)]), first


def _linked_places(book: Book, main: Page) -> dict[int, None]:
    """Places in the contents of the articles that a page links to, in the page's order."""
    places: dict[int, None] = {}
    seen: set[str] = set()
    for _, target in _links(main):
        if len(seen) >= 2 * MOST_LISTED:
            break
        if target not in seen:
            seen.add(target)
            page = page_at(book, target)
            place = book.place_in_contents(page) if page else None
            if place is not None and page and page.path != main.path:
                places.setdefault(place)
    return places


def _said_neighbours(book: Book, page: Page) -> Neighbours:
    """The neighbours that a page names itself."""
    found: dict[str, ContentsLine] = {}
    for relations, target in _links(page):
        for relation in relations & {"prev", "previous", "next"}:
            key = "next" if relation == "next" else "prev"
            line = line_of(book, target) if key not in found else None
            if line and line.path != page.path:
                found[key] = line
    return Neighbours(found.get("prev"), found.get("next"))


def _links(page: Page) -> Iterator[tuple[set[str], str]]:
    """Every link of an HTML page that stays in its book: how it is related, and the path it leads to."""
    if way_of(page.mimetype) is not Way.PAGE or page.size > LARGEST_READ:
        return
    try:
        data = page.read()
    except LibraryError:
        return
    for tag in _TAG.finditer(data):
        said = {part[1].lower(): part[2] or part[3] or part[4] or b"" for part in _ATTRIBUTE.finditer(tag[1])}
        target = resolve(page.path, said.get(b"href", b"").decode("utf-8", "replace"))
        if target is not None:
            yield set(said.get(b"rel", b"").decode("ascii", "replace").lower().split()), target


def resolve(base: str, reference: str) -> str | None:
    """The path in the same book that a link on the page at ``base`` leads to; None where it leaves the book.

    Raises nothing: what is no address (RFC 3986, section 5.3) leads nowhere.
    """
    try:
        link = urlsplit(unescape(reference).strip())
    except ValueError:
        return None
    if link.scheme or link.netloc or not link.path or link.path.startswith("/") or "\0" in unquote(link.path):
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(link.path)))
    return None if path.startswith("../") or path in {".", ".."} else path
