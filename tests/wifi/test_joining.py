"""Phones join the house's Wi-Fi in every way that the settings know, and none in another."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from namespaces import until
from wireless import AccessPointProgram, Join, either_join, open_join, owe_join, wpa2_join, wpa3_join

from captive_portal.hostapd_events import WrongPassphrase

pytestmark = pytest.mark.wifi

NAME = "Nhà văn hóa Bản Mới"
SECRET = "lua nep thom"
Bring = Callable[[], Any]
Open = Callable[..., AccessPointProgram]


@pytest.mark.parametrize(
    ("security", "passphrase", "join", "used"),
    [
        ("open", "", open_join(), "NONE"),
        ("wpa2", SECRET, wpa2_join(SECRET), "WPA2-PSK"),
        ("wpa2-wpa3", SECRET, wpa2_join(SECRET), "WPA2-PSK"),
        ("wpa2-wpa3", SECRET, wpa3_join(SECRET), "SAE"),
        ("wpa2-wpa3", SECRET, either_join(SECRET), "SAE"),
    ],
    ids=["open", "wpa2", "mixed-wpa2", "mixed-sae", "mixed-either"],
)
def test_a_phone_joins(house: Open, phone: Bring, security: str, passphrase: str, join: Join, used: str) -> None:
    house(ssid=NAME, security=security, passphrase=passphrase)
    guest = phone()
    assert guest.wifi.join(NAME, join)["key_mgmt"] == used
    assert guest.reaches("10.10.10.1")


def test_a_phone_joins_encrypted_without_a_password(house: Open, phone: Bring) -> None:
    """OWE, with patience: an access point so slow that the phone asks twice derives two keys, and they disagree."""
    wifi = house(ssid=NAME, security="owe")
    guest = phone()
    for _ in range(6):
        guest.wifi.start(NAME, owe_join())
        with contextlib.suppress(AssertionError):
            until(lambda: any(station.authorized for station in wifi.control.stations()), 12)
            break
        guest.wifi.leave()
    assert guest.wifi.status()["key_mgmt"] == "OWE"
    assert guest.reaches("10.10.10.1")


def test_a_wrong_password_does_not_let_in(house: Open, phone: Bring) -> None:
    wifi = house(ssid=NAME, security="wpa2", passphrase=SECRET)
    guest = phone()
    with wifi.control.events() as events:
        guest.wifi.start(NAME, wpa2_join("lua te thom"))
        until(lambda: isinstance(events.next(1), WrongPassphrase), 60, "hostapd notices the wrong password")
    assert not any(station.authorized for station in wifi.control.stations())
    assert not guest.wifi.joined


def test_a_phone_without_the_password_does_not_even_try(house: Open, phone: Bring) -> None:
    wifi = house(ssid=NAME, security="wpa2", passphrase=SECRET)
    guest = phone()
    guest.wifi.start(NAME, open_join())
    until(lambda: "WPA2-PSK" in guest.wifi.ask("SCAN_RESULTS"), 60, "the phone sees the Wi-Fi")
    assert guest.wifi.status()["wpa_state"] in {"SCANNING", "DISCONNECTED"}
    assert wifi.control.stations() == ()


def test_phones_are_kept_apart(house: Open, phone: Bring) -> None:
    house(ssid=NAME)
    first, second = phone(), phone()
    first.wifi.start(NAME, open_join())
    second.wifi.join(NAME, open_join())
    first.wifi.wait()
    assert first.reaches("10.10.10.1")
    assert second.reaches("10.10.10.1")
    assert not first.reaches(second.address)
