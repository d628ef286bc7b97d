"""A book that comes onto the shelf while a search is answered."""

from typing import Any

from flask import Flask

from library.listing import Listed
from library.search.pages import SearchPages
from library.search.searching import Findings, PageHit, Wish
from library.search.snippets import Lamp


class EmptyShelf:
    """The shelf as it was when the answer began."""

    def everything(self) -> dict[str, Listed]:
        """Nothing yet."""
        return {}


class SearchThatKnowsMore:
    """Looks at the shelf a moment later, when a book has come."""

    def suggest(self, _typed: str, _most: int) -> list[tuple[str, str, str]]:
        """A title of the new book."""
        return [("new", "A page", "a")]


def pages() -> SearchPages:
    shelf: Any = EmptyShelf()
    search: Any = SearchThatKnowsMore()
    return SearchPages(shelf, search)


def test_a_suggestion_from_a_book_that_has_just_come_waits_for_the_next_letter() -> None:
    app = Flask("site")
    pages().install(app)
    reply = app.test_client().get("/api/suggest?q=a")
    assert (reply.status_code, reply.json) == (200, {"suggestions": []})


def test_a_page_found_in_a_book_that_has_just_come_waits_for_the_next_search() -> None:
    hit = PageHit("new", "New", "A page", "a", "", 0, Lamp("a", []))
    assert pages()._groups(Findings(pages=(hit,), total=1), Wish("a"), {}) == []
