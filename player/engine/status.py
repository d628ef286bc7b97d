"""What the engine does now, as a value that any thread may read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from player.errors import PlayerError


class State(StrEnum):
    """What the player does."""

    IDLE = "idle"
    STARTING = "starting"
    PLAYING = "playing"
    PAUSED = "paused"
    ANNOUNCING = "announcing"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class ListStatus:
    """The list that is on: its name, which of its films is on, counted from 0, and how many it has."""

    name: str
    place: int
    films: int


@dataclass(frozen=True, slots=True)
class PauseStatus:
    """The question at which the film waits: its number from 1, where it stands, and its words."""

    number: int
    at_ms: int
    question: str


@dataclass(frozen=True, slots=True)
class AnnouncementStatus:
    """The announcement that is heard, or whose words can still be read."""

    key: str
    priority: int
    headline: str
    source: str


@dataclass(frozen=True, slots=True)
class NextStatus:
    """What the schedule plays next: when, in wall time of the house, what, and whether it is a broadcast."""

    starts: datetime
    plays: str
    broadcast: bool


@dataclass(frozen=True, slots=True)
class HandoutStatus:
    """What people take home: its title, and its code, or its book and page."""

    title: str
    code: str = ""
    book: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """What the player does.

    Attributes:
        state: in one word.
        title: of what is on, as people call it; empty: nothing is.
        film: its name below the content folder; empty for a stream.
        kind: "film", "sound" or "stream"; empty: nothing is on.
        position_ms: where it is.
        length_ms: how long it is; 0 where nobody knows.
        level: how loud programmes are, from 0 to 100.
        playlist: the list it belongs to; None: none.
        pause_point: the question at which it waits; None: none.
        announcement: what is said; None: nothing is.
        waiting: how many announcements wait.
        following: what the schedule plays next; None: nothing, or nobody knows the time.
        clock_trusted: whether the time is known to be right.
        quiet: whether these are quiet hours.
        handouts: what people take home from the film that is on or has just ended.
        quarantined: how many films are left out because they could not be played.
        problem: what is wrong; None: nothing is.
        changed: grows with every change but that of the position.
    """

    state: State = State.IDLE
    title: str = ""
    film: str = ""
    kind: str = ""
    position_ms: int = 0
    length_ms: int = 0
    level: int = 0
    playlist: ListStatus | None = None
    pause_point: PauseStatus | None = None
    announcement: AnnouncementStatus | None = None
    waiting: int = 0
    following: NextStatus | None = None
    clock_trusted: bool = False
    quiet: bool = False
    handouts: tuple[HandoutStatus, ...] = ()
    quarantined: int = 0
    problem: PlayerError | None = None
    changed: int = 0


def counted(before: Status, after: Status) -> Status:
    """Count a change, unless nothing but the position has changed."""
    still = replace(after, position_ms=before.position_ms, changed=before.changed)
    return replace(after, changed=before.changed + (still != before))
