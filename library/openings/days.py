"""Which day it is for the count of openings, by a clock that nobody may trust. Pure rules.

A Raspberry Pi has no battery for its clock: it starts in 1970, or where it was last switched off. A day that cannot be
is no day: what is opened then counts, as ``unknown``. A clock that is merely some days late is believed.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

UNKNOWN: Final = "unknown"
HOUSE_ZONE: Final = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Việt Nam's time, without summer time since 1975 (IANA tz database)."""

EARLIEST: Final = date(2026, 1, 1)
"""No hub ran before."""

_LONGEST_GAP: Final = timedelta(days=3 * 366)
"""A hub may lie in a cupboard for some years; decades are a wrong clock."""


def day_of(wall_s: float) -> str:
    """The date of a moment in the house, such as "2026-11-25"; ``unknown`` for what is no date.

    Args:
        wall_s: seconds since 1970, as far as the machine knows.
    """
    try:
        return datetime.fromtimestamp(wall_s, UTC).astimezone(HOUSE_ZONE).date().isoformat()
    except (OverflowError, ValueError, OSError):
        return UNKNOWN


def believed(day: str, known: str) -> str:
    """The day, or ``unknown`` where it cannot be.

    Args:
        day: as a clock says.
        known: the latest day of which there is other evidence, such as when the hub's own files were made.
    """
    claimed, latest = _date(day), _date(known) or EARLIEST
    if claimed is None or claimed < EARLIEST or claimed > max(latest, EARLIEST) + _LONGEST_GAP:
        return UNKNOWN
    return day


def days_before(day: str, count: int) -> str:
    """The first of ``count`` days of which ``day`` is the last."""
    return ((_date(day) or EARLIEST) - timedelta(days=count - 1)).isoformat()


def _date(day: str) -> date | None:
    try:
        return date.fromisoformat(day)
    except ValueError:
        return None
