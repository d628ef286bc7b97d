"""Real ZIM files for tests: baked in a fraction of a second, whole or damaged; there is no fake of libzim.

What libzim's writer cannot make (the namespaces of older files, redirects in a circle, damaged tables under a valid
checksum) is crafted byte by byte.
"""

import hashlib
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from library.admission import Checker, verdict_from
from library.baking import BAKING_SUFFIX, Entry, bake_zim
from library.config import LibraryConfig
from library.inspection import Verdict, inspect
from library.keeper import Keeper
from library.listing import State
from library.shelf import Shelf
from library.zim_tables import MAGIC

__all__ = [
    "BAKING_SUFFIX",
    "Crafted",
    "Entry",
    "bake_zim",
    "craft_zim",
    "damage",
    "fill_index",
    "reseal",
    "shelve",
    "split_zim",
]

_HEADER = struct.Struct("<IHH16sIIQQQQIIQ")
_NO_PAGE = 0xFFFFFFFF
_REDIRECT = 0xFFFF


def damage(path: Path, offset: int, replacement: bytes) -> Path:
    """Write `replacement` over the bytes at `offset` (negative: counted from the end) and leave the rest as it is."""
    with path.open("r+b") as file:
        file.seek(offset, 0 if offset >= 0 else 2)
        file.write(replacement)
    return path


def reseal(path: Path) -> Path:
    """Write the checksum that belongs to the bytes, so that only the damage itself can be found."""
    data = path.read_bytes()[:-16]
    path.write_bytes(data + hashlib.md5(data, usedforsecurity=False).digest())
    return path


def split_zim(path: Path, part_bytes: int) -> list[Path]:
    """Cut a ZIM file into `.zimaa`, `.zimab`, … of at most `part_bytes` each, and remove the whole one.

    Returns:
        The parts, in order.

    Raises:
        ValueError: more than 676 parts would be needed, or `part_bytes` is not positive.
    """
    size = path.stat().st_size
    if part_bytes <= 0 or -(-size // part_bytes) > 26 * 26:
        raise ValueError(f"{size} bytes cannot be cut into parts of {part_bytes}")
    parts: list[Path] = []
    with path.open("rb") as whole:
        while chunk := whole.read(part_bytes):
            first, second = divmod(len(parts), 26)
            part = path.with_name(f"{path.name}{chr(97 + first)}{chr(97 + second)}")
            part.write_bytes(chunk)
            parts.append(part)
    path.unlink()
    return parts


@dataclass(frozen=True, slots=True)
class Crafted:
    """One entry of a crafted file.

    Attributes:
        path: its path with the namespace in front, such as `A/Sách.html`; bytes where it shall not be UTF-8.
        content: its bytes.
        mimetype: its media type; bytes where it shall not be UTF-8.
        redirect: the path of the entry it leads to, in place of bytes.
        title: its title.
    """

    path: str | bytes
    content: bytes = b""
    mimetype: str | bytes = "text/html"
    redirect: str | bytes | None = None
    title: str = ""


def craft_zim(
    path: Path,
    entries: Sequence[Crafted],
    *,
    version: tuple[int, int] = (5, 0),
    main: str | None = None,
    extended: bool = False,
    gap: int = 0,
) -> Path:
    """Write a ZIM file of one uncompressed cluster, table by table (openZIM, "ZIM file format").

    Args:
        path: where.
        entries: in any order.
        version: major and minor format version; 5.0 has the old namespaces `-`, `A`, `I`, `M`; 6.1 has the new ones.
        main: path of the main page, with its namespace.
        extended: whether blob offsets have 64 bits (needs version 6).
        gap: adds an entry `C/!` of so many zero bytes before all others, as a hole in the file; such a file has no
            valid checksum, since that would take a while.
    """
    ordered = sorted([*entries, *([Crafted("C/!")] if gap else [])], key=lambda entry: _bytes(entry.path))
    paths = [_bytes(entry.path) for entry in ordered]
    mimetypes = list(dict.fromkeys(_bytes(entry.mimetype) for entry in ordered if entry.redirect is None))
    mimetype_list = b"".join(mimetype + b"\0" for mimetype in mimetypes) + b"\0"
    dirents: list[bytes] = []
    blobs: list[bytes] = []
    for entry, where in zip(ordered, paths, strict=True):
        names = where[2:] + b"\0" + entry.title.encode() + b"\0"
        if entry.redirect is not None:
            dirent = struct.pack("<HBcII", _REDIRECT, 0, where[:1], 0, paths.index(_bytes(entry.redirect)))
        else:
            mimetype = mimetypes.index(_bytes(entry.mimetype))
            dirent = struct.pack("<HBcIII", mimetype, 0, where[:1], 0, 0, len(blobs))
            blobs.append(entry.content)
        dirents.append(dirent + names)
    by_title = sorted(range(len(ordered)), key=lambda n: (paths[n][:1], ordered[n].title.encode() or paths[n][2:]))
    dirents_at = _HEADER.size + len(mimetype_list)
    paths_at = dirents_at + sum(map(len, dirents))
    titles_at = paths_at + 8 * len(ordered)
    clusters_at = titles_at + 4 * len(ordered)
    cluster_at = clusters_at + 8
    width = 8 if extended else 4
    offsets = [width * (len(blobs) + 1)]
    for number, blob in enumerate(blobs):
        offsets.append(offsets[-1] + (gap if gap and number == 0 else len(blob)))
    checksum_at = cluster_at + 1 + offsets[-1]
    dirent_positions = [dirents_at + sum(map(len, dirents[:number])) for number in range(len(dirents))]
    header = _HEADER.pack(
        MAGIC, *version, b"crafted-for-test", len(ordered), 1, paths_at, titles_at, clusters_at, _HEADER.size,
        paths.index(_bytes(main)) if main else _NO_PAGE, _NO_PAGE, checksum_at,
    )  # fmt: skip
    head = b"".join(
        [
            header,
            mimetype_list,
            *dirents,
            *(struct.pack("<Q", position) for position in dirent_positions),
            *(struct.pack("<I", number) for number in by_title),
            struct.pack("<Q", cluster_at),
            bytes([0x11 if extended else 0x01]),
            *(struct.pack("<Q" if extended else "<I", offset) for offset in offsets),
        ]
    )
    with path.open("wb") as file:
        file.write(head)
        file.seek(gap, os.SEEK_CUR)
        file.write(b"".join(blobs))
        file.write(bytes(16))
    return path if gap else reseal(path)


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


class HereChecker:
    """Checks as the real child does, but in this process and at once: for files that a test made well."""

    def __init__(self) -> None:
        self._verdict: Verdict | None = None

    @property
    def busy(self) -> bool:
        """Whether a verdict waits to be fetched."""
        return self._verdict is not None

    def start(self, path: Path, size: int, *, whole: bool) -> None:
        """Check a file."""
        self._verdict = verdict_from(0, inspect(path, whole=whole).to_json().encode())

    def poll(self) -> Verdict | None:
        """The verdict, once."""
        verdict, self._verdict = self._verdict, None
        return verdict

    def stop(self) -> None:
        """Forget what was found."""
        self._verdict = None


def shelve(
    content: Path, state: Path, write: Callable[[Path, bytes], object] = Path.write_bytes, *, children: bool = False
) -> Shelf:
    """Have the real keeper check every file of a folder, and give the shelf that comes of it.

    Args:
        content: the folder with the ZIM files.
        state: a folder for the keeper.
        write: writes a file.
        children: check in child processes, as the hub does: for files that may be damaged or hostile.

    Raises:
        TimeoutError: it took longer than a minute.
    """
    config = LibraryConfig(settle_s=0, patience_s=0)

    def write_list(path: Path, data: bytes) -> None:
        write(path, data)

    checker = Checker(config) if children else HereChecker()
    keeper = Keeper(content, state, config, checker, write_list)
    try:
        for _ in range(6000):
            keeper.tick()
            if all(line.state is not State.CHECKING for line in keeper.listing.books):
                return Shelf(content, state / "shelf.json")
            time.sleep(0.01)
    finally:
        keeper.stop()
    raise TimeoutError(f"{content} was not checked within a minute")


def fill_index(content: Path, state: Path, index: Path, *options: str) -> int:
    """Have the real child fill the index of a shelf that was checked before; gives its exit status.

    Args:
        content: the folder with the ZIM files.
        state: the keeper's folder.
        index: the folder of the index.
        options: further arguments, such as ``--pages-a-commit=10``.

    Raises:
        subprocess.TimeoutExpired: it took longer than ten minutes.
    """
    folders = map(str, (content, state / "shelf.json", index))
    command = [sys.executable, "-m", "library.search.index_filling", *folders, *options]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False, timeout=600)
    return done.returncode


def take_in(content: Path, state: Path, index: Path) -> bool:
    """Fill the index of a shelf as the child does, but in this process: for books that a test made well.

    Args:
        content: the folder with the ZIM files.
        state: the keeper's folder.
        index: the folder of the index.
    """
    from library.search.index_filling import Filler  # noqa: PLC0415 - loads the engine, which few tests need

    return Filler(content, state / "shelf.json", index, lambda _edition, _ordinal: None).run()
