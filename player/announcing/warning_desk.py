"""The desk for warnings from outside: read apart, verified, judged, remembered, and heard or kept to be confirmed.

What is decided stands in the book, together with what was seen, before anybody is told: if the power fails earlier, the
sender gets no answer and sends it again; if it fails later, it is heard after the start.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from player.alerts.cap import Alert, Identity
from player.alerts.cap_judging import LASTS, Outcome, Ruling, Seen, digest, expires, judge
from player.alerts.cap_refusal import MOST_BYTES, AlertRefusedError
from player.alerts.play_log import Entry, Result
from player.alerts.priorities import Announcement, Priority, Scope
from player.alerts.speaking import CONFIRM_WITHIN_S, Answer, Ground, Request, Signature, may_speak
from player.alerts.warning_words import warning_words
from player.announcing.desk import LANGUAGE, Asked
from player.announcing.errors import DeskError
from player.announcing.items import Item, Letter, Stage, Warned
from player.announcing.moments import house_time, waited_s
from player.announcing.office import Office, signal_of
from player.announcing.pace import Pace
from player.announcing.signers import Verifier
from player.announcing.spoken import Spoken
from player.announcing.wishes import LONGEST_HEADLINE, LONGEST_TEXT
from player.answers import sentence_json
from player.engine.commands import Command, Withdraw
from player.errors import Sentence

SOURCE: Final = "cap"
MOST_UNSIGNED: Final = 10
"""How many unsigned warnings wait for those who may confirm them; a newer one takes the place of the oldest."""
MOST_A_MINUTE: Final = 60
REMEMBERED: Final = timedelta(days=2)
"""For how long a warning is remembered after its end."""

ReadAlert = Callable[[bytes], Alert]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message.

    Attributes:
        outcome: of the ruling.
        key: of the announcement; empty where there is none.
        reasons: why it is not simply heard.
        priority: how pressing it is.
    """

    outcome: Outcome
    key: str = ""
    reasons: tuple[str, ...] = ()
    priority: Priority = Priority.PREFERRED


class WarningDesk:
    """The desk for warnings.

    Args:
        office: what it works with.
        read: reads a message; raises `AlertRefusedError`.
        verifier: knows the keys.
    """

    def __init__(self, office: Office, read: ReadAlert, verifier: Verifier) -> None:
        self._office = office
        self._read = read
        self._verifier = verifier
        self._one_at_a_time = threading.Lock()
        self._pace = Pace(MOST_A_MINUTE)

    def take(self, message: bytes, signature: str) -> Taken:
        """Take a message.

        Args:
            message: its bytes.
            signature: the detached one that came beside them; empty where none did.

        Raises:
            AlertRefusedError: it is no warning; every problem is named.
            DeskError: it is refused, with every reason.
            PlayerError: it cannot be read out, or the card refused; it is to be sent again.
        """
        if len(message) > MOST_BYTES:
            raise DeskError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                Sentence("A warning may be %(most)d kB large, not more.", most=MOST_BYTES // 1024),
            )
        signed = self._verifier.verify(message, signature) if signature else None
        self._pace.keep(signed.signer if signed else "", self._office.clock.monotonic())
        with self._one_at_a_time:
            if item := self._waiting_already(message, signature):
                return Taken(Outcome.CONFIRM if item.stage is Stage.TO_CONFIRM else Outcome.LATER, item.key)
            try:
                alert = self._read(message)
            except AlertRefusedError as error:
                self._note(f"cap {digest(message).hex()[:16]}", Result.REFUSED)
                raise error from None
            return self._judged(alert, Letter(message, signature))

    def judge_again(self, item: Item) -> None:
        """Judge a warning anew that was to be heard later, or that waited for a trusted clock.

        Raises:
            PlayerError: it cannot be read out, or the card refused; it stays where it is.
        """
        letter = item.letter
        if letter is None:
            return
        with self._one_at_a_time:
            if self._office.book.item(item.key) is None:
                return
            try:
                self._judged(self._read(letter.message), letter, again=item)
            except (AlertRefusedError, DeskError) as error:
                if isinstance(error, DeskError) and error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise
                self._office.let_go(item)

    def confirm(self, item: Item, author: str) -> Asked:
        """Confirm a warning: the first of the named posts takes it up, the last one has it heard.

        Raises:
            DeskError: it is refused, with every reason.
            PlayerError: the card refused.
        """
        office, config = self._office, self._office.config
        spoken, letter = item.spoken, item.letter
        unsigned = spoken.ground != Ground.SIGNED_WARNING
        may = set(config.named) if unsigned else {*config.named, *config.heads}
        now = office.stamp()
        waited = waited_s(item.asked, now)
        if unsigned and spoken.author and (waited is None or waited > CONFIRM_WITHIN_S):
            spoken = replace(spoken, author="")  # nobody confirmed it in time: this one is the first again
        if author not in may:
            office.tell(replace(spoken, approver=author), Result.REFUSED)
            raise DeskError(HTTPStatus.FORBIDDEN, Sentence("You are not among those who may confirm this warning."))
        if unsigned and not spoken.author:
            taken = replace(item, spoken=replace(spoken, author=author), asked=now, confirmations=1)
            office.book.keep(taken)
            reason = Sentence("It needs a second person. Ask another of those named to confirm it now.")
            return Asked(taken, Answer.NEEDS_CONFIRMATION, (reason,))
        if unsigned:
            request = Request(Scope.VILLAGE, Priority.EMERGENCY, spoken.author, author, waited_s=waited or 0.0)
            permission = may_speak(request, config.rules, office.hour())
            if permission.answer is not Answer.GRANTED:
                office.tell(replace(spoken, approver=author), Result.REFUSED)
                raise DeskError(HTTPStatus.FORBIDDEN, permission.reasons[0], reasons=permission.reasons)
            spoken = replace(spoken, ground=Ground.TWO_POSTS.value)
        announcement = replace(spoken.announcement, asked=office.book.next_number())
        spoken = replace(spoken, announcement=announcement, approver=author)
        granted = replace(item, spoken=spoken, stage=Stage.READY, confirmations=0, letter=None, reasons=())
        with office.turn:
            seen = []
            if letter is not None and item.warned is not None:
                signer = "" if unsigned else spoken.author
                seen = [_seen(item.warned, letter, signer, spoken.announcement.priority)]
            void = self._void(spoken.announcement.replaces)
            office.put(granted, *seen, drop=void, before=_withdrawn(spoken.announcement.replaces))
            self._silence(void)
        return Asked(granted, Answer.GRANTED)

    def _judged(self, alert: Alert, letter: Letter, again: Item | None = None) -> Taken:
        office = self._office
        signature = self._verifier.verify(letter.message, letter.signature) if letter.signature else None
        now = office.wall()
        own = alert.identity if again else None
        seen = [each for each in office.book.seen() if each.identity != own]
        ruling = judge(alert, digest(letter.message), signature, seen, office.config.place, now)
        reasons = ruling.reasons
        if letter.signature and signature is None:
            reasons = (Sentence("Its signature does not hold."), *reasons)
        if ruling.outcome in {Outcome.SPEAK, Outcome.LATER} and signature is not None:
            reasons = (*reasons, *self._beyond_scope(signature, ruling.priority))
            if ruling.outcome is Outcome.SPEAK and reasons:
                ruling = replace(ruling, outcome=Outcome.REFUSED)
        if ruling.outcome is Outcome.REFUSED:
            self._note(alert.identity.identifier, Result.REFUSED, signature)
            raise DeskError(
                HTTPStatus.FORBIDDEN,
                Sentence("This warning is refused: %(first)s", first=reasons[0]),
                Sentence("Nothing of it is heard."),
                reasons,
            )
        if ruling.outcome is Outcome.SILENT:
            return self._in_silence(alert, letter, signature, ruling, reasons, again)
        return self._kept(alert, letter, signature, ruling, reasons, again)

    def _in_silence(
        self,
        alert: Alert,
        letter: Letter,
        signature: Signature | None,
        ruling: Ruling,
        reasons: tuple[str, ...],
        again: Item | None,
    ) -> Taken:
        office = self._office
        known = any(each.identity == alert.identity for each in office.book.seen())
        drop = [again.key] if again else []
        if ruling.remember and signature is not None:
            with office.turn:
                replaced = self._replaced(ruling, signature)
                drop += self._void(replaced)
                seen = _seen(_warned(alert, ruling), letter, signature.signer, ruling.priority)
                office.book.remember(seen, drop=drop)
                self._silence(drop)
                for key in sorted(replaced):
                    office.door.post(Withdraw(key, signature.signer))
        elif drop:
            office.book.drop(*drop)
            self._silence(drop)
        if not known or again:
            self._note(alert.identity.identifier, Result.SILENT, signature)
        return Taken(Outcome.SILENT, "", reasons)

    def _kept(
        self,
        alert: Alert,
        letter: Letter,
        signature: Signature | None,
        ruling: Ruling,
        reasons: tuple[str, ...],
        again: Item | None,
    ) -> Taken:
        office = self._office
        spoken = self._spoken(alert, letter, signature, ruling)
        warned = _warned(alert, ruling)
        later = ruling.outcome is Outcome.LATER
        if not later:
            words = " ".join(self._paragraphs(ruling))[:LONGEST_TEXT]
            grave = ruling.priority is Priority.EMERGENCY
            sound = office.sounds.of_words(
                spoken.announcement.key, signal_of(spoken), words, spoken.language, needs_words=not grave
            )
            spoken = replace(spoken, sound=str(sound))
        stages = {Outcome.LATER: Stage.LATER, Outcome.CONFIRM: Stage.TO_CONFIRM, Outcome.SPEAK: Stage.READY}
        item = Item(
            spoken,
            stages[ruling.outcome],
            office.stamp(),
            ruling.confirmations,
            letter=None if ruling.outcome is Outcome.SPEAK else letter,
            warned=warned,
            reasons=tuple(map(sentence_json, reasons)),
        )
        with office.turn:
            replaced = spoken.announcement.replaces
            drop = [] if ruling.outcome is Outcome.CONFIRM or later else self._void(replaced)
            if signature is None:
                drop += self._too_many_unsigned()
            drop += [key for key in (_unsigned_key(letter), again and again.key) if key and key != item.key]
            seen = [_seen(warned, letter, signature.signer, ruling.priority)] if ruling.remember and signature else []
            office.put(item, *seen, drop=drop, before=_withdrawn(replaced))
            self._silence(drop)
        return Taken(ruling.outcome, item.key, reasons, ruling.priority)

    def _spoken(self, alert: Alert, letter: Letter, signature: Signature | None, ruling: Ruling) -> Spoken:
        office, config = self._office, self._office.config
        first = ruling.infos[0] if ruling.infos else None
        head = (first.headline or first.event) if first else self._say("The earlier warning has been taken back.")
        ends = max((expires(alert, info) for info in ruling.infos), default=None)
        commune = signature is not None and Scope.COMMUNE in signature.scopes
        announcement = Announcement(
            key=key_of(alert.identity) if signature else _unsigned_key(letter),
            priority=ruling.priority,
            scope=Scope.COMMUNE if commune else Scope.VILLAGE,
            asked=office.book.next_number(),
            replaces=self._replaced(ruling, signature),
        )
        return Spoken(
            announcement=announcement,
            sound="",
            source=SOURCE,
            wanted=config.level,
            by_hand=False,
            author=signature.signer if signature else "",
            ground=Ground.SIGNED_WARNING.value if signature else "",
            headline=head[:LONGEST_HEADLINE],
            text="\n".join(each for each in self._paragraphs(ruling) if each != head)[:LONGEST_TEXT],
            language=first.language if first else LANGUAGE,
            times=config.repeats if ruling.priority is Priority.EMERGENCY else 2,
            not_before=house_time(ruling.not_before) if ruling.not_before else None,
            until=house_time(ends) if ends else None,
            all_clear=ruling.all_clear,
            exercise=ruling.exercise,
        )

    def _paragraphs(self, ruling: Ruling) -> list[str]:
        language = ruling.infos[0].language if ruling.infos else LANGUAGE
        hub_language = "en" if language.startswith("en") else LANGUAGE
        return [
            self._office.words(each, hub_language) if isinstance(each, Sentence) else each
            for each in warning_words(ruling)
        ]

    def _beyond_scope(self, signature: Signature, priority: Priority) -> tuple[Sentence, ...]:
        scope = Scope.COMMUNE if Scope.COMMUNE in signature.scopes else Scope.VILLAGE
        permission = may_speak(
            Request(scope, priority, signature=signature), self._office.config.rules, self._office.hour()
        )
        return permission.reasons if permission.answer is not Answer.GRANTED else ()

    def _waiting_already(self, message: bytes, signature: str) -> Item | None:
        """The same message, if it waits here and is signed no better now than then."""
        for item in self._office.book.items(Stage.TO_CONFIRM, Stage.LATER):
            if item.letter is not None and item.letter.message == message:
                better = signature != item.letter.signature and self._verifier.verify(message, signature) is not None
                return None if better else item
        return None

    def _silence(self, keys: Collection[str]) -> None:
        """Take the sounds away of what waits no more."""
        for key in keys:
            self._office.sounds.forget(key)

    def _replaced(self, ruling: Ruling, signature: Signature | None) -> frozenset[str]:
        """The keys of what a warning makes void; one without a signature touches none that has one."""
        about = {
            item.key
            for item in self._office.book.items()
            if item.warned is not None
            and item.warned.identity in ruling.replaces
            and (signature is not None or item.spoken.ground != Ground.SIGNED_WARNING)
        }
        return frozenset(about | (set(map(key_of, ruling.replaces)) if signature else set()))

    def _void(self, keys: Collection[str]) -> list[str]:
        """Those of these keys that only wait here."""
        return [item.key for item in self._office.book.items(Stage.TO_CONFIRM, Stage.LATER) if item.key in keys]

    def _too_many_unsigned(self) -> list[str]:
        unsigned = [
            item
            for item in self._office.book.items(Stage.TO_CONFIRM)
            if item.letter is not None and item.spoken.ground != Ground.SIGNED_WARNING
        ]
        return [item.key for item in unsigned[: max(0, len(unsigned) - MOST_UNSIGNED + 1)]]

    def _note(self, item: str, result: Result, signature: Signature | None = None) -> None:
        self._office.note(Entry(item, SOURCE, author=signature.signer if signature else ""), result)

    def _say(self, msgid: str) -> str:
        return self._office.words(Sentence(msgid), LANGUAGE)


def key_of(identity: Identity) -> str:
    """Return the key of the announcement that a warning becomes: the same for the same warning, after any power cut."""
    text = "\n".join((identity.sender, identity.identifier, str(identity.sent.timestamp())))
    return f"cap-{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def _unsigned_key(letter: Letter) -> str:
    """Of a message that nobody vouches for: no other message can take its place, and it takes none's."""
    return f"u-{digest(letter.message).hex()[:24]}"


def _withdrawn(keys: Collection[str]) -> list[Command]:
    return [Withdraw(key) for key in sorted(keys)]


def _warned(alert: Alert, ruling: Ruling) -> Warned:
    ends = max((expires(alert, info) for info in alert.infos), default=alert.identity.sent + LASTS)
    return Warned(alert.identity, ruling.replaces, ends)


def _seen(warned: Warned, letter: Letter, signer: str, priority: Priority) -> tuple[Seen, datetime]:
    seen = Seen(warned.identity, digest(letter.message), signer, priority, warned.replaces)
    return seen, warned.ends + REMEMBERED
