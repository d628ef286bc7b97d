"""The gatekeeper lets in whom somebody tapped for, and nobody else, while walls, cards, clocks and phones misbehave."""

import ipaddress
import logging
import threading
import time
from collections.abc import Callable

import pytest

from captive_portal.allowances import AllowancesInMemory
from captive_portal.errors import WallError
from captive_portal.gate import Limits, Refusal, Stage
from captive_portal.gatekeeper import Gatekeeper, RefusedError, UnknownPhoneError
from captive_portal.guests import Guests
from captive_portal.phones import Change, Phone, Standing
from captive_portal.pretend import HandClock, PretendWall

NETWORK = ipaddress.IPv4Network("10.10.10.0/23")
LIMITS = Limits(3600.0, 7200.0, 1_000_000)
ANNA = Phone("02:00:00:00:00:0a", "10.10.10.20")
BINH = Phone("02:00:00:00:00:0b", "10.10.10.21")


class House:
    """A gatekeeper with a wall, a card, a clock and phones that are moved by hand."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self.clock = HandClock()
        self.wall = PretendWall(self.clock, NETWORK)
        self.card = AllowancesInMemory()
        self.table: dict[str, str] = {}
        self.witnessed: list[frozenset[Phone]] = []
        self.open()

    def open(self) -> None:
        """A new gatekeeper comes; the wall, the card and the phones stay."""
        guests = Guests(NETWORK, "10.10.10.1")
        self.keeper = Gatekeeper(
            self.limits, self.wall, self.card, self.clock, self.table.get, guests, self.witnessed.append
        )
        self.keeper.tick()

    def join(self, *phones: Phone) -> None:
        for phone in phones:
            self.table[phone.address] = phone.mac
            self.wall.speak(phone)

    def live(self, seconds: int, *phones: Phone, down: int = 0) -> None:
        """Let time pass, second by second, with these phones speaking."""
        for _ in range(seconds):
            self.clock.pass_time(1)
            for phone in phones:
                self.wall.speak(phone, down=down)
            self.keeper.tick()

    def standing(self, phone: Phone = ANNA) -> Standing:
        return self.wall.standing().get(phone, Standing.CAPTIVE)

    def stage(self, phone: Phone = ANNA) -> Stage:
        return self.keeper.look(phone.address).visit.stage


@pytest.fixture
def house() -> House:
    house = House()
    house.keeper.set_backhaul("up")
    house.join(ANNA, BINH)
    house.live(1)
    return house


def test_a_tap_opens_the_internet_for_one_phone_until_its_time_is_over(house: House) -> None:
    assert house.stage() is Stage.CAPTIVE
    house.keeper.open_internet(ANNA.address)
    assert house.wall.standing() == {ANNA: Standing.ONLINE}
    house.live(3599, ANNA)
    assert house.standing() is Standing.ONLINE
    house.live(1, ANNA)
    assert (house.stage(), house.standing()) == (Stage.EXPIRED, Standing.CAPTIVE)
    house.keeper.open_internet(ANNA.address)
    house.live(3600, ANNA)
    with pytest.raises(RefusedError) as refused:
        house.keeper.open_internet(ANNA.address)
    assert refused.value.refusal is Refusal.DAY_OVER
    house.keeper.open_library(ANNA.address)
    assert house.standing() is Standing.WELCOMED


def test_bytes_count_and_end_a_day(house: House) -> None:
    house.keeper.open_internet(ANNA.address)
    house.live(20, ANNA, down=20_000)
    assert 0 < house.keeper.look(ANNA.address).visit.used_bytes <= 400_000
    house.live(40, ANNA, down=20_000)
    assert (house.stage(), house.standing()) == (Stage.EXPIRED, Standing.CAPTIVE)


def test_bytes_are_not_lost_when_the_internet_is_given_back(house: House) -> None:
    house.keeper.open_internet(ANNA.address)
    house.wall.speak(ANNA, up=11, down=22)
    view = house.keeper.leave(ANNA.address)
    assert (view.visit.stage, view.visit.used_bytes) == (Stage.WELCOMED, 33)


def test_an_address_where_nobody_is_gets_nothing(house: House) -> None:
    house.table.update({"10.10.10.1": BINH.mac, "192.168.1.5": BINH.mac, "10.10.11.255": BINH.mac})
    for address in ("10.10.10.99", "10.10.10.1", "192.168.1.5", "10.10.11.255"):
        assert not house.keeper.look(address).known
        for tap in (house.keeper.open_internet, house.keeper.open_library, house.keeper.leave):
            with pytest.raises(UnknownPhoneError):
                tap(address)
    assert house.wall.standing() == {}


@pytest.mark.parametrize("state", ["none", "down", "login", "unknown"])
def test_without_a_link_only_the_library_opens(house: House, state: str) -> None:
    house.keeper.set_backhaul(state)
    with pytest.raises(RefusedError, match="no-backhaul"):
        house.keeper.open_internet(ANNA.address)
    assert house.keeper.open_library(ANNA.address).visit.stage is Stage.WELCOMED


def test_a_link_that_goes_stops_the_time_and_keeps_the_phone(house: House) -> None:
    house.keeper.open_internet(ANNA.address)
    house.live(1800, ANNA)
    house.keeper.set_backhaul("down")
    assert not house.wall.backhaul
    house.live(1800, ANNA)
    assert (house.stage(), house.standing()) == (Stage.OFFLINE_OK, Standing.ONLINE)
    order: list[str] = []
    apply, switch = house.wall.apply, house.wall.set_backhaul
    house.wall.apply = lambda changes: (order.append("phones"), apply(changes))[1]  # type: ignore[method-assign]  # listens
    house.wall.set_backhaul = lambda up: (order.append("link"), switch(up))[1]  # type: ignore[method-assign]  # listens
    house.keeper.set_backhaul("up")
    assert (order, house.wall.backhaul) == (["phones", "link"], True)
    assert house.wall.history[-1] == (Change(ANNA, Standing.ONLINE, 1801),)
    house.live(1800, ANNA)
    assert house.stage() is Stage.EXPIRED


def test_an_unknown_link_leaves_the_wall_as_it_is(house: House) -> None:
    house.keeper.set_backhaul("unknown")
    assert house.wall.backhaul


def test_who_is_away_does_not_use_up_the_session_and_is_forgotten_until_it_returns(house: House) -> None:
    house.keeper.open_internet(ANNA.address)
    house.live(10, ANNA)
    house.live(1000)
    assert house.standing() is Standing.CAPTIVE
    assert house.keeper.crowd().online == 0
    house.live(2, ANNA)
    assert house.standing() is Standing.ONLINE
    assert house.keeper.look(ANNA.address).visit.used_s < 90


def test_a_new_address_takes_the_visit_along(house: House) -> None:
    house.keeper.open_internet(ANNA.address)
    moved = Phone(ANNA.mac, "10.10.11.5")
    house.wall.speak(moved)
    house.live(1)
    assert house.standing(moved) is Standing.ONLINE
    house.live(700, moved)
    assert house.wall.standing() == {moved: Standing.ONLINE}


def test_a_new_mac_is_a_stranger_at_the_same_address(house: House) -> None:
    house.keeper.open_internet(ANNA.address)
    changed = Phone("06:00:00:00:00:0c", ANNA.address)
    house.join(changed)
    house.live(1)
    assert house.stage(changed) is Stage.CAPTIVE
    assert house.standing(changed) is Standing.CAPTIVE
    house.keeper.open_library(changed.address)
    assert house.standing(changed) is Standing.WELCOMED


def test_a_forged_source_does_not_take_a_living_phones_address(house: House) -> None:
    house.keeper.open_internet(ANNA.address)
    house.keeper.open_internet(BINH.address)
    house.wall.speak(Phone(BINH.mac, ANNA.address))
    house.live(5, ANNA, BINH)
    assert house.wall.standing() == {ANNA: Standing.ONLINE, BINH: Standing.ONLINE}


def test_nobody_gets_more_than_a_few_addresses(house: House) -> None:
    house.keeper.open_internet(ANNA.address)
    for last in range(100, 150):
        house.wall.speak(Phone(ANNA.mac, f"10.10.10.{last}"))
        house.live(1)
    assert len(house.wall.standing()) <= 3


def test_the_night_sends_everybody_back_to_the_door(house: House) -> None:
    house.keeper.open_internet(ANNA.address)
    house.keeper.open_library(BINH.address)
    house.live(100, ANNA, BINH)
    seconds = int(86_400 - (house.clock.wall_s + 4 * 3600) % 86_400)
    house.clock.pass_time(seconds - 10)
    house.live(20, ANNA, BINH)
    assert house.wall.standing() == {}
    assert house.stage() is Stage.CAPTIVE
    assert house.card.find(ANNA.mac) is None
    house.keeper.open_internet(ANNA.address)
    assert house.keeper.look(ANNA.address).visit.used_s == 0


@pytest.mark.parametrize("jump_s", [90 * 86_400, -90 * 86_400, 3600, -3600, -1.8e9])
def test_a_clock_that_jumps_ends_no_session_of_those_who_are_here(house: House, jump_s: float) -> None:
    house.keeper.open_internet(ANNA.address)
    house.live(100, ANNA)
    house.clock.wall_s += jump_s
    house.live(100, ANNA)
    assert house.standing() is Standing.ONLINE
    assert house.keeper.look(ANNA.address).visit.left_s == 3400
    house.keeper.stop()
    house.open()
    house.keeper.set_backhaul("up")
    house.live(1, ANNA)
    assert (house.stage(), house.standing()) == (Stage.ONLINE, Standing.ONLINE)


def test_a_new_gatekeeper_takes_over_without_anybody_noticing(house: House) -> None:
    house.keeper.open_internet(ANNA.address)
    house.keeper.open_library(BINH.address)
    house.live(65, ANNA, BINH, down=10)
    changes = len(house.wall.history)
    house.open()
    assert house.wall.standing() == {ANNA: Standing.ONLINE, BINH: Standing.WELCOMED}
    assert all(change.standing is not Standing.CAPTIVE for step in house.wall.history[changes:] for change in step)
    assert house.wall.backhaul
    house.keeper.set_backhaul("up")
    house.live(60, ANNA, BINH, down=10)
    visit = house.keeper.look(ANNA.address).visit
    assert (visit.stage, visit.left_s) == (Stage.ONLINE, pytest.approx(3600 - 125, abs=62))
    assert visit.used_bytes <= 1250


def test_after_a_power_cut_a_phone_is_recognised_when_it_speaks(house: House) -> None:
    house.keeper.open_internet(ANNA.address)
    house.keeper.open_library(BINH.address)
    house.wall.vanish()
    house.table.clear()
    house.open()
    house.keeper.set_backhaul("up")
    house.live(1)
    assert house.wall.standing() == {}
    stranger = Phone("02:00:00:00:00:0f", "10.10.10.50")
    house.live(1, ANNA, BINH, stranger)
    assert house.wall.standing() == {ANNA: Standing.ONLINE, BINH: Standing.WELCOMED}
    assert house.keeper.crowd().phones == 3


def test_whom_the_card_has_lost_keeps_the_books_and_nothing_more(house: House) -> None:
    house.keeper.open_internet(ANNA.address)
    house.card = AllowancesInMemory()
    house.open()
    assert house.wall.standing() == {ANNA: Standing.WELCOMED}


def test_who_stands_before_the_wall_from_another_day_is_nobody(house: House) -> None:
    house.keeper.open_internet(ANNA.address)
    house.clock.wall_s += 86_400
    house.open()
    assert house.wall.standing() == {}


def test_whom_nobody_let_in_is_put_out_again(house: House) -> None:
    house.wall.apply([Change(BINH, Standing.ONLINE, 9000)])
    house.live(12, ANNA)
    assert house.wall.standing() == {}


def test_a_wall_that_was_rebuilt_is_told_again(house: House) -> None:
    house.keeper.open_internet(ANNA.address)
    house.wall.vanish()
    house.wall.raise_up()
    house.live(12, ANNA)
    assert house.standing() is Standing.ONLINE


def test_a_wall_that_somebody_removed_stands_again_with_everybody(house: House) -> None:
    house.keeper.open_internet(ANNA.address)
    house.live(30, ANNA, down=1000)
    house.wall.vanish()
    house.live(3, ANNA)
    assert house.wall.backhaul
    assert house.standing() is Standing.ONLINE
    assert house.standing(BINH) is Standing.CAPTIVE
    visit = house.keeper.look(ANNA.address).visit
    assert 30 <= visit.used_s <= 35


def test_a_wall_that_refuses_lets_nobody_in_and_is_tried_again(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.keeper.open_internet(ANNA.address)
    house.wall.broken = True
    with caplog.at_level(logging.INFO, "captive_portal"):
        for tap in (house.keeper.open_internet, house.keeper.open_library):
            with pytest.raises(WallError):
                tap(BINH.address)
        house.clock.pass_time(4000)
        house.keeper.tick()
        house.live(800)
        assert house.stage(BINH) is Stage.CAPTIVE
        house.wall.broken = False
        house.live(2, ANNA, BINH)
    assert house.wall.standing() == {}
    assert (house.stage(), house.stage(BINH)) == (Stage.EXPIRED, Stage.CAPTIVE)
    assert [line for line in caplog.messages if "wall" in line] == [
        "the wall fails: The wall pretends that the kernel refuses. ",
        "the wall works again",
    ]


def test_a_gate_that_begins_before_its_wall_can_stand_tries_again() -> None:
    house = House()
    house.wall.vanish()
    house.wall.broken = True
    house.open()
    house.keeper.set_backhaul("up")
    house.join(ANNA)
    with pytest.raises(WallError):
        house.keeper.open_internet(ANNA.address)
    house.wall.broken = False
    house.live(1, ANNA)
    assert house.wall.backhaul
    house.keeper.open_internet(ANNA.address)
    assert house.standing() is Standing.ONLINE


def test_a_card_that_fails_costs_only_the_memory(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.card.broken = True
    with caplog.at_level(logging.INFO, "captive_portal"):
        house.keeper.open_internet(ANNA.address)
        house.live(1000, BINH)
        house.join(Phone("02:00:00:00:00:0f", "10.10.10.50"))
        house.live(3, ANNA)
        assert house.standing() is Standing.ONLINE
        house.card.broken = False
        house.live(61, ANNA)
    kept = house.card.find(ANNA.mac)
    assert kept is not None
    assert kept.stage is Stage.ONLINE
    messages = [line for line in caplog.messages if "card" in line]
    assert len(messages) == 2
    assert not any(ANNA.mac in line or ANNA.address in line for line in caplog.messages)


def test_one_phones_trouble_is_not_anothers(house: House) -> None:
    house.keeper.open_library(ANNA.address)
    house.keeper.open_library(BINH.address)
    apply = house.wall.apply

    def refusing(changes: list[Change]) -> None:
        if any(change.phone == ANNA for change in changes):
            raise WallError("Not this one.")
        apply(changes)

    house.wall.apply = refusing  # type: ignore[assignment, method-assign]  # a kernel with a grudge
    house.live(700)
    assert house.wall.standing() == {ANNA: Standing.WELCOMED}


def test_the_witness_sees_who_speaks(house: House) -> None:
    assert house.witnessed[-1] == {ANNA, BINH}


def test_a_crowd_is_counted(house: House) -> None:
    house.keeper.open_internet(ANNA.address)
    house.keeper.open_library(BINH.address)
    crowd = house.keeper.crowd()
    assert (crowd.phones, crowd.welcomed, crowd.online) == (2, 1, 1)


def test_it_looks_around_by_itself_and_writes_down_at_the_end(house: House) -> None:
    house.keeper.open_internet(ANNA.address)
    house.wall.speak(ANNA, down=50)
    house.keeper.start()
    assert [thread.name for thread in threading.enumerate()].count("gatekeeper") == 1
    house.keeper.stop()
    kept = house.card.find(ANNA.mac)
    assert kept is not None
    assert kept.used_bytes == 50
    assert house.standing() is Standing.ONLINE


def test_many_mac_addresses_have_an_end(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("captive_portal.guests.MOST_GUESTS", 50)
    for number in range(200):
        phone = Phone(f"06:00:00:00:00:{number:02x}", f"10.10.11.{number + 1}")
        house.table[phone.address] = phone.mac
        house.keeper.open_library(phone.address)
        house.clock.pass_time(1)
    house.keeper.tick()
    assert len(house.wall.standing()) <= 50


def _median_ms(act: Callable[[int], object], times: int) -> float:
    took = []
    for number in range(times):
        began = time.perf_counter()
        act(number)
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)[times // 2]


def test_with_250_phones_a_decision_takes_milliseconds(house: House) -> None:
    phones = [Phone(f"06:00:00:00:01:{number:02x}", f"10.10.11.{number + 1}") for number in range(250)]
    house.join(*phones)
    tap_ms = _median_ms(lambda number: house.keeper.open_internet(phones[number].address), 250)
    tick_ms = _median_ms(lambda _: house.keeper.tick(), 20)
    print(f"a tap: {tap_ms:.2f} ms, a look around: {tick_ms:.2f} ms")
    assert len(house.wall.standing()) == 250
    assert tap_ms < 50
    assert tick_ms < 250
