"""What radios can do, and every way in which the one in the machine may be unfit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from captive_portal.config import RadioConfig
from captive_portal.radios import (
    PROFILES,
    RadioCondition,
    Security,
    Trouble,
    chosen_profile,
    driver_of,
    firmware_halted,
    held_by_network_manager,
    look,
    most_phones,
    profile_for,
    unsuitable,
)

HALTED = "brcmfmac: brcmf_sdio_hostmail: mailbox indicates firmware halted"
CRASHED = "ieee80211 phy0: brcmf_fw_crashed: Firmware has halted or crashed"
LOADED = "brcmfmac: brcmf_c_preinit_dcmds: Firmware: BCM4345/6 wl0: Nov  1 2021 version 7.45.241"


class Programs:
    """Programs that say what they are told to; any other is not installed."""

    def __init__(self, **says: str) -> None:
        self.says = says
        self.ran: list[str] = []

    def __call__(self, args: Sequence[str]) -> str:
        self.ran.append(args[0])
        if args[0] not in self.says:
            raise RuntimeError(f"{args[0]} could not be started")
        return self.says[args[0]]


@pytest.fixture
def machine(tmp_path: Path) -> Callable[..., Path]:
    """Builds a /sys with one radio wlan0."""

    def build(driver: str = "brcmfmac", soft: str = "0", hard: str = "0", radio: bool = True) -> Path:
        (tmp_path / "bus/drivers" / driver).mkdir(parents=True)
        switch = tmp_path / "class/ieee80211/phy0/rfkill3"
        switch.mkdir(parents=True)
        (switch / "soft").write_text(f"{soft}\n")
        (switch / "hard").write_text(f"{hard}\n")
        (tmp_path / "class/net/wlan0/device").mkdir(parents=True)
        (tmp_path / "class/net/wlan0/device/driver").symlink_to(f"../../../../bus/drivers/{driver}")
        if radio:
            (tmp_path / "class/net/wlan0/phy80211").symlink_to("../../ieee80211/phy0")
        return tmp_path

    return build


@pytest.mark.parametrize(
    ("driver", "profile"),
    [
        ("brcmfmac", "raspberry-pi"),
        ("mac80211_hwsim", "simulated"),
        *((name, "mt76") for name in ("mt76x2u", "mt76x0u", "mt7921u", "mt7921e", "mt7925u", "mt7915e", "mt7603e")),
        *((name, "other") for name in ("", "mt7601u", "ath9k_htc", "rtl8xxxu", "mt76x2u ", "virtio_net")),
    ],
)
def test_the_profile_follows_from_the_driver(driver: str, profile: str) -> None:
    assert profile_for(driver).name == profile


def test_the_profiles_are_those_of_the_settings() -> None:
    named = RadioConfig.model_fields["profile"].annotation.__args__
    assert {"auto", *PROFILES} == set(named)
    assert {security.value for security in Security} == set(RadioConfig.model_fields["security"].annotation.__args__)


def test_the_driver_is_found_in_sys(machine: Callable[..., Path]) -> None:
    sys = machine("mt7921u")
    assert driver_of("wlan0", sys) == "mt7921u"
    assert driver_of("wlan1", sys) == ""


def test_auto_asks_the_driver_and_the_firmware(machine: Callable[..., Path], tmp_path: Path) -> None:
    sys = machine()
    link = tmp_path / "cyfmac43455-sdio.bin"
    auto = RadioConfig()
    assert chosen_profile(auto, "wlan0", sys, link).name == "raspberry-pi"
    link.symlink_to("/lib/firmware/cypress/cyfmac43455-sdio-standard.bin")
    assert chosen_profile(auto, "wlan0", sys, link).name == "raspberry-pi"
    link.unlink()
    link.symlink_to("/lib/firmware/cypress/cyfmac43455-sdio-minimal.bin")
    assert chosen_profile(auto, "wlan0", sys, link).name == "raspberry-pi-minimal"
    assert chosen_profile(auto, "wlan9", sys, link).name == "other"
    assert chosen_profile(RadioConfig(profile="mt76"), "wlan0", sys, link).name == "mt76"


@pytest.mark.parametrize(("wanted", "most"), [(0, 8), (5, 5), (8, 8), (9, 8)])
def test_never_more_phones_than_the_radio_carries(wanted: int, most: int) -> None:
    assert most_phones(RadioConfig(most_phones=wanted), PROFILES["raspberry-pi"]) == most


def test_what_a_radio_lacks_is_told_all_at_once_with_what_to_set_instead() -> None:
    wishes = RadioConfig(security="wpa2-wpa3", passphrase="nhà văn hóa".encode().hex(), most_phones=40)
    security, phones = unsuitable(wishes, PROFILES["raspberry-pi"])
    assert 'security = "wpa2-wpa3"' in security
    assert 'set captive_portal.radio.security = "wpa2"' in security
    assert "set captive_portal.radio.most_phones = 8 or less" in phones
    assert "mode = outside-ap" in phones
    assert unsuitable(wishes, PROFILES["mt76"]) == []
    (owe,) = unsuitable(RadioConfig(security="owe"), PROFILES["other"])
    assert 'set captive_portal.radio.security = "open"' in owe


@pytest.mark.parametrize("name", PROFILES)
def test_every_radio_can_be_open_and_have_a_password(name: str) -> None:
    assert unsuitable(RadioConfig(), PROFILES[name]) == []
    assert unsuitable(RadioConfig(security="wpa2", passphrase="12345678"), PROFILES[name]) == []


def test_a_radio_that_is_fit_has_no_trouble(machine: Callable[..., Path]) -> None:
    silent = Programs()
    assert look("wlan0", machine(), silent) == RadioCondition()
    assert silent.ran == ["journalctl", "dmesg", "nmcli"]


@pytest.mark.parametrize(
    ("interface", "sys", "programs", "trouble", "hint"),
    [
        ("wlan1", {}, {}, Trouble.MISSING, "captive_portal.interface"),
        ("wlan1", {}, {"journalctl": HALTED}, Trouble.FIRMWARE_HALTED, "Restart the machine"),
        ("wlan0", {"radio": False}, {}, Trouble.NO_RADIO, 'mode = "outside-ap"'),
        ("wlan0", {"soft": "1"}, {}, Trouble.BLOCKED, "rfkill unblock wifi"),
        ("wlan0", {"soft": "1", "hard": "1"}, {}, Trouble.SWITCHED_OFF, "switch"),
        ("wlan0", {}, {"journalctl": f"{LOADED}\n{CRASHED}"}, Trouble.FIRMWARE_HALTED, "most_phones lower"),
        ("wlan0", {}, {"dmesg": f"[  1.2] {HALTED}"}, Trouble.FIRMWARE_HALTED, "Restart the machine"),
        ("wlan0", {}, {"journalctl": f"{HALTED}\n{LOADED}"}, None, ""),
        (
            "wlan0",
            {},
            {"nmcli": "lo:unmanaged\nwlan0:disconnected\n"},
            Trouble.HELD,
            "nmcli device set wlan0 managed no",
        ),
        ("wlan0", {}, {"nmcli": "wlan0:unmanaged\neth0:connected\n"}, None, ""),
        ("wlan0", {"soft": "nonsense"}, {}, None, ""),
    ],
)
def test_every_trouble_is_found_and_says_what_to_do(
    machine: Callable[..., Path],
    interface: str,
    sys: dict[str, str],
    programs: dict[str, str],
    trouble: Trouble | None,
    hint: str,
) -> None:
    found = look(interface, machine(**sys), Programs(**programs))
    assert found.trouble == trouble
    assert hint in found.hint
    assert bool(found.problem) == bool(found.hint) == bool(trouble)


def test_firmware_that_died_and_was_loaded_again_lives() -> None:
    assert firmware_halted(f"{LOADED}\n{HALTED}\n{CRASHED}\nusb 1-1: new device")
    assert not firmware_halted(f"{HALTED}\n{CRASHED}\n{LOADED}")
    assert not firmware_halted("")


@pytest.mark.parametrize(
    ("state", "held"),
    [
        ("connected", True),
        ("connecting (configuring)", True),
        ("disconnected", True),
        ("unmanaged", False),
        ("unavailable", False),
    ],
)
def test_who_holds_a_radio(state: str, held: bool) -> None:
    assert held_by_network_manager(f"wlan0:{state}\np2p-dev-wlan0:disconnected\n", "wlan0") is held
