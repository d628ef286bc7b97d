"""Keeps the small pictures of covers and posters as files in one folder, each called by a hash of its bytes.

So a picture is written once, however often its book is checked; one that the card has spoilt is known by its name; and
whoever knows the name never gets another picture. The folder may be lost: the keeper makes it again.
"""

import contextlib
import hashlib
import logging
import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from library.media.pictures import picture_of

logger = logging.getLogger(__name__)

LARGEST_SMALL: Final = 4096
"""Bytes of a small picture."""
_TYPES: Final = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
_NAME: Final = re.compile(r"[0-9a-f]{24}\.(jpg|png|webp)")


def folder_in(state: Path) -> Path:
    """The folder of the pictures, in the folder for what must outlive a restart."""
    return state / "small-pictures"


def picture_name(data: bytes) -> str:
    """What a small picture is called; "" where this is none."""
    picture = picture_of(data) if len(data) <= LARGEST_SMALL else None
    if picture is None:
        return ""
    return f"{hashlib.blake2b(data, digest_size=12).hexdigest()}.{_TYPES[picture.mimetype]}"


def picture_type(name: str) -> str:
    """The media type of the picture of this name; "" where that is no name of one."""
    named = _NAME.fullmatch(name)
    return next((kind for kind, suffix in _TYPES.items() if suffix == named[1]), "") if named else ""


def read_picture(folder: Path, name: str) -> bytes | None:
    """The picture of this name; None where it is not there, or is not what it was."""
    if not picture_type(name):
        return None
    try:
        with (folder / name).open("rb") as file:
            data = file.read(LARGEST_SMALL + 1)
    except OSError:
        return None
    return data if picture_name(data) == name else None


class PictureFolder:
    """The folder as its only writer sees it.

    Args:
        folder: it is made when it is needed.
        write: writes a file so that a power cut leaves the old or the new one.
        find: a picture by its name, where it is also known; None where it is not.
    """

    def __init__(self, folder: Path, write: Callable[[Path, bytes], None], find: Callable[[str], bytes | None]) -> None:
        self._folder = folder
        self._write = write
        self._find = find
        self._seen: set[str] = set()
        self._is_full = False

    def put(self, data: bytes) -> None:
        """Write a picture down, where that is possible and it is not there yet."""
        name = picture_name(data)
        if name and read_picture(self._folder, name) is None:
            self._put(name, data)

    def hold(self, names: Collection[str]) -> frozenset[str]:
        """Make sure that these pictures are there; returns those that are.

        Each is read once, when it is first asked for; later it is enough that its name stands in the folder.
        """
        here = self._names()
        return frozenset(name for name in names if (name in here and name in self._seen) or self._is_held(name))

    def sweep(self, wanted: Collection[str]) -> None:
        """Remove whatever is in the folder beside these pictures."""
        for name in self._names() - set(wanted):
            self._seen.discard(name)
            with contextlib.suppress(OSError):  # what cannot be removed now is tried again
                (self._folder / name).unlink()

    def _is_held(self, name: str) -> bool:
        if read_picture(self._folder, name) is None:
            data = self._find(name)
            if data is None or picture_name(data) != name or not self._put(name, data):
                self._seen.discard(name)
                return False
        self._seen.add(name)
        return True

    def _put(self, name: str, data: bytes) -> bool:
        """Write one down; a card without room is told of once."""
        try:
            self._folder.mkdir(exist_ok=True)
            self._write(self._folder / name, data)
        except OSError as error:
            if not self._is_full:
                logger.warning("the picture %s cannot be written: %s", name, error.strerror)
            self._is_full = True
            return False
        self._is_full = False
        return True

    def _names(self) -> set[str]:
        try:
            return {path.name for path in self._folder.iterdir()}
        except OSError:
            return set()
