"""What is wrong with a schedule as a whole: items in each other's way, in quiet hours, or without a playlist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby, pairwise

from player.alerts.loudness import Hours
from player.errors import Sentence
from player.schedule.due import Item, Occurrence, on_day

MOST_ITEMS = 200
"""A schedule has no more weekly and dated items together."""

Place = tuple[str, int]
"""Where something stands in the file: the name of its table and its number there, from 0."""

_A_MONDAY = date(2001, 1, 1)
_DAY = timedelta(days=1)
_MINUTES_A_DAY = 1440


@dataclass(frozen=True, slots=True)
class Timed:
    """An item as it stands in the file, whether or not it makes sense.

    Attributes:
        at: when it starts.
        until: when it ends; None when its list is over.
        playlist: which list; None for none.
        broadcast: which address; None for none.
        grace_minutes: for how long it may still start, in minutes.
    """

    at: time
    until: time | None
    playlist: str | None
    broadcast: str | None
    grace_minutes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What could be read of a schedule.

    Attributes:
        playlists: the lists' names in their order; empty where a name cannot be read.
        timed: the items as they stand in the file.
        items: the same items as the rules know them.
        quiet: the quiet hours.
    """

    playlists: tuple[str, ...]
    timed: Mapping[Place, Timed]
    items: Mapping[Place, Item]
    quiet: Mapping[Place, Hours]


def clashes(plan: Plan) -> Iterator[tuple[Place, Sentence]]:
    """Yield everything that does not fit together, with the place of the item to be changed."""
    for number, name in enumerate(plan.playlists):
        if name and name in plan.playlists[:number]:
            yield ("playlist", number), Sentence('another playlist is called "%(name)s", too', name=name)
    for place, hours in plan.quiet.items():
        if hours.start == hours.end:
            yield place, Sentence("the quiet hours start and end at %(time)s", time=_told(hours.start))
    for place, timed in plan.timed.items():
        for sentence in (*_alone(timed), *_unknown(timed, plan.playlists), *_in_quiet(timed, plan.quiet.values())):
            yield place, sentence
    if len(plan.items) > MOST_ITEMS:
        yield list(plan.items)[MOST_ITEMS], Sentence("there are more than %(most)d items", most=MOST_ITEMS)
    else:
        yield from _in_the_way(plan.items)


def _alone(timed: Timed) -> Iterator[Sentence]:
    if (timed.playlist is None) == (timed.broadcast is None):
        yield Sentence("name either a playlist or a broadcast")
    if timed.broadcast is not None and timed.until is None:
        yield Sentence("a broadcast does not end by itself: set until")
    if timed.until is None:
        return
    if timed.until <= timed.at:
        yield Sentence(
            "it ends at %(end)s, but starts at %(start)s; make two items of what goes on after midnight",
            end=_told(timed.until),
            start=_told(timed.at),
        )
    elif timed.grace_minutes > _minute(timed.until) - _minute(timed.at):
        yield Sentence(
            "%(grace)d minutes of grace are longer than the item itself, which ends at %(end)s",
            grace=timed.grace_minutes,
            end=_told(timed.until),
        )


def _unknown(timed: Timed, playlists: tuple[str, ...]) -> Iterator[Sentence]:
    if timed.playlist is None or timed.playlist in playlists:
        return
    if close := difflib.get_close_matches(timed.playlist, [name for name in playlists if name], n=1):
        yield Sentence(
            'there is no playlist "%(name)s"; did you mean "%(close)s"?', name=timed.playlist, close=close[0]
        )
    else:
        yield Sentence('there is no playlist "%(name)s"', name=timed.playlist)


def _in_quiet(timed: Timed, quiet: Iterable[Hours]) -> Iterator[Sentence]:
    start = _minute(timed.at)
    end = _minute(timed.until) if timed.until is not None else start
    for hours in quiet:
        begins = (_minute(hours.start) - start) % _MINUTES_A_DAY
        words = {"begin": _told(hours.start), "end": _told(hours.end)}
        if hours.hold(timed.at):
            yield Sentence(
                "it starts at %(time)s, in the quiet hours from %(begin)s to %(end)s", time=_told(timed.at), **words
            )
        elif hours.start != hours.end and begins < end - start:
            yield Sentence("it is still on in the quiet hours from %(begin)s to %(end)s", **words)
        elif hours.start != hours.end and begins < timed.grace_minutes:
            yield Sentence(
                "%(grace)d minutes of grace reach into the quiet hours from %(begin)s to %(end)s",
                grace=timed.grace_minutes,
                **words,
            )


def _in_the_way(items: Mapping[Place, Item]) -> Iterator[tuple[Place, Sentence]]:
    """Compare each item with what starts before it, in a week without dates and around every date."""
    places = {id(item): place for place, item in items.items()}
    told = set()
    for days in _days(items.values()):
        around = [found for day in days for found in on_day(list(items.values()), day)]
        for before, later in _neighbours(around):
            first, second = places[id(before.item)], places[id(later.item)]
            if (first, second) not in told and (clash := _clash(before, later, first, second)):
                told |= {(first, second), (second, first)}
                yield clash


def _days(items: Iterable[Item]) -> Iterator[list[date]]:
    """Yield runs of days: an ordinary week and the day after, then each date with its neighbours."""
    yield [_A_MONDAY + number * _DAY for number in range(8)]
    near = sorted({item.day.toordinal() + step for item in items if item.day for step in (-1, 0, 1)})
    for _, run in groupby(enumerate(near), key=lambda pair: pair[1] - pair[0]):
        yield [date.fromordinal(ordinal) for _, ordinal in run]


def _neighbours(around: list[Occurrence]) -> Iterator[tuple[Occurrence, Occurrence]]:
    """Yield what may be in each other's way: each with the one before, and with the one that is still on."""
    longest: Occurrence | None = None
    for before, later in pairwise(around):
        longest = before if longest is None or _end(before) > _end(longest) else longest
        yield before, later
        if longest is not before and _end(longest) > later.start:
            yield longest, later


def _clash(before: Occurrence, later: Occurrence, first: Place, second: Place) -> tuple[Place, Sentence] | None:
    words = {"time": _told(later.start.time()), "other": "{}[{}]".format(*first)}
    if before.start == later.start:
        return second, Sentence("it starts at %(time)s, in the same minute as %(other)s", **words)
    if _end(before) > later.start:
        return second, Sentence(
            "it starts at %(time)s, while %(other)s is on until %(end)s", end=_told(_end(before).time()), **words
        )
    if before.last_chance > later.start:
        return first, Sentence(
            "%(grace)d minutes of grace reach past %(time)s, when %(other)s starts",
            grace=before.item.grace // timedelta(minutes=1),
            **{**words, "other": "{}[{}]".format(*second)},
        )
    return None


def _end(occurrence: Occurrence) -> datetime:
    return max(occurrence.start, occurrence.end or occurrence.start)


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _told(moment: time) -> str:
    return f"{moment:%H:%M}"
