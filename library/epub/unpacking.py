"""Makes an EPUB ready in this process: the child's part, with little memory and time, so that a bad one harms nobody.

``python -m library.epub.unpacking BOOK PATH`` opens an entry of a ZIM file and writes a pack (`library.epub.pack`) to
its standard output. The process limits itself and ends with its parent.
"""

import argparse
import contextlib
import io
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from lxml import etree

from library.book import Book
from library.confinement import confine
from library.epub import reasons
from library.epub.archive import EpubArchive
from library.epub.cleaning import ANCHOR, Chapter, clean_chapter, clean_drawing
from library.epub.markup import letters
from library.epub.pack import LARGEST_PACK, PackedBook, PackedChapter, PackedLine, PackWriter, Resource, problem_pack
from library.epub.package import Package, read_package
from library.epub.page_file import PageFile
from library.epub.styles import LARGEST_STYLES, Styles
from library.errors import EpubError, LibraryError
from library.page import Page

LARGEST_CHAPTER: Final = 4 * 1024 * 1024
LARGEST_DRAWING: Final = 512 * 1024
LARGEST_TEXT: Final = 48 * 1024 * 1024
"""Bytes of all chapters, clean."""
MOST_DRAWINGS: Final = 500
_ROOM_FOR_INDEX: Final = 1024 * 1024
_PICTURES: Final = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}
_FONTS: Final = {
    b"\0\1\0\0": "font/ttf",
    b"true": "font/ttf",
    b"OTTO": "font/otf",
    b"wOFF": "font/woff",
    b"wOF2": "font/woff2",
}
_SOUNDS: Final = frozenset(
    {"audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus", "audio/wav", "video/mp4", "video/webm", "audio/aac"}
)
_SVG: Final = "image/svg+xml"


class Unpacker:
    """Makes one EPUB ready; it is also where the references of its parts lead.

    Args:
        archive: the EPUB.
        package: what it says of itself.
        whole: whether pictures and fonts go into the pack, too, since the EPUB cannot be read in pieces.
    """

    def __init__(self, archive: EpubArchive, package: Package, *, whole: bool = False) -> None:
        self._archive = archive
        self._package = package
        self._whole = whole
        self._writer = PackWriter()
        self._chapters = {name: number for number, name in enumerate(package.spine)}
        self._resources: list[Resource] = []
        self._numbers: dict[str, int | None] = {}
        self._sheets: dict[str, int | None] = {}
        self._drawings: dict[str, int] = {}
        self._families: set[str] = set()
        self._styles_left = LARGEST_STYLES
        self._text_left = LARGEST_TEXT

    def unpack(self) -> bytes:
        """The pack.

        Raises:
            EpubError: there is nothing in it to read, or too much.
        """
        with contextlib.closing(self._writer):
            return self._unpack()

    def _unpack(self) -> bytes:
        chapters, readable = [], 0
        for number, name in enumerate(self._package.spine):
            chapter = self._chapter(name)
            data = chapter.html.encode()
            self._text_left -= len(data)
            if self._text_left < 0 or self._writer.size + len(data) // 2 > LARGEST_PACK - _ROOM_FOR_INDEX:
                raise EpubError("There is more text than can be kept.", reason=reasons.TOO_LARGE)
            readable += bool(chapter.html.strip())
            self._writer.add(f"c{number}", data)
            chapters.append(PackedChapter(chapter.title, tuple(dict.fromkeys(chapter.sheets))))
        if not readable:
            raise EpubError("No chapter can be read.", reason=reasons.EMPTY)
        package = self._package
        cover = self._resource(package.cover, _PICTURES) if package.cover else None
        lines = tuple(
            PackedLine(
                line.depth, line.title, self._chapters.get(line.part), ANCHOR + line.anchor if line.anchor else ""
            )
            for line in package.lines
        )
        titles = {line.chapter: line.title for line in reversed(lines)}
        named = tuple(
            PackedChapter(titles.get(number) or chapter.title, chapter.sheets)
            for number, chapter in enumerate(chapters)
        )
        return self._writer.finish(
            PackedBook(
                title=package.title,
                creator=package.creator,
                language=package.language,
                chapters=named,
                lines=lines,
                resources=tuple(self._resources),
                cover=cover,
                left_out=package.left_out,
            )
        )

    def _chapter(self, name: str) -> Chapter:
        """A chapter made clean; an empty one where it cannot be read."""
        references = _References(self, name)
        try:
            data = self._archive.read(name, LARGEST_CHAPTER)
            return clean_chapter(data, references, self._styles(name))
        except (EpubError, ValueError, etree.LxmlError):  # lxml refuses some names and letters with a bare ValueError
            return Chapter("")

    def _styles(self, name: str) -> Styles:
        def font(reference: str) -> str | None:
            found, _anchor = self._archive.resolve(name, reference)
            number = self._resource(found, _FONTS) if found else None
            return None if number is None else f"r{number}"

        def sheet(reference: str) -> tuple[str, Styles] | None:
            found, _anchor = self._archive.resolve(name, reference)
            text = self._sheet_text(found) if found else None
            return None if text is None or found is None else (text, self._styles(found))

        return Styles(font, sheet, families=self._families)

    def _sheet_text(self, name: str) -> str | None:
        size = self._archive.size(name)
        if size > self._styles_left:
            return None
        self._styles_left -= size
        try:
            return letters(self._archive.read(name, LARGEST_STYLES))
        except EpubError:
            return None

    def chapter(self, name: str) -> int | None:
        """The number of a chapter."""
        return self._chapters.get(name)

    def sheet(self, name: str) -> int | None:
        """The number of a style sheet, cleaned when it is first asked for."""
        if name not in self._sheets:
            text = self._sheet_text(name)
            number = sum(1 for each in self._sheets.values() if each is not None)
            self._sheets[name] = None if text is None else number
            if text is not None:
                self._writer.add(f"s{number}", self._styles(name).clean(text).encode())
        return self._sheets[name]

    def picture(self, name: str) -> int | None:
        """The number of a picture."""
        return self._resource(name, _PICTURES)

    def sound(self, name: str) -> int | None:
        """The number of a sound or film."""
        return self._resource(name, {})

    def keep_drawing(self, drawing: bytes) -> str | None:
        """Keep a drawing from among the text; its name is good only for `drawing`."""
        if len(drawing) > LARGEST_DRAWING or len(self._drawings) >= MOST_DRAWINGS or not self._has_room(len(drawing)):
            return None
        name = f"hub-drawing-{len(self._drawings)}"
        self._drawings[name] = self._packed(_SVG, drawing)
        return name

    def drawing(self, name: str) -> int | None:
        """The number of a drawing that was kept."""
        return self._drawings.get(name)

    def _resource(self, name: str, kinds: dict[bytes, str]) -> int | None:
        if name not in self._numbers:
            try:
                self._numbers[name] = self._admit(name, kinds)
            except EpubError:
                self._numbers[name] = None
        return self._numbers[name]

    def _admit(self, name: str, kinds: dict[bytes, str]) -> int | None:
        """Take a resource in, if its bytes are what they are used for.

        Raises:
            EpubError: it cannot be read.
        """
        part = self._package.parts.get(name)
        stated = part.media_type if part else ""
        if kinds is _PICTURES and (stated == _SVG or name.casefold().endswith(".svg")):
            drawing = clean_drawing(self._archive.read(name, LARGEST_DRAWING))
            return self._packed(_SVG, drawing) if self._has_room(len(drawing)) else None
        data = self._archive.read(name)
        media_type = next((kind for magic, kind in kinds.items() if data.startswith(magic)), None)
        if media_type == "image/webp" and data[8:12] != b"WEBP":
            return None
        if not kinds and stated in _SOUNDS:
            media_type = stated
        if media_type is None:
            return None
        if self._whole:
            return self._packed(media_type, data) if self._has_room(len(data)) else None
        self._resources.append(Resource(media_type, self._archive.place(name)))
        return len(self._resources) - 1

    def _packed(self, media_type: str, data: bytes) -> int:
        self._resources.append(Resource(media_type, None))
        self._writer.add(f"r{len(self._resources) - 1}", data)
        return len(self._resources) - 1

    def _has_room(self, size: int) -> bool:
        return self._writer.size + size < LARGEST_PACK // 2


class _References:
    """Where the references of one part lead (`library.epub.cleaning.References`)."""

    def __init__(self, unpacker: Unpacker, base: str) -> None:
        self._unpacker = unpacker
        self._base = base

    def to_page(self, reference: str) -> str | None:
        found, anchor = self._unpacker._archive.resolve(self._base, reference)
        number = self._unpacker.chapter(found) if found else None
        if number is None:
            return None
        mark = f"#{ANCHOR}{anchor}" if anchor else ""
        return mark if found == self._base and mark else f"c{number}{mark}"

    def to_picture(self, reference: str) -> str | None:
        number = self._unpacker.drawing(reference)
        if number is None:
            number = self._number(reference, self._unpacker.picture)
        return None if number is None else f"r{number}"

    def to_sound(self, reference: str) -> str | None:
        number = self._number(reference, self._unpacker.sound)
        return None if number is None else f"r{number}"

    def to_sheet(self, reference: str) -> int | None:
        return self._number(reference, self._unpacker.sheet)

    def keep_drawing(self, drawing: bytes) -> str | None:
        return self._unpacker.keep_drawing(drawing)

    def _number(self, reference: str, of: Callable[[str], int | None]) -> int | None:
        found, _anchor = self._unpacker._archive.resolve(self._base, reference)
        return of(found) if found else None


def unpack(file: IO[bytes], *, whole: bool = False) -> bytes:
    """The pack of an EPUB; one that says why, where it cannot be opened."""
    try:
        archive = EpubArchive(file)
        return Unpacker(archive, read_package(archive), whole=whole).unpack()
    except LibraryError as error:
        return problem_pack(getattr(error, "reason", "") or reasons.BROKEN)


def main() -> None:
    """The child's part: limit this process, open the entry, write the pack."""
    parser = argparse.ArgumentParser(description="Make an EPUB inside a ZIM file ready to be read.")
    parser.add_argument("book", type=Path)
    parser.add_argument("path")
    parser.add_argument("--memory", type=int, default=256, help="memory limit in megabytes")
    parser.add_argument("--seconds", type=int, default=30, help="computing time in seconds")
    parser.add_argument("--parent", type=int, default=os.getppid(), help="process with which this one ends")
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CPU, (arguments.seconds, arguments.seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    confine(arguments.memory, arguments.parent)
    page = Book(arguments.book).page(arguments.path)
    if not isinstance(page, Page):
        raise SystemExit(1)
    try:
        file: IO[bytes] = io.BytesIO(page.read()) if page.is_compressed else io.BufferedReader(PageFile(page))
    except LibraryError:
        sys.stdout.buffer.write(problem_pack(reasons.TOO_LARGE))
        return
    sys.stdout.buffer.write(unpack(file, whole=page.is_compressed))


if __name__ == "__main__":
    main()
