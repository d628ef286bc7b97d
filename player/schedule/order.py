"""The order of a playlist: what comes next and before, without the films that are in quarantine, and without a spin."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

Repeat = Literal["none", "one", "all"]
"""What happens at the end: nothing more, the same film again, the whole list again."""

FIRST_PAUSE_S = 5.0
"""How long the player waits when everything in a list failed once, in seconds."""

LONGEST_PAUSE_S = 300.0
"""How long it waits at most before it looks again, in seconds."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Where somebody is in a playlist.

    Attributes:
        films: the list, in its order; a film may stand in it twice.
        place: which of them is on, counted from 0; -1 before the first, the number of films after the last.
        repeat: what happens at the end.
        failures: how many films in a row could not be played, or were found in quarantine by whole rounds.
    """

    films: tuple[str, ...]
    place: int = -1
    repeat: Repeat = "none"
    failures: int = 0

    @property
    def film(self) -> str | None:
        """The film that is on; nothing before the first and after the last."""
        return self.films[self.place] if 0 <= self.place < len(self.films) else None

    @property
    def pause_s(self) -> float:
        """How long to wait before this film is started, in seconds: longer with each round in which all failed."""
        rounds = self.failures // len(self.films) if self.films else 0
        return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(rounds - 1, 16)) if rounds else 0.0


def after_end(walk: Walk, bad: Collection[str]) -> Walk:
    """Go on after a film that was played to its end; with "one" it comes again.

    Args:
        walk: where it ended.
        bad: the films in quarantine.
    """
    walk = replace(walk, failures=0)
    if walk.repeat == "one" and walk.film is not None and walk.film not in bad:
        return walk
    return _step(walk, bad, 1)


def after_failure(walk: Walk, bad: Collection[str]) -> Walk:
    """Go on after a film that could not be played; `Walk.pause_s` grows once a whole round has failed.

    Args:
        walk: where it failed.
        bad: the films in quarantine, with this one if this was its last chance.
    """
    return _step(replace(walk, failures=walk.failures + 1), bad, 1)


def next_film(walk: Walk, bad: Collection[str]) -> Walk:
    """Go to the next film because somebody asked for it, also where one film repeats."""
    return _step(replace(walk, failures=0), bad, 1)


def previous_film(walk: Walk, bad: Collection[str]) -> Walk:
    """Go to the film before because somebody asked for it; the first good film is its own."""
    walk = replace(walk, failures=0)
    before = _step(walk, bad, -1)
    if before.film is not None or walk.film is None or walk.film in bad:
        return before
    return walk


def look_again(walk: Walk, bad: Collection[str]) -> Walk:
    """Look, after the pause, whether a film has come out of quarantine; if none has, the next pause is longer."""
    return _step(walk, bad, 1)


def _step(walk: Walk, bad: Collection[str], direction: Literal[1, -1]) -> Walk:
    count = len(walk.films)
    if all(film in bad for film in walk.films):
        return replace(walk, place=-1, failures=(walk.failures // count + 1) * count if count else 0)
    start = min(max(walk.place, -1), count)
    if direction == -1 and start == -1:
        start = 0
    if direction == 1 and start == count and walk.repeat != "none":
        start = -1
    for distance in range(1, count + 1):
        place = start + direction * distance
        if not 0 <= place < count:
            if walk.repeat == "none":
                break
            place %= count
        if walk.films[place] not in bad:
            return replace(walk, place=place)
    return replace(walk, place=-1 if direction == -1 else count)
