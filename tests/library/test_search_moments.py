"""What the search's pages make of what was found: much of it, and what comes meanwhile."""

from typing import Any

from flask import Flask
from flask_babel import Babel

from library.facts import Facts
from library.listing import Listed, Stamp, State
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


class MuchFound:
    """Finds twenty films by their own words, all of which lead, and one page."""

    def find(self, _wish: Wish, _most: int, _each: int) -> Findings:
        """The same for every wish."""
        films = tuple((f"phim-{n}", film(f"phim-{n}")) for n in range(20))
        page = PageHit("new", "New", "A page", "a", "", 0, Lamp("a", []))
        return Findings(films, (page,), 21, leading=20)


def film(name: str) -> Listed:
    facts = Facts(
        name=name, title=name, language="vi", publisher="", creator="", description="", date="", uuid="",
        edition="1", articles=0, entries=0, main_path="", has_cover=False, kind="film",
    )  # fmt: skip
    return Listed(f"{name}.mp4", State.READY, "", "", Stamp(1, 1, 1, ""), "", facts)


def test_many_films_and_few_pages_fill_the_list_that_was_asked_for() -> None:
    shelf: Any = EmptyShelf()
    search: Any = MuchFound()
    app = Flask("site")
    Babel(app)
    SearchPages(shelf, search).install(app)
    asked = app.test_client().get("/api/search?q=a&limit=15").json
    assert asked is not None
    titles = [result["title"] for result in asked["results"]]
    assert titles == [*(f"phim-{n}" for n in range(7)), "A page", *(f"phim-{n}" for n in range(7, 14))]
    assert asked["total"] == 21
