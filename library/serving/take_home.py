"""What people may take home: whole books, as they were checked and in one piece, and the documents inside them.

A book that lies in parts is given as one file; ranges let a download that broke off go on.
"""

from collections.abc import Callable, Iterator
from typing import Final

from flask import Flask, Response, abort, request
from flask.typing import ResponseReturnValue

from library.documents.addresses import DOWNLOAD, content_address
from library.errors import BookChangedError, LibraryError
from library.kept_values import Kept
from library.listing import Listed
from library.opds.catalogue import ZIM_TYPE, Acquisition, Document
from library.reading.opening import Way, way_of
from library.serving.sending import send
from library.shelf import Shelf
from library.views import item_address
from library.zim_tables import CHUNK, PartedFile, parts_of

PREFIX: Final = "/tai-ve/"
MOST_DOCUMENTS: Final = 1000
_ROOM_FOR_LISTS: Final = 1024 * 1024


def takeaway_address(key: str) -> str:
    """The address on the hub's site at which a whole book is given."""
    return f"{PREFIX}{key}.zim"


class Takeaway:
    """Gives the books of one shelf whose rights permit it.

    Args:
        shelf: the books.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def install(self, app: Flask) -> None:
        """Add the address to a site."""
        app.add_url_rule(f"{PREFIX}<slug:key>.zim", "takeaway", self.give)

    def ways(self, key: str, listed: Listed, origin: str) -> list[Acquisition]:
        """How a book may be taken home, for a catalogue; nothing where its rights do not permit it."""
        if key not in self._shelf.ready() or listed.facts is None or not listed.facts.may_be_taken_home():
            return []
        return [Acquisition(origin + takeaway_address(key), ZIM_TYPE, listed.stamp.size)]

    def give(self, key: str) -> ResponseReturnValue:
        """The file of one book."""
        listed = self._shelf.listed(key)
        if listed.facts is None or not listed.facts.may_be_taken_home():
            abort(404)
        source = _WholeFile(self._shelf, key, listed)
        answer = send(request, source, f"{listed.facts.edition}-zim", ZIM_TYPE)
        response = Response(answer.body, answer.status, answer.headers)
        response.call_on_close(source.close)
        response.headers["Content-Disposition"] = f'attachment; filename="{key}.zim"'
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response


def media_ways(key: str, listed: Listed, origin: str) -> list[Acquisition]:
    """How a film or a sound may be taken home, for a catalogue; nothing where its rights do not permit it."""
    facts = listed.facts
    if facts is None or facts.media is None or not facts.may_be_taken_home():
        return []
    return [Acquisition(f"{origin}{item_address(listed.kind, key)}tai-ve", facts.media.mimetype)]


class DocumentsToTake:
    """Knows the EPUBs and PDFs inside the books of one shelf.

    Args:
        shelf: the books.
        books_origin: scheme, host and port of the books' site, for the request being answered.
    """

    def __init__(self, shelf: Shelf, books_origin: Callable[[], str]) -> None:
        self._shelf = shelf
        self._books_origin = books_origin
        self._found: Kept[list[tuple[str, str, str]]] = Kept(_ROOM_FOR_LISTS)

    def __call__(self, key: str, listed: Listed) -> list[Document]:
        """The documents of one book; none where its rights do not permit it, or where it cannot be opened."""
        if listed.facts is None or not listed.facts.may_be_taken_home():
            return []
        mark = (listed.facts.edition, "")
        lines = self._found.get(mark)
        if lines is None:
            try:
                _listed, book = self._shelf.open(key)
            except LibraryError:
                return []
            found = book.entries_of(_is_document, MOST_DOCUMENTS)
            lines = [(line.title, line.path, kind.partition(";")[0].strip().lower()) for line, kind in found]
            self._found.keep(mark, lines, sum(200 + len(title) + len(path) for title, path, _kind in lines))
        origin = self._books_origin()
        return [
            Document(title, path, kind, origin + content_address(key, path, DOWNLOAD)) for title, path, kind in lines
        ]


def _is_document(media_type: str) -> bool:
    return way_of(media_type) in {Way.PDF, Way.EPUB}


class _WholeFile:
    """The parts of a book, opened as they were checked."""

    def __init__(self, shelf: Shelf, key: str, listed: Listed) -> None:
        try:
            self._file = PartedFile(parts_of(shelf.folder / listed.file))
        except OSError as error:
            raise BookChangedError(f"The file {listed.file} has just been removed.") from error
        shelf.open(key)  # looks at the files once more: what was opened is what was checked
        self.size = self._file.size

    def close(self) -> None:
        self._file.close()

    def chunks(self, start: int, size: int) -> Iterator[bytes]:
        for at in range(start, start + size, CHUNK):
            yield self._file.read(at, min(CHUNK, start + size - at))
