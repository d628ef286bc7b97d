"""The desk for people of the house: who is heard, who is refused and why, and what a power cut leaves of it."""

from __future__ import annotations

import threading
import wave
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest
from desk_house import DeskHouse, spoken_wav

from player.alerts.loudness import Hours
from player.alerts.play_log import Result
from player.alerts.priorities import Priority, Scope, Voice
from player.announcing.config import SpeakingConfig
from player.announcing.errors import DeskError
from player.announcing.items import Stage
from player.announcing.microphones import require_microphone
from player.announcing.office import MOST_WAITING

HEAD, TECHNICIAN, EDITOR = "village-head", "technician", "content-editor"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[DeskHouse]:
    """A house of two named posts, at five past six in the evening."""
    made = DeskHouse(tmp_path)
    yield made
    made.book.close()


def test_the_head_is_heard_at_once_and_the_engine_has_it_for_good(house: DeskHouse) -> None:
    answer = house.ask(scope="village", priority=2, headline="Họp thôn", times=2)
    assert answer["state"] == "granted"
    (spoken,) = house.door.spoken
    assert (spoken.announcement.priority, spoken.announcement.scope) == (Priority.PREFERRED, Scope.VILLAGE)
    assert (spoken.headline, spoken.text, spoken.times, spoken.ground) == ("Họp thôn", "Mời bà con họp.", 2, "head")
    assert house.said == [("Mời bà con họp.", "vi")]
    with wave.open(spoken.sound) as sound:
        assert sound.getnframes() > 1.5 * sound.getframerate()  # ding-dong comes first
    assert [item.stage for item in house.book.items()] == [Stage.READY]
    house.rounds.go()
    assert [item.stage for item in house.book.items() if not item.spoken.silent] == [Stage.GIVEN]
    assert house.notes == []


@pytest.mark.parametrize(
    ("values", "hour", "words"),
    [
        ({"author": "villager"}, 12, ["Only the village head"]),
        ({"author": EDITOR, "scope": "village"}, 23, ["Only the village head", "from 05:00 to 21:00"]),
        ({"scope": "village"}, 23, ["from 05:00 to 21:00"]),
        ({"scope": "commune"}, 12, ["must be signed"]),
        ({"scope": "commune", "priority": 3}, 12, ["sent by the commune"]),
        ({"author": EDITOR, "priority": 3, "scope": "village"}, 12, ["not among those"]),
        ({"author": EDITOR, "priority": 3, "scope": "commune"}, 12, ["sent by the commune", "not among those"]),
        ({"at": "2026-11-26T04:00", "scope": "village"}, 12, ["from 05:00 to 21:00"]),
    ],
)
def test_what_is_beyond_ones_scope_is_refused_and_logged(
    house: DeskHouse, values: dict[str, Any], hour: int, words: list[str]
) -> None:
    house.clock.time = house.clock.time.replace(hour=hour)
    answer = house.ask(403, **values)
    told = [reason["problem"] for reason in answer["reasons"]]
    assert len(told) == len(words)
    assert all(word in reason for word, reason in zip(words, told, strict=True))
    assert answer["problem"] == told[0]
    assert answer["reasons"][0]["msgid"]
    (entry,) = house.results(Result.REFUSED)
    assert (entry.author, entry.source) == (values.get("author", HEAD), "text")
    assert (house.door.commands, house.book.items(), house.said) == ([], [], [])


def test_in_quiet_hours_the_hall_is_quiet_but_for_an_emergency(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path, quiet=lambda: Hours(time(18), time(19)))
    assert "quiet hours" in house.ask(403)["problem"]
    assert house.ask(priority=3)["state"] == "needs confirmation"


def test_without_a_trusted_clock_the_head_answers_for_the_hour(house: DeskHouse) -> None:
    house.clock.known = False
    house.clock.time = house.clock.time.replace(hour=23)
    assert house.ask(scope="village")["state"] == "granted"
    assert "can plan nothing" in house.ask(409, at="2026-11-26T08:00")["problem"]


def test_an_emergency_takes_two_of_the_named_posts(house: DeskHouse) -> None:
    asked = house.ask(priority=3, scope="village", text="Lũ về, lên chỗ cao!")
    assert (asked["state"], house.door.commands) == ("needs confirmation", [])
    (shown,) = house.listing()["to_confirm"]
    assert (shown["key"], shown["left_s"], shown["author"]) == (asked["key"], 900, HEAD)
    sound = Path(house.book.items()[0].spoken.sound)
    assert sound.stat().st_size > 2 * 8000 * 4  # the siren and the words lie ready

    def confirm(status: int, author: str) -> dict[str, Any]:
        return house.post(f"/announcements/{asked['key']}/confirm", status, author=author)

    assert "Another person" in confirm(403, HEAD)["problem"]
    assert "not among those who may confirm" in confirm(403, EDITOR)["problem"]
    assert [entry.approver for entry in house.results(Result.REFUSED)] == [HEAD, EDITOR]
    house.clock.pass_(minutes=14)
    assert confirm(202, TECHNICIAN)["state"] == "granted"
    (spoken,) = house.door.spoken
    assert (spoken.author, spoken.approver, spoken.ground, spoken.times) == (HEAD, TECHNICIAN, "two posts", 3)
    assert confirm(404, TECHNICIAN)["hint"]


def test_what_nobody_confirms_in_a_quarter_of_an_hour_is_asked_anew(house: DeskHouse) -> None:
    key = house.ask(priority=3)["key"]
    house.clock.pass_(minutes=15, seconds=1)
    assert "within 15 minutes" in house.post(f"/announcements/{key}/confirm", 403, author=TECHNICIAN)["problem"]
    assert (house.book.items(), len(house.results(Result.MISSED))) == ([], 1)
    house.ask(priority=3)
    house.clock.pass_(minutes=16)
    house.rounds.go()
    assert (house.listing()["to_confirm"], len(house.results(Result.MISSED))) == ([], 2)


@pytest.mark.parametrize(
    ("boot", "known", "asked_s", "away_s", "status"),
    [
        ("first", True, 600, 60, 202),
        ("first", False, 600, 60, 202),
        ("first", False, 600, 301, 403),
        ("second", True, 600, 60, 202),
        ("second", True, 600, 301, 403),
        ("second", False, 1, 60, 409),
    ],
)
def test_a_power_cut_gives_no_more_time(
    tmp_path: Path, boot: str, known: bool, asked_s: int, away_s: int, status: int
) -> None:
    before = DeskHouse(tmp_path)
    before.clock.known = known
    key = before.ask(priority=3)["key"]
    before.clock.pass_(seconds=asked_s)
    house = before.again(boot=boot, away_s=away_s)
    house.post(f"/announcements/{key}/confirm", status, author=TECHNICIAN)
    assert len(house.door.spoken) == (status == 202)


def test_what_the_engine_may_not_have_got_is_posted_again_after_a_power_cut(tmp_path: Path) -> None:
    before = DeskHouse(tmp_path)
    before.door.answers = False
    key = before.ask()["key"]
    before.rounds.go()
    house = before.again()
    assert house.door.spoken == []
    house.rounds.go()
    assert [spoken.announcement.key for spoken in house.door.spoken if not spoken.silent] == [key]
    assert Path(house.door.spoken[0].sound).exists()
    again = house.again()
    again.rounds.go()
    assert [spoken for spoken in again.door.spoken if not spoken.silent] == []


@pytest.mark.parametrize(("late_min", "heard"), [(0, True), (29, True), (31, False)])
def test_what_is_planned_is_heard_at_its_time_or_missed(tmp_path: Path, late_min: int, heard: bool) -> None:
    before = DeskHouse(tmp_path)
    answer = before.ask(at="2026-11-25T19:00")
    assert (answer["state"], answer["at"]) == ("granted", "2026-11-25T19:00")
    before.rounds.go()
    assert before.door.spoken == []
    (shown,) = before.listing()["waiting"]
    assert shown["at"] == "2026-11-25T19:00"
    house = before.again(away_s=55 * 60 + late_min * 60)
    house.clock.known = False
    house.rounds.go()
    assert house.door.spoken == []
    house.clock.known = True
    house.rounds.go()
    assert (len(house.door.spoken), len(house.results(Result.MISSED))) == ((1, 0) if heard else (0, 1))


@pytest.mark.parametrize(
    ("values", "until"),
    [
        ({"scope": "village"}, "2026-11-25T21:00"),
        ({"scope": "village", "at": "2026-11-26T18:00"}, "2026-11-26T21:00"),
        ({"scope": "hall"}, None),
        ({"scope": "village", "priority": 3}, None),
    ],
)
def test_what_waits_is_not_heard_after_the_hours_of_the_horn(
    house: DeskHouse, values: dict[str, Any], until: str | None
) -> None:
    """A sentence asked for at five to nine, and held up by an emergency or by a power cut, wakes no village."""
    key = house.ask(**values)["key"]
    item = house.book.item(key)
    assert item is not None
    assert item.spoken.until == (datetime.fromisoformat(until) if until else None)


def test_where_the_clock_is_not_trusted_the_horn_has_no_end(house: DeskHouse) -> None:
    house.clock.known = False
    house.ask(scope="village")
    assert [spoken.until for spoken in house.door.spoken] == [None]


@pytest.mark.parametrize("at", ["2026-11-25T18:00", "2026-12-03T18:05", "2026-11-31T18:00", "tomorrow", 7])
def test_a_time_that_cannot_be_is_refused(house: DeskHouse, at: object) -> None:
    assert house.ask(400, at=at)["problem"]


def test_a_recording_is_kept_as_long_as_it_is_needed(house: DeskHouse, tmp_path: Path) -> None:
    (tmp_path / "r1.wav").write_bytes(spoken_wav(1.0))
    key = house.ask(recording="r1", text=None, headline="Thông báo")["key"]
    assert house.shelf.kept == {"r1"}
    house.rounds.go()
    house.ended.add(key)
    house.clock.pass_(seconds=10)
    house.rounds.go()
    assert house.shelf.kept == set()
    assert house.ask(404, recording="r2", text=None)["hint"]
    assert house.shelf.kept == set()


def test_the_microphone_ends_by_hand_by_the_next_and_by_its_limit(house: DeskHouse) -> None:
    first = house.ask(microphone=True, text=None)["key"]
    (spoken,) = house.door.spoken
    assert (spoken.sound, spoken.announcement.voice, spoken.times) == ("pulse://", Voice.LIVE, 1)
    house.rounds.go()
    second = house.ask(microphone=True, text=None)["key"]
    assert house.door.withdrawn == [first]
    house.post(f"/announcements/{second}/withdraw", author=HEAD)
    assert house.door.withdrawn == [first, second]
    third = house.ask(microphone=True, text=None)["key"]
    house.rounds.go()
    house.clock.pass_(minutes=16)
    house.rounds.go()
    assert third in house.door.withdrawn


@pytest.mark.parametrize(
    ("address", "problem"), [(None, "no microphone on the hub"), ("alsa://plughw:CARD=Gone", "not plugged in")]
)
def test_a_missing_microphone_is_told(tmp_path: Path, address: str | None, problem: str) -> None:
    house = DeskHouse(tmp_path, SpeakingConfig(microphone=address))
    assert problem in house.ask(409, microphone=True, text=None)["problem"]
    assert house.book.items() == []


@pytest.mark.parametrize(
    ("priority", "author", "status"),
    [(1, HEAD, 202), (1, TECHNICIAN, 403), (1, "villager", 403), (3, TECHNICIAN, 202), (3, EDITOR, 403)],
)
def test_who_takes_back(house: DeskHouse, priority: int, author: str, status: int) -> None:
    key = house.ask(priority=priority)["key"]
    if priority == 3:
        house.post(f"/announcements/{key}/confirm", author=TECHNICIAN)
    house.rounds.go()
    house.post(f"/announcements/{key}/withdraw", status, author=author)
    assert house.door.withdrawn == ([key] if status == 202 else [])
    assert len(house.results(Result.REFUSED)) == (status == 403)


def test_the_all_clear_after_an_emergency_takes_two_and_ends_it(house: DeskHouse) -> None:
    emergency = house.ask(priority=3)["key"]
    house.post(f"/announcements/{emergency}/confirm", author=TECHNICIAN)
    house.rounds.go()
    asked = house.post("/all-clear", author=TECHNICIAN, text="Nước đã rút.")
    assert asked["state"] == "needs confirmation"
    assert house.post("/all-clear", 403, author=EDITOR, text="")["reasons"]
    house.post(f"/announcements/{asked['key']}/confirm", author=HEAD)
    spoken = house.door.spoken[-1]
    assert (spoken.all_clear, set(spoken.announcement.replaces)) == (True, {emergency})
    assert spoken.announcement.priority is Priority.EMERGENCY
    assert house.door.withdrawn == [emergency]
    assert "All clear" in spoken.text and "Nước đã rút." in spoken.text


def test_the_all_clear_without_an_emergency_is_the_heads(house: DeskHouse) -> None:
    assert house.post("/all-clear", author=HEAD, text="")["state"] == "granted"
    (spoken,) = house.door.spoken
    assert (spoken.all_clear, spoken.announcement.priority) == (True, Priority.PREFERRED)


def test_an_emergency_is_heard_even_without_a_voice(house: DeskHouse) -> None:
    house.mute = True
    assert house.ask(503)["hint"] == "Install one."
    assert house.ask(priority=3)["state"] == "needs confirmation"


def test_once_a_month_by_day_a_silent_test(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path)
    house.rounds.go()
    assert house.door.spoken == []
    house.clock.pass_(hours=16)
    house.clock.known = False
    house.rounds.go()
    assert house.door.spoken == []
    house.clock.known = True
    house.rounds.go()
    (spoken,) = house.door.spoken
    assert (spoken.silent, spoken.source, spoken.announcement.key) == (True, "test", "silent-test-2026-11")
    house.rounds.go()
    house = house.again()
    house.rounds.go()
    assert house.door.spoken == []
    house.clock.pass_(days=6)
    house.rounds.go()
    assert [each.announcement.key for each in house.door.spoken] == ["silent-test-2026-12"]
    assert house.listing()["waiting"] == []


def test_too_many_and_too_often_are_refused(house: DeskHouse) -> None:
    for _ in range(MOST_WAITING):
        house.ask(at="2026-11-25T20:00")
    assert house.ask(429)["hint"]
    house.clock.pass_(minutes=2)
    assert "wait already" in house.ask(409)["problem"]


def test_bodies_that_are_none(house: DeskHouse) -> None:
    assert house.client.post("/announcements", data=b"{").status_code == 400
    assert house.client.post("/announcements", data=b"[" * 60000).status_code == 400
    assert house.client.post("/announcements", data=b" " * 70000).status_code == 413
    assert house.client.post("/announcements/nothing/confirm", json={"author": HEAD}).status_code == 404
    assert house.client.post("/announcements/nothing/confirm", json={}).status_code == 400


def test_ordinary_announcements_never_take_the_room_of_an_emergency(house: DeskHouse) -> None:
    for _ in range(MOST_WAITING):
        house.ask(at="2026-11-25T20:00")
    assert house.ask(author=TECHNICIAN, priority=3)["state"] == "needs confirmation"


def test_of_two_who_confirm_at_once_one_is_the_first(house: DeskHouse) -> None:
    key = house.ask(priority=3)["key"]
    statuses: list[int] = []

    def confirm() -> None:
        answer = house.client.application.test_client().post(
            f"/announcements/{key}/confirm", json={"author": TECHNICIAN}
        )
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=confirm) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [202, 404, 404, 404, 404, 404]
    assert len(house.door.commands) == 1


def test_what_was_heard_is_forgotten_but_an_emergency_of_the_day(house: DeskHouse) -> None:
    ordinary, emergency = house.ask()["key"], house.ask(priority=3)["key"]
    house.post(f"/announcements/{emergency}/confirm", author=TECHNICIAN)
    house.rounds.go()
    house.ended |= {ordinary, emergency}
    house.clock.pass_(seconds=10)
    house.rounds.go()
    assert [item.key for item in house.book.items(Stage.GIVEN)] == [emergency]
    assert not list((house.folder / "sounds").iterdir())
    assert house.listing()["waiting"] == []
    assert house.post("/all-clear", author=HEAD, text="")["state"] == "needs confirmation"
    house.clock.pass_(hours=25)
    house.rounds.go()
    assert [item.key for item in house.book.items(Stage.GIVEN)] == []
    assert house.post("/all-clear", author=HEAD, text="")["state"] == "granted"


@pytest.mark.parametrize(
    ("address", "there"),
    [
        ("alsa://plughw:CARD=Device", True),
        ("alsa://hw:1,0", True),
        ("alsa://plughw:CARD=Device,DEV=0", True),
        ("alsa://plughw:CARD=Speaker", False),
        ("alsa://hw:0", False),
        ("alsa://default", True),
        ("pulse://", True),
    ],
)
def test_only_a_card_that_records_is_a_microphone(tmp_path: Path, address: str, there: bool) -> None:
    for card, pcm in (("card0", "pcm0p"), ("card1", "pcm0c")):
        (tmp_path / card / pcm).mkdir(parents=True)
    (tmp_path / "Speaker").symlink_to("card0")
    (tmp_path / "Device").symlink_to("card1")
    if there:
        assert require_microphone(address, tmp_path) == address
    else:
        with pytest.raises(DeskError, match="not plugged in"):
            require_microphone(address, tmp_path)


def test_a_mistake_in_one_errand_holds_up_no_other(house: DeskHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    def mistake() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(house.office.book, "forget", lambda now: mistake())
    house.clock.pass_(hours=16)
    house.rounds.go()
    assert [spoken.silent for spoken in house.door.spoken] == [True]


def test_a_silent_test_that_fails_is_written_down_once(house: DeskHouse) -> None:
    house.mute = True
    house.clock.pass_(hours=16)
    house.rounds.go()
    house.rounds.go()
    assert [(entry.item, entry.source) for entry in house.results(Result.FAILED)] == [("silent-test-2026-11", "test")]
    assert house.door.spoken == []
