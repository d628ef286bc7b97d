"""The list of the files on the shelf, as the keeper writes it and the web processes read it: plain values and JSON."""

import enum
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from library.errors import Sentence, ShelfUnavailableError
from library.facts import Facts, Kind, facts_from

_LARGEST_INTEGER = 2**63 - 1  # of SQLite; some file systems make inodes out of 64 bits


class State(enum.StrEnum):
    """How far a file has come."""

    READY = "ready"
    CHECKING = "checking"
    QUARANTINED = "quarantined"


@dataclass(frozen=True)
class Stamp:
    """What changes when a file changes: bytes and latest time (ns) of all parts, first inode, stored checksum (hex)."""

    size: int
    mtime_ns: int
    inode: int
    checksum: str


@dataclass(frozen=True)
class Listed:
    """One file of the content folder; ``reason`` is one of ``library.reasons``, ``detail`` for the technician."""

    file: str
    state: State
    reason: str
    detail: str
    stamp: Stamp
    code: str
    facts: Facts | None

    @property
    def name(self) -> str:
        """The book's name; the file's name as long as the book's is not known."""
        return self.facts.name if self.facts else self.file

    @property
    def date(self) -> str:
        """The edition's own date."""
        return self.facts.date if self.facts else ""

    @property
    def kind(self) -> str:
        """What people do with it, one of ``library.facts.Kind``; a book as long as that is not known."""
        return self.facts.kind if self.facts else Kind.BOOK.value

    @property
    def mtime_ns(self) -> int:
        """The file's modification time, nanoseconds."""
        return self.stamp.mtime_ns


@dataclass(frozen=True)
class Listing:
    """All files of the shelf; ``problem`` says why there are none, when the folder cannot be read."""

    books: tuple[Listed, ...]
    problem: str = ""

    def to_json(self) -> bytes:
        """The listing as a JSON document."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode()


def read_listing(path: Path) -> Listing:
    """The listing the keeper wrote last.

    Raises:
        ShelfUnavailableError: there is none yet, or it cannot be read.
    """
    try:
        document = json.loads(path.read_bytes())
        return Listing(tuple(_listed(row) for row in document["books"]), document["problem"])
    except FileNotFoundError:
        raise ShelfUnavailableError(Sentence("The shelf is not ready yet."), Sentence("Wait a few seconds.")) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ShelfUnavailableError(
            Sentence("The list of books cannot be read: %(reason)s", reason=error), Sentence("Restart the hub.")
        ) from error


def _listed(row: dict[str, Any]) -> Listed:
    facts = facts_from(row["facts"]) if row["facts"] else None
    return Listed(**{**row, "state": State(row["state"]), "stamp": Stamp(**row["stamp"]), "facts": facts})


def stat_parts(parts: list[Path]) -> tuple[int, int, int]:
    """Bytes of all parts, their latest modification time (ns) and the first one's inode.

    Raises:
        OSError: a part is gone or cannot be read.
    """
    stats = [part.stat() for part in parts]
    inode = stats[0].st_ino & _LARGEST_INTEGER
    return sum(stat.st_size for stat in stats), max(stat.st_mtime_ns for stat in stats), inode
