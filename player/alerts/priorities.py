"""Decides which of two announcements goes first, and what becomes of that which plays.

The three priorities are those of Thông tư 39/2020/TT-BTTTT: thông thường < ưu tiên < khẩn cấp. An emergency goes first
at once. Where two of priority (ưu tiên) meet, the commune decides: by the order it gave them, else its own goes before
the village's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum
from typing import Final

NO_ORDER: Final = 1_000_000


class Priority(IntEnum):
    """How pressing an announcement is; the larger goes first."""

    ORDINARY = 1
    PREFERRED = 2
    EMERGENCY = 3


class Scope(StrEnum):
    """How far an announcement reaches; its value is what the log holds."""

    HALL = "hall"
    VILLAGE = "village"
    COMMUNE = "commune"


class Voice(StrEnum):
    """Where the sound of an announcement comes from."""

    RECORDED = "recorded"
    LIVE = "live"


class Programme(StrEnum):
    """What plays when nobody announces anything."""

    FILM = "film"
    SOUND = "sound"
    STREAM = "stream"


class Fate(Enum):
    """What becomes of that which plays when somebody is to speak."""

    GOES_ON = "goes on"
    DUCKS = "goes on, quietly"
    WAITS = "is held, and goes on where it was"
    STARTS_OVER = "is broken off, and is said again from its beginning afterwards"
    STOPS = "is broken off for good"


@dataclass(frozen=True, slots=True)
class Announcement:
    """What the decision needs to know of an announcement.

    Attributes:
        key: tells it from every other.
        priority: how pressing it is.
        scope: how far it reaches.
        asked: its place in the order of asking; a counter, no clock.
        voice: a recording can be said again, a person at the microphone cannot.
        order: the place the commune's operator gave it among those of priority; ``NO_ORDER`` where none.
        replaces: keys of announcements that it makes void: an update, a cancellation, an "all clear". Counts only for
            earlier ones of no higher priority.
    """

    key: str
    priority: Priority
    scope: Scope
    asked: int
    voice: Voice = Voice.RECORDED
    order: int = NO_ORDER
    replaces: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do.

    Attributes:
        speaks_now: whether the new announcement is heard at once; else it waits for the end of that which plays.
        fate: what becomes of that which plays.
    """

    speaks_now: bool
    fate: Fate


def comes_before(one: Announcement, other: Announcement) -> bool:
    """Whether one announcement goes before another that was asked for as well.

    What makes the other void always does. Otherwise the priority decides, among those of priority the commune, and then
    who asked first.
    """
    if _makes_void(one, other) or _makes_void(other, one):
        return _makes_void(one, other)
    return _place(one) < _place(other)


def in_order(waiting: Iterable[Announcement]) -> list[Announcement]:
    """Those that wait, in the order in which they are to be heard, without those that another makes void."""
    these = list(waiting)
    return sorted((each for each in these if not any(_makes_void(other, each) for other in these)), key=_place)


def decide(new: Announcement, playing: Announcement | Programme | None) -> Verdict:
    """Decide what happens when an announcement is asked for while something plays.

    A film is held and goes on at its frame. Sound and streams go on quietly below an announcement; an emergency has
    silence: sound is held, a stream, which cannot be, is broken off and joined anew. An announcement is only broken off
    by one of a higher priority, or by one that makes it void; equals wait for each other, so that no sentence is cut.
    """
    match playing:
        case None:
            return Verdict(speaks_now=True, fate=Fate.GOES_ON)
        case Announcement():
            return _against(new, playing)
        case Programme.FILM:
            return Verdict(speaks_now=True, fate=Fate.WAITS)
        case Programme.SOUND:
            return Verdict(speaks_now=True, fate=Fate.WAITS if _is_emergency(new) else Fate.DUCKS)
        case Programme.STREAM:
            return Verdict(speaks_now=True, fate=Fate.STOPS if _is_emergency(new) else Fate.DUCKS)


def _against(new: Announcement, playing: Announcement) -> Verdict:
    if _makes_void(new, playing):
        return Verdict(speaks_now=True, fate=Fate.STOPS)
    if new.priority <= playing.priority:
        return Verdict(speaks_now=False, fate=Fate.GOES_ON)
    return Verdict(speaks_now=True, fate=Fate.STARTS_OVER if playing.voice is Voice.RECORDED else Fate.STOPS)


def _makes_void(one: Announcement, other: Announcement) -> bool:
    return other.key in one.replaces and one.asked > other.asked and one.priority >= other.priority


def _is_emergency(announcement: Announcement) -> bool:
    return announcement.priority is Priority.EMERGENCY


def _place(announcement: Announcement) -> tuple[int, int, int, int]:
    decided = announcement.priority is Priority.PREFERRED
    return (
        -announcement.priority,
        announcement.order if decided else NO_ORDER,
        int(announcement.scope is not Scope.COMMUNE) if decided else 0,
        announcement.asked,
    )
