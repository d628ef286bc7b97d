"""Announcements of the commune's operator: signed, in time, once, and within what its key may."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk_house import DeskHouse, Signer, province

from player.alerts.play_log import Result
from player.alerts.priorities import Priority, Scope
from player.announcing.web import SIGNATURE

ORDER = {
    "identifier": "TB-7",
    "sent": "2026-11-25T18:00:00+07:00",
    "scope": "commune",
    "priority": 2,
    "text": "Xã mời họp.",
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[DeskHouse]:
    """A house at five past six in the evening."""
    made = DeskHouse(tmp_path)
    yield made
    made.book.close()


@pytest.fixture
def tinh(tmp_path: Path) -> Signer:
    """The province, known to the house."""
    return province(tmp_path)


def order(house: DeskHouse, signer: Signer, status: int = 202, name: str = "", **changes: Any) -> dict[str, Any]:
    """Send one; check the status."""
    body = json.dumps({**ORDER, **changes}).encode()
    signature = signer.sign(body).replace("tinh ", f"{name} ") if name else signer.sign(body)
    answer = house.client.post("/announcements", data=body, headers={SIGNATURE: signature})
    assert answer.status_code == status, answer.get_data(as_text=True)
    return dict(answer.get_json())


def test_the_commune_is_heard_without_asking_anybody_and_once(house: DeskHouse, tinh: Signer) -> None:
    key = order(house, tinh, name="xa", order=3)["key"]
    (spoken,) = house.door.spoken
    assert (spoken.author, spoken.ground, spoken.by_hand, spoken.source) == ("xa", "signed", False, "province")
    assert (spoken.announcement.scope, spoken.announcement.order) == (Scope.COMMUNE, 3)
    assert str(spoken.until) == "2026-11-26 18:00:00"
    again = order(house, tinh, name="xa", order=3)
    assert (again["key"], len(house.door.commands)) == (key, 1)
    assert "been here before" in again["reasons"][0]["problem"]
    order(house, tinh, 409, name="xa", text="Khác")
    house.post(f"/announcements/{key}/withdraw", 403, author="village-head")


def test_an_emergency_needs_a_key_that_may_warn(house: DeskHouse, tinh: Signer) -> None:
    assert "may not issue emergencies" in order(house, tinh, 403, name="xa", priority=3)["problem"]
    order(house, tinh, priority=3)
    (spoken,) = house.door.spoken
    assert (spoken.announcement.priority, spoken.ground) == (Priority.EMERGENCY, "signed warning")
    assert len(house.results(Result.REFUSED)) == 1


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"scope": "hall"}, 403, ["may not speak this far"]),
        ({"sent": "2026-11-24T18:00:00+07:00"}, 403, ["has expired"]),
        ({"sent": "2026-11-26T18:00:00+07:00", "scope": "hall"}, 403, ["this far", "in the future"]),
        ({"expires": "2026-11-25T19:00:00+07:00", "at": "2026-11-25T20:00"}, 403, ["has expired"]),
        ({"identifier": "a b", "sent": "now"}, 400, ["identifier", "sent"]),
        ({"author": "village-head"}, 400, ["its author is its signer"]),
        ({"text": "", "recording": "r1"}, 400, ["is a text"]),
        ({"order": -1, "text": None}, 400, ["order must", "Choose one"]),
    ],
)
def test_refusals_name_every_reason(
    house: DeskHouse, tinh: Signer, changes: dict[str, Any], status: int, words: list[str]
) -> None:
    reasons = [reason["problem"] for reason in order(house, tinh, status, **changes)["reasons"]]
    assert len(reasons) == len(words)
    assert all(word in reason for word, reason in zip(words, reasons, strict=True))
    assert house.door.commands == []


def test_what_is_not_signed_or_cannot_be_dated_is_refused(house: DeskHouse, tinh: Signer) -> None:
    assert "does not hold" in order(house, tinh, 403, name="nobody")["problem"]
    house.clock.known = False
    assert "know what time it is" in order(house, tinh, 409)["problem"]
    body = b"[" * 5000
    answer = house.client.post("/announcements", data=body, headers={SIGNATURE: tinh.sign(body)})
    assert answer.status_code == 400


def test_a_planned_one_waits(house: DeskHouse, tinh: Signer) -> None:
    assert order(house, tinh, at="2026-11-25T19:00")["at"] == "2026-11-25T19:00"
    house.rounds.go()
    assert house.door.spoken == []
    house.clock.pass_(hours=1)
    house.rounds.go()
    assert len(house.door.spoken) == 1
