"""The gate's site says who may pass, and hears taps."""

import ipaddress
from typing import Any

import pytest
from flask.testing import FlaskClient

from captive_portal.allowances import AllowancesInMemory
from captive_portal.config import CaptivePortalConfig, RetentionConfig
from captive_portal.gate import Limits
from captive_portal.gatekeeper import Gatekeeper
from captive_portal.guests import Guests
from captive_portal.phones import Phone
from captive_portal.pretend import HandClock, PretendWall, invented_mac
from captive_portal.service import Radio, create_app

HERE = "10.10.10.20"
PHONE = Phone("02:00:00:00:00:0a", HERE)
KEY = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"


class Site:
    """The gate's site in front of a pretended wall."""

    def __init__(self, limits: Limits, radio: Radio, retention: RetentionConfig) -> None:
        self.clock = HandClock()
        self.wall = PretendWall(self.clock)
        network = ipaddress.IPv4Network("10.10.10.0/23")
        self.keeper = Gatekeeper(
            limits,
            self.wall,
            AllowancesInMemory(),
            self.clock,
            {HERE: PHONE.mac}.get,
            Guests(network, "10.10.10.1"),
        )
        self.keeper.tick()
        config = CaptivePortalConfig(mode="access-point")
        self.client: FlaskClient = create_app(config, self.keeper, lambda: radio, retention).test_client()

    def ask(self, method: str, target: str) -> tuple[int, Any]:
        response = self.client.open(target, method=method)
        return response.status_code, response.get_json()

    def live(self, seconds: int, down: int = 0) -> None:
        for _ in range(seconds):
            self.clock.pass_time(1)
            self.wall.speak(PHONE, down=down)
            self.keeper.tick()


def site_with(
    limits: Limits | None = None, radio: Radio | None = None, retention: RetentionConfig | None = None
) -> Site:
    return Site(limits or Limits(3600.0, 5400.0, 500_000_000), radio or Radio(), retention or RetentionConfig())


def test_without_wifi_everyone_may_pass() -> None:
    client = create_app(CaptivePortalConfig()).test_client()
    assert client.get("/healthz").json == {"ok": True}
    status = client.get("/status").get_json()
    assert (status["mode"], status["open"], status["backhaul"]) == ("none", True, "none")
    assert status["note"]
    assert client.get(f"/phones/{HERE}").status_code == 404


def test_the_gate_says_how_it_is() -> None:
    retention = RetentionConfig(lease_log="sealed", public_key=KEY, keep_days=30)
    site = site_with(radio=Radio("ENABLED", seats=(7, 8)), retention=retention)
    site.keeper.set_backhaul("login")
    site.live(1)
    site.ask("POST", f"/phones/{HERE}/library")
    assert site.ask("GET", "/status") == (
        200,
        {
            "mode": "access-point",
            "open": False,
            "backhaul": "login",
            "phones": 1,
            "seats": {"used": 7, "most": 8},
            "welcomed": 1,
            "online": 0,
            "radio": {"state": "ENABLED", "trouble": "", "problem": ""},
            "lease_log": "sealed",
            "keep_days": 30,
        },
    )


def test_a_phone_is_told_what_it_may_have() -> None:
    site = site_with()
    site.keeper.set_backhaul("up")
    captive = {
        "known": True,
        "standing": "captive",
        "internet": True,
        "session_seconds": None,
        "offer_seconds": 3600,
        "day_seconds": 5400,
        "day_bytes": 500_000_000,
        "may_go_online": True,
        "seats": {"used": 1, "most": None},
    }
    assert site.ask("GET", f"/phones/{HERE}") == (200, captive)
    online = {**captive, "standing": "online", "session_seconds": 3600}
    assert site.ask("POST", f"/phones/{HERE}/internet") == (200, online)
    site.live(2000, down=1000)
    answer = site.ask("GET", f"/phones/{HERE}")[1]
    assert (answer["session_seconds"], answer["offer_seconds"], answer["day_seconds"]) == (1600, 3400, 3400)
    assert answer["day_bytes"] == 498_000_000
    assert site.ask("POST", f"/phones/{HERE}/leave")[1]["standing"] == "welcomed"


def test_without_limits_there_are_none() -> None:
    site = site_with(Limits(3600.0, None, None))
    answer = site.ask("GET", f"/phones/{HERE}")[1]
    assert (answer["day_seconds"], answer["day_bytes"]) == (None, None)


def test_the_reason_of_a_refusal_is_said() -> None:
    site = site_with(Limits(60.0, 60.0, None))
    assert site.ask("POST", f"/phones/{HERE}/internet") == (409, {"problem": "no-backhaul"})
    site.keeper.set_backhaul("up")
    site.ask("POST", f"/phones/{HERE}/internet")
    site.keeper.set_backhaul("down")
    assert site.ask("GET", f"/phones/{HERE}")[1]["standing"] == "online"
    site.keeper.set_backhaul("up")
    site.live(60)
    assert site.ask("POST", f"/phones/{HERE}/internet") == (409, {"problem": "day-over"})
    answer = site.ask("GET", f"/phones/{HERE}")[1]
    assert (answer["standing"], answer["may_go_online"], answer["day_seconds"]) == ("expired", False, 0)
    site.wall.broken = True
    assert site.ask("POST", f"/phones/{HERE}/library") == (503, {"problem": "wall"})


def test_nobodys_address_is_unknown() -> None:
    site = site_with()
    assert site.ask("POST", "/phones/10.10.10.77/internet") == (404, {"problem": "unknown"})
    status, answer = site.ask("GET", "/phones/10.10.10.77")
    assert (status, answer["known"], answer["standing"], answer["may_go_online"]) == (200, False, "captive", False)


@pytest.mark.parametrize("address", ["010.10.10.20", "10.10.10", "::1", "10.10.10.20%0a", "x" * 5000, "10.10.10.20 "])
def test_what_is_no_address_is_refused(address: str) -> None:
    site = site_with()
    assert site.ask("GET", f"/phones/{address}")[0] == 400
    assert site.ask("POST", f"/phones/{address}/internet")[0] == 400


def test_only_the_three_wishes_are_heard() -> None:
    site = site_with()
    assert site.ask("POST", f"/phones/{HERE}/admin") == (404, {"problem": "wish"})
    assert site.client.get(f"/phones/{HERE}/internet").status_code == 405


def test_a_demonstration_lets_any_visitor_in() -> None:
    clock = HandClock()
    keeper = Gatekeeper(Limits(60.0, None, None), PretendWall(clock), AllowancesInMemory(), clock, invented_mac)
    keeper.tick()
    keeper.set_backhaul("up")
    client = create_app(CaptivePortalConfig(mode="pretend"), keeper).test_client()
    for address in ("127.0.0.1", "192.168.1.7"):
        assert client.post(f"/phones/{address}/internet").get_json()["standing"] == "online"
