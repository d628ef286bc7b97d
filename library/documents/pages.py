"""The pages around documents inside books, on the hub's site: an EPUB's contents, a PDF, a film or a sound."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import Flask, Response, abort, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from library.book import Book
from library.documents.addresses import (
    DOWNLOAD,
    PAGE_PREFIX,
    SUBTITLES_PREFIX,
    VIEWER,
    content_address,
    document_address,
    subtitles_address,
)
from library.documents.pdf_program import PdfProgram
from library.epub.epubs import Epubs
from library.errors import EpubError, LibraryError, PageNotFoundError
from library.facts import Kind
from library.kept_values import Kept
from library.languages import language_names
from library.listing import Listed
from library.media.subtitles import LARGEST_SUBTITLES, SubtitlesError, to_vtt
from library.page import Page
from library.reading.book_home import code_address
from library.reading.opening import Way, opening_address, way_of
from library.reading.ways import kind_of
from library.rights_words import RightsView, rights_view
from library.serving.pages import entry_address
from library.shelf import Shelf
from library.views import book_address, size_text, view

MOST_LISTED: Final = 200
_ROOM_FOR_LISTS: Final = 1024 * 1024
_POSTERS: Final = (".jpg", ".jpeg", ".png", ".webp")
_NOT_ON_APPLE: Final = ("webm", "ogg", "ogv", "matroska", "x-msvideo", "flv", "wmv", "x-ms", "theora", "opus", "3gpp")


@dataclass(frozen=True)
class DocumentLine:
    """A document that a book holds, for its page."""

    title: str
    url: str
    kind: str


@dataclass(frozen=True)
class Frame:
    """What the page around a document shows beside it."""

    title: str
    book_title: str
    book_url: str
    size: str
    file_url: str
    download_url: str
    code_url: str
    rights: RightsView | None


@dataclass(frozen=True)
class Track:
    """Subtitles of a film."""

    url: str
    language: str
    label: str


class DocumentPages:
    """The pages around documents.

    Args:
        shelf: the books.
        epubs: opens EPUBs.
        program: shows PDFs.
        books_origin: scheme, host and port of the books' site, for the request being answered.
    """

    def __init__(self, shelf: Shelf, epubs: Epubs, program: PdfProgram, books_origin: Callable[[], str]) -> None:
        self._shelf = shelf
        self._epubs = epubs
        self._program = program
        self._books_origin = books_origin
        self._looking = threading.Lock()
        self._lists: Kept[list[tuple[str, str, str]]] = Kept(_ROOM_FOR_LISTS)

    def install(self, app: Flask) -> None:
        """Add the pages to a site, and ``documents_in()`` to its templates."""
        app.add_url_rule(f"{PAGE_PREFIX}<slug:key>/<path:path>", "document", self.show)
        app.add_url_rule(f"{SUBTITLES_PREFIX}<slug:key>/<path:path>", "subtitles", self.send_subtitles)
        app.context_processor(lambda: {"documents_in": self.documents_in})

    def show(self, key: str, path: str) -> ResponseReturnValue:
        """The page around one document; what is no document is opened where it belongs."""
        listed, book = self._shelf.open(key)
        page = book.page(path)
        if not isinstance(page, Page):
            return redirect(document_address(key, page))
        frame = self._frame(key, listed, page)
        match way_of(page.mimetype):
            case Way.EPUB:
                return self._show_epub(key, listed, page, frame)
            case Way.PDF:
                viewer = self._content(key, page.path, VIEWER) if self._program.is_there else ""
                return render_template("library/pdf.html", frame=frame, viewer=viewer)
            case Way.MEDIA:
                return self._show_clip(key, listed, book, page, frame)
        return redirect(opening_address(key, page.path, page.mimetype, self._books_origin()))

    def documents_in(self, key: str) -> list[DocumentLine]:
        """Documents of a book that its contents do not show; none where the book cannot be opened."""
        try:
            listed, book = self._shelf.open(key)
        except LibraryError:
            return []
        mark = (listed.facts.edition if listed.facts else "", "")
        with self._looking:  # a class opens the same book in the same minute
            return [
                DocumentLine(title, document_address(key, path), _kind_name(kind))
                for title, path, kind in self._list(mark, book)
            ]

    def _list(self, mark: tuple[str, str], book: Book) -> list[tuple[str, str, str]]:
        lines = self._lists.get(mark)
        if lines is None:
            found = book.entries_beside(_is_document, MOST_LISTED)
            lines = [(line.title, line.path, kind) for line, kind in found]
            self._lists.keep(mark, lines, sum(200 + len(title) + len(path) for title, path, _kind in lines))
        return lines

    def send_subtitles(self, key: str, path: str) -> ResponseReturnValue:
        """Subtitles as WebVTT."""
        _listed, book = self._shelf.open(key)
        page = book.page(path)
        if not isinstance(page, Page) or not path.endswith((".vtt", ".srt")):
            abort(404)
        if page.size > LARGEST_SUBTITLES:
            abort(413)
        try:
            response = Response(to_vtt(page.read()), mimetype="text/vtt")
        except SubtitlesError:
            abort(404)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def _show_epub(self, key: str, listed: Listed, page: Page, frame: Frame) -> ResponseReturnValue:
        try:
            pack = self._epubs.open(self._shelf.folder / listed.file, edition_of(listed), page).book
        except EpubError as error:
            return render_template("library/document_problem.html", frame=frame, problem=_(error.reason)), 422
        lines = [
            (line.depth, line.title, self._chapter(key, page.path, line.chapter, line.anchor)) for line in pack.lines
        ] or [
            (1, chapter.title or _("Part %(number)s", number=number + 1), self._chapter(key, page.path, number, ""))
            for number, chapter in enumerate(pack.chapters)
        ]
        return render_template(
            "library/epub.html",
            frame=frame,
            book=pack,
            language=language_names(pack.language, get_locale()) if pack.language else "",
            lines=lines,
            first=self._chapter(key, page.path, 0, ""),
            cover=self._content(key, page.path, f"r{pack.cover}") if pack.cover is not None else "",
        )

    def _chapter(self, key: str, path: str, chapter: int | None, anchor: str) -> str:
        if chapter is None:
            return ""
        return self._content(key, path, f"c{chapter}{language_mark()}") + (f"#{anchor}" if anchor else "")

    def _show_clip(self, key: str, listed: Listed, book: Book, page: Page, frame: Frame) -> ResponseReturnValue:
        kind = page.mimetype.partition(";")[0].strip().lower()
        stem = page.path.rpartition(".")[0]
        pictures = [stem + ending for ending in _POSTERS if _is_there(book, stem + ending)]
        poster = self._books_origin() + entry_address(key, pictures[0]) if pictures else view(listed).cover_url or ""
        tracks, heard = [], set()
        for path, language in _subtitles_beside(page.path):
            if language not in heard and _is_there(book, path):
                heard.add(language)
                label = language_names(language, get_locale()) if language else _("Subtitles")
                tracks.append(Track(subtitles_address(key, path), language or "vi", label))
        return render_template(
            "library/clip.html",
            frame=frame,
            is_film=kind_of(page.mimetype) is Kind.FILM,
            media_type=kind,
            poster=poster,
            tracks=tracks,
            not_on_apple=any(name in kind for name in _NOT_ON_APPLE),
        )

    def _frame(self, key: str, listed: Listed, page: Page) -> Frame:
        facts = listed.facts
        free = facts is None or facts.may_be_taken_home()
        return Frame(
            title=page.title or page.path.rpartition("/")[2],
            book_title=view(listed).title,
            book_url=book_address(key),
            size=size_text(page.size),
            file_url=self._books_origin() + entry_address(key, page.path),
            download_url=self._content(key, page.path, DOWNLOAD) if free else "",
            code_url=code_address(key, page.path),
            rights=rights_view(facts.rights) if facts else None,
        )

    def _content(self, key: str, path: str, part: str) -> str:
        return self._books_origin() + content_address(key, path, part)


def edition_of(listed: Listed) -> str:
    """The edition of a book that is on the shelf."""
    return listed.facts.edition if listed.facts else ""


def language_mark() -> str:
    """What an address carries to the books' site, which sees no cookie of the hub, to be answered in this language."""
    language = str(get_locale())
    return "" if language == "vi" else f"?lang={language}"


def _subtitles_beside(path: str) -> list[tuple[str, str]]:
    """Where the subtitles of a film may lie, and the language that their name says (may be empty)."""
    stem = path.rpartition(".")[0] or path
    marks = [("", ""), *((f".{language}", language) for language in ("vi", "en"))]
    return [(f"{stem}{mark}.{ending}", language) for mark, language in marks for ending in ("vtt", "srt")]


def _is_there(book: Book, path: str) -> bool:
    try:
        return isinstance(book.page(path), Page)
    except PageNotFoundError:
        return False


def _is_document(media_type: str) -> bool:
    return way_of(media_type) in {Way.PDF, Way.EPUB, Way.MEDIA}


def _kind_name(media_type: str) -> str:
    if way_of(media_type) is Way.MEDIA:
        return str(_("Film") if kind_of(media_type) is Kind.FILM else _("Sound"))
    return "PDF" if way_of(media_type) is Way.PDF else "EPUB"
