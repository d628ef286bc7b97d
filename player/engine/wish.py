"""What is to be played, and what is on: the values that the rules of the programme pass around."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import PurePosixPath

from player.alerts.play_log import Entry
from player.alerts.priorities import Programme
from player.engine.judging import Trial
from player.engine.logbook import Line
from player.films import Film
from player.schedule.order import Walk
from player.sidecar import Pause


class Hold(StrEnum):
    """Why a programme is held; it goes on when nothing holds it any more."""

    USER = "user"
    ANNOUNCEMENT = "announcement"
    QUESTION = "question"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be played. Moments are of the monotonic clock, in seconds.

    Attributes:
        walk: the films, in their order, and which of them is first; a film alone is a list of one. Empty: a stream.
        playlist: the list's name; empty for a film alone.
        address: of a stream; empty: films.
        start_ms: from where the first film plays.
        source: who asked.
        author: the post that asked; empty where nobody knows.
        planned: when it was to start, by the schedule; None where nothing was planned.
        ends_s: when its plan ends it; None: by itself.
        back: what goes on afterwards; None: nothing.
        held: whether it begins held, and by what.
        attempts: how often it was begun after a start of the player.
    """

    walk: Walk = field(default_factory=lambda: Walk(()))
    playlist: str = ""
    address: str = ""
    start_ms: int = 0
    source: str = "remote"
    author: str = ""
    planned: datetime | None = None
    ends_s: float | None = None
    back: Wish | None = None
    held: frozenset[Hold] = frozenset()
    attempts: int = 0

    @property
    def by_hand(self) -> bool:
        """Whether somebody in the house asked: then films wait at their questions."""
        return self.source != "schedule"

    @property
    def name(self) -> str:
        """What it is called where nothing better is known."""
        return self.playlist or self.address or PurePosixPath(self.walk.film or "").name

    @property
    def once_more(self) -> Wish:
        """The same from its beginning, because somebody asks for it now."""
        return Wish(self.walk, playlist=self.playlist, address=self.address)

    def entry(self, item: str) -> Entry:
        """Return the beginning of a line of the log."""
        return Entry(item, self.source, author=self.author, planned=self.planned)


@dataclass(slots=True)
class On:
    """What is on.

    Attributes:
        kind: a film, a sound or a stream.
        generation: its number.
        trial: how it has played so far.
        line: its line of the log.
        title: what people call it.
        film: which film; None for a stream.
        pause: the question at which it waits, with its number from 1; None: none.
        passed_ms: up to where questions have been asked, or passed over.
        told_s: when the screen was last told whether it is held.
        saved_s: when it was last kept for the next start.
        seen: whether it has been seen to start.
        gone_s: since when the screen has nothing of it; None: it has.
    """

    kind: Programme
    generation: int
    trial: Trial
    line: Line
    title: str
    film: Film | None = None
    pause: tuple[int, Pause] | None = None
    passed_ms: int = 0
    told_s: float = 0.0
    saved_s: float = float("-inf")
    seen: bool = False
    gone_s: float | None = None

    @property
    def file(self) -> str:
        """The film's name below the content folder; empty for a stream."""
        return self.film.file if self.film else ""

    def question(self) -> tuple[int, Pause] | None:
        """The question that has been reached since the last call, with its number; None: none."""
        reached = [
            (number, pause)
            for number, pause in enumerate(self.film.pauses if self.film else (), 1)
            if self.passed_ms < pause.at_ms <= self.trial.position_ms
        ]
        self.passed_ms = max(self.passed_ms, self.trial.position_ms)
        return reached[0] if reached else None


def alone(film: str, **rest: object) -> Wish:
    """Wish for one film."""
    return replace(Wish(walk=Walk((film,), 0)), **rest)  # type: ignore[arg-type]
