"""Short codes for books and pages, printed on boards for years: never re-assigned, alive across editions.

A code is 7 characters of Crockford's base 32 (https://www.crockford.com/base32.html). Its first choice is a hash of the
book's name and the page's path, so every hub and every edition arrives at the same code without asking anybody; when
that is taken, the hash with salt 1, 2, … follows. The path "" stands for the book itself.

Two sources assign codes: this hub, when a page's code is first shown (*minted*), and the book, in its metadata
``X-Hub-Codes`` (*claimed*), so that all hubs agree. A claim wins over what was minted inside the same book, and over
what was minted for another book only where the code is one of the claimer's own hash choices: a hostile book cannot
take a board's code. What another book has claimed is never taken.
"""

import hashlib
import json
import sqlite3
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from library.codes.file import CodesFile, CodesMendedError, Row
from library.errors import CodesUnavailableError, Sentence

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 7
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
MOST_SALTS = 64
_CONFUSIONS = str.maketrans("OIL", "011")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Target:
    """What a code leads to: a book (path "") or one page of it."""

    name: str
    path: str


def hashed_code(name: str, path: str, salt: int = 0) -> str:
    """The choice number ``salt`` of a page's code: 35 bits of SHA-256 as 7 characters."""
    text = f"{name}\0{path}" if salt == 0 else f"{name}\0{path}\0{salt}"
    number = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()[:8], "big") >> 29
    return _PAIRS[number >> 25] + _PAIRS[number >> 15 & 1023] + _PAIRS[number >> 5 & 1023] + ALPHABET[number & 31]


def choices(name: str, path: str) -> Iterator[str]:
    """The codes a page may have, in order of preference."""
    return (hashed_code(name, path, salt) for salt in range(MOST_SALTS))


def normalise(typed: str) -> str | None:
    """The code meant by what a person typed, or None: only letters and digits count, O is 0, I and L are 1.

    Keyboards put in full stops, long dashes, spaces without width and letters of full width by themselves.
    """
    if len(typed) > 64:
        return None
    plain = unicodedata.normalize("NFKC", typed).upper()
    letters = "".join(letter for letter in plain if letter.isalnum()).translate(_CONFUSIONS)
    return letters if len(letters) == LENGTH and all(letter in ALPHABET for letter in letters) else None


def spoken(code: str) -> str:
    """The code as it is printed for people: ``K7M-2QXA``."""
    return f"{code[:3]}-{code[3:]}"


def parse_codes(text: str) -> dict[str, str]:
    """The codes a book claims in its metadata ``X-Hub-Codes``: a JSON object of code to path; bad lines are dropped."""
    try:
        claims = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    if not isinstance(claims, dict):
        return {}
    return {
        code: path
        for typed, path in claims.items()
        if isinstance(path, str) and _is_storable(path) and (code := normalise(typed)) is not None
    }


def _is_storable(path: str) -> bool:
    """Whether an entry of a book can have this path: UTF-8 without a null; JSON knows texts that are neither."""
    try:
        return b"\0" not in path.encode("utf-8")
    except UnicodeEncodeError:
        return False


class CodeBook:
    """All codes this hub knows, in one SQLite file that several processes share.

    Every method raises ``CodesUnavailableError`` when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = CodesFile(path, _is_sound)

    def find(self, code: str) -> Target | None:
        """What a normalised code leads to."""

        def find() -> Target | None:
            if not self._file.is_there:
                return None
            with self._file.reading() as database:
                row = database.execute("select name, path from codes where code = ?", (code,)).fetchone()
            return Target(*row) if row else None

        return _try_twice(find)

    def code_of(self, name: str, path: str) -> str | None:
        """The code that a page has, if it has one; a claimed code comes before a minted one."""

        def find() -> str | None:
            if not self._file.is_there:
                return None
            with self._file.reading() as database:
                return _code_of(database, name, path)

        return _try_twice(find)

    def mint(self, name: str, path: str) -> str:
        """The code of a page: the one it has, else a new one, durable before this returns."""

        def mint() -> str:
            with self._file.writing() as database:
                return _code_of(database, name, path) or self._mint(database, name, path)

        try:
            return _try_twice(mint)
        except CodesUnavailableError:
            if (known := self.code_of(name, path)) is None:
                raise
            return known

    def keep_copy(self) -> None:
        """Keep a copy of all codes beside the file, for the day on which the card spoils that."""
        _try_twice(self._file.keep_copy)

    def mint_all(self, targets: Iterator[Target]) -> int:
        """Mint codes for many pages in one transaction; returns how many were new."""
        with self._file.writing() as database:
            database.execute("pragma cache_size = -65536")  # KiB: codes come in no order, so any page may be next
            database.execute("create temp table wanted (code text, name text, path text)")
            database.execute("begin immediate")
            database.executemany(
                "insert into wanted values (?, ?, ?)",
                ((hashed_code(target.name, target.path), target.name, target.path) for target in targets),
            )
            new = self._mint_wanted(database)
            database.execute("commit")
        return new

    def claim(self, name: str, codes: Mapping[str, str]) -> list[str]:
        """Record the codes that a book brings; returns those refused because they are another book's."""

        def claim() -> list[str]:
            refused = []
            with self._file.writing() as database:
                database.execute("begin immediate")
                for code, path in codes.items():
                    row = database.execute("select name, claimed from codes where code = ?", (code,)).fetchone()
                    if row and row[0] != name and (row[1] or code not in choices(name, path)):
                        refused.append(code)
                        continue
                    database.execute("insert or replace into codes values (?, ?, ?, 1)", (code, name, path))
                database.execute("commit")
            return refused

        return _try_twice(claim)

    def _mint(self, database: sqlite3.Connection, name: str, path: str) -> str:
        database.execute("begin immediate")
        code = _code_of(database, name, path) or self._assign(database, name, path)
        database.execute("commit")
        return code

    def _mint_wanted(self, database: sqlite3.Connection) -> int:
        """Give all of them their first choice in one sweep, in the table's own order; then see to those left over."""
        database.execute("delete from wanted where (name, path) in (select name, path from codes where claimed)")
        new = database.execute(
            "insert or ignore into codes select code, name, path, 0 from wanted order by code, rowid"
        ).rowcount
        left = database.execute(
            "select distinct wanted.name, wanted.path from wanted join codes using (code)"
            " where codes.name <> wanted.name or codes.path <> wanted.path"
        ).fetchall()
        for name, path in left:
            if _code_of(database, name, path) is None:
                self._assign(database, name, path)
                new += 1
        return new

    def _assign(self, database: sqlite3.Connection, name: str, path: str) -> str:
        for code in choices(name, path):
            cursor = database.execute("insert or ignore into codes values (?, ?, ?, 0)", (code, name, path))
            if cursor.rowcount:
                return code
        raise CodesUnavailableError(
            Sentence("No free code is left for this page."), Sentence("Tell the makers of the hub.")
        )


def _try_twice(action: Callable[[], Answer]) -> Answer:
    """Do something once more where the file had to be mended first."""
    try:
        return action()
    except CodesMendedError:
        return action()


def _is_sound(row: Row) -> bool:
    """Whether a row out of a damaged file can be one that was written here."""
    code, name, path, claimed = row
    texts = all(isinstance(text, str) and _is_storable(text) for text in (code, name, path))
    return texts and normalise(code) == code and claimed in (0, 1)


def _code_of(database: sqlite3.Connection, name: str, path: str) -> str | None:
    row = database.execute(
        "select code from codes where name = ? and path = ? and claimed order by code limit 1", (name, path)
    ).fetchone()
    if row:
        return str(row[0])
    for code in choices(name, path):  # codes are never given back: behind a free one there is none of this page
        row = database.execute("select name, path from codes where code = ?", (code,)).fetchone()
        if row is None:
            return None
        if row == (name, path):
            return code
    return None
