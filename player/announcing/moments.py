"""How long ago something was asked for, told by clocks that no power cut can fool into giving it more time.

Within one start of the machine a clock that only goes forward counts. Across a power cut only wall time can, and only
where it was trusted before and is trusted now; else nobody knows how long the power was away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from player.engine.ports import Clock

HOUSE: Final = timezone(timedelta(hours=7), "+07")
"""The zone of every house: Vietnam has one, and no summer time."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment.

    Attributes:
        boot: tells this start of the machine from every other.
        monotonic_s: seconds since then.
        wall: wall time.
        trusted: whether that was known to be right.
    """

    boot: str
    monotonic_s: float
    wall: datetime
    trusted: bool


def boot_id(path: Path = Path("/proc/sys/kernel/random/boot_id")) -> str:
    """Return what tells this start of the machine from every other (random(4))."""
    return path.read_text(encoding="ascii").strip()


def wall(clock: Clock) -> datetime:
    """Return wall time, in the zone of the house."""
    now = clock.now()
    return now.replace(tzinfo=HOUSE) if now.tzinfo is None else now.astimezone(HOUSE)


def trusted_wall(clock: Clock) -> datetime | None:
    """Return wall time, in the zone of the house; None where it is not trusted."""
    return wall(clock) if clock.trusted() else None


def house_time(moment: datetime) -> datetime:
    """Return a moment as the house's clock shows it, without a zone: the form of plans."""
    return moment.astimezone(HOUSE).replace(tzinfo=None) if moment.tzinfo else moment


def stamp(clock: Clock, boot: str) -> Stamp:
    """Return this moment."""
    return Stamp(boot, clock.monotonic(), wall(clock).astimezone(UTC), clock.trusted())


def waited_s(asked: Stamp, now: Stamp) -> float | None:
    """Return the seconds between two moments; None where nobody knows, because the power was away in between."""
    if asked.boot == now.boot:
        return max(0.0, now.monotonic_s - asked.monotonic_s)
    if asked.trusted and now.trusted:
        return max(now.monotonic_s, (now.wall - asked.wall).total_seconds())
    return None


def surely_over(asked: Stamp, now: Stamp, limit_s: float) -> bool:
    """Whether more than a time has passed since, even if nobody knows exactly how much."""
    waited = waited_s(asked, now)
    return (now.monotonic_s if waited is None else waited) > limit_s
