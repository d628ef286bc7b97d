"""Reads the index of all pages, for the website: opened when first asked, seen anew when its filler has written."""

import json
import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import tantivy
from tantivy import DocAddress, Query

from library.errors import IndexUnusableError
from library.search.folding import Word
from library.search.hunting import Hunt, editions_of
from library.search.index_folder import open_index, readable
from library.search.index_place import COMPLETE, SUSPECT, folder_in
from library.search.page_counting import COUNTED, Count, at_least, count_pages
from library.search.page_queries import LAST_TIER, HowMany, Tier, begun_title, tiers

logger = logging.getLogger(__name__)

_ENOUGH_TITLES: Final = 24
"""Pages within their share with which a hunt for titles ends; many have the same title."""
_AGAIN_S: Final = 30.0
_WORDS_KEPT: Final = 2048


@dataclass(frozen=True)
class Indexed:
    """Which editions the index holds wholly: all their pages, or (of the largest ones) all their titles."""

    whole: frozenset[int] = frozenset()
    titles: frozenset[int] = frozenset()


class PageFound(NamedTuple):
    """One page out of the index; a lower ``tier`` agrees better with what was typed."""

    edition: int
    title: str
    path: str
    text: str
    tier: int


@dataclass(frozen=True)
class PagesFound:
    """The best pages, and how many there are altogether; ``at_least`` says that more were not counted."""

    pages: tuple[PageFound, ...] = ()
    total: int = 0
    at_least: bool = False


@dataclass(frozen=True)
class _Opened:
    """One state of the index; how many pages have a word is asked of each word again and again, and remembered."""

    mark: tuple[int, int, int]
    index: tantivy.Index
    searcher: tantivy.Searcher
    how_many: HowMany
    indexed: Indexed
    sizes: dict[int, int]
    has_holes: bool
    through_links: bool


class PageIndex:
    """The index in a folder; safe to use from several threads.

    Args:
        folder: the folder of the index, of all formats.
        spare: a folder that can be written, for the engine's lock where the first cannot; None where there is none.
        monotonic: a clock, in seconds.
    """

    def __init__(
        self, folder: Path, spare: Path | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder, self._spare, self._monotonic = folder_in(folder), spare, monotonic
        self._watched = (str(self._folder / "meta.json"), str(self._folder))
        self._opened: _Opened | None = None
        self._failed: tuple[int, int, int] | None = None
        self._failed_at = 0.0
        self._lock = threading.Lock()

    def indexed(self) -> Indexed:
        """What is in the index.

        Raises:
            IndexUnusableError: there is none, or it cannot be read.
        """
        return self._current().indexed

    def find(
        self, words: Sequence[Word], most: int, each: int, among: Collection[int], *, narrowed: bool
    ) -> PagesFound:
        """The best pages that hold every word.

        Args:
            words: what must be found; nothing is found for none.
            most: how many pages at most.
            each: how many of one edition, as long as other editions have pages too.
            among: editions from which pages may come.
            narrowed: whether ``among`` leaves out editions that are well in the index.

        Raises:
            IndexUnusableError: there is no index, or it cannot be read.
        """
        if not words or not among:
            return PagesFound()
        opened = self._current()
        with self._guarded(opened):
            hunt = Hunt(opened.searcher, opened.index.schema, among if narrowed else None, among, most, each)
            for tier in tiers(opened.index.schema, words, opened.how_many):
                if hunt.take(tier):
                    break
            pages = tuple(_page(opened.searcher, *chosen) for chosen in hunt.chosen(most))
            count = _count(opened, hunt, words, among, narrowed=narrowed)
        return PagesFound(pages, count.pages, count.at_least)

    def titles(self, words: Sequence[Word], most: int, share: int, among: Collection[int]) -> Iterator[PageFound]:
        """Pages whose titles hold every word, the last one perhaps not typed to its end; read as they are taken.

        Args:
            words: what was typed; nothing is found for none.
            most: how many pages at most.
            share: after so many pages of one edition come those of others, as long as these have any.
            among: editions from which pages may come.

        Raises:
            IndexUnusableError: there is no index, or it cannot be read.
        """
        if not words or not among:
            return
        opened = self._current()
        with self._guarded(opened):
            hunt = Hunt(opened.searcher, opened.index.schema, None, among, _ENOUGH_TITLES, share)
            hunt.take(Tier(LAST_TIER, begun_title(opened.index.schema, words)))
            chosen = hunt.chosen(most)
        for one in chosen:
            with self._guarded(opened):
                page = _page(opened.searcher, *one)
            yield page

    def _current(self) -> _Opened:
        """The index as it lies now."""
        mark = self._mark()
        opened = self._opened
        if opened is not None and opened.mark == mark:
            return opened
        if self._has_failed(mark):
            raise IndexUnusableError("The index could not be read.", "It is built anew by itself.")
        with self._lock:
            opened = self._opened
            if opened is not None and opened.mark == mark:
                return opened
            try:
                self._opened = self._open(mark, opened)
            except IndexUnusableError as error:
                self._give_up(mark, error)
                raise
            return self._opened

    def _mark(self) -> tuple[int, int, int]:
        try:
            notes, folder = map(os.stat, self._watched)
            return (folder.st_ino, notes.st_ino, notes.st_mtime_ns)
        except OSError:
            raise IndexUnusableError("There is no index yet.", "Wait until it is built.") from None

    def _open(self, mark: tuple[int, int, int], former: _Opened | None) -> _Opened:
        with readable(), self._writable() as folder:
            through_links = folder != self._folder
            if former is not None and former.mark[0] == mark[0] and not (through_links or former.through_links):
                index = former.index
            else:
                index = open_index(folder)
                index.config_reader("manual")
            has_holes = _has_holes(self._folder)  # first: newer notes than these have another mark
            index.reload()
            searcher = index.searcher()
            query = Query.term_query(index.schema, "mark", COMPLETE)
            addresses = [address for _, address in searcher.search(query, 65000, count=False).hits]
            kinds: dict[bool, set[int]] = {True: set(), False: set()}
            for address, edition in zip(addresses, editions_of(searcher, addresses), strict=True):
                kinds[bytes(searcher.doc(address)["text"][0]) == b"whole"].add(edition)
            indexed = Indexed(frozenset(kinds[True]), frozenset(kinds[False]))
            sizes = {edition: searcher.doc_freq("edition", edition) for edition in indexed.whole}
            how_many = lru_cache(maxsize=_WORDS_KEPT)(searcher.doc_freq)
            return _Opened(mark, index, searcher, how_many, indexed, sizes, has_holes, through_links)

    @contextmanager
    def _writable(self) -> Iterator[Path]:
        """The folder in which to open the index; on a card that can only be read, one with links to its files.

        Whoever opens the index locks it by opening a file for writing; what is open once needs no folder any more.
        """
        if self._spare is None or os.access(self._folder, os.W_OK):
            yield self._folder
            return
        with tempfile.TemporaryDirectory(prefix="index.", dir=self._spare) as links:
            for file in self._folder.iterdir():
                if file.suffix != ".lock":
                    Path(links, file.name).symlink_to(file.absolute())
            yield Path(links)

    def _guarded(self, opened: _Opened) -> "_Guard":
        return _Guard(lambda error: self._give_up(opened.mark, error))

    def _has_failed(self, mark: tuple[int, int, int]) -> bool:
        """Whether the index as it lies could not be read a moment ago; what only passes is tried again later."""
        return mark == self._failed and self._monotonic() - self._failed_at < _AGAIN_S

    def _give_up(self, mark: tuple[int, int, int], error: IndexUnusableError) -> None:
        """Do without the index until it is written anew or a while is over, and ask its filler to look at its files."""
        if self._has_failed(mark):
            return
        self._failed, self._failed_at, self._opened = mark, self._monotonic(), None
        logger.warning("%s %s", error.message, error.hint)
        try:
            (self._folder / SUSPECT).touch()
        except OSError as refused:
            logger.warning("the index cannot be marked as damaged: %s", refused)


class _Guard(readable):
    """Turns what the engine raises into `IndexUnusableError`, and tells of it."""

    def __init__(self, tell: Callable[[IndexUnusableError], None]) -> None:
        self._tell = tell

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Translate and tell."""
        try:
            super().__exit__(kind, error, trace)
        except IndexUnusableError as unusable:
            self._tell(unusable)
            raise


def _has_holes(folder: Path) -> bool:
    """Whether pages were taken out that the engine still counts with the words they hold."""
    try:
        return any(segment["deletes"] for segment in json.loads((folder / "meta.json").read_bytes())["segments"])
    except (OSError, ValueError, KeyError, TypeError):
        return True


def _count(opened: _Opened, hunt: Hunt, words: Sequence[Word], among: Collection[int], *, narrowed: bool) -> Count:
    """How many pages hold every word, by what is known already as far as that goes."""
    if hunt.is_over:
        return Count(hunt.seen)
    if hunt.all is not None:
        return Count(hunt.all)
    if not narrowed and not opened.has_holes:
        if len(words) == 1:
            return Count(opened.how_many("body", words[0].folded))
        hunt.least = max(hunt.least, at_least(opened.searcher.num_docs, words, opened.how_many))
    if hunt.least > COUNTED:
        return Count(hunt.least, at_least=True)
    largest_first = sorted(among, key=lambda edition: opened.sizes.get(edition, 0), reverse=True)
    schema = opened.index.schema
    return count_pages(opened.searcher, schema, words, largest_first, opened.how_many, narrowed=narrowed)


def _page(searcher: tantivy.Searcher, address: DocAddress, edition: int, tier: int) -> PageFound:
    stored: Callable[[str], Any] = searcher.doc(address).get_first
    return PageFound(edition, stored("shown_title").decode(), stored("path").decode(), stored("text").decode(), tier)
