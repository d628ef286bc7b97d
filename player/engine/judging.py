"""Tells by its progress whether something really plays: a pure judgement, since most broken files report nothing.

Measured of libvlc: random bytes and cut files end after some milliseconds as if they were whole; a server that never
answers gives no word at all; one that stalls is said to play; an unknown picture is black, with sound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from player.errors import Sentence
from player.screen import Look

START_S: Final = 3.0
"""A file moves within this time, in seconds, or it is broken."""

STREAM_START_S: Final = 10.0
"""So long may a stream take, in seconds, over a thin link."""

STALL_S: Final = 4.0
"""A file that stands still for longer is broken; in seconds."""

STREAM_STALL_S: Final = 12.0
"""A stream that stands still for longer is lost; in seconds."""

WHOLE_SHARE: Final = 0.9
"""What ends after this share of its length has ended; what ends earlier is broken."""

_LAST_MOMENT_MS: Final = 300

NOT_STARTING: Final = Sentence("It does not start.")
NO_PICTURE: Final = Sentence("Its picture cannot be shown.")
STANDING_STILL: Final = Sentence("It stands still.")
TOO_EARLY: Final = Sentence("It ends too early.")
CANNOT_BE_PLAYED: Final = Sentence("It cannot be played.")


@dataclass(frozen=True, slots=True)
class Trial:
    """How something has played so far. Moments are of the monotonic clock, in seconds.

    Attributes:
        began_s: when it was asked for, or was let go on before it moved.
        moved_s: when it was last seen to advance.
        position_ms: where it was seen last.
        length_ms: how long it is; 0 as long as nobody knows.
        started: whether it advanced, and its picture was seen where it has one.
        moves: whether it ever advanced.
        stream: whether it comes over a network, and ends when somebody ends it.
        live: whether it is somebody at a microphone: silence of its clock proves nothing.
        held: whether it is held just now.
    """

    began_s: float
    moved_s: float
    position_ms: int = 0
    length_ms: int = 0
    started: bool = False
    moves: bool = False
    stream: bool = False
    live: bool = False
    held: bool = False

    @property
    def share(self) -> float:
        """How much of it has been passed, from 0 to 1; 0 as long as nobody knows its length."""
        return min(1.0, self.position_ms / self.length_ms) if self.length_ms else 0.0


def begun(now_s: float, start_ms: int = 0, *, stream: bool = False, live: bool = False) -> Trial:
    """Begin a trial when something is asked for."""
    return Trial(now_s, now_s, start_ms, stream=stream, live=live)


def hold(trial: Trial, now_s: float, *, held: bool) -> Trial:
    """Take note that it is held, or goes on: no deadline runs meanwhile."""
    return replace(trial, held=held, began_s=now_s, moved_s=now_s) if held != trial.held else trial


def moved_to(trial: Trial, now_s: float, position_ms: int) -> Trial:
    """Take note that somebody went to another moment of it."""
    return replace(trial, position_ms=position_ms, moved_s=now_s)


def looked(trial: Trial, look: Look | None, now_s: float) -> tuple[Trial, Sentence | None]:
    """Judge what the screen says of it.

    Args:
        trial: how it has played so far.
        look: how it is; None when the screen has nothing to say of it.
        now_s: of the monotonic clock.

    Returns:
        The trial from now on, and why it has failed; None as long as it has not.
    """
    if look is not None:
        trial = _seen(trial, look, now_s)
    if trial.held or trial.live:
        return trial, None
    if not trial.started and now_s - trial.began_s > (STREAM_START_S if trial.stream else START_S):
        return trial, NO_PICTURE if trial.moves else NOT_STARTING
    if trial.started and now_s - trial.moved_s > (STREAM_STALL_S if trial.stream else STALL_S):
        return trial, STANDING_STILL
    return trial, None


def ended(trial: Trial, look: Look | None, now_s: float) -> tuple[Trial, Sentence | None]:
    """Judge what the screen calls the end of it.

    Args:
        trial: how it has played so far.
        look: how it is at its end; None when the screen has nothing to say of it.
        now_s: of the monotonic clock.

    Returns:
        The trial, and why that was no end; None when it was one.
    """
    if look is not None:
        trial = _seen(trial, look, now_s)
    passed_ms = trial.position_ms if trial.held else trial.position_ms + int((now_s - trial.moved_s) * 1000)
    if trial.live:
        return trial, None
    if trial.stream and not trial.length_ms:
        return trial, STANDING_STILL if trial.moves else NOT_STARTING
    if not trial.length_ms:
        return trial, None if trial.moves and passed_ms >= 1000 else CANNOT_BE_PLAYED
    whole_ms = min(WHOLE_SHARE * trial.length_ms, max(trial.length_ms - _LAST_MOMENT_MS, 0.5 * trial.length_ms))
    if passed_ms < whole_ms:
        return trial, TOO_EARLY if trial.moves else CANNOT_BE_PLAYED
    return replace(trial, position_ms=trial.length_ms), None


def _seen(trial: Trial, look: Look, now_s: float) -> Trial:
    if look.position_ms > trial.position_ms:
        trial = replace(trial, position_ms=look.position_ms, moved_s=now_s, moves=True)
    elif look.position_ms and look.position_ms < trial.position_ms - 1000:  # it was sent back, or begins anew
        trial = replace(trial, position_ms=look.position_ms, moved_s=now_s)
    length_ms = look.length_ms or trial.length_ms
    started = trial.started or (trial.moves and (look.has_picture or not look.has_video))
    return replace(trial, length_ms=length_ms, started=started)
