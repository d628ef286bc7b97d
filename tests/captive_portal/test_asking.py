"""What the gate says becomes typed values, or is not believed; and readers do not wait for a gate that is silent."""

from __future__ import annotations

from typing import Any

import pytest

from captive_portal.asking import (
    REST_S,
    GateDesk,
    GateSilentError,
    PhoneReport,
    Seats,
    TapRefusedError,
    gate_report,
    phone_report,
    plain_address,
)

PHONE: dict[str, Any] = {
    "known": True,
    "standing": "online",
    "internet": True,
    "session_seconds": 1800,
    "day_seconds": None,
    "day_bytes": 480_000_000,
    "may_go_online": True,
    "seats": {"used": 7, "most": 8},
}
GATE: dict[str, Any] = {
    "mode": "access-point",
    "open": False,
    "backhaul": "up",
    "phones": 7,
    "seats": {"used": 7, "most": None},
    "welcomed": 3,
    "online": 2,
    "radio": {"state": "ENABLED", "trouble": "", "problem": ""},
    "lease_log": "none",
    "keep_days": 90,
}


def test_a_phone_is_read() -> None:
    assert phone_report(PHONE) == PhoneReport(True, "online", True, 1800, None, 480_000_000, True, Seats(7, 8))
    assert phone_report(PHONE).seats.left == 1
    assert phone_report(PHONE | {"session_seconds": -3}).session_seconds == 0


def test_the_gate_is_read() -> None:
    report = gate_report(GATE)
    assert (report.backhaul, report.online, report.welcomed, report.radio_state) == ("up", 2, 3, "ENABLED")
    assert report.seats.left is None
    assert gate_report(GATE | {"radio": None}).radio_problem == ""


@pytest.mark.parametrize(
    "odd",
    [
        *({name: wrong} for name in ("known", "internet", "may_go_online") for wrong in ("yes", 1, None)),
        *({name: wrong} for name in ("session_seconds", "day_seconds", "day_bytes") for wrong in ("5", 1.5, True, [])),
        *({"standing": wrong} for wrong in ("new", "", "ONLINE")),
        *({"seats": wrong} for wrong in (None, {}, {"used": None, "most": 8}, {"used": 1}, 7)),
    ],
    ids=str,
)
def test_what_nobody_understands_is_not_believed(odd: dict[str, Any]) -> None:
    with pytest.raises(GateSilentError):
        phone_report(PHONE | odd)


@pytest.mark.parametrize("missing", sorted(PHONE))
def test_nothing_may_be_missing(missing: str) -> None:
    with pytest.raises(GateSilentError):
        phone_report({name: value for name, value in PHONE.items() if name != missing})


@pytest.mark.parametrize("odd", [{}, GATE | {"radio": "ENABLED"}, GATE | {"online": None}, GATE | {"seats": 3}])
def test_a_gate_that_says_odd_things_is_not_believed(odd: dict[str, Any]) -> None:
    with pytest.raises(GateSilentError):
        gate_report(odd)


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("10.10.10.7", "10.10.10.7"),
        (" 10.10.10.7 ", "10.10.10.7"),
        ("::ffff:10.10.10.7", "10.10.10.7"),
        ("fe80::1", ""),
        ("::1", ""),
        ("10.10.10.7, 10.10.10.8", ""),
        ("10.10.10.7/../../status", ""),
        ("010.10.10.7", ""),
        ("", ""),
    ],
)
def test_only_addresses_of_phones_are_asked_about(said: str, plain: str) -> None:
    assert plain_address(said) == plain
    asked: list[str] = []

    def ask(_method: str, target: str) -> tuple[int, dict[str, Any]]:
        asked.append(target)
        return 200, PHONE

    if plain:
        assert GateDesk(ask).phone(said).known
        assert asked == ["/phones/10.10.10.7"]
    else:
        with pytest.raises(GateSilentError):
            GateDesk(ask).phone(said)
        with pytest.raises(GateSilentError):
            GateDesk(ask).tap(said, "internet")
        assert asked == []


def test_readers_do_not_wait_for_a_silent_gate_but_taps_try_again() -> None:
    now, asked = [100.0], []

    def ask(method: str, target: str) -> tuple[int, dict[str, Any]]:
        asked.append((method, target))
        raise GateSilentError("Nobody answers.")

    desk = GateDesk(ask, lambda: now[0])
    for _ in range(5):
        with pytest.raises(GateSilentError):
            desk.phone("10.10.10.7")
        with pytest.raises(GateSilentError):
            desk.gate()
    assert asked == [("GET", "/phones/10.10.10.7")]
    with pytest.raises(GateSilentError):
        desk.tap("10.10.10.7", "internet")
    assert asked[-1] == ("POST", "/phones/10.10.10.7/internet")
    now[0] += REST_S
    with pytest.raises(GateSilentError):
        desk.gate()
    assert asked[-1] == ("GET", "/status")


@pytest.mark.parametrize(
    ("status", "answer", "problem"),
    [(409, {"problem": "day-over"}, "day-over"), (404, {"problem": "unknown"}, "unknown")],
)
def test_a_refusal_says_why(status: int, answer: dict[str, Any], problem: str) -> None:
    with pytest.raises(TapRefusedError) as caught:
        GateDesk(lambda _method, _target: (status, answer)).tap("10.10.10.7", "internet")
    assert caught.value.problem == problem


@pytest.mark.parametrize("status", [404, 409, 500, 503])
def test_other_answers_to_a_tap_are_silence(status: int) -> None:
    with pytest.raises(GateSilentError):
        GateDesk(lambda _method, _target: (status, {})).tap("10.10.10.7", "internet")
    with pytest.raises(GateSilentError):
        GateDesk(lambda _method, _target: (status, {})).phone("10.10.10.7")
