"""What was on when the power failed, and whether and from where it goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from player.schedule.state_file import AtomicWriter, StateFile

VERSION = 1
"""Of the form of `Playback`."""

STEP_BACK_MS = 3000
"""A film goes on this much earlier than it was left, in milliseconds."""

RECENT_S = 1800
"""A film that was left longer ago, in seconds, does not go on."""

MOST_ATTEMPTS = 2
"""A film that was begun so often after a start, and did not play for a while, does not go on."""

CLOCK_PLAY_S = 60
"""The clock of a board without a battery may come up this much, in seconds, before the last save."""


class Stamp(BaseModel):
    """By which a film is known to be the same file.

    Attributes:
        size: in bytes.
        changed_ns: its time of change, in nanoseconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    size: int = Field(ge=0)
    changed_ns: int


class Playback(BaseModel):
    """What is on.

    Attributes:
        film: its name below the content folder.
        stamp: the file it is.
        position_ms: how far it has played, in milliseconds.
        playlist: the playlist it belongs to; empty for none.
        place: its place in that list, counted from 0.
        volume: in percent.
        saved_at: when this was so, in seconds since 1970 by the hub's own clock.
        held: whether somebody held it.
        source: who asked for it, for the log.
        author: the post that asked for it; empty where nobody knows.
        ends_at: when its plan ends it, in seconds since 1970; None: by itself.
        attempts: how often it was begun after a start of the player without playing for a while: a film that ends the
            player each time must not be what it begins with for ever.
        boot: tells the start of the machine at which this was so from every other; empty where nobody knows.
        back: what goes on when its plan ends it; None: nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    film: Annotated[str, Field(min_length=1, max_length=4096)]
    stamp: Stamp
    position_ms: int = Field(ge=0)
    playlist: Annotated[str, Field(max_length=200)] = ""
    place: int = Field(default=0, ge=0)
    volume: int = Field(default=100, ge=0, le=100)
    saved_at: float = Field(allow_inf_nan=False)
    held: bool = False
    source: Annotated[str, Field(max_length=40)] = "remote"
    author: Annotated[str, Field(max_length=100)] = ""
    ends_at: float | None = Field(default=None, allow_inf_nan=False)
    attempts: int = Field(default=0, ge=0)
    boot: Annotated[str, Field(max_length=100)] = ""
    back: Playback | None = None


def playback_file(path: Path, write: AtomicWriter) -> StateFile[Playback]:
    """Return the file that keeps it.

    Args:
        path: where.
        write: writes a file atomically.
    """
    return StateFile(path, Playback, VERSION, write)


def resumed(left: Playback | None, now: float, stamp_of: Callable[[str], Stamp | None]) -> Playback | None:
    """Decide what goes on after a start, and from where.

    The clock need not be trusted: a board without a battery and without internet comes up near the last time it knew,
    and shall go on with the film, too.

    Args:
        left: what was on; None for nothing.
        now: in seconds since 1970.
        stamp_of: tells which file a film is now; None when it is gone.

    Returns:
        What goes on, three seconds earlier; None when nothing does.
    """
    if left is None or not -CLOCK_PLAY_S <= now - left.saved_at <= RECENT_S or stamp_of(left.film) != left.stamp:
        return None
    if left.attempts >= MOST_ATTEMPTS or (left.ends_at is not None and left.ends_at <= now):
        return None
    return left.model_copy(update={"position_ms": max(0, left.position_ms - STEP_BACK_MS)})
