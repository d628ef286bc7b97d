"""The answer of RFC 8908 says the same as the replies to probes."""

from __future__ import annotations

import pytest

from captive_portal.asking import PhoneReport, Seats
from captive_portal.captive_api import answer

PORTAL, VENUE = "https://hub.example.vn/chao", "https://hub.example.vn/"


def phone(**facts: object) -> PhoneReport:
    usual: dict[str, object] = {
        "known": True,
        "standing": "captive",
        "internet": True,
        "session_seconds": None,
        "day_seconds": 3600,
        "day_bytes": None,
        "may_go_online": True,
        "seats": Seats(1, 8),
    }
    return PhoneReport(**(usual | facts))  # type: ignore[arg-type] # facts of many types, by their names


@pytest.mark.parametrize(
    ("standing", "internet", "captive"),
    [
        ("captive", True, True),
        ("captive", False, True),
        ("expired", True, True),
        ("expired", False, True),
        ("welcomed", True, False),
        ("welcomed", False, False),
        ("online", True, False),
        ("online", False, False),
    ],
)
def test_who_was_let_in_is_not_captive(standing: str, internet: bool, captive: bool) -> None:
    told = answer(phone(standing=standing, internet=internet), PORTAL, VENUE)
    assert told == {"captive": captive, "user-portal-url": PORTAL, "venue-info-url": VENUE}


def test_who_is_none_of_ours_is_not_captive() -> None:
    assert answer(phone(known=False), PORTAL, VENUE)["captive"] is False


def test_on_the_internet_it_says_what_is_left() -> None:
    told = answer(phone(standing="online", session_seconds=900, day_bytes=5_000_000), PORTAL, VENUE)
    assert told["seconds-remaining"] == 900
    assert told["can-extend-session"] is True
    assert told["bytes-remaining"] == 5_000_000


@pytest.mark.parametrize(("day", "may"), [(900, False), (901, True), (None, True)])
def test_a_session_can_be_made_longer_while_the_day_has_more(day: int | None, may: bool) -> None:
    told = answer(phone(standing="online", session_seconds=900, day_seconds=day), PORTAL, VENUE)
    assert told["can-extend-session"] is may


def test_without_a_way_out_nothing_runs_out() -> None:
    told = answer(phone(standing="online", internet=False, session_seconds=900, day_bytes=5), PORTAL, VENUE)
    assert set(told) == {"captive", "user-portal-url", "venue-info-url"}
