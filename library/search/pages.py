"""The pages and addresses of search: ``/tim`` for people, ``/api/search`` and ``/api/suggest`` for programs."""

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup, escape

from library.facts import Kind
from library.languages import language_names, told_apart
from library.listing import Listed
from library.reading.opening import reading_address
from library.search.folding import fold
from library.search.page_sources import MOMENT
from library.search.searching import Findings, PageHit, Search, Wish, tidied
from library.shelf import Shelf
from library.views import BookView, clock_text, item_address, view

_PAGES_SHOWN: Final = 30
_FROM_EACH: Final = 3
_FROM_ONE: Final = 50
_MOST_ASKED: Final = 100
_SUGGESTED: Final = 8
_MOST_CHOICES: Final = 60


@dataclass(frozen=True)
class Item:
    """A book, a film or a sound found, with its title lit up."""

    view: BookView
    title: Markup


@dataclass(frozen=True)
class Choice:
    """One line of a list to choose from."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True)
class PageLine:
    """A page found, ready for the template."""

    title: Markup
    snippet: Markup
    url: str


@dataclass(frozen=True)
class Group:
    """The pages found in one book; ``more_url`` leads to all of them."""

    book: BookView
    pages: list[PageLine]
    more_url: str


class SearchPages:
    """The search's part of the hub's site.

    Args:
        shelf: what is on it.
        search: searches it.
    """

    def __init__(self, shelf: Shelf, search: Search) -> None:
        self._shelf = shelf
        self._search = search

    def install(self, app: Flask) -> None:
        """Add the pages to a site."""
        pages = Blueprint("search", __name__)
        pages.add_url_rule("/tim", view_func=self.show, endpoint="show")
        pages.add_url_rule("/api/search", view_func=self.answer, endpoint="api")
        pages.add_url_rule("/api/suggest", view_func=self.suggest, endpoint="suggest")
        app.register_blueprint(pages)

    def show(self) -> ResponseReturnValue:
        """What was found, book by book."""
        wish = _wish()
        everything = self._shelf.everything()
        one = everything.get(wish.book)
        found = self._search.find(wish, _FROM_ONE if one else _PAGES_SHOWN, _FROM_ONE if one else _FROM_EACH)
        lamp = self._search.lamp(wish.typed)
        items = [Item(self._view(line), lamp.lit(line.facts.title if line.facts else "")) for _key, line in found.items]
        return render_template(
            "library/search.html",
            query=wish.typed,
            wish=wish,
            items=items[: found.leading],
            others=items[found.leading :],
            groups=self._groups(found, wish, everything),
            one=self._view(one) if one else None,
            everywhere_url=_address(replace(wish, book="")),
            total=found.total,
            at_least=found.at_least,
            waiting=found.waiting,
            book_languages=_languages(everything, wish),
            subjects=_subjects(everything, wish),
            kinds=_kinds(everything, wish),
        )

    def answer(self) -> ResponseReturnValue:
        """The best results, for programs."""
        limit = min(max(0, request.args.get("limit", 10, type=int)), _MOST_ASKED)
        found = self._search.find(_wish(), max(1, limit), _FROM_EACH)
        half = min(found.leading, max(1, limit // 2))
        items = [self._item_result(key, line) for key, line in found.items]
        results = [*items[:half], *map(_page_result, found.pages), *items[half:]]
        more = {"at_least": True} if found.at_least else {}
        return _json(results=results[:limit], total=found.total, **more)

    def _item_result(self, key: str, line: Listed) -> dict[str, str]:
        title = line.facts.title if line.facts else key
        description = line.facts.description if line.facts else ""
        return {"title": title, "book": title, "url": self._view(line).url, "snippet": description[:200]}

    def suggest(self) -> ResponseReturnValue:
        """Titles that begin with what was typed so far, for the search box."""
        everything = self._shelf.everything()
        suggestions = []
        for key, title, path in self._search.suggest(request.args.get("q", ""), _SUGGESTED):
            if key not in everything:  # it came onto the shelf since we looked
                continue
            facts = everything[key].facts
            url = reading_address(key, path) if path else self._view(everything[key]).url
            suggestions.append({"title": title, "book": facts.title if facts else key, "url": url})
        return _json(suggestions=suggestions)

    def _groups(self, found: Findings, wish: Wish, everything: dict[str, Listed]) -> list[Group]:
        groups: dict[str, Group] = {}
        for hit in found.pages:
            if hit.key not in everything:  # it came onto the shelf since we looked
                continue
            if hit.key not in groups:
                more = _address(replace(wish, book=hit.key))
                groups[hit.key] = Group(self._view(everything[hit.key]), [], more)
            groups[hit.key].pages.append(PageLine(_title(hit), hit.snippet, _url(hit)))
        return list(groups.values())

    def _view(self, listed: Listed) -> BookView:
        return view(listed)


def _page_result(hit: PageHit) -> dict[str, str]:
    return {"title": hit.title, "book": hit.book_title, "url": _url(hit), "snippet": hit.excerpt}


def _url(hit: PageHit) -> str:
    """Where a page is read; where a film or a sound is opened at the passage."""
    return (
        reading_address(hit.key, hit.path) if hit.kind == Kind.BOOK else f"{item_address(hit.kind, hit.key)}?{hit.path}"
    )


def _title(hit: PageHit) -> Markup:
    """A page's title with the words lit up; of a passage the moment at which it begins."""
    if hit.kind == Kind.BOOK:
        return hit.lit_title
    seconds = hit.path.removeprefix(MOMENT)
    # Translators: a passage of a film, by the time at which it begins, such as 1:05 or 1:02:05.
    return escape(_("From %(time)s", time=clock_text(int(seconds) if seconds.isdecimal() else 0)))


def _wish() -> Wish:
    asked = request.args
    kind = asked.get("loai", "")
    return Wish(
        typed=tidied(asked.get("q", "")),
        language=asked.get("ngon-ngu", "")[:40],
        subject=tidied(asked.get("chu-de", "")),
        kind=kind if kind in set(Kind) else "",
        book=asked.get("sach", "")[:120],
    )


def _address(wish: Wish) -> str:
    named = {
        "q": wish.typed,
        "ngon-ngu": wish.language,
        "chu-de": wish.subject,
        "loai": wish.kind,
        "sach": wish.book,
    }
    return "/tim?" + urlencode({name: value for name, value in named.items() if value})


def _languages(everything: dict[str, Listed], wish: Wish) -> list[Choice]:
    codes = {code for line in everything.values() for code in told_apart(line.facts.language if line.facts else "")}
    wished = told_apart(wish.language)
    named = [Choice(code, language_names(code, get_locale()), code in wished) for code in codes]
    return _choices(named)


def _subjects(everything: dict[str, Listed], wish: Wish) -> list[Choice]:
    said = {subject for line in everything.values() if line.facts for subject in line.facts.subjects}
    once = {fold(subject): subject for subject in sorted(said)}
    return _choices([Choice(name, name, folded == fold(wish.subject)) for folded, name in once.items()])


def _kinds(everything: dict[str, Listed], wish: Wish) -> list[Choice]:
    names = {Kind.BOOK.value: _("Books"), Kind.FILM.value: _("Films"), Kind.SOUND.value: _("Sound")}
    here = {line.kind for line in everything.values()}
    return [Choice(kind, name, kind == wish.kind) for kind, name in names.items() if kind in here]


def _choices(named: list[Choice]) -> list[Choice]:
    return sorted(named, key=lambda choice: choice.text.casefold())[:_MOST_CHOICES]


def _json(**document: object) -> Response:
    response = jsonify(document)
    response.headers["Cache-Control"] = "no-store"
    return response
