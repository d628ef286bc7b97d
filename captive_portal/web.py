"""The portal's pages on the hub's site: welcome, what a tap did, the answer for phones that ask (RFC 8908).

They keep nothing about a phone in the browser, since the small windows in which phones open them forget all cookies:
who somebody is, the gate tells from the phone's address. They need no script, and each tap ends in a whole new page,
which is what makes iOS offer to stay. When the gate keeps silent, the pages open all the same and lead to the books.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from captive_portal import captive_api, sentences
from captive_portal.asking import GateDesk, GateSilentError, PhoneReport, TapRefusedError, Wish
from captive_portal.config import CaptivePortalConfig, RetentionConfig

logger = logging.getLogger(__name__)

WELCOME: Final = "/chao"
DONE: Final = "/chao/xong"
TO_INTERNET: Final = "/chao/internet"
TO_LIBRARY: Final = "/chao/tu-sach"
TO_REST: Final = "/chao/nghi"
CAPTIVE_API: Final = "/api/captive-portal"

TAPS: Final = frozenset({"portal.take_internet", "portal.take_library", "portal.take_rest"})
"""The endpoints that change something; windows without cookies use them, so no token can be asked of them."""

_LONGEST_TAG: Final = 35  # of a language, RFC 5646, section 4.4.1
_HEADS: Final = frozenset({"technician", "village-head", "content-editor", "digital-team"})


@dataclass(frozen=True)
class Lead:
    """The portal's place above the tiles of the home page.

    Attributes:
        title: what it offers.
        note: a few words beside it.
        url: where it leads.
        posts: whether it is a tap (a form that is posted) or only a link.
    """

    title: str
    note: str
    url: str
    posts: bool


@dataclass(frozen=True)
class Panel:
    """The portal's part of the administration."""

    key: str
    title: str
    roles: frozenset[str]
    render: Callable[[], Markup]


class Surroundings(NamedTuple):
    """What the portal's pages need to know of the site they stand on, each for the request being answered.

    Attributes:
        phone_address: the IP address of the phone that asks; "" when nobody knows.
        typed_addresses: what a person types to come back, the best first, without a scheme.
        portal_origin: scheme, host and port under which phones reach these pages.
        phone_language: the language the phone is set to, if the pages can be read in it and are not.
    """

    phone_address: Callable[[], str]
    typed_addresses: Callable[[], Sequence[str]]
    portal_origin: Callable[[], str]
    phone_language: Callable[[], str | None]


class PortalPages:
    """The portal's part of the hub's site.

    Args:
        desk: asks the gate.
        here: the site around them.
        config: how the internet is shared.
        retention: what is kept about phones, which the welcome page says.
        has_way_out: whether the house has a link to the internet at all.
    """

    def __init__(
        self,
        desk: GateDesk,
        here: Surroundings,
        config: CaptivePortalConfig,
        retention: RetentionConfig,
        *,
        has_way_out: bool,
    ) -> None:
        self._desk = desk
        self._here = here
        self._session_minutes = config.internet.session_minutes
        self._retention = retention
        self._has_way_out = has_way_out

    def install(self, app: Flask) -> None:
        """Add the portal's pages to a site."""
        pages = Blueprint("portal", __name__, template_folder=str(Path(__file__).parent / "templates"))
        pages.add_url_rule(WELCOME, view_func=self.show_welcome, endpoint="welcome")
        pages.add_url_rule(DONE, view_func=self.show_done, endpoint="done")
        pages.add_url_rule(CAPTIVE_API, view_func=self.tell_phone, endpoint="api")
        taps = {
            TO_INTERNET: ("take_internet", self.take_internet),
            TO_LIBRARY: ("take_library", self.take_library),
            TO_REST: ("take_rest", self.take_rest),
        }
        for path, (endpoint, view) in taps.items():
            pages.add_url_rule(path, view_func=view, endpoint=endpoint, methods=["POST"])
            # Somebody reloads what followed a tap, or a window remembers only the address.
            pages.add_url_rule(path, view_func=self.back_to_welcome, endpoint=f"{endpoint}_again", methods=["GET"])
        app.register_blueprint(pages)

    def lead(self) -> Lead | None:
        """What home offers above its tiles; None when there is nothing to offer, or nobody to ask."""
        phone = self._phone()
        if phone is None or not phone.known:
            return None
        if phone.surfing:
            return Lead(_("The Internet is open"), sentences.session(phone), WELCOME, posts=False)
        if phone.internet and phone.may_go_online:
            return Lead(_("Go on the Internet"), sentences.allowance(phone, self._session_minutes), TO_INTERNET, True)
        if not phone.let_in:
            return Lead(_("Stay on this Wi-Fi"), _("Tap, so that the phone does not leave it"), TO_LIBRARY, posts=True)
        if phone.internet:
            return Lead(_("All Internet for today is used"), _("There is more tomorrow"), WELCOME, posts=False)
        return None

    def panel(self) -> Panel:
        """The portal's part of the administration: who is there, and whether the internet can be reached."""
        return Panel("portal", _("Wi-Fi"), _HEADS, self._render_panel)

    def show_welcome(self) -> ResponseReturnValue:
        """The first page that a phone on the Wi-Fi sees."""
        phone = self._phone()
        page = render_template(
            "portal/welcome.html",
            **self._words(phone),
            refused="chua" in request.args,
            retention=self._retention,
            greeting=self._greeting(),
        )
        return _uncached(page)

    def show_done(self) -> ResponseReturnValue:
        """What a tap did; who has not tapped yet is led to the welcome page."""
        phone = self._phone()
        if phone is not None and phone.known and not phone.let_in:
            return self.back_to_welcome()
        return _uncached(render_template("portal/done.html", **self._words(phone)))

    def take_internet(self) -> ResponseReturnValue:
        """Open the internet for the phone that asks."""
        return _led_to(DONE) if self._tap("internet") else _led_to(WELCOME, chua="1")

    def take_library(self) -> ResponseReturnValue:
        """Let the phone that asks stay on the Wi-Fi, without the internet; the books open whatever the gate says."""
        self._tap("library")
        return _led_to("/")

    def take_rest(self) -> ResponseReturnValue:
        """Close the internet for the phone that asks, so that its minutes are kept for later; it stays on the Wi-Fi."""
        self._tap("leave")
        return _led_to(WELCOME)

    def back_to_welcome(self) -> ResponseReturnValue:
        """Lead to the welcome page."""
        return _led_to(WELCOME)

    def tell_phone(self) -> ResponseReturnValue:
        """Answer a phone that asks whether it is captive.

        When the gate keeps silent nobody knows, and the answer is 503: phones then look at their probes, which are
        answered without the gate.
        """
        origin = self._here.portal_origin()
        phone = self._phone()
        if phone is None:
            response = Response("{}", 503, mimetype="application/json", headers={"Retry-After": "30"})
        else:
            told = captive_api.answer(phone, f"{origin}{WELCOME}", f"{origin}/")
            response = Response(json.dumps(told), mimetype=captive_api.MEDIA_TYPE)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    def _phone(self) -> PhoneReport | None:
        """The phone that asks; None when the gate does not say."""
        try:
            return self._desk.phone(self._here.phone_address())
        except GateSilentError:
            return None

    def _tap(self, wish: Wish) -> bool:
        try:
            self._desk.tap(self._here.phone_address(), wish)
        except TapRefusedError as error:
            logger.info("A tap on %s was refused: %s", wish, error.problem)
            return False
        except GateSilentError as error:
            logger.warning("A tap on %s was lost: %s", wish, error.message)
            return False
        return True

    def _words(self, phone: PhoneReport | None) -> dict[str, object]:
        known = phone if phone is not None and phone.known else None
        return {
            "phone": known,
            "silent": phone is None,
            "has_way_out": self._has_way_out,
            "allowance": sentences.allowance(known, self._session_minutes) if known else "",
            "session": sentences.session(known) if known else "",
            "seats": sentences.seats(phone.seats) if phone else "",
            "addresses": [_typed(address) for address in self._here.typed_addresses()],
            "carried": _carried(),
        }

    def _greeting(self) -> tuple[str, str, str] | None:
        """Code, words and address of this page in the language the phone is set to."""
        code = self._here.phone_language()
        if code is None:
            return None
        with force_locale(code.replace("-", "_")):
            # Translators: shown to a phone that is set to your language; say it in your language.
            words = _("Read this page in English")
        return code, words, f"{WELCOME}?{urlencode({'lang': code})}"

    def _render_panel(self) -> Markup:
        try:
            gate = self._desk.gate()
        except GateSilentError:
            return Markup(render_template("portal/panel.html", gate=None))  # noqa: S704 - our own template, which escapes
        text = render_template(
            "portal/panel.html",
            gate=gate,
            seats=sentences.seats(gate.seats),
            way_out=sentences.way_out(gate.backhaul),
            radio=sentences.radio(gate),
            retention=self._retention,
        )
        return Markup(text)  # noqa: S704 - our own template, which escapes


def _typed(address: str) -> str:
    """An address so that browsers open it when it is typed: after a name that is no public one they want a slash."""
    return address if address.replace(".", "").isdecimal() or ":" in address else f"{address}/"


def _carried() -> str:
    """The reader's wish for a language as a query: small windows keep no cookie for it, so each address carries it."""
    wish = request.args.get("lang", "")
    return f"?{urlencode({'lang': wish})}" if 0 < len(wish) <= _LONGEST_TAG and wish.isascii() else ""


def _led_to(path: str, **query: str) -> Response:
    """Lead on with a whole new page (RFC 9110, section 15.4.4)."""
    carried = _carried()
    more = urlencode(query)
    address = path + (carried + "&" + more if carried and more else carried or (more and f"?{more}"))
    response = make_response(redirect(address, 303))
    response.headers["Cache-Control"] = "no-store"
    return response


def _uncached(page: str) -> Response:
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response
