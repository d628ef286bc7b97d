"""The packet filter's texts: the whole table as a file, what brings phones in and out, and what its answers mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from captive_portal import nftables, ruleset
from captive_portal.config import CaptivePortalConfig
from captive_portal.errors import WallError
from captive_portal.nftables import Carried, Element
from captive_portal.phones import Change, Phone, Standing, Traffic

CONFIG = CaptivePortalConfig(mode="access-point")
ONE, TWO = Phone("02:00:00:00:00:01", "10.10.10.20"), Phone("02:00:00:00:00:02", "10.10.10.21")
EXPECTED = Path(__file__).parent / "expected" / "hub.nft"


def test_the_whole_table_with_everybody_who_stood_before() -> None:
    carried = Carried(True, {ONE: 50}, {TWO: 9}, {ONE: Traffic(5, 6)}, {"203.0.113.9": 77})
    assert nftables.render(CONFIG, carried) == EXPECTED.read_text(encoding="utf-8")


def test_a_new_table_takes_the_place_of_the_old_one_and_holds_nobody() -> None:
    text = nftables.render(CONFIG)
    assert text.startswith("add table inet hub\ndelete table inet hub\ntable inet hub {\n")
    assert text.endswith("\n}\n")
    assert "add element" not in text


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"interface": "br0"}, 'iifname "br0" jump from_phone'),
        ({"address": "192.168.40.1/28"}, "ip saddr { 192.168.40.0, 192.168.40.1, 192.168.40.15 } drop"),
        (
            {"certificate": {"name": "thuvien.example", "file": "/c.pem", "key": "/k.pem"}},
            "tcp dport { 80, 443 } accept",
        ),
        ({"internet": {"down_kbit": 4000}}, "meta priority set 1:1 ip saddr @free accept"),
    ],
)
def test_settings_that_the_rules_know(changes: dict[str, Any], line: str) -> None:
    config = CaptivePortalConfig.model_validate({**CONFIG.model_dump(), **changes})
    assert f"\t\t{line}\n" in ruleset.render(config)
    assert f"\t\t{line}\n" not in ruleset.render(CONFIG)
    assert ruleset.edition(config) != ruleset.edition(CONFIG)


def test_settings_that_the_rules_do_not_know_leave_the_wall_standing() -> None:
    other = CaptivePortalConfig.model_validate({**CONFIG.model_dump(), "internet": {"daily_minutes": 7}})
    assert ruleset.edition(other) == ruleset.edition(CONFIG)
    assert f'comment "{ruleset.edition(CONFIG)}"' in ruleset.render(CONFIG)


def test_the_backhaul_is_one_element() -> None:
    assert nftables.switch(CONFIG, True) == 'flush set inet hub open\nadd element inet hub open { "wlan0" }\n'
    assert nftables.switch(CONFIG, False) == "flush set inet hub open\n"


def test_a_phone_is_let_out_for_a_time() -> None:
    both, address = "10.10.10.20 . 02:00:00:00:00:01", "10.10.10.20"
    assert nftables.change(CONFIG, [Change(ONE, Standing.ONLINE, 60)]).splitlines() == [
        f"{verb} element inet hub {name} {{ {value} }}"
        for name, value in (("online", both), ("welcomed", both), ("sent", both), ("received", address))
        for verb in ("add", "delete")
    ] + [
        f"add element inet hub online {{ {both} timeout 60s }}",
        f"add element inet hub sent {{ {both} counter packets 0 bytes 0 timeout 60s }}",
        f"add element inet hub received {{ {address} counter packets 0 bytes 0 timeout 60s }}",
    ]


def test_counters_go_on_where_they_were() -> None:
    text = nftables.change(CONFIG, [Change(ONE, Standing.ONLINE, 60)], [ONE], {ONE: Traffic(12, 345)})
    assert "sent { 10.10.10.20 . 02:00:00:00:00:01 counter packets 0 bytes 12 timeout 60s }" in text
    assert "received { 10.10.10.20 counter packets 0 bytes 345 timeout 60s }" in text


def test_a_phone_is_welcomed_or_forgotten() -> None:
    welcomed = nftables.change(CONFIG, [Change(ONE, Standing.WELCOMED, 30)]).splitlines()
    assert welcomed[-1] == "add element inet hub welcomed { 10.10.10.20 . 02:00:00:00:00:01 timeout 30s }"
    assert nftables.change(CONFIG, [Change(ONE, Standing.CAPTIVE)]).splitlines() == welcomed[:-1]
    assert nftables.change(CONFIG, []) == ""


def test_of_several_wishes_about_a_phone_the_last_counts() -> None:
    wishes = [Change(ONE, Standing.ONLINE, 60), Change(ONE, Standing.CAPTIVE)]
    assert nftables.change(CONFIG, wishes) == nftables.change(CONFIG, wishes[1:])


def test_an_address_belongs_to_one_phone() -> None:
    heir = Phone(TWO.mac, ONE.address)
    text = nftables.change(CONFIG, [Change(heir, Standing.ONLINE, 60)], online=[ONE])
    assert "delete element inet hub sent { 10.10.10.20 . 02:00:00:00:00:01, 10.10.10.20 . 02:00:00:00:00:02 }" in text
    text = nftables.change(CONFIG, [Change(ONE, Standing.CAPTIVE)], online=[heir])
    assert "received" not in text, "what the heir receives goes on"


@pytest.mark.parametrize(
    "phone",
    [
        Phone("02:00:00:00:00:01", "10.10.10.1"),
        Phone("02:00:00:00:00:01", "10.10.10.0"),
        Phone("02:00:00:00:00:01", "10.10.11.255"),
        Phone("02:00:00:00:00:01", "10.10.12.1"),
        Phone("02:00:00:00:00:01", "fd00::1"),
        Phone("02:00:00:00:00:01", ""),
        Phone("02:00:00:00:00:01", "10.10.10.20 }; flush ruleset"),
        Phone("02:00:00:00:00:01", "010.10.10.20"),
        Phone("02:00:00:00:00:0", "10.10.10.20"),
        Phone("02:00:00:00:00:01\n", "10.10.10.20"),
        Phone("02:00:00:00:00:0A", "10.10.10.20"),
        Phone("01:00:5e:00:00:01", "10.10.10.20"),
        Phone("ff:ff:ff:ff:ff:ff", "10.10.10.20"),
        Phone("00:00:00:00:00:00", "10.10.10.20"),
    ],
)
def test_what_no_phone_can_be_called_is_refused_and_not_repeated(phone: Phone) -> None:
    with pytest.raises(WallError) as refused:
        nftables.change(CONFIG, [Change(ONE, Standing.CAPTIVE), Change(phone, Standing.ONLINE, 60)])
    assert refused.value.hint
    assert "10.10.10.20" not in refused.value.message


@pytest.mark.parametrize("seconds", [0, -1, 8 * 86400])
def test_times_that_cannot_be_are_refused(seconds: int) -> None:
    with pytest.raises(WallError):
        nftables.change(CONFIG, [Change(ONE, Standing.ONLINE, seconds)])


def answer(*items: object, comment: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"family": "inet", "name": "x", **({"comment": comment} if comment else {})}
    return {"nftables": [{"metainfo": {}}, {"set": {**found, **({"elem": list(items)} if items else {})}}]}


def test_elements_of_answers() -> None:
    both = {"val": {"concat": ["10.10.10.20", "02:00:00:00:00:01"]}, "timeout": 10, "expires": 4}
    assert nftables.elements(answer({"elem": {**both, "counter": {"packets": 5, "bytes": 6}}})) == {
        "10.10.10.20 02:00:00:00:00:01": Element(4, 6)
    }
    assert nftables.elements(answer({"elem": {"val": "10.10.10.20", "counter": {"packets": 1, "bytes": 2}}})) == {
        "10.10.10.20": Element(None, 2)
    }
    assert nftables.elements(answer("wlan0")) == {"wlan0": Element()}
    assert nftables.elements(answer()) == nftables.elements({}) == {}
    assert nftables.phones(["10.10.10.20 02:00:00:00:00:01"]) == {ONE}


def test_the_comment_of_an_answer() -> None:
    assert nftables.comment(answer(comment="edition 1")) == "edition 1"
    assert nftables.comment(answer()) == nftables.comment({}) == ""


def test_the_counter_of_one_element_in_text_and_in_json() -> None:
    assert nftables.count("elements = { 10.10.10.20 counter packets 3 bytes 456 timeout 1m expires 59s }") == 456
    assert nftables.count('{"counter": {"packets": 3, "bytes": 456}}') == 456
    assert nftables.count("elements = { 10.10.10.20 }") == 0
