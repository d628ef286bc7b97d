"""When a new day begins at the gate: at 03:00 of the house, judged by a clock that nobody may trust.

A Raspberry Pi has no battery for its clock: it starts in 1970, or at the hour it was last switched off, and jumps when
it hears the right time. So days are compared, never instants: a later day is a new one, an earlier one is a clock that
is wrong; and after 24 hours of running there is a new day, whatever the clock says.
"""

import enum
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, Protocol

HOUSE_ZONE: Final = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Việt Nam's time, without summer time since 1975 (IANA tz database); needs no table on the card."""

DAY_BEGINS: Final = timedelta(hours=3)
LONGEST_DAY_S: Final = 86_400.0
_NATURAL_S: Final = 120.0


class Clock(Protocol):
    """Tells two times: one that only ever runs, and one that people read."""

    def running(self) -> float:
        """Seconds that passed since some moment (CLOCK_MONOTONIC, clock_gettime(2))."""

    def wall(self) -> float:
        """Seconds since 1970, as far as the machine knows."""


class SystemClock:
    """The machine's own clocks."""

    def running(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def wall(self) -> float:
        """Seconds since 1970."""
        return time.time()


class Turn(enum.Enum):
    """Whether a new day has begun, and by what."""

    NONE = "none"
    NIGHT = "night"
    """03:00 has passed, or 24 hours have."""
    CLOCK_SET = "clock-set"
    """The clock was set to a later day."""


@dataclass(frozen=True, slots=True)
class Day:
    """The day that the gate believes it is.

    Attributes:
        label: its date, such as "2026-11-24".
        age_s: how many seconds of it the hub was running.
    """

    label: str
    age_s: float = 0.0


def label_of(wall_s: float) -> str:
    """The date of the day that a moment belongs to; before 03:00 it is still the day before.

    Args:
        wall_s: seconds since 1970; what lies beyond the years 1 to 9999 counts as 1970.
    """
    try:
        moment = datetime.fromtimestamp(wall_s, UTC).astimezone(HOUSE_ZONE) - DAY_BEGINS
    except (OverflowError, ValueError, OSError):
        return "1970-01-01"
    return f"{moment.year:04}-{moment.month:02}-{moment.day:02}"


def pass_time(day: Day, passed_s: float, wall_passed_s: float, wall_s: float) -> tuple[Day, Turn]:
    """The day after some time.

    Args:
        day: as it was.
        passed_s: seconds that passed in truth.
        wall_passed_s: seconds by which the clock on the wall went on meanwhile.
        wall_s: what that clock says now, in seconds since 1970.

    Returns:
        The day as it is; its age begins anew when it is another one.
    """
    label = label_of(wall_s)
    aged = replace(day, age_s=day.age_s + max(0.0, passed_s))
    if label > day.label:
        natural = abs(wall_passed_s - passed_s) < _NATURAL_S
        return Day(label), Turn.NIGHT if natural else Turn.CLOCK_SET
    if aged.age_s >= LONGEST_DAY_S:
        return Day(label), Turn.NIGHT
    return aged, Turn.NONE
