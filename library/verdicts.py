"""Remembers how checks ended, so that a restart checks nothing twice; a table that may be lost at no harm."""

import json
import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, astuple
from pathlib import Path
from typing import TypeVar

from library.facts import facts_from
from library.inspection import Verdict
from library.listing import Stamp

logger = logging.getLogger(__name__)

_MOST_ROWS = 5000
_SCHEMA = """
create table if not exists verdicts (
    number integer primary key,
    file text, size integer, mtime_ns integer, inode integer, checksum text,
    facts text, reason text, detail text,
    unique (file, size, mtime_ns, inode, checksum) on conflict replace
)
"""
_PICTURES = """
create table if not exists small_pictures (number integer primary key, name text unique on conflict replace, data blob)
"""
Answer = TypeVar("Answer")


class VerdictTable:
    """Verdicts by file name and stamp, in one SQLite file; when that is damaged it begins anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[tuple[str, Stamp], Verdict] = {}

    def find(self, file: str, stamp: Stamp) -> Verdict | None:
        """The verdict on a file with this stamp, if it was checked before."""
        known = self._known.get((file, stamp))
        if known:
            return known

        def look(database: sqlite3.Connection) -> tuple[str | None, str, str] | None:
            row: tuple[str | None, str, str] | None = database.execute(
                "select facts, reason, detail from verdicts"
                " where file = ? and size = ? and mtime_ns = ? and inode = ? and checksum = ?",
                (file, *astuple(stamp)),
            ).fetchone()
            return row

        row = self._with(look)
        if row is None:
            return None
        try:
            verdict = Verdict(facts_from(json.loads(row[0])) if row[0] else None, row[1], row[2])
        except (ValueError, TypeError, KeyError):
            return None  # written by another version of the hub: check again
        self._known[file, stamp] = verdict
        return verdict

    def remember(self, file: str, stamp: Stamp, verdict: Verdict, *, lasting: bool = True) -> None:
        """Keep a verdict; one that is not ``lasting`` only until the next start."""
        self._known[file, stamp] = Verdict(verdict.facts, verdict.reason, verdict.detail)
        if not lasting:
            return
        name = verdict.facts.small_picture if verdict.facts else ""
        facts = json.dumps(asdict(verdict.facts)) if verdict.facts else None

        def write(database: sqlite3.Connection) -> None:
            database.execute(
                "insert into verdicts (file, size, mtime_ns, inode, checksum, facts, reason, detail)"
                " values (?,?,?,?,?,?,?,?)",
                (file, *astuple(stamp), facts, verdict.reason, verdict.detail),
            )
            if name:
                database.execute("insert into small_pictures (name, data) values (?,?)", (name, verdict.small_picture))
            for table in ("verdicts", "small_pictures"):
                newest = f"select max(number) from {table}"  # noqa: S608 - one of two names
                database.execute(f"delete from {table} where number <= ({newest}) - ?", (_MOST_ROWS,))  # noqa: S608

        self._with(write)

    def small_picture(self, name: str) -> bytes | None:
        """The picture for rows of this name, as it came with a verdict; None where it is not known."""

        def look(database: sqlite3.Connection) -> bytes | None:
            row = database.execute("select data from small_pictures where name = ?", (name,)).fetchone()
            return bytes(row[0]) if row else None

        return self._with(look)

    def _with(self, action: Callable[[sqlite3.Connection], Answer]) -> Answer | None:
        try:
            with closing(sqlite3.connect(self._path, timeout=10)) as database, database:
                database.execute("pragma journal_mode = wal")
                database.execute(_SCHEMA)
                database.execute(_PICTURES)
                return action(database)
        except sqlite3.OperationalError as error:
            logger.warning("the table of verdicts %s cannot be written (%s)", self._path, error)
            return self._with_unwritable(action)
        except sqlite3.DatabaseError as error:
            logger.warning("the table of verdicts %s is unusable (%s); files are checked again", self._path, error)
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            return None

    def _with_unwritable(self, action: Callable[[sqlite3.Connection], Answer]) -> Answer | None:
        """The table as it lies: on a full card SQLite has no room even to look into its journal."""
        try:
            with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?immutable=1", uri=True)) as database:
                return action(database)
        except sqlite3.DatabaseError:
            return None
