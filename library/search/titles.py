"""Finds pages by their titles, without any index: what search falls back to while a book is not in the index yet."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from library.book import Book
from library.errors import LibraryError
from library.listing import Listed
from library.page import ContentsLine
from library.search.folding import Word, fold
from library.shelf import Shelf

_LARGEST_SCANNED: Final = 3000
"""Pages; the titles of larger books are looked up in the book's own index."""
_MOST_KEPT: Final = 50
_FROM_EACH: Final = 10


@dataclass(frozen=True)
class TitleFound:
    """One page found by its title."""

    key: str
    title: str
    path: str


class TitleSearch:
    """Searches the titles of one shelf; the folded titles of small books are kept in memory."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._titles: dict[str, list[tuple[str, ContentsLine]]] = {}
        self._lock = threading.Lock()

    def find(self, words: Sequence[Word], keys: Iterable[str], most: int) -> list[TitleFound]:
        """Pages of these books whose title holds every word, a few from each book, ``most`` altogether."""
        found: list[TitleFound] = []
        for key in keys if words else ():
            try:
                listed, book = self._shelf.open(key)
                lines = self._lines(book, listed, words)
            except LibraryError:
                continue
            found += [TitleFound(key, line.title, line.path) for line in lines[:_FROM_EACH]]
            if len(found) >= most:
                break
        return found[:most]

    def _lines(self, book: Book, listed: Listed, words: Sequence[Word]) -> list[ContentsLine]:
        if book.contents_length() > _LARGEST_SCANNED:
            return book.suggest(" ".join(word.folded for word in words), _FROM_EACH)
        return [line for title, line in self._folded(book, listed) if all(word.folded in title for word in words)]

    def _folded(self, book: Book, listed: Listed) -> list[tuple[str, ContentsLine]]:
        edition = listed.facts.edition if listed.facts else listed.file
        with self._lock:
            if edition not in self._titles:
                if len(self._titles) >= _MOST_KEPT:
                    self._titles.clear()
                self._titles[edition] = [(fold(line.title), line) for line in book.contents(0, _LARGEST_SCANNED)]
            return self._titles[edition]
