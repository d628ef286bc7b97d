"""Finds the pages of the largest books by the full-text index in their own file, which knows marks but not đ."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice, product, zip_longest
from typing import Final

from library.book import Book
from library.errors import LibraryError
from library.page import Page
from library.search.folding import Word, tidy, typed_words, words
from library.search.page_index import PageFound
from library.search.plain_text import decode, text_of
from library.shelf import Shelf

_MOST_SPELLINGS: Final = 16
_MOST_READ: Final = 12
"""Pages that are read to see whether they have the typed marks."""
_LARGEST_READ: Final = 128 * 1024
_EXACT, _FOLDED = 1, 4


def spellings(typed: Sequence[Word], is_there: Callable[[str], bool]) -> list[str]:
    """What was typed in every spelling with d and đ that any page has.

    Xapian's index in a ZIM file drops marks that Unicode parts from their letters; đ it keeps. Spellings grow word by
    word, those that cannot be doubted first, and what no page has grows no further: so few are tried of very many.

    Args:
        typed: the words.
        is_there: whether any page has all the words of a text.
    """
    choices = sorted((_spellings(word) for word in typed), key=len)
    grown = [" ".join(one for (one,) in (each for each in choices if len(each) == 1))]
    for each in choices:
        if len(each) > 1:
            longer = (f"{begun} {one}".strip() for begun, one in product(grown, each))
            grown = list(islice(filter(is_there, longer), _MOST_SPELLINGS))
    return grown


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
        marks = any(word.has_marks for word in wanted)
        try:
            _, book = self._shelf.open(key)
            found = [
                book.full_text(spelling, max(2 * most, _MOST_READ))
                for spelling in spellings(wanted, lambda text: bool(book.full_text(text, 1)[0]))
            ]
        except LibraryError:
            return [], 0
        by_turns = chain.from_iterable(zip_longest(*(paths for paths, _ in found)))
        pages = list[PageFound]()
        for page in islice(_read(book, dict.fromkeys(filter(None, by_turns)), wanted), max(2 * most, _MOST_READ)):
            pages.append(page)
            if sum(page.tier == _EXACT or not marks for page in pages) >= most:
                break
        return sorted(pages, key=lambda page: page.tier)[:most], sum(count for _, count in found)


def _read(book: Book, paths: Iterable[str], wanted: Sequence[Word]) -> Iterator[PageFound]:
    """The pages of these paths, one by one, as far as they can be read."""
    for path in paths:
        with contextlib.suppress(LibraryError):
            page = book.page(path)
            if isinstance(page, Page):
                yield _found(page, wanted)


def _found(page: Page, wanted: Sequence[Word]) -> PageFound:
    """A page with as much of its text as is needed to see how it is marked."""
    text = ""
    if page.mimetype.startswith("text/html"):
        text = tidy(text_of(decode(b"".join(page.chunks(0, min(page.size, _LARGEST_READ))))))
    marked = {word.marked for word in words(text)} | {word.marked for word in typed_words(page.title, 50)}
    typed_marks = any(word.has_marks for word in wanted)
    tier = _EXACT if typed_marks and all(word.marked in marked for word in wanted) else _FOLDED
    return PageFound(0, tidy(page.title), page.path, text, tier)
