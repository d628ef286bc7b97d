"""Serves the pages of books byte for byte: ranges, validators, compression, and the walls around untrusted pages.

Addresses are ``/trang/<book>/<path of the entry>``. A book's pages may contain anything, so they live on a host name of
their own; where there is only an IP address they are sandboxed into an origin of their own instead. Below
``/doc-trang/`` the same entries stand once more for the reading desk's frame: there, and only there, pages carry its
script (see `library.reading.script`).
"""

import hashlib
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote

from werkzeug import Request, Response

from library.book import LONGEST_PATH, Book
from library.errors import LibraryError
from library.page import LARGEST_COMPRESSED_PAGE, Page
from library.reading.script import with_script
from library.reading.ways import Way, way_of
from library.serving.large_pages import LARGE, LargePages
from library.serving.sending import Answer, send
from library.serving.texts import LARGEST_COMPRESSED, PackedPages, is_compressible, media_type
from library.shelf import Shelf

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

logger = logging.getLogger(__name__)

PREFIX = "/trang/"
FRAMED_PREFIX = "/doc-trang/"
_SANDBOX = "sandbox allow-scripts allow-forms allow-popups allow-modals allow-downloads"
_FRAMED_SANDBOX = f"{_SANDBOX} allow-top-navigation-by-user-activation"


def entry_address(book_slug: str, path: str, prefix: str = PREFIX) -> str:
    """The address of a page below the books' host: percent-encoded, and the same in every process."""
    return prefix + book_slug + "/" + quote(path, safe="/:@!$&'()*+,;=~")


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
        script: the address of the reading desk's script, at which the books' host has it too.
    """

    def __init__(
        self, shelf: Shelf, packed: PackedPages, problem: Callable[[Request, int], Response], script: str
    ) -> None:
        self._shelf = shelf
        self._script = script
        self._script_mark = hashlib.sha256(script.encode()).hexdigest()[:8]
        self._packed = packed
        self._large = LargePages(LARGEST_COMPRESSED_PAGE)
        self._problem = problem

    def respond(self, request: Request, *, sandboxed: bool, hub_origin: str) -> "WSGIApplication":
        """The answer to a request below one of the two prefixes.

        Args:
            request: its path begins with ``/trang/`` or ``/doc-trang/``.
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
        framed = path.startswith(FRAMED_PREFIX)
        prefix = FRAMED_PREFIX if framed else PREFIX
        book_slug, slash, entry_path = path.removeprefix(prefix).partition("/")
        try:
            listed, book = self._shelf.open(book_slug)
            edition = listed.facts.edition if listed.facts else ""
            answer = self._page(request, book, edition, (prefix, book_slug, entry_path if slash else ""))
        except LibraryError as error:
            if error.status != 404:
                logger.warning("%s %s", error.message, error.hint)
            return self._problem(request, error.status)
        except Exception:
            logger.exception("%s cannot be served", path[:200])
            return self._problem(request, 500)
        sandbox = (_FRAMED_SANDBOX if framed else _SANDBOX) if sandboxed else ""
        _wall_off(answer, request, sandbox=sandbox, hub_origin=hub_origin)
        return answer

    def _page(self, request: Request, book: Book, edition: str, asked: tuple[str, str, str]) -> Answer:
        prefix, book_slug, path = asked
        key = (edition, path)
        packed = self._packed.get(key)
        if prefix == FRAMED_PREFIX and (packed is None or way_of(packed.content_type) is Way.PAGE):
            key = (edition, f"{path}\0framed")
            packed = self._packed.get(key)
        if packed is None:
            found = book.page(path) if path else book.main_path() or book.page("")
            if not isinstance(found, Page):
                there = entry_address(book_slug, found, prefix)
                return Answer(302, {"Location": there, "Content-Type": "text/plain", "Content-Length": "0"})
            tag, mimetype = f"{edition}-{found.index}", media_type(found.mimetype)
            shared = _Shared(self._large, (edition, path), found)
            if not is_compressible(mimetype) or found.size > LARGEST_COMPRESSED:
                return send(request, shared if found.is_compressed and found.size > LARGE else found, tag, mimetype)
            data = b"".join(shared.chunks(0, found.size)) if found.size > LARGE else found.read()
            if prefix == FRAMED_PREFIX and way_of(mimetype) is Way.PAGE:
                data, tag = with_script(data, mimetype, self._script), f"{tag}-{self._script_mark}"
            packed = self._packed.pack(key, mimetype, data, tag)
        if packed.zipped and "Range" not in request.headers and request.accept_encodings["gzip"] > 0:
            answer = send(request, packed.data, f"{packed.tag}-gz", packed.content_type)
            answer.headers["Content-Encoding"] = "gzip"
        else:
            answer = send(request, self._packed.plain(key, packed), packed.tag, packed.content_type)
        answer.headers["Vary"] = "Accept-Encoding"
        return answer


class _Shared:
    """A large compressed page, unpacked once for all who read it at the same time."""

    def __init__(self, large: LargePages, key: tuple[str, str], page: Page) -> None:
        self._large, self._key, self._page = large, key, page
        self.size = page.size

    def chunks(self, start: int, size: int) -> Iterable[bytes]:
        return self._large.chunks(self._key, self.size, self._page.read, start, size)


def _wall_off(answer: Answer, request: Request, *, sandbox: str, hub_origin: str) -> None:
    """Keep a book's page from reaching out: nothing loads from elsewhere, and the hub's cookies are out of reach."""
    own = f"'self' {request.scheme}://{request.host}"
    policy = [
        f"default-src {own} data: blob: 'unsafe-inline' 'unsafe-eval'",
        f"frame-ancestors 'self' {hub_origin}",
        f"form-action {own}",
        "base-uri 'self'",
    ]
    if sandbox:
        policy.insert(0, sandbox)
        answer.headers["Access-Control-Allow-Origin"] = "*"  # an opaque origin asks for its own fonts as a stranger
    answer.headers["Content-Security-Policy"] = "; ".join(policy)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
