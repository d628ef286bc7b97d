"""What documents hold, on the books' site: clean chapters with their pictures, the PDF viewer, files to take home.

Nothing here may run a script except the viewer's own program, and nothing may load from elsewhere: the policy of each
answer says so, whatever an EPUB brought with it.
"""

import gzip
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from flask import Flask, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from markupsafe import Markup

from library.documents.addresses import CONTENT_PREFIX, DOWNLOAD, INSIDE, VIEWER, content_address, document_address
from library.documents.pages import edition_of, language_mark
from library.documents.pdf_program import PREFIX, PROGRAM, WORKER, PdfProgram
from library.epub.archive import Place
from library.epub.epubs import Epubs
from library.epub.pack import Pack, Resource
from library.errors import EpubError
from library.kept_values import Kept
from library.listing import Listed
from library.page import LARGEST_COMPRESSED_PAGE, Page
from library.reading.opening import Way, way_of
from library.serving.large_pages import LARGE, LargePages
from library.serving.pages import entry_address
from library.serving.sending import Answer, send
from library.serving.texts import media_type
from library.shelf import Shelf

_HTML: Final = "text/html; charset=utf-8"
_ROOM_FOR_CHAPTERS: Final = 4 * 1024 * 1024
_PART = re.compile(r"([csr])(\d{1,5})")
_SANDBOX: Final = "sandbox allow-popups allow-downloads allow-top-navigation-by-user-activation"
_SANDBOXED_VIEWER: Final = f"{_SANDBOX} allow-scripts"


@dataclass(frozen=True)
class Origins:
    """Where this request's sites are, and whether the books share the hub's own host."""

    hub: str
    books: str
    shared: bool


class DocumentContents:
    """Answers requests below ``/mo/``.

    Args:
        shelf: the books.
        epubs: opens EPUBs.
        program: shows PDFs.
        origins: where the sites are, for the request being answered.
    """

    def __init__(self, shelf: Shelf, epubs: Epubs, program: PdfProgram, origins: Callable[[], Origins]) -> None:
        self._shelf = shelf
        self._epubs = epubs
        self._program = program
        self._origins = origins
        self._chapters: Kept[bytes] = Kept(_ROOM_FOR_CHAPTERS)
        self._large = LargePages(LARGEST_COMPRESSED_PAGE)

    def install(self, app: Flask) -> None:
        """Add these addresses, and those of the PDF program, to a site."""
        app.add_url_rule(f"{CONTENT_PREFIX}<slug:key>/<path:rest>", "document_content", self.answer)
        app.add_url_rule(f"{PREFIX}<version>/<path:name>", "pdf_program", self._program.serve)

    def answer(self, key: str, rest: str) -> ResponseReturnValue:
        """One part of a document."""
        path, inside, part = rest.rpartition(INSIDE)
        listed, book = self._shelf.open(key)
        page = book.page(path) if inside else None
        if not isinstance(page, Page):
            abort(404)
        way = way_of(page.mimetype)
        if part == DOWNLOAD:
            return self._download(listed, page)
        if part == VIEWER and way is Way.PDF and self._program.is_there:
            return self._viewer(key, page)
        found = _PART.fullmatch(part)
        if way is not Way.EPUB or found is None:
            abort(404)
        try:
            pack = self._epubs.open(self._shelf.folder / listed.file, edition_of(listed), page)
            return self._part(key, listed, page, pack, found[1], int(found[2]))
        except EpubError as error:
            return self._problem(key, page, error)

    def _part(self, key: str, listed: Listed, page: Page, pack: Pack, kind: str, number: int) -> ResponseReturnValue:
        tag = f"{edition_of(listed)}-{page.index}-{kind}{number}"
        held = {"c": pack.book.chapters, "r": pack.book.resources}.get(kind)
        if held is not None and number >= len(held):
            abort(404)
        if kind == "c":
            return self._chapter(key, page, pack, number, tag)
        if kind == "s":
            try:
                return self._sent(pack.read(f"s{number}"), tag, "text/css; charset=utf-8")
            except EpubError:
                abort(404)
        resource = pack.book.resources[number]
        return self._sent(self._bytes_of(resource, page, pack, number), tag, resource.media_type)

    def _bytes_of(self, resource: Resource, page: Page, pack: Pack, number: int) -> bytes:
        place: Place | None = resource.place
        if place is None:
            return pack.read(f"r{number}")
        if place.start + place.packed > page.size:
            raise EpubError("A picture is not where the pack says.")
        return place.unpack(b"".join(page.chunks(place.start, place.packed)))

    def _chapter(self, key: str, page: Page, pack: Pack, number: int, tag: str) -> ResponseReturnValue:
        """A chapter between its links; put together and compressed once for the many who read it."""
        seen = f"{get_locale()} {self._origins().hub}"
        zipped = self._chapters.get((tag, seen))
        if zipped is None:
            zipped = gzip.compress(self._put_together(key, page, pack, number).encode(), 5, mtime=0)
            self._chapters.keep((tag, seen), zipped, len(zipped))
        tag = f"{tag}-{hashlib.sha256(seen.encode()).hexdigest()[:8]}"
        if request.accept_encodings["gzip"] > 0:
            response = _answered(send(request, zipped, f"{tag}-gz", _HTML))
            response.headers["Content-Encoding"] = "gzip"
        else:
            response = _answered(send(request, gzip.decompress(zipped), tag, _HTML))
        response.vary.add("Accept-Encoding")
        self._wall_off(response, "style-src {own} 'unsafe-inline'; media-src {own}; font-src {own}", _SANDBOX)
        return response

    def _put_together(self, key: str, page: Page, pack: Pack, number: int) -> str:
        book = pack.book
        mark = language_mark()
        around = [
            content_address(key, page.path, f"c{other}{mark}") if 0 <= other < len(book.chapters) else ""
            for other in (number - 1, number + 1)
        ]
        return render_template(
            "library/chapter.html",
            book=book,
            chapter=book.chapters[number],
            number=number + 1,
            html=Markup(pack.read(f"c{number}").decode()),  # noqa: S704 - nh3's word, behind a policy without scripts
            sheets=[content_address(key, page.path, f"s{sheet}") for sheet in book.chapters[number].sheets],
            around=around,
            contents_url=self._origins().hub + document_address(key, page.path) + mark,
        )

    def _viewer(self, key: str, page: Page) -> ResponseReturnValue:
        file_url = entry_address(key, page.path)
        text = render_template(
            "library/pdf_viewer.html",
            title=page.title or page.path.rpartition("/")[2],
            file_url=file_url,
            page_url=self._origins().hub + document_address(key, page.path),
            program=self._program.address(PROGRAM),
            worker=self._program.address(WORKER),
            maps=self._program.address("web/cmaps/"),
            fonts=self._program.address("web/standard_fonts/"),
        )
        response = Response(text, mimetype="text/html")
        allowed = (
            "script-src {own}; worker-src {own} blob:; connect-src {own}; style-src {own} 'unsafe-inline';"
            " font-src {own} data: blob:"
        )
        self._wall_off(response, allowed, _SANDBOXED_VIEWER if self._origins().shared else "")
        return response

    def _download(self, listed: Listed, page: Page) -> ResponseReturnValue:
        """The document itself, to be kept; where its rights do not permit that, it is not offered."""
        if listed.facts is not None and not listed.facts.may_be_taken_home():
            abort(404)
        shared = page.is_compressed and page.size > LARGE
        tag = f"{edition_of(listed)}-{page.index}"
        source = _Held(self._large, (tag, page.path), page) if shared else page
        answer = send(request, source, tag, media_type(page.mimetype))
        name = re.sub(r"[\x00-\x1f\x7f\"\\/]", "_", page.path.rpartition("/")[2])[-150:] or "document"
        plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
        answer.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
        response = _answered(answer)
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response

    def _sent(self, data: bytes, tag: str, content_type: str) -> Response:
        response = _answered(send(request, data, tag, content_type))
        self._wall_off(response, "style-src 'unsafe-inline'", _SANDBOX)
        return response

    def _problem(self, key: str, page: Page, error: EpubError) -> ResponseReturnValue:
        url = self._origins().hub + document_address(key, page.path)
        response = Response(render_template("library/chapter_problem.html", url=url, reason=error.reason), 422)
        self._wall_off(response, "style-src {own}; font-src {own}", _SANDBOX)
        return response

    def _wall_off(self, response: Response, allowed: str, sandbox: str) -> None:
        """Nothing from elsewhere, no script that is not allowed here, and only the hub may frame it."""
        origins = self._origins()
        own = f"'self' {origins.books}"  # in a sandbox 'self' is nobody
        policy = [
            "default-src 'none'",
            f"img-src {own} data: blob:",
            allowed.format(own=own),
            "form-action 'none'",
            "base-uri 'none'",
            f"frame-ancestors 'self' {origins.hub}",
            *([sandbox] if sandbox else []),
        ]
        response.headers["Content-Security-Policy"] = "; ".join(policy)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Access-Control-Allow-Origin"] = "*"  # sandboxed chapters ask for their fonts as strangers


def _answered(answer: Answer) -> Response:
    return Response(answer.body, answer.status, answer.headers)


class _Held:
    """A large compressed entry, unpacked once for all who take it home at the same time."""

    def __init__(self, large: LargePages, key: tuple[str, str], page: Page) -> None:
        self._large, self._key, self._page = large, key, page
        self.size = page.size

    def chunks(self, start: int, size: int) -> Iterable[bytes]:
        return self._large.chunks(self._key, self.size, self._page.read, start, size)
