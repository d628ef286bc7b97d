"""Finds books and pages by their titles, typed with or without marks. Full text comes with an index of its own."""

import threading
from dataclasses import dataclass

from library.book import Book, ContentsLine
from library.errors import LibraryError
from library.listing import Listed
from library.shelf import Shelf
from library.vietnamese import fold

LONGEST_QUERY = 200
_MOST_WORDS = 8
_LARGEST_SCANNED = 3000
"""Pages; the titles of larger books are looked up in the book's own index."""


@dataclass(frozen=True)
class Hit:
    """One page found."""

    slug: str
    book_title: str
    title: str
    path: str


class TitleSearch:
    """Searches the titles of one shelf; the folded titles of small books are kept in memory."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._titles: dict[str, list[tuple[str, ContentsLine]]] = {}
        self._lock = threading.Lock()

    def books(self, query: str) -> list[Listed]:
        """The books whose title, description or name holds every word of the query."""
        words = _words(query)
        found = []
        for listed in self._shelf.ready().values() if words else ():
            facts = listed.facts
            text = fold(f"{facts.title} {facts.description} {facts.name}") if facts else ""
            if all(word in text for word in words):
                found.append(listed)
        return found

    def pages(self, query: str, most: int) -> list[Hit]:
        """Pages whose title holds every word of the query, a few from each book, ``most`` altogether."""
        words = _words(query)
        hits: list[Hit] = []
        for key, listed in self._shelf.ready().items() if words else ():
            try:
                _, book = self._shelf.open(key)
                lines = self._lines(book, listed, words, query)
            except LibraryError:
                continue
            title = listed.facts.title if listed.facts else key
            hits += [Hit(key, title, line.title, line.path) for line in lines[:10]]
            if len(hits) >= most:
                break
        return hits[:most]

    def _lines(self, book: Book, listed: Listed, words: list[str], query: str) -> list[ContentsLine]:
        if book.contents_length() > _LARGEST_SCANNED:
            return book.suggest(query, 10)
        return [line for title, line in self._folded(book, listed) if all(word in title for word in words)]

    def _folded(self, book: Book, listed: Listed) -> list[tuple[str, ContentsLine]]:
        edition = listed.facts.edition if listed.facts else listed.file
        with self._lock:
            if edition not in self._titles:
                if len(self._titles) >= 50:
                    self._titles.clear()
                self._titles[edition] = [(fold(line.title), line) for line in book.contents(0, _LARGEST_SCANNED)]
            return self._titles[edition]


def _words(query: str) -> list[str]:
    return fold(query[:LONGEST_QUERY]).split()[:_MOST_WORDS]
