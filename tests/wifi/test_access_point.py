"""The watch over a real hostapd: who is there, who is refused, who is sent away, and a hostapd that is killed."""

from __future__ import annotations

import contextlib
import json
import queue
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from namespaces import Namespace, until
from wireless import AccessPointProgram, open_join

from captive_portal.access_point import AccessPoint, Patience
from captive_portal.hostapd_control import ENABLED
from captive_portal.hostapd_events import ChannelChanged
from captive_portal.radios import RadioCondition, Trouble

pytestmark = pytest.mark.wifi

NAME = "Nhà văn hóa"
SLOW_S = 60
LOOK = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from captive_portal.radios import look
for name in sys.argv[2:]:
    found = look(name, Path("/sys"), lambda args: "")
    print(json.dumps([found.trouble and found.trouble.value, found.problem, found.hint]))
"""
Bring = Callable[[], Any]
Open = Callable[..., AccessPointProgram]


@contextlib.contextmanager
def watched(wifi: AccessPointProgram, most: int, exile_s: float = 5.0, **more: Any) -> Iterator[AccessPoint]:
    point = AccessPoint(wifi.control, most, patience=Patience(look_s=1.0, exile_s=exile_s), **more)
    point.start()
    try:
        assert point.wait_until_enabled(SLOW_S)
        yield point
    finally:
        point.stop()


def test_the_radio_keeps_to_the_rules_of_vietnam(house: Open) -> None:
    wifi = house(ssid=NAME, channel=11)
    said = wifi.control.status()
    assert (said.state, said.ssid, said.channel) == (ENABLED, NAME, 11)
    assert "country VN" in wifi.space.run("iw", "reg", "get")


def test_the_indoor_channels_of_5_ghz_work(house: Open) -> None:
    assert house(ssid=NAME, channel=36).control.status().channel == 36


def test_phones_are_seen_moved_and_sent_away(house: Open, phone: Bring) -> None:
    wifi = house(ssid=NAME, channel=1)
    came: queue.Queue[str] = queue.Queue()
    went: queue.Queue[str] = queue.Queue()
    guest = phone()
    with watched(wifi, 8, on_joined=came.put, on_left=went.put) as point:
        guest.wifi.join(NAME, open_join())
        assert came.get(timeout=SLOW_S) == guest.mac
        assert point.seats() == (1, 8)
        assert guest.reaches("10.10.10.1")
        (station,) = wifi.control.stations()
        assert station.mac == guest.mac
        assert station.signal_dbm is not None and -100 < station.signal_dbm < 0
        assert station.rx_bytes and station.tx_bytes
        with wifi.control.events() as events:
            wifi.control.switch_channel(6)
            until(lambda: events.next(1) == ChannelChanged(6), SLOW_S, "the access point moves")
        until(lambda: guest.wifi.status().get("freq") == "2437", SLOW_S, "the phone comes along")
        assert guest.reaches("10.10.10.1")
        point.move_out(guest.mac)
        assert went.get(timeout=SLOW_S) == guest.mac
        assert point.seats() == (0, 8)
        assert came.get(timeout=SLOW_S) == guest.mac  # when its exile is over


def test_the_last_seat_goes_to_the_first_and_to_the_next_when_it_rests(house: Open, phone: Bring) -> None:
    wifi = house(ssid=NAME, most_phones=1)
    first, second = phone(), phone()
    first.wifi.join(NAME, open_join())
    second.wifi.start(NAME, open_join())
    # hostapd 2.10 refuses without an event (IEEE 802.11, status 17: no room), so the watch must look by itself.
    until(lambda: "status_code=17" in second.wifi.said(), SLOW_S, "the second phone is refused")
    assert [station.mac for station in wifi.control.stations()] == [first.mac]
    second.wifi.leave()
    with watched(wifi, 1, exile_s=60.0, rest_s=1.0) as point:
        assert point.seats() == (1, 1)
        until(lambda: not point.phones(), SLOW_S, "the first phone makes room")
        second.wifi.start(NAME, open_join())
        until(lambda: [seat.mac for seat in point.phones()] == [second.mac], SLOW_S, "the second phone takes the seat")


def test_a_killed_hostapd_comes_back_and_so_do_the_phones(house: Open, phone: Bring) -> None:
    wifi = house(ssid=NAME)
    guest = phone()
    guest.wifi.join(NAME, open_join())
    with watched(wifi, 8) as point:
        until(lambda: point.seats() == (1, 8), SLOW_S, "the phone is seen")
        before = wifi.program.pid
        wifi.kill()
        until(lambda: wifi.program.pid not in {None, before} and wifi.working, SLOW_S, "hostapd is back")
        until(lambda: guest.reaches("10.10.10.1"), SLOW_S, "the phone is back")
        until(lambda: point.condition().state == ENABLED and point.seats() == (1, 8), SLOW_S, "the watch is back")
        assert point.condition().problem == ""


def conditions(space: Namespace, *interfaces: str) -> list[RadioCondition]:
    """What `radios.look` finds in a namespace's own /sys."""
    root = Path(__file__).resolve().parent.parent.parent
    said = space.run(sys.executable, "-c", LOOK, str(root), *interfaces).splitlines()
    found = [json.loads(line) for line in said]
    return [RadioCondition(trouble and Trouble(trouble), problem, hint) for trouble, problem, hint in found]


def test_a_radio_that_the_system_switches_off_is_said_and_comes_back(house: Open) -> None:
    wifi = house(ssid=NAME)
    switch = "/sys/class/net/wlan0/phy80211/rfkill*/soft"
    fit, missing, cable = conditions(wifi.space, "wlan0", "wlan7", "lo")
    assert (fit, missing.trouble, cable.trouble) == (RadioCondition(), Trouble.MISSING, Trouble.NO_RADIO)
    point = AccessPoint(
        wifi.control,
        8,
        look_at_radio=lambda: conditions(wifi.space, "wlan0")[0],
        program=wifi.program,
        patience=Patience(look_s=1.0, away_s=2.0, down_s=2.0),
    )
    point.start()
    try:
        assert point.wait_until_enabled(SLOW_S)
        wifi.space.run("sh", "-c", f"echo 1 > $(echo {switch})")
        until(lambda: point.condition().trouble is Trouble.BLOCKED, SLOW_S, "what keeps the radio off is said")
        assert point.condition().hint == "Run: rfkill unblock wifi"
        wifi.space.run("sh", "-c", f"echo 0 > $(echo {switch})")
        until(lambda: point.condition().state == ENABLED, SLOW_S, "the Wi-Fi is back")
        assert point.condition().problem == ""
    finally:
        point.stop()
