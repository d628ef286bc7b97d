"""One opened book: its facts, its pages and its contents. Only this room, `library.page` and the baker import libzim.

A book stays readable as long as somebody holds it, even when its file is deleted or replaced meanwhile. Its bytes are
never trusted: sizes are bounded before memory is asked for, and loops are cut.
"""

import contextlib
import struct
import threading
from array import array
from collections.abc import Callable, Iterator, Set
from pathlib import Path

from libzim.reader import Archive, Entry, Item, set_cluster_cache_max_size
from libzim.search import Query, Searcher
from libzim.suggestion import SuggestionSearcher

from library.clusters import Clusters
from library.codes.code_book import parse_codes
from library.editions import stem_without_date
from library.errors import BrokenFileError, LibraryError, PageNotFoundError
from library.facts import Facts
from library.page import DAMAGE, ContentsLine, Page
from library.rights import LICENCE_KEY, METADATA_KEY, rights_in_metadata, rights_of_licence
from library.sayings import LONGEST_SAYING, one_line
from library.zim_tables import PartedFile, ZimTables, parts_of

LARGEST_COVER = 1024 * 1024
_COVER_SIZES = (512, 256, 192, 128, 96, 64, 48)  # pixels
LARGEST_COVER_SIDE = 2048
"""Pixels; a picture of some kilobytes may unpack to gigabytes in a reader's telephone."""
LONGEST_METADATA = 64 * 1024
LONGEST_NAME = 1024
LONGEST_CODES = 4 * 1024 * 1024
LONGEST_PATH = 4096
"""Bytes; openZIM's writers stay far below, and no reader may ask for more."""
_REDIRECT_LIMIT = 16
_MOST_SUBJECTS = 20
_NO_SUBJECTS = ("demo", "other", "nopic", "novid", "nodet")
_MOST_LOOKED_AT = 100_000
_PNG = b"\x89PNG\r\n\x1a\n"
_LISTING = "listing/titleOrdered/v1"


def limit_cluster_cache(size: int) -> None:
    """Keep at most ``size`` bytes of decompressed clusters, over all open books of this process."""
    set_cluster_cache_max_size(size)


class Book:
    """A ZIM file opened for reading; safe to use from several threads.

    Args:
        path: the file, or its first part.
        clusters: unpacks the clusters of several books; None leaves that to libzim.

    Raises:
        BrokenFileError: libzim does not open the file, or its tables are damaged.
        OSError: the file cannot be opened.
    """

    def __init__(self, path: Path, clusters: Clusters | None = None) -> None:
        self.path = path
        self._clusters = clusters
        self._file = PartedFile(parts_of(path))
        self._tables = ZimTables(self._file)
        try:
            self._archive = Archive(path)
        except DAMAGE as error:
            raise BrokenFileError(f"libzim cannot open the file: {error}", "Copy the file again.") from error
        self._front: array[int] | None = None
        self._lock = threading.Lock()

    def check(self) -> bool:
        """Have libzim check the whole file, its checksum included; reads every byte of it."""
        try:
            return bool(self._archive.check())
        except (KeyError, *DAMAGE):
            return False

    @property
    def has_checksum(self) -> bool:
        """Whether the file carries a checksum; a file without one cannot be trusted."""
        return bool(self._archive.has_checksum)

    def facts(self) -> Facts:
        """What the book says of itself.

        Raises:
            PageNotFoundError: it has no page.
        """
        name = self.metadata("Name", longest=LONGEST_NAME).strip() or stem_without_date(self.path)
        return Facts(
            name=name,
            title=one_line(self.metadata("Title")) or one_line(name),
            language=one_line(self.metadata("Language")),
            publisher=one_line(self.metadata("Publisher")),
            creator=one_line(self.metadata("Creator")),
            description=one_line(self.metadata("Description") or self.metadata("LongDescription"), LONGEST_SAYING),
            date=one_line(self.metadata("Date")),
            uuid=str(self._archive.uuid),
            edition=self._archive.checksum if self._archive.has_checksum else self._archive.uuid.hex,
            articles=self._archive.article_count or len(self._front_articles()),
            entries=self._archive.entry_count,
            main_path=self.main_path(),
            has_cover=self.cover() is not None,
            subjects=_subjects(self.metadata("Tags")),
            rights=rights_in_metadata(self.metadata(METADATA_KEY)) or rights_of_licence(self.metadata(LICENCE_KEY)),
        )

    def claimed_codes(self) -> dict[str, str]:
        """The short codes the book brings in its metadata ``X-Hub-Codes``: code → path."""
        return parse_codes(self.metadata("X-Hub-Codes", longest=LONGEST_CODES))

    def metadata(self, key: str, *, longest: int = LONGEST_METADATA) -> str:
        """The metadata text under ``key``, or an empty one when it is missing, overlong or unreadable."""
        try:
            return (
                self._bounded(self._archive.get_metadata_item(key), longest)
                .decode("utf-8", "replace")
                .replace("\0", "")
            )
        except (KeyError, LibraryError, *DAMAGE):
            return ""

    def page(self, path: str) -> Page | str:
        """The page at ``path``, or the path of the page that a redirect there finally leads to.

        Raises:
            PageNotFoundError: no such page, or its redirects lead nowhere or in a circle.
            BrokenFileError: the file is damaged there.
        """
        if "\0" in path:
            raise PageNotFoundError(f"There is no page {path!r}.")
        try:
            entry = self._archive.get_entry_by_path(path)
            if entry.is_redirect:
                return str(self._target(entry).path)
            if entry.path != path:  # libzim finds C-less and namespace-less paths too: one page, one address
                return str(entry.path)
            place = self._tables.place(entry._index)
            extent = self._tables.extent(place)
            blob = None
            if extent is None and self._clusters is not None:
                blob = self._tables.packed_blob(place, self._clusters)
            if extent is None and blob is None:
                self._tables.ensure_modest(place)
            return Page(entry, extent, blob, self._file)
        except KeyError:
            raise PageNotFoundError(f"There is no page {path!r}.") from None
        except DAMAGE as error:
            raise BrokenFileError(f"The page {path!r} cannot be read: {error}", "Copy the file again.") from error

    def main_path(self) -> str:
        """The path of the page to begin with: the main page, else the first front article.

        Raises:
            PageNotFoundError: the book has no page at all.
        """
        try:
            if self._archive.has_main_entry:
                return str(self._target(self._archive.main_entry).path)
        except (KeyError, PageNotFoundError, *DAMAGE):
            pass
        first = self.contents(0, 1)
        if not first:
            raise PageNotFoundError("The book has no page to begin with.")
        return first[0].path

    def cover(self) -> bytes | None:
        """The cover picture (PNG), the largest of the usual sizes; None when there is none that can be shown."""
        try:
            size = next((size for size in _COVER_SIZES if self._archive.has_illustration(size)), None)
            if size is None:
                return None
            picture = self._bounded(self._archive.get_illustration_item(size), LARGEST_COVER)
            return picture if _is_cover(picture) else None
        except (KeyError, LibraryError, *DAMAGE):
            return None

    def contents_length(self) -> int:
        """How many lines the table of contents has."""
        return len(self._front_articles())

    def contents(self, start: int, count: int) -> list[ContentsLine]:
        """Lines of the table of front articles, in title order, ``count`` from ``start``."""
        lines = []
        for index in self._front_articles()[start : start + count]:
            try:
                entry = self._archive._get_entry_by_id(index)
                if len(entry.path.encode()) <= LONGEST_PATH:
                    lines.append(_line(entry))
            except (KeyError, *DAMAGE):
                continue
        return lines

    def line(self, index: int) -> ContentsLine | None:
        """The line of the table of contents for the entry of this index; None where there is no such page."""
        try:
            entry = self._archive._get_entry_by_id(index)
            return None if len(entry.path.encode()) > LONGEST_PATH else _line(entry)
        except (KeyError, *DAMAGE):
            return None

    def front_articles(self, *, by_place: bool) -> "array[int]":
        """Indexes of the front articles, in title order, or in the order in which their bytes lie in the file.

        Whoever reads all of them by place has every part of the file unpacked once only.
        """
        front = self._front_articles()
        return array("I", sorted(front, key=self._tables.place_of)) if by_place else front

    def place_in_contents(self, page: Page) -> int | None:
        """The place of a page among the front articles, in title order; None where it is none of them."""
        try:
            return self._front_articles().index(page.index)
        except ValueError:
            return None

    def suggest(self, text: str, count: int) -> list[ContentsLine]:
        """Pages whose title the file's own index finds for ``text``; none where it has no such index."""
        try:
            if not self._archive.has_title_index:
                return []
            with self._lock:  # the searcher is not made for several threads at once
                paths = list(SuggestionSearcher(self._archive).suggest(text).getResults(0, count))
            entries = [self._archive.get_entry_by_path(path) for path in paths]
            return [_line(entry) for entry in entries if len(entry.path.encode()) <= LONGEST_PATH]
        except (KeyError, *DAMAGE):
            return []

    def full_text(self, text: str, count: int) -> tuple[list[str], int]:
        """Paths of the pages that the file's own full-text index finds for ``text``, and about how many there are."""
        try:
            if not self._archive.has_fulltext_index:
                return [], 0
            with self._lock:  # the searcher is not made for several threads at once
                found = Searcher(self._archive).search(Query().set_query(text))
                return list(found.getResults(0, count)), int(found.getEstimatedMatches())
        except (KeyError, *DAMAGE):
            return [], 0

    def entry_paths(self, step: int = 1) -> Iterator[str]:
        """The path of every entry, or of every ``step``-th, that a reader may ask for, in the order of the file."""
        for index in range(0, self._archive.entry_count, step):
            with contextlib.suppress(UnicodeDecodeError):  # no address leads to a path that is not UTF-8
                yield self._archive._get_entry_by_id(index).path

    def entries_beside(self, wanted: Callable[[str], bool], most: int) -> list[tuple[ContentsLine, str]]:
        """Entries that no line of the contents shows, with their media types; otherwise as ``entries_of``."""
        return self.entries_of(wanted, most, frozenset(self._front_articles()))

    def entries_of(
        self, wanted: Callable[[str], bool], most: int, but: Set[int] = frozenset()
    ) -> list[tuple[ContentsLine, str]]:
        """Entries of certain media types, with these, in the order of the file.

        Args:
            wanted: whether a media type is asked for.
            most: how many at most. A book that counts none, or has too many entries to look at each, gives none.
            but: indexes of entries that are not asked for.
        """
        counted = self.metadata("Counter")
        if counted and not any(wanted(kind.partition("=")[0]) for kind in counted.split(";")):
            return []
        if self._archive.entry_count > _MOST_LOOKED_AT:
            return []
        found: list[tuple[ContentsLine, str]] = []
        for index in range(self._archive.entry_count):
            try:
                entry = self._archive._get_entry_by_id(index)
                if index in but or entry.is_redirect or not wanted(kind := entry.get_item().mimetype):
                    continue
                if len(entry.path.encode()) <= LONGEST_PATH:
                    found.append((_line(entry), kind))
            except (KeyError, *DAMAGE):
                continue
            if len(found) >= most:
                break
        return found

    def _bounded(self, item: Item, longest: int) -> bytes:
        """The bytes of an item that is part of no page; none where they are more than ``longest``."""
        self._tables.ensure_modest(self._tables.place(item._index))
        return bytes(item.content) if item.size <= longest else b""

    def _target(self, entry: Entry) -> Entry:
        for _ in range(_REDIRECT_LIMIT):
            if not entry.is_redirect:
                return entry
            entry = entry.get_redirect_entry()
        raise PageNotFoundError(f"The redirects from {entry.path!r} lead in a circle.")

    def _front_articles(self) -> "array[int]":
        with self._lock:
            if self._front is None:
                self._front = self._read_listing() or self._scan_for_articles()
            return self._front

    def _read_listing(self) -> "array[int]":
        """The file's own list of front articles (openZIM, X/listing/titleOrdered/v1)."""
        front = array("I")
        total = self._archive.all_entry_count
        for index in range(self._archive.entry_count, total):
            try:
                entry = self._archive._get_entry_by_id(index)
                if entry.path == _LISTING and not entry.is_redirect:
                    data = self._bounded(entry.get_item(), 4 * total)
                    front.frombytes(data[: len(data) // 4 * 4])
                    return array("I", (number for number in front if number < self._archive.entry_count))
            except (KeyError, LibraryError, *DAMAGE):
                continue
        return front

    def _scan_for_articles(self) -> "array[int]":
        """Every HTML page, in title order, for files that bring no list."""
        found = []
        for index in range(self._archive.entry_count):
            try:
                entry = self._archive._get_entry_by_id(index)
                if not entry.is_redirect and entry.get_item().mimetype.startswith("text/html"):
                    found.append((_line(entry).title, index))
            except (KeyError, *DAMAGE):
                continue
        return array("I", (index for _, index in sorted(found)))


def _line(entry: Entry) -> ContentsLine:
    return ContentsLine(title=one_line(entry.title or entry.path), path=entry.path)


def _subjects(tags: str) -> tuple[str, ...]:
    """Subjects among a book's tags: names stand as they are, those that begin with ``_`` are for programs.

    ``_category:`` is the one of these that names a subject (openZIM, "Tags"), but for ``other``, which names none;
    ``demo`` marks the demo's own books, and books of some years ago say ``nopic`` where today's say ``_pictures:no``.
    """
    found: list[str] = []
    for tag in tags.split(";"):
        subject = one_line(tag.strip().removeprefix("_category:"))
        if subject and not subject.startswith("_") and subject not in (*found, *_NO_SUBJECTS):
            found.append(subject)
    return tuple(found[:_MOST_SUBJECTS])


def _is_cover(picture: bytes) -> bool:
    """Whether this is a PNG picture that does not say of itself to be huge (PNG specification, section 11.2.1)."""
    if not picture.startswith(_PNG):
        return False
    sides = struct.unpack_from(">II", picture, 16) if picture[12:16] == b"IHDR" and len(picture) >= 24 else ()
    return all(side <= LARGEST_COVER_SIDE for side in sides)
