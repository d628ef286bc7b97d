"""Serves the pages of books byte for byte: ranges, validators, compression, and the walls around untrusted pages.

Addresses are ``/trang/<book>/<path of the entry>``. A book's pages may contain anything, so they live on a host name of
their own; where there is only an IP address they are sandboxed into an origin of their own instead.
"""

import logging
from collections.abc import Callable
from urllib.parse import quote

from werkzeug import Request, Response
from werkzeug.http import parse_if_range_header, parse_range_header

from library.book import Book, Page
from library.errors import LibraryError
from library.shelf import Shelf
from library.texts import LARGEST_COMPRESSED, PackedPages, is_compressible, media_type, with_charset
from library.zim_tables import CHUNK

logger = logging.getLogger(__name__)

PREFIX = "/trang/"
LONGEST_PATH = 4096
"""Bytes; openZIM's writers stay far below."""
_SANDBOX = "sandbox allow-scripts allow-forms allow-popups allow-modals allow-downloads"


def entry_address(book_slug: str, path: str) -> str:
    """The address of a page below the books' host: percent-encoded, and the same in every process."""
    return PREFIX + book_slug + "/" + quote(path, safe="/:@!$&'()*+,;=~")


def decode_path(path_info: str) -> str:
    """The path a browser asked for, from WSGI's ``PATH_INFO`` (PEP 3333: bytes written as Latin-1).

    Raises:
        ValueError: it is not UTF-8, or overlong.
    """
    raw = path_info.encode("latin-1")
    if len(raw) > LONGEST_PATH:
        raise ValueError("the path is too long")
    return raw.decode("utf-8")


class BookPages:
    """Answers requests for the pages of books.

    Args:
        shelf: the books.
        packed: keeps compressed pages.
        problem: makes a page that says kindly what is wrong, for a request and an HTTP status.
    """

    def __init__(self, shelf: Shelf, packed: PackedPages, problem: Callable[[Request, int], Response]) -> None:
        self._shelf = shelf
        self._packed = packed
        self._problem = problem

    def respond(self, request: Request, *, sandboxed: bool, hub_origin: str) -> Response:
        """The answer to a request below ``/trang/``.

        Args:
            request: its path begins with ``/trang/``.
            sandboxed: whether the books share the hub's own host and must be kept in a sandbox.
            hub_origin: the only foreign origin that may frame a book.
        """
        if request.method not in {"GET", "HEAD"}:
            response = self._problem(request, 405)
            response.headers["Allow"] = "GET, HEAD"
            return response
        try:
            path = decode_path(request.environ["PATH_INFO"])
        except UnicodeDecodeError:
            return self._problem(request, 400)
        except ValueError:
            return self._problem(request, 414)
        book_slug, slash, entry_path = path.removeprefix(PREFIX).partition("/")
        try:
            listed, book = self._shelf.open(book_slug)
            edition = listed.facts.edition if listed.facts else ""
            response = self._page(request, book, edition, book_slug, entry_path if slash else "")
        except LibraryError as error:
            if error.status != 404:
                logger.warning("%s %s", error.message, error.hint)
            return self._problem(request, error.status)
        _wall_off(response, request, sandboxed=sandboxed, hub_origin=hub_origin)
        return response

    def _page(self, request: Request, book: Book, edition: str, book_slug: str, path: str) -> Response:
        found = book.page(path) if path else book.main_path()
        if not isinstance(found, Page):
            return Response(status=302, headers={"Location": entry_address(book_slug, found)})
        mimetype = media_type(found.mimetype)
        if not is_compressible(mimetype) or found.size > LARGEST_COMPRESSED:
            return _send(request, found, None, f"{edition}-{found.index}", mimetype)
        wants_gzip = "Range" not in request.headers and request.accept_encodings["gzip"] > 0
        tag = f"{edition}-{found.index}"
        packed = self._packed.get((edition, found.index))
        if not wants_gzip:
            data = found.read()
            response = _send(request, found, data, tag, packed.content_type if packed else with_charset(mimetype, data))
        else:
            packed = packed or self._packed.pack((edition, found.index), mimetype, found.read())
            if packed.zipped is None:
                response = _send(request, found, found.read(), tag, packed.content_type)
            else:
                response = _send(request, found, packed.zipped, f"{tag}-gz", packed.content_type)
                response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        return response


def _send(request: Request, page: Page, data: bytes | None, tag: str, content_type: str) -> Response:
    """A page, part of it, or word that the reader has it already (RFC 9110, sections 13 and 14).

    Args:
        request: its conditions and range are obeyed; more than one range at once is answered with the whole page.
        page: read in pieces when ``data`` is None.
        data: the bytes to send, in the encoding that ``tag`` stands for.
        tag: the strong validator of exactly these bytes.
        content_type: the full media type.
    """
    size = page.size if data is None else len(data)
    headers = {"ETag": f'"{tag}"', "Cache-Control": "no-cache", "Accept-Ranges": "bytes"}
    if request.if_none_match.contains_weak(tag):
        return Response(status=304, headers=headers)
    headers["Content-Type"] = content_type
    start, stop, status = 0, size, 200
    wanted = parse_range_header(request.headers.get("Range"))
    if wanted and wanted.units == "bytes" and len(wanted.ranges) == 1 and _still_the_same(request, tag):
        span = wanted.range_for_length(size)
        if span is None:
            return Response(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
        start, stop, status = span[0], min(span[1], size), 206
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    headers["Content-Length"] = str(stop - start)
    if request.method == "HEAD":
        return Response(status=status, headers=headers)
    if data is not None:
        return Response(data[start:stop], status=status, headers=headers)
    chunks = page.chunks(start, stop - start)
    body = b"".join(chunks) if stop - start <= CHUNK else chunks
    return Response(body, status=status, headers=headers, direct_passthrough=True)


def _still_the_same(request: Request, tag: str) -> bool:
    """Whether a range may be sent: there is no ``If-Range``, or it names this very edition."""
    if "If-Range" not in request.headers:
        return True
    condition = parse_if_range_header(request.headers["If-Range"])
    return condition.etag == tag and not request.headers["If-Range"].startswith("W/")


def _wall_off(response: Response, request: Request, *, sandboxed: bool, hub_origin: str) -> None:
    """Keep a book's page from reaching out: nothing loads from elsewhere, and the hub's cookies are out of reach."""
    own = f"'self' {request.scheme}://{request.host}"
    policy = [
        f"default-src {own} data: blob: 'unsafe-inline' 'unsafe-eval'",
        f"frame-ancestors 'self' {hub_origin}",
        f"form-action {own}",
        "base-uri 'self'",
    ]
    if sandboxed:
        policy.insert(0, _SANDBOX)
        response.headers["Access-Control-Allow-Origin"] = "*"  # an opaque origin asks for its own fonts as a stranger
    response.headers["Content-Security-Policy"] = "; ".join(policy)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
