"""Takes up again, after a start, what was on when the player ended."""

from __future__ import annotations

from player.engine.house import House
from player.engine.programme import Programme
from player.engine.quarantine import FAILURES
from player.engine.wish import Hold, Wish, alone
from player.errors import PlayerError, Sentence
from player.schedule.order import Walk
from player.schedule.playback import MOST_ATTEMPTS, Playback, resumed

ENDED_THE_PLAYER = Sentence("The player ended each time it was begun.")


def resume(house: House, programme: Programme) -> None:
    """Let the film that was on go on, three seconds earlier; in quiet hours, as far as anybody knows, it is held.

    A film that ended the player each time it was begun is put into quarantine instead.
    """
    left = house.memory.load()
    now = house.clock.now().timestamp()
    if left is None or house.films.stamp(left.film) != left.stamp:
        house.memory.clear()
        return
    if left.attempts >= MOST_ATTEMPTS:
        film = house.films.find(left.film)
        for _ in range(FAILURES):
            programme.playable.failed(film, ENDED_THE_PLAYER, now)
    programme.set_level(left.volume)
    programme.last = _wish(left, house)
    again = resumed(left, now, house.films.stamp)
    if again is None:
        house.memory.clear()
        return
    try:
        programme.playable.film(again.film)
    except PlayerError as error:
        programme.problem = error
        house.memory.clear()
        return
    held = {Hold.USER} if again.held else set()
    if house.planner.quiet():
        held.add(Hold.QUIET)
    wish = _wish(again, house)
    ends_s = None if again.ends_at is None else house.clock.monotonic() + again.ends_at - now
    programme.begin(
        Wish(
            walk=wish.walk,
            playlist=wish.playlist,
            start_ms=again.position_ms,
            source=again.source,
            ends_s=ends_s,
            held=frozenset(held),
            attempts=again.attempts + 1,
        )
    )


def _wish(left: Playback, house: House) -> Wish:
    """The list that was on, where it still holds the film at its place; else the film alone."""
    found = house.planner.playlist(left.playlist) if left.playlist else None
    if found and left.place < len(found.films) and found.films[left.place] == left.film:
        return Wish(Walk(tuple(found.films), left.place, found.repeat), playlist=found.name)
    return alone(left.film)
