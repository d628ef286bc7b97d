"""The client of hostapd's control interface, with a fake hostapd and, where it is installed, with the real one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from captive_portal.config import CaptivePortalConfig, RadioConfig
from captive_portal.errors import HostapdError
from captive_portal.hostapd import render
from captive_portal.hostapd_control import Hostapd, HostapdRefusedError, HostapdStatus, Station, parse_station
from captive_portal.hostapd_events import ChannelChanged, Disabled, Enabled, StationJoined, StationLeft, Terminating
from captive_portal.radios import PROFILES
from captive_portal.testing import FakeHostapd, FakeStation

MACS = [f"02:00:00:00:00:{number:02x}" for number in range(40)]
SOON_S = 20.0


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeHostapd]:
    with FakeHostapd(tmp_path / "control", most=40) as fake:
        yield fake


@pytest.fixture
def hostapd(fake: FakeHostapd, tmp_path: Path) -> Iterator[Hostapd]:
    with Hostapd(tmp_path / "control", "wlan0", timeout_s=SOON_S) as hostapd:
        yield hostapd


def test_status_is_typed(fake: FakeHostapd, hostapd: Hostapd) -> None:
    hostapd.ping()
    fake.join(MACS[0])
    assert hostapd.status() == HostapdStatus("ENABLED", "Nhà văn hóa", 6, 1)


def test_stations_are_typed(fake: FakeHostapd, hostapd: Hostapd) -> None:
    assert hostapd.stations() == ()
    fake.join(MACS[1], FakeStation(-61, 1000, 2000, 120, 33))
    fake.join(MACS[0])
    assert hostapd.stations() == (
        Station(MACS[0], -50, 0, 0, 0, 0, authorized=True),
        Station(MACS[1], -61, 1000, 2000, 120, 33, authorized=True),
    )


def test_a_whole_class_is_listed(fake: FakeHostapd, hostapd: Hostapd) -> None:
    for mac in MACS:
        assert fake.join(mac)
    assert [station.mac for station in hostapd.stations()] == MACS


def test_a_phone_that_leaves_while_phones_are_listed(
    fake: FakeHostapd, hostapd: Hostapd, monkeypatch: pytest.MonkeyPatch
) -> None:
    for mac in MACS[:3]:
        fake.join(mac)
    ask = hostapd.ask

    def leave_meanwhile(command: str) -> str:
        if command == f"STA-NEXT {MACS[1]}":
            fake.leave(MACS[1])
        return ask(command)

    monkeypatch.setattr(hostapd, "ask", leave_meanwhile)
    assert [station.mac for station in hostapd.stations()] == [MACS[0], MACS[2]]


@pytest.mark.parametrize(
    ("text", "station"),
    [
        ("", None),
        ("FAIL\n", None),
        ("0\n", None),
        (f"{MACS[0]}\n", Station(MACS[0], None, None, None, None, None, authorized=False)),
        (
            f"{MACS[0].upper()}\nflags=[AUTH][ASSOC]\nrx_bytes=x\ntx_bytes=-\nsignal=-95\nnonsense\nconnected_time=",
            Station(MACS[0], -95, None, None, None, None, authorized=False),
        ),
    ],
)
def test_a_radio_that_does_not_say_everything(text: str, station: Station | None) -> None:
    assert parse_station(text) == station


def test_kicking_denying_and_allowing(fake: FakeHostapd, hostapd: Hostapd) -> None:
    fake.join(MACS[0])
    hostapd.kick(MACS[0].upper())
    assert fake.commands[-1] == f"DEAUTHENTICATE {MACS[0]} reason=5"
    assert not fake.phones
    assert fake.join(MACS[0])
    hostapd.deny(MACS[0])
    assert hostapd.denied() == {MACS[0]}
    assert not fake.phones
    assert not fake.join(MACS[0])
    hostapd.allow(MACS[0])
    assert fake.join(MACS[0])
    hostapd.deny(MACS[1])
    hostapd.allow_all()
    assert hostapd.denied() == frozenset()


def test_a_channel_is_switched_gently_or_with_a_restart(fake: FakeHostapd, hostapd: Hostapd) -> None:
    hostapd.switch_channel(11)
    assert fake.commands == ["CHAN_SWITCH 5 2462 center_freq1=2462 bandwidth=20 ht"]
    fake.refuses.add("CHAN_SWITCH")
    with hostapd.events() as events:
        hostapd.switch_channel(36)
        assert [events.next(SOON_S), events.next(SOON_S)] == [Disabled(), Enabled()]
    assert hostapd.status().channel == 36


def test_other_commands(fake: FakeHostapd, hostapd: Hostapd) -> None:
    hostapd.set("ssid", "Tủ sách")
    hostapd.reload()
    assert hostapd.status().ssid == "Tủ sách"
    hostapd.disable()
    assert hostapd.status().state == "DISABLED"
    hostapd.enable()
    assert hostapd.status().state == "ENABLED"


def test_refusals_are_errors_of_their_own(fake: FakeHostapd, hostapd: Hostapd) -> None:
    with pytest.raises(HostapdRefusedError, match=r"hostapd refused: SET \(FAIL\)"):
        hostapd.set("nonsense", "1")
    fake.unknown.add("DENY_ACL")
    with pytest.raises(HostapdRefusedError, match=r"hostapd refused: DENY_ACL \(UNKNOWN COMMAND\)") as refused:
        hostapd.deny(MACS[0])
    assert MACS[0] not in str(refused.value)  # it goes to the log
    hostapd.ping()


@pytest.mark.parametrize("mac", ["", "02:00", f"{MACS[0]} reason=1", f"{MACS[0]}\nDISABLE", "all"])
def test_only_addresses_are_kicked(hostapd: Hostapd, fake: FakeHostapd, mac: str) -> None:
    with pytest.raises(HostapdError, match="no link-layer address"):
        hostapd.kick(mac)
    with pytest.raises(HostapdError, match="cannot be printed"):
        hostapd.ask("SET ssid a\nb")
    assert fake.commands == []


def test_events_arrive_on_their_own_line(fake: FakeHostapd, hostapd: Hostapd) -> None:
    with hostapd.events() as events:
        assert events.next(0.01) is None
        fake.join(MACS[0])
        fake.leave(MACS[0])
        hostapd.switch_channel(1)
        assert events.next(SOON_S) == StationJoined(MACS[0])
        fake.tell("AP-ENABLED ")
        events.check()  # its answer comes after two events, which are kept
        assert [events.next(0), events.next(0)] == [StationLeft(MACS[0]), ChannelChanged(1)]
        assert events.next(0) == Enabled()
        assert events.next(0.01) is None
    fake.join(MACS[1])
    assert hostapd.status().stations == 1  # nobody listens any more, and nothing gets in the way


def test_a_hostapd_that_was_killed_and_comes_back(fake: FakeHostapd, hostapd: Hostapd) -> None:
    events = hostapd.events()
    hostapd.ping()
    fake.die()
    with pytest.raises(HostapdError, match="cannot be reached: Connection refused"):
        hostapd.ping()
    with pytest.raises(HostapdError, match="cannot be reached"):
        events.check()
    with pytest.raises(HostapdError, match="cannot be reached"):
        hostapd.events()
    fake.start()
    hostapd.ping()
    with pytest.raises(HostapdError):  # this line led to the old one
        events.check()
    events.close()
    with hostapd.events() as again:
        fake.terminate()
        assert again.next(SOON_S) == Terminating()
    with pytest.raises(HostapdError, match="No such file"):
        hostapd.ping()


def test_a_command_finds_a_hostapd_that_was_restarted_meanwhile(fake: FakeHostapd, hostapd: Hostapd) -> None:
    hostapd.ping()
    fake.die()
    fake.start()
    hostapd.ping()


def test_a_hostapd_that_hangs_has_an_end_and_late_answers_do_no_harm(fake: FakeHostapd, tmp_path: Path) -> None:
    with Hostapd(tmp_path / "control", "wlan0", timeout_s=0.1) as hostapd:
        fake.mute = True
        with pytest.raises(HostapdError, match="said nothing in time"):
            hostapd.ping()
        with pytest.raises(HostapdError, match="said nothing in time"):
            hostapd.events()
        fake.mute = False
    with Hostapd(tmp_path / "control", "wlan0", timeout_s=SOON_S) as hostapd:
        assert hostapd.status().state == "ENABLED"


def test_several_threads_get_their_own_answers(fake: FakeHostapd, hostapd: Hostapd) -> None:
    for mac in MACS:
        fake.join(mac)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda mac: parse_station(hostapd.ask(f"STA {mac}")), MACS * 5))
    assert [station.mac for station in found if station] == MACS * 5


def test_socket_files_are_private_and_tidied_up(fake: FakeHostapd, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir(mode=0o700)
    dead = subprocess.Popen(["true"])
    dead.wait()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stale:
        stale.bind(str(folder / f"{dead.pid}-00000000"))
    with Hostapd(tmp_path / "control", "wlan0", folder) as hostapd, hostapd.events():
        hostapd.ping()
        assert [path.name.partition("-")[0] for path in folder.iterdir()] == [str(os.getpid())] * 2
    assert list(folder.iterdir()) == []
    with Hostapd(tmp_path / "control", "wlan0") as hostapd:
        hostapd.ping()
        assert (tmp_path / "control-clients").stat().st_mode & 0o777 == 0o700


def test_a_path_that_is_too_long_is_told(tmp_path: Path) -> None:
    folder = tmp_path / ("a" * 100)
    with pytest.raises(HostapdError, match="too long"):
        Hostapd(folder, "wlan0").ping()


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Hostapd]:
    """The real hostapd, with a radio of its own imagination (driver=none)."""
    program = shutil.which("hostapd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if not program:
        pytest.skip("hostapd is not installed: apt install hostapd")
    config = CaptivePortalConfig(mode="access-point", interface="hubnowlan0", radio=RadioConfig())
    text = render(config, PROFILES["raspberry-pi"], tmp_path / "control", driver="none")
    # no rules of the air without air
    lines = [line for line in text.splitlines() if not line.startswith(("country", "ieee80211d"))]
    (tmp_path / "hostapd.conf").write_text("\n".join(lines) + "\n")
    process = subprocess.Popen([program, str(tmp_path / "hostapd.conf")], stdout=subprocess.DEVNULL)
    try:
        with Hostapd(tmp_path / "control", "hubnowlan0", timeout_s=SOON_S) as hostapd:
            deadline = time.monotonic() + SOON_S
            while time.monotonic() < deadline:
                try:
                    if hostapd.status().state == "ENABLED":
                        break
                except HostapdError:
                    time.sleep(0.05)
            yield hostapd
    finally:
        process.kill()
        process.wait()


def test_the_real_hostapd_speaks_so(real: Hostapd) -> None:
    real.ping()
    assert real.status() == HostapdStatus("ENABLED", "Nhà văn hóa", 6, 0)
    assert real.stations() == ()
    with pytest.raises(HostapdRefusedError, match="FAIL"):
        real.ask(f"STA-NEXT {MACS[0]}")
    with pytest.raises(HostapdRefusedError, match="UNKNOWN COMMAND"):
        real.ask("FOO")
    with pytest.raises(HostapdRefusedError, match="FAIL"):
        real.set("foo", "1")
    real.deny(MACS[0])
    assert real.denied() == {MACS[0]}
    real.allow(MACS[0])
    assert real.denied() == frozenset()
    real.deny(MACS[1])
    real.allow_all()
    assert real.denied() == frozenset()
    real.kick(MACS[0])
    with real.events() as events:
        real.switch_channel(11)  # this one cannot do so gently
        assert [events.next(SOON_S), events.next(SOON_S)] == [Disabled(), Enabled()]
        events.check()
    assert real.status().channel == 11
    real.reload()
