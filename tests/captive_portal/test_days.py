"""A day begins at 03:00 of the house, and no clock that jumps can begin one too many or keep one for ever."""

from datetime import UTC, datetime

import pytest

from captive_portal.days import Day, SystemClock, Turn, label_of, pass_time


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("wall", "label"),
    [
        ("2026-11-24T19:59:59", "2026-11-24"),
        ("2026-11-24T20:00:00", "2026-11-25"),
        ("2026-12-31T17:30:00", "2026-12-31"),
        ("1970-01-01T00:00:00", "1970-01-01"),
    ],
)
def test_the_day_changes_at_three_in_viet_nam(wall: str, label: str) -> None:
    assert label_of(utc(wall)) == label


@pytest.mark.parametrize("wall_s", [1e20, -1e20, float("inf"), float("nan")])
def test_an_impossible_clock_is_as_good_as_none(wall_s: float) -> None:
    assert label_of(wall_s) == "1970-01-01"


def test_a_second_passes() -> None:
    day, turn = pass_time(Day("2026-11-24", 10.0), 1.0, 1.0, utc("2026-11-24T12:00:00"))
    assert (day, turn) == (Day("2026-11-24", 11.0), Turn.NONE)


def test_three_o_clock_is_a_new_day() -> None:
    day, turn = pass_time(Day("2026-11-24", 40_000.0), 1.0, 1.0, utc("2026-11-24T20:00:00"))
    assert (day, turn) == (Day("2026-11-25"), Turn.NIGHT)


def test_a_clock_that_hears_of_a_later_day_is_told_apart_from_a_night() -> None:
    day, turn = pass_time(Day("1970-01-01", 90.0), 1.0, utc("2026-11-24T02:00:00"), utc("2026-11-24T02:00:00"))
    assert (day, turn) == (Day("2026-11-24"), Turn.CLOCK_SET)


def test_a_clock_set_within_the_day_changes_nothing() -> None:
    for wall in ("2026-11-24T05:00:00", "2026-11-24T19:00:00"):
        assert pass_time(Day("2026-11-24", 90.0), 1.0, 9_000.0, utc(wall))[1] is Turn.NONE


def test_a_clock_that_falls_back_keeps_the_day_but_not_for_ever() -> None:
    day, turn = Day("2026-11-24", 50_000.0), Turn.NONE
    hours = 0
    while turn is Turn.NONE:
        hours += 1
        day, turn = pass_time(day, 3600.0, 3600.0, utc("1970-01-05T00:00:00") + hours * 3600)
    assert turn is Turn.NIGHT
    assert 50_000 + hours * 3600 >= 86_400 > 50_000 + (hours - 1) * 3600
    assert day.label == "1970-01-05"


def test_the_machine_tells_both_times() -> None:
    clock = SystemClock()
    assert clock.running() <= clock.running()
    assert clock.wall() > utc("2020-01-01T00:00:00")
