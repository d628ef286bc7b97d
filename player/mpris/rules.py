"""What desktop tools see of the player, and what their wishes mean: MPRIS 2.2 in words of the engine. Pure rules.

Source: the MPRIS D-Bus Interface Specification 2.2 (freedesktop.org), the interface org.mpris.MediaPlayer2.Player.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final, Protocol

from player.engine.commands import Command, Hold, Seek, SetLevel, Step, Stop, TogglePause

NO_TRACK: Final = "/org/mpris/MediaPlayer2/TrackList/NoTrack"
SOURCE: Final = "mpris"
JUMP_MS: Final = 1500
"""A position that differs by more from where it should be was sought."""
_RUNNING: Final = frozenset({"playing", "starting"})
_HELD: Final = frozenset({"paused", "announcing"})


class EngineStatus(Protocol):
    """What is read of the engine's status."""

    @property
    def state(self) -> str:
        """One of idle, starting, playing, paused, announcing, off."""

    @property
    def film(self) -> str:
        """The file's name below the content folder; empty for a stream, and when nothing plays."""

    @property
    def title(self) -> str:
        """What people call it."""

    @property
    def position_ms(self) -> int:
        """Where it is."""

    @property
    def length_ms(self) -> int:
        """How long it is; 0 where nobody knows."""

    @property
    def level(self) -> int:
        """How loud, from 0 to 100."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a desktop tool sees at one moment; times in microseconds, as MPRIS has them."""

    playback: str = "Stopped"
    track: str = NO_TRACK
    title: str = ""
    position: int = 0
    length: int = 0
    volume: float = 1.0


def shown(status: EngineStatus) -> Shown:
    """What is to be seen of a status."""
    name = status.film or status.title  # a stream is no file
    if not name or status.state not in _RUNNING | _HELD:
        return Shown(volume=_volume(status))
    return Shown(
        playback="Playing" if status.state in _RUNNING else "Paused",
        track=f"/vn/hub/film/{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}",
        title=_valid(status.title or name),
        position=max(0, status.position_ms) * 1000,
        length=max(0, status.length_ms) * 1000,
        volume=_volume(status),
    )


def jumped(before: Shown, after: Shown, passed_s: float) -> bool:
    """Whether somebody went to another moment of the same film between two looks."""
    if before.track != after.track or after.track == NO_TRACK:
        return False
    expected = before.position + (passed_s * 1e6 if before.playback == "Playing" else 0)
    slack = JUMP_MS * 1000 + (passed_s * 1e6 if before.playback != after.playback else 0)
    return abs(after.position - expected) > slack


def play(now: Shown) -> Command:
    """`Play`: let it go on; where nothing plays, begin what was on last."""
    return TogglePause(SOURCE) if now.playback == "Stopped" else Hold(False, SOURCE)


def pause() -> Command:
    """`Pause`."""
    return Hold(True, SOURCE)


def play_pause() -> Command:
    """`PlayPause`."""
    return TogglePause(SOURCE)


def stop() -> Command:
    """`Stop`: the film; announcements are not the desktop's to end."""
    return Stop(source=SOURCE)


def step(*, forward: bool) -> Command:
    """`Next` and `Previous`."""
    return Step(forward, SOURCE)


def seek(offset: int) -> Command:
    """`Seek`: by so many microseconds."""
    return Seek(_milliseconds(offset), relative=True)


def set_position(now: Shown, track: str, position: int) -> Command | None:
    """`SetPosition`; None where the track is another one by now, or the position lies outside of it."""
    if track != now.track or track == NO_TRACK or not 0 <= position <= (now.length or position):
        return None
    return Seek(_milliseconds(position))


def set_volume(volume: float) -> Command | None:
    """`Volume`; what is louder than 1 becomes 1, what is no number nothing."""
    return SetLevel(round(100 * min(1.0, max(0.0, volume)))) if volume == volume else None  # noqa: PLR0124 - NaN


def _milliseconds(microseconds: int) -> int:
    return int(microseconds / 1000)


def _volume(status: EngineStatus) -> float:
    return min(100, max(0, status.level)) / 100


def _valid(text: str) -> str:
    """A text as D-Bus takes it: UTF-8 without zeros."""
    return text.encode("utf-8", "replace").decode().replace("\0", " ")
