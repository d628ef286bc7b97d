"""Decides, from what probes found, which ways out of the house work and which one is to be used.

A probe may fail for many reasons, so nothing that was known changes by one alone; yet a lost link is known 2.3 seconds
after the first question that nobody answered, and a link that came back with its second answer.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from hub.probing import Finding

DOUBT_S: Final = 2.3
"""A link is lost when for so long, in seconds, nothing that was asked has been answered."""

BUSY_DOUBT_S: Final = 20.0
"""The same while data arrives over it: then the link is full, rather than lost."""

RETURN_S: Final = 30.0
"""A better way out is taken again when it has worked for so long, in seconds, since each change cuts connections."""

RESTING_S: Final = 30.0
"""How often the page is asked for while all is well and nobody is in the house, in seconds."""

_AGAIN_S: Final = 0.4
_CONFIRMED: Final = 2


class State(enum.StrEnum):
    """What is known about the internet."""

    NONE = "none"
    """The house has no way out."""
    UNKNOWN = "unknown"
    """Nothing has been asked yet."""
    UP = "up"
    """The province's own page answers."""
    DOWN = "down"
    """No route, no names or no answer."""
    LOGIN = "login"
    """Somebody else answers in its place: the way out is itself a captive portal, or money is owed."""


@dataclass(frozen=True, slots=True)
class Way:
    """What is known about one way out.

    Attributes:
        state: what it is taken for.
        since: when that began, in seconds of the clock.
        finding: what the last probe found; None before the first.
        in_a_row: how many probes found that, one after the other.
        doubted_at: when the first probe was started that has not been answered rightly since; None without doubt.
    """

    state: State = State.UNKNOWN
    since: float = 0.0
    finding: Finding | None = None
    in_a_row: int = 0
    doubted_at: float | None = None


def asked(way: Way, now: float) -> Way:
    """A probe is about to be sent."""
    return way if way.doubted_at is not None else replace(way, doubted_at=now)


def heard(way: Way, finding: Finding, now: float) -> Way:
    """A probe has ended.

    What was not known is taken from the first probe; what was known only changes when two agree. Silence alone ends
    nothing that is up: `waited` does, since it knows how long it lasts.
    """
    in_a_row = way.in_a_row + 1 if finding is way.finding else 1
    way = replace(way, finding=finding, in_a_row=in_a_row)
    if finding is Finding.RIGHT:
        way = replace(way, doubted_at=None)
    state = _meant(finding)
    if state is State.DOWN and way.state is State.UP:
        return way
    confirmed = way.state is State.UNKNOWN or in_a_row >= _CONFIRMED
    return _became(way, state, now) if confirmed else way


def waited(way: Way, now: float, busy: bool) -> Way:
    """Time has passed.

    Args:
        way: what was known.
        now: seconds of the clock.
        busy: whether data arrives over this way out right now.
    """
    if way.state is not State.UP or way.doubted_at is None:
        return way
    return _became(way, State.DOWN, now) if now - way.doubted_at > (BUSY_DOUBT_S if busy else DOUBT_S) else way


def pause_s(way: Way, interval_s: float, somebody: bool) -> float:
    """How long to wait before the next probe, in seconds; short while the last one said something new."""
    if way.finding is None:
        return 0.0
    if _meant(way.finding) is not way.state:
        return min(_AGAIN_S, interval_s)
    return interval_s if somebody or way.state is not State.UP else max(RESTING_S, interval_s)


def choose(ways: Mapping[str, Way], chosen: str, now: float) -> str:
    """Say which way out is to be used: the best that works; the best of all when none does; "" when there is none.

    One that is just being asked for the first time is waited for, unless a link in use would be given up for it.

    Args:
        ways: what is known of every way out, by interface, the best first.
        chosen: the one in use.
        now: seconds of the clock.
    """
    working = [name for name, way in ways.items() if way.state is State.UP]
    if not working:
        return chosen if chosen in ways else next(iter(ways), "")
    if chosen in working:
        settled = ways[working[0]].since + RETURN_S <= now
        return working[0] if settled else chosen
    return next(name for name, way in ways.items() if way.state in {State.UP, State.UNKNOWN})


def summary(ways: Mapping[str, Way]) -> State:
    """What all ways out together mean for the house."""
    states = {way.state for way in ways.values()}
    return next((state for state in (State.UP, State.LOGIN, State.UNKNOWN) if state in states), State.DOWN)


def _meant(finding: Finding) -> State:
    return {Finding.RIGHT: State.UP, Finding.WRONG: State.LOGIN}.get(finding, State.DOWN)


def _became(way: Way, state: State, now: float) -> Way:
    return way if state is way.state else replace(way, state=state, since=now)
