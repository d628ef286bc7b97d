"""The reading desk: a page of the hub with a reading bar, which frames a book's page from the books' own origin.

The desk's script hears from the framed page which page it is, and asks here for that page's name and neighbours. What
it heard is a stranger's word: it is only ever a path, looked up in this one book.
"""

from collections.abc import Callable

from flask import Blueprint, Flask, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.routing import BaseConverter

from library.book import Book
from library.errors import PageNotFoundError
from library.listing import Listed
from library.page import ContentsLine, Page
from library.reading.opening import READING_PREFIX, Way, opening_address, reading_address, way_of
from library.reading.order import ReadingOrders, has_address
from library.serving.pages import FRAMED_PREFIX, PREFIX, decode_path, entry_address
from library.shelf import Shelf
from library.views import book_address, view


class EntryConverter(BaseConverter):
    """The path of an entry in an address: anything at all, slashes in any number included."""

    regex = ".*?"
    part_isolating = False


class ReadingDesk:
    """The pages on which books are read.

    Args:
        shelf: the books.
        orders: in which order their pages follow each other.
        books_origin: scheme, host and port where the pages of books are served, for the request being answered.
        hub_origin: the same for the hub's own site.
        reading_origin: the same for this desk, which must be able to frame the books.
    """

    def __init__(
        self,
        shelf: Shelf,
        orders: ReadingOrders,
        books_origin: Callable[[], str],
        hub_origin: Callable[[], str],
        reading_origin: Callable[[], str],
    ) -> None:
        self._shelf = shelf
        self._orders = orders
        self._books_origin = books_origin
        self._hub_origin = hub_origin
        self._reading_origin = reading_origin

    def install(self, app: Flask) -> None:
        """Add the desk to a site that knows ``slug``."""
        app.url_map.converters["entry"] = EntryConverter
        pages = Blueprint("reading", __name__)
        pages.add_url_rule(f"{READING_PREFIX}<slug:key>/<entry:_path>", view_func=self.show_page, endpoint="page")
        pages.add_url_rule(f"/api{READING_PREFIX}<slug:key>", view_func=self.describe_page, endpoint="api_page")
        app.register_blueprint(pages)

    def show_page(self, key: str, _path: str) -> ResponseReturnValue:
        """One page of a book with the reading bar; what is no page is opened where it belongs."""
        if self._reading_origin() != self._hub_origin():
            return redirect(self._reading_origin() + reading_address(key, _asked_path(key)))
        listed, book = self._shelf.open(key)
        path = _asked_path(key)
        try:
            found = book.page(path) if path else book.main_path()
        except PageNotFoundError:
            if "tiep" in request.args:  # remembered by a phone; this edition has the page no longer
                return redirect(book_address(key))
            raise
        if not isinstance(found, Page):
            return redirect(reading_address(key, found) + ("?tiep" if "tiep" in request.args else ""))
        way = way_of(found.mimetype)
        if way not in {Way.PAGE, Way.SHOWN}:
            return redirect(opening_address(key, found.path, found.mimetype, self._books_origin()))
        prefix = FRAMED_PREFIX if way is Way.PAGE else PREFIX
        return render_template(
            "library/reading.html",
            book=view(listed),
            page=self._described(key, listed, book, found),
            frame_url=self._books_origin() + entry_address(key, found.path, prefix),
            books_origin=self._books_origin(),
            walled=self._books_origin() == self._hub_origin(),
        )

    def describe_page(self, key: str) -> ResponseReturnValue:
        """What the reading bar shows for a page, for its script."""
        listed, book = self._shelf.open(key)
        found = book.page(request.args.get("trang", ""))
        page = found if isinstance(found, Page) else book.page(found)
        if not isinstance(page, Page) or not has_address(page.path):
            raise PageNotFoundError("There is no such page to read.")
        response = jsonify(self._described(key, listed, book, page))
        response.headers["Cache-Control"] = "no-cache"
        return response

    def _described(self, key: str, listed: Listed, book: Book, page: Page) -> dict[str, object]:
        edition = listed.facts.edition if listed.facts else ""
        neighbours = self._orders.neighbours(edition, book, page)
        return {
            "title": page.title or page.path,
            "path": page.path,
            "address": reading_address(key, page.path),
            "previous": _linked(key, neighbours.previous),
            "next": _linked(key, neighbours.following),
        }


def _linked(key: str, line: ContentsLine | None) -> dict[str, str] | None:
    if line is None or not has_address(line.path):
        return None
    return {"title": line.title, "address": reading_address(key, line.path)}


def _asked_path(key: str) -> str:
    """The path asked for, as it was written; a browser's own way of writing it does not count.

    Raises:
        PageNotFoundError: it is no path that an entry can have.
    """
    try:
        return decode_path(request.environ["PATH_INFO"]).removeprefix(f"{READING_PREFIX}{key}/")
    except ValueError:
        raise PageNotFoundError("There is no such page to read.") from None
