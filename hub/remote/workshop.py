"""The administration's panels of the player: where the remote is; what the technician wants to see of the player."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from hub import roles
from hub.errors import HubError
from hub.guard import current_user, require_role
from hub.remote import sayings, timetable
from hub.remote.line import PlayerLine, sentence
from hub.remote.now import Now, hour_of_house, now_from
from hub.remote.streams import hand_on
from hub.roles import Role

PAGE: Final = "/quan-tri/ti-vi"
PICTURE: Final = "/quan-tri/ti-vi/hinh"
LINES: Final = 100


@dataclass(frozen=True, slots=True)
class PlayerPanel:
    """A panel of the administration."""

    key: str
    title: str
    roles: frozenset[str]
    render: Callable[[], Markup]


class Workshop:
    """The panels and the technician's page.

    Args:
        line: to the player.
    """

    def __init__(self, line: PlayerLine) -> None:
        self._line = line

    def install(self, app: Flask) -> None:
        """Add the page to a site that is guarded by `hub.guard`."""
        inside = require_role(Role.TECHNICIAN.value)
        app.add_url_rule(PAGE, view_func=inside(self.show), endpoint="workshop")
        app.add_url_rule(PAGE, view_func=inside(self.forgive), endpoint="workshop_forgiven", methods=["POST"])
        app.add_url_rule(PICTURE, view_func=inside(self.picture), endpoint="workshop_picture")

    def remote_panel(self) -> PlayerPanel:
        """The ways to the television, the loudspeaker and the timetable."""
        everybody = frozenset(role.value for role in Role)
        return PlayerPanel("television", _("Television and loudspeaker"), everybody, self._ways)

    def technician_panel(self) -> PlayerPanel:
        """What is seen on the television, and how the player is."""
        return PlayerPanel("player", _("The player"), frozenset({Role.TECHNICIAN.value}), self._state)

    def show(self) -> ResponseReturnValue:
        """The picture, the films put aside, the log."""
        return self._page()

    def forgive(self) -> ResponseReturnValue:
        """Give a film that was put aside another try."""
        try:
            self._line.tell("/quarantine/forgive", {"film": request.form.get("film", "")})
        except HubError as error:
            return self._page(error)
        return redirect(f"{PAGE}?xong=1", 303)

    def picture(self) -> Response:
        """What the television shows now."""
        return hand_on(self._line, "/picture")

    def _ways(self) -> Markup:
        user = current_user()
        may_plan = user is not None and roles.allowed(user.role, frozenset(timetable.ROLES))
        return Markup(render_template("remote/ways_panel.html", may_plan=may_plan))  # noqa: S704 - our own template

    def _state(self) -> Markup:
        try:
            now = now_from(self._line.look("/status"))
        except HubError:
            now = None
        return Markup(render_template("remote/player_panel.html", now=now))  # noqa: S704 - our own template

    def _page(self, wrong: HubError | None = None) -> ResponseReturnValue:
        now, aside, lines = None, [], []
        try:
            now = now_from(self._line.look("/status"))
            aside = _tables(self._line.look("/quarantine"))
            lines = _tables(self._line.look(f"/log?limit={LINES}"))
        except HubError as error:
            wrong = wrong or error
        page = render_template(
            "remote/workshop.html",
            problems=[] if wrong is None else sayings.refusal(wrong),
            done="xong" in request.args and wrong is None,
            now=now,
            aside=aside,
            lines=[_line(one, now) for one in lines],
            said=lambda text: sayings.words(sentence(text)),
            when=lambda text: sayings.moment(text, hour_of_house().date()),
        )
        return make_response(page, 200 if wrong is None else sayings.status_of(wrong))


def _line(said: Mapping[str, Any], now: Now | None) -> dict[str, str]:
    """One line of the log, as the page shows it; what has no end yet is on now, or was cut off."""
    entry = said.get("entry")
    flat: Mapping[str, Any] = {**said, **entry} if isinstance(entry, Mapping) else said
    share = flat.get("share")
    by = [_who(str(flat.get(name))) for name in ("author", "approver") if flat.get(name)]
    started = sayings.moment(flat.get("started"), hour_of_house().date())
    is_on = now is not None and not flat.get("ended") and flat.get("item") in {now.film, now.announcement} - {"", None}
    return {
        "item": str(flat.get("item", "")),
        "started": started or str(flat.get("started") or ""),
        "source": _source(str(flat.get("source", ""))),
        "by": ", ".join(by),
        "result": _("is on now") if is_on else _result(str(flat.get("result", ""))),
        "share": f"{round(100 * share)} %" if isinstance(share, (int, float)) else "",
        "ground": _ground(str(flat.get("ground") or "")),
    }


def _who(key: str) -> str:
    """What a post is called; the key of a signer outside as it stands in the province's list."""
    role = roles.known(key)
    return roles.name(role) if role else key[:60]


def _ground(key: str) -> str:
    """Why something was allowed, or who took it back; empty where that goes without saying."""
    withdrawn = key.removeprefix("withdrawn: ")
    if withdrawn != key:
        return str(_("silenced by %(who)s", who=_who(withdrawn)))
    words: dict[str, str] = {
        "signed": _("signed"),
        "two posts": _("two people agreed"),
        "signed warning": _("signed warning"),
    }
    return words.get(key, "")


def _source(key: str) -> str:
    words: dict[str, str] = {
        "remote": _("remote"),
        "button": _("button"),
        "schedule": _("timetable"),
        "mpris": _("computer"),
        "recording": _("recording"),
        "text": _("typed"),
        "microphone": _("microphone"),
        "province": _("province"),
        "cap": _("warning"),
        "test": _("test"),
    }
    return words.get(key, key)


def _result(key: str) -> str:
    words: dict[str, str] = {
        "whole": _("to its end"),
        "stopped": _("was stopped"),
        "preempted": _("gave way to something more pressing"),
        "failed": _("failed"),
        "missed": _("missed"),
        "refused": _("refused"),
        "silent": _("without a sound"),
        "cut": _("cut off, as by a power cut"),
        "playing": _("is on just now"),
    }
    return words.get(key, key)


def _tables(said: object) -> list[Mapping[str, Any]]:
    if isinstance(said, Mapping):
        said = next((value for value in said.values() if isinstance(value, list)), [])
    return [one for one in said if isinstance(one, Mapping)] if isinstance(said, list) else []
