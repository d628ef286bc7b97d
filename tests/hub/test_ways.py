"""`hub.ways` says which way out works and which is used, whatever probes find."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.probing import Finding
from hub.ways import (
    BUSY_DOUBT_S,
    DOUBT_S,
    RESTING_S,
    RETURN_S,
    State,
    Way,
    asked,
    choose,
    heard,
    pause_s,
    summary,
    waited,
)

RIGHT, WRONG, NO_NAME, NO_ANSWER = Finding.RIGHT, Finding.WRONG, Finding.NO_NAME, Finding.NO_ANSWER
UP = heard(asked(Way(), 0), RIGHT, 0)


def after(way: Way, *findings: Finding, now: float = 100.0) -> State:
    for finding in findings:
        way = heard(asked(way, now), finding, now)
    return way.state


@pytest.mark.parametrize(
    ("finding", "state"),
    [(RIGHT, State.UP), (WRONG, State.LOGIN), (NO_NAME, State.DOWN), (NO_ANSWER, State.DOWN)],
)
def test_the_first_probe_is_believed(finding: Finding, state: State) -> None:
    assert after(Way(), finding) is state


@pytest.mark.parametrize(
    ("findings", "state"),
    [
        ((NO_ANSWER,) * 9, State.UP),  # silence needs time, not a number of probes
        ((WRONG,), State.UP),
        ((WRONG, WRONG), State.LOGIN),
        ((WRONG, NO_ANSWER, WRONG), State.UP),
        ((WRONG, WRONG, NO_ANSWER), State.LOGIN),
        ((WRONG, WRONG, NO_ANSWER, NO_ANSWER), State.DOWN),
        ((WRONG, WRONG, RIGHT), State.LOGIN),
        ((WRONG, WRONG, RIGHT, RIGHT), State.UP),
    ],
)
def test_what_was_known_changes_when_two_agree(findings: tuple[Finding, ...], state: State) -> None:
    assert after(UP, *findings) is state


def test_a_link_that_flaps_does_not_come_back_before_two_answers_in_a_row() -> None:
    down = heard(Way(), NO_ANSWER, 0)
    assert after(down, *[RIGHT, NO_ANSWER] * 20) is State.DOWN
    assert after(down, RIGHT, RIGHT) is State.UP


def test_silence_ends_a_link_after_its_time_and_no_earlier() -> None:
    doubted = heard(asked(UP, 10), NO_ANSWER, 10.1)
    assert waited(doubted, 9.9 + DOUBT_S, busy=False).state is State.UP
    lost = waited(doubted, 10.01 + DOUBT_S, busy=False)
    assert (lost.state, lost.since) == (State.DOWN, 10.01 + DOUBT_S)


def test_a_full_link_is_not_a_lost_one() -> None:
    doubted = asked(UP, 10)
    assert waited(doubted, 10 + BUSY_DOUBT_S, busy=True).state is State.UP
    assert waited(doubted, 10.01 + BUSY_DOUBT_S, busy=True).state is State.DOWN
    assert waited(doubted, 10.01 + DOUBT_S, busy=False).state is State.DOWN


def test_nothing_is_doubted_that_was_not_asked() -> None:
    assert waited(UP, 1e6, busy=False) is UP
    later = heard(asked(asked(UP, 10), 11), RIGHT, 12)
    assert waited(later, 1e6, busy=False).state is State.UP


def test_half_the_answers_lost_still_is_a_link() -> None:
    way, now = UP, 0.0
    for turn in range(100):
        now += 0.4
        way = heard(asked(waited(way, now, busy=False), now), RIGHT if turn % 4 == 3 else NO_ANSWER, now)
        assert way.state is State.UP


def test_probes_come_fast_while_something_is_new_and_seldom_when_nobody_needs_them() -> None:
    assert pause_s(Way(), 2, True) == 0
    assert pause_s(UP, 2, True) == 2
    assert pause_s(UP, 2, False) == RESTING_S
    assert pause_s(UP, 60, False) == 60
    assert pause_s(heard(UP, NO_ANSWER, 1), 2, True) < 1
    assert pause_s(heard(UP, NO_ANSWER, 1), 0.2, True) == 0.2
    down = heard(Way(), NO_ANSWER, 0)
    assert pause_s(down, 2, False) == 2  # nobody stays where there is no internet: it has to be found at once
    assert pause_s(heard(down, RIGHT, 1), 2, True) < 1


@given(st.lists(st.sampled_from(Finding)), st.floats(0.2, 2.0), st.floats(0, 1.0))
def test_a_loss_and_a_return_are_known_within_five_seconds(
    past: list[Finding], interval_s: float, round_trip_s: float
) -> None:
    """Whatever came before: from then on no probe is answered, later every one is."""
    now, way = 0.0, Way()

    def probes_until(finding: Finding, duration_s: float, state: State, limit_s: float) -> None:
        nonlocal now, way
        began = now
        while now - began < 60 and way.state is not state:
            started, way = now, asked(way, now)
            while now < started + duration_s:
                now += 0.25
                way = waited(way, now, busy=False)
            way = heard(way, finding, now)
            now += pause_s(way, interval_s, somebody=True)
            way = waited(way, now, busy=False)
        assert way.state is state
        assert now - began <= limit_s

    for finding in past:
        way = heard(asked(way, now), finding, now)
        now += interval_s
    probes_until(RIGHT, round_trip_s, State.UP, 60)
    now += interval_s
    probes_until(NO_ANSWER, DOUBT_S, State.DOWN, 5.0 + 0.5)
    probes_until(RIGHT, round_trip_s, State.UP, 5.0)


WORKS, LOST = UP, heard(Way(), NO_ANSWER, 0)


def test_the_best_way_out_that_works_is_used() -> None:
    assert choose({}, "eth0", 0) == ""
    assert choose({"eth0": LOST, "usb0": LOST}, "", 0) == "eth0"
    assert choose({"eth0": LOST, "usb0": WORKS}, "eth0", 0) == "usb0"
    assert choose({"eth0": LOST, "usb0": LOST}, "usb0", 0) == "usb0"
    assert choose({"eth0": LOST}, "usb0", 0) == "eth0"
    assert choose({"eth0": Way(), "usb0": WORKS}, "", 0) == "eth0"  # it is being asked just now
    assert choose({"eth0": Way(), "usb0": WORKS}, "usb0", 0) == "usb0"


def test_a_better_way_is_taken_again_when_it_has_held_for_a_while() -> None:
    back = heard(Way(), RIGHT, 100)
    assert choose({"eth0": back, "usb0": WORKS}, "usb0", 99 + RETURN_S) == "usb0"
    assert choose({"eth0": back, "usb0": WORKS}, "usb0", 100 + RETURN_S) == "eth0"
    assert choose({"eth0": back, "usb0": LOST}, "usb0", 100) == "eth0"


@pytest.mark.parametrize(
    ("states", "house"),
    [
        ((), State.DOWN),
        ((State.DOWN, State.UP), State.UP),
        ((State.LOGIN, State.DOWN), State.LOGIN),
        ((State.LOGIN, State.UNKNOWN), State.LOGIN),
        ((State.DOWN, State.UNKNOWN), State.UNKNOWN),
        ((State.DOWN, State.DOWN), State.DOWN),
    ],
)
def test_the_house_is_as_well_off_as_its_best_way_out(states: tuple[State, ...], house: State) -> None:
    assert summary({str(place): Way(state) for place, state in enumerate(states)}) is house
