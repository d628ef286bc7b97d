"""The rules of the gate, and nothing but rules: what becomes of a phone when it taps, uses, waits, or a day begins.

A phone's visit goes new → captive → welcomed → online ⇄ offline-ok → expired. Every function here takes the visit as
it is and returns it as it will be; nothing is touched. All time is counted as durations, so no clock can spoil it.

The laws, kept by tests/captive_portal/test_gate.py: nobody is online without a tap of that day; what is used never
shrinks within a day; an expired phone is never told that all is well; only the internet answers for the internet.
"""

import enum
import math
from dataclasses import dataclass, replace
from typing import Final

from captive_portal.config import InternetConfig
from captive_portal.phones import Answer, Standing

WELCOMED_S: Final = 86_400
"""How long the wall welcomes a phone by itself, in seconds; the next day ends it anyway."""

OFFLINE_S: Final = 3_600
"""How long the wall keeps a phone whose link is away, in seconds, before the gate has to say so again."""

GRACE_S: Final = 1
"""The wall closes this much after the gate, in seconds: who is there to say why is asked first."""


class Stage(enum.Enum):
    """Where a phone's visit has come to."""

    NEW = "new"
    """It has not spoken yet."""
    CAPTIVE = "captive"
    """It spoke, and nobody tapped."""
    WELCOMED = "welcomed"
    """Somebody tapped for the library."""
    ONLINE = "online"
    """Somebody tapped for the internet, and there is a link."""
    OFFLINE_OK = "offline-ok"
    """The same, while the link is away: the session's time stands still."""
    EXPIRED = "expired"
    """The session or the day is used up, and nobody tapped since."""


class Refusal(enum.Enum):
    """Why the internet cannot be opened."""

    NO_BACKHAUL = "no-backhaul"
    DAY_OVER = "day-over"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one phone may have.

    Attributes:
        session_s: how long one tap opens the internet, in seconds.
        day_s: seconds of internet in a day; None: without limit.
        day_bytes: bytes of internet in a day; None: without limit.
    """

    session_s: float
    day_s: float | None
    day_bytes: int | None

    @classmethod
    def of(cls, config: InternetConfig) -> "Limits":
        """The limits a technician has set."""
        return cls(
            config.session_minutes * 60.0,
            config.daily_minutes * 60.0 or None,
            config.daily_megabytes * 1_000_000 or None,
        )


@dataclass(frozen=True, slots=True)
class Visit:
    """One phone's day at the house.

    Attributes:
        stage: where it has come to.
        used_s: seconds of internet used today.
        used_bytes: bytes of internet used today, both ways.
        left_s: seconds left of the session that the last tap opened.
        tapped: whether somebody tapped while this gate was running; False for what was only read from the card.
    """

    stage: Stage = Stage.NEW
    used_s: float = 0.0
    used_bytes: int = 0
    left_s: float = 0.0
    tapped: bool = False

    @property
    def wants_internet(self) -> bool:
        """Whether a session is open, with or without a link just now."""
        return self.stage in {Stage.ONLINE, Stage.OFFLINE_OK}


def spoke(visit: Visit) -> Visit:
    """A phone that sends anything is no longer new."""
    return replace(visit, stage=Stage.CAPTIVE) if visit.stage is Stage.NEW else visit


def offer_s(visit: Visit, limits: Limits) -> float:
    """How long a tap on the internet would open it, in seconds; 0 when the day is over."""
    if limits.day_bytes is not None and visit.used_bytes >= limits.day_bytes:
        return 0.0
    if limits.day_s is None:
        return limits.session_s
    return max(0.0, min(limits.session_s, limits.day_s - visit.used_s))


def refusal(visit: Visit, limits: Limits, *, link: bool) -> Refusal | None:
    """Why a tap on the internet would be refused; None when it would not."""
    if not link:
        return Refusal.NO_BACKHAUL
    return None if offer_s(visit, limits) else Refusal.DAY_OVER


def open_internet(visit: Visit, limits: Limits, *, link: bool) -> Visit:
    """A tap on the internet; a second tap makes the session whole again. A refused one changes nothing."""
    if refusal(visit, limits, link=link):
        return visit
    return replace(visit, stage=Stage.ONLINE, left_s=offer_s(visit, limits), tapped=True)


def open_library(visit: Visit) -> Visit:
    """A tap on the library; it does not close an internet that is open."""
    return visit if visit.wants_internet else replace(visit, stage=Stage.WELCOMED, left_s=0.0, tapped=True)


def leave(visit: Visit) -> Visit:
    """A tap that gives the internet back; the minutes not used stay in the day."""
    return replace(visit, stage=Stage.WELCOMED, left_s=0.0, tapped=True) if visit.wants_internet else visit


def pass_time(visit: Visit, seconds: float, limits: Limits) -> Visit:
    """Time passes for a phone that is there; it counts only while the internet is open and linked.

    Args:
        visit: as it is.
        seconds: a duration; a negative one counts as none.
        limits: what it may have.
    """
    if visit.stage is not Stage.ONLINE:
        return visit
    spent = min(max(0.0, seconds), visit.left_s)
    # Not one less the other: rounding must not leave a session of 1e-13 seconds, nor one that the day does not have.
    left_s = 0.0 if seconds >= visit.left_s else visit.left_s - spent
    return _ended(replace(visit, used_s=visit.used_s + spent, left_s=left_s), limits)


def count(visit: Visit, traffic: int, limits: Limits) -> Visit:
    """Bytes passed between a phone and the internet."""
    if traffic <= 0:
        return visit
    return _ended(replace(visit, used_bytes=visit.used_bytes + traffic), limits)


def link(visit: Visit, *, up: bool) -> Visit:
    """The link is there, or is not."""
    if visit.stage is Stage.ONLINE and not up:
        return replace(visit, stage=Stage.OFFLINE_OK)
    if visit.stage is Stage.OFFLINE_OK and up:
        return replace(visit, stage=Stage.ONLINE)
    return visit


def next_day(visit: Visit, *, clock_was_set: bool) -> Visit:
    """A new day: nothing is used, and everybody is asked anew.

    Args:
        visit: as it is.
        clock_was_set: whether the day is new only because the clock heard the right time. Then those who tapped
            since the gate began, that is, just before, are not disturbed; their taps are of this day.
    """
    if clock_was_set and visit.tapped and visit.stage is not Stage.EXPIRED:
        return replace(visit, used_s=0.0, used_bytes=0)
    return Visit(Stage.NEW if visit.stage is Stage.NEW else Stage.CAPTIVE)


def answer(visit: Visit) -> Answer:
    """What the phone's probes hear."""
    match visit.stage:
        case Stage.ONLINE:
            return Answer.INTERNET
        case Stage.WELCOMED | Stage.OFFLINE_OK:
            return Answer.SUCCESS
    return Answer.PORTAL


def standing(visit: Visit) -> Standing:
    """How the phone stands before the wall, which knows by itself whether there is a link."""
    if visit.wants_internet:
        return Standing.ONLINE
    return Standing.WELCOMED if visit.stage is Stage.WELCOMED else Standing.CAPTIVE


def wall_s(visit: Visit) -> int:
    """After how many seconds the wall shall close by itself; 0 for whom it is closed to."""
    match visit.stage:
        case Stage.ONLINE:
            return math.ceil(visit.left_s) + GRACE_S
        case Stage.OFFLINE_OK:
            return max(OFFLINE_S, math.ceil(visit.left_s) + GRACE_S)
        case Stage.WELCOMED:
            return WELCOMED_S
    return 0


def _ended(visit: Visit, limits: Limits) -> Visit:
    """Close a session that has no time left, or whose day is over."""
    if visit.wants_internet and (visit.left_s <= 0 or not offer_s(visit, limits)):
        return replace(visit, stage=Stage.EXPIRED, left_s=0.0)
    return visit
