"""The watch over the Wi-Fi: it is ready, lost and found again; phones come, go and make room for others."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from captive_portal.access_point import AccessPoint, AirCondition, Patience
from captive_portal.config import CaptivePortalConfig
from captive_portal.errors import ProgramError
from captive_portal.hostapd import render
from captive_portal.hostapd_control import Hostapd
from captive_portal.programs import ChildProcess
from captive_portal.radios import PROFILES, RadioCondition, Trouble
from captive_portal.testing import FakeHostapd, FakeStation

MACS = [f"02:00:00:00:00:{number:02x}" for number in range(9)]
SOON_S = 20.0
QUICK = Patience(look_s=0.05, away_s=0.1, down_s=0.3, exile_s=0.5)


def soon(true: Callable[[], object]) -> bool:
    """Wait until something is true, generously."""
    deadline = time.monotonic() + SOON_S
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.01)
    return False


class Listener:
    """Hears who comes and goes."""

    def __init__(self) -> None:
        self.here: list[str] = []
        self.heard: list[tuple[str, str]] = []

    def joined(self, mac: str) -> None:
        self.here.append(mac)
        self.heard.append(("joined", mac))

    def left(self, mac: str) -> None:
        self.here.remove(mac)
        self.heard.append(("left", mac))


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeHostapd]:
    with FakeHostapd(tmp_path / "control") as fake:
        yield fake


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def watch(tmp_path: Path, listener: Listener) -> Iterator[Callable[..., AccessPoint]]:
    """Starts watches, and stops them again."""
    started: list[AccessPoint] = []

    def start(patience: Patience = QUICK, **more: object) -> AccessPoint:
        hostapd = Hostapd(tmp_path / "control", "wlan0", timeout_s=1.0)
        watching = AccessPoint(hostapd, 8, on_joined=listener.joined, on_left=listener.left, patience=patience, **more)
        watching.start()
        started.append(watching)
        return watching

    yield start
    for watching in started:
        watching.stop()


def test_it_is_ready_when_hostapd_says_so_and_not_before(fake: FakeHostapd, watch: Callable[..., AccessPoint]) -> None:
    fake.state = "COUNTRY_UPDATE"
    watching = watch(Patience(look_s=0.05))
    assert soon(lambda: watching.condition().state == "COUNTRY_UPDATE")
    assert not watching.wait_until_enabled(0.0)
    assert watching.condition().problem == ""
    fake.become("ENABLED")
    assert watching.wait_until_enabled(SOON_S)
    assert watching.condition() == AirCondition("ENABLED", ssid="Nhà văn hóa", channel=6)


def test_events_fill_the_seats_at_once(
    fake: FakeHostapd, watch: Callable[..., AccessPoint], listener: Listener
) -> None:
    fake.join(MACS[0])
    watching = watch(Patience(look_s=3600))  # only events can tell
    assert watching.wait_until_enabled(SOON_S)
    assert soon(lambda: watching.seats() == (1, 8))
    fake.join(MACS[1])
    assert soon(lambda: watching.seats() == (2, 8))
    assert soon(lambda: listener.here == [MACS[0], MACS[1]])
    fake.leave(MACS[0])
    assert soon(lambda: watching.seats() == (1, 8))
    assert soon(lambda: listener.heard[-1] == ("left", MACS[0]))
    assert [seat.mac for seat in watching.phones()] == [MACS[1]]
    fake.commands.clear()
    fake.become("DISABLED")
    assert soon(lambda: watching.condition().state == "DISABLED" and watching.seats() == (0, 8))


def test_what_no_event_told_is_found_by_looking(
    fake: FakeHostapd, watch: Callable[..., AccessPoint], listener: Listener
) -> None:
    watching = watch()
    assert watching.wait_until_enabled(SOON_S)
    fake.phones[MACS[0]] = FakeStation()
    assert soon(lambda: listener.here == [MACS[0]])
    del fake.phones[MACS[0]]
    assert soon(lambda: listener.here == [])


def test_a_hostapd_that_was_killed_is_found_again_with_its_phones(
    fake: FakeHostapd, watch: Callable[..., AccessPoint], listener: Listener
) -> None:
    fake.join(MACS[0])
    fake.join(MACS[1])
    watching = watch(Patience(look_s=0.05))
    assert soon(lambda: len(listener.here) == 2)
    fake.die()
    assert soon(lambda: watching.condition().state == "")
    assert not watching.wait_until_enabled(0.0)
    assert watching.condition().problem == ""  # being restarted is no problem yet
    fake.start()
    fake.join(MACS[1])
    fake.join(MACS[2])
    assert watching.wait_until_enabled(SOON_S)
    assert soon(lambda: sorted(listener.here) == MACS[1:3])
    fake.join(MACS[3])  # and it listens again
    assert soon(lambda: sorted(listener.here) == MACS[1:4])


def test_a_hostapd_that_says_goodbye_is_found_again(fake: FakeHostapd, watch: Callable[..., AccessPoint]) -> None:
    watching = watch(Patience(look_s=3600))
    assert watching.wait_until_enabled(SOON_S)
    fake.terminate()
    assert soon(lambda: watching.condition().state == "")
    fake.start()
    assert watching.wait_until_enabled(SOON_S)


def test_a_hostapd_that_never_comes_is_a_problem_with_a_hint(watch: Callable[..., AccessPoint]) -> None:
    watching = watch()
    assert soon(lambda: "cannot be reached" in watching.condition().problem)
    assert watching.condition().hint
    assert watching.condition().trouble is Trouble.UNREACHABLE
    assert watching.seats() == (0, 8)


def test_phones_are_gone_when_hostapd_stays_away(
    fake: FakeHostapd, watch: Callable[..., AccessPoint], listener: Listener
) -> None:
    offset = [0.0]
    fake.join(MACS[0])
    watching = watch(clock=lambda: time.monotonic() + offset[0])
    assert soon(lambda: listener.here == MACS[:1])
    fake.die()
    assert soon(lambda: watching.condition().state == "")
    assert watching.seats() == (1, 8)
    offset[0] = 11.0
    assert soon(lambda: watching.seats() == (0, 8) and listener.here == [])


def test_a_radio_in_trouble_explains_why_and_is_not_restarted(
    fake: FakeHostapd, watch: Callable[..., AccessPoint]
) -> None:
    fake.state = "DISABLED"
    restarts = Restarts()
    trouble = RadioCondition(Trouble.BLOCKED, "The system keeps wlan0 off (rfkill).", "Run: rfkill unblock wifi")
    watching = watch(look_at_radio=lambda: trouble, program=restarts)
    assert soon(lambda: watching.condition().problem)
    assert watching.condition() == AirCondition("DISABLED", trouble.problem, trouble.hint, trouble=Trouble.BLOCKED)
    time.sleep(0.3)
    assert restarts.count == 0


def test_a_radio_that_is_switched_off_is_noticed_although_hostapd_calls_it_enabled(
    fake: FakeHostapd, watch: Callable[..., AccessPoint]
) -> None:
    """As hostapd 2.10 does with rfkill; the real one is tried in tests/wifi."""
    off = RadioCondition(Trouble.BLOCKED, "The system keeps wlan0 off (rfkill).", "Run: rfkill unblock wifi")
    found = [RadioCondition()]
    watching = watch(look_at_radio=lambda: found[0])
    assert watching.wait_until_enabled(SOON_S)
    found[0] = off
    fake.tell("INTERFACE-DISABLED ")
    assert soon(lambda: watching.condition() == AirCondition("DISABLED", off.problem, off.hint, trouble=off.trouble))
    found[0] = RadioCondition()
    fake.tell("INTERFACE-ENABLED ")
    assert watching.wait_until_enabled(SOON_S)
    assert watching.condition().problem == ""


def test_a_radio_that_is_off_before_anybody_watches_is_noticed(
    fake: FakeHostapd, watch: Callable[..., AccessPoint]
) -> None:
    off = RadioCondition(
        Trouble.SWITCHED_OFF, "A switch on the machine keeps wlan0 off.", "Turn the radio's switch on."
    )
    watching = watch(look_at_radio=lambda: off)
    assert soon(lambda: watching.condition().trouble is Trouble.SWITCHED_OFF)
    assert not watching.wait_until_enabled(0.0)


class Restarts:
    """A program that counts how often it was restarted, and may fail at it."""

    def __init__(self, fails: bool = False) -> None:
        self.count = 0
        self.fails = fails
        self.then: Callable[[], None] = lambda: None

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def running(self) -> bool:
        return True

    def restart(self) -> None:
        self.count += 1
        if self.fails:
            raise ProgramError("systemd could not restart hostapd.service.")
        self.then()


@pytest.mark.parametrize("fails", [False, True])
def test_a_wifi_that_stays_down_is_restarted(fake: FakeHostapd, watch: Callable[..., AccessPoint], fails: bool) -> None:
    fake.state = "DISABLED"
    restarts = Restarts(fails)
    restarts.then = lambda: fake.become("ENABLED")
    watching = watch(program=restarts)
    assert soon(lambda: restarts.count == 1)
    if fails:
        assert soon(lambda: watching.condition().problem == "The Wi-Fi does not start: DISABLED.")
        assert watching.condition().trouble is Trouble.DOWN
        fake.become("ENABLED")
    assert watching.wait_until_enabled(SOON_S)
    assert soon(lambda: watching.condition().problem == "")


def test_who_rests_makes_room_and_may_come_back_later(
    fake: FakeHostapd, watch: Callable[..., AccessPoint], listener: Listener
) -> None:
    for mac in MACS[:8]:
        fake.join(mac)
    stop = threading.Event()

    def everybody_but_one_reads() -> None:
        while not stop.wait(0.01):
            for mac, station in list(fake.phones.items()):
                station.tx_bytes += 0 if mac == MACS[3] else 1_000_000

    readers = threading.Thread(target=everybody_but_one_reads)
    readers.start()
    try:
        watching = watch(rest_s=1.0)
        assert watching.wait_until_enabled(SOON_S)
        assert soon(lambda: fake.denied == {MACS[3]})
        assert soon(lambda: watching.seats() == (7, 8))
        assert not fake.join(MACS[3])
        assert fake.join(MACS[8])
        assert soon(lambda: watching.seats() == (8, 8))
        assert soon(lambda: fake.denied == set())
        assert [mac for word, mac in listener.heard if word == "left"] == [MACS[3]]
    finally:
        stop.set()
        readers.join()


def test_without_the_policy_nobody_is_moved_out(fake: FakeHostapd, watch: Callable[..., AccessPoint]) -> None:
    for mac in MACS[:8]:
        fake.join(mac)
    watching = watch()
    assert watching.wait_until_enabled(SOON_S)
    assert not fake.join(MACS[8])
    time.sleep(0.2)
    assert watching.seats() == (8, 8)
    assert not fake.denied


def test_stopping_leaves_nobody_out(fake: FakeHostapd, watch: Callable[..., AccessPoint]) -> None:
    fake.denied.add(MACS[5])  # by a gate that was killed
    fake.join(MACS[0])
    watching = watch(Patience(look_s=0.05, exile_s=3600))
    assert watching.wait_until_enabled(SOON_S)
    assert soon(lambda: not fake.denied)
    assert watching.move_out(MACS[0])
    assert fake.denied == {MACS[0]}
    watching.stop()
    assert not fake.denied


def test_moving_out_never_raises(
    watch: Callable[..., AccessPoint], caplog: pytest.LogCaptureFixture, fake: FakeHostapd
) -> None:
    fake.refuses.add("DENY_ACL")
    watching = watch()
    with caplog.at_level(logging.DEBUG):
        assert not watching.move_out(MACS[0])
        assert not watching.move_out("nonsense")
        fake.die()
        assert not watching.move_out(MACS[0])
    assert MACS[0] not in caplog.text


def test_a_listener_that_fails_harms_nobody(
    fake: FakeHostapd, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(mac: str) -> None:
        raise ValueError("no")

    watching = AccessPoint(Hostapd(tmp_path / "control", "wlan0"), 8, on_joined=fail, on_left=fail, patience=QUICK)
    watching.start()
    try:
        fake.join(MACS[0])
        assert soon(lambda: watching.seats() == (1, 8))
        fake.leave(MACS[0])
        assert soon(lambda: watching.seats() == (0, 8))
        assert soon(lambda: caplog.text.count("a listener of the access point failed") == 2)
    finally:
        watching.stop()


def test_the_real_hostapd_is_killed_and_comes_back(tmp_path: Path) -> None:
    hostapd = shutil.which("hostapd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if not hostapd:
        pytest.skip("hostapd is not installed: apt install hostapd")
    config = CaptivePortalConfig(mode="access-point", interface="hubnowlan1")
    text = render(config, PROFILES["raspberry-pi"], tmp_path / "control", driver="none")
    # no rules of the air without air
    lines = [line for line in text.splitlines() if not line.startswith(("country", "ieee80211d"))]
    (tmp_path / "hostapd.conf").write_text("\n".join(lines) + "\n")
    program = ChildProcess([hostapd, str(tmp_path / "hostapd.conf")], first_wait_s=0.1)
    watching = AccessPoint(Hostapd(tmp_path / "control", "hubnowlan1"), 8, patience=Patience(look_s=0.05))
    watching.start()  # before there is anything to watch
    try:
        program.start()
        assert watching.wait_until_enabled(SOON_S)
        assert watching.condition() == AirCondition("ENABLED", ssid="Nhà văn hóa", channel=6)
        pid = program.pid
        assert pid
        os.kill(pid, signal.SIGSTOP)  # it hangs: no answer, but no refusal either
        os.kill(pid, signal.SIGKILL)
        assert soon(lambda: watching.condition().state == "")
        assert watching.wait_until_enabled(SOON_S)
        assert program.pid not in (None, pid)
    finally:
        watching.stop()
        program.stop()
    assert list((tmp_path / "control-clients").iterdir()) == []
