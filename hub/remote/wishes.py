"""How an announcement shall be heard, as the form of the page says it. Pure rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask_babel import gettext as _

from hub.errors import HubError

SCOPES: Final = ("hall", "village")
PRIORITIES: Final = (1, 2, 3)
_LONGEST_HEADLINE: Final = 120
_MOST_TIMES: Final = 5


class WrongWishError(HubError):
    """What a form says cannot be used; the message is in the reader's language."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How an announcement shall be heard.

    Attributes:
        priority: 1 ordinary, 2 pressing, 3 emergency.
        scope: "hall" or "village".
        headline: a few words for the television and the log.
        level: how loud, from 0 to 100; None: as the house is set.
        times: how often it is said; None: as the house is set.
        at: when, in wall time of the house, as ISO 8601 writes it; empty: now.
    """

    priority: int = 1
    scope: str = "village"
    headline: str = ""
    level: int | None = None
    times: int | None = None
    at: str = ""

    def said(self) -> dict[str, object]:
        """The wish as the player takes it."""
        return {
            "priority": self.priority,
            "scope": self.scope,
            "headline": self.headline,
            "level": self.level,
            "times": self.times,
            "at": self.at or None,
        }


def read_wish(form: Mapping[str, str], now: datetime) -> Wish:
    """Read a form.

    Args:
        form: its fields.
        now: wall time of the house.

    Raises:
        WrongWishError: it cannot be used, in the reader's language.
    """
    priority, scope = form.get("priority", ""), form.get("scope", "")
    if priority not in {str(one) for one in PRIORITIES}:
        raise WrongWishError(_("Choose how pressing it is."))
    if scope not in SCOPES:
        raise WrongWishError(_("Choose how far it shall be heard."))
    return Wish(
        priority=int(priority),
        scope=scope,
        headline=" ".join(form.get("headline", "").split())[:_LONGEST_HEADLINE],
        level=_number(form.get("level", ""), 0, 100, _("The loudness is a number from 0 to 100.")),
        times=_number(form.get("times", ""), 1, _MOST_TIMES, _("It is said once to five times.")),
        at=_moment(form.get("at", "").strip(), now),
    )


def _number(typed: str, least: int, most: int, wrong: str) -> int | None:
    if not typed:
        return None
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 6 and least <= int(typed) <= most):
        raise WrongWishError(wrong)
    return int(typed)


def _moment(typed: str, now: datetime) -> str:
    if not typed:
        return ""
    wrong = _("Write the day and the hour like this: %(example)s", example=f"{now:%Y-%m-%d} 18:30")
    try:
        when = datetime.fromisoformat(typed)
    except ValueError:
        raise WrongWishError(wrong) from None
    if when.tzinfo is not None:
        raise WrongWishError(wrong)
    if not now - timedelta(minutes=1) <= when <= now + timedelta(days=366):
        raise WrongWishError(_("Choose a moment that is still to come."))
    return when.isoformat(timespec="minutes")
