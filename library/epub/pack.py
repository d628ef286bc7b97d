"""An EPUB made ready: clean chapters, styles and drawings in one small ZIP file that the hub itself wrote.

Pictures and fonts stay where they are; the pack only says where their bytes lie in the EPUB.
"""

import io
import json
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from library.epub.archive import Place
from library.errors import EpubError

FORMAT: Final = 2
LARGEST_PACK: Final = 16 * 1024 * 1024
_INDEX: Final = "book.json"


@dataclass(frozen=True)
class PackedChapter:
    """A chapter: its title (may be empty), and the numbers of its style sheets."""

    title: str
    sheets: tuple[int, ...]


@dataclass(frozen=True)
class PackedLine:
    """A line of the contents; ``chapter`` is None where it only stands over others."""

    depth: int
    title: str
    chapter: int | None
    anchor: str


@dataclass(frozen=True)
class Resource:
    """A picture, font, sound or film; ``place`` is None where its bytes are in the pack."""

    media_type: str
    place: Place | None


@dataclass(frozen=True)
class PackedBook:
    """What an EPUB holds; with a ``problem`` (one of ``library.epub.reasons``) it holds nothing.

    ``left_out`` chapters are too many to be read here.
    """

    problem: str = ""
    title: str = ""
    creator: str = ""
    language: str = ""
    chapters: tuple[PackedChapter, ...] = ()
    lines: tuple[PackedLine, ...] = ()
    resources: tuple[Resource, ...] = ()
    cover: int | None = None
    left_out: int = 0


class PackWriter:
    """Collects the parts of a pack."""

    def __init__(self) -> None:
        self._file = io.BytesIO()
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=6)

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._file.tell()

    def add(self, name: str, data: bytes) -> None:
        """Add one part."""
        self._zip.writestr(name, data)

    def close(self) -> None:
        """Give the memory back; closing twice is harmless."""
        self._zip.close()

    def finish(self, book: PackedBook) -> bytes:
        """The whole pack."""
        self.add(_INDEX, json.dumps({"format": FORMAT, **asdict(book)}, ensure_ascii=False).encode())
        self._zip.close()
        return self._file.getvalue()


def problem_pack(reason: str) -> bytes:
    """A pack that says why there is none."""
    return PackWriter().finish(PackedBook(problem=reason))


class Pack:
    """A pack opened for reading; safe to use from several threads.

    Args:
        source: the file, or its bytes.

    Raises:
        EpubError: it is no pack.
    """

    def __init__(self, source: Path | bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
            self.book = _book(json.loads(self._zip.read(_INDEX)))
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise EpubError(f"The pack cannot be read: {error}") from error

    def read(self, name: str) -> bytes:
        """A part's bytes.

        Raises:
            EpubError: there is none of that name.
        """
        try:
            return self._zip.read(name)
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise EpubError(f"The pack has no {name!r}: {error}") from error

    def close(self) -> None:
        """Give the file back."""
        self._zip.close()


def _book(row: dict[str, Any]) -> PackedBook:
    if row.pop("format") != FORMAT:
        raise ValueError("another format")
    resources = (
        Resource(each["media_type"], Place(**each["place"]) if each["place"] else None) for each in row.pop("resources")
    )
    chapters = (PackedChapter(each["title"], tuple(each["sheets"])) for each in row.pop("chapters"))
    lines = (PackedLine(**each) for each in row.pop("lines"))
    return PackedBook(chapters=tuple(chapters), lines=tuple(lines), resources=tuple(resources), **row)
