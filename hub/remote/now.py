"""What is on the television now, as the player tells it, and as pages show it."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from captive_portal.days import HOUSE_ZONE
from hub.errors import HubError
from hub.remote.line import PlayerLine, sentence
from library.reading.opening import reading_address
from library.slugs import slug
from library.views import book_address

STATES: Final = frozenset({"idle", "starting", "playing", "paused", "announcing", "off"})
_MOVES: Final = frozenset({"position_ms", "changed"})
_KEPT_S: Final = 2.0
_RESTS_S: Final = 10.0
_GLANCE_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Handout:
    """Something to read after a film: what it is called, and where it is on the shelf."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Now:
    """What the player does, every value of a sound type whatever was answered.

    Attributes:
        state: one of `STATES`.
        screen: what films are shown on; "none" where there is no television.
        key: the same as long as nothing changes but the place in the film.
        question: of the pause point that the film waits at; None when it waits at none.
        announcement: what the loudspeaker says; None when it is silent.
        urgent: whether that is an emergency.
        playlist: its name, the place in it counted from 1, and how many films it has; None without one.
        starts: when the next item of the schedule starts; empty when nothing is planned.
        plays: what that is.
        is_live_next: whether that is a broadcast.
    """

    state: str
    screen: str
    key: str
    title: str
    film: str
    kind: str
    position_ms: int
    length_ms: int
    level: int
    question: str | None
    announcement: str | None
    urgent: bool
    playlist: tuple[str, int, int] | None
    waiting: int
    starts: str
    plays: str
    is_live_next: bool
    clock_trusted: bool
    quiet: bool
    handouts: tuple[Handout, ...]
    quarantined: int
    problem: str

    @property
    def has_screen(self) -> bool:
        """Whether there is a television at all."""
        return self.screen not in {"", "none"}

    @property
    def is_on(self) -> bool:
        """Whether a film, a sound or a broadcast is on, held or not."""
        return bool(self.title) and self.state not in {"idle", "off"}


def now_from(answer: object) -> Now:
    """Read the player's ``GET /status``; what is missing or odd counts as nothing."""
    said: Mapping[str, Any] = answer if isinstance(answer, Mapping) else {}
    steady = {name: value for name, value in said.items() if name not in _MOVES}
    key = hashlib.sha256(json.dumps(steady, sort_keys=True, default=str).encode()).hexdigest()[:16]
    point, spoken, coming = (_table(said.get(name)) for name in ("pause_point", "announcement", "next"))
    state = _text(said.get("state"))
    film = _text(said.get("film"))
    return Now(
        state=state if state in STATES else "idle",
        screen=_text(said.get("screen")),
        key=key,
        title=_text(said.get("title")) or film.rpartition("/")[2],
        film=film,
        kind=_text(said.get("kind")),
        position_ms=_number(said.get("position_ms")),
        length_ms=_number(said.get("length_ms")),
        level=min(100, _number(said.get("level"))),
        question=_text(point.get("question")) if point else None,
        announcement=_text(spoken.get("headline")) if spoken else None,
        urgent=_number(spoken.get("priority")) >= 3,
        playlist=_playlist(_table(said.get("playlist"))),
        waiting=_number(said.get("waiting")),
        starts=_text(coming.get("starts")),
        plays=_text(coming.get("plays")),
        is_live_next=coming.get("broadcast") is True,
        clock_trusted=said.get("clock_trusted") is True,
        quiet=said.get("quiet") is True,
        handouts=tuple(_handouts(said.get("handouts"))),
        quarantined=_number(said.get("quarantined")),
        problem=sentence(said.get("problem")),
    )


class Glance:
    """What is on, for pages that many open: asked at most every two seconds, and never waited for long.

    Args:
        line: to the player.
        clock: seconds that only go forward.
    """

    def __init__(self, line: PlayerLine, clock: Callable[[], float]) -> None:
        self._line = line
        self._clock = clock
        self._asking = threading.Lock()
        self._seen: Now | None = None
        self._until = float("-inf")

    def look(self) -> Now | None:
        """What is on; None when the player does not answer."""
        if self._clock() < self._until or not self._asking.acquire(blocking=False):
            return self._seen
        try:
            self._seen, kept_s = now_from(self._line.look("/status", _GLANCE_S)), _KEPT_S
        except HubError:
            self._seen, kept_s = None, _RESTS_S
        finally:
            self._asking.release()
        self._until = self._clock() + kept_s
        return self._seen


def hour_of_house() -> datetime:
    """The wall time of the house, without a zone, as the player gives its own."""
    return datetime.now(HOUSE_ZONE).replace(tzinfo=None)


def _playlist(said: Mapping[str, Any]) -> tuple[str, int, int] | None:
    if not said:
        return None
    films = said.get("films")
    many = len(films) if isinstance(films, list) else _number(films)
    return _text(said.get("name")), _number(said.get("place")) + 1, many


def _handouts(said: object) -> list[Handout]:
    found = []
    for one in said if isinstance(said, list) else []:
        code, book, page = (_text(_table(one).get(name)) for name in ("code", "book", "page"))
        title = _text(_table(one).get("title")) or code or book
        if code:
            found.append(Handout(title, f"/q/{quote(code)}"))
        elif book:
            found.append(Handout(title, reading_address(slug(book), page) if page else book_address(slug(book))))
    return found


def _table(said: object) -> Mapping[str, Any]:
    return said if isinstance(said, Mapping) else {}


def _text(said: object) -> str:
    return said.encode("utf-8", "replace").decode() if isinstance(said, str) else ""  # halves of letters spoil a page


def _number(said: object) -> int:
    return max(0, int(said)) if isinstance(said, (int, float)) and not isinstance(said, bool) else 0
