"""The SQLite file of the codes: shared by several processes, and mended by itself when a card has spoilt it.

A code printed on a board must outlive the card's bad days. A file that SQLite finds damaged, or that has vanished, is
put aside (never thrown away) and made anew from all rows that can still be read in it and from a copy kept beside it.
While the folder cannot be written, codes can still be looked up.
"""

import contextlib
import fcntl
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

from library.errors import CodesUnavailableError, Sentence

logger = logging.getLogger(__name__)

MOST_DAMAGED_KEPT: Final = 9
Row = tuple[str, str, str, int]
"""Code, name of the book, path of the page, whether the book claimed it."""

_BUSY_S: Final = 10
_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNREADABLE: Final = {sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_CORRUPTFS}
_SCHEMA: Final = """
create table if not exists codes (
    code text primary key,
    name text not null,
    path text not null,
    claimed integer not null
) without rowid;
create index if not exists claimed_codes on codes (name, path) where claimed;
"""


class CodesMendedError(CodesUnavailableError):
    """The file was damaged; it has been mended, and what was wanted may be tried again."""


class CodesFile:
    """One process's way to the file.

    Args:
        path: the file; made when missing.
        is_sound: whether a row found in a damaged file may be what was once written.
    """

    def __init__(self, path: Path, is_sound: Callable[[Row], bool]) -> None:
        self._path = path
        self._copy = path.with_name(f"{path.stem}.copy{path.suffix}")
        self._is_sound = is_sound

    @property
    def is_there(self) -> bool:
        """Whether there is anything to look up."""
        return self._path.exists() or self._copy.exists()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Look up and change codes.

        Raises:
            CodesMendedError: it was damaged, and is no longer.
            CodesUnavailableError: it cannot be read or written.
        """
        try:
            with self._held(fcntl.LOCK_SH), closing(_connect(self._path)) as database:
                if complete := _has_table(database):
                    yield database
            if not complete:
                self._mend("it has no table")
                with self._held(fcntl.LOCK_SH), closing(_connect(self._path)) as database:
                    yield database
        except sqlite3.DatabaseError as error:
            if _is_damage(error):
                self._mend(str(error))
                raise CodesMendedError(
                    Sentence("The table of codes %(path)s was damaged: %(reason)s", path=self._path, reason=error),
                    Sentence("Try again."),
                ) from error
            raise self._unavailable(error) from error
        except OSError as error:
            raise self._unavailable(error) from error

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Look up codes; on a card that is full or has become read-only, too.

        Raises:
            CodesMendedError, CodesUnavailableError: as ``writing``.
        """
        with ExitStack() as stack:
            try:
                database = stack.enter_context(self.writing())
            except CodesMendedError:
                raise
            except CodesUnavailableError:
                database = stack.enter_context(self._as_it_lies())
            yield database

    @contextmanager
    def _as_it_lies(self) -> Iterator[sqlite3.Connection]:
        """The file without its journal: SQLite needs room on the card even to look into that."""
        try:
            with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?immutable=1", uri=True)) as database:
                yield database
        except sqlite3.Error as error:
            raise self._unavailable(error) from error

    def keep_copy(self) -> None:
        """Write a copy beside the file, unless there is one already; nothing that an older copy had is lost.

        Raises:
            CodesMendedError, CodesUnavailableError: as ``writing``.
        """
        with self.writing() as database:
            if (count := _count(database)) == _count_in(self._copy):
                return
            self._fill(database, self._copy)
            if _count(database) > count:
                logger.error("the table of codes %s had lost codes that its copy still has", self._path)
            fresh = self._copy.with_suffix(".fresh")
            _remove(fresh)
            database.execute("vacuum into ?", (str(fresh),))
            _settle(fresh, self._copy)

    def _fill(self, database: sqlite3.Connection, source: Path) -> None:
        """Add what can be read in another file and is missing in this one."""
        database.execute("begin immediate")
        rows = (row for row in _rows_of(source) if self._is_sound(row))
        database.executemany("insert or ignore into codes values (?, ?, ?, ?)", rows)
        database.execute("commit")

    def _mend(self, reason: str) -> None:
        """Make the file anew; several processes may find the damage at once, one of them mends it."""
        try:
            with self._held(fcntl.LOCK_EX):
                if self._is_whole():
                    return
                fresh = self._path.with_suffix(".fresh")
                _remove(fresh)
                with closing(sqlite3.connect(fresh, isolation_level=None)) as database:
                    database.executescript(_SCHEMA)
                    for source in (self._path, self._copy):
                        self._fill(database, source)
                    count = _count(database)
                if not self._is_blank():
                    aside = self._put_aside()
                    words = (
                        "the table of codes %s was damaged (%s); %d codes were saved, the damaged file is kept as %s"
                    )
                    logger.error(words, self._path, reason, count, aside)
                else:
                    _remove(self._path)
                    if count:
                        logger.error("the table of codes %s had vanished; %d codes were saved", self._path, count)
                _settle(fresh, self._path)
        except (sqlite3.Error, OSError) as error:
            raise self._unavailable(error) from error

    def _is_whole(self) -> bool:
        """Whether the file can be used by now; another process may have mended it meanwhile."""
        try:
            with closing(_connect(self._path)) as database:
                return _has_table(database) and database.execute("pragma quick_check(1)").fetchone() == ("ok",)
        except sqlite3.DatabaseError as error:
            if _is_damage(error):
                return False
            raise

    def _is_blank(self) -> bool:
        """Whether the file holds nothing at all, as a new one, or is missing."""
        try:
            with closing(_connect(self._path)) as database:
                return database.execute("select 1 from sqlite_master").fetchone() is None
        except sqlite3.DatabaseError:
            return False

    def _put_aside(self) -> Path:
        numbers = range(1, MOST_DAMAGED_KEPT + 1)
        names = [self._path.with_name(f"{self._path.name}.damaged-{number}") for number in numbers]
        aside = next((name for name in names if not name.exists()), names[-1])
        for suffix in ("-wal", "-shm", ""):  # the file last, so that a cut in between is mended next time
            with contextlib.suppress(FileNotFoundError):
                Path(f"{self._path}{suffix}").replace(f"{aside}{suffix}")
        return aside

    @contextmanager
    def _held(self, how: int) -> Iterator[None]:
        """Keep others from mending the file while it is used, and from using it while it is mended."""
        handle = os.open(self._path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, how)
            yield
        finally:
            os.close(handle)

    def _unavailable(self, error: Exception) -> CodesUnavailableError:
        hint = Sentence("See that the state folder can be written.")
        return CodesUnavailableError(
            Sentence("The table of codes %(path)s cannot be used: %(reason)s", path=self._path, reason=error), hint
        )


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
    try:
        database.execute("pragma journal_mode = wal")
        database.execute("pragma synchronous = full")  # a code that was shown must outlive a power cut
    except BaseException:
        database.close()
        raise
    return database


def _has_table(database: sqlite3.Connection) -> bool:
    return database.execute("select 1 from sqlite_master where name = 'claimed_codes'").fetchone() is not None


def _count(database: sqlite3.Connection) -> int:
    return int(database.execute("select count(*) from codes").fetchone()[0])


def _count_in(path: Path) -> int | None:
    """How many codes are in a file; None where that cannot be told."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(path)) as database:
            return _count(database)
    except sqlite3.Error:
        return None


def _rows_of(path: Path) -> Iterator[Row]:
    """What can still be read of a file: its rows from the front, then from the back, as far as each goes."""
    if not path.exists():
        return
    for order in ("asc", "desc"):
        with contextlib.suppress(sqlite3.Error, OSError), closing(sqlite3.connect(path)) as database:
            database.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
            yield from database.execute(f"select code, name, path, claimed from codes order by code {order}")  # noqa: S608 - one of our two words


def _settle(fresh: Path, place: Path) -> None:
    """Flush a new file to the card and put it in its place."""
    for path in (fresh, fresh.parent):
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if path == fresh:
            fresh.replace(place)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _is_damage(error: sqlite3.Error) -> bool:
    code = int(getattr(error, "sqlite_errorcode", 0))  # https://www.sqlite.org/rescode.html
    return code & 0xFF in _DAMAGE or code in _UNREADABLE
