"""The library's pages on the hub's site: shelf, books, codes with their QR pictures, a list for programs."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from werkzeug.routing import BaseConverter

from library.arranging import arrange
from library.codes import qr
from library.codes.code_book import CodeBook, normalise, spoken
from library.errors import CodesUnavailableError, PageNotFoundError, ShelfUnavailableError
from library.facts import Kind
from library.listing import Listed, State
from library.media.picture_folder import picture_type, read_picture
from library.opds.catalogue import urn
from library.page import Page
from library.reading.book_home import BookHome
from library.reading.desk import ReadingDesk
from library.reading.opening import opening_address
from library.reading.order import ReadingOrders
from library.reading.ways import kind_of
from library.serving.pages import entry_address
from library.shelf import Shelf
from library.views import BookView, book_address, cover_version, item_address, view

THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Tile:
    """The library's place on the home page."""

    title: str
    note: str
    url: str
    picture: str


@dataclass(frozen=True)
class Panel:
    """The library's part of the administration."""

    key: str
    title: str
    roles: frozenset[str]
    render: Callable[[], Markup]


class SlugConverter(BaseConverter):
    """A book's slug in an address."""

    regex = r"[A-Za-z0-9._~-]{1,120}"


class LibraryPages:
    """The library's part of the hub's site.

    Args:
        shelf: the books.
        code_book: the short codes.
        pictures: the folder of the pictures for rows.
        books_origin: scheme, host and port where the pages of books are served, for the request being answered.
        hub_origin: the same for the hub's own site, as it is printed in QR codes.
        reading_origin: the same for those of its pages that frame books.
    """

    def __init__(
        self,
        shelf: Shelf,
        code_book: CodeBook,
        pictures: Path,
        books_origin: Callable[[], str],
        hub_origin: Callable[[], str],
        reading_origin: Callable[[], str],
    ) -> None:
        self._shelf = shelf
        self._codes = code_book
        self._pictures = pictures
        self._books_origin = books_origin
        self._hub_origin = hub_origin
        orders = ReadingOrders()
        self._home = BookHome(shelf, orders)
        self._desk = ReadingDesk(shelf, orders, books_origin, hub_origin, reading_origin)

    def install(self, app: Flask) -> None:
        """Add the library's pages and error pages to a site."""
        app.url_map.converters["slug"] = SlugConverter
        pages = Blueprint("library", __name__, template_folder=str(Path(__file__).parent / "templates"))
        pages.add_url_rule("/tu-sach", view_func=self.show_shelf, endpoint="shelf")
        pages.add_url_rule("/sach/<slug:key>/bia", view_func=self.show_cover, endpoint="cover")
        pages.add_url_rule("/sach/<slug:key>/bia/<version>", view_func=self.show_cover, endpoint="cover-of-edition")
        for kind in Kind:
            address = f"{item_address(kind.value, '').rstrip('/')}/<slug:key>/bia-nho/<version>"
            pages.add_url_rule(address, view_func=self.show_small_cover, endpoint=f"small-cover-{kind.value}")
        pages.add_url_rule("/sach/<slug:key>/ma", view_func=self.show_code, endpoint="code")
        pages.add_url_rule("/q/<path:typed>", view_func=self.follow_code, endpoint="follow")
        pages.add_url_rule("/Q/<path:typed>", view_func=self.follow_code, endpoint="follow_typed")
        pages.add_url_rule("/api/shelf", view_func=self.list_shelf, endpoint="api_shelf")
        app.register_blueprint(pages)
        for room in (self._home, self._desk):
            room.install(app)

    def books(self) -> list[BookView]:
        """Every file of the folder, for pages."""
        return [self._view(listed) for listed in self._shelf.listing().books]

    def newest(self, most: int) -> list[BookView]:
        """What came onto the shelf last; nothing where the shelf cannot be read."""
        try:
            ready = self._shelf.everything().values()
        except ShelfUnavailableError:
            return []
        return [self._view(listed) for listed in sorted(ready, key=lambda line: -line.mtime_ns)[:most]]

    def tile(self) -> Tile:
        """The library's place on the home page."""
        try:
            count = len(self._shelf.ready())
        except ShelfUnavailableError:
            return Tile(_("Bookcase"), _("Being prepared"), "/tu-sach", "books")
        return Tile(_("Bookcase"), ngettext("%(num)d book", "%(num)d books", count), "/tu-sach", "books")

    def panel(self) -> Panel:
        """The library's part of the administration: what is on the shelf, and what was put aside and why."""
        return Panel("library", _("Bookcase"), frozenset({"content-editor", "village-head"}), self._render_panel)

    def show_shelf(self) -> ResponseReturnValue:
        """Everything on the shelf, or what a reader asks for of it."""
        listing = self._shelf.listing()
        waiting = [self._view(line) for line in listing.books if line.state is State.CHECKING]
        shown = arrange(self._ready_views(), request.args.get("loai", ""), request.args.get("chu-de", ""))
        return render_template("library/shelf.html", shelf=shown, waiting=waiting)

    def show_cover(self, key: str, version: str = "") -> ResponseReturnValue:
        """A book's cover picture, or 404 where it has none; that of another edition leads to it."""
        listed, book = self._shelf.open(key)
        picture = book.cover()
        if picture is None:
            abort(404)
        if version and listed.facts and version != cover_version(listed.facts):
            return redirect(view(listed).cover_url or "/", 302)
        response = Response(picture, mimetype="image/png")
        response.headers["Cache-Control"] = "max-age=86400"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.set_etag(listed.facts.edition if listed.facts else "")
        return response.make_conditional(request)

    def show_small_cover(self, key: str, version: str) -> ResponseReturnValue:
        """The picture that stands in rows, of a book, a film or a sound, or 404 where it has none."""
        listed = self._shelf.everything().get(key)
        if listed is None or listed.facts is None or not listed.facts.small_picture:
            abort(404)
        name = listed.facts.small_picture
        if version != cover_version(listed.facts):
            return redirect(view(listed).small_cover_url or "/", 302)
        picture = read_picture(self._pictures, name)
        if picture is None:
            abort(404)
        response = Response(picture, mimetype=picture_type(name))
        response.headers["Cache-Control"] = "max-age=86400"
        response.set_etag(f"{listed.facts.edition}-nho")
        return response.make_conditional(request)

    def show_code(self, key: str) -> ResponseReturnValue:
        """The short code of a book or of one of its pages, as letters and as a QR picture; minted when first shown."""
        listed, _book = self._shelf.open(key)
        path = request.args.get("trang", "")
        page = self._page_of(key, path) if path else None
        try:
            code = self._codes.mint(listed.name, path)
        except CodesUnavailableError:
            if path:
                raise
            code = listed.code
        address = f"{self._hub_origin()}/q/{code}"
        return render_template(
            "library/code.html",
            title=(page.title or page.path) if page else self._view(listed).title,
            book_title=self._view(listed).title,
            code=spoken(code),
            address=address,
            only_here=urlsplit(address).hostname in THIS_MACHINE,
            qr_svg=Markup(qr.svg(address)),  # noqa: S704 - drawn by us from a code and our own host
            read_url=self._opening(key, page) if page else self._view(listed).read_url,
            back_url=book_address(key),
            kind=kind_of(page.mimetype) if page else Kind.BOOK,
        )

    def follow_code(self, typed: str) -> ResponseReturnValue:
        """Lead to what a code stands for, in one step."""
        code = normalise(typed)
        target = self._target(code) if code else None
        if target is None:
            return self._unknown_code(typed)
        key, path, kind = target
        if not path or kind != Kind.BOOK:
            return redirect(item_address(kind, key))
        try:
            page = self._page_of(key, path)
        except PageNotFoundError:
            return redirect(book_address(key))  # this edition has the page no longer; its book is the next best
        return redirect(self._opening(key, page))

    def list_shelf(self) -> ResponseReturnValue:
        """Every file of the folder, for programs."""
        rows = []
        for listed in self._shelf.listing().books:
            shown, facts, ready = self._view(listed), listed.facts, listed.state is State.READY
            is_book = listed.kind == Kind.BOOK
            rows.append(
                {
                    "name": listed.name,
                    "title": shown.title,
                    "language": facts.language if facts else "",
                    "file": listed.file,
                    "uuid": facts.uuid if facts else "",
                    "state": listed.state.value,
                    "reason": f"{shown.reason} {shown.detail}".strip(),
                    "kind": listed.kind,
                    "pages": self._books_origin() + entry_address(shown.slug, "") if ready and is_book else "",
                    "url": self._hub_origin() + shown.url if ready else "",
                    "code": listed.code,
                    "id": urn(listed.name) if facts else "",
                    "subjects": list(facts.subjects) if facts else [],
                    "rights": asdict(facts.rights) if facts and facts.rights else None,
                    "cover": self._hub_origin() + shown.cover_url if ready and shown.cover_url else "",
                }
            )
        response = jsonify(books=rows)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _render_panel(self) -> Markup:
        listing = self._shelf.listing()
        others = [self._view(line) for line in listing.books if line.state is not State.READY]
        ready = len(self._shelf.ready())
        text = render_template(
            "library/panel.html",
            ready=ready,
            media=len(self._shelf.media()),
            undescribed=[line.file for line in self._shelf.media().values() if _is_undescribed(line)],
            others=others,
            problem=listing.problem,
            folder=self._shelf.folder,
        )
        return Markup(text)  # noqa: S704 - our own template, which escapes

    def _view(self, listed: Listed) -> BookView:
        return view(listed)

    def _ready_views(self) -> list[BookView]:
        return [self._view(listed) for listed in self._shelf.everything().values()]

    def _opening(self, key: str, page: Page) -> str:
        return opening_address(key, page.path, page.mimetype, self._books_origin())

    def _page_of(self, key: str, path: str) -> Page:
        """The page at a path, redirects followed.

        Raises:
            PageNotFoundError: there is none.
        """
        _listed, book = self._shelf.open(key)
        found = book.page(path)
        page = found if isinstance(found, Page) else book.page(found)
        if not isinstance(page, Page):
            raise PageNotFoundError(f"{path!r} leads nowhere.")
        return page

    def _target(self, code: str) -> tuple[str, str, str] | None:
        """Slug, path and kind of what a code stands for; books keep theirs even where the table cannot be read."""
        ready = self._shelf.everything()
        try:
            target = self._codes.find(code)
        except CodesUnavailableError:
            target = None
        for key, listed in ready.items():
            if target is not None and listed.name == target.name:
                return key, target.path, listed.kind
            if target is None and listed.code == code:
                return key, "", listed.kind
        return None

    def _unknown_code(self, typed: str) -> ResponseReturnValue:
        return render_template("library/unknown_code.html", typed=typed[:40], books=self._ready_views()), 404


def _is_undescribed(line: Listed) -> bool:
    return line.facts is not None and line.facts.media is not None and not line.facts.media.described
