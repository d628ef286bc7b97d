"""Reads the index of all pages, for the website: opened when first asked, seen anew when its filler has written.

Queries are built from words, never parsed. Every word must be found, without regard to marks; pages that also have the
typed marks come first, and among these the ones in which the words stand side by side.
"""

import json
import logging
import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import tantivy
from tantivy import DocAddress, Occur, Query

from library.errors import IndexUnusableError
from library.search.folding import Word, is_unspaced, pairs, without_tone
from library.search.index_folder import open_index, readable
from library.search.index_place import COMPLETE, SUSPECT, folder_in
from library.search.page_counting import Count, count_pages

logger = logging.getLogger(__name__)

_TITLE_WEIGHT: Final = 3.0
_MOST_ROUNDS: Final = 4
_SPARE: Final = 20
MARKED_TIER: Final = 2
"""Pages of this tier and lower ones have all marks that were typed."""
_LAST_TIER: Final = 4
_ENOUGH_TITLES: Final = 24
"""Pages within their share with which a hunt for titles ends; many have the same title."""
_AGAIN_S: Final = 30.0


@dataclass(frozen=True)
class Indexed:
    """Which editions the index holds wholly: all their pages, or (of the largest ones) all their titles."""

    whole: frozenset[int] = frozenset()
    titles: frozenset[int] = frozenset()


@dataclass(frozen=True)
class PageFound:
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
    mark: tuple[int, int, int]
    index: tantivy.Index
    searcher: tantivy.Searcher
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
            hunt = _Hunt(opened, frozenset(among) if narrowed else None, among, most, each)
            for tier, query in _tiers(opened.index.schema, words):
                if hunt.take(tier, query):
                    break
            pages = tuple(_page(opened.searcher, *chosen) for chosen in hunt.chosen(most))
            if hunt.is_over:
                count = Count(hunt.seen)
            elif len(words) == 1 and not narrowed and not opened.has_holes:
                count = Count(opened.searcher.doc_freq("body", words[0].folded))
            else:
                largest_first = sorted(among, key=lambda edition: opened.sizes.get(edition, 0), reverse=True)
                count = count_pages(opened.searcher, opened.index.schema, words, largest_first, narrowed=narrowed)
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
            hunt = _Hunt(opened, None, among, _ENOUGH_TITLES, share)
            hunt.take(_LAST_TIER - 1, _begun(opened.index.schema, words))
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
            notes = (self._folder / "meta.json").stat()
            return (self._folder.stat().st_ino, notes.st_ino, notes.st_mtime_ns)
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
            for address, edition in zip(addresses, _editions(searcher, addresses), strict=True):
                kinds[bytes(searcher.doc(address)["text"][0]) == b"whole"].add(edition)
            indexed = Indexed(frozenset(kinds[True]), frozenset(kinds[False]))
            sizes = {edition: searcher.doc_freq("edition", edition) for edition in indexed.whole}
            return _Opened(mark, index, searcher, indexed, sizes, has_holes, through_links)

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


class _Hunt:
    """Gathers pages, the best first, so that no edition takes more than its share while others have pages too.

    Attributes:
        is_over: whether there are no pages but those that were seen.
    """

    def __init__(
        self, opened: _Opened, narrow: frozenset[int] | None, among: Collection[int], most: int, each: int
    ) -> None:
        self._searcher, self._schema = opened.searcher, opened.index.schema
        self._narrow, self._among, self._most, self._each = narrow, among, most, each
        self.is_over = False
        self._seen: set[tuple[int, int]] = set()
        self._counts: Counter[int] = Counter()
        self._taken: list[tuple[DocAddress, int, int]] = []
        self._over: list[tuple[DocAddress, int, int]] = []

    @property
    def seen(self) -> int:
        """How many pages were seen, of editions that may be searched."""
        return len(self._seen)

    def within(self, query: Query) -> Query:
        """The query, in the editions that may be searched."""
        if self._narrow is None:
            return query
        inside = Query.const_score_query(Query.term_set_query(self._schema, "edition", sorted(self._narrow)), 0.0)
        return Query.boolean_query([(Occur.Must, query), (Occur.Must, inside)])

    def take(self, tier: int, query: Query) -> bool:
        """Take what this query finds; tells whether there is enough."""
        full: set[int] = set()
        for _ in range(_MOST_ROUNDS):
            window = self._most + len(self._seen) + _SPARE
            hits = self._searcher.search(self._without(self.within(query), full), window, count=False).hits
            addresses = [address for _, address in hits]
            for address, edition in zip(addresses, _editions(self._searcher, addresses), strict=True):
                self._weigh(address, edition, tier)
            self.is_over = tier == _LAST_TIER and not full and len(hits) < window
            if len(self._taken) >= self._most:
                return True
            now_full = {edition for edition, count in self._counts.items() if count >= self._each}
            if len(hits) < window or now_full <= full:
                break
            full = now_full
        return False

    def chosen(self, most: int) -> list[tuple[DocAddress, int, int]]:
        """Address, edition and tier of each page; where editions ran short, those beyond their share follow."""
        return (self._taken + self._over)[:most]

    def _weigh(self, address: DocAddress, edition: int, tier: int) -> None:
        place = (address.segment_ord, address.doc)
        if place in self._seen or edition not in self._among:
            return
        self._seen.add(place)
        self._counts[edition] += 1
        (self._taken if self._counts[edition] <= self._each else self._over).append((address, edition, tier))

    def _without(self, query: Query, full: set[int]) -> Query:
        if not full:
            return query
        parts = [(Occur.MustNot, Query.term_query(self._schema, "edition", edition)) for edition in sorted(full)]
        return Query.boolean_query([(Occur.Must, query), *parts])


def _tiers(schema: tantivy.Schema, words: Sequence[Word]) -> Iterator[tuple[int, Query]]:
    """The queries that find what was typed, with their numbers, from the one that agrees best to that which finds all.

    Args:
        schema: of the index.
        words: what was typed.
    """
    together = len(words) > 1 and not any(is_unspaced(word) for word in words)
    if any(word.has_marks for word in words):
        if together:
            yield 0, _side_by_side(schema, words, marked=True)
        yield 1, _every(schema, words, "marked")
        if not all(word.has_marks for word in words):
            yield 2, _every(schema, words, "either")
    if together:
        yield 3, _side_by_side(schema, words, marked=False)
    yield _LAST_TIER, _every(schema, words, "body")


def _begun(schema: tantivy.Schema, words: Sequence[Word]) -> Query:
    """Titles that hold every word, the last one perhaps not typed to its end.

    The best are those in which the words are whole, and few others stand beside; then those that agree with the marks
    typed so far. A tone stands at the end of a marked word, so whatever is typed later stands before it.
    """
    *whole, last = words
    parts = [(Occur.Must, _term(schema, "title", word.folded)) for word in whole]
    parts.append((Occur.Must, Query.regex_query(schema, "title", f"{last.folded}.*")))
    parts.append((Occur.Should, _term(schema, "title", last.folded)))
    parts += [(Occur.Should, _term(schema, "marked_title", word.marked)) for word in whole if word.has_marks]
    if last.has_marks:
        bare = without_tone(last.marked)
        parts.append((Occur.Should, Query.regex_query(schema, "marked_title", f"{bare}.*{last.marked[len(bare) :]}")))
    if whole and not is_unspaced(last):
        side_by_side = Query.regex_query(schema, "title_pairs", f"{whole[-1].folded}_{last.folded}.*")
        parts.append((Occur.Should, side_by_side))
    return Query.boolean_query(parts)


def _every(schema: tantivy.Schema, words: Sequence[Word], field: str) -> Query:
    """Every word must be there; ``either`` minds the marks of those that were typed with marks."""
    parts = []
    for word in words:
        marked = field == "marked" or (field == "either" and word.has_marks)
        name, letters = ("marked", word.marked) if marked else ("body", word.folded)
        parts.append((_occur(words), _term(schema, name, letters)))
    return Query.boolean_query([*parts, *_title_words(schema, words, marked=field == "marked")])


def _side_by_side(schema: tantivy.Schema, words: Sequence[Word], *, marked: bool) -> Query:
    """Each word must stand before the next one somewhere, and with its marks somewhere where these are minded."""
    found = pairs(words)
    parts = [(_occur(found), _term(schema, "pairs", pair)) for pair in found]
    parts += [(Occur.Should, Query.boost_query(_term(schema, "title_pairs", pair), _TITLE_WEIGHT)) for pair in found]
    if not marked:
        return Query.boolean_query(parts)
    as_typed = [(Occur.Must, Query.term_query(schema, "marked", word.marked, "basic")) for word in words]
    held = Query.const_score_query(Query.boolean_query(as_typed), 0.0)
    return Query.boolean_query([(Occur.Must, Query.boolean_query(parts)), (Occur.Must, held)])


def _occur(parts: Sequence[object]) -> Occur:
    """How the parts of a query must be there that stand beside the same parts of the title.

    What is in a title is in the text as well. So where there is only one part, it is enough that either has it, which
    the engine finds without weighing all pages.
    """
    return Occur.Must if len(parts) > 1 else Occur.Should


def _title_words(schema: tantivy.Schema, words: Sequence[Word], *, marked: bool) -> list[tuple[Occur, Query]]:
    names = [("marked_title", word.marked) if marked else ("title", word.folded) for word in words]
    return [(Occur.Should, Query.boost_query(_term(schema, *name), _TITLE_WEIGHT)) for name in names]


def _term(schema: tantivy.Schema, field: str, letters: str) -> Query:
    return Query.term_query(schema, field, letters, "freq")


def _has_holes(folder: Path) -> bool:
    """Whether pages were taken out that the engine still counts with the words they hold."""
    try:
        return any(segment["deletes"] for segment in json.loads((folder / "meta.json").read_bytes())["segments"])
    except (OSError, ValueError, KeyError, TypeError):
        return True


def _editions(searcher: tantivy.Searcher, addresses: list[DocAddress]) -> list[int]:
    return [int(value or 0) for value in searcher.fast_field_values("edition", addresses)] if addresses else []


def _page(searcher: tantivy.Searcher, address: DocAddress, edition: int, tier: int) -> PageFound:
    stored = searcher.doc(address)
    title, path, text = (bytes(stored[name][0]).decode() for name in ("shown_title", "path", "text"))
    return PageFound(edition, title, path, text, tier)
