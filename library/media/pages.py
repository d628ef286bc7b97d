"""The pages of films and sounds on the hub's site: one for each, its bytes, its picture and its subtitles.

The bytes are sent from the hub's own host: their media type is one of a few that were found by looking inside, no
browser runs such a file as a script or shows it as a page (``nosniff``, a policy without scripts), and where a reader
came by https a film on another host could not be played at all.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from flask import Blueprint, Flask, Response, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from library.codes import qr
from library.codes.code_book import spoken
from library.errors import ShelfUnavailableError
from library.facts import Facts, Kind
from library.languages import language_names
from library.listing import Listed
from library.media.facts import Handout, MediaFacts
from library.media.files import MediaFiles
from library.media.subtitles import to_vtt
from library.reading.opening import reading_address
from library.rights_words import rights_view
from library.serving.sending import send
from library.shelf import Shelf
from library.slugs import slug
from library.views import BookView, book_address, cover_version, item_address, view
from library.web import THIS_MACHINE, SlugConverter, Tile

_WALL = "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
_LONGEST_S: Final = 86_400
WORDS: Final = {Kind.FILM: "phim", Kind.SOUND: "am-thanh"}
"""How films and sounds are called in addresses."""


class MediaPages:
    """The pages of films and sounds.

    Args:
        shelf: the shelf.
        books_origin: scheme, host and port where the pages of books are served, for the request being answered.
        hub_origin: the same for the hub's own site, as it is printed in QR codes.
        offer: what the house offers to do with a file of the content folder, for the reader who asks now.
    """

    def __init__(
        self,
        shelf: Shelf,
        books_origin: Callable[[], str],
        hub_origin: Callable[[], str],
        offer: Callable[[str], Markup] = lambda _file: Markup(),
    ) -> None:
        self._shelf = shelf
        self._files = MediaFiles(shelf)
        self._books_origin = books_origin
        self._hub_origin = hub_origin
        self._offer = offer

    def install(self, app: Flask) -> None:
        """Add the pages to a site."""
        app.url_map.converters["slug"] = SlugConverter
        pages = Blueprint("media", __name__, template_folder=str(Path(__file__).parent.parent / "templates"))
        for word in WORDS.values():
            place = f"/{word}/<slug:key>/"
            pages.add_url_rule(place, view_func=self.show, endpoint=word)
            pages.add_url_rule(f"{place}xem/<name>", view_func=self.stream, endpoint=f"{word}-bytes")
            pages.add_url_rule(f"{place}tai-ve", view_func=self.download, endpoint=f"{word}-download")
            pages.add_url_rule(f"{place}bia", view_func=self.show_poster, endpoint=f"{word}-poster")
            pages.add_url_rule(
                f"{place}bia/<version>", view_func=self.show_poster, endpoint=f"{word}-poster-of-edition"
            )
            pages.add_url_rule(f"{place}phu-de/<int:number>.vtt", view_func=self.subtitles, endpoint=f"{word}-words")
            pages.add_url_rule(f"{place}ma", view_func=self.show_code, endpoint=f"{word}-code")
        app.register_blueprint(pages)

    def tile(self) -> Tile | None:
        """The films' place on the home page; none where there is no film."""
        try:
            count = sum(line.kind == Kind.FILM for line in self._shelf.media().values())
        except ShelfUnavailableError:
            return None
        if not count:
            return None
        # Translators: below "Films" on the home page; how many there are.
        return Tile(_("Films"), _("%(count)d to watch", count=count), "/tu-sach?loai=phim", "films")

    def show(self, key: str) -> ResponseReturnValue:
        """The page of one film or sound."""
        listed, facts, media = self._files.find(key)
        shown = view(listed)
        if request.path != shown.url:
            return redirect(shown.url)
        return render_template(
            "library/film.html",
            item=shown,
            media=media,
            mimetype=media.mimetype,
            bytes_url=_bytes_url(shown, media) + _from_moment(),
            download_url=f"{shown.url}tai-ve" if facts.may_be_taken_home() else None,
            tracks=self._tracks(shown, media),
            rights=rights_view(facts.rights),
            handouts=[self._handout(one) for one in media.handouts],
            offer=self._offer(listed.file),
        )

    def stream(self, key: str, name: str) -> ResponseReturnValue:
        """The bytes, or a part of them; the address names the edition, so that parts of two are never put together."""
        listed, _facts, media = self._files.find(key)
        if name != media.edition + media.suffix:
            abort(404)
        return self._send(listed, media)

    def download(self, key: str) -> ResponseReturnValue:
        """The bytes as a file to keep, where the rights permit that."""
        listed, facts, media = self._files.find(key)
        if not facts.may_be_taken_home():
            shown = view(listed)
            return render_template("library/not_to_take_home.html", item=shown, rights=facts.rights), 403
        response = self._send(listed, media)
        name = quote(_file_name(facts) + media.suffix)
        plain = (re.sub(r"[^A-Za-z0-9._-]+", "-", facts.name).strip("-.") or "phim") + media.suffix
        response.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{name}"
        return response

    def show_poster(self, key: str, version: str = "") -> ResponseReturnValue:
        """The picture, or 404 where there is none; that of another edition leads to it."""
        listed, facts, media = self._files.find(key)
        if media.poster is None:
            abort(404)
        if version and version != cover_version(facts):
            return redirect(view(listed).cover_url or "/", 302)
        response = Response(self._files.companion(media.poster), mimetype=media.poster.mimetype)
        response.headers["Cache-Control"] = "max-age=86400"
        response.headers["Content-Security-Policy"] = _WALL
        response.set_etag(facts.edition)
        return response.make_conditional(request)

    def subtitles(self, key: str, number: int) -> ResponseReturnValue:
        """Subtitles in one language, as WebVTT."""
        _listed, facts, media = self._files.find(key)
        if not 1 <= number <= len(media.subtitles):
            abort(404)
        text = to_vtt(self._files.companion(media.subtitles[number - 1].companion))
        response = Response(text, content_type="text/vtt; charset=utf-8")
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Content-Security-Policy"] = _WALL
        response.set_etag(f"{facts.edition}-{number}")
        return response.make_conditional(request)

    def show_code(self, key: str) -> ResponseReturnValue:
        """The short code of a film or a sound, as letters and as a QR picture."""
        listed, facts, _media = self._files.find(key)
        address = f"{self._hub_origin()}/q/{listed.code}"
        return render_template(
            "library/code.html",
            title=facts.title,
            book_title=facts.title,
            code=spoken(listed.code),
            address=address,
            only_here=urlsplit(address).hostname in THIS_MACHINE,
            qr_svg=Markup(qr.svg(address)),  # noqa: S704 - drawn by us from a code and our own host
            read_url=item_address(listed.kind, key),
            back_url="",
            kind=listed.kind,
        )

    def _send(self, listed: Listed, media: MediaFacts) -> Response:
        answer = send(request, self._files.bytes_of(listed), media.edition, media.mimetype)
        response = Response(answer.body, status=answer.status, headers=answer.headers)
        response.headers["Content-Security-Policy"] = _WALL
        if "Content-Type" not in answer.headers:
            del response.headers["Content-Type"]
        return response

    def _tracks(self, shown: BookView, media: MediaFacts) -> list[dict[str, object]]:
        """What ``<track>`` needs; the reader's own language is switched on."""
        own = get_locale().language
        found: list[dict[str, object]] = []
        for number, words in enumerate(media.subtitles, start=1):
            default = words.language.lower().split("-")[0] == own and not any(one["default"] for one in found)
            label = words.label or language_names(words.language, get_locale())
            url = f"{shown.url}phu-de/{number}.vtt"
            found.append({"url": url, "language": words.language, "label": label, "default": default})
        return found

    def _handout(self, handout: Handout) -> tuple[str, str]:
        """The title and the address of something to take home from a screening."""
        if handout.code:
            return handout.title or spoken(handout.code), f"/q/{handout.code}"
        key = slug(handout.book)
        book = self._shelf.ready().get(key)
        title = handout.title or (book.facts.title if book and book.facts else handout.book)
        return title, reading_address(key, handout.page) if handout.page else book_address(key)


def _bytes_url(shown: BookView, media: MediaFacts) -> str:
    return f"{shown.url}xem/{media.edition}{media.suffix}"


def _from_moment() -> str:
    """Where playing shall begin, as W3C's Media Fragments write it; "" where nobody says."""
    seconds = request.args.get("t", 0, type=int)
    return f"#t={seconds}" if 0 < seconds < _LONGEST_S else ""


def _file_name(facts: Facts) -> str:
    """What a file is called in somebody's telephone: its title, without what no file system takes."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]+', " ", facts.title).strip(". ")[:80] or "phim"
