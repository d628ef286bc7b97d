"""The wall over a packet filter that only listens: what it is told, and what happens when it refuses."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from captive_portal import ruleset
from captive_portal.config import CaptivePortalConfig
from captive_portal.errors import WallError
from captive_portal.phones import Change, Phone, Standing, Traffic
from captive_portal.wall import Nftables

CONFIG = CaptivePortalConfig(mode="access-point")
ONE, TWO = Phone("02:00:00:00:00:01", "10.10.10.20"), Phone("02:00:00:00:00:02", "10.10.10.21")


class Listening:
    """A packet filter with sets that the test fills; it remembers what it was told, and can refuse."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.sets: dict[str, dict[str, Any]] = {}
        self.refuses = False

    def put(self, name: str, *items: object, comment: str = "") -> None:
        self.sets[name] = {"name": name, "elem": list(items), "comment": comment}

    def online(self, phone: Phone, up: int = 0, down: int = 0, seconds: int = 60) -> None:
        both = {"val": {"concat": [phone.address, phone.mac]}, "timeout": 100, "expires": seconds}
        for name, entry in (
            ("online", {"elem": both}),
            ("sent", {"elem": {**both, "counter": {"bytes": up}}}),
            ("received", {"elem": {"val": phone.address, "timeout": 9, "expires": 5, "counter": {"bytes": down}}}),
        ):
            self.sets.setdefault(name, {"name": name, "elem": []})["elem"].append(entry)

    def run(self, text: str) -> None:
        if self.refuses:
            raise WallError("The packet filter refused.", "Ask it why.")
        self.told.append(text)

    def ask(self, text: str) -> Mapping[str, Any]:
        if self.refuses:
            raise WallError("The packet filter refused.", "Ask it why.")
        if text == "list tables inet":
            tables = [{"table": {"family": "inet", "name": "other"}}]
            return {"nftables": tables + ([{"table": {"family": "inet", "name": "hub"}}] if self.sets else [])}
        return {"nftables": [{"set": self.sets.get(text.rsplit(maxsplit=1)[-1], {})}]}

    def get(self, text: str) -> str | None:
        _, _, _, _, name, _, value, *rest = text.split()
        for item in self.sets.get(name, {}).get("elem", []):
            concat = item["elem"]["val"]
            if value == (concat["concat"][0] if isinstance(concat, dict) else concat) and (
                not isinstance(concat, dict) or rest[1] == concat["concat"][1]
            ):
                return f"elements = {{ {value} counter packets 1 bytes {item['elem']['counter']['bytes']} }}"
        return None


class Programs:
    """Remembers what was run; can fail as a real program does."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.complaint = ""

    def __call__(self, args: Sequence[str]) -> str:
        self.ran.append(" ".join(args))
        if self.complaint:
            raise RuntimeError(self.complaint)
        return ""


@pytest.fixture
def filter_() -> Listening:
    return Listening()


@pytest.fixture
def programs() -> Programs:
    return Programs()


@pytest.fixture
def wall(filter_: Listening, programs: Programs) -> Nftables:
    return Nftables(CONFIG, programs, filter_)


def test_where_nothing_stands_a_wall_is_raised(wall: Nftables, filter_: Listening) -> None:
    wall.raise_up()
    assert len(filter_.told) == 1
    assert "add element" not in filter_.told[0]


def test_the_same_wall_is_left_alone(wall: Nftables, filter_: Listening) -> None:
    filter_.put("open", "wlan0", comment=ruleset.edition(CONFIG))
    wall.raise_up()
    assert filter_.told == []


def test_an_older_wall_hands_over_who_can_still_be(wall: Nftables, filter_: Listening) -> None:
    filter_.put("open", "wlan0", comment="edition of before")
    filter_.put("free", {"elem": {"val": "203.0.113.9", "timeout": 99, "expires": 7}}, "203.0.113.10")
    filter_.online(ONE, 5, 6, seconds=44)
    filter_.online(TWO, seconds=0)
    filter_.online(Phone("02:00:00:00:00:03", "192.168.9.9"))
    wall.raise_up()
    lines = [line for line in filter_.told[0].splitlines() if line.startswith("add element")]
    assert lines == [
        'add element inet hub open { "wlan0" }',
        "add element inet hub free { 203.0.113.9 timeout 7s }",
        "add element inet hub online { 10.10.10.20 . 02:00:00:00:00:01 timeout 44s }",
        "add element inet hub sent { 10.10.10.20 . 02:00:00:00:00:01 counter packets 0 bytes 5 timeout 44s }",
        "add element inet hub received { 10.10.10.20 counter packets 0 bytes 6 timeout 44s }",
    ]


def test_flows_to_name_servers_are_led_anew_after_a_tap(wall: Nftables, filter_: Listening, programs: Programs) -> None:
    wall.apply([Change(ONE, Standing.ONLINE, 60)])
    assert programs.ran == [
        f"conntrack -D -f ipv4 -s 10.10.10.20 -p {protocol} --dport 53" for protocol in ("udp", "tcp")
    ]
    programs.ran.clear()
    filter_.online(ONE)
    wall.apply([Change(ONE, Standing.ONLINE, 60)])
    assert programs.ran == [], "nothing changes for a phone whose session is made longer"


def test_all_flows_end_of_a_phone_that_loses_the_internet(
    wall: Nftables, filter_: Listening, programs: Programs
) -> None:
    filter_.online(ONE)
    wall.apply([Change(ONE, Standing.WELCOMED, 60), Change(TWO, Standing.WELCOMED, 60)])
    assert programs.ran == ["conntrack -D -f ipv4 -s 10.10.10.20"]


def test_many_phones_are_done_with_in_one_step(wall: Nftables, filter_: Listening, programs: Programs) -> None:
    crowd = [Phone(f"02:00:00:00:01:{n:02x}", f"10.10.10.{n}") for n in range(30, 130)]
    wall.apply([Change(phone, Standing.ONLINE, 60) for phone in crowd])
    assert len(filter_.told) == 1
    assert programs.ran == [
        f"conntrack -D -f ipv4 -s 10.10.10.0/23 -p {protocol} --dport 53" for protocol in ("udp", "tcp")
    ]


def test_a_session_made_longer_keeps_its_counters(wall: Nftables, filter_: Listening) -> None:
    filter_.online(ONE, 12, 345)
    wall.apply([Change(ONE, Standing.ONLINE, 60)])
    assert "bytes 12 timeout 60s" in filter_.told[0]
    assert "bytes 345 timeout 60s" in filter_.told[0]


def test_who_had_the_address_before_is_forgotten(wall: Nftables, filter_: Listening) -> None:
    filter_.online(ONE, 12, 345)
    wall.apply([Change(Phone(TWO.mac, ONE.address), Standing.ONLINE, 60)])
    assert "delete element inet hub online { 10.10.10.20 . 02:00:00:00:00:01," in filter_.told[0]


def test_standing_traffic_and_seen(wall: Nftables, filter_: Listening) -> None:
    filter_.online(ONE, 12, 345)
    filter_.put("welcomed", {"elem": {"val": {"concat": [TWO.address, TWO.mac]}, "timeout": 9, "expires": 4}})
    filter_.put("seen", {"elem": {"val": {"concat": [TWO.address, TWO.mac]}, "timeout": 9, "expires": 4}})
    assert wall.standing() == {ONE: Standing.ONLINE, TWO: Standing.WELCOMED}
    assert wall.traffic() == {ONE: Traffic(12, 345)}
    assert wall.seen() == {TWO}


def test_the_backhaul_is_switched_once(wall: Nftables, filter_: Listening, programs: Programs) -> None:
    wall.set_backhaul(False)
    assert (filter_.told, programs.ran) == ([], [])
    wall.set_backhaul(True)
    filter_.put("open", "wlan0")
    wall.set_backhaul(True)
    assert len(filter_.told) == 1
    assert len(programs.ran) == 2


@pytest.mark.parametrize(
    ("complaint", "warnings"),
    [("conntrack failed (status 1): conntrack v1.4.7: 0 flow entries have been deleted.", 0), ("not there", 1)],
)
def test_flows_that_are_not_there_are_no_failure_and_others_are_said(
    wall: Nftables, programs: Programs, caplog: pytest.LogCaptureFixture, complaint: str, warnings: int
) -> None:
    programs.complaint = complaint
    with caplog.at_level(logging.WARNING):
        wall.apply([Change(ONE, Standing.ONLINE, 60)])
    assert (len(caplog.records) > 0) == (warnings > 0)
    assert ONE.address not in caplog.text


def test_a_refusal_is_an_error_and_no_flow_is_touched(wall: Nftables, filter_: Listening, programs: Programs) -> None:
    filter_.refuses = True
    for act in (
        wall.raise_up,
        wall.take_down,
        wall.standing,
        wall.traffic,
        wall.seen,
        lambda: wall.set_backhaul(True),
        lambda: wall.apply([Change(ONE, Standing.ONLINE, 60)]),
    ):
        with pytest.raises(WallError):
            act()
    assert programs.ran == []


def test_nothing_to_do_is_nothing_done(wall: Nftables, filter_: Listening) -> None:
    wall.apply([])
    assert filter_.told == []
