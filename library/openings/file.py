"""How often each thing was opened on each day, on the card: numbers only, and never more than a few megabytes.

Days are kept for a bit more than a year, then folded into months, these for ten years; both by their number and not by
the clock, which may be wrong. A damaged file is put aside and a new one begun: what is lost are numbers.
"""

import contextlib
import logging
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from library.errors import OpeningsUnavailableError, Sentence
from library.openings.days import UNKNOWN, believed

logger = logging.getLogger(__name__)

DAYS_KEPT: Final = 400
MONTHS_KEPT: Final = 120
MOST_ROWS: Final = 200_000
_BUSY_S: Final = 5
_FEWEST_DAYS: Final = 31
_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SCHEMA: Final = """
create table if not exists openings (
    day text not null,
    name text not null,
    kind text not null,
    count integer not null,
    primary key (day, name, kind)
) without rowid;
create table if not exists taken (only integer primary key check (only = 1), number integer not null);
"""
_ADD: Final = (
    "insert into openings values (?, ?, ?, ?)"
    " on conflict (day, name, kind) do update set count = count + excluded.count"
)
_FOLD: Final = (
    "insert into openings select substr(day, 1, 7), name, kind, count from openings where day = ?"
    " on conflict (day, name, kind) do update set count = count + excluded.count"
)
_Found = TypeVar("_Found")


@dataclass(frozen=True)
class OpeningsRow:
    """One number: ``day`` is a date, a month ("2026-11") or ``unknown``."""

    day: str
    name: str
    kind: str
    count: int


class OpeningsFile:
    """The file of one hub. One process writes it; any may read.

    Args:
        path: the file; made when missing.
        evidence: the latest day that is known from elsewhere; days far beyond it are not believed.
        bounds: how many days, months and rows are kept.
    """

    def __init__(
        self,
        path: Path,
        evidence: Callable[[], str] = lambda: "",
        bounds: tuple[int, int, int] = (DAYS_KEPT, MONTHS_KEPT, MOST_ROWS),
    ) -> None:
        self._path = path
        self._evidence = evidence
        self._days, self._months, self._rows = bounds
        self._database: sqlite3.Connection | None = None

    def number(self) -> int:
        """The number of the last taking that is in the file.

        Raises:
            OpeningsUnavailableError: it cannot be read.
        """
        return self._write(_number)

    def add(self, tally: Mapping[tuple[str, str, str], int], number: int) -> None:
        """Add what was counted, by day, name and kind, in one step; a taking that is in the file is not added again.

        Raises:
            OpeningsUnavailableError: it cannot be written; nothing was added.
        """

        def write(database: sqlite3.Connection) -> None:
            if number <= _number(database):
                return
            known = max(_newest(database), self._evidence())
            before = _labels(database, 10)
            database.executemany(
                _ADD, [(believed(day, known), name, kind, count) for (day, name, kind), count in tally.items()]
            )
            database.execute("insert or replace into taken values (1, ?)", (number,))
            if _labels(database, 10) != before:
                self._fold(database)

        self._write(write)

    def rows(self, first: str = "", last: str = "") -> list[OpeningsRow]:
        """The numbers, in the order of their days; all, or those of the days from ``first`` to ``last``.

        Raises:
            OpeningsUnavailableError: they cannot be read.
        """
        query = "select day, name, kind, count from openings"
        if first:
            query += " where length(day) = 10 and day between ? and ?"
        return self._read(
            lambda database: [
                OpeningsRow(*row)
                for row in database.execute(f"{query} order by day, name, kind", (first, last) if first else ())
            ]
        )

    def believed(self, day: str) -> str:
        """The day, or ``unknown`` where it cannot be, by what is in the file and known from elsewhere.

        Raises:
            OpeningsUnavailableError: it cannot be read.
        """
        return believed(day, max(self.newest(), self._evidence()))

    def newest(self) -> str:
        """The latest day in the file; "" where there is none.

        Raises:
            OpeningsUnavailableError: it cannot be read.
        """
        return self._read(_newest)

    def _fold(self, database: sqlite3.Connection) -> None:
        """Turn old days into months, and forget old months; where there are too many rows, half of what there is."""
        days = _labels(database, len("2026-11-25"))
        kept = max(_FEWEST_DAYS, len(days) // 2) if self._are_too_many(database) else self._days
        for day in days[: max(0, len(days) - min(kept, self._days))]:
            database.execute(_FOLD, (day,))
            database.execute("delete from openings where day = ?", (day,))
        months = _labels(database, len("2026-11"))
        kept = max(1, len(months) // 2) if self._are_too_many(database) else self._months
        for month in months[: max(0, len(months) - min(kept, self._months))]:
            database.execute("delete from openings where day = ?", (month,))

    def _are_too_many(self, database: sqlite3.Connection) -> bool:
        (rows,) = database.execute("select count(*) from openings").fetchone()
        return bool(rows > self._rows)

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        database, self._database = self._database, None
        if database is not None:
            with contextlib.suppress(sqlite3.Error):
                database.close()

    def _write(self, act: Callable[[sqlite3.Connection], _Found]) -> _Found:
        """Do something in one step; the file stays open, since opening and closing it would write to the card, too."""
        try:
            if self._database is None or not self._path.exists():
                self.close()
                self._database = self._connect()
            database = self._database
            database.execute("begin immediate")
            try:
                found = act(database)
                database.execute("commit")
            finally:
                if database.in_transaction:
                    with contextlib.suppress(sqlite3.Error):
                        database.execute("rollback")
            return found
        except sqlite3.Error as error:
            self.close()
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
                self._put_aside()
            raise self._unavailable(error) from error

    def _connect(self) -> sqlite3.Connection:
        database = _open(self._path, "mode=rwc")
        try:
            database.execute("pragma journal_mode = wal")
            database.execute("pragma synchronous = full")  # one flush a minute; without it a cut costs much more
            database.executescript(_SCHEMA)
        except BaseException:
            database.close()
            raise
        return database

    def _read(self, act: Callable[[sqlite3.Connection], _Found]) -> _Found:
        if not self._path.exists():
            return _of_none(act)
        problem: sqlite3.Error | None = None
        for way in ("mode=rw", "immutable=1"):  # on a full card SQLite has no room even to look into its journal
            try:
                with closing(_open(self._path, way)) as database:
                    return act(database) if way != "mode=rw" or _is_begun(database) else _of_none(act)
            except sqlite3.Error as error:
                problem = error
        raise self._unavailable(problem) from problem

    def _put_aside(self) -> None:
        aside = self._path.with_name(f"{self._path.name}.damaged")
        with contextlib.suppress(OSError):
            for suffix in ("-wal", "-shm", ""):
                here, there = Path(f"{self._path}{suffix}"), Path(f"{aside}{suffix}")
                there.unlink(missing_ok=True)
                if here.exists():
                    here.replace(there)
            logger.error("the count of openings was damaged; it is kept as %s, and counting begins anew", aside.name)

    def _unavailable(self, error: Exception | None) -> OpeningsUnavailableError:
        return OpeningsUnavailableError(
            Sentence("%(name)s cannot be used: %(reason)s.", name=self._path.name, reason=error),
            Sentence("Is the card full or read-only?"),
        )


def _open(path: Path, way: str) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?{way}"
    return sqlite3.connect(address, uri=True, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)


def _is_begun(database: sqlite3.Connection) -> bool:
    """Whether the tables are there: the file is a moment older than they are."""
    (tables,) = database.execute("select count(*) from sqlite_master where name in ('openings', 'taken')").fetchone()
    return bool(tables == 2)


def _of_none(act: Callable[[sqlite3.Connection], _Found]) -> _Found:
    with closing(sqlite3.connect(":memory:")) as empty:
        empty.executescript(_SCHEMA)
        return act(empty)


def _number(database: sqlite3.Connection) -> int:
    row = database.execute("select number from taken").fetchone()
    return int(row[0]) if row else 0


def _newest(database: sqlite3.Connection) -> str:
    row = database.execute("select max(day) from openings where length(day) = 10").fetchone()
    return str(row[0] or "")


def _labels(database: sqlite3.Connection, length: int) -> list[str]:
    """The days (or months) in the file, in order; one step in the index for each, no pass over all rows."""
    found: list[str] = []
    day = ""
    while True:
        (following,) = database.execute("select min(day) from openings where day > ?", (day,)).fetchone()
        if following is None:
            return found
        day = str(following)
        if len(day) == length and day != UNKNOWN:
            found.append(day)
