"""What phones have used today, on the card: without one MAC address, and not longer than the day.

A row is named by HMAC-SHA-256(key of the day, MAC address) and holds durations and amounts. When the day ends, the key
goes and all rows with it; they are overwritten (`secure_delete`) and the journal is emptied. What a worn card keeps in
blocks it no longer shows, no program can reach; without the key of that day it says nothing.

A tap is written at once (WAL, ``synchronous=NORMAL``) and brought to safety by `settle`, within the minute: a power cut
may cost that minute, never the file. A damaged file is put aside until the day ends, and the gate starts a new one.
"""

import contextlib
import hashlib
import hmac
import logging
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar

from captive_portal.allowances import AllowancesError
from captive_portal.days import Day
from captive_portal.errors import Sentence
from captive_portal.gate import Stage, Visit

logger = logging.getLogger(__name__)

MOST_ROWS: Final = 20_000
"""Devices remembered in a day; more there are only when somebody invents MAC addresses."""

_KEY_BYTES: Final = 32
_NAME_BYTES: Final = 16
_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SCHEMA: Final = """
create table if not exists day (
    only integer primary key check (only = 1),
    label text not null,
    age_s real not null,
    key blob not null
);
create table if not exists visits (
    phone blob primary key,
    stage text not null,
    used_s real not null,
    used_bytes integer not null,
    left_s real not null
) without rowid;
"""

_Found = TypeVar("_Found")


class AllowancesFile:
    """Implements `captive_portal.allowances.Allowances` with SQLite. One process uses it at a time.

    Args:
        path: the file; made when missing, readable by its owner only.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database: sqlite3.Connection | None = None
        self._key = b""

    def day(self) -> Day | None:
        """The day that is kept; None when nothing is."""
        return self._do(self._read_day)

    def begin(self, day: Day) -> None:
        """Forget everything, for good, and begin a day with a new key."""
        key = secrets.token_bytes(_KEY_BYTES)

        def write(database: sqlite3.Connection) -> None:
            with _transaction(database):
                database.execute("delete from visits")
                database.execute("insert or replace into day values (1, ?, ?, ?)", (day.label, day.age_s, key))
            busy, *_ = database.execute("pragma wal_checkpoint(truncate)").fetchone()
            if busy:
                raise AllowancesError(
                    Sentence("The journal of what phones used is held open."), Sentence("Who reads gate.sqlite?")
                )

        self._do(write)
        self._key = key
        with contextlib.suppress(OSError):
            for path in _with_companions(self._aside):
                path.unlink(missing_ok=True)

    def find(self, mac: str) -> Visit | None:
        """What is kept of a phone; None when nothing is."""

        def read(database: sqlite3.Connection) -> Visit | None:
            self._need_key(database)
            query = "select stage, used_s, used_bytes, left_s from visits where phone = ?"
            row = database.execute(query, (self._name(mac),)).fetchone()
            return None if row is None else _visit(*row)

        return self._do(read)

    def keep(self, visits: Mapping[str, Visit], day: Day) -> None:
        """Keep these visits and the day's age."""

        def write(database: sqlite3.Connection) -> None:
            self._need_key(database)
            rows = [
                (self._name(mac), visit.stage.value, visit.used_s, visit.used_bytes, visit.left_s)
                for mac, visit in visits.items()
            ]
            with _transaction(database):
                database.execute("update day set age_s = ?", (day.age_s,))
                (count,) = database.execute("select count(*) from visits").fetchone() if rows else (0,)
                verb = "insert or replace into visits values (?, ?, ?, ?, ?)"
                if count + len(rows) > MOST_ROWS:  # only those who are known already
                    verb = "update visits set stage = ?2, used_s = ?3, used_bytes = ?4, left_s = ?5 where phone = ?1"
                database.executemany(verb, rows)

        self._do(write)

    def settle(self) -> None:
        """Bring what was kept into the file and the file to the disk; does not hold up the others."""
        try:
            with closing(
                sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=rw", uri=True, timeout=1.0)
            ) as database:
                database.execute("pragma synchronous = normal")
                database.execute("pragma secure_delete = on")
                database.execute("pragma wal_checkpoint(passive)").fetchone()
        except sqlite3.Error as error:
            raise self._unavailable(str(error)) from error

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        self._key = b""
        if self._database is not None:
            with contextlib.suppress(sqlite3.Error):
                self._database.close()
        self._database = None

    @property
    def _aside(self) -> Path:
        return self._path.with_name(f"{self._path.name}.damaged")

    def _name(self, mac: str) -> bytes:
        return hmac.new(self._key, mac.encode(), hashlib.sha256).digest()[:_NAME_BYTES]

    def _need_key(self, database: sqlite3.Connection) -> None:
        if not self._key and self._read_day(database) is None:
            raise AllowancesError(Sentence("No day has begun on the card."))

    def _read_day(self, database: sqlite3.Connection) -> Day | None:
        row = database.execute("select label, age_s, key from day").fetchone()
        if row is None:
            return None
        label, age_s, key = row
        if not (isinstance(label, str) and isinstance(age_s, float) and isinstance(key, bytes)):
            raise _damage("the day is none")
        if len(key) != _KEY_BYTES:
            raise _damage("the day's key is none")
        self._key = key
        return Day(label, age_s)

    def _do(self, act: Callable[[sqlite3.Connection], _Found]) -> _Found:
        """Do something with the open file; a damaged one is put aside, for the next try."""
        try:
            if self._database is None:
                self._database = self._open()
            return act(self._database)
        except sqlite3.Error as error:
            self.close()
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
                self._put_aside()
            raise self._unavailable(str(error)) from error
        except OSError as error:
            self.close()
            raise self._unavailable(error.strerror or str(error)) from error

    def _open(self) -> sqlite3.Connection:
        if not self._path.exists():
            for leftover in _with_companions(self._path)[1:]:  # must not be taken for the new file's own
                leftover.unlink(missing_ok=True)
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        database = sqlite3.connect(self._path, timeout=1.0, isolation_level=None, check_same_thread=False)
        try:
            database.execute("pragma secure_delete = on")
            database.execute("pragma journal_mode = wal")
            database.execute("pragma synchronous = normal")
            database.execute("pragma wal_autocheckpoint = 0")  # `settle` does it, where nobody waits
            database.executescript(_SCHEMA)
            verdict = database.execute("pragma quick_check(1)").fetchone()[0]
            if verdict != "ok":
                raise _damage(str(verdict))
        except BaseException:
            database.close()
            raise
        return database

    def _put_aside(self) -> None:
        with contextlib.suppress(OSError):
            for here, there in zip(_with_companions(self._path), _with_companions(self._aside), strict=True):
                there.unlink(missing_ok=True)
                if here.exists():
                    here.replace(there)
            logger.error("what phones used today was damaged; %s is kept until the day ends", self._aside.name)

    def _unavailable(self, reason: str) -> AllowancesError:
        return AllowancesError(
            Sentence("%(name)s cannot be used: %(reason)s.", name=self._path.name, reason=reason),
            Sentence("Is the card full or read-only?"),
        )


@contextlib.contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("begin immediate")
    try:
        yield
        database.execute("commit")
    finally:
        if database.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                database.execute("rollback")


def _visit(stage: object, used_s: object, used_bytes: object, left_s: object) -> Visit:
    """A row as a visit; one that a worn card has spoilt counts as damage."""
    try:
        found = Visit(Stage(stage), float(used_s), int(used_bytes), float(left_s))  # type: ignore[arg-type, call-overload]  # whatever is no number raises
    except (ValueError, TypeError) as error:
        raise _damage("a row is none") from error
    if not (0 <= found.used_s < 1e9 and 0 <= found.left_s < 1e6 and found.used_bytes >= 0):
        raise _damage("a row is out of all bounds")
    return found


def _with_companions(path: Path) -> tuple[Path, Path, Path]:
    return path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")


def _damage(verdict: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(verdict)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
