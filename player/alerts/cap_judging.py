"""Decides what becomes of a warning: heard, later, only when persons confirm it, written down in silence, or refused.

- Signed by a key that may warn in the sender's name: heard without asking anybody. A signature covers the bytes.
- Unsigned: never heard by itself. Two of the named posts may make it their own (`player.alerts.speaking`); it is then
  an emergency of the house, on their ground.
- Signed, but the clock is not trusted: nobody can say whether it is an old one played again; one person confirms it.
- Exercises are heard as such, below an emergency. Tests and messages between systems are only written down.
- Unless a message itself says that it is mild, unlikely or not yet due, it is an emergency.
- A cancellation that comes before what it cancels is remembered, and so silences it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, Protocol

from player.alerts.cap import (
    Alert,
    Audience,
    Certainty,
    Identity,
    Info,
    MsgType,
    ResponseType,
    Severity,
    Status,
    Urgency,
)
from player.alerts.places import Place, concerns
from player.alerts.priorities import Priority
from player.alerts.speaking import Signature
from player.errors import Sentence

LASTS: Final = timedelta(hours=24)
"""How long a message holds that does not say when it expires."""
AHEAD: Final = timedelta(hours=1)
"""How far a message's time of sending may lie in the future: clocks differ."""
LANGUAGES: Final = ("vi", "en")

_MILD: Final = {Severity.MODERATE, Severity.MINOR}
_NOT_DUE: Final = {Urgency.FUTURE, Urgency.PAST}


class Verifier(Protocol):
    """Knows the keys of those who may sign."""

    def verify(self, message: bytes) -> Signature | None:
        """Return whose signature the message bears; None where it bears none that holds. Raises nothing."""


class Outcome(Enum):
    """What becomes of a message."""

    SPEAK = "is heard now"
    LATER = "is heard when it takes effect"
    CONFIRM = "is heard when persons confirm it"
    SILENT = "is written down and not heard"
    REFUSED = "is refused"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is remembered of an earlier message that was signed or confirmed.

    Attributes:
        identity: which it was.
        digest: SHA-256 of its bytes.
        signer: who signed it; empty where persons confirmed it.
        priority: how pressing it was.
        references: which messages it made void.
    """

    identity: Identity
    digest: bytes
    signer: str
    priority: Priority
    references: frozenset[Identity] = frozenset()


@dataclass(frozen=True, slots=True)
class Ruling:
    """The decision on a message.

    Attributes:
        outcome: what becomes of it.
        priority: how pressing it is.
        infos: what is said, in the best language there is; may be empty for a cancellation.
        replaces: earlier messages that it makes void.
        all_clear: it says that a danger is over, or takes a warning back.
        exercise: it must be called an exercise wherever it is shown or heard.
        not_before: for LATER: when.
        confirmations: for CONFIRM: how many of the named posts it needs.
        remember: it must be among ``seen`` from now on. What is not signed is remembered when persons have confirmed
            it, lest a forged cancellation silence a true warning.
        reasons: why it is not simply heard.
    """

    outcome: Outcome
    priority: Priority = Priority.PREFERRED
    infos: tuple[Info, ...] = ()
    replaces: frozenset[Identity] = frozenset()
    all_clear: bool = False
    exercise: bool = False
    not_before: datetime | None = None
    confirmations: int = 0
    remember: bool = False
    reasons: tuple[Sentence, ...] = ()


def digest(message: bytes) -> bytes:
    """Return what tells a message's bytes from all others: their SHA-256."""
    return hashlib.sha256(message).digest()


def expires(alert: Alert, info: Info) -> datetime:
    """Return when a part of a message ends to hold."""
    return info.expires or (info.effective or alert.identity.sent) + LASTS


def spoken_infos(alert: Alert, place: Place, now: datetime | None) -> tuple[Info, ...]:
    """Return the parts that concern the place and still hold, all in one language: Vietnamese first, then English."""
    held = [info for info in alert.infos if concerns(info.areas, place) and (now is None or now < expires(alert, info))]
    languages = [info.language.partition("-")[0] for info in held]
    best = next((each for each in LANGUAGES if each in languages), languages[0] if languages else "")
    return tuple(info for info, language in zip(held, languages, strict=True) if language == best)


def judge(
    alert: Alert,
    message_digest: bytes,
    signature: Signature | None,
    seen: Collection[Seen],
    place: Place,
    now: datetime | None,
) -> Ruling:
    """Decide what becomes of a message.

    Args:
        alert: what it says.
        message_digest: of its bytes.
        signature: whose signature it bears, if any.
        seen: the earlier messages. One that was to be heard later is not among them when it is judged again.
        place: where the house stands.
        now: the time, in the zone of the house; None where the clock is not trusted.
    """
    refusals = _refusals(alert, message_digest, signature, seen, now)
    if refusals:
        return Ruling(Outcome.REFUSED, reasons=tuple(refusals))
    silence = _silence(alert, signature, seen)
    if silence:
        return _silent(alert, signature, silence)
    infos = spoken_infos(alert, place, now)
    heard = [each for each in seen if each.identity in alert.references]
    cancels = alert.msg_type is MsgType.CANCEL
    if cancels and not heard:
        return _silent(alert, signature, Sentence("It takes back a warning that was never heard here."))
    if not infos and not cancels:
        return _silent(alert, signature, _why_nothing(alert, place, now))
    all_clear = cancels or all(ResponseType.ALL_CLEAR in info.responses for info in infos)
    exercise = alert.status is Status.EXERCISE
    ruling = Ruling(
        Outcome.SPEAK,
        _priority(infos, heard, all_clear=all_clear, exercise=exercise),
        infos,
        _replaced(alert),
        all_clear,
        exercise,
        remember=True,
    )
    return _when(ruling, alert, signature, now)


def _refusals(
    alert: Alert, message_digest: bytes, signature: Signature | None, seen: Collection[Seen], now: datetime | None
) -> list[Sentence]:
    identity = alert.identity
    found = []
    if alert.status is Status.DRAFT:
        found.append(Sentence("It is only a draft."))
    if alert.scope is not Audience.PUBLIC:
        found.append(Sentence("It is not meant for everybody, so the loudspeaker must not read it out."))
    if signature is None and alert.status is not Status.ACTUAL:
        found.append(Sentence("It is not signed. Exercises and tests are only taken from known senders."))
    if signature is not None and not signature.warns:
        found.append(Sentence("%(signer)s may not issue warnings.", signer=signature.signer))
    if signature is not None and identity.sender not in signature.senders:
        found.append(
            Sentence("%(signer)s may not sign for %(sender)s.", signer=signature.signer, sender=identity.sender)
        )
    if now is not None and identity.sent > now + AHEAD:
        found.append(Sentence("It was sent in the future: at %(sent)s.", sent=_hour(identity.sent, now)))
    signer = signature.signer if signature else ""
    for each in seen:
        same = (each.identity.sender, each.identity.identifier) == (identity.sender, identity.identifier)
        if same and (each.identity, each.digest) != (identity, message_digest):
            found.append(Sentence("Its identifier %(name)s was used by another message.", name=identity.identifier))
        if signature is not None and each.identity in alert.references and each.signer not in {signer, ""}:
            found.append(Sentence("It is about a warning of somebody else: %(signer)s.", signer=each.signer))
    return list(dict.fromkeys(found))


def _silent(alert: Alert, signature: Signature | None, reason: Sentence) -> Ruling:
    return Ruling(Outcome.SILENT, replaces=_replaced(alert), remember=signature is not None, reasons=(reason,))


def _silence(alert: Alert, signature: Signature | None, seen: Collection[Seen]) -> Sentence | None:
    if any(each.identity == alert.identity for each in seen):
        return Sentence("It has been here before.")
    if any(
        alert.identity in each.references and (signature is None or each.signer in {signature.signer, ""})
        for each in seen
    ):
        return Sentence("A later message has already taken its place.")
    if alert.msg_type in {MsgType.ACK, MsgType.ERROR} or alert.status is Status.SYSTEM:
        return Sentence("It is a message between machines.")
    if alert.status is Status.TEST:
        return Sentence("It is a silent test. The way to this house works.")
    return None


def _why_nothing(alert: Alert, place: Place, now: datetime | None) -> Sentence:
    if not alert.infos:
        return Sentence("It says nothing that could be read out.")
    if not any(concerns(info.areas, place) for info in alert.infos):
        return Sentence("It is about another area.")
    latest = max(expires(alert, info) for info in alert.infos)
    return Sentence("It has expired: it held until %(end)s.", end=_hour(latest, now))


def _hour(moment: datetime, now: datetime | None) -> str:
    """Write a time as a clock in the house shows it."""
    return f"{moment.astimezone(now.tzinfo) if now else moment:%H:%M %d/%m/%Y}"


def _priority(infos: tuple[Info, ...], heard: list[Seen], *, all_clear: bool, exercise: bool) -> Priority:
    if exercise:
        return Priority.PREFERRED
    if all_clear:
        return max((each.priority for each in heard), default=Priority.PREFERRED)
    return Priority.EMERGENCY if any(map(_is_grave, infos)) else Priority.PREFERRED


def _is_grave(info: Info) -> bool:
    return info.severity not in _MILD and info.urgency not in _NOT_DUE and info.certainty is not Certainty.UNLIKELY


def _replaced(alert: Alert) -> frozenset[Identity]:
    voids = alert.msg_type in {MsgType.UPDATE, MsgType.CANCEL}
    return frozenset(alert.references) if voids else frozenset()


def _when(ruling: Ruling, alert: Alert, signature: Signature | None, now: datetime | None) -> Ruling:
    values = {name: getattr(ruling, name) for name in ("priority", "infos", "replaces", "all_clear", "exercise")}
    if signature is None:
        values["priority"] = Priority.EMERGENCY
        reason = Sentence("It is not signed. It is heard only when two of those named make it their own.")
        return Ruling(Outcome.CONFIRM, confirmations=2, reasons=(reason,), **values)
    if now is None:
        reason = Sentence("The hub does not know what time it is. Somebody must confirm that this warning is not old.")
        return Ruling(Outcome.CONFIRM, confirmations=1, reasons=(reason,), **values)
    begins = min((info.effective or alert.identity.sent for info in ruling.infos), default=now)
    if begins > now:
        reason = Sentence("It takes effect at %(start)s.", start=_hour(begins, now))
        return Ruling(Outcome.LATER, not_before=begins, remember=True, reasons=(reason,), **values)
    return ruling
