"""What somebody in the house wants to be heard: read strictly, with everything that is wrong with it at once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from player.alerts.priorities import Priority, Scope
from player.announcing.errors import DeskError
from player.announcing.moments import house_time
from player.errors import Sentence

LONGEST_TEXT: Final = 3000
LONGEST_HEADLINE: Final = 120
MOST_TIMES: Final = 5
_KEYS: Final = (
    "recording",
    "text",
    "microphone",
    "priority",
    "scope",
    "headline",
    "level",
    "times",
    "at",
    "author",
)
_RECORDING: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_POST: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_UNREADABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_MINUTE: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?([+-]\d{2}:\d{2}|Z)?")


@dataclass(frozen=True, slots=True)
class Wish:
    """An announcement that somebody asks for: exactly one of a recording, a text and the microphone.

    Attributes:
        author: the post that asks, by its key.
        recording: which; empty where there is none.
        text: what is to be read out; empty where there is none. Beside a recording: what the television shows.
        microphone: whether somebody speaks into the hub's microphone.
        priority: how pressing it is.
        scope: how far it reaches.
        headline: what the television shows in large letters.
        level: how loud, from 0 to 100; None: as the house is set.
        times: how often it is said; None: as the house is set.
        at: when, in wall time of the house; None: now.
    """

    author: str
    recording: str = ""
    text: str = ""
    microphone: bool = False
    priority: Priority = Priority.ORDINARY
    scope: Scope = Scope.HALL
    headline: str = ""
    level: int | None = None
    times: int | None = None
    at: datetime | None = None

    @property
    def source(self) -> str:
        """Where it comes from, as the log says it."""
        if self.microphone:
            return "microphone"
        return "recording" if self.recording else "text"


def plain_text(value: str) -> str:
    """Return a text in NFC, without letters that steer instead of being read."""
    return unicodedata.normalize("NFC", _UNREADABLE.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))).strip()


def read_wish(values: object) -> Wish:
    """Read a wish from the values of a JSON object.

    Raises:
        DeskError: it is none, with every reason.
    """
    if not isinstance(values, Mapping):
        raise _bad([Sentence("An announcement is an object with names and values.")])
    reading = _Reading(values)
    unknown = [name for name in values if name not in _KEYS]
    if unknown:
        reading.problems.append(Sentence("%(name)s is unknown here.", name=str(unknown[0])[:40]))
    wish = Wish(
        author=reading.matching("author", _POST, Sentence("It must say which post asks (author).")),
        recording=reading.matching("recording", _RECORDING, Sentence("There is no such recording."), needed=False),
        text=reading.text("text", LONGEST_TEXT),
        microphone=values.get("microphone", False) is True,
        priority=reading.one_of("priority", Priority, Priority.ORDINARY),
        scope=reading.one_of("scope", Scope, Scope.HALL),
        headline=" ".join(reading.text("headline", LONGEST_HEADLINE).split()),
        level=reading.number("level", 0, 100),
        times=reading.number("times", 1, MOST_TIMES),
        at=reading.moment("at"),
    )
    if sum((bool(wish.recording), bool(wish.text) and not wish.recording, wish.microphone)) != 1:
        reading.problems.append(
            Sentence("Choose one: a recording, a text to be read out, or the microphone. Nothing can be heard so far.")
        )
    if wish.microphone and wish.at:
        reading.problems.append(Sentence("The microphone is for now; a recording or a text can be planned."))
    if wish.at and wish.priority is Priority.EMERGENCY:
        reading.problems.append(Sentence("An emergency is for now; it cannot be planned."))
    if reading.problems:
        raise _bad(reading.problems)
    return wish


class _Reading:
    """Reads single values and gathers what is wrong."""

    def __init__(self, values: Mapping[Any, Any]) -> None:
        self._values = values
        self.problems: list[Sentence] = []

    def matching(self, name: str, form: re.Pattern[str], complaint: Sentence, *, needed: bool = True) -> str:
        value = self._values.get(name)
        if value in (None, "") and not needed:
            return ""
        if isinstance(value, str) and form.fullmatch(value):
            return value
        self.problems.append(complaint)
        return ""

    def text(self, name: str, most: int) -> str:
        value = self._values.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.problems.append(Sentence("%(name)s must be a text.", name=name))
            return ""
        try:
            value.encode()
        except UnicodeEncodeError:
            self.problems.append(Sentence("%(name)s holds letters that nobody can read.", name=name))
            return ""
        value = plain_text(value[: most * 8])
        if len(value) > most:
            self.problems.append(
                Sentence("The text is too long: at most %(most)d letters. Make it shorter, or send two.", most=most)
            )
        return value

    def number(self, name: str, least: int, most: int) -> int | None:
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.problems.append(
            Sentence("%(name)s must be a whole number from %(least)d to %(most)d.", name=name, least=least, most=most)
        )
        return None

    def one_of(self, name: str, kind: Any, default: Any) -> Any:
        value = self._values.get(name)
        if value is None:
            return default
        try:
            if isinstance(value, bool):
                raise ValueError
            return kind(value)
        except (ValueError, TypeError):
            words = ", ".join(str(each.value) for each in kind)
            self.problems.append(Sentence("%(name)s must be one of %(words)s.", name=name, words=words))
            return default

    def moment(self, name: str) -> datetime | None:
        value = self._values.get(name)
        if value is None or value == "":
            return None
        try:
            if not isinstance(value, str) or not _MINUTE.fullmatch(value):
                raise ValueError
            return house_time(datetime.fromisoformat(value))
        except (ValueError, OverflowError):
            self.problems.append(
                Sentence("%(name)s must be a time such as %(example)s.", name=name, example="2026-11-25T18:00")
            )
            return None


def _bad(problems: list[Sentence]) -> DeskError:
    return DeskError(
        HTTPStatus.BAD_REQUEST,
        Sentence("This announcement cannot be taken: %(first)s", first=problems[0]),
        Sentence("Mend it and send it again."),
        problems,
    )
