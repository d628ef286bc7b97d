"""Which of two announcements goes first, and what becomes of that which plays."""

from __future__ import annotations

from datetime import time
from itertools import pairwise, permutations, product

import pytest

from player.alerts.loudness import Hours, Levels, how_loud
from player.alerts.priorities import (
    Announcement,
    Fate,
    Priority,
    Programme,
    Scope,
    Verdict,
    Voice,
    comes_before,
    decide,
    in_order,
)

ORDINARY, PREFERRED, EMERGENCY = Priority
NIGHT = Hours(time(21), time(5, 30))


def announcement(key: str, priority: Priority, scope: Scope = Scope.VILLAGE, asked: int = 0, **more) -> Announcement:
    return Announcement(key, priority, scope, asked, **more)


@pytest.mark.parametrize(
    ("priority", "playing", "fate"),
    [
        (ORDINARY, None, Fate.GOES_ON),
        (ORDINARY, Programme.FILM, Fate.WAITS),
        (ORDINARY, Programme.SOUND, Fate.DUCKS),
        (PREFERRED, Programme.STREAM, Fate.DUCKS),
        (EMERGENCY, Programme.FILM, Fate.WAITS),
        (EMERGENCY, Programme.SOUND, Fate.WAITS),
        (EMERGENCY, Programme.STREAM, Fate.STOPS),
    ],
)
def test_a_programme_gives_way(priority: Priority, playing: Programme | None, fate: Fate) -> None:
    assert decide(announcement("new", priority), playing) == Verdict(speaks_now=True, fate=fate)


@pytest.mark.parametrize(("new", "old", "voice"), list(product(Priority, Priority, Voice)))
def test_only_a_higher_priority_cuts_an_announcement(new: Priority, old: Priority, voice: Voice) -> None:
    verdict = decide(announcement("new", new, asked=1), announcement("old", old, voice=voice))
    again = Fate.STARTS_OVER if voice is Voice.RECORDED else Fate.STOPS
    assert verdict == (Verdict(True, again) if new > old else Verdict(False, Fate.GOES_ON))


def test_an_all_clear_ends_the_emergency_it_is_about_at_once() -> None:
    flood = announcement("flood", EMERGENCY)
    clear = announcement("clear", EMERGENCY, asked=1, replaces=frozenset({"flood"}))
    assert decide(clear, flood) == Verdict(speaks_now=True, fate=Fate.STOPS)
    assert decide(flood, clear) == Verdict(speaks_now=False, fate=Fate.GOES_ON)
    assert in_order([flood, clear]) == [clear]
    assert comes_before(clear, flood)
    assert not comes_before(flood, clear)


def test_nothing_of_a_lower_priority_and_nothing_earlier_makes_an_emergency_void() -> None:
    flood = announcement("flood", EMERGENCY, asked=1)
    lower = announcement("lower", PREFERRED, asked=2, replaces=frozenset({"flood"}))
    earlier = announcement("earlier", EMERGENCY, asked=0, replaces=frozenset({"flood"}))
    for other in (lower, earlier):
        assert not decide(other, flood).speaks_now
    assert in_order([lower, earlier, flood]) == [earlier, flood, lower]


def test_two_that_name_each_other_do_not_silence_both() -> None:
    one = announcement("one", EMERGENCY, asked=1, replaces=frozenset({"two", "one"}))
    two = announcement("two", EMERGENCY, asked=2, replaces=frozenset({"one", "two"}))
    assert in_order([one, two]) == [two]


def test_the_commune_decides_among_those_of_priority() -> None:
    village = announcement("village", PREFERRED, asked=1)
    commune = announcement("commune", PREFERRED, Scope.COMMUNE, asked=2)
    placed = announcement("placed", PREFERRED, asked=3, order=1)
    flood = announcement("flood", EMERGENCY, asked=4)
    news = announcement("news", ORDINARY, Scope.COMMUNE, asked=0)
    right = [flood, placed, commune, village, news]
    assert all(in_order(mixed) == right for mixed in permutations(right))
    assert all(comes_before(*pair) for pair in pairwise(right))


def test_the_place_the_commune_gave_counts_for_nothing_else() -> None:
    first, second = announcement("a", ORDINARY, asked=1), announcement("b", ORDINARY, asked=2, order=1)
    assert in_order([second, first]) == [first, second]


@pytest.mark.parametrize(
    ("hour", "quiet"), [((20, 59), False), ((21, 0), True), ((0, 0), True), ((5, 29), True), ((5, 30), False)]
)
def test_quiet_hours_reach_over_midnight(hour: tuple[int, int], quiet: bool) -> None:
    assert NIGHT.hold(time(*hour)) is quiet
    heard = how_loud(PREFERRED, 50, time(*hour), NIGHT, Levels(), by_hand=True)
    assert (heard.level, bool(heard.reason)) == ((None, True) if quiet else (50, False))
    assert how_loud(EMERGENCY, 50, time(*hour), NIGHT, Levels(), by_hand=False).level == 100


def test_hours_of_no_length_hold_no_moment() -> None:
    assert not any(Hours(time(7), time(7)).hold(time(hour)) for hour in range(24))


def test_only_an_emergency_is_louder_than_the_loudest() -> None:
    noon = time(12)
    assert how_loud(PREFERRED, 100, noon, NIGHT, Levels(loudest=70), by_hand=True).level == 70
    assert how_loud(ORDINARY, -5, noon, NIGHT, Levels(), by_hand=True).level == 0
    assert how_loud(EMERGENCY, 10, noon, NIGHT, Levels(loudest=70, emergency=95), by_hand=True).level == 95


def test_without_a_clock_only_persons_and_emergencies_are_heard() -> None:
    assert how_loud(ORDINARY, 50, None, NIGHT, Levels(), by_hand=True).level == 50
    assert how_loud(PREFERRED, 50, None, NIGHT, Levels(), by_hand=False).level is None
    assert how_loud(EMERGENCY, 50, None, NIGHT, Levels(), by_hand=False).level == 100
