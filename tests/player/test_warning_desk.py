"""The desk for warnings: what is heard, what waits for whom, what is refused, and what a power cut leaves of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cap_samples import FLOOD, FULL
from desk_house import NOON, TWO, DeskHouse, HouseClock, Signer, province
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from player.alerts.cap import Alert
from player.alerts.cap_reading import read_alert
from player.alerts.cap_refusal import MOST_BYTES
from player.alerts.play_log import Result
from player.alerts.priorities import Priority
from player.announcing.book import MOST_SEEN
from player.announcing.config import SpeakingConfig
from player.announcing.items import Stage
from player.announcing.warning_desk import MOST_A_MINUTE, MOST_UNSIGNED, key_of

HEAD, TECHNICIAN, EDITOR = "village-head", "technician", "content-editor"
KEY = key_of(read_alert(FLOOD).identity)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[DeskHouse]:
    """A house of two named posts, at five past six in the evening."""
    made = DeskHouse(tmp_path)
    yield made
    made.book.close()


@pytest.fixture
def tinh(tmp_path: Path) -> Signer:
    """The province, known to the house."""
    return province(tmp_path)


def cap(**changes: str) -> bytes:
    """The flood, with other words between its tags, and other elements put in after ``<scope>`` (``more``)."""
    text = FLOOD.decode()
    for tag, value in changes.items():
        if tag == "more":
            text = text.replace("</scope>", f"</scope>{value}")
        elif tag == "within":
            text = text.replace("</certainty>", f"</certainty>{value}")
        else:
            start, end = text.index(f"<{tag}>"), text.index(f"</{tag}>")
            text = f"{text[:start]}<{tag}>{value}{text[end:]}"
    return text.encode()


def about_the_flood(kind: str, **changes: str) -> bytes:
    """A later message about it."""
    reference = "<references>pctt@tinh.example,LU-2026-11,2026-11-25T18:00:00+07:00</references>"
    later = {"identifier": "LU-2026-13", "sent": "2026-11-25T18:04:00+07:00", "msgType": kind, **changes}
    return cap(more=reference, **later)


def test_a_signed_warning_is_heard_and_outlives_a_power_cut_before_the_engine_has_it(
    house: DeskHouse, tinh: Signer
) -> None:
    house.door.answers = False
    answer = house.alert(FLOOD, 202, tinh.sign(FLOOD))
    assert (answer["outcome"], answer["key"], answer["priority"]) == ("speak", KEY, 3)
    (spoken,) = house.door.spoken
    assert (spoken.author, spoken.ground, spoken.headline) == ("tinh", "signed warning", "Lũ quét")
    assert (spoken.times, spoken.announcement.priority) == (3, Priority.EMERGENCY)
    assert str(spoken.until) == "2026-11-26 18:00:00"
    house.rounds.go()
    after = house.again()
    after.rounds.go()
    assert KEY in [each.announcement.key for each in after.door.spoken]
    assert Path(after.door.spoken[0].sound).exists()
    assert after.alert(FLOOD, 200, tinh.sign(FLOOD))["outcome"] == "silent"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (b"", ["no XML"]),
        (FLOOD[:300], ["no XML"]),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + FLOOD, ["document type"]),
        (cap(sent="today", status="Great"), ["2026", "one of"]),
    ],
)
def test_what_is_no_warning_is_refused_with_every_reason(house: DeskHouse, message: bytes, words: list[str]) -> None:
    reasons = [reason["problem"] for reason in house.alert(message, 400)["reasons"]]
    assert len(reasons) == len(words)
    assert all(any(word in reason for reason in reasons) for word in words)
    assert (house.book.items(), house.book.seen(), len(house.results(Result.REFUSED))) == ([], [], 1)


def test_too_large(house: DeskHouse) -> None:
    house.alert(FLOOD + b" " * MOST_BYTES, 413)
    answer = house.client.post("/alerts", input_stream=iter_stream(MOST_BYTES + 5))
    assert answer.status_code == 413


def iter_stream(size: int) -> object:
    """A body whose length nobody tells."""
    return io.BytesIO(b" " * size)


@pytest.mark.parametrize(
    ("message", "signer", "word"),
    [
        (FLOOD, "xa", "xa may not issue warnings"),
        (cap(sender="other@tinh.example"), "tinh", "may not sign for"),
        (cap(status="Draft"), "tinh", "only a draft"),
        (cap(scope="Private"), "tinh", "not meant for everybody"),
        (cap(sent="2027-11-25T18:00:00+07:00"), "tinh", "in the future"),
        (cap(status="Exercise"), "", "not signed"),
        (cap(status="Test"), "nobody", "signature does not hold"),
    ],
)
def test_what_is_not_to_be_heard_is_refused_and_logged(
    house: DeskHouse, tinh: Signer, message: bytes, signer: str, word: str
) -> None:
    signature = replace(tinh, name=signer).sign(message) if signer else ""
    answer = house.alert(message, 403, signature)
    assert any(word in reason["problem"] for reason in answer["reasons"])
    assert (house.door.commands, house.book.items(), len(house.results(Result.REFUSED))) == ([], [], 1)


@pytest.mark.parametrize(
    ("message", "word"),
    [
        (cap(within="<expires>2026-11-25T18:01:00+07:00</expires>"), "has expired"),
        (cap(status="Test"), "silent test"),
        (about_the_flood("Cancel"), "never heard here"),
    ],
)
def test_what_is_written_down_and_not_heard(house: DeskHouse, tinh: Signer, message: bytes, word: str) -> None:
    answer = house.alert(message, 200, tinh.sign(message))
    assert answer["outcome"] == "silent"
    assert any(word in reason["problem"] for reason in answer["reasons"])
    assert (house.door.spoken, len(house.results(Result.SILENT))) == ([], 1)


def test_an_unsigned_warning_is_heard_on_the_ground_of_two_posts(house: DeskHouse) -> None:
    answer = house.alert(FLOOD)
    key = answer["key"]
    assert (answer["outcome"], house.alert(FLOOD)["key"]) == ("confirm", key)
    (shown,) = house.listing()["to_confirm"]
    assert (shown["signed"], shown["confirmations"], shown["headline"]) == (False, 2, "Lũ quét")
    assert "not signed" in shown["reasons"][0]["problem"]
    house.post(f"/announcements/{key}/confirm", 403, author=EDITOR)
    assert house.post(f"/announcements/{key}/confirm", author=HEAD)["state"] == "needs confirmation"
    house.post(f"/announcements/{key}/confirm", 403, author=HEAD)
    assert house.door.spoken == []
    assert house.post(f"/announcements/{key}/confirm", author=TECHNICIAN)["state"] == "granted"
    (spoken,) = house.door.spoken
    assert (spoken.author, spoken.approver, spoken.ground) == (HEAD, TECHNICIAN, "two posts")
    assert [seen.signer for seen in house.book.seen()] == [""]
    assert house.alert(FLOOD, 200)["outcome"] == "silent"


def test_a_first_confirmation_that_is_old_counts_no_more(house: DeskHouse) -> None:
    key = house.alert(FLOOD)["key"]
    house.post(f"/announcements/{key}/confirm", author=HEAD)
    house.clock.pass_(minutes=16)
    assert house.post(f"/announcements/{key}/confirm", author=TECHNICIAN)["state"] == "needs confirmation"
    assert house.post(f"/announcements/{key}/confirm", author=HEAD)["state"] == "granted"


def test_without_a_clock_one_confirms_a_signed_warning_or_the_clock_does(tmp_path: Path, tinh: Signer) -> None:
    house = DeskHouse(tmp_path, SpeakingConfig())
    house.clock.known = False
    answer = house.alert(FLOOD, 202, tinh.sign(FLOOD))
    assert (answer["outcome"], house.door.spoken) == ("confirm", [])
    after = house.again()
    after.post(f"/announcements/{KEY}/confirm", 403, author=EDITOR)
    assert after.post(f"/announcements/{KEY}/confirm", author=HEAD)["state"] == "granted"
    (spoken,) = after.door.spoken
    assert (spoken.author, spoken.approver, spoken.ground) == ("tinh", HEAD, "signed warning")
    assert after.alert(FLOOD, 200, tinh.sign(FLOOD))["outcome"] == "silent"


@pytest.mark.parametrize(("days", "spoken", "silent"), [(0, 1, 0), (2, 0, 1)])
def test_when_the_clock_is_trusted_again_a_signed_warning_is_judged_anew(
    house: DeskHouse, tinh: Signer, days: int, spoken: int, silent: int
) -> None:
    house.clock.known = False
    house.alert(FLOOD, 202, tinh.sign(FLOOD))
    house.rounds.go()
    assert house.door.spoken == []
    house.clock.time, house.clock.known = NOON.replace(day=25 + days), True
    house.rounds.go()
    assert (len(house.door.spoken), len(house.results(Result.SILENT))) == (spoken, silent)
    assert house.book.items(Stage.TO_CONFIRM) == []


def test_what_takes_effect_later_is_heard_then_unless_it_is_taken_back(tmp_path: Path, tinh: Signer) -> None:
    message = cap(within="<effective>2026-11-25T20:00:00+07:00</effective>")
    before = DeskHouse(tmp_path)
    assert before.alert(message, 202, tinh.sign(message))["outcome"] == "later"
    assert before.alert(message, 202, tinh.sign(message))["outcome"] == "later"
    before.rounds.go()
    assert before.door.spoken == []
    house = before.again(away_s=3600 * 2)
    house.rounds.go()
    assert [each.announcement.key for each in house.door.spoken] == [KEY]
    house.rounds.go()
    assert len(house.door.spoken) == 1


def test_a_cancellation_silences_what_was_to_be_heard_later(house: DeskHouse, tinh: Signer) -> None:
    message = cap(within="<effective>2026-11-25T20:00:00+07:00</effective>")
    house.alert(message, 202, tinh.sign(message))
    cancel = about_the_flood("Cancel")
    house.alert(cancel, 202, tinh.sign(cancel))
    house.clock.pass_(hours=3)
    house.rounds.go()
    assert KEY not in [each.announcement.key for each in house.door.spoken]
    assert house.book.items(Stage.LATER) == []


def test_an_update_ends_what_it_is_about_and_a_cancellation_says_so(house: DeskHouse, tinh: Signer) -> None:
    house.alert(FLOOD, 202, tinh.sign(FLOOD))
    update = about_the_flood("Update")
    house.alert(update, 202, tinh.sign(update))
    assert house.door.withdrawn == [KEY]
    assert house.door.spoken[-1].announcement.replaces == {KEY}
    assert house.alert(FLOOD, 200, tinh.sign(FLOOD))["outcome"] == "silent"
    cancel = about_the_flood("Cancel", identifier="LU-2026-14")
    house.alert(cancel, 202, tinh.sign(cancel))
    assert house.door.spoken[-1].all_clear
    assert "All clear" in house.door.spoken[-1].text


def test_an_unsigned_cancellation_touches_nothing_that_is_signed(house: DeskHouse, tinh: Signer) -> None:
    house.alert(FLOOD, 202, tinh.sign(FLOOD))
    key = house.alert(about_the_flood("Cancel"))["key"]
    assert house.door.withdrawn == []
    house.post(f"/announcements/{key}/confirm", author=HEAD)
    house.post(f"/announcements/{key}/confirm", author=TECHNICIAN)
    assert house.door.withdrawn == []


def test_only_its_sender_takes_a_signed_warning_back(house: DeskHouse, tinh: Signer) -> None:
    house.alert(FLOOD, 202, tinh.sign(FLOOD))
    assert "only its sender" in house.post(f"/announcements/{KEY}/withdraw", 403, author=HEAD)["problem"]


def test_an_identifier_is_used_once(house: DeskHouse, tinh: Signer) -> None:
    house.alert(FLOOD, 202, tinh.sign(FLOOD))
    other = cap(event="Bão")
    answer = house.alert(other, 403, tinh.sign(other))
    assert "was used by another message" in answer["problem"]


def test_an_unsigned_namesake_takes_no_ones_place(house: DeskHouse, tinh: Signer) -> None:
    house.clock.known = False
    house.alert(FLOOD, 202, tinh.sign(FLOOD))
    house.alert(cap(event="Không có gì"))
    assert {item.key for item in house.book.items()} > {KEY}
    assert house.book.item(KEY) is not None


def test_an_exercise_is_called_one(house: DeskHouse, tinh: Signer) -> None:
    message = cap(status="Exercise")
    house.alert(message, 202, tinh.sign(message))
    (spoken,) = house.door.spoken
    assert (spoken.exercise, spoken.announcement.priority) == (True, Priority.PREFERRED)
    assert house.said[0][0].count("This is an exercise") == 2


def test_a_signature_covers_every_byte(house: DeskHouse, tinh: Signer) -> None:
    answer = house.alert(FLOOD + b"\n", 202, tinh.sign(FLOOD))
    assert answer["outcome"] == "confirm"
    assert "does not hold" in answer["reasons"][0]["problem"]


def test_unsigned_messages_fill_no_card(house: DeskHouse, tinh: Signer) -> None:
    house.clock.known = False
    house.alert(FLOOD, 202, tinh.sign(FLOOD))
    for number in range(MOST_UNSIGNED + 3):
        house.warnings.take(cap(identifier=f"x{number}"), "")
    waiting = house.book.items(Stage.TO_CONFIRM)
    assert len(waiting) == MOST_UNSIGNED + 1
    assert house.book.item(KEY) is not None
    assert waiting[-1].letter is not None and b"x12" in waiting[-1].letter.message


def test_what_has_ended_is_forgotten_and_the_number_is_bounded(house: DeskHouse, tinh: Signer) -> None:
    house.alert(FLOOD, 202, tinh.sign(FLOOD))
    (seen,) = house.book.seen()
    assert seen.identity == read_alert(FLOOD).identity
    house.rounds.go()
    house.clock.pass_(days=4)
    house.rounds.go()
    assert house.book.seen() == []
    many = [
        (replace(seen, identity=replace(seen.identity, identifier=str(number))), NOON)
        for number in range(MOST_SEEN + 9)
    ]
    house.book.remember(*many)
    assert len(house.book.seen()) == MOST_SEEN


def test_a_warning_is_heard_with_its_siren_where_no_voice_is(house: DeskHouse, tinh: Signer) -> None:
    house.mute = True
    house.alert(FLOOD, 202, tinh.sign(FLOOD))
    assert Path(house.door.spoken[0].sound).stat().st_size > 100_000


def test_a_damaged_book_is_put_aside(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path)
    house.ask()
    house.book.close()
    (tmp_path / "desk.sqlite").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"desk.sqlite{suffix}").unlink(missing_ok=True)
    after = DeskHouse(tmp_path)
    assert after.book.items() == []
    assert (tmp_path / "desk.sqlite.damaged").exists()
    assert (after.config, type(after.clock)) == (TWO, HouseClock)


def test_what_cannot_be_judged_anew_is_left_alone_for_a_while(tmp_path: Path) -> None:
    read: list[bytes] = []

    def reading(message: bytes) -> Alert:
        read.append(message)
        return read_alert(message)

    house = DeskHouse(tmp_path, read=reading)
    signer = province(tmp_path)
    mild = FLOOD.replace(b"Extreme", b"Minor")
    message = mild.replace(b"</certainty>", b"</certainty><effective>2026-11-25T20:00:00+07:00</effective>")
    house.alert(message, 202, signer.sign(message))
    house.mute = True
    house.clock.pass_(hours=2)
    for _ in range(5):
        house.rounds.go()
        house.clock.pass_(seconds=1)
    assert (len(read), house.door.spoken) == (2, [])
    house.mute = False
    house.clock.pass_(seconds=30)
    house.rounds.go()
    assert [spoken.announcement.key for spoken in house.door.spoken] == [KEY]


def test_too_many_warnings_in_a_minute_hold_up_no_signed_one(house: DeskHouse, tinh: Signer) -> None:
    answers = [house.client.post("/alerts", data=b"x").status_code for _ in range(MOST_A_MINUTE + 1)]
    assert answers == [400] * MOST_A_MINUTE + [429]
    assert house.alert(FLOOD, 202, tinh.sign(FLOOD))["outcome"] == "speak"


def _changed(place: float, piece: bytes) -> bytes:
    start = int(place * len(FULL))
    return FULL[:start] + piece + FULL[start + len(piece) :]


_PIECES = st.binary(max_size=12) | st.sampled_from([b"Cancel", b"Exercise", b"<info/>", b"2099"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    place=st.floats(0, 1), piece=st.binary(max_size=12) | st.sampled_from([b"Cancel", b"Exercise", b"<info/>", b"2099"])
)
def test_a_changed_message_is_refused_or_waits_for_two(house: DeskHouse, place: float, piece: bytes) -> None:
    house.clock.pass_(seconds=30)
    answer = house.client.post("/alerts", data=_changed(place, piece))
    assert answer.status_code in {200, 202, 400, 403}
    assert answer.status_code != 202 or answer.get_json()["outcome"] == "confirm"
    assert house.door.spoken == []


def test_another_bad_signature_takes_no_confirmation_away_and_a_good_one_is_heard(
    house: DeskHouse, tinh: Signer
) -> None:
    key = house.alert(FLOOD)["key"]
    house.post(f"/announcements/{key}/confirm", author=HEAD)
    assert house.alert(FLOOD, 202, "tinh bad")["key"] == key
    assert [item.spoken.author for item in house.book.items(Stage.TO_CONFIRM)] == [HEAD]
    assert house.alert(FLOOD, 202, tinh.sign(FLOOD))["outcome"] == "speak"
    assert house.listing()["to_confirm"] == []
    assert [path.stem for path in (house.folder / "sounds").iterdir()] == [KEY]


def test_a_key_that_is_taken_away_counts_no_more_for_what_waits(house: DeskHouse, tinh: Signer) -> None:
    house.clock.known = False
    house.alert(FLOOD, 202, tinh.sign(FLOOD))
    (house.folder / "signers.toml").write_text("", encoding="utf-8")
    house.clock.known = True
    house.rounds.go()
    (item,) = house.book.items(Stage.TO_CONFIRM)
    assert (item.confirmations, item.spoken.ground, house.door.spoken) == (2, "", [])
    assert item.key != KEY


def test_what_waits_no_more_leaves_no_sound(house: DeskHouse) -> None:
    for number in range(MOST_UNSIGNED + 3):
        house.warnings.take(cap(identifier=f"x{number}"), "")
    assert len(list((house.folder / "sounds").iterdir())) == MOST_UNSIGNED


def test_a_full_card_silences_no_emergency(house: DeskHouse, tinh: Signer) -> None:
    house.fill_the_card()
    message = cap(within=f"<description>{'Nước dâng nhanh. ' * 900}</description>")
    house.alert(message, 202, tinh.sign(message))
    (spoken,) = house.door.spoken
    assert Path(spoken.sound).parent == house.folder / "memory"
    assert Path(spoken.sound).stat().st_size > 60_000
    assert house.book.items() == []
    assert "cannot be kept" in house.ask(503)["problem"]
