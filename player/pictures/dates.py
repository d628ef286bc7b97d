"""Says dates and times as people say them, the lunar date too: the only room that imports lunar_vn. Pure rules.

The Vietnamese lunar calendar is reckoned for 105° east (UTC+7), the Chinese one for 120°; where a new moon or a
solstice falls into the hour between them, the two differ, in some years by a month (1985) or a day (2007, 2030).
Source: Hồ Ngọc Đức, "Computing the Vietnamese lunar calendar", whose algorithm lunar_vn follows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Final

from lunar_vn import SUPPORTED_YEAR_RANGE, LunarDate, can_chi, solar_to_lunar

from player.errors import Sentence

Say = Callable[[Sentence], str]
"""Says a sentence in the language of the television."""

_WEEKDAYS: Final = (
    Sentence("Monday"),
    Sentence("Tuesday"),
    Sentence("Wednesday"),
    Sentence("Thursday"),
    Sentence("Friday"),
    Sentence("Saturday"),
    Sentence("Sunday"),
)
_FIRST_MONTH, _LAST_MONTH = "Giêng", "Chạp"
_EAST: Final = 7.0
"""Hours before UTC of the meridian that the calendar is reckoned for."""


def clock(moment: datetime, say: Say) -> str:
    """The time, such as "19 giờ 30"."""
    return say(Sentence("%(hour)s:%(minute)s", hour=moment.hour, minute=f"{moment.minute:02}"))


def day(moment: date, say: Say) -> str:
    """The date, such as "Thứ Tư, ngày 25 tháng 11 năm 2026"."""
    said = say(
        Sentence(
            "%(weekday)s, %(day)s/%(month)s/%(year)s",
            weekday=_WEEKDAYS[moment.weekday()],
            day=moment.day,
            month=moment.month,
            year=moment.year,
        )
    )
    return said[:1].upper() + said[1:]


def lunar_day(moment: date, say: Say) -> str:
    """The lunar date, such as "Âm lịch: ngày 17 tháng 10 năm Bính Ngọ"; empty outside of 1901 to 2099."""
    lunar = lunar_date(moment)
    if lunar is None:
        return ""
    parts = {"day": lunar.day, "month": _month(lunar, say), "year": can_chi.get_year_can_chi(lunar.year)}
    if lunar.day == 15:
        return say(Sentence("Lunar calendar: full moon of month %(month)s, year %(year)s", **parts))
    if lunar.day <= 10:
        return say(Sentence("Lunar calendar: early day %(day)s of month %(month)s, year %(year)s", **parts))
    return say(Sentence("Lunar calendar: day %(day)s of month %(month)s, year %(year)s", **parts))


def lunar_date(moment: date) -> LunarDate | None:
    """The date in the Vietnamese lunar calendar; None for years that the reckoning does not cover."""
    first, last = SUPPORTED_YEAR_RANGE
    if not first < moment.year < last:
        return None
    return solar_to_lunar(date(moment.year, moment.month, moment.day), time_zone=_EAST)


def when(starts: datetime, now: datetime, say: Say) -> str:
    """When something starts, as one says it now: "19 giờ 30", "… ngày mai", "… thứ Ba", "… ngày 3/12"."""
    time = clock(starts, say)
    days = (starts.date() - now.date()).days
    if days == 0:
        return time
    if days == 1:
        return say(Sentence("%(time)s tomorrow", time=time))
    if 1 < days < 7:
        return say(Sentence("%(time)s on %(weekday)s", time=time, weekday=_WEEKDAYS[starts.weekday()]))
    return say(Sentence("%(time)s on %(day)s/%(month)s", time=time, day=starts.day, month=starts.month))


def _month(lunar: LunarDate, say: Say) -> str:
    name = {1: _FIRST_MONTH, 12: _LAST_MONTH}.get(lunar.month, str(lunar.month))
    return say(Sentence("leap %(month)s", month=name)) if lunar.leap else name
