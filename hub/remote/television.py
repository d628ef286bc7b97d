"""The pages of the television: what is on, for everybody; the remote, for those who have a PIN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from hub.errors import HubError
from hub.guard import current_user, require_role
from hub.remote import sayings
from hub.remote.films import Choice, FilmRoom
from hub.remote.line import PlayerLine
from hub.remote.now import Glance, Now, hour_of_house, now_from

SHOWN: Final = "/ti-vi"
REMOTE: Final = "/dieu-khien"
PLAY: Final = "/dieu-khien/chieu"
CHOOSE: Final = "/dieu-khien/phim"
STOP: Final = "/dieu-khien/tat"
_FEW: Final = 4
_MANY: Final = 60
_STEP_MS: Final = 30_000
_LOUDER: Final = 10
_LONGEST_S: Final = 24 * 3600
_MOST_PEOPLE: Final = 5000


@dataclass(frozen=True, slots=True)
class OnAir:
    """The door on the home page to what is on now."""

    title: str
    note: str
    url: str
    posts: bool = False


@dataclass(frozen=True, slots=True)
class TelevisionTile:
    """The television's place on the home page."""

    title: str
    note: str
    url: str = SHOWN
    picture: str = "television"


class WrongFormError(HubError):
    """What was typed cannot be used; the message is in the reader's language."""


class TelevisionPages:
    """The pages.

    Args:
        line: to the player.
        glance: what is on, for the pages that everybody opens.
        films: what may be shown.
    """

    def __init__(self, line: PlayerLine, glance: Glance, films: FilmRoom) -> None:
        self._line = line
        self._glance = glance
        self._films = films

    def install(self, app: Flask) -> None:
        """Add the pages to a site that is guarded by `hub.guard`."""
        inside = require_role()
        app.add_url_rule(SHOWN, view_func=self.show, endpoint="television")
        app.add_url_rule(f"{SHOWN}/nay", view_func=self.tell, endpoint="television_now")
        app.add_url_rule(REMOTE, view_func=inside(self.show_remote), endpoint="remote")
        app.add_url_rule(f"{REMOTE}/nay", view_func=inside(self.tell_remote), endpoint="remote_now")
        app.add_url_rule(CHOOSE, view_func=inside(self.choose), endpoint="remote_films")
        app.add_url_rule(STOP, view_func=inside(self.ask_to_stop), endpoint="remote_stop")
        for address, view in ((REMOTE, self.obey), (PLAY, self.play)):
            app.add_url_rule(address, view_func=inside(view), endpoint=f"{view.__name__}_remote", methods=["POST"])

    def on_air(self) -> OnAir | None:
        """The door on the home page; None while nothing is on."""
        now = self._glance.look()
        if now is None or not (now.is_on or now.announcement):
            return None
        if now.announcement is not None:
            return OnAir(_("On the loudspeaker now"), now.announcement, SHOWN)
        return OnAir(_("On television now"), now.title, SHOWN)

    def tile(self) -> TelevisionTile | None:
        """The television's tile; None where there is none, or it does not answer."""
        now = self._glance.look()
        if now is None or not now.has_screen:
            return None
        return TelevisionTile(_("Television"), _("What is on, and what comes next"))

    def offer(self, film: str) -> Markup:
        """What the page of a film offers further: to show it on the television, for those who may."""
        if current_user() is None:
            return Markup()
        return Markup(render_template("remote/offer.html", film=film))  # noqa: S704 - our own template, which escapes

    def show(self) -> ResponseReturnValue:
        """What is on and what comes next, for everybody."""
        page = render_template("remote/television.html", now=self._glance.look(), **_words())
        response = make_response(page)
        response.headers["Cache-Control"] = "no-store"
        return response

    def tell(self) -> ResponseReturnValue:
        """The same for the page's script."""
        return _told(self._glance.look())

    def show_remote(self) -> ResponseReturnValue:
        """The remote."""
        return self._remote_page()

    def tell_remote(self) -> ResponseReturnValue:
        """What is on, for the remote's script."""
        try:
            return _told(now_from(self._line.look("/status")))
        except HubError:
            return _told(None)

    def obey(self) -> ResponseReturnValue:
        """One button of the remote."""
        try:
            target, said = _command(request.form.get("do", ""))
            if target == "/stop" and (user := current_user()):
                said |= {"author": user.role.value}  # who silenced the loudspeaker stands in the log
            self._line.tell(target, said)
        except HubError as error:
            return self._remote_page(error)
        return redirect(f"{REMOTE}?xong={request.form['do']}", 303)

    def play(self) -> ResponseReturnValue:
        """Begin a film or a playlist."""
        form, user = request.form, current_user()
        wish = next(((key, form[key]) for key in ("film", "playlist", "broadcast") if form.get(key)), None)
        try:
            if wish is None:
                raise WrongFormError(_("Choose a film."))
            self._line.tell("/play", {wish[0]: wish[1], "author": user.role.value if user else ""})
        except HubError as error:
            return self._remote_page(error)
        return redirect(REMOTE, 303)

    def choose(self) -> ResponseReturnValue:
        """All films, or those that were looked for."""
        typed = request.args.get("q", "")[:100]
        try:
            choice, status, problems = self._films.choice(), 200, []
            broadcasts = () if typed else self._films.broadcasts()
        except HubError as error:
            broadcasts = ()
            choice, status, problems = Choice((), ()), sayings.status_of(error), sayings.refusal(error)
        found = choice.found(typed)
        page = render_template(
            "remote/films.html",
            typed=typed,
            films=found[:_MANY],
            more=max(0, len(found) - _MANY),
            playlists=() if typed else choice.playlists,
            broadcasts=broadcasts,
            problems=problems,
        )
        return page, status

    def ask_to_stop(self) -> ResponseReturnValue:
        """Ask once before everything falls silent."""
        return render_template("remote/stop.html")

    def _remote_page(self, wrong: HubError | None = None) -> ResponseReturnValue:
        now, choice = None, Choice((), ())
        problems = [] if wrong is None else _problems(wrong)
        status = 200 if wrong is None else 400 if isinstance(wrong, WrongFormError) else sayings.status_of(wrong)
        try:
            now = now_from(self._line.look("/status"))
            choice = self._films.choice()
        except HubError as error:
            problems = problems or sayings.refusal(error)
            status = status if status >= 400 else sayings.status_of(error)
        page = render_template(
            "remote/remote.html",
            now=now,
            films=choice.films[:_FEW],
            more=max(0, len(choice.films) - _FEW),
            playlists=choice.playlists,
            problems=problems,
            done=_done(request.args.get("xong", "")) if wrong is None else "",
            **_words(),
        )
        return page, status


def _problems(error: HubError) -> list[str]:
    return [error.message] if isinstance(error, WrongFormError) else sayings.refusal(error)


def _command(wish: str) -> tuple[str, dict[str, object]]:
    """What the player is asked for by a button of the remote."""
    simple: dict[str, tuple[str, dict[str, object]]] = {
        "hold": ("/hold", {"held": True}),
        "go": ("/hold", {"held": False}),
        "next": ("/next", {}),
        "previous": ("/previous", {}),
        "back": ("/seek", {"position_ms": -_STEP_MS, "relative": True}),
        "forward": ("/seek", {"position_ms": _STEP_MS, "relative": True}),
        "stop": ("/stop", {"everything": False}),
        "silence": ("/stop", {"everything": True}),
    }
    if wish in simple:
        return simple[wish]
    if wish in {"quieter", "louder"}:
        level = _number("level", 100, _("The loudness is a number from 0 to 100.")) or 0
        return "/level", {"level": max(0, min(100, level + (_LOUDER if wish == "louder" else -_LOUDER)))}
    if wish == "seek":
        wrong = _("Write the minute and the second to go to.")
        minute, second = _number("minute", _LONGEST_S // 60, wrong) or 0, _number("second", 59, wrong) or 0
        return "/seek", {"position_ms": (minute * 60 + second) * 1000, "relative": False}
    if wish == "count":
        wrong = _("Write how many people there are, as a number.")
        people, hands = _number("people", _MOST_PEOPLE, wrong), _number("hands", _MOST_PEOPLE, wrong)
        if people is None:
            raise WrongFormError(wrong)
        return "/count", {"people": people} if hands is None else {"people": people, "hands": hands}
    raise WrongFormError(_("Use the buttons on the page."))


def _number(name: str, most: int, wrong: str) -> int | None:
    """A number of a form; None where the field is empty."""
    typed = request.form.get(name, "").strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 9 and int(typed) <= most):
        raise WrongFormError(wrong)
    return int(typed)


def _done(wish: str) -> str:
    words: dict[str, str] = {"count": _("Written down. Thank you."), "silence": _("Everything is silent now.")}
    return words.get(wish, "")


def _words() -> dict[str, Any]:
    today = hour_of_house().date()
    return {"length": sayings.length, "when": lambda text: sayings.moment(text, today), "said": sayings.words}


def _told(now: Now | None) -> ResponseReturnValue:
    if now is None:
        response = make_response(jsonify(key="silent"), 503)
    else:
        response = make_response(
            jsonify(key=now.key, playing=now.state == "playing", position_ms=now.position_ms, length_ms=now.length_ms)
        )
    response.headers["Cache-Control"] = "no-store"
    return response
