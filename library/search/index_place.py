"""Where the index of all pages lies, and whether its files are whole; needs nothing of the engine that writes it.

Each format has a folder of its own; folders of other formats are removed by whoever fills the index.
"""

import hashlib
import json
import re
import shutil
import struct
import zlib
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from library.listing import Listed, State

_FORMAT: Final = 5
"""Counts up whenever the fields, the folding or the reading of pages change: the index is then built anew."""
COMPLETE: Final = "complete"
"""What stands in the field ``mark`` of the document that says that all pages of an edition are in."""
SUSPECT: Final = "suspect"
"""A file of this name in the index' folder asks for its files to be looked at."""
NOTHING_LEFT: Final = 0
SOMETHING_LEFT: Final = 3
"""Exit status of whoever fills it: some book could not be read to its end; it is tried again later."""
NOT_WRITTEN: Final = 4
"""Exit status, too: what was gathered could not be written, as on a full or read-only card. No page is to blame."""
NO_PAGE: Final = (0, -1)
"""Told in the place of a page while none is read: whatever happens now is no page's fault."""
_PIECE: Final = 1024 * 1024
_FOOTER: Final = struct.Struct("<II")
_FOOTER_MAGIC: Final = 1337
_LONGEST_FOOTER: Final = 4096
PARTS: Final = ("idx", "pos", "term", "store", "fast", "fieldnorm")
"""What the names of the files of a part of the index end with."""


@lru_cache(maxsize=1)
def _engine() -> str:
    """The engine's version; another one may write other files."""
    return re.sub(r"[^0-9]+", "-", version("tantivy")).strip("-")


def folder_in(parent: Path) -> Path:
    """The folder of the index in this hub's format."""
    return parent / f"pages-{_FORMAT}-{_engine()}"


@lru_cache(maxsize=4096)
def edition_number(edition: str) -> int:
    """An edition as the index knows it: 62 bits of a hash, since numbers are found and counted faster than texts."""
    return int.from_bytes(hashlib.sha256(edition.encode()).digest()[:8], "big") >> 2


def has_pages(line: Listed) -> bool:
    """Whether something on the shelf has more to find than what it says of itself: books, and films with subtitles."""
    facts = line.facts
    if line.state is not State.READY or facts is None:
        return False
    return bool(facts.media.subtitles) if facts.media else True


def remove_other_formats(parent: Path) -> None:
    """Remove the folders of earlier formats."""
    for folder in parent.glob("pages-*"):
        if folder != folder_in(parent):
            shutil.rmtree(folder, ignore_errors=True)


def find_damage(folder: Path) -> str:
    """What is wrong with the files of an index, in words; empty when each is as it was written.

    Every file that the engine's notes name ends with a footer that holds the checksum (CRC-32) of what stands before
    it; what else lies there is left from work that was cut short.
    """
    try:
        for name in sorted(_expected(folder)):
            if not _is_whole(folder / name):
                return f"{name} is damaged"
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        return str(error)
    return ""


def _expected(folder: Path) -> set[str]:
    """The names of the files of all segments, as the engine's notes tell them."""
    names = set()
    for segment in json.loads((folder / "meta.json").read_bytes())["segments"]:
        stem = segment["segment_id"].replace("-", "")
        names |= {f"{stem}.{part}" for part in PARTS}
        if segment["deletes"]:
            names.add(f"{stem}.{segment['deletes']['opstamp']}.del")
    return names


def _is_whole(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _FOOTER.size))
        length, magic = _FOOTER.unpack(file.read(_FOOTER.size))
        if magic != _FOOTER_MAGIC or length > min(_LONGEST_FOOTER, size - _FOOTER.size):
            return False
        body = size - _FOOTER.size - length
        file.seek(body)
        expected = json.loads(file.read(length))["crc"]
        file.seek(0)
        found = 0
        while body:
            piece = file.read(min(_PIECE, body))
            if not piece:
                return False
            found = zlib.crc32(piece, found)
            body -= len(piece)
    return bool(found == expected)
