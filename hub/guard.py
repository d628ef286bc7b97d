"""Who is asking, and whether a form was sent from a page of this hub: the walls around all that changes something.

The books' site is, to a browser, the same *site* as the hub (``sach.<name>`` below ``<name>``), so ``SameSite=Strict``
alone keeps a hostile book out of nothing: every request that is not a mere look must come from the hub's own origin and
carry a token that only the hub's own pages can know. See docs/decisions/0005-accounts.md.

A few forms are open: they are sent by the small windows in which phones join a Wi-Fi, which keep no cookie and so can
show no token. For them the origin alone is checked, and only where the browser says one.

A site is guarded with `install`; a page of its asks `current_user`, and stands behind `require_role`.
"""

import functools
import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final, ParamSpec, cast
from urllib.parse import quote, urlsplit

from flask import Flask, Response, current_app, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub import roles, sessions
from hub.accounts import Accounts, Entry
from hub.accounts_file import AccountsDamagedError, AccountsUnavailableError
from hub.roles import Role

logger = logging.getLogger(__name__)

SESSION_COOKIE: Final = "hub_session"
DEVICE_COOKIE: Final = "hub_device"
FORM_COOKIE: Final = "hub_form"
TOKEN_FIELD: Final = "csrf_token"  # noqa: S105 - a name
TOKEN_HEADER: Final = "X-CSRF-Token"  # noqa: S105 - a name
LOG_IN: Final = "/dang-nhap"
LARGEST_BODY: Final = 64 * 1024

_EXTENSION: Final = "hub.guard"
_HARMLESS: Final = {"GET", "HEAD", "OPTIONS"}
_DEVICE_LIFE_S: Final = 400 * 24 * 3600
_LONGEST_COOKIE: Final = 100
_MOST_COOKIES: Final = 180  # a browser keeps no more for one site, whatever a book plants
_LONGEST_PATH: Final = 500

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class User:
    """Whoever is logged in, as which role."""

    role: Role

    @property
    def role_name(self) -> str:
        """What the role is called, in the reader's language."""
        return roles.name(self.role)


@dataclass(frozen=True, slots=True)
class _Guard:
    accounts: Accounts
    secure_cookies: bool
    open_forms: frozenset[str]


def install(app: Flask, accounts: Accounts, *, secure_cookies: bool = False, open_forms: Collection[str] = ()) -> None:
    """Guard a site: check what is posted, give its templates `user` and `csrf_token()`.

    Args:
        app: the hub's own site.
        accounts: who may log in.
        secure_cookies: whether browsers shall send the cookies over HTTPS only. Pages in a village are plain HTTP on
            the hub's own Wi-Fi, where such cookies would never arrive.
        open_forms: endpoints that take what is posted without a token; they do nothing that needs a role.
    """
    app.extensions[_EXTENSION] = _Guard(accounts, secure_cookies, frozenset(open_forms))
    for name, size in (("MAX_CONTENT_LENGTH", LARGEST_BODY), ("MAX_FORM_PARTS", 100)):
        if app.config.get(name) in {None, app.default_config.get(name)}:
            app.config[name] = size
    app.before_request(refuse_forgeries)
    app.after_request(_give_cookies)
    app.context_processor(page_words)
    app.register_error_handler(AccountsUnavailableError, _accounts_problem)


def page_words() -> dict[str, object]:
    """What every template may name: `user` (None, or with .role and .role_name) and `csrf_token()`."""
    return {"user": current_user(), "csrf_token": csrf_token}


def current_user() -> User | None:
    """Whoever sends the request being answered; None when logged out, or when that cannot be looked up."""
    if "hub_user" not in g:
        g.hub_user = _look_up()
    return cast(User | None, g.hub_user)


def session_token() -> str | None:
    """The token of the session that the request belongs to."""
    return cast(str | None, g.get("hub_session")) if current_user() else None


def device_token() -> str:
    """The token by which this device is known, or ""."""
    return next(_cookies(DEVICE_COOKIE), "")


def require_role(
    *names: str,
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Let only these roles, and the technician, use a view; without names, everyone who is logged in.

    Others are led to log in, or told whom the page is for.
    """

    def decorate(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @functools.wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            user = current_user()
            if user is None:
                asked = request.full_path.rstrip("?") if request.method == "GET" else "/quan-tri"
                return redirect(f"{LOG_IN}?next={quote(asked, safe='/')}", 303)
            if names and not roles.allowed(user.role, frozenset(names)):
                advice = _("You are logged in as: %(role)s. Ask the technician.", role=user.role_name)
                return problem(403, _("This page is for others who look after the hub"), advice)
            g.hub_private = True
            return view(*args, **kwargs)

        return guarded

    return decorate


def csrf_token() -> str:
    """The token that a form posts as `csrf_token`; each page that shows it sees that the browser has its cookie.

    It is computed from a secret that only this browser and the hub know: its session's token or, before it has one, a
    random cookie for forms.
    """
    g.hub_private = True
    secret = session_token() or next(_cookies(FORM_COOKIE), "") or cast(str, g.get("hub_form", ""))
    if not secret:
        g.hub_form = secret = secrets.token_urlsafe(32)
    return _token(secret)


def refuse_forgeries() -> ResponseReturnValue | None:
    """Refuse what changes something unless it comes from a page of this very origin (a before-request hook).

    A browser that shows no cookie, such as the small window in which a phone joins a Wi-Fi, is told to use another one.
    """
    if request.method in _HARMLESS or _is_open_form():
        return None
    if not _is_own_origin():
        logger.warning("A form from elsewhere was refused: %s from %.200r", request.path[:200], _claimed_origin())
    elif not _has_token():
        logger.info("A form without its token was refused: %s", request.path[:200])
    else:
        return None
    if not request.cookies:
        heading = _("Nobody can log in from this window")
        advice = _(
            "It remembers nothing from one page to the next. Open %(address)s in your phone's own browser.",
            address=request.host_url,
        )
        return problem(403, heading, advice)
    heading = _("Please send this once more")
    advice = _("The page was open for a long time, or did not come from this hub. Open it again, then try again.")
    return problem(403, heading, advice)


def own_path(target: str, otherwise: str) -> str:
    """`target` when it is a path on this hub, else `otherwise`: never lead a person who logs in to another machine."""
    plain = target.startswith("/") and not target.startswith("//") and target.isprintable()
    if not plain or "\\" in target or len(target) > _LONGEST_PATH:
        return otherwise
    return target


def enter(response: Response, entry: Entry) -> Response:
    """Give a device the cookies of its new session."""
    _set(response, SESSION_COOKIE, entry.session, int(sessions.LIFE_S))
    _set(response, DEVICE_COOKIE, entry.device, _DEVICE_LIFE_S)
    return response


def leave(response: Response) -> Response:
    """Take a device's session cookie away."""
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="Strict", secure=_guard().secure_cookies)
    return response


def problem(status: int, heading: str, advice: str, links: list[tuple[str, str]] | None = None) -> Response:
    """A page that says what did not go as hoped, and what to do next."""
    shown = links or [(_("Home"), "/")]
    page = render_template("error.html", status=status, heading=heading, advice=advice, links=shown)
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _guard() -> _Guard:
    return cast(_Guard, current_app.extensions[_EXTENSION])


def _look_up() -> User | None:
    """Of several sessions the one that may most: a book can plant a helper's, but none that is worth more."""
    found: dict[Role, str] = {}
    for token in _cookies(SESSION_COOKIE):
        try:
            role = _guard().accounts.role_of(token)
        except AccountsUnavailableError as error:
            logger.warning("Nobody is logged in: %s %s", error.message, error.hint)
            return None
        if role is not None:
            found.setdefault(role, token)
    role = next((role for role in Role if role in found), None)
    if role is None:
        return None
    g.hub_session = found[role]
    return User(role)


def _cookies(name: str) -> Iterator[str]:
    """The values of a cookie: a hostile book can plant more of that name, which must not hide the right one."""
    values = [value for value in request.cookies.getlist(name) if 0 < len(value) <= _LONGEST_COOKIE]
    yield from values[:_MOST_COOKIES]


def _claimed_origin() -> str:
    """Where a request says it comes from (RFC 6454, section 7; RFC 9110, section 10.1.3, for browsers without)."""
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin
    try:
        referrer = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return ""
    return f"{referrer.scheme}://{referrer.netloc}"


def _is_open_form() -> bool:
    """Whether this may come without a token: an open form, unless the browser says that it stood elsewhere.

    Every browser that says nothing of where a form stood is too old to be told apart from the small windows that say
    nothing either; what it can do to its owner is to spend some minutes of the day's internet. A sandboxed page of a
    book is "null", and is refused.
    """
    if request.endpoint not in _guard().open_forms or request.headers.get("Sec-Fetch-Site") in {
        "cross-site",
        "same-site",
    }:
        return False
    says_nothing = "Origin" not in request.headers and "Referer" not in request.headers
    return says_nothing or _is_own_origin()


def _is_own_origin() -> bool:
    return _claimed_origin().lower() == request.host_url.rstrip("/").lower()


def _has_token() -> bool:
    """Whether the token fits this browser. Only a browser without a session may use the cookie for forms."""
    sent = request.headers.get(TOKEN_HEADER) or request.form.get(TOKEN_FIELD, "")
    session = session_token()
    known = [session] if session else list(_cookies(FORM_COOKIE))
    return any(hmac.compare_digest(_token(secret).encode(), sent.encode()) for secret in known)


def _token(secret: str) -> str:
    return hmac.new(secret.encode("utf-8", "surrogatepass"), b"form", hashlib.sha256).hexdigest()


def _give_cookies(response: Response) -> Response:
    if "hub_form" in g:
        _set(response, FORM_COOKIE, g.hub_form, None)
    if "hub_private" in g:
        response.headers["Cache-Control"] = "no-store"
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.vary.add("Cookie")
    return response


def _set(response: Response, name: str, value: str, life_s: int | None) -> None:
    """Set a cookie for this host only: no Domain, so that the books' site never gets it."""
    secure = _guard().secure_cookies
    response.set_cookie(name, value, max_age=life_s, httponly=True, samesite="Strict", secure=secure)


def _accounts_problem(error: AccountsUnavailableError) -> ResponseReturnValue:
    logger.error("%s %s", error.message, error.hint)
    if isinstance(error, AccountsDamagedError):
        heading = _("The PINs of this hub were damaged")
        advice = _(
            "They have been put aside, and nobody can log in. The technician sets the hub up again with its code."
        )
        return problem(503, heading, advice, [(_("Set up again"), "/dat-ma-lan-dau"), (_("Home"), "/")])
    heading = _("Nobody can log in just now")
    advice = _("The hub cannot write to its memory, which may be full or worn out. Tell the technician.")
    return problem(503, heading, advice)
