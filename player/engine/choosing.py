"""Which of the announcements that wait is heard next, how loud, and which are not heard any more: a pure decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from player.alerts.loudness import Hours, Levels, how_loud
from player.alerts.play_log import Result
from player.alerts.priorities import Priority, in_order
from player.announcing.spoken import Spoken
from player.engine.kept import RECENT, Kept
from player.errors import Sentence

NEVER = Hours(time(), time())
"""No quiet hours."""

REPLACED = Sentence("Another announcement has taken its place.")
TOO_LATE = Sentence("Its time had passed before it could be heard.")


@dataclass(frozen=True, slots=True)
class Moment:
    """What time it is.

    Attributes:
        wall: the time of the house, without a zone.
        trusted: whether it is known to be right.
        quiet: the quiet hours that hold; None: none do.
        now: the same moment, in seconds since 1970.
    """

    wall: datetime
    trusted: bool
    quiet: Hours | None = None
    now: float = 0.0


@dataclass(frozen=True, slots=True)
class Gone:
    """An announcement that is not heard any more.

    Attributes:
        kept: which.
        result: how it ends, for the log.
        reason: why.
    """

    kept: Kept
    result: Result
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The decision.

    Attributes:
        following: what is heard next; None: nothing now.
        level: how loud it is, from 0 to 100.
        gone: what is not heard any more.
    """

    following: Kept | None
    level: int
    gone: tuple[Gone, ...]


def choose(waiting: Sequence[Kept], moment: Moment, levels: Levels) -> Choice:
    """Decide what is heard next.

    What somebody asks for now is refused in quiet hours; what a plan or the province asks for waits for their end, as
    long as it has not become void. Where the clock is not trusted, what names an hour waits, unless lives may depend
    on it.

    Args:
        waiting: those that wait.
        moment: what time it is.
        levels: the house's levels.
    """
    by_key = {kept.spoken.announcement.key: kept for kept in waiting}
    ordered = in_order(kept.spoken.announcement for kept in waiting)
    valid = {announcement.key for announcement in ordered}
    gone = [Gone(kept, Result.STOPPED, REPLACED) for key, kept in by_key.items() if key not in valid]
    following, level = None, 0
    for announcement in ordered:
        kept = by_key[announcement.key]
        if is_over(kept.spoken, moment) or _is_stale(kept, moment):
            gone.append(Gone(kept, Result.MISSED, TOO_LATE))
            continue
        if following is not None or not _may_begin(kept.spoken, moment):
            continue
        spoken = kept.spoken
        by_hand = spoken.by_hand and spoken.not_before is None
        loud = how_loud(
            announcement.priority,
            spoken.wanted,
            moment.wall.time() if moment.trusted else None,
            moment.quiet or NEVER,
            levels,
            by_hand=by_hand,
        )
        if loud.level is not None:
            following, level = kept, loud.level
        elif by_hand:
            gone.append(Gone(kept, Result.REFUSED, loud.reason))
    return Choice(following, level, tuple(gone))


def is_over(spoken: Spoken, moment: Moment) -> bool:
    """Whether an announcement is void by now."""
    return moment.trusted and spoken.until is not None and moment.wall >= _bare(spoken.until)


def _is_stale(kept: Kept, moment: Moment) -> bool:
    """Whether a power cut left it here too long ago: nobody asks for it any more, and it names no hour."""
    spoken = kept.spoken
    timeless = spoken.not_before is None and spoken.until is None and not spoken.by_hand
    emergency = spoken.announcement.priority is Priority.EMERGENCY
    return moment.trusted and timeless and not emergency and moment.now - kept.asked_at > RECENT.total_seconds()


def _may_begin(spoken: Spoken, moment: Moment) -> bool:
    if spoken.not_before is None:
        return True
    if not moment.trusted:
        return spoken.announcement.priority is Priority.EMERGENCY
    return moment.wall >= _bare(spoken.not_before)


def _bare(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)
