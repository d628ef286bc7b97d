"""The pretended wall keeps the rules of a real one, so that what is tested with it means something."""

import ipaddress

import pytest

from captive_portal.errors import WallError
from captive_portal.phones import Change, Phone, Standing, Traffic, Wall
from captive_portal.pretend import HandClock, PretendWall, invented_mac

PHONE = Phone("02:00:00:00:00:01", "10.10.10.20")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def wall(clock: HandClock) -> PretendWall:
    wall = PretendWall(clock, ipaddress.IPv4Network("10.10.10.0/23"))
    wall.raise_up()
    return wall


def test_it_is_a_wall(wall: PretendWall) -> None:
    standing: Wall = wall
    assert standing.standing() == {}


def test_an_element_ends_on_time(wall: PretendWall, clock: HandClock) -> None:
    wall.apply([Change(PHONE, Standing.ONLINE, 10)])
    clock.pass_time(9.5)
    assert wall.standing() == {PHONE: Standing.ONLINE}
    clock.pass_time(0.5)
    assert wall.standing() == {}


def test_bytes_are_counted_only_while_the_internet_is_open(wall: PretendWall, clock: HandClock) -> None:
    wall.apply([Change(PHONE, Standing.ONLINE, 10)])
    assert not wall.speak(PHONE, up=5)
    wall.set_backhaul(True)
    assert wall.speak(PHONE, up=5, down=7)
    wall.apply([Change(PHONE, Standing.ONLINE, 20)])
    assert wall.traffic() == {PHONE: Traffic(5, 7)}
    wall.apply([Change(PHONE, Standing.WELCOMED, 20)])
    assert wall.traffic() == {}
    assert wall.seen() == {PHONE}
    clock.pass_time(61)
    assert wall.seen() == frozenset()


@pytest.mark.parametrize(
    "change",
    [
        Change(Phone("02:00:00:00:00:01", "192.168.1.1"), Standing.ONLINE, 5),
        Change(Phone("nobody", "10.10.10.20"), Standing.ONLINE, 5),
        Change(PHONE, Standing.ONLINE, 0),
    ],
)
def test_what_a_kernel_would_refuse_is_refused_and_nothing_of_it_is_taken(wall: PretendWall, change: Change) -> None:
    with pytest.raises(WallError):
        wall.apply([Change(PHONE, Standing.WELCOMED, 5), change])
    assert wall.standing() == {}


def test_it_has_to_stand_and_may_fall(wall: PretendWall, clock: HandClock) -> None:
    with pytest.raises(WallError, match="does not stand"):
        PretendWall(clock).standing()
    wall.apply([Change(PHONE, Standing.WELCOMED, 5)])
    wall.broken = True
    with pytest.raises(WallError):
        wall.standing()
    wall.broken = False
    wall.vanish()
    wall.raise_up()
    assert wall.standing() == {}


def test_a_visitor_of_a_demonstration_has_a_mac_address_of_nobody() -> None:
    first, second = invented_mac("127.0.0.1"), invented_mac("192.168.1.7")
    assert first == invented_mac("127.0.0.1") != second
    assert first.startswith("02:")
    assert len(first) == 17
