"""Looks into one file in this process: the child's part of admission, kept small so that it starts quickly.

``python -m library.inspection FILE`` opens the file, has libzim check all of it (checksum included), tries a sample of
its pages and prints the verdict as a JSON object. The process limits its own memory and ends with its parent.
"""

import argparse
import base64
import contextlib
import json
import os
import sys
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from library import reasons
from library.book import Book
from library.confinement import confine
from library.content_files import is_book_file, is_sidecar
from library.details import LONGEST_DETAIL
from library.errors import LibraryError, PageNotFoundError, PageTooLargeError, RefusedError
from library.facts import Facts
from library.media.picture_folder import picture_name
from library.page import Page

SAMPLE = 200
_LARGEST_COMPARED = 1024 * 1024


@dataclass(frozen=True)
class Verdict:
    """The end of a check: the book's facts, or why it is refused.

    ``reason`` is one of ``library.reasons``, ``detail`` what the technician may want to know beside it, ``codes`` the
    short codes that the book brings, and ``small_picture`` the picture for rows, whose name stands in the facts.
    """

    facts: Facts | None
    reason: str = ""
    detail: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    small_picture: bytes = b""

    def to_json(self) -> str:
        """The verdict as a JSON document."""
        return json.dumps({**asdict(self), "small_picture": base64.b64encode(self.small_picture).decode()})


def inspect(path: Path, *, whole: bool) -> Verdict:
    """Check one file in this process; its name says as what.

    Args:
        path: the file; for a split one its first part.
        whole: also verify the checksum; False where somebody has just verified a hash of the whole file.
    """
    look = None if is_book_file(path) else _inspect_sidecar if is_sidecar(path) else _inspect_media
    if look is None:
        return _inspect_book(path, whole=whole)
    try:
        facts, small = look(path)
        return Verdict(replace(facts, small_picture=picture_name(small)), small_picture=small)
    except RefusedError as error:
        return Verdict(None, error.reason, _one_line(error.detail, LONGEST_DETAIL))
    except (OSError, RuntimeError, LookupError, ValueError, ArithmeticError, MemoryError) as error:
        return Verdict(None, reasons.UNREADABLE, _one_line(str(error) or type(error).__name__))


def _inspect_media(path: Path) -> tuple[Facts, bytes]:
    from library.media.inspection import inspect_media  # noqa: PLC0415 - each check loads only what it needs

    return inspect_media(path), b""


def _inspect_sidecar(path: Path) -> tuple[Facts, bytes]:
    from library.media.sidecar_inspection import inspect_sidecar  # noqa: PLC0415 - each check loads only what it needs

    return inspect_sidecar(path)


def _inspect_book(path: Path, *, whole: bool) -> Verdict:
    try:
        book = Book(path)
        if not book.has_checksum:
            return Verdict(None, reasons.NO_CHECKSUM)
        if whole and not book.check():
            return Verdict(None, reasons.DAMAGED, "checksum or tables")
        facts = book.facts()
        small = _small(book.cover())
        _try_sample(book, facts.entries)
    except PageNotFoundError:
        return Verdict(None, reasons.NO_PAGES)
    except LibraryError as error:
        return Verdict(None, reasons.DAMAGED, _one_line(error.message))
    except (OSError, RuntimeError, LookupError, ValueError, ArithmeticError, MemoryError) as error:
        return Verdict(None, reasons.UNREADABLE, _one_line(str(error) or type(error).__name__))
    facts = replace(facts, small_picture=picture_name(small))
    return Verdict(facts, codes=book.claimed_codes(), small_picture=small)


def _small(cover: bytes | None) -> bytes:
    if cover is None:
        return b""
    from library.media.small_pictures import small_picture  # noqa: PLC0415 - each check loads only what it needs

    return small_picture(cover)


def _one_line(text: str, longest: int = 300) -> str:
    return " ".join(text.split())[:longest]


def _try_sample(book: Book, entries: int) -> None:
    """Read pages spread evenly over the book, and follow their redirects."""
    for path in book.entry_paths(max(1, entries // SAMPLE)):
        # A redirect in a circle, or a page that unpacks to more than can be held, spoils that page, not the book.
        with contextlib.suppress(PageNotFoundError, PageTooLargeError):
            page = book.page(path)
            if isinstance(page, Page) and page.size <= _LARGEST_COMPARED:
                page.read()


def main() -> None:
    """The child's part: limit this process, check the file, print the verdict."""
    parser = argparse.ArgumentParser(description="Check one file and print what it is.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--memory", type=int, default=256, help="memory limit in megabytes")
    parser.add_argument("--no-checksum", action="store_true", help="somebody has verified the whole file just now")
    parser.add_argument("--parent", type=int, default=os.getppid(), help="process with which this one ends")
    arguments = parser.parse_args()
    confine(arguments.memory, arguments.parent)
    verdict = inspect(arguments.file, whole=not arguments.no_checksum)
    sys.stdout.write(verdict.to_json())


if __name__ == "__main__":
    main()
