"""The SQLite file of the accounts: opened by several processes, never trusted when damaged, and its sense of time.

Every change is on the card before it counts (WAL with ``synchronous=FULL``). A file that SQLite finds damaged is put
aside under another name and nobody is let in by it; the next one starts empty, that is, with a new set-up code.

Time here is the number of seconds that this hub has been switched on, added up over its boots: a Raspberry Pi has no
battery for its clock, starts in 1970 or at the hour it was last switched off, and may jump by years when it hears the
right time. Counted this way a wait is neither skipped nor made endless by a clock.
"""

import contextlib
import fcntl
import logging
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.errors import HubError, Sentence

logger = logging.getLogger(__name__)

MOST_DAMAGED_KEPT: Final = 9
_BUSY_S: Final = 10.0
_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SCHEMA: Final = """
create table if not exists running (
    only integer primary key check (only = 1),
    boot text not null,
    base real not null,
    latest real not null
);
create table if not exists accounts (role text primary key, hash text not null) without rowid;
create table if not exists sessions (
    token blob primary key,
    role text not null,
    began real not null,
    seen real not null,
    began_wall real not null,
    seen_wall real not null,
    seen_boot text not null
) without rowid;
create table if not exists devices (
    token blob not null,
    role text not null,
    seen real not null,
    primary key (token, role)
) without rowid;
create table if not exists tries (key text primary key, wrong integer not null, latest real not null) without rowid;
"""


class AccountsUnavailableError(HubError):
    """The accounts cannot be read or written; nobody can log in."""


class AccountsDamagedError(AccountsUnavailableError):
    """The accounts' file was damaged; it has been put aside."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What the machine's clocks say.

    Attributes:
        boot: an id that is another one after each boot.
        uptime_s: seconds since that boot, sleep included.
        wall_s: seconds since 1970, as far as the machine knows.
    """

    boot: str
    uptime_s: float
    wall_s: float


def present() -> Moment:
    """The moment it is now (random(4) for the boot's id, clock_gettime(2) for the uptime)."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return Moment(boot, time.clock_gettime(time.CLOCK_BOOTTIME), time.time())


@dataclass(frozen=True, slots=True)
class Ledger:
    """The open file within one transaction.

    Attributes:
        database: where to ask and write.
        now_s: seconds that the hub has been switched on in all its life. Never less than any that was written down;
            what passed between the last writing and a power cut is not counted.
        moment: what the machine's clocks say.
    """

    database: sqlite3.Connection
    now_s: float
    moment: Moment


class AccountsFile:
    """One process's way to the file. May be shared by threads, but not be carried through a fork while in use.

    Args:
        path: the file; it is made when missing, readable by its owner only.
        moment: tells the time.
    """

    def __init__(self, path: Path, moment: Callable[[], Moment] = present) -> None:
        self.path = path
        self._moment = moment
        self._turn = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    @contextlib.contextmanager
    def reading(self) -> Iterator[Ledger]:
        """Look something up.

        Raises:
            AccountsUnavailableError: the file cannot be read.
        """
        with self._turn, self._told_apart():
            yield self._ledger(self._connected())[0]

    @contextlib.contextmanager
    def writing(self) -> Iterator[Ledger]:
        """Change something, alone among all processes; kept whole when the block ends, dropped when it raises.

        Raises:
            AccountsUnavailableError: the file cannot be read or written.
        """
        with self._turn, self._told_apart():
            database = self._connected()
            database.execute("begin immediate")
            try:
                before = database.total_changes
                ledger, base = self._ledger(database)
                yield ledger
                if database.total_changes != before:
                    counted = (ledger.moment.boot, base, ledger.now_s)
                    database.execute("insert or replace into running values (1, ?, ?, ?)", counted)
                    database.execute("commit")
            finally:
                if database.in_transaction:
                    with contextlib.suppress(sqlite3.Error):
                        database.execute("rollback")

    def damaged(self) -> list[Path]:
        """The damaged files that were put aside."""
        names = (self._aside(number) for number in range(1, MOST_DAMAGED_KEPT + 1))
        return [path for path in names if path.exists()]

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        with self._turn:
            self._drop()

    def _ledger(self, database: sqlite3.Connection) -> tuple[Ledger, float]:
        """The ledger of now, and how many seconds of its `now_s` lie before this boot."""
        moment = self._moment()
        row = database.execute("select boot, base, latest from running").fetchone()
        boot, base, latest = row or (moment.boot, 0.0, 0.0)
        if boot != moment.boot:
            base = latest
        return Ledger(database, max(latest, base + moment.uptime_s), moment), base

    def _connected(self) -> sqlite3.Connection:
        identity = _identity(self.path)
        if self._database is None or identity is None or identity != self._identity:
            self._drop()
            with self._alone():
                self._database = self._open()
                weakref.finalize(self, self._database.close)  # whoever forgets to close leaves nothing open
                self._identity = _identity(self.path)
        return self._database

    def _open(self) -> sqlite3.Connection:
        if _identity(self.path) is None:
            for leftover in self._companions(self.path):  # must not be taken for the new file's own
                leftover.unlink(missing_ok=True)
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        elif self.path.stat().st_mode & 0o077:
            self.path.chmod(0o600)
        database = sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            database.text_factory = _text
            database.execute("pragma synchronous = full")
            database.execute("pragma journal_mode = wal")
            database.executescript(_SCHEMA)
            verdict = database.execute("pragma quick_check(1)").fetchone()[0]
            if verdict != "ok":
                raise _damage(str(verdict))
        except BaseException as error:
            database.close()
            if isinstance(error, sqlite3.DatabaseError) and _code(error) in _DAMAGE:
                self._put_aside()
            raise
        return database

    def _drop(self) -> None:
        if self._database is not None:
            with contextlib.suppress(sqlite3.Error):
                self._database.close()
        self._database = self._identity = None

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the only process that opens or puts aside the file."""
        handle = os.open(self.path.with_suffix(".turn"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    @contextlib.contextmanager
    def _told_apart(self) -> Iterator[None]:
        """Turn what SQLite and the disk say into the hub's own errors; put a damaged file aside."""
        try:
            yield
        except sqlite3.ProgrammingError:
            raise
        except sqlite3.DatabaseError as error:
            known = self._identity
            self._drop()
            if _code(error) not in _DAMAGE:
                raise self._unavailable(str(error)) from error
            with contextlib.suppress(OSError):
                if known is not None:
                    with self._alone():
                        if _identity(self.path) == known:
                            self._put_aside()
            hint = Sentence(
                "It has been put aside beside %(path)s. Set the hub up again with its set-up code.", path=self.path
            )
            raise AccountsDamagedError(
                Sentence("The accounts' file is damaged (%(reason)s).", reason=error), hint
            ) from error
        except OSError as error:
            raise self._unavailable(error.strerror or str(error)) from error

    def _unavailable(self, reason: str) -> AccountsUnavailableError:
        hint = Sentence("Is the disk full or read-only? Does the folder belong to the user of the website?")
        return AccountsUnavailableError(
            Sentence("%(path)s cannot be used: %(reason)s.", path=self.path, reason=reason), hint
        )

    def _put_aside(self) -> None:
        """Give the file and its companions another name; the file last, so that a cut here is mended next time."""
        numbers = range(1, MOST_DAMAGED_KEPT)
        aside = self._aside(next((n for n in numbers if not self._aside(n).exists()), MOST_DAMAGED_KEPT))
        for here, there in zip(self._companions(self.path), self._companions(aside), strict=True):
            with contextlib.suppress(FileNotFoundError):
                here.replace(there)
        self.path.replace(aside)
        logger.error("The accounts' file was damaged; it is kept as %s. Nobody can log in before a new set-up.", aside)

    def _aside(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.damaged-{number}")

    @staticmethod
    def _companions(path: Path) -> tuple[Path, Path]:
        return path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells this file from another of the same name; None when there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _text(data: bytes) -> str:
    """Letters from the file; those that a worn card has spoilt must not stop everything."""
    return data.decode("utf-8", "replace")


def _damage(verdict: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(verdict)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code (https://www.sqlite.org/rescode.html)."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
