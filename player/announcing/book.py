"""The desk's book: what waits, which warnings were here, and small notes; it outlives kill -9 and power cuts.

SQLite in WAL mode with ``synchronous = full``: what a step has written is on the card when the step returns, and either
all of it or nothing. A damaged file is put aside and a new one begun. All sizes are bounded.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from pydantic import TypeAdapter, ValidationError

from player.alerts.cap import Identity
from player.alerts.cap_judging import Seen
from player.alerts.priorities import Priority
from player.announcing.items import Item, Letter, Stage
from player.errors import PlayerError, Sentence

logger = logging.getLogger(__name__)

MOST_SEEN: Final = 2000
_BUSY_S: Final = 5.0
_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_VERSION: Final = 1
_SCHEMA: Final = """
create table if not exists items (
    key text primary key,
    stage text not null,
    body text not null,
    message blob,
    signature text not null
);
create table if not exists seen (
    sender text not null,
    identifier text not null,
    sent text not null,
    digest blob not null,
    signer text not null,
    priority integer not null,
    refers text not null,
    ends integer not null,
    primary key (sender, identifier, sent)
);
create table if not exists notes (name text primary key, value text not null);
"""


class BookError(PlayerError):
    """The desk's book cannot be read or written."""


class Book:
    """The book; any thread may use it.

    Args:
        path: the file; made when missing, together with its folder.

    Raises:
        BookError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.RLock()
        self._number = 0
        self._items: TypeAdapter[Item] = TypeAdapter(Item)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._database = _opened(path)
            except sqlite3.DatabaseError as error:
                if int(getattr(error, "sqlite_errorcode", 0)) & 0xFF not in _DAMAGE:
                    raise
                _put_aside(path)
                self._database = _opened(path)
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from error

    def items(self, *stages: Stage) -> list[Item]:
        """Return what is in one of these stages, in the order of asking; everything where none is named.

        Raises:
            BookError: the card refused.
        """
        wanted = json.dumps([stage.value for stage in stages or Stage])
        with self._step() as database:
            rows = database.execute(
                "select key, body, message, signature from items where stage in (select value from json_each(?))",
                (wanted,),
            ).fetchall()
        found = [item for row in rows if (item := self._item(row))]
        return sorted(found, key=lambda item: item.spoken.announcement.asked)

    def item(self, key: str) -> Item | None:
        """Return one; None where there is none.

        Raises:
            BookError: the card refused.
        """
        with self._step() as database:
            row = database.execute("select key, body, message, signature from items where key = ?", (key,)).fetchone()
        return self._item(row) if row else None

    def keep(self, item: Item, *seen: tuple[Seen, datetime], drop: Iterable[str] = ()) -> None:
        """Write, in one step, an item, warnings that were here, and the going of other items.

        Args:
            item: what is kept, instead of what bore its key.
            seen: warnings, each with the time from which on it may be forgotten.
            drop: keys of items that go.

        Raises:
            BookError: nothing of it is on the card.
        """
        body = self._items.dump_json(replace(item, letter=None)).decode()
        letter = item.letter
        with self._step() as database:
            database.executemany("delete from items where key = ?", [(key,) for key in drop])
            database.execute(
                "insert or replace into items (key, stage, body, message, signature) values (?, ?, ?, ?, ?)",
                (item.key, item.stage.value, body, letter and letter.message, letter.signature if letter else ""),
            )
            _remember(database, seen)

    def remember(self, *seen: tuple[Seen, datetime], drop: Iterable[str] = ()) -> None:
        """Write, in one step, warnings that were here, each with the time of its end, and the going of items.

        Raises:
            BookError: nothing of it is on the card.
        """
        with self._step() as database:
            database.executemany("delete from items where key = ?", [(key,) for key in drop])
            _remember(database, seen)

    def drop(self, *keys: str) -> None:
        """Let items go; unknown keys do no harm.

        Raises:
            BookError: the card refused.
        """
        self.remember(drop=keys)

    def seen(self) -> list[Seen]:
        """Return the warnings that were here.

        Raises:
            BookError: the card refused.
        """
        with self._step() as database:
            rows = database.execute("select sender, identifier, sent, digest, signer, priority, refers from seen")
            return [_seen(row) for row in rows]

    def forget(self, now: datetime) -> int:
        """Forget warnings that have ended; return how many.

        Args:
            now: by a trusted clock.

        Raises:
            BookError: the card refused.
        """
        with self._step() as database:
            (old,) = database.execute("select count(*) from seen where ends < ?", (round(now.timestamp()),)).fetchone()
            if old:
                database.execute("delete from seen where ends < ?", (round(now.timestamp()),))
        return int(old)

    def note(self, name: str) -> str:
        """Return a note; empty where there is none.

        Raises:
            BookError: the card refused.
        """
        with self._step() as database:
            row = database.execute("select value from notes where name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def write_note(self, name: str, value: str) -> None:
        """Write a note.

        Raises:
            BookError: the card refused.
        """
        with self._step() as database:
            database.execute("insert or replace into notes (name, value) values (?, ?)", (name, value))

    def next_number(self) -> int:
        """Return the next place in the order of asking; none comes twice, as long as the card takes it."""
        with self._turn:
            with contextlib.suppress(BookError):
                self._number = max(self._number, int(self.note("asked") or 0))
            self._number += 1
            try:
                self.write_note("asked", str(self._number))
            except BookError as error:
                logger.error("%s %s", error.message, error.hint)
            return self._number

    def close(self) -> None:
        """Let go of the file."""
        with self._turn, contextlib.suppress(sqlite3.Error):
            self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _step(self) -> Iterator[sqlite3.Connection]:
        with self._turn:
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
                raise self._unusable(error) from error

    def _item(self, row: tuple[Any, ...]) -> Item | None:
        key, body, message, signature = row
        try:
            item = self._items.validate_json(body)
        except ValidationError:
            logger.error("the announcement %s in the desk's book cannot be read; it is left out", key)
            return None
        return replace(item, letter=Letter(bytes(message), str(signature))) if message is not None else item

    def _unusable(self, error: Exception) -> BookError:
        return BookError(
            Sentence("The book of announcements cannot be used: %(reason)s.", reason=error),
            Sentence("Is the card full or read-only?"),
        )


def _remember(database: sqlite3.Connection, seen: Iterable[tuple[Seen, datetime]]) -> None:
    rows = [
        (
            each.identity.sender,
            each.identity.identifier,
            _moment(each.identity.sent),
            each.digest,
            each.signer,
            int(each.priority),
            json.dumps([(one.sender, one.identifier, _moment(one.sent)) for one in each.references]),
            round(ends.timestamp()),
        )
        for each, ends in seen
    ]
    if rows:
        database.executemany("insert or replace into seen values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        database.execute(
            "delete from seen where rowid in (select rowid from seen order by ends desc, rowid desc limit -1 offset ?)",
            (MOST_SEEN,),
        )


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _seen(row: tuple[Any, ...]) -> Seen:
    sender, identifier, sent, digest, signer, priority, refers = row
    references = frozenset(Identity(one, name, datetime.fromisoformat(at)) for one, name, at in json.loads(refers))
    identity = Identity(sender, identifier, datetime.fromisoformat(sent))
    return Seen(identity, bytes(digest), signer, Priority(priority), references)


def _opened(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    database = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        database.execute("pragma journal_mode = wal")
        database.execute("pragma synchronous = full")
        database.executescript(_SCHEMA)
        database.execute(f"pragma user_version = {_VERSION}")
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
    aside = path.with_name(f"{path.name}.damaged")
    for suffix in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").replace(Path(f"{aside}{suffix}"))
    logger.error("the book of announcements was damaged; it is kept as %s, and a new one begins", aside.name)
