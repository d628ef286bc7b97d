"""The website's door: every request comes in here and is led to the hub's pages or to the pages of books."""

import encodings.idna  # noqa: F401 - two threads that need it first at once would leave Python without it for good
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime
from flask_babel import gettext as _
from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_date

from hub import i18n, status, weight
from hub.config import HouseConfig
from hub.explanations import explain
from hub.hosts import Hosts, Place, Site
from hub.pages import Lead, Tile
from hub.statics import Statics
from library.documents.addresses import CONTENT_PREFIX
from library.errors import LibraryError, ShelfUnavailableError
from library.serving.pages import FRAMED_PREFIX, PREFIX, BookPages
from library.shelf import Shelf
from library.web import LibraryPages

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

logger = logging.getLogger(__name__)

PLACE_KEY = "hub.place"
_NEW_BOOKS = 4
_LARGEST_FORM = 64 * 1024
_WALL_OF_FILES = "default-src 'none'; frame-ancestors 'none'"
"""Of what holds no script and names nothing by itself; it is sent eight times with a page, so it is short."""
_DATED = ("HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE", "HTTP_IF_RANGE")


def place_of_request() -> Place:
    """Where the request being answered arrived."""
    place: Place = request.environ[PLACE_KEY]
    return place


class Door:
    """The WSGI application of the whole website (PEP 3333).

    Args:
        hosts: the hub's names.
        pages: the hub's own pages.
        books: the pages of books.
        behind_nginx: whether nginx stands before it, so that its word on how a reader came can be believed.
    """

    def __init__(self, hosts: Hosts, pages: Flask, books: BookPages, *, behind_nginx: bool = False) -> None:
        self._hosts = hosts
        self._behind_nginx = behind_nginx
        self._pages = pages
        self._books = books

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        place = self._enter(environ)
        path: str = environ.get("PATH_INFO", "")
        if not path.startswith("/"):  # "OPTIONS *" is the one such request in the standard, and nobody's here
            return problem_page(self._pages, Request(environ), 400)(environ, start_response)
        of_book = path.startswith((PREFIX, FRAMED_PREFIX))
        if of_book and place.site in {Site.BOOKS, Site.ADDRESS}:
            answer = self._books.respond(
                Request(environ), sandboxed=place.site is Site.ADDRESS, hub_origin=place.hub_origin
            )
            return answer(environ, start_response)
        if of_book and place.site is Site.HUB:
            return _led_to(place.books_origin, environ)(environ, start_response)
        of_document = path.startswith(CONTENT_PREFIX)
        if of_document and place.site is Site.HUB:
            return _led_to(place.books_origin, environ)(environ, start_response)
        if place.site is Site.BOOKS and not of_document and not path.startswith("/static/"):
            return _led_to(place.hub_origin, environ)(environ, start_response)
        return self._pages(environ, start_response)

    def say_busy(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request for which there is no room just now."""
        self._enter(environ)
        return problem_page(self._pages, Request(environ), 503)(environ, start_response)

    def _enter(self, environ: "WSGIEnvironment") -> Place:
        """See where a request arrived, and drop those of its conditions that are no dates (RFC 9110, section 13.1)."""
        secure = self._behind_nginx and environ.get("HTTP_X_FORWARDED_PROTO") == "https"
        environ[PLACE_KEY] = place = self._hosts.place(environ.get("HTTP_HOST", ""), "https" if secure else "http")
        environ["wsgi.url_scheme"] = place.hub_origin.partition(":")[0]
        for condition in _DATED:
            if not _is_readable(environ.get(condition, "")):
                del environ[condition]
        return place


def _is_readable(date: str) -> bool:
    """Whether the parser of dates survives it; a year of twenty digits is too much for it."""
    try:
        parse_date(date)
    except (OverflowError, ValueError):
        return False
    return True


def _led_to(origin: str, environ: "WSGIEnvironment") -> Response:
    """Send a reader to the same address on the right host."""
    if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
        return Response(status=421)
    path = quote(environ.get("PATH_INFO", "").encode("latin-1"), safe="/:@!$&'()*+,;=~")
    query = environ.get("QUERY_STRING", "")
    return Response(status=302, headers={"Location": f"{origin}{path}{'?' + query if query else ''}"})


def create_pages(
    house: HouseConfig,
    library: LibraryPages,
    shelf: Shelf,
    look: Callable[[], status.StatusReport],
    install: Sequence[Callable[[Flask], None]] = (),
    tiles: Sequence[Callable[[], Tile | None]] = (),
    leads: Sequence[Callable[[], Lead | None]] = (),
) -> Flask:
    """The hub's own pages as a Flask site.

    Args:
        house: whose house this is; every page's frame shows it.
        library: the library's pages.
        shelf: the books; ``/healthz`` says whether they can be read.
        look: what the status page shows, looked up when it is asked for.
        install: what else adds itself to the site, such as the administration.
        tiles: what the home page offers, in the order of their numerals; what has nothing to offer just now is None.
        leads: what stands above them just now; what has nothing to say is None.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_FORM
    app.config["VILLAGE_WORD"] = house.village_word
    app.url_map.merge_slashes = False
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(lambda: {"house": house})
    app.before_request(_refuse_strangers)
    app.after_request(_keep_cookies_home)  # the first one named is the last one run
    i18n.init_app(app)
    Statics().install(app)
    library.install(app)
    for add in install:
        add(app)
    app.after_request(_guard)
    weight.install(app)
    app.register_error_handler(LibraryError, _library_problem)
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(Exception, _unexpected_problem)

    @app.get("/")
    def home() -> ResponseReturnValue:
        there = (tile for make in tiles if (tile := make()))
        shown = [_numbered(number, tile) for number, tile in enumerate(there, start=1)]
        above = [lead for make in leads if (lead := make())]
        return render_template("home.html", leads=above, tiles=shown, new_books=library.newest(_NEW_BOOKS))

    @app.get("/healthz")
    def health() -> ResponseReturnValue:
        try:
            listing = shelf.listing()
        except ShelfUnavailableError as error:
            return {"ok": False, "problem": error.message}, 503
        return {"ok": not listing.problem, "problem": listing.problem}, 503 if listing.problem else 200

    @app.get("/trang-thai")
    def show_status() -> ResponseReturnValue:
        report = look()
        try:
            books, problem = library.books(), shelf.listing().problem
        except ShelfUnavailableError as error:
            books, problem = [], error.message
        # Translators: a time as Unicode's date patterns write it (UTS 35); 19 giờ 30, ngày 24/11/2026.
        return render_template(
            "status.html",
            services=report.services,
            books=books,
            problem=problem,
            storage=report.storage,
            checked_at=format_datetime(datetime.now().astimezone(), _("h:mm a, MMMM d, yyyy")),
        )

    return app


def problem_page(app: Flask, asked: Request, code: int) -> Response:
    """A page that says kindly what is wrong with a request that never reached the hub's own pages."""
    with app.request_context(asked.environ):
        return _framed_page(code) if asked.path.startswith(FRAMED_PREFIX) else _guard(_page(code))


def _numbered(number: int, tile: Tile) -> dict[str, object]:
    return {"numeral": number, "title": tile.title, "note": tile.note, "url": tile.url, "picture": tile.picture}


def _refuse_strangers() -> ResponseReturnValue | None:
    """A Host name that is not ours gets a page that says where the library is (RFC 9110, section 15.5.20)."""
    stranger = place_of_request().site is Site.UNKNOWN and request.endpoint != "static"  # the page wants its style
    return _page(421) if stranger else None


def _page(code: int) -> Response:
    place = place_of_request()
    words = explain(code)
    origin = "" if place.site in {Site.HUB, Site.ADDRESS} else place.hub_origin
    home = origin if place.site is Site.UNKNOWN else _("Home")
    links = [(_("Bookcase"), f"{origin}/tu-sach"), (home, f"{origin}/")]
    text = render_template("error.html", status=code, heading=words.heading, advice=words.advice, links=links)
    response = Response(text, status=code, mimetype="text/html", headers={"Cache-Control": "no-store"})
    if code == 503:
        response.headers["Retry-After"] = "5"
    return response


def _framed_page(code: int) -> Response:
    """The same below the reading bar: on the books' host, without the hub's frame, and open to the hub's frame only."""
    place, words = place_of_request(), explain(code)
    text = render_template("error_in_frame.html", heading=words.heading, advice=words.advice, origin=place.hub_origin)
    response = Response(text, status=code, mimetype="text/html", headers={"Cache-Control": "no-store"})
    response.headers["Content-Security-Policy"] = (
        "sandbox allow-top-navigation-by-user-activation; default-src 'self' " + place.books_origin + ";"
        f" frame-ancestors 'self' {place.hub_origin}; form-action 'none'; base-uri 'none'"
    )
    return _guard(response)


def _library_problem(error: LibraryError) -> ResponseReturnValue:
    if error.status != 404:
        logger.warning("%s %s", error.message, error.hint)
    return _as_asked(error.status)


def _http_problem(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400:
        return error.get_response()
    response = _as_asked(code)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _unexpected_problem(error: Exception) -> ResponseReturnValue:
    logger.error("%s %s failed", request.method, request.path[:200], exc_info=error)
    return _as_asked(500)


def _as_asked(code: int) -> Response:
    """The problem as a page, or as JSON below ``/api/``."""
    if not request.path.startswith("/api/"):
        return _page(code)
    words = explain(code)
    response = Response(status=code, mimetype="application/json", headers={"Cache-Control": "no-store"})
    response.set_data(json.dumps({"error": words.heading, "advice": words.advice}, ensure_ascii=False))
    return response


def _keep_cookies_home(response: Response) -> Response:
    """Only the hub's own hosts get cookies: books must find none of ours on theirs."""
    if place_of_request().site not in {Site.HUB, Site.ADDRESS}:
        response.headers.remove("Set-Cookie")
    return response


def _guard(response: Response) -> Response:
    """Walls around the hub's own pages: nothing from elsewhere, nobody frames them, addresses stay in the hub."""
    place = place_of_request()
    if request.path.startswith("/static/") and request.path.endswith((".css", ".svg", ".woff2")):
        response.headers["Content-Security-Policy"] = _WALL_OF_FILES
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'self'; img-src 'self' data: {place.books_origin}; media-src 'self' {place.books_origin};"
        f" frame-src {place.books_origin}; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "no-cache")
    return response
