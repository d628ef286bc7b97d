"""The desk for the commune's operator: announcements that are signed outside, and heard without asking anybody here.

The signature covers the exact bytes of the JSON, which bears an identifier and its time, so that none is heard twice
and no old one again. Their sound is a text that is read out here: a recording is converted on its way in, so no
signature could cover it.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from player.alerts import cap_values
from player.alerts.cap import Identity
from player.alerts.cap_judging import AHEAD, LASTS, Seen
from player.alerts.play_log import Result
from player.alerts.priorities import NO_ORDER, Announcement, Priority
from player.alerts.speaking import Answer, Request, Signature, may_speak
from player.announcing.desk import FURTHEST, LANGUAGE, Asked
from player.announcing.errors import DeskError
from player.announcing.items import Item, Stage
from player.announcing.moments import HOUSE, house_time
from player.announcing.office import Office, signal_of
from player.announcing.signers import Verifier
from player.announcing.spoken import Spoken
from player.announcing.warning_desk import REMEMBERED
from player.announcing.wishes import LONGEST_HEADLINE, Wish, read_wish
from player.errors import Sentence

SOURCE: Final = "province"
_OWN: Final = ("identifier", "sent", "expires", "order")


@dataclass(frozen=True, slots=True)
class Order:
    """A signed announcement.

    Attributes:
        wish: what is to be heard.
        identifier: tells it from every other of its signer.
        sent: when it was signed.
        expires: from when on it is not heard.
        place: its place among those of priority (ưu tiên), as the commune decides; ``NO_ORDER`` where none.
    """

    wish: Wish
    identifier: str
    sent: datetime
    expires: datetime
    place: int = NO_ORDER


class OrderDesk:
    """The desk for signed announcements.

    Args:
        office: what it works with.
        verifier: knows the keys.
    """

    def __init__(self, office: Office, verifier: Verifier) -> None:
        self._office = office
        self._verifier = verifier
        self._one_at_a_time = threading.Lock()

    def take(self, body: bytes, signature: str) -> Asked:
        """Take an order; one that was here before changes nothing.

        Args:
            body: its bytes, a JSON object.
            signature: the detached one that came beside them.

        Raises:
            DeskError: it is refused, with every reason.
            PlayerError: it cannot be read out, or the card refused; it is to be sent again.
        """
        signed = self._verifier.verify(body, signature)
        if signed is None:
            raise DeskError(HTTPStatus.FORBIDDEN, Sentence("Its signature does not hold."))
        order = read_order(body, signed.signer)
        now = self._office.wall()
        if now is None:
            raise DeskError(
                HTTPStatus.CONFLICT,
                Sentence("The hub does not know what time it is, so it cannot tell whether this is old."),
                Sentence("Send it again when the hub has been on the internet."),
            )
        identity = Identity(signed.signer, order.identifier, order.sent)
        digest = hashlib.sha256(body).digest()
        with self._one_at_a_time:
            if known := self._known(identity, digest):
                return known
            spoken = self._spoken(order, signed, identity)
            self._permit(order, signed, spoken, now)
            return self._keep(order, spoken, Seen(identity, digest, signed.signer, spoken.announcement.priority))

    def _known(self, identity: Identity, digest: bytes) -> Asked | None:
        for seen in self._office.book.seen():
            if (seen.identity.sender, seen.identity.identifier) != (identity.sender, identity.identifier):
                continue
            if seen.digest != digest:
                raise DeskError(
                    HTTPStatus.CONFLICT,
                    Sentence("Its identifier %(name)s was used by another message.", name=identity.identifier),
                )
            item = self._office.book.item(key_of(identity))
            reason = Sentence("It has been here before.")
            if item is None:
                raise DeskError(HTTPStatus.CONFLICT, reason)
            return Asked(item, Answer.GRANTED, (reason,))
        return None

    def _permit(self, order: Order, signed: Signature, spoken: Spoken, now: datetime) -> None:
        request = Request(spoken.announcement.scope, spoken.announcement.priority, signature=signed)
        at = order.wish.at or house_time(now)
        permission = may_speak(request, self._office.config.rules, at.time())
        reasons = [*permission.reasons] if permission.answer is not Answer.GRANTED else []
        if order.sent > now + AHEAD:
            reasons.append(Sentence("It was sent in the future: at %(sent)s.", sent=f"{order.sent:%H:%M %d/%m/%Y}"))
        if order.wish.at and order.wish.at > house_time(now) + FURTHEST:
            reasons.append(
                Sentence(
                    "An announcement can be planned for any time from now on, at most %(days)d days ahead.",
                    days=FURTHEST.days,
                )
            )
        if now >= order.expires or (order.wish.at and order.wish.at.replace(tzinfo=HOUSE) >= order.expires):
            end = f"{order.expires.astimezone(HOUSE):%H:%M %d/%m/%Y}"
            reasons.append(Sentence("It has expired: it held until %(end)s.", end=end))
        if reasons:
            self._office.tell(spoken, Result.REFUSED)
            raise DeskError(HTTPStatus.FORBIDDEN, reasons[0], reasons=reasons)

    def _spoken(self, order: Order, signed: Signature, identity: Identity) -> Spoken:
        wish, config = order.wish, self._office.config
        request = Request(wish.scope, wish.priority, signature=signed)
        ground = may_speak(request, config.rules, None).ground
        headline = wish.headline or wish.text[:LONGEST_HEADLINE].partition("\n")[0]
        return Spoken(
            announcement=Announcement(key_of(identity), wish.priority, wish.scope, 0, order=order.place),
            sound="",
            source=SOURCE,
            wanted=config.level if wish.level is None else wish.level,
            by_hand=False,
            author=signed.signer,
            ground=ground.value if ground else "",
            headline=headline,
            text="" if wish.text == headline else wish.text,
            language=LANGUAGE,
            times=wish.times or (config.repeats if wish.priority is Priority.EMERGENCY else 1),
            not_before=wish.at,
            until=house_time(order.expires),
        )

    def _keep(self, order: Order, spoken: Spoken, seen: Seen) -> Asked:
        office = self._office
        grave = spoken.announcement.priority is Priority.EMERGENCY
        sound = office.sounds.of_words(
            spoken.announcement.key, signal_of(spoken), order.wish.text, LANGUAGE, needs_words=not grave
        )
        announcement = replace(spoken.announcement, asked=office.book.next_number())
        spoken = replace(spoken, announcement=announcement, sound=str(sound))
        item = Item(spoken, Stage.PLANNED if order.wish.at else Stage.READY, office.stamp())
        office.put(item, (seen, order.expires + REMEMBERED))
        return Asked(item, Answer.GRANTED)


def read_order(body: bytes, signer: str) -> Order:
    """Read a signed announcement.

    Args:
        body: a JSON object.
        signer: whose signature it bears.

    Raises:
        DeskError: it is none, with every reason.
    """
    try:
        values = json.loads(body)
        if not isinstance(values, dict):
            raise ValueError
    except (ValueError, RecursionError):
        raise DeskError(HTTPStatus.BAD_REQUEST, Sentence("This is no JSON.")) from None
    problems: list[str] = []

    def read(name: str, reader: Callable[[str], Any]) -> Any:
        value = values.get(name)
        try:
            return reader(value if isinstance(value, str) else "")
        except ValueError as error:
            problems.append(Sentence("%(name)s: %(problem)s.", name=name, problem=error.args[0]))
            return None

    identifier = read("identifier", cap_values.name)
    sent = read("sent", cap_values.moment)
    expires = read("expires", cap_values.moment) if "expires" in values else sent and sent + LASTS
    place = values.get("order", NO_ORDER)
    if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place <= NO_ORDER:
        problems.append(
            Sentence(
                "%(name)s must be a whole number from %(least)d to %(most)d.", name="order", least=0, most=NO_ORDER
            )
        )
    if values.get("author") or values.get("recording") or values.get("microphone"):
        problems.append(Sentence("A signed announcement is a text, and its author is its signer."))
    try:
        rest = {name: value for name, value in values.items() if name not in {*_OWN, "author"}}
        wish = read_wish({**rest, "author": "signer"})
    except DeskError as error:
        problems.extend(error.reasons)
    if problems:
        first = Sentence("This announcement cannot be taken: %(first)s", first=problems[0])
        raise DeskError(HTTPStatus.BAD_REQUEST, first, reasons=problems)
    return Order(replace(wish, author=signer), identifier, sent, expires, place)


def key_of(identity: Identity) -> str:
    """Return the key of the announcement that an order becomes: the same for the same order."""
    text = "\n".join((identity.sender, identity.identifier, str(identity.sent.timestamp())))
    return f"order-{hashlib.sha256(text.encode()).hexdigest()[:24]}"
