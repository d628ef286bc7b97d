"""The desk's addresses on the player's socket: JSON in, JSON out, every refusal with all its reasons."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from player.alerts.cap_judging import Outcome
from player.alerts.cap_refusal import MOST_BYTES, AlertRefusedError
from player.alerts.speaking import CONFIRM_WITHIN_S, Ground
from player.announcing.desk import Asked, Desk
from player.announcing.errors import DeskError
from player.announcing.items import Item, Stage
from player.announcing.moments import waited_s
from player.announcing.office import Office
from player.announcing.orders import OrderDesk
from player.announcing.warning_desk import WarningDesk
from player.announcing.wishes import read_wish
from player.answers import problem_json, sentence_json
from player.errors import PlayerError, Sentence

SIGNATURE: Final = "X-Hub-Signature"
"""The header that brings the detached signature of a body: ``<name of the key> <base64>``."""
LARGEST_WISH_BYTES: Final = 64 * 1024
_STATUS: Final = {
    Outcome.SPEAK: HTTPStatus.ACCEPTED,
    Outcome.LATER: HTTPStatus.ACCEPTED,
    Outcome.CONFIRM: HTTPStatus.ACCEPTED,
    Outcome.SILENT: HTTPStatus.OK,
}

Speaking = Callable[[], str]
"""Returns the key of the announcement that is heard now; empty where none is."""


def desk_pages(
    office: Office,
    desk: Desk,
    warnings: WarningDesk,
    orders: OrderDesk,
    speaking: Speaking,
    last_test: Callable[[], dict[str, Any] | None],
) -> Blueprint:
    """Build the desk's part of the player's site.

    Args:
        office: what the desk works with.
        desk: for people of the house.
        warnings: for warnings from outside.
        orders: for announcements that are signed outside.
        speaking: tells what is heard now.
        last_test: tells how the last silent test went; None where there was none.
    """
    pages = Blueprint("desk", __name__)

    @pages.errorhandler(PlayerError)
    def refuse(error: PlayerError) -> ResponseReturnValue:
        status = error.status if isinstance(error, DeskError) else HTTPStatus.SERVICE_UNAVAILABLE
        reasons: tuple[object, ...] = error.reasons if isinstance(error, DeskError) else (error.message,)
        if isinstance(error, AlertRefusedError):
            status, reasons = HTTPStatus.BAD_REQUEST, error.problems
        return jsonify(**problem_json(error), reasons=[sentence_json(reason) for reason in reasons]), int(status)

    @pages.get("/announcements")
    def listing() -> ResponseReturnValue:
        now = speaking()
        items = office.book.items()
        shown = [
            item
            for item in items
            if not item.spoken.silent and not (item.stage is Stage.GIVEN and office.heard(item.key))
        ]
        return jsonify(
            waiting=[_entry(office, item) for item in shown if item.stage is not Stage.TO_CONFIRM and item.key != now],
            to_confirm=[_entry(office, item) for item in shown if item.stage is Stage.TO_CONFIRM],
            speaking=next((_entry(office, item) for item in shown if item.key == now), None),
            silent_test=last_test(),
            microphone=office.config.microphone is not None,
        )

    @pages.post("/announcements")
    def ask() -> ResponseReturnValue:
        if SIGNATURE in request.headers:
            return _asked(orders.take(_body(LARGEST_WISH_BYTES), request.headers[SIGNATURE][:400]))
        return _asked(desk.ask(read_wish(_json())))

    @pages.post("/announcements/<key>/confirm")
    def confirm(key: str) -> ResponseReturnValue:
        author = _author(_json())
        with office.turn:  # of two who confirm at once, one is the first
            item = _item(office, key, Stage.TO_CONFIRM)
            return _asked(warnings.confirm(item, author) if item.letter is not None else desk.confirm(item, author))

    @pages.post("/announcements/<key>/withdraw")
    def withdraw(key: str) -> ResponseReturnValue:
        author = _author(_json())
        with office.turn:
            desk.withdraw(_item(office, key), author)
        return jsonify(key=key, state="withdrawn"), HTTPStatus.ACCEPTED

    @pages.post("/all-clear")
    def all_clear() -> ResponseReturnValue:
        values = _json()
        text = values.get("text") or ""
        if not isinstance(text, str):
            raise _bad(Sentence("%(name)s must be a text.", name="text"))
        return _asked(desk.all_clear(_author(values), text))

    @pages.post("/alerts")
    def alert() -> ResponseReturnValue:
        message = _body(MOST_BYTES)
        taken = warnings.take(message, request.headers.get(SIGNATURE, "")[:400])
        answer = {
            "outcome": taken.outcome.name.lower(),
            "key": taken.key,
            "priority": int(taken.priority),
            "reasons": [sentence_json(reason) for reason in taken.reasons],
        }
        return jsonify(answer), int(_STATUS[taken.outcome])

    return pages


def _asked(asked: Asked) -> tuple[Response, int]:
    return (
        jsonify(
            key=asked.item.key,
            state=asked.answer.value,
            at=asked.item.spoken.not_before and asked.item.spoken.not_before.isoformat(timespec="minutes"),
            reasons=[sentence_json(reason) for reason in asked.reasons],
        ),
        int(HTTPStatus.ACCEPTED),
    )


def _entry(office: Office, item: Item) -> dict[str, Any]:
    """What the website is told of an announcement."""
    spoken = item.spoken
    left: int | None = None
    if item.stage is Stage.TO_CONFIRM and (item.letter is None or item.confirmations == 1):
        waited = waited_s(item.asked, office.stamp())
        left = 0 if waited is None else max(0, round(CONFIRM_WITHIN_S - waited))
    return {
        "key": item.key,
        "stage": item.stage.value,
        "priority": int(spoken.announcement.priority),
        "scope": spoken.announcement.scope.value,
        "voice": spoken.announcement.voice.value,
        "source": spoken.source,
        "author": spoken.author,
        "approver": spoken.approver,
        "ground": spoken.ground,
        "headline": spoken.headline,
        "text": spoken.text,
        "times": spoken.times,
        "at": spoken.not_before.isoformat(timespec="minutes") if spoken.not_before else None,
        "until": spoken.until.isoformat(timespec="minutes") if spoken.until else None,
        "all_clear": spoken.all_clear,
        "exercise": spoken.exercise,
        "signed": spoken.ground in {Ground.SIGNED, Ground.SIGNED_WARNING},
        "confirmations": item.confirmations,
        "left_s": left,
        "reasons": list(item.reasons),
    }


def _item(office: Office, key: str, *stages: Stage) -> Item:
    item = office.book.item(key[:80])
    if item is None or item.spoken.silent or (stages and item.stage not in stages):
        raise DeskError(
            HTTPStatus.NOT_FOUND,
            Sentence("There is no such announcement any more."),
            Sentence("It may have been heard, taken back, or confirmed by somebody else."),
        )
    return item


def _body(most: int) -> bytes:
    """Return the body, of which no more than ``most`` bytes are ever held."""
    length = request.content_length
    body = b"" if length is not None and length > most else request.stream.read(most + 1)
    if len(body) > most or (length is not None and length > most):
        raise DeskError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            Sentence("This is too large: at most %(most)d kB.", most=most // 1024),
        )
    return body


def _json() -> dict[str, Any]:
    try:
        values = json.loads(_body(LARGEST_WISH_BYTES))
    except (ValueError, RecursionError):
        raise _bad(Sentence("This is no JSON.")) from None
    if not isinstance(values, dict):
        raise _bad(Sentence("An announcement is an object with names and values."))
    return values


def _author(values: dict[str, Any]) -> str:
    author = values.get("author")
    if not isinstance(author, str) or not 0 < len(author) <= 40:
        raise _bad(Sentence("It must say which post asks (author)."))
    return author


def _bad(problem: Sentence) -> DeskError:
    return DeskError(HTTPStatus.BAD_REQUEST, problem)
