"""What of a programme is kept for the next start."""

from __future__ import annotations

from typing import Final

from player.engine.wish import On, Wish
from player.films import Film
from player.schedule.playback import Playback

PLAYED_A_WHILE_S: Final = 20.0
"""What has played for so many seconds did not end the player."""


def playback_of(
    wish: Wish,
    on: On | None,
    film: Film,
    *,
    level: int,
    held: bool,
    began_s: float,
    now_s: float,
    now: float,
    boot: str = "",
) -> Playback:
    """Return what is on, or is to begin, as it is kept.

    Args:
        wish: what was wished for.
        on: what is on; None while it has not begun.
        film: which film.
        level: how loud.
        held: whether somebody holds it.
        began_s: when the wish was begun, by the monotonic clock, in seconds.
        now_s: the moment, by the same clock.
        now: the moment, in seconds since 1970.
        boot: tells this start of the machine from every other.
    """
    begun = wish.attempts if on else max(0, wish.attempts - 1)  # what has not begun cannot have ended the player
    return Playback(
        film=film.file,
        stamp=film.stamp,
        position_ms=on.trial.position_ms if on else wish.start_ms,
        playlist=wish.playlist,
        place=max(0, wish.walk.place),
        volume=level,
        saved_at=now,
        held=held,
        source=wish.source,
        author=wish.author[:100],
        ends_at=None if wish.ends_s is None else now + wish.ends_s - now_s,
        attempts=0 if now_s - began_s > PLAYED_A_WHILE_S else begun,
        boot=boot,
    )
