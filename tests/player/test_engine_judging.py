"""The judgement of progress, of waiting announcements and of failures: decisions from values alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stage import spoken

from player.alerts.loudness import Hours, Levels
from player.alerts.play_log import Result
from player.alerts.priorities import Priority, comes_before
from player.engine import judging
from player.engine.choosing import Moment, choose
from player.engine.judging import begun, ended, hold, looked
from player.engine.kept import Kept
from player.engine.quarantine import FAILURES, MOST_FILMS, Failures, failed, forgiven, is_bad
from player.errors import Sentence
from player.schedule.playback import Stamp
from player.screen import Look

NOON = datetime(2026, 11, 25, 12, 0)  # noqa: DTZ001 - wall time
REASON = Sentence("It stands still.")


def look(position_ms: int, length_ms: int = 60_000, *, video: bool = True, picture: bool = True) -> Look:
    return Look(1, position_ms, length_ms, True, video, picture)


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        ([(1.0, look(900)), (2.9, look(2800))], None),
        ([(2.9, None)], None),
        ([(3.1, None)], judging.NOT_STARTING),
        ([(3.1, look(0))], judging.NOT_STARTING),
        ([(1.0, look(900, picture=False)), (3.1, look(3000, picture=False))], judging.NO_PICTURE),
        ([(1.0, look(900, video=False, picture=False)), (3.1, look(3000, video=False, picture=False))], None),
        ([(1.0, look(900)), (4.9, look(900))], None),
        ([(1.0, look(900)), (5.1, look(900))], judging.STANDING_STILL),
        ([(1.0, look(900)), (5.1, None)], judging.STANDING_STILL),
        ([(1.0, look(50_000)), (4.0, look(10_000)), (7.9, look(10_000))], None),
    ],
)
def test_progress(seen: list[tuple[float, Look | None]], reason: Sentence | None) -> None:
    trial, found = begun(0.0), None
    for now_s, one in seen:
        trial, found = looked(trial, one, now_s)
    assert found == reason


@pytest.mark.parametrize(("now_s", "reason"), [(9.9, None), (10.1, judging.NOT_STARTING)])
def test_a_stream_has_more_time(now_s: float, reason: Sentence | None) -> None:
    assert looked(begun(0.0, stream=True), None, now_s)[1] == reason


def test_a_microphone_is_not_judged() -> None:
    trial, reason = looked(begun(0.0, stream=True, live=True), None, 3600.0)
    assert (reason, ended(trial, None, 3600.0)[1]) == (None, None)


@given(length_ms=st.integers(200, 10_000_000), step_s=st.floats(0.05, 2.0), start=st.floats(0, 0.9))
def test_whatever_plays_steadily_to_its_end_is_good(length_ms: int, step_s: float, start: float) -> None:
    position_ms = start_ms = int(length_ms * start)
    trial, now_s = begun(0.0, start_ms), 0.0
    for _ in range(40):
        if position_ms + step_s * 1000 >= length_ms:
            break
        now_s, position_ms = now_s + step_s, position_ms + int(step_s * 1000)
        trial, reason = looked(trial, look(position_ms, length_ms), now_s)
        assert reason is None
    else:
        return
    now_s += (length_ms - position_ms) / 1000
    assert ended(trial, look(length_ms, length_ms), now_s)[1] is None
    assert start_ms <= length_ms


@given(length_ms=st.integers(4000, 10_000_000), share=st.floats(0.0, 0.88))
def test_what_ends_before_nine_tenths_is_broken(length_ms: int, share: float) -> None:
    end_ms = int(length_ms * share)
    trial, _ = looked(begun(0.0), look(end_ms, length_ms), end_ms / 1000)
    assert ended(trial, look(end_ms, length_ms), end_ms / 1000)[1] in {judging.TOO_EARLY, judging.CANNOT_BE_PLAYED}


@given(at=st.floats(0, 2.9), held_s=st.floats(0, 1e6), moved=st.booleans())
def test_no_deadline_runs_while_it_is_held(at: float, held_s: float, moved: bool) -> None:
    trial = begun(0.0)
    if moved:
        trial, _ = looked(trial, look(500), at)
    trial = hold(trial, at, held=True)
    trial, reason = looked(trial, look(500) if moved else None, at + held_s)
    assert reason is None
    trial = hold(trial, at + held_s, held=False)
    assert looked(trial, None, at + held_s + 2.9)[1] is None


def kept(number: int, priority: Priority = Priority.ORDINARY, **more: object) -> Kept:
    return Kept(spoken(f"k{number}", priority, asked=number, **more), 0.0)


waiting = st.lists(
    st.builds(
        kept,
        st.integers(0, 1000),
        st.sampled_from(Priority),
        by_hand=st.booleans(),
        not_before=st.none() | st.integers(-60, 60).map(lambda minutes: NOON + timedelta(minutes=minutes)),
        until=st.none() | st.integers(-60, 60).map(lambda minutes: NOON + timedelta(minutes=minutes)),
        wanted=st.integers(0, 100),
    ),
    max_size=8,
    unique_by=lambda one: one.spoken.announcement.key,
)


@given(waiting=waiting, trusted=st.booleans(), quiet=st.booleans())
def test_whose_turn_it_is(waiting: list[Kept], trusted: bool, quiet: bool) -> None:
    hours = Hours(time(11), time(13)) if quiet and trusted else None
    choice = choose(waiting, Moment(NOON, trusted, hours), Levels(loudest=70, emergency=100))
    gone = [one.kept for one in choice.gone]
    assert all(one in waiting for one in gone)
    assert choice.following not in gone
    following = choice.following
    if following is None:
        return
    announcement = following.spoken.announcement
    emergency = announcement.priority is Priority.EMERGENCY
    assert choice.level == 100 if emergency else choice.level <= 70
    assert emergency or not hours
    assert emergency or trusted or (following.spoken.by_hand and following.spoken.not_before is None)
    for other in waiting:
        if other is not following and other not in gone and comes_before(other.spoken.announcement, announcement):
            waits = other.spoken.not_before is not None and (not trusted or other.spoken.not_before > NOON)
            assert waits or not other.spoken.by_hand or other.spoken.not_before is not None


def test_what_is_over_is_missed_only_by_a_clock_that_is_trusted() -> None:
    late = kept(1, until=NOON - timedelta(minutes=1))
    assert choose([late], Moment(NOON, False), Levels()).following == late
    (gone,) = choose([late], Moment(NOON, True), Levels()).gone
    assert gone.result is Result.MISSED


@given(failures=st.lists(st.tuples(st.integers(0, 150), st.integers(0, 1)), max_size=300))
def test_two_failures_of_the_same_file_and_never_too_many_films(failures: list[tuple[int, int]]) -> None:
    book, in_a_row = Failures(), dict.fromkeys(range(151), (-1, 0))
    for film, version in failures:
        stamp = Stamp(size=version, changed_ns=0)
        book = failed(book, f"{film}.mp4", stamp, REASON, 0.0)
        before = in_a_row[film]
        in_a_row[film] = (version, before[1] + 1 if before[0] == version else 1)
        assert not is_bad(book, f"{film}.mp4", Stamp(size=9, changed_ns=0))
        if is_bad(book, f"{film}.mp4", stamp):
            assert in_a_row[film][1] >= FAILURES
        assert len(book.films) <= MOST_FILMS
        assert is_bad(forgiven(book, f"{film}.mp4"), f"{film}.mp4", stamp) is False


def test_a_film_that_has_failed_twice_is_bad() -> None:
    stamp, book = Stamp(size=1, changed_ns=1), Failures()
    for bad in (False, True, True):
        book = failed(book, "a.mp4", stamp, REASON, 5.0)
        assert is_bad(book, "a.mp4", stamp) is bad
    assert book.films["a.mp4"].since == 5.0
    assert replace(begun(0.0), length_ms=10, position_ms=5).share == 0.5
