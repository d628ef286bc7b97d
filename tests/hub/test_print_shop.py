"""Where codes lead: to the hub's own name, and to the public one only where its certificate lies in the hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.config import ConfigError, HubConfig, validate
from hub.print_shop import HOME_BESIDE, ONLY_HERE, PASSPHRASE_PRINTED, SSID_UNSURE, house_of, warnings

HOUSE = {"id": "x", "name": "Trại Mới", "village_word": "bản", "commune": "Đồng Tiến", "province": "Bắc Ninh"}
PUBLIC = "https://sach.bacninh.example"
RADIO = {"ssid": "Nhà văn hóa Trại Mới"}


def config(public: str = "", certificate: str = "", mode: str = "access-point", **radio: str) -> HubConfig:
    portal: dict[str, Any] = {"mode": mode, "radio": {**RADIO, **radio}}
    if certificate:
        portal["certificate"] = {"name": certificate, "file": "/etc/hub/x.pem", "key": "/etc/hub/x.key"}
    tree = {"house": HOUSE, "web": {"name": "thuvien.lan"}, "library": {"public_base_url": public}}
    return validate({**tree, "captive_portal": portal}, "hub.toml")


def test_codes_lead_to_the_hubs_own_name() -> None:
    house = house_of(config(), reached="http://10.10.10.1")
    assert (house.origin, house.name, house.number, house.home) == (
        "http://thuvien.lan",
        "thuvien.lan",
        "10.10.10.1",
        "",
    )
    assert house.title == "Nhà văn hóa bản Trại Mới"


def test_the_public_address_replaces_it_only_with_a_certificate_for_that_very_name() -> None:
    held = house_of(config(PUBLIC, "sach.bacninh.example"))
    assert (held.origin, held.home, held.name, held.number) == (PUBLIC, "", "thuvien.lan", "10.10.10.1")
    for public, certificate, mode in (
        (PUBLIC, "", "access-point"),
        (PUBLIC, "khac.bacninh.example", "access-point"),
        (f"{PUBLIC}:8443", "sach.bacninh.example", "access-point"),
        (f"{PUBLIC}/trai-moi", "sach.bacninh.example", "access-point"),
        (PUBLIC, "sach.bacninh.example", "none"),
    ):
        house = house_of(config(public, certificate, mode))
        assert house.origin.startswith("http://thuvien.lan")
        assert house.home == public


def test_a_hub_without_a_wifi_prints_the_address_by_which_it_was_reached() -> None:
    loose = config(mode="none")
    assert house_of(loose).origin == "http://thuvien.lan:8080"
    house = house_of(loose, reached="http://192.168.1.5:8080")
    assert (house.origin, house.name, house.number) == ("http://192.168.1.5:8080", "192.168.1.5:8080", "")


def test_what_a_printer_should_know_first() -> None:
    assert warnings(config(), house_of(config())) == []
    locked = config(security="wpa2", passphrase="con-ga-trong")
    assert warnings(locked, house_of(locked)) == [PASSPHRASE_PRINTED]
    assert house_of(locked).network.passphrase == "con-ga-trong"
    outside = config(PUBLIC, mode="outside-ap")
    assert warnings(outside, house_of(outside)) == [SSID_UNSURE, HOME_BESIDE]
    loose = config(mode="none")
    assert warnings(loose, house_of(loose, "http://localhost:8080")) == [SSID_UNSURE, ONLY_HERE]


@pytest.mark.parametrize(
    "public",
    [
        "http://sach.bacninh.example", "sach.bacninh.example", "https://", "https://10.10.10.1", "https://thuvien",
        "https://SACH.example", "https://a@b.example", "https://b.example/?q", "https://b.example/#x", "ftp://b.example",
        "https://b.example/a b", "https://b.example//", "https://" + "a" * 60 + "." + "b" * 60 + ".example", " https://b.example",
    ],
)  # fmt: skip
def test_anything_but_https_is_refused_with_words(public: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(public)
    (problem,) = caught.value.problems
    assert problem.path == "library.public_base_url"
    assert "https://" in str(problem)
    assert "browsers warn" in str(problem)


def test_a_slash_at_the_end_does_not_count(tmp_path: Path) -> None:
    assert config(f"{PUBLIC}/").library.public_base_url == PUBLIC
    assert config(f"{PUBLIC}/trai-moi/").library.public_base_url == f"{PUBLIC}/trai-moi"
