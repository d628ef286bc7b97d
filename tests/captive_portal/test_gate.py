"""The gate's rules keep their laws, whatever phones, links and days do."""

import math
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from captive_portal import gate
from captive_portal.config import InternetConfig
from captive_portal.gate import Limits, Refusal, Stage, Visit
from captive_portal.phones import Answer, Standing

LIMITS = Limits(3600.0, 7200.0, 1_000_000)
UNLIMITED = Limits(3600.0, None, None)
ONLINE = gate.open_internet(Visit(Stage.CAPTIVE), LIMITS, link=True)
limits_of = st.builds(
    Limits,
    st.floats(1, 90_000),
    st.none() | st.floats(1, 90_000),
    st.none() | st.integers(1, 10**12),
)
seconds_of = st.floats(-10, 100_000)


class Laws(RuleBasedStateMachine):
    """One phone, and everything that may happen to it in any order."""

    @initialize(limits=limits_of)
    def begin(self, limits: Limits) -> None:
        self.limits = limits
        self.visit = self.before = Visit()
        self.link = False
        self.tapped_internet_today = self.tapped_today = False
        self.new_day_now = False

    def become(self, visit: Visit) -> None:
        self.before, self.visit, self.new_day_now = self.visit, visit, False

    @rule()
    def speak(self) -> None:
        self.become(gate.spoke(self.visit))
        assert self.visit.stage is not Stage.NEW

    @rule()
    def tap_internet(self) -> None:
        refused = gate.refusal(self.visit, self.limits, link=self.link)
        self.become(gate.open_internet(self.visit, self.limits, link=self.link))
        if refused:
            assert self.visit == self.before
        else:
            self.tapped_internet_today = self.tapped_today = True
            assert gate.answer(self.visit) is Answer.INTERNET

    @rule()
    def tap_library(self) -> None:
        self.become(gate.open_library(self.visit))
        self.tapped_today = True
        assert gate.answer(self.visit) is not Answer.PORTAL

    @rule()
    def give_back(self) -> None:
        self.become(gate.leave(self.visit))
        assert not self.visit.wants_internet
        self.tapped_internet_today = False

    @rule(seconds=seconds_of)
    def wait(self, seconds: float) -> None:
        self.become(gate.pass_time(self.visit, seconds, self.limits))
        if self.before.stage is not Stage.ONLINE:
            assert self.visit == self.before

    @rule(traffic=st.integers(-5, 10**12))
    def use(self, traffic: int) -> None:
        self.become(gate.count(self.visit, traffic, self.limits))

    @rule(up=st.booleans())
    def see_link(self, up: bool) -> None:
        self.link = up
        self.become(gate.link(self.visit, up=up))

    @rule()
    def begin_night(self) -> None:
        self.become(gate.next_day(self.visit, clock_was_set=False))
        self.tapped_internet_today = self.tapped_today = False
        self.new_day_now = True
        assert gate.answer(self.visit) is Answer.PORTAL
        assert not self.visit.used_s
        assert not self.visit.used_bytes

    @rule()
    def set_clock(self) -> None:
        self.become(gate.next_day(self.visit, clock_was_set=True))
        self.new_day_now = True
        if not self.visit.tapped:
            self.tapped_internet_today = self.tapped_today = False

    @rule()
    def restart_the_gate(self) -> None:
        self.become(Visit(self.visit.stage, self.visit.used_s, self.visit.used_bytes, self.visit.left_s))

    @invariant()
    def nobody_is_online_without_a_tap_of_today(self) -> None:
        assert self.tapped_internet_today or not self.visit.wants_internet
        assert self.tapped_today or gate.answer(self.visit) is Answer.PORTAL

    @invariant()
    def what_is_used_never_shrinks_within_a_day(self) -> None:
        if not self.new_day_now:
            assert self.visit.used_s >= self.before.used_s
            assert self.visit.used_bytes >= self.before.used_bytes

    @invariant()
    def the_expired_are_asked_again(self) -> None:
        if self.visit.stage is Stage.EXPIRED:
            assert gate.answer(self.visit) is Answer.PORTAL
            assert gate.standing(self.visit) is Standing.CAPTIVE
            assert self.visit.left_s == 0

    @invariant()
    def only_the_internet_answers_for_the_internet(self) -> None:
        if gate.answer(self.visit) is Answer.INTERNET:
            assert self.link
            assert self.visit.stage is Stage.ONLINE

    @invariant()
    def no_session_is_longer_than_one_may_be(self) -> None:
        assert 0 <= self.visit.left_s <= self.limits.session_s
        assert (self.visit.left_s > 0) == self.visit.wants_internet
        if self.limits.day_s is not None and not self.new_day_now:
            assert self.visit.used_s + self.visit.left_s <= self.limits.day_s * (1 + 1e-9)

    @invariant()
    def the_wall_closes_by_itself_soon_after(self) -> None:
        open_ = gate.standing(self.visit) is not Standing.CAPTIVE
        assert (gate.wall_s(self.visit) > 0) == open_
        if self.visit.stage is Stage.ONLINE:
            assert 0 < gate.wall_s(self.visit) - self.visit.left_s <= 2

    @precondition(lambda self: self.visit.stage is Stage.ONLINE)
    @rule()
    def outstay(self) -> None:
        self.become(gate.pass_time(self.visit, self.limits.session_s + 1, self.limits))
        assert self.visit.stage is Stage.EXPIRED
        self.tapped_internet_today = False


TestLaws: Any = Laws.TestCase
TestLaws.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize(
    ("visit", "standing", "answer"),
    [
        (Visit(), Standing.CAPTIVE, Answer.PORTAL),
        (Visit(Stage.CAPTIVE), Standing.CAPTIVE, Answer.PORTAL),
        (Visit(Stage.WELCOMED), Standing.WELCOMED, Answer.SUCCESS),
        (Visit(Stage.ONLINE, left_s=5), Standing.ONLINE, Answer.INTERNET),
        (Visit(Stage.OFFLINE_OK, left_s=5), Standing.ONLINE, Answer.SUCCESS),
        (Visit(Stage.EXPIRED), Standing.CAPTIVE, Answer.PORTAL),
    ],
)
def test_every_stage_has_its_place_and_its_answer(visit: Visit, standing: Standing, answer: Answer) -> None:
    assert (gate.standing(visit), gate.answer(visit)) == (standing, answer)


def test_a_tap_opens_a_session_and_a_second_one_makes_it_whole_again() -> None:
    later = gate.pass_time(ONLINE, 600.0, LIMITS)
    assert (ONLINE.left_s, later.left_s, later.used_s) == (3600.0, 3000.0, 600.0)
    assert gate.open_internet(later, LIMITS, link=True).left_s == 3600.0


def test_the_last_session_of_a_day_is_as_long_as_the_day_has_left() -> None:
    nearly = Visit(Stage.EXPIRED, used_s=7000.0)
    opened = gate.open_internet(nearly, LIMITS, link=True)
    assert opened.left_s == 200.0
    over = gate.pass_time(opened, 500.0, LIMITS)
    assert (over.stage, over.used_s) == (Stage.EXPIRED, 7200.0)
    assert gate.refusal(over, LIMITS, link=True) is Refusal.DAY_OVER


def test_megabytes_end_a_day_at_once() -> None:
    assert gate.count(ONLINE, 999_999, LIMITS).stage is Stage.ONLINE
    over = gate.count(ONLINE, 1_000_000, LIMITS)
    assert (over.stage, gate.refusal(over, LIMITS, link=True)) == (Stage.EXPIRED, Refusal.DAY_OVER)
    assert gate.open_library(over).stage is Stage.WELCOMED


def test_without_a_link_there_is_nothing_to_open_and_time_stands_still() -> None:
    assert gate.refusal(Visit(Stage.CAPTIVE), LIMITS, link=False) is Refusal.NO_BACKHAUL
    waiting = gate.link(ONLINE, up=False)
    assert gate.pass_time(waiting, 5000.0, LIMITS) == waiting
    assert gate.link(waiting, up=True) == ONLINE


def test_the_library_does_not_close_the_internet_and_leaving_does() -> None:
    assert gate.open_library(ONLINE) == ONLINE
    left = gate.leave(gate.pass_time(ONLINE, 60.0, LIMITS))
    assert (left.stage, left.used_s, left.left_s) == (Stage.WELCOMED, 60.0, 0.0)
    assert gate.leave(Visit(Stage.EXPIRED)).stage is Stage.EXPIRED


def test_a_clock_that_is_set_does_not_disturb_those_who_tapped_just_before() -> None:
    used = gate.pass_time(ONLINE, 60.0, LIMITS)
    kept = gate.next_day(used, clock_was_set=True)
    assert (kept.stage, kept.left_s, kept.used_s) == (Stage.ONLINE, 3540.0, 0.0)
    recognised = Visit(Stage.ONLINE, used_s=60.0, left_s=3540.0)
    assert gate.next_day(recognised, clock_was_set=True) == Visit(Stage.CAPTIVE)
    assert gate.next_day(Visit(Stage.EXPIRED, tapped=True), clock_was_set=True) == Visit(Stage.CAPTIVE)
    assert gate.next_day(used, clock_was_set=False) == Visit(Stage.CAPTIVE)


def test_no_limit_is_no_limit() -> None:
    visit = gate.open_internet(Visit(), UNLIMITED, link=True)
    for _ in range(100):
        visit = gate.count(gate.pass_time(visit, 3599.0, UNLIMITED), 10**10, UNLIMITED)
        visit = gate.open_internet(visit, UNLIMITED, link=True)
    assert visit.stage is Stage.ONLINE
    assert math.isclose(visit.used_s, 359_900.0)


def test_limits_are_what_the_technician_set() -> None:
    assert Limits.of(InternetConfig()) == Limits(3600.0, 10800.0, 500_000_000)
    assert Limits.of(InternetConfig(daily_minutes=0, daily_megabytes=0)) == UNLIMITED
