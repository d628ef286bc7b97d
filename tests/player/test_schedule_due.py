"""What is due: once, in time, on a trusted clock, whatever clock and power do; held against a slow, obvious model."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from player.schedule.due import LOOK_BACK, Due, Item, Seen, comes_next, due
from player.schedule.seen import seen_file, worth_saving

TUESDAY = date(2026, 11, 24)
MINUTE = timedelta(minutes=1)
HUSBANDRY = Item("husbandry", time(19, 30), 10 * MINUTE, weekdays=frozenset({1}))
COMMUNE = Item("http://xa.example/live", time(18), 5 * MINUTE, weekdays=frozenset(range(7)), is_broadcast=True)
FESTIVAL = Item("festival", time(8), 5 * MINUTE, day=date(2026, 12, 1), alone=True)
ITEMS = (HUSBANDRY, COMMUNE, FESTIVAL)


def at(hour: int, minute: int = 0, day: date = TUESDAY, second: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute, second))


def plainly(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def judged(*moments: datetime, items: tuple[Item, ...] = ITEMS) -> list[Due]:
    seen, told = None, []
    for now in moments:
        told.append(due(items, seen, now, trusted=True))
        seen = told[-1].seen
    return told


def fired(told: list[Due]) -> list[datetime]:
    return [one.fires.start for one in told if one.fires]


def missed(told: list[Due]) -> list[datetime]:
    return [lost.start for one in told for lost in one.missed]


def test_an_item_fires_in_its_minute_and_only_once() -> None:
    told = judged(at(19, 29, second=59), at(19, 30), at(19, 30, second=1), at(19, 31))
    assert fired(told) == [at(19, 30)]
    assert told[1].fires and told[1].fires.item is HUSBANDRY
    assert missed(told) == []


@pytest.mark.parametrize(("minute", "fires"), [(39, True), (40, False)])
def test_after_a_power_cut_an_item_plays_inside_its_grace_else_it_is_missed(minute: int, fires: bool) -> None:
    told = judged(at(19), at(19, minute))
    assert (fired(told), missed(told)) == (([at(19, 30)], []) if fires else ([], [at(19, 30)]))
    assert missed(judged(at(19), at(19, minute), at(19, minute + 5))) == ([] if fires else [at(19, 30)])


def test_nothing_fires_on_an_untrusted_clock_and_trust_finds_what_was_in_between() -> None:
    seen = Seen(at(17))
    doubtful = due(ITEMS, seen, at(18, 1), trusted=False)
    assert doubtful == Due(None, (), None, seen)
    sure = due(ITEMS, doubtful.seen, at(19, 31), trusted=True)
    assert sure.fires and sure.fires.start == at(19, 30)
    assert [lost.start for lost in sure.missed] == [at(18)]


def test_a_new_card_plays_only_what_starts_from_now_on() -> None:
    assert fired(judged(at(19, 31), at(19, 32))) == []
    assert fired(judged(at(19, 30), at(19, 30, second=1))) == []
    assert due(ITEMS, None, at(19, 31), trusted=False).seen is None


def test_a_clock_that_is_put_back_plays_nothing_twice() -> None:
    told = judged(at(19, 29), at(19, 30), at(19, 20), at(19, 30), at(19, 31))
    assert (fired(told), missed(told)) == ([at(19, 30)], [])


def test_a_clock_that_was_wrong_for_a_while_does_not_take_the_evening_away() -> None:
    tomorrow = TUESDAY + timedelta(days=1)
    told = judged(at(17), at(12, day=tomorrow), at(17, 1), at(18), at(19, 30))
    assert missed(told) == [at(18), at(19, 30)]
    assert fired(told) == [at(18), at(19, 30)]


def test_of_several_that_may_start_the_latest_does() -> None:
    early, later = (
        Item(name, time(19, minute), 60 * MINUTE, weekdays=frozenset({1})) for name, minute in (("a", 0), ("b", 5))
    )
    told = judged(at(18, 59), at(19, 10), at(19, 11), items=(later, early))
    assert (fired(told), missed(told)) == ([at(19, 5)], [at(19)])


def test_grace_reaches_over_midnight() -> None:
    late = Item("late", time(23, 55), 10 * MINUTE, weekdays=frozenset({1}))
    tomorrow = TUESDAY + timedelta(days=1)
    assert fired(judged(at(23, 50), at(0, 4, day=tomorrow), items=(late,))) == [at(23, 55)]
    assert missed(judged(at(23, 50), at(0, 5, day=tomorrow), items=(late,))) == [at(23, 55)]


def test_a_dated_item_may_have_its_day_alone() -> None:
    day = date(2026, 12, 1)
    told = judged(*(at(hour, minute, day=day) for hour in range(24) for minute in (0, 30)))
    assert fired(told) == [at(8, day=day)]
    following = comes_next(ITEMS, at(8, day=day))
    assert following and following.start == at(18, day=date(2026, 12, 2))


def test_what_comes_next_may_be_far_away_or_nothing() -> None:
    leap = Item("leap", time(9), MINUTE, day=date(2028, 2, 29))
    found = comes_next((leap,), at(0))
    assert found and found.start == at(9, day=date(2028, 2, 29))
    assert comes_next((leap,), at(9, day=date(2028, 2, 29))) is None


def test_a_year_without_power_is_not_told_in_full() -> None:
    now = at(12) + timedelta(days=365)
    told = due(ITEMS, Seen(at(12)), now, trusted=True)
    assert len(told.missed) > 30
    assert min(lost.start for lost in told.missed) > now - LOOK_BACK


def test_a_time_with_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no zone"):
        due(ITEMS, None, at(12).astimezone(), trusted=True)


minutes = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))
grace = st.integers(1, 200).map(lambda count: count * MINUTE)
weekly = st.builds(
    Item, plays=st.just("w"), at=minutes, grace=grace, weekdays=st.frozensets(st.integers(0, 6), min_size=1)
)
dated = st.builds(
    Item, plays=st.just("d"), at=minutes, grace=grace, alone=st.booleans(),
    day=st.integers(0, 4).map(lambda days: TUESDAY + timedelta(days=days)),
)  # fmt: skip
schedules = st.lists(st.one_of(weekly, dated), max_size=6, unique_by=lambda item: item.at).map(tuple)
looks = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 120), st.integers(0, 3000), st.integers(-2000, -1)), st.booleans(), st.booleans()
    ),
    max_size=25,
)


def obvious(items: tuple[Item, ...], minute: datetime) -> list[Item]:
    """What starts in this very minute."""
    today = [item for item in items if item.day == minute.date()]
    if not any(item.alone for item in today):
        today += [item for item in items if minute.weekday() in item.weekdays]
    return [item for item in today if item.at == minute.time()]


@settings(max_examples=60, deadline=None)
@given(items=schedules, steps=looks)
def test_it_agrees_with_a_model_that_looks_at_every_minute(
    items: tuple[Item, ...], steps: list[tuple[int, bool, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Power cuts are in it, too: then only what was worth a write is still known."""
    path = tmp_path_factory.getbasetemp() / "seen.json"
    path.unlink(missing_ok=True)
    file = seen_file(path, plainly)
    now, seen, until = at(12), None, None
    played: set[datetime] = set()
    told: set[datetime] = set()
    for step, trusted, power_cut in steps:
        now += step * MINUTE
        found = due(items, seen, now, trusted)
        expected_fires, expected_missed = None, []
        if trusted:
            if until is not None and now >= until:
                passed = [until + number * MINUTE for number in range(1, (now - until) // MINUTE + 1)]
                starts = [(minute, item) for minute in passed for item in obvious(items, minute)]
                starts = [start for start in starts if start[0] not in played]
                can = [minute for minute, item in starts if now < minute + item.grace]
                expected_fires = can[-1] if can else None
                expected_missed = [minute for minute, _ in starts if minute != expected_fires and minute not in told]
            until = now
        assert (found.fires.start if found.fires else None) == expected_fires
        assert [lost.start for lost in found.missed] == expected_missed
        assert expected_fires not in played
        played |= {expected_fires} if expected_fires else set()
        told |= set(expected_missed)
        if trusted:
            ahead = (now + number * MINUTE for number in range(1, 8 * 1440))
            nearest = next((minute for minute in ahead if obvious(items, minute)), None) if len(steps) < 4 else None
            if nearest:
                assert found.comes_next and found.comes_next.start == nearest
        seen = found.seen
        if seen and worth_saving(file.load(), seen):
            file.save(seen)
        if power_cut:
            seen = file.load()
            until = seen.until if seen else None


def test_most_judgements_spare_the_card() -> None:
    seen, saved, writes = None, None, 0
    for minute in range(24 * 60):
        seen = due(ITEMS, seen, at(0) + minute * MINUTE, trusted=True).seen
        if worth_saving(saved, seen):
            saved, writes = seen, writes + 1
    assert saved and saved.fired == (at(18), at(19, 30))
    assert writes == 5


def test_the_state_of_the_schedule_has_its_place(tmp_path: Path) -> None:
    """The largest that can be remembered fits into its file."""
    file = seen_file(tmp_path / "seen.json", plainly)
    many = tuple(at(12) + number * MINUTE for number in range(200))
    file.save(Seen(at(12), many, many))
    assert file.load() == Seen(at(12), many, many)
