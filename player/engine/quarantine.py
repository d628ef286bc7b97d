"""Films that could not be played: after two failures one is left out, until its file changes or it is forgiven."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from player.errors import Sentence
from player.schedule.playback import Stamp
from player.schedule.state_file import AtomicWriter, StateFile

VERSION: Final = 1
"""Of the form of `Failures`."""

FAILURES: Final = 2
"""So many failures put a film in quarantine."""

MOST_FILMS: Final = 100
"""So many films with failures are remembered, the last ones."""


class Failure(BaseModel):
    """How often a film failed, and why it did last.

    Attributes:
        stamp: the file it was.
        failures: how often.
        reason: the English sentence that says why, which is its name in other languages, too.
        since: of the first failure, in seconds since 1970 by the hub's own clock.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    stamp: Stamp
    failures: int = Field(ge=1)
    reason: Annotated[str, Field(max_length=200)]
    since: float = Field(allow_inf_nan=False)


class Failures(BaseModel):
    """Every film that failed and was not played whole since, by its name; the last to fail at the end."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    films: dict[Annotated[str, Field(max_length=4096)], Failure] = {}


def failures_file(path: Path, write: AtomicWriter) -> StateFile[Failures]:
    """Return the file that keeps them.

    Args:
        path: where.
        write: writes a file atomically.
    """
    return StateFile(path, Failures, VERSION, write)


def failed(book: Failures, film: str, stamp: Stamp, reason: Sentence, now: float) -> Failures:
    """Add a failure of a film; failures of another file of this name count no more."""
    before = book.films.get(film)
    same = before is not None and before.stamp == stamp
    entry = Failure(
        stamp=stamp,
        failures=before.failures + 1 if before and same else 1,
        reason=reason.msgid[:200],
        since=before.since if before and same else now,
    )
    others = {name: one for name, one in book.films.items() if name != film}
    return _bounded({**others, film: entry})


def forgiven(book: Failures, film: str) -> Failures:
    """Forget a film's failures: it was played whole, or somebody said so."""
    return Failures(films={name: one for name, one in book.films.items() if name != film})


def is_bad(book: Failures, film: str, stamp: Stamp | None) -> bool:
    """Whether a film is in quarantine.

    Args:
        book: the failures.
        film: its name.
        stamp: the file it is now; None when it is gone.
    """
    entry = book.films.get(film)
    return entry is not None and entry.failures >= FAILURES and entry.stamp == stamp


def in_quarantine(book: Failures, stamp_of: Callable[[str], Stamp | None]) -> dict[str, Failure]:
    """List the films in quarantine that are still the same files."""
    failed_twice = {film: one for film, one in book.films.items() if one.failures >= FAILURES}
    return {film: one for film, one in failed_twice.items() if one.stamp == stamp_of(film)}


def _bounded(films: dict[str, Failure]) -> Failures:
    kept: Iterable[tuple[str, Failure]] = list(films.items())[-MOST_FILMS:]
    return Failures(films=dict(kept))
