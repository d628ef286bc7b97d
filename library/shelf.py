"""The shelf as the web processes see it: the keeper's list, swapped whole when it changes, and the opened books.

Books are opened here as ZIM files; films and sounds are not, see ``library.media.files``.
"""

import threading
from dataclasses import dataclass
from pathlib import Path

from library.book import Book
from library.clusters import Clusters
from library.errors import BookChangedError, BookNotFoundError, LibraryError, ShelfUnavailableError
from library.facts import Kind
from library.listing import Listed, Listing, State, read_listing, stat_parts
from library.slugs import slug
from library.zim_tables import parts_of


@dataclass(frozen=True)
class ShelfState:
    """One state of the shelf; never changed, only replaced."""

    mark: tuple[int, int, int]
    listing: Listing
    everything: dict[str, Listed]
    ready: dict[str, Listed]
    media: dict[str, Listed]
    away: dict[str, str]
    """What was here a moment ago and is being checked again: slug → file."""


class Shelf:
    """The shelf of one content folder, for reading.

    Args:
        content: the folder with the ZIM files.
        listing: the file in which the keeper says what may be served.
        clusters: unpacks the books' clusters; None leaves that to libzim.
    """

    def __init__(self, content: Path, listing: Path, clusters: Clusters | None = None) -> None:
        self._content = content
        self._clusters = clusters
        self._listing = listing
        self._state: ShelfState | None = None
        self._opened: dict[str, tuple[Listed, Book]] = {}
        self._lock = threading.Lock()

    @property
    def folder(self) -> Path:
        """The folder with the ZIM files."""
        return self._content

    def listing(self) -> Listing:
        """Every file of the folder.

        Raises:
            ShelfUnavailableError: the keeper has written no list yet, or it cannot be read.
        """
        return self._current().listing

    def ready(self) -> dict[str, Listed]:
        """The books that may be read, by slug, in the order of their titles.

        Raises:
            ShelfUnavailableError: as ``listing``.
        """
        return self._current().ready

    def media(self) -> dict[str, Listed]:
        """The films and sounds that may be watched and heard, by slug, in the order of their titles.

        Raises:
            ShelfUnavailableError: as ``listing``.
        """
        return self._current().media

    def everything(self) -> dict[str, Listed]:
        """Books, films and sounds together, by slug, in the order of their titles.

        Raises:
            ShelfUnavailableError: as ``listing``.
        """
        return self._current().everything

    def listed(self, book_slug: str) -> Listed:
        """What the list says of a book that may be read.

        Raises:
            BookNotFoundError: there is none of that name.
            BookChangedError: its file was replaced, and the new one is being checked.
            ShelfUnavailableError: as ``listing``.
        """
        listed = self._current().ready.get(book_slug)
        if listed is None:
            raise self.missing(book_slug)
        return listed

    def missing(self, key: str) -> LibraryError:
        """Why nothing of this slug can be opened: it is being checked again, or there is none."""
        if key in self._current().away:
            return BookChangedError(f"The file of {key!r} was replaced and is being checked.")
        return BookNotFoundError(f"There is no {key!r} on the shelf.")

    def open(self, book_slug: str) -> tuple[Listed, Book]:
        """A book that may be read, opened; what was admitted and nothing else is handed out.

        Raises:
            BookNotFoundError, ShelfUnavailableError: as ``listed``.
            BookChangedError: as ``listed``, or the file is gone or no longer the one that was checked.
        """
        listed = self.listed(book_slug)
        self._ensure_unchanged(listed)
        known = self._opened.get(book_slug)
        if known and known[0].stamp == listed.stamp and known[0].file == listed.file:
            return listed, known[1]
        with self._lock:
            known = self._opened.get(book_slug)
            if known and known[0] == listed:
                return known
            try:
                opened = listed, Book(self._content / listed.file, self._clusters)
            except (LibraryError, OSError) as error:
                raise BookChangedError(f"The file {listed.file} cannot be opened: {error}") from error
            self._ensure_unchanged(listed)  # else another file may have come in between, never checked
            self._opened[book_slug] = opened
        return opened

    def _ensure_unchanged(self, listed: Listed) -> None:
        try:
            found = stat_parts(parts_of(self._content / listed.file))
        except (OSError, ValueError, IndexError):
            raise BookChangedError(f"The file {listed.file} has just been removed.") from None
        if found != (listed.stamp.size, listed.stamp.mtime_ns, listed.stamp.inode):
            raise BookChangedError(f"The file {listed.file} has just been replaced.")

    def _current(self) -> ShelfState:
        try:
            stat = self._listing.stat()
            mark = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        except OSError:
            mark = (0, 0, 0)
        state = self._state
        if state is not None and state.mark == mark:
            return state
        with self._lock:
            try:
                listing = read_listing(self._listing)
            except ShelfUnavailableError:
                if state is None:
                    raise
                return state  # spoilt or gone while we read; the keeper writes it anew within seconds
            ready = sorted(
                (line for line in listing.books if line.state is State.READY and line.facts),
                key=lambda line: (line.facts.title.casefold() if line.facts else "", line.name),
            )
            everything = {slug(line.name): line for line in ready}
            books = {key: line for key, line in everything.items() if line.kind == Kind.BOOK}
            media = {key: line for key, line in everything.items() if line.kind != Kind.BOOK}
            state = ShelfState(mark, listing, everything, books, media, _away(listing, state))
            self._opened = {key: opened for key, opened in self._opened.items() if state.ready.get(key) == opened[0]}
            self._state = state
        return state


def _away(listing: Listing, before: ShelfState | None) -> dict[str, str]:
    checked = {line.file for line in listing.books if line.state is State.CHECKING}
    known = {**before.away, **{key: line.file for key, line in before.everything.items()}} if before else {}
    return {key: file for key, file in known.items() if file in checked}
