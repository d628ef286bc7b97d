"""What a book or a film gives to the search index, page by page, always in the same order.

A film's pages are the passages of its subtitles: their "path" says where in the film they begin.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final, Protocol

from library.book import Book
from library.errors import LibraryError
from library.facts import Facts
from library.media.facts import MediaFacts
from library.media.files import read_companion
from library.media.passages import Passage, passages
from library.media.subtitles import cues, to_vtt
from library.page import ContentsLine, Page
from library.reading.ways import Way, way_of
from library.search.folding import Word, tidy, words
from library.search.plain_text import LARGEST_PAGE, decode, parts_at_seams, text_of

logger = logging.getLogger(__name__)

_MOST_DOCUMENTS: Final = 2_000
"""EPUBs, PDFs, films and sounds inside one book that are found by their titles."""
MOMENT: Final = "t="
"""How the path of a film's passage begins; the seconds follow."""


@dataclass(frozen=True)
class PageText:
    """One page for the index.

    Attributes:
        path: where it is.
        title: what is shown.
        title_words: by which words it is found above others, and suggested.
        text: what is shown of it.
        text_words: by which words it is found beside those.
    """

    path: str
    title: str
    title_words: Sequence[Word]
    text: str
    text_words: Sequence[Word]


class PageSource(Protocol):
    """The pages of one edition; ``whole`` says whether their texts are among what they give, not only titles."""

    @property
    def whole(self) -> bool:
        """Whether texts are given."""

    def __len__(self) -> int:
        """How many pages there are."""

    def read(self, ordinal: int, *, with_text: bool) -> PageText | None:
        """One page; None where there is nothing to find in it."""


class BookSource:
    """The pages of a book, and behind them the documents inside it that have titles.

    Args:
        path: its file.
        largest_whole: pages of the largest book whose texts are given.

    Raises:
        LibraryError, OSError: it cannot be opened.
    """

    def __init__(self, path: Path, largest_whole: int) -> None:
        self._book = Book(path)
        self.whole = self._book.contents_length() <= largest_whole
        self._indexes = self._book.front_articles(by_place=self.whole)
        beside = self._book.entries_beside(_is_document, _MOST_DOCUMENTS)
        self._documents = [found for found, _ in beside if _is_titled(found)]

    def __len__(self) -> int:
        """How many pages and documents there are."""
        return len(self._indexes) + len(self._documents)

    def read(self, ordinal: int, *, with_text: bool) -> PageText | None:
        """One page; one that cannot be read has its title only."""
        beside = ordinal - len(self._indexes)
        line = self._book.line(self._indexes[ordinal]) if beside < 0 else self._documents[beside]
        if line is None:
            return None
        title = tidy(line.title)
        text, text_words = "", list[Word]()
        if self.whole and with_text:
            try:
                text, text_words = _read(self._book, line.path)
            except (LibraryError, MemoryError) as error:
                logger.info("%s: %s", line.path[:200], error or "too large")
        return PageText(line.path, title, list(words(title)), text, text_words)


class FilmSource:
    """What is said in a film or a sound, in every language it has subtitles in.

    Its title is no word of each passage: the film itself is found by it.

    Args:
        folder: the content folder.
        facts, media: what is known of it.

    Raises:
        LibraryError: the subtitles are no longer those that were checked.
    """

    whole = True

    def __init__(self, folder: Path, facts: Facts, media: MediaFacts) -> None:
        self._title = tidy(facts.title)
        vtts = (to_vtt(read_companion(folder, words.companion)) for words in media.subtitles)
        self._passages: list[Passage] = list(chain.from_iterable(passages(cues(vtt)) for vtt in vtts))

    def __len__(self) -> int:
        """How many passages there are."""
        return len(self._passages)

    def read(self, ordinal: int, *, with_text: bool) -> PageText | None:
        """One passage."""
        if not with_text:
            return None
        passage = self._passages[ordinal]
        text = tidy(passage.text)
        return PageText(f"{MOMENT}{passage.start_s}", self._title, (), text, list(words(text)))


def _is_document(media_type: str) -> bool:
    return way_of(media_type) in {Way.EPUB, Way.PDF, Way.MEDIA}


def _is_titled(line: ContentsLine) -> bool:
    """Whether somebody gave it a title, so that people would look for it; its path is none."""
    return line.title != line.path


def _read(book: Book, path: str) -> tuple[str, list[Word]]:
    """The text of a page, and its words."""
    raw = _text_of(book, path)
    text = tidy(raw)
    return text, [*words(text), *words(tidy(parts_at_seams(raw)))]


def _text_of(book: Book, path: str) -> str:
    page = book.page(path)
    if not isinstance(page, Page) or not page.mimetype.startswith(("text/html", "application/xhtml", "text/plain")):
        return ""
    data = b"".join(page.chunks(0, min(page.size, LARGEST_PAGE)))
    return decode(data) if page.mimetype.startswith("text/plain") else text_of(decode(data))
