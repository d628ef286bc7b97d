"""The log of everything that was played: what, on whose word, when, and how much of it; lines are added, never changed.

A line is written in two steps: when something starts (or is missed or refused), and when it has ended. A start whose
end is missing was cut off, by a power cut or otherwise, and reads as `Result.CUT`. What has been said to be written
outlives kill -9 and a power cut (WAL with ``synchronous=FULL``). The file itself refuses to change a line or to drop
a young one. One process writes, others may read. Posts and keys stand here, never the names of villagers.

A line goes when a line at or after it, written by a trusted clock, is more than 400 days older than the newest such
line: a clock that jumps by years empties nothing, and lines that say 1970 are as old as their neighbours. Of a hub
whose clock is never trusted the newest 100,000 lines stay.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from player.alerts.priorities import Priority
from player.errors import PlayerError, Sentence

logger = logging.getLogger(__name__)

DAYS_KEPT: Final = 400  # the schema says it in seconds
MOST_LINES: Final = 100_000  # as the schema says
MOST_LETTERS: Final = 200
_BITE: Final = 500
_BUSY_S: Final = 10.0
_NEWEST: Final = 1 << 62
_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SCHEMA: Final = """
create table if not exists started (
    number integer primary key autoincrement,
    item text not null,
    source text not null,
    priority integer not null,
    author text not null,
    approver text not null,
    ground text not null,
    planned integer,
    at integer not null,
    clock_trusted integer not null
);
create table if not exists ended (
    number integer primary key references started (number),
    at integer not null,
    result text not null,
    share real not null check (share between 0 and 1)
);
create index if not exists started_at on started (at) where clock_trusted;
create trigger if not exists no_change_started before update on started
    begin select raise(abort, 'the log is only added to'); end;
create trigger if not exists no_change_ended before update on ended
    begin select raise(abort, 'the log is only added to'); end;
create trigger if not exists no_other_started before insert on started
    when exists (select 1 from started where number = new.number)
    begin select raise(abort, 'the log is only added to'); end;
create trigger if not exists no_other_ended before insert on ended
    when exists (select 1 from ended where number = new.number)
    begin select raise(abort, 'the log is only added to'); end;
create trigger if not exists no_drop_started before delete on started
    when old.number > coalesce((select max(number) from started where clock_trusted and at <
            (select max(at) from started where clock_trusted) - 34560000), 0)
        and old.number > (select max(number) from started) - 100000
    begin select raise(abort, 'the log is only added to'); end;
create trigger if not exists no_drop_ended before delete on ended
    when exists (select 1 from started where number = old.number)
    begin select raise(abort, 'the log is only added to'); end;
"""


class Result(StrEnum):
    """How it ended; the value is what the file holds."""

    WHOLE = "whole"
    STOPPED = "stopped"
    PREEMPTED = "preempted"
    FAILED = "failed"
    MISSED = "missed"
    REFUSED = "refused"
    SILENT = "silent"
    CUT = "cut"


class PlayLogError(PlayerError):
    """The log cannot be written or read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known when something starts.

    Attributes:
        item: the film, recording or message, by its own name or identifier.
        source: where it came from, such as ``schedule``, ``remote``, ``button``, ``cap``.
        priority: how pressing it is; None for a programme.
        author: the post or key that asked for it; empty where nobody did.
        approver: the post or key that confirmed it; empty where none was needed.
        ground: why it was allowed (`player.alerts.speaking.Ground`); empty for a programme.
        planned: when it was to start; None where it was not planned.
    """

    item: str
    source: str
    priority: Priority | None = None
    author: str = ""
    approver: str = ""
    ground: str = ""
    planned: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log.

    Attributes:
        number: its place in the log.
        entry: what it is about; its texts are cut to ``MOST_LETTERS``.
        started: when it started.
        clock_trusted: whether the clock was trusted then.
        ended: when it ended; None where that was never written.
        result: how; `Result.CUT` where no end was written.
        share: how much of it was played, from 0 to 1; None where that was never written.
    """

    number: int
    entry: Entry
    started: datetime
    clock_trusted: bool
    ended: datetime | None
    result: Result
    share: float | None


class PlayLog:
    """The log's only writer.

    Args:
        path: the file; made when missing. A damaged one is put aside and a new one begun.

    Raises:
        PlayLogError: the file cannot be opened, or another process writes it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = -1
        try:
            self._turn = _alone(path)
            try:
                self._database = _opened(path)
            except sqlite3.DatabaseError as error:
                if _code(error) not in _DAMAGE:
                    raise
                _put_aside(path)
                self._database = _opened(path)
        except (sqlite3.Error, OSError) as error:
            self._let_go()
            raise _unusable(path, error) from error

    def start(self, entry: Entry, at: datetime, *, clock_trusted: bool) -> int:
        """Write that something starts; return the line's number.

        Raises:
            PlayLogError: it is not on the card.
        """
        with self._step() as database:
            return _start(database, entry, at, clock_trusted=clock_trusted)

    def end(self, number: int, at: datetime, result: Result, share: float) -> None:
        """Write how it ended. The first end that is written stays.

        Args:
            number: of the line.
            at: when.
            result: how.
            share: how much of it was played, from 0 to 1.

        Raises:
            PlayLogError: it is not on the card.
        """
        with self._step() as database:
            _end(database, number, at, result, share)

    def note(self, entry: Entry, at: datetime, result: Result, *, clock_trusted: bool) -> int:
        """Write, in one step, what was not played at all: missed, refused or a silent test; return its number.

        Raises:
            PlayLogError: it is not on the card.
        """
        with self._step() as database:
            number = _start(database, entry, at, clock_trusted=clock_trusted)
            _end(database, number, at, result, 0.0)
        return number

    def forget_old(self, now: datetime | None) -> int:
        """Drop lines older than 400 days, at most 500 of them, oldest first; return how many.

        Args:
            now: the time; None where the clock is not trusted: then only lines beyond the newest 100,000 go.

        Raises:
            PlayLogError: it could not be done; nothing is dropped.
        """
        with self._step() as database:
            (last,) = database.execute("select coalesce(max(number), 0) from started").fetchone()
            (newest,) = database.execute("select coalesce(max(at), 0) from started where clock_trusted").fetchone()
            limit = min(_seconds(now) or 0, newest) - int(timedelta(days=DAYS_KEPT).total_seconds())
            (aged,) = database.execute(
                "select coalesce(max(number), 0) from started where clock_trusted and at < ?", (limit,)
            ).fetchone()
            old = database.execute(
                "select number from started where number <= ? order by number limit ?",
                (max(aged, last - MOST_LINES), _BITE),
            ).fetchall()
            database.executemany("delete from started where number = ?", old)
            database.executemany("delete from ended where number = ?", old)
        return len(old)

    def close(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(sqlite3.Error):
            self._database.close()
        self._let_go()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _step(self) -> Iterator[sqlite3.Connection]:
        database = self._database
        try:
            database.execute("begin immediate")
            try:
                yield database
                database.execute("commit")
            finally:
                if database.in_transaction:
                    with contextlib.suppress(sqlite3.Error):
                        database.execute("rollback")
        except sqlite3.Error as error:
            raise _unusable(self._path, error) from error

    def _let_go(self) -> None:
        if self._turn >= 0:
            os.close(self._turn)
            self._turn = -1


def lines(path: Path, most: int = 200, before: int | None = None) -> list[Line]:
    """Read the newest lines, newest first; any process may.

    Args:
        path: the file.
        most: so many at most.
        before: only lines before the one of this number.

    Raises:
        PlayLogError: the file cannot be read.
    """
    if not path.exists():
        return []
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_BUSY_S)) as database:
            return [
                _line(row)
                for row in database.execute(
                    "select number, item, source, priority, author, approver, ground, planned, started.at,"
                    " clock_trusted, ended.at, result, share from started left join ended using (number)"
                    " where number < ? order by number desc limit ?",
                    (_NEWEST if before is None else max(0, min(before, _NEWEST)), most),
                )
            ]
    except sqlite3.Error as error:
        raise _unusable(path, error) from error


def _start(database: sqlite3.Connection, entry: Entry, at: datetime, *, clock_trusted: bool) -> int:
    row = (*_texts(entry), _seconds(entry.planned), _seconds(at), clock_trusted)
    number = database.execute(
        "insert into started (item, source, author, approver, ground, priority, planned, at, clock_trusted)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    ).lastrowid
    return int(number or 0)


def _end(database: sqlite3.Connection, number: int, at: datetime, result: Result, share: float) -> None:
    within = min(1.0, max(0.0, share)) if share == share else 0.0  # noqa: PLR0124 (not a number)
    database.execute(
        "insert into ended select ?1, ?2, ?3, ?4 where not exists (select 1 from ended where number = ?1)",
        (number, _seconds(at), result.value, within),
    )


def _texts(entry: Entry) -> tuple[object, ...]:
    texts = (entry.item, entry.source, entry.author, entry.approver, entry.ground)
    return (*(text[:MOST_LETTERS].encode("utf-8", "replace").decode() for text in texts), int(entry.priority or 0))


def _line(row: tuple[object, ...]) -> Line:
    number, item, source, priority, author, approver, ground, planned, at, trusted, ended, result, share = row
    return Line(
        number=int(str(number)),
        entry=Entry(
            item=str(item),
            source=str(source),
            priority=Priority(int(str(priority))) if priority else None,
            author=str(author),
            approver=str(approver),
            ground=str(ground),
            planned=_moment(planned),
        ),
        started=_moment(at) or datetime.fromtimestamp(0, UTC),
        clock_trusted=bool(trusted),
        ended=_moment(ended),
        result=Result(str(result)) if result else Result.CUT,
        share=float(str(share)) if share is not None else None,
    )


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp())


def _moment(seconds: object) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(int(str(seconds)), UTC)


def _alone(path: Path) -> int:
    """Be the only writer for as long as the handle stays open."""
    handle = os.open(path.with_name(f"{path.name}.turn"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def _opened(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    database = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
    try:
        database.execute("pragma journal_mode = wal")
        database.execute("pragma synchronous = full")
        database.executescript(_SCHEMA)
        verdict = database.execute("pragma quick_check(1)").fetchone()[0]
        if verdict != "ok":
            damage = sqlite3.DatabaseError(str(verdict))
            damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise damage
    except BaseException:
        database.close()
        raise
    return database


def _put_aside(path: Path) -> None:
    """Give a damaged file and its companions another name, the file last."""
    numbers = range(1, 9)
    aside = next((name for n in numbers if not (name := path.with_name(f"{path.name}.damaged-{n}")).exists()), None)
    aside = aside or path.with_name(f"{path.name}.damaged-9")
    for suffix in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").replace(Path(f"{aside}{suffix}"))
    logger.error("the log of what was played was damaged; it is kept as %s, and a new one begins", aside.name)


def _code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _unusable(path: Path, error: Exception) -> PlayLogError:
    if isinstance(error, BlockingIOError):
        return PlayLogError(
            Sentence("Another process writes the log of what was played."), Sentence("Stop it, or wait for its end.")
        )
    return PlayLogError(
        Sentence("%(name)s cannot be used: %(reason)s.", name=path.name, reason=error),
        Sentence("Is the card full or read-only?"),
    )
