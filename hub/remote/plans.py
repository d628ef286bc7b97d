"""Changes the schedule as a form asks, and writes it as TOML. Pure rules; what is right the player's checks say."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any, Final

from flask_babel import format_date, format_time, get_locale
from flask_babel import gettext as _

from hub.example import literal
from hub.remote.wishes import WrongWishError
from player.schedule.config import WEEKDAYS

KINDS: Final = ("playlist", "weekly", "dated", "quiet")
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(:\d\d)?")

Tree = dict[str, list[dict[str, Any]]]
"""A schedule as TOML's tables: for each of `KINDS` its entries."""


def tidy(tree: Mapping[str, Any]) -> Tree:
    """Keep of a file what a form can change; everything else is left to the checks, which refuse it."""
    found: Tree = {}
    for kind in KINDS:
        entries = tree.get(kind)
        found[kind] = [dict(one) for one in entries if isinstance(one, Mapping)] if isinstance(entries, list) else []
    return found


def mark(tree: Tree) -> str:
    """Tell one schedule from another, so that nobody changes what somebody else has just changed."""
    return hashlib.sha256(text_of(tree).encode()).hexdigest()[:16]


def text_of(tree: Tree) -> str:
    """Write a schedule as TOML."""
    lines: list[str] = []
    for kind in KINDS:
        for entry in tree[kind]:
            lines += [f"[[{kind}]]", *(f"{key} = {literal(value)}" for key, value in entry.items()), ""]
    return "\n".join(lines)


def without(tree: Tree, kind: str, place: str) -> Tree:
    """A schedule without one of its entries.

    Raises:
        WrongWishError: there is no such entry.
    """
    if kind not in KINDS or not (place.isascii() and place.isdecimal()) or int(place[:6]) >= len(tree[kind]):
        raise WrongWishError(_("This is not in the timetable any more."))
    return {**tree, kind: [entry for number, entry in enumerate(tree[kind]) if number != int(place)]}


def with_entry(tree: Tree, kind: str, form: Mapping[str, str], days: Sequence[str], films: Sequence[str]) -> Tree:
    """A schedule with one entry more.

    Args:
        tree: the schedule.
        kind: one of `KINDS`.
        form: the fields of the form.
        days: the days of the week that are chosen.
        films: the films that are chosen, in their order.

    Raises:
        WrongWishError: the form is not filled in as far as it must be.
    """
    match kind:
        case "playlist":
            entry = _playlist(form, films)
        case "quiet":
            entry = {"starts": _clock(form, "starts"), "ends": _clock(form, "ends")}
        case "weekly":
            chosen = [day for day in WEEKDAYS if day in days]
            if not chosen:
                raise WrongWishError(_("Choose the days of the week."))
            entry = {"days": chosen, **_item(form)}
        case "dated":
            day = form.get("date", "").strip()
            if not day:
                raise WrongWishError(_("Choose the day."))
            entry = {"date": day, **_item(form)} | ({"alone": True} if form.get("alone") == "yes" else {})
        case _:
            raise WrongWishError(_("Use the buttons on the page."))
    return {**tree, kind: [*tree[kind], entry]}


def day_name(day: object) -> str:
    """What a day of the week is called."""
    names = get_locale().days["format"]["wide"]
    return str(names[WEEKDAYS.index(day)]) if day in WEEKDAYS else str(day)


def day_words(value: object) -> str:
    """A day of the calendar as people say it."""
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return str(value)
    # Translators: a day as Unicode's date patterns write it (UTS 35); EEEE, d/M/y gives Chủ Nhật, 21/2/2027.
    return str(format_date(day, _("EEEE, MMMM d, y")))


def clock_words(value: object) -> str:
    """A time of the day as people say it."""
    found = _CLOCK.fullmatch(str(value))
    if found is None:
        return str(value)
    # Translators: a time of the day as Unicode's date patterns write it (UTS 35); H 'giờ' mm gives 19 giờ 30.
    return str(format_time(time(int(found[1]), int(found[2])), _("h:mm a"), rebase=False))


def _playlist(form: Mapping[str, str], films: Sequence[str]) -> dict[str, Any]:
    name = form.get("name", "").strip()
    if not name:
        raise WrongWishError(_("Give the playlist a name."))
    if not films:
        raise WrongWishError(_("Number the films that belong to the playlist."))
    repeat = form.get("repeat", "none")
    return {"name": name, "films": list(films)} | ({} if repeat == "none" else {"repeat": repeat})


def _item(form: Mapping[str, str]) -> dict[str, Any]:
    entry: dict[str, Any] = {"at": _clock(form, "at")}
    if form.get("until", "").strip():
        entry["until"] = _clock(form, "until")
    playlist, broadcast = form.get("playlist", ""), form.get("broadcast", "").strip()
    if bool(playlist) == bool(broadcast):
        raise WrongWishError(_("Choose a playlist, or write the address of a broadcast."))
    entry |= {"playlist": playlist} if playlist else {"broadcast": broadcast}
    grace = form.get("grace", "").strip()
    if grace:
        if not (grace.isascii() and grace.isdecimal() and len(grace) < 5):
            raise WrongWishError(_("Write the minutes as a number."))
        entry["grace_minutes"] = int(grace)
    return entry


def _clock(form: Mapping[str, str], name: str) -> str:
    found = _CLOCK.fullmatch(form.get(name, "").strip())
    if found is None:
        raise WrongWishError(_("Write the time of the day like this: 19:30"))
    return f"{int(found[1]):02}:{found[2]}"
