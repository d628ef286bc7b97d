"""What is due now, what was missed and what comes next: a pure decision from the items, the clock and what was seen.

All times are wall time of the house (Asia/Ho_Chi_Minh, which has no summer time), without a zone, given as arguments.
Whoever fires an item first saves the `Seen` that came with it: a power cut in between loses it; twice it never plays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

LOOK_BACK = timedelta(days=31)
"""What was missed longer ago is not told."""

REMEMBERED = 200
"""So many of the last fired, and of the last missed, starts are remembered against a clock that is put back."""

_FARTHEST_WEEKLY = 400


@dataclass(frozen=True, slots=True)
class Item:
    """Something that starts at a minute of certain days.

    Attributes:
        plays: what is started: the name of a playlist, or the address of a broadcast.
        at: the minute of the day.
        grace: for how long after that minute it may still start; above zero.
        weekdays: on which days of the week, Monday being 0; empty for a dated item.
        day: on which date; None for a weekly item.
        alone: whether the weekly items of that date are left out.
        lasts: after what time it ends; None when it ends by itself.
        is_broadcast: whether it is a live stream.
        goes_back: whether afterwards what was playing goes on.
    """

    plays: str
    at: time
    grace: timedelta
    weekdays: frozenset[int] = frozenset()
    day: date | None = None
    alone: bool = False
    lasts: timedelta | None = None
    is_broadcast: bool = False
    goes_back: bool = True


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An item on one day.

    Attributes:
        start: its minute.
        item: what starts then.
    """

    start: datetime
    item: Item

    @property
    def last_chance(self) -> datetime:
        """The moment from which it is missed."""
        return self.start + self.item.grace

    @property
    def end(self) -> datetime | None:
        """When it ends; None when it ends by itself."""
        return None if self.item.lasts is None else self.start + self.item.lasts


@dataclass(frozen=True, slots=True)
class Seen:
    """What has been judged so far; it must outlive a power cut.

    Attributes:
        until: up to and with this moment.
        fired: the starts that fired last, the newest at the end.
        missed: the starts that were told as missed last, the newest at the end.
    """

    until: datetime
    fired: tuple[datetime, ...] = ()
    missed: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """A judgement.

    Attributes:
        fires: what starts now.
        missed: what was to start and no longer may, to be logged with its time, never played; oldest first.
        comes_next: what starts next; None when there is nothing, or nobody knows the time.
        seen: what has been judged now; None as long as no trusted clock was ever seen.
    """

    fires: Occurrence | None
    missed: tuple[Occurrence, ...]
    comes_next: Occurrence | None
    seen: Seen | None


def due(items: Sequence[Item], last_seen: Seen | None, now: datetime, trusted: bool) -> Due:
    """Judge what happened between the last look and now.

    On an untrusted clock nothing fires and nothing counts as seen. Without an earlier look (a new card, a damaged
    file) only what starts after now can fire, since nobody knows what has been played. When the clock was put back,
    judging starts anew from now; what has fired does not fire again, what was only told as missed may.

    Args:
        items: the schedule; where several may start, only the latest does and the others are missed.
        last_seen: what the last call returned.
        now: the wall time, without a zone.
        trusted: whether that time is known to be right.

    Raises:
        ValueError: the time has a zone.
    """
    if now.tzinfo is not None:
        raise ValueError("wall time has no zone")
    if not trusted:
        return Due(None, (), None, last_seen)
    if last_seen is None or now < last_seen.until:
        fired, missed = (last_seen.fired, last_seen.missed) if last_seen else ((), ())
        return Due(None, (), comes_next(items, now), Seen(now, fired, missed))
    passed = [
        occurrence
        for occurrence in occurrences(items, max(last_seen.until, now - LOOK_BACK), now)
        if occurrence.start not in last_seen.fired
    ]
    chances = [occurrence for occurrence in passed if now < occurrence.last_chance]
    fires = chances[-1] if chances else None
    gone = tuple(
        occurrence for occurrence in passed if occurrence is not fires and occurrence.start not in last_seen.missed
    )
    seen = Seen(
        now,
        (*last_seen.fired, *([fires.start] if fires else []))[-REMEMBERED:],
        (*last_seen.missed, *(occurrence.start for occurrence in gone))[-REMEMBERED:],
    )
    return Due(fires, gone, comes_next(items, now), seen)


def occurrences(items: Sequence[Item], after: datetime, until: datetime) -> list[Occurrence]:
    """List what starts after one moment and not later than another, oldest first."""
    days = (after.date() + timedelta(days=number) for number in range((until.date() - after.date()).days + 1))
    return [found for day in days for found in on_day(items, day) if after < found.start <= until]


def on_day(items: Sequence[Item], day: date) -> list[Occurrence]:
    """List what starts on one day, earliest first; what starts in the same minute, in the order of the items."""
    dated = [item for item in items if item.day == day]
    weekly = [] if any(item.alone for item in dated) else [item for item in items if day.weekday() in item.weekdays]
    found = [Occurrence(datetime.combine(day, item.at), item) for item in (*weekly, *dated)]
    return sorted(found, key=lambda occurrence: occurrence.start)


def comes_next(items: Sequence[Item], now: datetime) -> Occurrence | None:
    """Tell what starts next after a moment; nothing when the schedule is over."""
    days = _days_ahead(items, now.date())
    return next((found for day in days for found in on_day(items, day) if found.start > now), None)


def _days_ahead(items: Sequence[Item], today: date) -> Iterator[date]:
    far = _FARTHEST_WEEKLY if any(item.weekdays for item in items) else 0
    near = {today + timedelta(days=number) for number in range(far + 1)}
    yield from sorted(near | {item.day for item in items if item.day is not None and item.day >= today})
