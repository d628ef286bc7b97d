"""Counts openings for the website, and shows those who look after the hub the numbers: a panel, a table to keep."""

import csv
import io
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from library.errors import OpeningsUnavailableError, ShelfUnavailableError
from library.openings.days import UNKNOWN, day_of, days_before
from library.openings.file import OpeningsFile, OpeningsRow
from library.openings.kinds import OpeningKind, opening_of
from library.openings.spool import Spool
from library.shelf import Shelf
from library.web import Panel

TABLE: Final = "/quan-tri/luot-mo.csv"
ROLES: Final = ("village-head", "content-editor")
_MOST_SHOWN: Final = 10
_PERIODS: Final = (7, 30)

View = Callable[[], ResponseReturnValue]


class Guard(Protocol):
    """Lets only some roles use a view."""

    def __call__(self, *roles: str) -> Callable[[View], View]:
        """A decorator for these roles."""


@dataclass(frozen=True)
class Line:
    """One thing and how often it was opened."""

    title: str
    count: int
    is_here: bool


@dataclass(frozen=True)
class Period:
    """What was opened in some days: how often in each way, and what most."""

    days: int
    kinds: tuple[tuple[str, int], ...]
    most: tuple[Line, ...]


class OpeningsPages:
    """Counts what is opened on one site, and shows the numbers.

    Args:
        shelf: what can be opened.
        spool: where openings are left.
        file: the numbers.
        wall: the clock on the wall, in seconds since 1970.
    """

    def __init__(self, shelf: Shelf, spool: Spool, file: OpeningsFile, wall: Callable[[], float] = time.time) -> None:
        self._shelf = shelf
        self._spool = spool
        self._file = file
        self._wall = wall

    def install(self, app: Flask, guard: Guard) -> None:
        """Have a site count, and add the table to it.

        Args:
            app: the hub's own site.
            guard: lets only some roles see a page.
        """
        app.after_request(self.count)
        app.add_url_rule(TABLE, "openings_table", guard(*ROLES)(self.show_table))

    def count(self, response: Response) -> Response:
        """Count what an answer opens, if it opens something; the answer stays as it is."""
        location = response.headers.get("Location", "")
        found = opening_of(request.method, request.path, dict(request.headers), response.status_code, location)
        if found:
            self._leave(*found)
        return response

    def panel(self) -> Panel:
        """The numbers, for the administration."""
        return Panel("openings", _("What is opened"), frozenset(ROLES), self._render_panel)

    def show_table(self) -> ResponseReturnValue:
        """All numbers, as a table for a spreadsheet."""
        text = io.StringIO()
        text.write("\ufeff")  # else spreadsheets take the letters for another alphabet's
        table = csv.writer(text)
        table.writerow(["day", "kind", "name", "title", "openings"])
        titles = self._titles()
        for row in self._file.rows():
            table.writerow([row.day, row.kind, _plain(row.name), _plain(titles.get(row.name, "")), row.count])
        response = Response(text.getvalue(), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="luot-mo.csv"'
        return response

    def _leave(self, slug: str, kind: OpeningKind) -> None:
        try:
            listed = self._shelf.everything().get(slug)
        except ShelfUnavailableError:
            return
        if listed is not None:
            self._spool.add(day_of(self._wall()), listed.name, kind)

    def _render_panel(self) -> Markup:
        periods: tuple[Period, ...] = ()
        without_day, today = 0, UNKNOWN
        try:
            newest = self._file.newest()
            today = self._file.believed(day_of(self._wall()))
            last = newest if today == UNKNOWN else today
            periods = tuple(self._period(last, days) for days in _PERIODS)
            without_day = sum(row.count for row in self._file.rows() if row.day == UNKNOWN)
            problem = False
        except OpeningsUnavailableError:
            problem = True
        text = render_template(
            "library/openings.html",
            periods=periods,
            without_day=without_day,
            no_day=today == UNKNOWN,
            problem=problem,
            table=TABLE,
        )
        return Markup(text)  # noqa: S704 - our own template, which escapes

    def _period(self, last: str, days: int) -> Period:
        rows = self._file.rows(days_before(last, days), last) if last else []
        return summary(rows, days, self._titles())

    def _titles(self) -> dict[str, str]:
        try:
            return {line.name: line.facts.title for line in self._shelf.everything().values() if line.facts}
        except ShelfUnavailableError:
            return {}


def kind_names() -> dict[str, str]:
    """What each way of opening is called."""
    return {
        OpeningKind.BOOK.value: _("Books read"),
        OpeningKind.DOCUMENT.value: _("Documents opened"),
        OpeningKind.FILM.value: _("Films watched"),
        OpeningKind.SOUND.value: _("Sounds heard"),
        OpeningKind.CODE.value: _("Codes followed"),
    }


def summary(rows: list[OpeningsRow], days: int, titles: dict[str, str]) -> Period:
    """What some rows say together; codes count by themselves, not for the thing they lead to."""
    kinds: Counter[str] = Counter()
    things: Counter[str] = Counter()
    for row in rows:
        kinds[row.kind] += row.count
        if row.kind != OpeningKind.CODE:
            things[row.name] += row.count
    return Period(
        days,
        tuple((word, kinds[kind]) for kind, word in kind_names().items() if kinds[kind]),
        tuple(Line(titles.get(name, name), count, name in titles) for name, count in things.most_common(_MOST_SHOWN)),
    )


def _plain(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
