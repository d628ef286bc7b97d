"""How the pages of the television say things: refusals, moments, lengths, in the reader's language."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import format_datetime
from flask_babel import gettext as _

from captive_portal.days import HOUSE_ZONE
from hub import i18n
from hub.errors import HubError
from hub.interpreter import said
from hub.remote.line import PlayerRefusedError, PlayerSilentError
from library.views import clock_text


def words(sentence: str) -> str:
    """A sentence of the player's in the reader's language."""
    return said(sentence, i18n.current())


def refusal(error: HubError) -> list[str]:
    """Why something was not done, each reason a line, and what to do next."""
    if isinstance(error, PlayerSilentError):
        return [_("The television is resting: its player does not answer. Try again in a minute.")]
    lines = [words(reason) for reason in (error.reasons if isinstance(error, PlayerRefusedError) else [error.message])]
    lines = list(dict.fromkeys(filter(None, lines)))
    if not lines:
        lines = [_("The television could not do this just now.")]
    return [*lines, words(error.hint)] if error.hint and words(error.hint) not in lines else lines


def status_of(error: HubError) -> int:
    """The status of HTTP for a page that shows an error."""
    if not isinstance(error, PlayerRefusedError):
        return 503
    return error.status if error.status in {400, 403, 404, 409, 413, 415, 429, 503} else 502


def length(milliseconds: int) -> str:
    """A length or a place in a film, as players show it."""
    return clock_text(max(0, milliseconds) // 1000)


def moment(text: object, today: date) -> str:
    """A moment that the player gives, as people say it; empty where it cannot be read.

    Args:
        text: as ISO 8601 writes it.
        today: which day it is.
    """
    try:
        when = datetime.fromisoformat(str(text))
    except ValueError:
        return ""
    if when.tzinfo is not None:
        when = when.astimezone(HOUSE_ZONE).replace(tzinfo=None)
    days = (when.date() - today).days
    # Translators: a time of the day as Unicode's date patterns write it (UTS 35); H 'giờ' mm gives 19 giờ 30.
    clock = format_datetime(when, _("h:mm a"), rebase=False)
    if days == 0:
        return str(_("today, %(time)s", time=clock))
    if days == 1:
        return str(_("tomorrow, %(time)s", time=clock))
    # Translators: a weekday with its date, the same way; EEEE d/M gives Thứ Ba 1/12.
    day = format_datetime(when, _("EEEE, MMMM d"), rebase=False)
    return str(_("%(day)s, %(time)s", day=day, time=clock))
