"""`hub.modem` unlocks and connects a modem, and never spends a second try of the SIM on a wrong PIN."""

import json
import logging
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.config import ConfigError, HubConfig, validate
from hub.errors import CommandError
from hub.modem import Bearer, Modem, Step, bearer_in, bearers, modems, next_step
from hub.testing import FakeModem

HOUSE = {"id": "t", "name": "Thử", "village_word": "bản", "commune": "Mới", "province": "Bắc Ninh"}
PATH = "/org/freedesktop/ModemManager1/Modem/0"


def config_with(folder: Path, order: Sequence[str] = ("ethernet", "usb-modem"), **modem: str) -> HubConfig:
    tree: dict[str, Any] = {
        "house": HOUSE,
        "paths": {"data": str(folder), "run": str(folder)},
        "uplink": {"order": list(order), "usb_modem": modem},
        "backhaul": {"probe_url": "http://hub.tinh.vn/"},
    }
    (folder / "state").mkdir(exist_ok=True)
    return validate(tree, "hub.toml")


def tended(folder: Path, fake: FakeModem, times: int = 3, **modem: str) -> Modem:
    """Also over restarts of the hub: each time a new one looks."""
    for _ in range(times):
        keeper = Modem(config_with(folder, **modem), fake, folder / "network")
        keeper.tend()
    return keeper


def network(folder: Path) -> str:
    path = folder / "network" / "35-hub-modem.network"
    return path.read_text() if path.exists() else ""


def test_a_modem_is_unlocked_connected_and_given_its_address(tmp_path: Path) -> None:
    fake = FakeModem(pin="1234")
    assert tended(tmp_path, fake, apn="v-internet", sim_pin="1234").problem == ""
    assert fake.state == "connected"
    text = network(tmp_path)
    for line in ("Name=wwan0", "Address=100.64.3.7/30", "Gateway=100.64.3.8", "DNS=10.1.1.2", "Metric=200"):
        assert f"\n{line}\n" in text
    assert fake.calls.count(("networkctl", "reload")) == 1
    assert sum("--simple-connect" in " ".join(call) for call in fake.calls) == 1


def test_an_interface_that_asks_itself_is_left_to_networkd(tmp_path: Path) -> None:
    assert tended(tmp_path, FakeModem(method="dhcp"), apn="v-internet").problem == ""
    assert network(tmp_path) == ""


def test_the_address_goes_with_the_connection(tmp_path: Path) -> None:
    fake = FakeModem()
    tended(tmp_path, fake, apn="v-internet")
    assert network(tmp_path)
    fake.state, fake.registration = "searching", "denied"
    tended(tmp_path, fake, times=1, apn="v-internet")
    assert network(tmp_path) == ""
    assert fake.calls[-1] == ("networkctl", "reload")


def test_a_wrong_pin_is_tried_once_whatever_happens(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    fake = FakeModem(pin="1234")
    keeper = tended(tmp_path, fake, times=5, sim_pin="9876")
    assert fake.tries == 2
    assert "correct uplink.usb_modem.sim_pin" in keeper.problem
    mark = tmp_path / "state" / "sim-pin-tried"
    assert stat.S_IMODE(mark.stat().st_mode) == 0o600
    assert b"9876" not in mark.read_bytes()
    assert "9876" not in caplog.text
    keeper = tended(tmp_path, fake, times=2, sim_pin="1234")  # a technician corrects it
    assert (fake.tries, keeper.problem == "") == (3, False)  # unlocked; now it wants its access point name
    assert "uplink.usb_modem.apn" in keeper.problem
    assert not mark.exists()


def test_a_power_cut_while_the_pin_is_tried_costs_no_second_try(tmp_path: Path) -> None:
    fake = FakeModem(pin="1234")

    def cut(args: Sequence[str]) -> str:
        answer = fake(args) if not any("--pin" in part for part in args) else ""
        if not answer:
            raise KeyboardInterrupt  # the machine stops with the command on its way
        return answer

    with pytest.raises(KeyboardInterrupt):
        Modem(config_with(tmp_path, sim_pin="9876"), cut, tmp_path / "network").tend()
    tended(tmp_path, fake, sim_pin="9876")
    assert fake.tries == 3
    assert not any("--pin" in part for call in fake.calls for part in call)


def test_the_last_try_is_left_to_a_human(tmp_path: Path) -> None:
    fake = FakeModem(pin="1234")
    fake.tries = 1
    assert "one try left" in tended(tmp_path, fake, sim_pin="9876").problem
    assert fake.tries == 1
    fake.tries = 0
    assert "PUK" in tended(tmp_path, fake, sim_pin="1234").problem


def answer(state: str = "registered", registration: str = "home", **generic: object) -> str:
    generic = {"state": state, "state-failed-reason": "--", "unlock-required": "--", "sim": "/sim/0", **generic}
    return json.dumps({"modem": {"dbus-path": PATH, "generic": generic, "3gpp": {"registration-state": registration}}})


CONNECT = ("mmcli", "-m", PATH, "--simple-connect=apn=v-internet,ip-type=ipv4")


@pytest.mark.parametrize(
    ("said", "command", "problem"),
    [
        (answer(), CONNECT, ""),
        (answer("disabled"), CONNECT, ""),
        (answer("searching"), CONNECT, "finds no network"),
        (answer("connected"), (), ""),
        (answer("connecting"), (), ""),
        (answer("enabling"), (), ""),
        (answer("registered", "denied"), (), "operator refuses"),
        (answer("failed", **{"state-failed-reason": "sim-missing"}), (), "no SIM"),
        (answer("failed", **{"state-failed-reason": "unknown"}), (), "plug it in again"),
        (answer("locked", **{"unlock-required": "sim-pin"}), ("mmcli", "-i", "/sim/0", "--pin=0000"), ""),
        (answer("locked", **{"unlock-required": "ph-net-pin"}), (), "its operator has to unlock"),
        (answer("connected", **{"unlock-required": "sim-pin2"}), (), ""),
    ],
)
def test_each_state_has_its_step(said: str, command: tuple[str, ...], problem: str) -> None:
    step = next_step(said, "v-internet", "0000", False)
    assert step.command == command
    assert problem in step.problem
    assert bool(step.problem) == bool(problem)
    assert step.secret == any("--pin" in part for part in step.command)


def test_what_is_not_in_the_configuration_is_asked_for() -> None:
    assert "uplink.usb_modem.apn" in next_step(answer(), "", "", False).problem
    assert (
        "uplink.usb_modem.sim_pin"
        in next_step(answer("locked", **{"unlock-required": "sim-pin"}), "", "", False).problem
    )


@given(st.text() | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_whatever_mmcli_says_is_taken(said: str) -> None:
    wrapped = [said, f'{{"modem": {said}}}', f'{{"modem": {{"generic": {said}}}}}', f'{{"modem-list": {said}}}']
    for text in [*wrapped, f'{{"bearer": {said}}}', f'{{"bearer": {{"status": {said}}}}}']:
        assert next_step(text, "a", "1234", False) == Step()
        assert bearers(text) == []
        assert bearer_in(text) is None
        assert all(isinstance(modem, str) for modem in modems(text))


def test_an_operators_answer_cannot_write_settings() -> None:
    def said(**address: object) -> str:
        known = {"method": "static", "address": "10.0.0.2", "prefix": "30", "gateway": "--", "dns": ["10.0.0.1"]}
        status = {"connected": "yes", "interface": "wwan0"}
        return json.dumps({"bearer": {"status": status, "ipv4-config": known | address}})

    assert bearer_in(said()) == Bearer("wwan0", "10.0.0.2/30", "", ("10.0.0.1",))
    assert bearer_in(said(address="10.0.0.2\n[Route]")) is None
    assert bearer_in(said(dns=["10.0.0.1\nDHCP=yes"])) is None
    assert bearer_in(said(prefix=30)) is None


def test_nothing_is_asked_when_nothing_must_be_told(tmp_path: Path) -> None:
    fake = FakeModem()
    Modem(config_with(tmp_path), fake).start().stop()
    Modem(config_with(tmp_path, order=["ethernet"], apn="v-internet"), fake).start().stop()
    assert fake.calls == []


def test_without_modemmanager_that_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def missing(args: Sequence[str]) -> str:
        raise CommandError("mmcli could not be started: No such file or directory.", f"Try: {' '.join(args)}")

    keeper = Modem(config_with(tmp_path, apn="v-internet"), missing)
    keeper.tend()
    keeper.tend()
    assert "is ModemManager installed" in keeper.problem
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1


@pytest.mark.parametrize("apn", ["a,user=root", "a b", "a\nb", "-a", "a'"])
def test_a_strange_access_point_name_is_refused(tmp_path: Path, apn: str) -> None:
    with pytest.raises(ConfigError):
        config_with(tmp_path, apn=apn)


def test_the_fake_keeps_the_rules() -> None:
    fake = FakeModem(pin="1234")
    for command in (["mmcli", "-m", "0"], CONNECT, ["mmcli", "-b", "/x", "-J"], ["ip", "a"]):
        with pytest.raises(CommandError):
            fake(command)
    assert len(fake.calls) == 4
