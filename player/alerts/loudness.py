"""Decides how loud an announcement may be at an hour, and whether it may be heard at all.

Quiet hours and the loudest level bind everything but an emergency. The hour comes as an argument, and is None where the
clock is not trusted: then a person who speaks answers for the hour, and whatever a machine would start keeps silent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from player.alerts.priorities import Priority
from player.errors import Sentence


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of each day, from one time of day to another; over midnight where the end comes before the start.

    Attributes:
        start: its first moment, in the time of the house.
        end: the first moment after it. Equal to ``start``: no moment at all.
    """

    start: time
    end: time

    def hold(self, moment: time) -> bool:
        """Whether a time of day lies within."""
        if self.start <= self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


@dataclass(frozen=True, slots=True)
class Levels:
    """How loud it may be, each from 0 to 100.

    Attributes:
        loudest: for everything but an emergency.
        emergency: how loud an emergency is, whatever was asked for.
    """

    loudest: int = 80
    emergency: int = 100


@dataclass(frozen=True, slots=True)
class Loudness:
    """How an announcement is heard.

    Attributes:
        level: from 0 to 100; None: not now.
        reason: why it is not heard now; empty where it is.
    """

    level: int | None
    reason: str = ""


def how_loud(
    priority: Priority, wanted: int, hour: time | None, quiet: Hours, levels: Levels, *, by_hand: bool
) -> Loudness:
    """Decide how loud an announcement is now.

    Args:
        priority: how pressing it is.
        wanted: the level that was asked for, from 0 to 100.
        hour: the time of day in the house; None where the clock is not trusted.
        quiet: the quiet hours.
        levels: the house's levels.
        by_hand: whether somebody in the house asks for it now; else a plan or the province does.
    """
    if priority is Priority.EMERGENCY:
        return Loudness(max(levels.emergency, min(wanted, 100)))
    if hour is None and not by_hand:
        return Loudness(None, Sentence("The hub does not know what time it is, so it starts nothing by itself."))
    if hour is not None and quiet.hold(hour):
        return Loudness(
            None,
            Sentence(
                "These are the quiet hours, until %(end)s. Only an emergency is heard now.", end=f"{quiet.end:%H:%M}"
            ),
        )
    return Loudness(max(0, min(wanted, levels.loudest)))
