"""Takes up again, after a start, what was on when the player ended."""

from __future__ import annotations

from dataclasses import replace

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

    Where its plan has ended meanwhile, what was on before it goes on. A film that ended the player each time it was
    begun is put into quarantine instead.
    """
    left = house.memory.load()
    now = house.clock.now().timestamp()
    if any(_goes_on(house, programme, one, now) for one in (left, left and left.back) if one is not None):
        return
    house.memory.clear()


def _goes_on(house: House, programme: Programme, left: Playback, now: float) -> bool:
    """Let it go on, if it may; tells whether it does."""
    if house.films.stamp(left.film) != left.stamp:
        return False
    if left.attempts >= MOST_ATTEMPTS and left.boot == house.boot:  # else the power did it, and no film is to blame
        film = house.films.find(left.film)
        for _ in range(FAILURES):
            programme.playable.failed(film, ENDED_THE_PLAYER, now)
    programme.set_level(left.volume)
    programme.last = programme.last or _wish(left, house)
    again = resumed(left, now, house.films.stamp)
    if again is None:
        return False
    try:
        programme.playable.film(again.film)
    except PlayerError as error:
        programme.problem = error
        return False
    wish = _left(again, house, now)
    held = wish.held | {Hold.QUIET} if house.planner.quiet() else wish.held
    back = _left(again.back, house, now) if again.back else None
    programme.begin(replace(wish, held=held, back=back, attempts=again.attempts + 1))
    return True


def _left(left: Playback, house: House, now: float) -> Wish:
    """The wish for it, from where it was left."""
    return replace(
        _wish(left, house),
        start_ms=left.position_ms,
        source=left.source,
        author=left.author,
        ends_s=None if left.ends_at is None else house.clock.monotonic() + left.ends_at - now,
        held=frozenset({Hold.USER}) if left.held else frozenset(),
    )


def _wish(left: Playback, house: House) -> Wish:
    """The list that was on, where it still holds the film at its place; else the film alone."""
    found = house.planner.playlist(left.playlist) if left.playlist else None
    if found and left.place < len(found.films) and found.films[left.place] == left.film:
        return Wish(Walk(tuple(found.films), left.place, found.repeat), playlist=found.name)
    return alone(left.film)
