"""What was counted in the hall: numbers with the film and the question they belong to, never changed; nobody's name."""

from __future__ import annotations

import contextlib
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from player.errors import PlayerError, Sentence

MOST_PEOPLE: Final = 5000
"""No hall holds more."""

MOST_COUNTS: Final = 20_000
"""So many are kept, the last ones."""

_SCHEMA: Final = """
create table if not exists counts (
    number integer primary key autoincrement,
    at integer not null,
    clock_trusted integer not null,
    film text not null,
    question integer,
    people integer not null check (people between 0 and 5000),
    hands integer check (hands between 0 and people)
);
create trigger if not exists counts_no_change before update on counts
    begin select raise(abort, 'counts are only added to'); end;
"""


class CountError(PlayerError):
    """A count that cannot be taken."""


class CountFileError(PlayerError):
    """The counts cannot be written or read."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A count.

    Attributes:
        at: when.
        clock_trusted: whether the clock was trusted then.
        film: the film's name below the content folder.
        question: the number of the pause point, counted from 1; None: after the film, or anywhere in it.
        people: in the hall.
        hands: that went up; None where nobody was asked.
    """

    at: datetime
    clock_trusted: bool
    film: str
    question: int | None
    people: int
    hands: int | None = None


def check(people: int, hands: int | None) -> None:
    """Look whether numbers can be.

    Raises:
        CountError: they cannot.
    """
    if not 0 <= people <= MOST_PEOPLE:
        raise CountError(Sentence("The number of people must be from 0 to %(most)d.", most=MOST_PEOPLE))
    if hands is not None and not 0 <= hands <= people:
        raise CountError(
            Sentence("There cannot be more hands than people."), Sentence("Count one hand for each person.")
        )


class Counts:
    """The counts' file; any thread may ask.

    Args:
        path: where; made with the first count.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, counted: Counted) -> None:
        """Write a count; it outlives a power cut.

        Raises:
            CountError: the numbers cannot be.
            CountFileError: it is not on the card.
        """
        check(counted.people, counted.hands)
        row = (
            int(counted.at.timestamp()),
            counted.clock_trusted,
            counted.film[:1000],
            counted.question,
            counted.people,
            counted.hands,
        )
        try:
            with closing(sqlite3.connect(self._path, timeout=5.0, isolation_level=None)) as database:
                database.execute("pragma journal_mode = wal")
                database.execute("pragma synchronous = full")
                database.executescript(_SCHEMA)
                database.execute("begin immediate")
                try:
                    database.execute(
                        "insert into counts (at, clock_trusted, film, question, people, hands)"
                        " values (?, ?, ?, ?, ?, ?)",
                        row,
                    )
                    database.execute(
                        "delete from counts where number <= (select max(number) from counts) - ?", (MOST_COUNTS,)
                    )
                    database.execute("commit")
                finally:
                    if database.in_transaction:
                        with contextlib.suppress(sqlite3.Error):
                            database.execute("rollback")
        except sqlite3.Error as error:
            raise _unusable(error) from error

    def newest(self, most: int = 200) -> list[Counted]:
        """Read the newest counts, newest first.

        Raises:
            CountFileError: they cannot be read.
        """
        if not self._path.exists():
            return []
        try:
            with closing(
                sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=rw", uri=True, timeout=5.0)
            ) as database:
                rows = database.execute(
                    "select at, clock_trusted, film, question, people, hands from counts order by number desc limit ?",
                    (most,),
                ).fetchall()
        except sqlite3.Error as error:
            raise _unusable(error) from error
        return [Counted(datetime.fromtimestamp(at, UTC), bool(trusted), *rest) for at, trusted, *rest in rows]


def _unusable(error: sqlite3.Error) -> CountFileError:
    return CountFileError(
        Sentence("The counts cannot be used: %(reason)s.", reason=error), Sentence("Is the card full or read-only?")
    )
