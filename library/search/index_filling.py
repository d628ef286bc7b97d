"""Fills the index of all pages, in a process of its own: ``python -m library.search.index_filling``.

It reads the keeper's list, takes books out that are gone and puts in those that are missing, the smallest first. The
index itself is the progress mark: the pages of an edition go in in one fixed order, each with its ordinal, so that
after a power cut it goes on behind the highest one that was committed. A last document says that an edition is
complete. Before each page its edition and ordinal are told to the parent on standard output; the text of a page that
killed this process twice is left out by ``--skip``. While the work is written down no page is told, since none is read.
"""

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import tantivy
from tantivy import Document, Query

from library.book import limit_cluster_cache
from library.confinement import confine
from library.errors import IndexUnusableError, LibraryError, ShelfUnavailableError
from library.listing import Listed, read_listing
from library.search.folding import pairs
from library.search.index_folder import make_index, open_index, readable
from library.search.index_place import (
    COMPLETE,
    NO_PAGE,
    NOT_WRITTEN,
    NOTHING_LEFT,
    SOMETHING_LEFT,
    SUSPECT,
    edition_number,
    find_damage,
    folder_in,
    has_pages,
    remove_other_formats,
)
from library.search.page_sources import BookSource, FilmSource, PageSource

logger = logging.getLogger(__name__)

LARGEST_WHOLE: Final = 50_000
"""Pages; of larger books only titles are taken in, their texts are found by the index in their own file."""
_PAGES_A_COMMIT: Final = 5_000
_SECONDS_A_COMMIT: Final = 120.0
_HEAP: Final = 24_000_000
_LONGEST_STORED: Final = 300_000
_COMPLETE_ORDINAL: Final = -1
_MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True)
class Plan:
    """What must be done so that the index holds what is on the shelf.

    Attributes:
        remove: numbers of editions that are gone.
        fill: what is missing, the smallest first.
    """

    remove: tuple[int, ...]
    fill: tuple[Listed, ...]


def plan(listed: Collection[Listed], present: Collection[int], complete: Collection[int]) -> Plan:
    """Decide what to take out and what to put in.

    Args:
        listed: every line of the shelf.
        present: numbers of the editions of which something is in the index.
        complete: numbers of those of which everything is.
    """
    wanted = {edition_number(line.facts.edition): line for line in listed if line.facts and has_pages(line)}
    missing = [line for number, line in wanted.items() if number not in complete]
    missing.sort(key=lambda line: (line.facts.articles if line.facts else 0, line.file))
    return Plan(tuple(number for number in present if number not in wanted), tuple(missing))


class Filler:
    """Brings one index up to date with one shelf.

    Args:
        content: the folder of the books.
        listing: the keeper's list.
        index: the folder of the index, of all formats.
        tell: hears the number of the edition and the ordinal of each page, before it is read.
        skip: pages whose text is left out, by edition and ordinal.
        largest_whole: pages of the largest book whose texts are taken in.
        pages_a_commit: after so many pages the work is written down, or after two minutes.
    """

    def __init__(
        self,
        content: Path,
        listing: Path,
        index: Path,
        tell: Callable[[int, int], None],
        skip: Collection[tuple[int, int]] = (),
        largest_whole: int = LARGEST_WHOLE,
        pages_a_commit: int = _PAGES_A_COMMIT,
    ) -> None:
        self._content = content
        self._listing = listing
        self._folder = folder_in(index)
        self._tell = tell
        self._skip = frozenset(skip)
        self._largest_whole = largest_whole
        self._pages_a_commit = pages_a_commit
        self._index = self._opened()
        self._writer = self._index.writer(_HEAP, 1)

    def run(self) -> bool:
        """Work until nothing is left to do; tells whether every book could be read to its end."""
        troubled: set[str] = set()
        while True:
            listed = read_listing(self._listing).books
            mark = _mark_of(self._listing)
            todo = plan(listed, self._editions(), self._editions(complete=True))
            if todo.remove:
                for number in todo.remove:
                    self._writer.delete_documents_by_term("edition", number)
                self._commit()
            fill = [line for line in todo.fill if line.file not in troubled]
            if not fill:
                break
            try:
                self._fill(fill[0], lambda mark=mark: _mark_of(self._listing) != mark)  # type: ignore[misc]
            except (LibraryError, OSError) as error:
                if isinstance(error, IndexUnusableError):
                    raise
                logger.warning("%s cannot be read to its end: %s", fill[0].file, error)
                self._commit()
                troubled.add(fill[0].file)
        self._writer.wait_merging_threads()
        return not troubled

    def _opened(self) -> tantivy.Index:
        """The index as it lies, or a new one when it is damaged or there is none."""
        suspect = self._folder / SUSPECT
        try:
            damage = find_damage(self._folder) if self._folder.is_dir() else "there is none yet"
            if not damage:
                index = open_index(self._folder)
                with readable():
                    index.config_reader("manual")
                    index.searcher().search(Query.all_query(), 1)
                suspect.unlink(missing_ok=True)
                return index
        except (IndexUnusableError, OSError) as error:
            damage = str(error)
        logger.warning("the index is built anew: %s", damage)
        return make_index(self._folder)

    def _editions(self, *, complete: bool = False) -> set[int]:
        """Numbers of the editions of which something, or everything, is in the index."""
        self._index.reload()
        searcher, schema = self._index.searcher(), self._index.schema
        query = Query.term_query(schema, "mark", COMPLETE) if complete else Query.all_query()
        found = searcher.aggregate(query, {"editions": {"terms": {"field": "edition", "size": 65000}}})
        return {int(bucket["key"]) for bucket in found["editions"]["buckets"]}

    def _next_ordinal(self, number: int) -> int:
        searcher = self._index.searcher()
        query = Query.term_query(self._index.schema, "edition", number)
        last = searcher.search(query, 1, order_by_field="ordinal").hits
        return int(last[0][0]) + 1 if last else 0

    def _fill(self, line: Listed, changed: Callable[[], bool]) -> None:
        """Put the missing pages of one book in; stops after a commit when the shelf has changed."""
        number = edition_number(line.facts.edition if line.facts else "")
        start = self._next_ordinal(number)
        source = self._source(line, number)
        logger.info("taking in %s, %d pages from page %d", line.file, len(source), start)
        waiting, since = 0, time.monotonic()
        for ordinal in range(start, len(source)):
            self._tell(number, ordinal)
            self._add(source, number, ordinal)
            waiting += 1
            if waiting >= self._pages_a_commit or time.monotonic() - since > _SECONDS_A_COMMIT:
                self._commit()
                waiting, since = 0, time.monotonic()
                if changed():
                    return
        kind = b"whole" if source.whole else b"titles"
        self._tell(*NO_PAGE)
        self._put(Document(edition=number, ordinal=_COMPLETE_ORDINAL, mark=COMPLETE, text=kind))
        self._commit()

    def _source(self, line: Listed, number: int) -> PageSource:
        """The pages of something; subtitles are read at once, as if they were its first page."""
        if line.facts is None or line.facts.media is None:
            return BookSource(self._content / line.file, self._largest_whole)
        self._tell(number, 0)
        media = line.facts.media
        if (number, 0) in self._skip:
            media = replace(media, subtitles=())
        return FilmSource(self._content, line.facts, media)

    def _add(self, source: PageSource, number: int, ordinal: int) -> None:
        """Put one page in."""
        page = source.read(ordinal, with_text=(number, ordinal) not in self._skip)
        if page is None:
            return
        both = [*page.title_words, *page.text_words]
        self._put(
            Document(
                title=" ".join([word.folded for word in page.title_words]),
                marked_title=" ".join([word.marked for word in page.title_words]),
                title_pairs=" ".join(pairs(page.title_words)),
                body=" ".join([word.folded for word in both]),
                marked=" ".join([word.marked for word in both]),
                pairs=" ".join(pairs(both)),
                edition=number,
                ordinal=ordinal,
                shown_title=page.title.encode(),
                path=page.path.encode(),
                text=page.text[:_LONGEST_STORED].encode(),
            )
        )

    def _put(self, document: Document) -> None:
        with readable():  # the engine writes in a thread of its own, and says here what failed there
            self._writer.add_document(document)

    def _commit(self) -> None:
        self._tell(*NO_PAGE)
        with readable():
            self._writer.commit()


def _mark_of(listing: Path) -> tuple[int, int]:
    try:
        stat = listing.stat()
    except OSError:
        return (0, 0)
    return (stat.st_mtime_ns, stat.st_ino)


def main() -> None:
    """The child's part: limit this process, and fill."""
    parser = argparse.ArgumentParser(description="Bring the index of all pages up to date.")
    parser.add_argument("content", type=Path, help="folder of the books")
    parser.add_argument("listing", type=Path, help="the keeper's list")
    parser.add_argument("index", type=Path, help="folder of the index")
    parser.add_argument("--memory", type=int, default=256, help="memory limit in megabytes")
    parser.add_argument("--parent", type=int, default=os.getppid(), help="process with which this one ends")
    parser.add_argument("--skip", action="append", default=[], metavar="EDITION:ORDINAL", help="a page to leave out")
    parser.add_argument("--largest-whole", type=int, default=LARGEST_WHOLE, help="pages of the largest book taken in")
    parser.add_argument("--pages-a-commit", type=int, default=_PAGES_A_COMMIT, help="write down after so many pages")
    asked = parser.parse_args()
    confine(asked.memory, asked.parent)
    limit_cluster_cache(16 * _MEGABYTE)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)

    def tell(number: int, ordinal: int) -> None:
        os.write(1, b"%d:%d\n" % (number, ordinal))

    skip = {(int(number), int(ordinal)) for number, _, ordinal in (page.partition(":") for page in asked.skip)}
    remove_other_formats(asked.index)
    try:
        filler = Filler(
            asked.content, asked.listing, asked.index, tell, skip, asked.largest_whole, asked.pages_a_commit
        )
        done = filler.run()
    except ShelfUnavailableError as error:
        sys.exit(error.message)
    except (IndexUnusableError, OSError) as error:
        logger.warning("the index cannot be written: %s", getattr(error, "message", error))
        sys.exit(NOT_WRITTEN)
    sys.exit(NOTHING_LEFT if done else SOMETHING_LEFT)


if __name__ == "__main__":
    main()
