"""Writes the engine's status from what it has on."""

from __future__ import annotations

from dataclasses import dataclass

from player.engine.house import House
from player.engine.programme import Programme
from player.engine.speaking import Speaker
from player.engine.status import (
    AnnouncementStatus,
    HandoutStatus,
    ListStatus,
    NextStatus,
    PauseStatus,
    State,
    Status,
)
from player.errors import PlayerError
from player.films import Film


@dataclass(frozen=True, slots=True)
class Refusals:
    """What keeps the engine from playing: it is off, it is quiet, or the last command was refused, and why."""

    off: bool
    quiet: bool
    problem: PlayerError | None


def status_of(house: House, programme: Programme, speaker: Speaker, shown: Film | None, refusals: Refusals) -> Status:
    """Return the status.

    Args:
        house: what the engine works with.
        programme: what plays.
        speaker: what is said.
        shown: the film that has just ended.
        refusals: what keeps the engine from playing.
    """
    on, wish, turn = programme.on, programme.wish, speaker.turn
    coming = house.planner.comes_next
    film = on.film if on else shown
    return Status(
        state=_state(programme, speaker, off=refusals.off),
        level=programme.level,
        waiting=len(speaker.waiting),
        clock_trusted=house.clock.trusted(),
        quiet=refusals.quiet,
        quarantined=len(programme.playable.quarantined),
        problem=_problem(house, programme, speaker, refusals.problem),
        title=on.title if on else "",
        film=on.file if on else "",
        kind=on.kind.value if on else "",
        position_ms=on.trial.position_ms if on else 0,
        length_ms=on.trial.length_ms if on else 0,
        playlist=(
            ListStatus(wish.playlist, max(0, wish.walk.place), len(wish.walk.films)) if wish and wish.playlist else None
        ),
        pause_point=PauseStatus(on.pause[0], on.pause[1].at_ms, on.pause[1].question) if on and on.pause else None,
        announcement=(
            AnnouncementStatus(
                turn.spoken.announcement.key,
                int(turn.spoken.announcement.priority),
                turn.spoken.headline,
                turn.spoken.source,
            )
            if turn
            else None
        ),
        following=NextStatus(coming.start, coming.item.plays, coming.item.is_broadcast) if coming else None,
        handouts=_handouts(film) if film else (),
    )


def _handouts(film: Film) -> tuple[HandoutStatus, ...]:
    return tuple(HandoutStatus(one.title or film.title, one.code, one.book, one.page) for one in film.handouts)


def _state(programme: Programme, speaker: Speaker, *, off: bool) -> State:
    if off:
        return State.OFF
    if speaker.turn and not speaker.tests:
        return State.ANNOUNCING
    if programme.on is None:
        return State.IDLE
    if programme.holds:
        return State.PAUSED
    return State.STARTING if programme.starting else State.PLAYING


def _problem(house: House, programme: Programme, speaker: Speaker, refusal: PlayerError | None) -> PlayerError | None:
    own = refusal or programme.problem or speaker.problem
    return own or house.planner.trouble or house.memory.problem or house.logbook.problem
