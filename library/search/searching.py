"""Searches everything on the shelf at once: books, films and sounds by what they say of themselves, pages by the index.

Whatever is missing is made up for: books that are not in the index yet are searched by their titles, and the texts of
the largest ones by the index in their own file.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final, NamedTuple

from markupsafe import Markup

from library.errors import IndexUnusableError
from library.facts import Kind
from library.languages import told_apart
from library.listing import Listed
from library.search.folding import Word, fold, tidy, typed_words
from library.search.index_place import edition_number, has_pages
from library.search.large_books import LargeBooks
from library.search.page_counting import COUNTED, Count
from library.search.page_index import Indexed, PageFound, PageIndex
from library.search.page_queries import MARKED_TIER
from library.search.snippets import Lamp
from library.search.titles import TitleSearch
from library.shelf import Shelf

logger = logging.getLogger(__name__)

LONGEST_QUERY: Final = 200
MOST_WORDS: Final = 8
_TITLE_TIER: Final = 9
_MOST_BY_TITLE: Final = 20
_MOST_TITLES: Final = 96
"""Pages looked through for suggestions, since many have the same title."""
_TITLES_OF_ONE: Final = 3


@dataclass(frozen=True)
class Wish:
    """What is looked for: the words, and what they are narrowed to where that is not empty.

    Attributes:
        typed: as somebody typed it, tidied.
        language: a code or several, as books state them.
        subject: as books state it.
        kind: one of ``library.facts.Kind``.
        book: the slug of one book.
    """

    typed: str
    language: str = ""
    subject: str = ""
    kind: str = ""
    book: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether not everything on the shelf is meant."""
        return bool(self.language or self.subject or self.kind or self.book)


class PageHit(NamedTuple):
    """One page found: its book's slug and title, its own title, path and text, and what lights up the words in them.

    Of a film or a sound (``kind``) the pages are passages of what is said in it (``library.search.page_sources``).
    """

    key: str
    book_title: str
    title: str
    path: str
    text: str
    tier: int
    lamp: Lamp
    kind: str = Kind.BOOK.value

    @property
    def lit_title(self) -> Markup:
        """The title with the words lit up."""
        return self.lamp.lit(self.title)

    @property
    def excerpt(self) -> str:
        """The piece of the text that answers best."""
        return self.lamp.excerpt(self.text)

    @property
    def snippet(self) -> Markup:
        """The same with the words lit up."""
        return self.lamp.lit(self.excerpt)


@dataclass(frozen=True)
class Findings:
    """What was found.

    Attributes:
        items: books, films and sounds, by slug, whose own words answer.
        pages: the best pages first.
        leading: how many of the items come before the pages; the others lack marks that were typed and pages have.
        total: how many items and pages there are altogether, counted to three hundred (``page_counting.COUNTED``).
        at_least: whether there are more than that.
        waiting: how many books, and films with subtitles, are not in the index yet.
    """

    items: tuple[tuple[str, Listed], ...] = ()
    pages: tuple[PageHit, ...] = ()
    total: int = 0
    at_least: bool = False
    waiting: int = 0
    leading: int = 0


@dataclass(frozen=True)
class Progress:
    """How many of the books on the shelf the index holds, and how many there are."""

    done: int
    total: int


def tidied(typed: str) -> str:
    """What somebody typed, without controls and within bounds."""
    plain = "".join(
        letter if letter.isprintable() or letter.isspace() else " " for letter in typed[: 4 * LONGEST_QUERY]
    )
    return tidy(plain)[:LONGEST_QUERY].strip()


@dataclass(frozen=True)
class _Shelved:
    """What does not change as long as the shelf does not.

    Attributes:
        everything, books: what the shelf holds, and the books among it.
        spoken: everything's own words, folded.
        said: all of these together: what is not in it, nothing says of itself.
        titles: the words of everything's title, folded.
        keys: the slugs of what has pages, by the numbers of their editions.
        shown: title and kind of everything.
    """

    everything: dict[str, Listed]
    books: dict[str, Listed]
    spoken: dict[str, str]
    said: str
    titles: dict[str, list[str]]
    keys: dict[int, str]
    shown: dict[str, tuple[str, str]]


class Search:
    """Searches one shelf.

    Args:
        shelf: what is on it.
        index: the index of all pages.
    """

    def __init__(self, shelf: Shelf, index: PageIndex) -> None:
        self._shelf = shelf
        self._index = index
        self._titles = TitleSearch(shelf)
        self._large = LargeBooks(shelf)
        self._known: _Shelved | None = None

    def find(self, wish: Wish, most: int, each: int) -> Findings:
        """What answers a wish; nothing for one without words.

        Args:
            wish: what is looked for.
            most: how many pages at most.
            each: how many of one book, as long as others have some too.

        Raises:
            ShelfUnavailableError: the list of books cannot be read.
        """
        words = typed_words(wish.typed, MOST_WORDS)
        shelved = self._shelved()
        if not words:
            return Findings()
        meant, keys = shelved.everything, shelved.keys
        if wish.is_narrowed:
            meant = {key: line for key, line in meant.items() if _is_meant(key, line, wish)}
            keys = {number: key for number, key in keys.items() if key in meant}
        items = [] if wish.book else _items(meant, shelved, words)
        pages, count, waiting = self._pages(shelved, keys, words, wish, most, each)
        leading = len(items)
        if any(word.has_marks for word in words) and pages and pages[0].tier <= MARKED_TIER:
            agreeing = [item for item in items if _agrees(item[1], words)]
            leading, items = len(agreeing), agreeing + [item for item in items if item not in agreeing]
        total = len(items) + count.pages
        at_least = count.at_least or total > COUNTED
        return Findings(tuple(items), tuple(pages), COUNTED if at_least else total, at_least, waiting, leading)

    def progress(self) -> Progress:
        """How far the index has come with what is on the shelf now, as readers find it.

        Raises:
            ShelfUnavailableError: the list of books cannot be read.
        """
        wanted = self._shelved().keys.keys()
        try:
            indexed = self._index.indexed()
        except IndexUnusableError:
            indexed = Indexed()
        return Progress(len(wanted & (indexed.whole | indexed.titles)), len(wanted))

    def lamp(self, typed: str) -> Lamp:
        """What lights up the words of something typed."""
        return Lamp(typed, typed_words(typed, MOST_WORDS))

    def suggest(self, typed: str, most: int) -> list[tuple[str, str, str]]:
        """Titles that begin to be typed: slug, title and path of each; an empty path stands for the whole book.

        Raises:
            ShelfUnavailableError: the list of books cannot be read.
        """
        words = typed_words(tidied(typed), MOST_WORDS)
        if not words:
            return []
        shelved = self._shelved()
        once: dict[str, tuple[str, str, str]] = {}
        for key, title, path in self._begun(shelved, words):
            once.setdefault(fold(title), (key, title, path))
            if len(once) >= most:
                break
        return list(once.values())

    def _begun(self, shelved: _Shelved, words: Sequence[Word]) -> Iterator[tuple[str, str, str]]:
        """Titles that begin to be typed, those of whole books first; as far as they are taken."""
        for key, line in shelved.everything.items():
            if line.facts and _begins(shelved.titles[key], words):
                yield key, line.facts.title, ""
        try:
            for page in self._index.titles(words, _MOST_TITLES, _TITLES_OF_ONE, shelved.keys.keys()):
                yield shelved.keys[page.edition], page.title, page.path
        except IndexUnusableError:
            return

    def _shelved(self) -> _Shelved:
        """The shelf as it is now, with what was made of it."""
        everything, known = self._shelf.everything(), self._known  # another thread may put a newer one in its place
        if known is None or known.everything is not everything:
            books = self._shelf.ready()
            spoken = {key: _own_words(line) for key, line in everything.items()}
            titles = {key: _title_words(line) for key, line in everything.items()}
            said, keys = "".join(spoken.values()), _by_edition(everything)
            shown = {key: (line.facts.title if line.facts else key, line.kind) for key, line in everything.items()}
            self._known = known = _Shelved(everything, books, spoken, said, titles, keys, shown)
        return known

    def _pages(
        self, shelved: _Shelved, keys: dict[int, str], words: Sequence[Word], wish: Wish, most: int, each: int
    ) -> tuple[list[PageHit], Count, int]:
        """The best pages, how many there are, and how many books are not in the index yet."""
        try:
            indexed = self._index.indexed()
            found = self._index.find(words, most, each, keys.keys(), narrowed=len(keys) < len(shelved.keys))
            pages, total, at_least = list(found.pages), found.total, found.at_least
        except IndexUnusableError:
            indexed, pages, total, at_least = Indexed(), [], 0, False
        lamp = Lamp(wish.typed, words)
        hits = [_hit(shelved, keys[page.edition], page, lamp) for page in pages]
        if keys.keys() <= indexed.whole:
            return hits[:most], Count(total, at_least), 0
        known = {(hit.key, hit.path) for hit in hits}
        large = [keys[number] for number in keys if number in indexed.titles]
        missing = [key for number, key in keys.items() if number not in indexed.whole and number not in indexed.titles]
        waiting = [key for key in missing if key in shelved.books]
        more: list[PageHit] = []
        for key in large:
            found_there, count = self._large.find(key, wish.typed, words, min(each, most))
            total += count
            more += [_hit(shelved, key, page, lamp) for page in found_there]
        for line in self._titles.find(words, waiting, _MOST_BY_TITLE):
            page = PageFound(0, tidy(line.title), line.path, "", _TITLE_TIER)
            more.append(_hit(shelved, line.key, page, lamp))
            total += (line.key, line.path) not in known
        more = [hit for hit in more if (hit.key, hit.path) not in known]
        return _merged(hits, more)[:most], Count(total, at_least), len(missing)


def _hit(shelved: _Shelved, key: str, page: PageFound, lamp: Lamp) -> PageHit:
    book_title, kind = shelved.shown[key]
    return PageHit(key, book_title, page.title, page.path, page.text, page.tier, lamp, kind)


def _items(meant: dict[str, Listed], shelved: _Shelved, words: Sequence[Word]) -> list[tuple[str, Listed]]:
    wanted = [f" {word.folded}" for word in words]
    if not all(word in shelved.said for word in wanted):
        return []
    spoken = shelved.spoken
    found = [(key, line) for key, line in meant.items() if all(word in spoken[key] for word in wanted)]
    marked = [word.marked for word in words]

    def disagreement(item: tuple[str, Listed]) -> int:
        title = item[1].facts.title if item[1].facts else ""
        said = {word.marked for word in typed_words(title, 50)}
        return sum(word not in said for word in marked)

    return sorted(found, key=disagreement)


def _agrees(line: Listed, words: Sequence[Word]) -> bool:
    """Whether something's own words have the marks that were typed."""
    said = {word.marked for word in _said(line)}
    return all(word.marked in said for word in words if word.has_marks)


def _is_meant(key: str, line: Listed, wish: Wish) -> bool:
    facts = line.facts
    return facts is not None and (
        (not wish.book or key == wish.book)
        and (not wish.kind or line.kind == wish.kind)
        and (not wish.language or not set(told_apart(wish.language)).isdisjoint(told_apart(facts.language)))
        and (not wish.subject or fold(wish.subject) in {fold(subject) for subject in facts.subjects})
    )


def _by_edition(everything: dict[str, Listed]) -> dict[int, str]:
    return {
        edition_number(line.facts.edition): key for key, line in everything.items() if line.facts and has_pages(line)
    }


def _own_words(line: Listed) -> str:
    return "".join(f" {word.folded}" for word in _said(line))


def _said(line: Listed) -> list[Word]:
    """The words that something says of itself."""
    facts = line.facts
    if facts is None:
        return []
    said = [facts.title, facts.description, facts.name, facts.creator, facts.publisher, *facts.subjects]
    return typed_words(" ".join(said), 2000)


def _title_words(line: Listed) -> list[str]:
    return [word.folded for word in typed_words(line.facts.title if line.facts else "", 100)]


def _begins(title: Sequence[str], words: Sequence[Word]) -> bool:
    whole = all(word.folded in title for word in words[:-1])
    return whole and any(word.startswith(words[-1].folded) for word in title)


def _merged(hits: list[PageHit], more: list[PageHit]) -> list[PageHit]:
    """Both lists in one, tier by tier, by turns within a tier: their places cannot be compared otherwise."""
    merged = []
    for tier in sorted({hit.tier for hit in (*hits, *more)}):
        mine = [hit for hit in hits if hit.tier == tier]
        theirs = [hit for hit in more if hit.tier == tier]
        merged += [hit for pair in zip_longest(mine, theirs) for hit in pair if hit is not None]
    return merged
