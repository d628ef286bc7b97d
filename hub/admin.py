"""The administration: logging in, the first set-up, the accounts, and a frame for what each wing adds to it."""

import logging
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from flask import Blueprint, Flask, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from markupsafe import Markup

from hub import guard, pins, roles
from hub.accounts import Accounts, SetUpClosedError
from hub.doorkeeper import TooManyTriesError
from hub.guard import User, current_user, require_role
from hub.pages import Panel
from hub.pins import Weakness
from hub.roles import Role

logger = logging.getLogger(__name__)

FRAME: Final = "/quan-tri"
ACCOUNTS: Final = "/quan-tri/tai-khoan"
SET_UP: Final = "/dat-ma-lan-dau"
LOG_OUT: Final = "/dang-xuat"


def install(
    app: Flask,
    accounts: Accounts,
    panels: Sequence[Callable[[], Panel]] = (),
    *,
    secure_cookies: bool = False,
    open_forms: Collection[str] = (),
) -> None:
    """Add logging in, the administration and the guard of everything posted to the hub's own site, in one call.

    Also makes the accounts' file and, while the technician has no PIN, the set-up code. Call it once, before the site
    answers; a site whose accounts cannot be used still shows its books.

    Args:
        app: the hub's own site; its templates get `user` and `csrf_token()`, and every POST to it is checked.
        accounts: who may log in.
        panels: each gives one panel of the administration for the request being answered (so its title is in the
            reader's language), shown in this order to the roles it names and to the technician.
        secure_cookies: whether browsers shall send the cookies over HTTPS only.
        open_forms: endpoints whose forms need no token, see `hub.guard`.
    """
    accounts.prepare()
    guard.install(app, accounts, secure_cookies=secure_cookies, open_forms=open_forms)
    app.register_blueprint(create_blueprint(accounts, panels))


def create_blueprint(accounts: Accounts, panels: Sequence[Callable[[], Panel]] = ()) -> Blueprint:
    """The pages of the administration, for a site guarded by `hub.guard.install`.

    Args:
        accounts: who may log in.
        panels: see `install`.
    """
    pages = AdminPages(accounts, panels)
    blueprint = Blueprint("admin", __name__, template_folder=str(Path(__file__).parent / "templates"))
    blueprint.add_url_rule(guard.LOG_IN, view_func=pages.show_log_in, endpoint="log_in")
    blueprint.add_url_rule(guard.LOG_IN, view_func=pages.log_in, endpoint="log_in_sent", methods=["POST"])
    blueprint.add_url_rule(LOG_OUT, view_func=pages.log_out, endpoint="log_out", methods=["POST"])
    blueprint.add_url_rule(SET_UP, view_func=pages.show_set_up, endpoint="set_up")
    blueprint.add_url_rule(SET_UP, view_func=pages.set_up, endpoint="set_up_sent", methods=["POST"])
    inside = require_role()
    blueprint.add_url_rule(FRAME, view_func=inside(pages.show_frame), endpoint="frame")
    blueprint.add_url_rule(ACCOUNTS, view_func=inside(pages.show_accounts), endpoint="accounts")
    blueprint.add_url_rule(ACCOUNTS, view_func=inside(pages.change_account), endpoint="accounts_sent", methods=["POST"])
    return blueprint


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role as pages show it."""

    value: str
    name: str
    note: str
    picture: str
    has_pin: bool = True


@dataclass(frozen=True, slots=True)
class ShownPanel:
    """A panel as the frame shows it."""

    key: str
    title: str
    html: Markup


@dataclass(frozen=True, slots=True)
class AccountsPanel:
    """The frame's own panel: the way to the accounts, and out."""

    key: str
    title: str
    roles: frozenset[str]

    def render(self) -> Markup:
        """Its content."""
        return Markup(render_template("accounts_panel.html"))  # noqa: S704 - our own template, which escapes


class AdminPages:
    """The views of the administration.

    Args:
        accounts: who may log in.
        panels: see `install`.
    """

    def __init__(self, accounts: Accounts, panels: Sequence[Callable[[], Panel]]) -> None:
        self._accounts = accounts
        self._panels = (*panels, _accounts_panel)

    def show_log_in(self) -> ResponseReturnValue:
        """The page to log in on; who is logged in already goes on."""
        if current_user():
            return redirect(self._goal(request.args), 303)
        return self._log_in_page(request.args.get("vai", ""))

    def log_in(self) -> ResponseReturnValue:
        """Judge what was typed."""
        role, typed = request.form.get("role", ""), request.form.get("pin", "")
        if roles.known(role) is None:
            return self._log_in_page("", _("Choose who you are."), 400)
        if not typed.strip():
            return self._log_in_page(role, _("Type the PIN."), 400)
        try:
            entry = self._accounts.log_in(role, typed, guard.device_token())
        except TooManyTriesError as error:
            return self._log_in_page(role, _wait_words(error), 429, error)
        if entry is None:
            return self._log_in_page(role, _("This is not the PIN. Look at each digit, and try again."), 403)
        self._end_session()
        return guard.enter(make_response(redirect(self._goal(request.form), 303)), entry)

    def log_out(self) -> ResponseReturnValue:
        """End the session."""
        self._end_session()
        return guard.leave(make_response(redirect("/", 303)))

    def show_set_up(self) -> ResponseReturnValue:
        """The page of the first set-up, while there is no technician's PIN."""
        if self._accounts.is_set_up():
            return redirect(guard.LOG_IN, 303)
        return self._set_up_page()

    def set_up(self) -> ResponseReturnValue:
        """Set the technician's first PIN, for who knows the code."""
        code, new = request.form.get("code", ""), request.form.get("new", "")
        if self._accounts.is_set_up():
            return redirect(guard.LOG_IN, 303)
        wrong = _wrong_with(new, request.form.get("again", ""))
        if wrong:
            return self._set_up_page(wrong, 400)
        try:
            entry = self._accounts.set_up(code, new, guard.device_token())
        except SetUpClosedError:
            return redirect(guard.LOG_IN, 303)
        except TooManyTriesError as error:
            return self._set_up_page(_wait_words(error), 429, error)
        if entry is None:
            return self._set_up_page(_("This is not the set-up code. Look at each letter, and try again."), 403)
        return guard.enter(make_response(redirect(FRAME, 303)), entry)

    def show_frame(self) -> ResponseReturnValue:
        """What the wings add for the role that is logged in."""
        user = _user()
        shown = [panel for give in self._panels if (panel := _shown(give, user.role))]
        return render_template("admin.html", panels=shown)

    def show_accounts(self) -> ResponseReturnValue:
        """Which roles have a PIN, and a form to give one."""
        done = roles.known(request.args.get("xong", ""))
        return self._accounts_page(done=roles.name(done) if done else "")

    def change_account(self) -> ResponseReturnValue:
        """Give a role a new PIN, or take its PIN away."""
        user, form = _user(), request.form
        role, taking_away = roles.known(form.get("role", "")), form.get("do") == "close"
        if role is None or role not in self._may_set(user.role):
            return self._accounts_page(_("Choose whose PIN this is."), 400)
        if taking_away and role is user.role:
            return self._accounts_page(_("Nobody can take away their own PIN."), 400, role)
        wrong = "" if taking_away else _wrong_with(form.get("new", ""), form.get("again", ""))
        if wrong:
            return self._accounts_page(wrong, 400, role)
        try:
            confirmed = self._accounts.confirm(user.role, form.get("pin", ""), guard.device_token())
        except TooManyTriesError as error:
            return self._accounts_page(_wait_words(error), 429, role, error)
        if not confirmed:
            return self._accounts_page(_("Your own PIN, the last field, was not right."), 403, role)
        response = make_response(redirect(f"{ACCOUNTS}?xong={quote(role.value)}", 303))
        if taking_away:
            self._accounts.close(role)
            return response
        self._accounts.set_pin(role, form.get("new", ""))
        if role is user.role:  # setting a PIN ended this session, too
            guard.enter(response, self._accounts.enter(role, guard.device_token()))
        return response

    def _log_in_page(
        self, chosen: str, problem: str = "", status: int = 200, wait: TooManyTriesError | None = None
    ) -> ResponseReturnValue:
        is_set_up = self._accounts.is_set_up()
        page = render_template(
            "login.html",
            roles=[_view(role) for role in Role],
            chosen=chosen,
            problem=problem,
            next=self._goal(request.values),
            letters=request.values.get("kieu") == "chu",
            set_up_url="" if is_set_up else SET_UP,
            damaged=not is_set_up and self._accounts.was_damaged(),
        )
        return _answer(page, status, wait)

    def _set_up_page(
        self, problem: str = "", status: int = 200, wait: TooManyTriesError | None = None
    ) -> ResponseReturnValue:
        page = render_template(
            "first_setup.html",
            problem=problem,
            code=request.form.get("code", "")[:20],
            code_file=self._accounts.setup_code_file,
            damaged=self._accounts.was_damaged(),
        )
        return _answer(page, status, wait)

    def _accounts_page(
        self,
        problem: str = "",
        status: int = 200,
        chosen: Role | None = None,
        wait: TooManyTriesError | None = None,
        done: str = "",
    ) -> ResponseReturnValue:
        user = _user()
        views = {role: _view(role, self._accounts.has_pin(role)) for role in Role}
        page = render_template(
            "accounts.html",
            accounts=list(views.values()),
            settable=[views[role] for role in self._may_set(user.role)],
            own=user.role.value,
            chosen=chosen.value if chosen else "",
            problem=problem,
            done=done,
        )
        return _answer(page, status, wait)

    def _may_set(self, role: Role) -> list[Role]:
        """The roles whose PIN a role may set: its helpers', and its own."""
        return [other for other in Role if other is role or other in roles.helpers(role)]

    def _goal(self, fields: Mapping[str, str]) -> str:
        return guard.own_path(fields.get("next", ""), FRAME)

    def _end_session(self) -> None:
        token = guard.session_token()
        if token:
            self._accounts.log_out(token)


def _user() -> User:
    """Whoever is logged in, on a page behind `require_role`."""
    user = current_user()
    assert user is not None  # noqa: S101 - `require_role` stands before every caller
    return user


def _accounts_panel() -> Panel:
    return AccountsPanel("accounts", _("PINs"), frozenset(role.value for role in Role))


def _shown(give: Callable[[], Panel], role: Role) -> ShownPanel | None:
    """A panel for the frame; one that fails rests, and the others stay."""
    key, title = "", ""
    try:
        panel = give()
        if not roles.allowed(role, panel.roles):
            return None
        key, title = panel.key, panel.title
        return ShownPanel(key, title, panel.render())
    except Exception:
        logger.exception("A panel of the administration failed: %s", key or give)
        return (
            ShownPanel(key, title or _("Something is missing here"), _resting())
            if key or role is Role.TECHNICIAN
            else None
        )


def _resting() -> Markup:
    words = _("This part is resting. Everything else works; try again in a little while.")
    return Markup('<p class="notice">{}</p>').format(words)


def _view(role: Role, has_pin: bool = True) -> RoleView:
    return RoleView(role.value, roles.name(role), roles.note(role), roles.picture(role), has_pin)


def _answer(page: str, status: int, wait: TooManyTriesError | None) -> ResponseReturnValue:
    response = make_response(page, status)
    if wait:
        response.headers["Retry-After"] = str(math.ceil(wait.wait_s))
    return response


def _wait_words(error: TooManyTriesError) -> str:
    minutes = max(1, math.ceil(error.wait_s / 60))
    words: str = ngettext(
        "Too many wrong tries. Wait %(minutes)s minute, then try again.",
        "Too many wrong tries. Wait %(minutes)s minutes, then try again.",
        minutes,
        minutes=format_decimal(minutes),
    )
    return words


def _wrong_with(new: str, again: str) -> str:
    """What keeps a new PIN from being taken, in words; "" when nothing does."""
    weakness = pins.weakness(new)
    if weakness is None:
        return (
            "" if pins.folded(new) == pins.folded(again) else _("The two new PINs are not the same. Type both again.")
        )
    words: dict[Weakness, str] = {
        Weakness.EMPTY: _("Type the new PIN."),
        Weakness.TOO_LONG: _("This is too long. Choose something shorter."),
        Weakness.SHORT_PIN: _("A PIN has 6 digits or more."),
        Weakness.SHORT_PASSWORD: _("A password with letters has 8 letters or more."),
        Weakness.EASILY_GUESSED: _("This is easily guessed. Choose digits that follow no pattern."),
    }
    return words[weakness]
