"""Who may speak, how far, and on what ground."""

from __future__ import annotations

from datetime import time

import pytest

from player.alerts.loudness import Hours
from player.alerts.priorities import Priority, Scope
from player.alerts.speaking import CONFIRM_WITHIN_S, Answer, Ground, Request, Signature, SpeakingRules, may_speak

RULES = SpeakingRules(
    heads=frozenset({"village-head"}),
    named=frozenset({"village-head", "police"}),
    horn=Hours(time(5, 30), time(19)),
)
NOON, NIGHT = time(12), time(23)
OPERATOR = Signature("xa-a", frozenset({Scope.COMMUNE, Scope.VILLAGE}))
WARNER = Signature("tinh", frozenset(Scope), warns=True)
ORDINARY, PREFERRED, EMERGENCY = Priority


@pytest.mark.parametrize(
    ("request_", "hour", "ground"),
    [
        (Request(Scope.HALL, ORDINARY, "village-head"), NIGHT, Ground.HEAD),
        (Request(Scope.VILLAGE, PREFERRED, "village-head"), NOON, Ground.HEAD),
        (Request(Scope.VILLAGE, ORDINARY, "village-head"), None, Ground.HEAD),
        (Request(Scope.COMMUNE, ORDINARY, signature=OPERATOR), NOON, Ground.SIGNED),
        (Request(Scope.VILLAGE, PREFERRED, signature=OPERATOR), NOON, Ground.SIGNED),
        (Request(Scope.VILLAGE, EMERGENCY, "police", "village-head"), NIGHT, Ground.TWO_POSTS),
        (Request(Scope.COMMUNE, EMERGENCY, signature=WARNER), NIGHT, Ground.SIGNED_WARNING),
    ],
)
def test_granted(request_: Request, hour: time | None, ground: Ground) -> None:
    permission = may_speak(request_, RULES, hour)
    assert (permission.answer, permission.ground, permission.reasons) == (Answer.GRANTED, ground, ())


@pytest.mark.parametrize(
    ("request_", "hour", "words"),
    [
        (Request(Scope.HALL, ORDINARY, "villager"), NOON, ["Only the village head"]),
        (Request(Scope.HALL, ORDINARY), NOON, ["Only the village head"]),
        (Request(Scope.VILLAGE, PREFERRED, "villager"), NIGHT, ["Only the village head", "from 05:30 to 19:00"]),
        (Request(Scope.VILLAGE, ORDINARY, "village-head"), NIGHT, ["from 05:30 to 19:00"]),
        (Request(Scope.COMMUNE, PREFERRED, "village-head"), NOON, ["must be signed"]),
        (Request(Scope.HALL, PREFERRED, signature=OPERATOR), NOON, ["xa-a may not speak this far"]),
        (Request(Scope.COMMUNE, EMERGENCY, signature=OPERATOR), NOON, ["may not issue emergencies"]),
        (Request(Scope.COMMUNE, EMERGENCY), NOON, ["sent by the commune", "not among those"]),
        (Request(Scope.COMMUNE, EMERGENCY, "police", "village-head"), NOON, ["sent by the commune"]),
        (Request(Scope.VILLAGE, EMERGENCY, "police", "police"), NOON, ["Another person"]),
        (Request(Scope.VILLAGE, EMERGENCY, "police", "villager"), NOON, ["Whoever confirmed"]),
        (
            Request(Scope.COMMUNE, EMERGENCY, "villager", "villager", CONFIRM_WITHIN_S + 1),
            NOON,
            ["sent by the commune", "not among those", "within 15 minutes", "Another person"],
        ),
    ],
)
def test_refused_with_every_reason(request_: Request, hour: time, words: list[str]) -> None:
    permission = may_speak(request_, RULES, hour)
    assert (permission.answer, permission.ground) == (Answer.REFUSED, None)
    assert len(permission.reasons) == len(words)
    assert all(word in reason for word, reason in zip(words, permission.reasons, strict=True))


def test_an_emergency_waits_for_the_second_person_and_not_for_ever() -> None:
    asked = Request(Scope.VILLAGE, EMERGENCY, "police", waited_s=CONFIRM_WITHIN_S)
    assert may_speak(asked, RULES, NOON).answer is Answer.NEEDS_CONFIRMATION
    late = Request(Scope.VILLAGE, EMERGENCY, "police", "village-head", CONFIRM_WITHIN_S + 1)
    assert may_speak(late, RULES, NOON).answer is Answer.REFUSED


def test_nobody_without_a_key_is_ever_named() -> None:
    nobody = SpeakingRules(frozenset(), frozenset({""}), RULES.horn)
    assert may_speak(Request(Scope.VILLAGE, EMERGENCY), nobody, NOON).answer is Answer.REFUSED
