"""What becomes of a warning: heard, later, only when confirmed, in silence, or refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from cap_samples import FLOOD, FULL

from player.alerts.cap import Alert, Area, Circle, Info, MsgType, Named, Point, ResponseType, Severity, Status, Urgency
from player.alerts.cap_judging import LASTS, Outcome, Ruling, Seen, digest, judge, spoken_infos
from player.alerts.cap_reading import read_alert
from player.alerts.places import Place, concerns
from player.alerts.priorities import Priority, Scope
from player.alerts.speaking import Signature

ALERT, UPDATE = read_alert(FLOOD), read_alert(FULL)
(INFO,) = ALERT.infos
NOW = datetime.fromisoformat("2026-11-25T18:05:00+07:00")
SIGNED = Signature("tinh", frozenset(Scope), warns=True, senders=frozenset({"pctt@tinh.example"}))
HOUSE = Place(frozenset({Named("xa", "00123")}), Point(21.03, 105.85))


def ruling(alert: Alert, signature: Signature | None = SIGNED, seen: tuple[Seen, ...] = (), **more: Any) -> Ruling:
    return judge(alert, more.pop("sum", digest(repr(alert).encode())), signature, seen, HOUSE, more.pop("now", NOW))


def remembered(alert: Alert, signer: str = "tinh", priority: Priority = Priority.EMERGENCY) -> Seen:
    return Seen(alert.identity, digest(repr(alert).encode()), signer, priority, frozenset(alert.references))


def about(alert: Alert, kind: MsgType, identifier: str = "b", **more: Any) -> Alert:
    """A later message about another."""
    identity = replace(alert.identity, identifier=identifier, sent=alert.identity.sent + timedelta(minutes=1))
    return replace(alert, identity=identity, msg_type=kind, references=(alert.identity,), **more)


def info(**more: Any) -> Alert:
    return replace(ALERT, infos=(replace(INFO, **more),))


def test_a_signed_warning_is_heard_at_once() -> None:
    found = ruling(ALERT)
    assert found == Ruling(Outcome.SPEAK, Priority.EMERGENCY, (INFO,), remember=True)


def test_an_unsigned_one_needs_two_persons_and_is_not_remembered() -> None:
    found = ruling(ALERT, None)
    assert (found.outcome, found.confirmations, found.remember) == (Outcome.CONFIRM, 2, False)
    assert found.infos == (INFO,)


def test_without_a_clock_one_person_says_that_it_is_not_old() -> None:
    found = ruling(ALERT, now=None)
    assert (found.outcome, found.confirmations) == (Outcome.CONFIRM, 1)


@pytest.mark.parametrize(
    ("alert", "signature", "words"),
    [
        (replace(ALERT, status=Status.DRAFT), SIGNED, ["draft"]),
        (replace(ALERT, status=Status.EXERCISE), None, ["not signed"]),
        (ALERT, replace(SIGNED, warns=False), ["may not issue"]),
        (ALERT, replace(SIGNED, senders=frozenset()), ["may not sign for pctt@tinh.example"]),
        (
            replace(ALERT, status=Status.DRAFT),
            replace(SIGNED, warns=False, senders=frozenset()),
            ["draft", "issue", "sign"],
        ),
    ],
)
def test_refused_with_every_reason(alert: Alert, signature: Signature | None, words: list[str]) -> None:
    found = ruling(alert, signature)
    assert (found.outcome, found.remember) == (Outcome.REFUSED, False)
    assert all(word in reason for word, reason in zip(words, found.reasons, strict=True))


def test_only_what_is_public_is_read_out() -> None:
    private = read_alert(FLOOD.replace(b">Public<", b">Private<"))
    assert ruling(private).outcome is Outcome.REFUSED


def test_what_was_sent_in_the_future_is_refused() -> None:
    assert ruling(ALERT, now=NOW - timedelta(minutes=50)).outcome is Outcome.LATER
    assert ruling(ALERT, now=NOW - timedelta(hours=2)).outcome is Outcome.REFUSED


def test_expired_and_not_yet() -> None:
    assert ruling(ALERT, now=ALERT.identity.sent + LASTS).outcome is Outcome.SILENT
    assert ruling(info(expires=NOW)).outcome is Outcome.SILENT
    assert ruling(info(expires=NOW + timedelta(seconds=1))).outcome is Outcome.SPEAK
    later = ruling(info(effective=NOW + timedelta(hours=3)))
    assert (later.outcome, later.not_before) == (Outcome.LATER, NOW + timedelta(hours=3))
    assert ruling(info(effective=NOW)).outcome is Outcome.SPEAK


def test_times_are_told_as_the_clock_in_the_house_shows_them() -> None:
    utc = datetime.fromisoformat("2026-11-25T20:00:00+00:00")
    assert "03:00 26/11/2026" in ruling(info(effective=utc)).reasons[0]


def test_the_same_again_is_silent_and_its_identifier_is_no_other_s() -> None:
    seen = (remembered(ALERT),)
    assert ruling(ALERT, seen=seen).outcome is Outcome.SILENT
    assert ruling(ALERT, seen=seen, sum=b"other").outcome is Outcome.REFUSED
    moved = replace(ALERT, identity=replace(ALERT.identity, sent=NOW))
    assert ruling(moved, seen=seen).outcome is Outcome.REFUSED
    other = replace(ALERT.identity, sender="xa@tinh.example")
    signed = replace(SIGNED, senders=frozenset({other.sender}))
    assert ruling(replace(ALERT, identity=other), signed, seen).outcome is Outcome.SPEAK


def test_an_update_takes_the_place_of_what_it_names() -> None:
    update = about(ALERT, MsgType.UPDATE)
    found = ruling(update, seen=(remembered(ALERT),))
    assert (found.outcome, found.replaces, found.all_clear) == (Outcome.SPEAK, {ALERT.identity}, False)
    assert ruling(ALERT, seen=(remembered(update),)).outcome is Outcome.SILENT


def test_a_cancellation_is_an_all_clear_as_loud_as_what_it_ends() -> None:
    cancel = about(ALERT, MsgType.CANCEL, infos=())
    found = ruling(cancel, seen=(remembered(ALERT),))
    assert (found.outcome, found.all_clear, found.priority) == (Outcome.SPEAK, True, Priority.EMERGENCY)
    mild = ruling(cancel, seen=(remembered(ALERT, priority=Priority.PREFERRED),))
    assert mild.priority is Priority.PREFERRED


def test_a_cancellation_that_comes_first_silences_what_comes_late() -> None:
    cancel = about(ALERT, MsgType.CANCEL, infos=())
    first = ruling(cancel)
    assert (first.outcome, first.remember) == (Outcome.SILENT, True)
    assert ruling(ALERT, seen=(remembered(cancel),)).outcome is Outcome.SILENT
    assert not ruling(cancel, None).remember


def test_nobody_takes_back_what_somebody_else_has_signed() -> None:
    cancel = about(ALERT, MsgType.CANCEL, infos=())
    assert ruling(cancel, seen=(remembered(ALERT, "xa"),)).outcome is Outcome.REFUSED
    assert ruling(ALERT, seen=(remembered(cancel, "xa"),)).outcome is Outcome.SPEAK


def test_an_all_clear_of_its_own() -> None:
    clear = about(ALERT, MsgType.UPDATE, infos=(replace(INFO, responses=(ResponseType.ALL_CLEAR,)),))
    found = ruling(clear, seen=(remembered(ALERT),))
    assert (found.outcome, found.all_clear, found.priority) == (Outcome.SPEAK, True, Priority.EMERGENCY)


@pytest.mark.parametrize("status", [Status.TEST, Status.SYSTEM])
def test_tests_are_silent(status: Status) -> None:
    assert ruling(replace(ALERT, status=status)).outcome is Outcome.SILENT


def test_an_exercise_is_heard_as_one_and_is_no_emergency() -> None:
    found = ruling(replace(ALERT, status=Status.EXERCISE))
    assert (found.outcome, found.exercise, found.priority) == (Outcome.SPEAK, True, Priority.PREFERRED)


@pytest.mark.parametrize("kind", [MsgType.ACK, MsgType.ERROR])
def test_answers_of_machines_are_silent(kind: MsgType) -> None:
    assert ruling(about(ALERT, kind), seen=(remembered(ALERT),)).outcome is Outcome.SILENT


@pytest.mark.parametrize(
    ("more", "priority"),
    [
        ({"severity": Severity.MODERATE}, Priority.PREFERRED),
        ({"urgency": Urgency.FUTURE}, Priority.PREFERRED),
        ({"severity": Severity.UNKNOWN, "urgency": Urgency.UNKNOWN}, Priority.EMERGENCY),
    ],
)
def test_what_calls_itself_mild_is_no_emergency(more: dict[str, Any], priority: Priority) -> None:
    assert ruling(info(**more)).priority is priority


def test_vietnamese_first() -> None:
    vietnamese, english = UPDATE.infos
    tay = replace(english, language="tyz")
    for infos, best in [
        ((english, vietnamese), vietnamese),
        ((tay, english), english),
        ((tay,), tay),
        ((english, replace(vietnamese, expires=NOW)), english),
    ]:
        assert spoken_infos(replace(UPDATE, infos=infos), HOUSE, NOW) == (best,)
    both = (vietnamese, replace(vietnamese, event="Sạt lở"))
    assert spoken_infos(replace(UPDATE, infos=(english, *both)), HOUSE, NOW) == both


def test_a_warning_without_a_word_is_silent() -> None:
    assert ruling(replace(ALERT, infos=())).outcome is Outcome.SILENT


SQUARE = tuple(Point(*at) for at in [(21, 105), (21, 106), (22, 106), (22, 105), (21, 105)])


@pytest.mark.parametrize(
    ("area", "place", "concerned"),
    [
        (Area("a"), HOUSE, True),
        (Area("a", geocodes=(Named("xa", "00123"),)), HOUSE, True),
        (Area("a", geocodes=(Named("xa", "00124"),)), HOUSE, False),
        (Area("a", geocodes=(Named("SAME", "00124"),)), HOUSE, True),
        (Area("a", geocodes=(Named("xa", "00124"),)), Place(), True),
        (Area("a", polygons=(SQUARE,)), HOUSE, True),
        (Area("a", polygons=(SQUARE,)), Place(point=Point(20.99, 105.5)), False),
        (Area("a", polygons=(SQUARE,)), Place(point=Point(21.5, 106.01)), False),
        (Area("a", polygons=(SQUARE,)), Place(), True),
        (Area("a", circles=(Circle(Point(21.03, 105.95), 11),)), HOUSE, True),
        (Area("a", circles=(Circle(Point(21.03, 105.95), 10),)), HOUSE, False),
        (Area("a", circles=(Circle(Point(0, 0), 1),), geocodes=(Named("xa", "00123"),)), HOUSE, True),
    ],
)
def test_areas(area: Area, place: Place, concerned: bool) -> None:
    assert concerns((area,), place) is concerned
    assert concerns((), place)


def test_a_warning_for_elsewhere_is_silent() -> None:
    elsewhere: Info = replace(INFO, areas=(Area("a", geocodes=(Named("xa", "9"),)),))
    found = ruling(replace(ALERT, infos=(elsewhere,)))
    assert (found.outcome, "another area" in found.reasons[0]) == (Outcome.SILENT, True)
