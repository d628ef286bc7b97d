"""A book's own page on the hub's site: what it is, its contents, how to read on, its rights, the whole book to take."""

import math
from typing import Final
from urllib.parse import quote

from flask import Blueprint, Flask, abort, render_template, request
from flask.typing import ResponseReturnValue

from library.reading.opening import reading_address
from library.reading.order import ReadingOrders
from library.rights_words import rights_view
from library.serving.take_home import takeaway_address
from library.shelf import Shelf
from library.views import book_address, view

LINES_PER_PAGE: Final = 50


class BookHome:
    """The pages about one book.

    Args:
        shelf: the books.
        orders: in which order their pages follow each other.
    """

    def __init__(self, shelf: Shelf, orders: ReadingOrders) -> None:
        self._shelf = shelf
        self._orders = orders

    def install(self, app: Flask) -> None:
        """Add the pages to a site that knows ``slug``."""
        pages = Blueprint("book_home", __name__)
        pages.add_url_rule("/sach/<slug:key>/", view_func=self.show_book, endpoint="book")
        app.register_blueprint(pages)

    def show_book(self, key: str) -> ResponseReturnValue:
        """A book's own page."""
        listed, book = self._shelf.open(key)
        facts = listed.facts
        if facts is None:
            abort(404)
        length = self._orders.length(facts.edition, book)
        last = max(1, math.ceil(length / LINES_PER_PAGE))
        number = min(max(1, request.args.get("trang", 1, type=int)), last)
        lines = self._orders.contents(facts.edition, book, (number - 1) * LINES_PER_PAGE, LINES_PER_PAGE)
        contents = [(line.title, reading_address(key, line.path), code_address(key, line.path)) for line in lines]
        shown = view(listed)
        neighbours = (
            f"{shown.url}?trang={number - 1}" if number > 1 else None,
            f"{shown.url}?trang={number + 1}" if number < last else None,
        )
        return render_template(
            "library/book.html",
            book=shown,
            subjects=facts.subjects,
            rights=rights_view(facts.rights),
            file_url=takeaway_address(key) if facts.may_be_taken_home() else None,
            contents=contents,
            page=number,
            pages=last,
            page_urls=neighbours,
        )


def code_address(key: str, path: str) -> str:
    """Where the code of a book's page is shown."""
    return f"{book_address(key)}ma?trang={quote(path, safe='')}"
