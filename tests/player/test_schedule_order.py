"""A playlist goes on and back without its bad films, and waits longer and longer when all are bad."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.schedule import order
from player.schedule.order import LONGEST_PAUSE_S, Repeat, Walk, after_end, after_failure, look_again, next_film

FILMS = ("a", "b", "c", "d")


def test_a_list_is_played_once_from_its_first_to_its_last_film() -> None:
    walk, played = next_film(Walk(FILMS), ()), []
    while walk.film is not None:
        played.append(walk.film)
        walk = after_end(walk, {"c"})
    assert played == ["a", "b", "d"]
    assert order.previous_film(walk, {"d"}).film == "c"


@pytest.mark.parametrize(("repeat", "after", "asked"), [("none", None, None), ("one", "d", "a"), ("all", "a", "a")])
def test_at_the_end_it_repeats_what_it_was_told(repeat: Repeat, after: str | None, asked: str | None) -> None:
    walk = Walk(FILMS, 3, repeat)
    assert (after_end(walk, ()).film, next_film(walk, ()).film) == (after, asked)


def test_a_list_that_was_over_begins_anew_when_it_is_told_to_repeat() -> None:
    assert next_film(Walk(FILMS, 4, "all"), ()).film == "a"


def test_before_the_first_film_comes_the_first_or_the_last() -> None:
    assert order.previous_film(Walk(FILMS, 0), ()).film == "a"
    assert order.previous_film(Walk(FILMS, 1), {"a"}).film == "b"
    assert order.previous_film(Walk(FILMS, 0, "all"), {"d"}).film == "c"


def test_when_all_are_bad_nothing_is_on_and_the_pause_grows_to_its_limit() -> None:
    walk = after_failure(Walk(FILMS, 2, "all"), FILMS)
    pauses = []
    for _ in range(12):
        assert walk.film is None
        pauses.append(walk.pause_s)
        walk = look_again(walk, FILMS)
    assert pauses[:4] == [5, 10, 20, 40]
    assert pauses[-1] == LONGEST_PAUSE_S
    well = look_again(walk, {"a", "b"})
    assert well.film == "c"
    assert after_end(well, {"a", "b"}).pause_s == 0


def test_films_that_fail_without_being_in_quarantine_make_no_spin() -> None:
    walk, pauses = Walk(("x", "y"), 0, "all"), []
    for _ in range(6):
        walk = after_failure(walk, ())
        pauses.append(walk.pause_s)
    assert pauses == [0, 5, 5, 10, 10, 20]


def test_an_empty_list_plays_nothing() -> None:
    for step in (after_end, after_failure, next_film, order.previous_film, look_again):
        walk = step(Walk((), 0, "all"), ())
        assert (walk.film, walk.pause_s) == (None, 0)


@given(
    films=st.lists(st.sampled_from(FILMS), min_size=1, max_size=6).map(tuple),
    bad=st.sets(st.sampled_from(FILMS)),
    repeat=st.sampled_from(get_args(Repeat)),
    place=st.integers(-1, 6),
    forward=st.booleans(),
)
def test_a_step_leads_to_the_nearest_good_film(
    films: tuple[str, ...], bad: set[str], repeat: Repeat, place: int, forward: bool
) -> None:
    """The slow way: lay the list out three times, in the direction asked, and cut it where it does not repeat."""
    walk = Walk(films, min(place, len(films)), repeat)
    step = next_film if forward else order.previous_film
    rounds = 1 if repeat == "none" else 3
    line = [number % len(films) for number in range(len(films) * rounds)]
    middle = walk.place + (len(films) if rounds == 3 else 0)
    if rounds == 3 and walk.film is None:
        middle = len(films) - (1 if forward else 0) + (len(films) if walk.place > 0 and not forward else 0)
    ahead = line[middle + 1 :] if forward else line[: max(middle, 0)][::-1]
    good = [number for number in ahead if films[number] not in bad]
    stays = [walk.place] if not forward and walk.film is not None and walk.film not in bad else []
    expected = next(iter(good + stays), None)
    found = step(walk, bad)
    assert (found.film and found.place) == (None if expected is None else expected)
