"""The pages of the timetable: the week ahead, what makes it up, and forms to change that."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from flask import Flask, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.config import ConfigError, read_tree
from hub.errors import HubError
from hub.guard import require_role
from hub.remote import plans, sayings
from hub.remote.films import Choice, FilmRoom
from hub.remote.line import PlayerLine
from hub.remote.now import hour_of_house
from hub.remote.wishes import WrongWishError
from hub.roles import Role
from hub.schedule_file import NAME
from player.schedule.config import WEEKDAYS

PAGE: Final = "/quan-tri/lich-chieu"
TEXT: Final = "/quan-tri/lich-chieu/van-ban"
ROLES: Final = (Role.VILLAGE_HEAD.value, Role.CONTENT_EDITOR.value)
_LONGEST_TEXT: Final = 60_000


class TimetablePages:
    """The pages.

    Args:
        line: to the player, which keeps the schedule.
        films: what may be shown.
        state: the folder in which the schedule lies.
    """

    def __init__(self, line: PlayerLine, films: FilmRoom, state: Path) -> None:
        self._line = line
        self._films = films
        self._file = state / NAME

    def install(self, app: Flask) -> None:
        """Add the pages to a site that is guarded by `hub.guard`."""
        inside, technician = require_role(*ROLES), require_role(Role.TECHNICIAN.value)
        app.add_url_rule(PAGE, view_func=inside(self.show), endpoint="timetable")
        app.add_url_rule(PAGE, view_func=inside(self.change), endpoint="timetable_changed", methods=["POST"])
        app.add_url_rule(TEXT, view_func=technician(self.show_text), endpoint="timetable_text")
        app.add_url_rule(TEXT, view_func=technician(self.write), endpoint="timetable_written", methods=["POST"])

    def show(self) -> ResponseReturnValue:
        """The week ahead, and the forms."""
        return self._page()

    def change(self) -> ResponseReturnValue:
        """Add something to the timetable, or take something out."""
        form = request.form
        try:
            tree = self._tree()
            if form.get("mark") != plans.mark(tree):
                raise WrongWishError(_("Somebody else has just changed the timetable. Look at it, then try again."))
            if form.get("do") == "remove":
                tree = plans.without(tree, form.get("kind", ""), form.get("place", ""))
            else:
                kind = form.get("kind", "")
                tree = plans.with_entry(tree, kind, form, form.getlist("days"), _numbered(form))
            self._line.put("/schedule", plans.text_of(tree))
        except HubError as error:
            return self._page(error)
        return redirect(f"{PAGE}?xong=1", 303)

    def show_text(self) -> ResponseReturnValue:
        """The whole file, for the technician."""
        try:
            text = self._file.read_text("utf-8", errors="replace")[:_LONGEST_TEXT]
        except FileNotFoundError:
            text = ""
        except OSError:
            text, problem = "", _("The timetable cannot be read. Look at the memory card.")
            return _text_page(text, [problem], 503)
        return _text_page(text, [])

    def write(self) -> ResponseReturnValue:
        """Put another text in its place."""
        text = request.form.get("text", "").replace("\r\n", "\n")
        try:
            self._line.put("/schedule", text)
        except HubError as error:
            return _text_page(text, sayings.refusal(error), sayings.status_of(error))
        return redirect(f"{PAGE}?xong=1", 303)

    def _tree(self) -> plans.Tree:
        try:
            return plans.tidy(read_tree(self._file))
        except ConfigError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return plans.tidy({})
            raise

    def _page(self, wrong: HubError | None = None) -> ResponseReturnValue:
        problems, status = [], 200
        tree, choice, week = plans.tidy({}), Choice((), ()), []
        try:
            tree = self._tree()
            choice, week = self._films.choice(), _week(self._line.look("/schedule"))
        except HubError as error:
            wrong = wrong or error
        if isinstance(wrong, WrongWishError):
            problems, status = [wrong.message], 400
        elif wrong is not None:
            problems, status = sayings.refusal(wrong), sayings.status_of(wrong)
        page = render_template(
            "remote/timetable.html",
            problems=problems,
            done="xong" in request.args and wrong is None,
            tree=tree,
            mark=plans.mark(tree),
            week=week,
            films=choice.films,
            weekdays=WEEKDAYS,
            day_name=plans.day_name,
            day_words=plans.day_words,
            clock=plans.clock_words,
            form=request.form,
            when=lambda text: sayings.moment(text, hour_of_house().date()),
            today=hour_of_house().date().isoformat(),
        )
        return make_response(page, status)


def _text_page(text: str, problems: list[str], status: int = 200) -> ResponseReturnValue:
    page = render_template("remote/timetable_text.html", text=text, problems=problems, longest=_LONGEST_TEXT)
    return make_response(page, status)


def _week(said: object) -> list[Mapping[str, Any]]:
    """What fires in the week ahead, as the player tells it."""
    if isinstance(said, Mapping):
        said = next((value for value in said.values() if isinstance(value, list)), [])
    return [one for one in said if isinstance(one, Mapping)][:100] if isinstance(said, list) else []


def _numbered(form: Mapping[str, str]) -> list[str]:
    """The films that bear a number, in the order of their numbers."""
    found = []
    for field, typed in form.items():
        if field.startswith("film:") and typed.strip():
            if not (typed.strip().isascii() and typed.strip().isdecimal()):
                raise WrongWishError(_("Write the order of the films as numbers: 1, 2, 3."))
            found.append((int(typed.strip()[:6]), field.removeprefix("film:")))
    return [film for _number, film in sorted(found)]
