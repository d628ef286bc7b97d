"""Decides who may speak, how far, and on what ground.

- The hall: the village head. The village's horn: the village head, in the hours set for it.
- The commune: its operator, whose message the province's side has signed.
- An emergency: two of the named posts, one who asks and another who confirms; or a warning that is signed.

Who acts is told by a post and a key of the hub's accounts or of the province's list of keys, never by a person's name.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import time
from enum import Enum, StrEnum
from typing import Final

from player.alerts.loudness import Hours
from player.alerts.priorities import Priority, Scope
from player.errors import Sentence

CONFIRM_WITHIN_S: Final = 15 * 60.0
"""How long an emergency waits for its confirmation; what nobody confirms by then is asked for anew."""


class Ground(StrEnum):
    """Why somebody may speak; its value is what the log holds."""

    HEAD = "head"
    SIGNED = "signed"
    TWO_POSTS = "two posts"
    SIGNED_WARNING = "signed warning"


class Answer(Enum):
    """What becomes of a request."""

    GRANTED = "granted"
    NEEDS_CONFIRMATION = "needs confirmation"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that was verified.

    Attributes:
        signer: the key's name in the province's list.
        scopes: how far its owner may speak.
        warns: whether its owner may issue emergencies.
        senders: in whose names it may sign warnings (the ``sender`` of CAP).
    """

    signer: str
    scopes: frozenset[Scope]
    warns: bool = False
    senders: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody wants to speak.

    Attributes:
        scope: how far.
        priority: how pressing it is said to be.
        author: the post that asks, by its key; empty where a signed message does.
        approver: the post that confirms, by its key; empty where none has yet.
        waited_s: seconds since it was asked for, on a clock that only goes forward.
        signature: of the message; None where it has none, or none that holds.
    """

    scope: Scope
    priority: Priority
    author: str = ""
    approver: str = ""
    waited_s: float = 0.0
    signature: Signature | None = None


@dataclass(frozen=True, slots=True)
class SpeakingRules:
    """Who holds which post in this house.

    Attributes:
        heads: keys that may speak as the village head.
        named: keys that may ask for or confirm an emergency.
        horn: the hours in which the village's horn may be used.
    """

    heads: frozenset[str]
    named: frozenset[str]
    horn: Hours


@dataclass(frozen=True, slots=True)
class Permission:
    """The answer to a request.

    Attributes:
        answer: what becomes of it.
        ground: why it was granted; None where it was not.
        reasons: why not, or not yet: every reason at once.
    """

    answer: Answer
    ground: Ground | None = None
    reasons: tuple[Sentence, ...] = ()


def may_speak(request: Request, rules: SpeakingRules, hour: time | None) -> Permission:
    """Decide whether a request is granted.

    Args:
        request: who wants to speak, and how.
        rules: who may.
        hour: the time of day in the house; None where the clock is not trusted. The head then answers for the hour.
    """
    if request.priority is Priority.EMERGENCY:
        return _emergency(request, rules.named)
    if request.scope is Scope.COMMUNE or (request.signature and not request.author):
        return _from_outside(request)
    reasons = []
    if request.author not in rules.heads:
        reasons.append(
            Sentence("Only the village head may speak here. Ask the village head to do it, or to log in with the PIN.")
        )
    if request.scope is Scope.VILLAGE and hour is not None and not rules.horn.hold(hour):
        reasons.append(
            Sentence(
                "The village's loudspeaker may be used from %(start)s to %(end)s. Until then, speak in the hall.",
                start=f"{rules.horn.start:%H:%M}",
                end=f"{rules.horn.end:%H:%M}",
            )
        )
    return _refused(reasons) if reasons else Permission(Answer.GRANTED, Ground.HEAD)


def _from_outside(request: Request) -> Permission:
    if request.signature is None:
        return _refused([Sentence("What is for the whole commune must be signed by its operator. This is not signed.")])
    if request.scope not in request.signature.scopes:
        return _refused(
            [Sentence("%(signer)s may not speak this far. Ask the province.", signer=request.signature.signer)]
        )
    return Permission(Answer.GRANTED, Ground.SIGNED)


def _emergency(request: Request, named: Collection[str]) -> Permission:
    reasons = []
    if request.signature is not None and not request.author:
        if request.signature.warns and request.scope in request.signature.scopes:
            return Permission(Answer.GRANTED, Ground.SIGNED_WARNING)
        return _refused(
            [Sentence("%(signer)s may not issue emergencies here. Ask the province.", signer=request.signature.signer)]
        )
    if request.scope is Scope.COMMUNE:
        reasons.append(Sentence("An emergency for the whole commune is sent by the commune or the province, signed."))
    if not request.author or request.author not in named:
        reasons.append(Sentence("You are not among those who may announce an emergency. Call the village head."))
    if request.waited_s > CONFIRM_WITHIN_S:
        reasons.append(
            Sentence(
                "Nobody confirmed this within %(minutes)d minutes. Ask for it again.",
                minutes=round(CONFIRM_WITHIN_S / 60),
            )
        )
    if request.approver and request.approver == request.author:
        reasons.append(Sentence("Another person must confirm an emergency than the one who asked for it."))
    elif request.approver and request.approver not in named:
        reasons.append(Sentence("Whoever confirmed this is not among those who may confirm an emergency."))
    if reasons:
        return _refused(reasons)
    if not request.approver:
        return Permission(
            Answer.NEEDS_CONFIRMATION,
            reasons=(Sentence("An emergency needs a second person. Ask another of those named to confirm it now."),),
        )
    return Permission(Answer.GRANTED, Ground.TWO_POSTS)


def _refused(reasons: list[Sentence]) -> Permission:
    return Permission(Answer.REFUSED, reasons=tuple(reasons))
