"""Finds the pages of the largest books by the full-text index in their own file, which knows marks but not đ."""

from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import Final

from library.book import Page
from library.errors import LibraryError
from library.folding import Word, tidy, typed_words, words
from library.page_index import PageFound
from library.plain_text import decode, text_of
from library.shelf import Shelf

_MOST_VARIANTS: Final = 8
_LARGEST_READ: Final = 128 * 1024
_EXACT, _FOLDED = 1, 4


def variants(typed: Sequence[Word]) -> Iterator[str]:
    """What was typed in every spelling with d and đ, at most eight; that which was typed is the first.

    Xapian's index in a ZIM file drops marks that Unicode parts from their letters; đ it keeps.
    """
    choices = [_spellings(word) for word in typed]
    return (" ".join(chosen) for chosen in islice(product(*choices), _MOST_VARIANTS))


def _spellings(word: Word) -> list[str]:
    if "đ" in word.marked:
        return [word.folded.replace("d", "đ")] if word.folded.count("d") == word.marked.count("đ") else _each(word)
    if word.has_marks or "d" not in word.folded:
        return [word.folded]
    return _each(word)


def _each(word: Word) -> list[str]:
    """The word with each d as d and as đ."""
    letters = [("d", "đ") if letter == "d" else (letter,) for letter in word.folded]
    return ["".join(chosen) for chosen in islice(product(*letters), 4)]


class LargeBooks:
    """Searches large books of one shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def find(self, key: str, typed: str, wanted: Sequence[Word], most: int) -> tuple[list[PageFound], int]:
        """The best pages of a book, and about how many there are; none where it has no full-text index."""
        try:
            _, book = self._shelf.open(key)
            paths: dict[str, None] = {}
            total = 0
            for spelling in variants(wanted):
                found, count = book.full_text(spelling, most)
                paths.update(dict.fromkeys(found))
                total += count
        except LibraryError:
            return [], 0
        pages = []
        for path in islice(paths, 2 * most):
            try:
                page = book.page(path)
                if isinstance(page, Page):
                    pages.append(_found(page, wanted))
            except LibraryError:
                continue
        return sorted(pages, key=lambda page: page.tier)[:most], total


def _found(page: Page, wanted: Sequence[Word]) -> PageFound:
    """A page with as much of its text as is needed to see how it is marked."""
    text = ""
    if page.mimetype.startswith("text/html"):
        text = tidy(text_of(decode(b"".join(page.chunks(0, min(page.size, _LARGEST_READ))))))
    marked = {word.marked for word in words(text)} | {word.marked for word in typed_words(page.title, 50)}
    typed_marks = any(word.has_marks for word in wanted)
    tier = _EXACT if typed_marks and all(word.marked in marked for word in wanted) else _FOLDED
    return PageFound(0, tidy(page.title), page.path, text, tier)
