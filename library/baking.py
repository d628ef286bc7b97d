"""Bakes ZIM files: a mapping of paths to entries becomes one whole file on disk, or none at all.

The file is written under a hidden name beside its place, flushed to the disk and only then renamed, so neither a
reader nor a power cut ever meets half a book. The hidden name does not end in `.zim`: a keeper of the folder passes
over it. Same entries, same options and same `uuid` give the same file but for sixteen bytes, the number Xapian draws
for the title index that libzim always adds.
"""

import contextlib
import ctypes
import hashlib
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from libzim.writer import Creator, FileProvider, Hint, Item, StringProvider

BAKING_SUFFIX = ".baking"
"""What the hidden name of a file being baked ends in: `.<name>.<random>.baking`."""

_UUID_AT = 8
_CHECKSUM_BYTES = 16
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a book.

    Attributes:
        content: the bytes, a text (stored as UTF-8), or a file, which is streamed and never held whole in memory.
        title: what tables of contents and searches show.
        mimetype: media type, served as it stands.
        front: whether a reader may start here (a page, not a part of one); None lets libzim decide (HTML is).
        compress: whether it goes into a compressed cluster; None lets libzim decide (texts do, pictures do not).
    """

    content: bytes | str | Path
    title: str = ""
    mimetype: str = "text/html"
    front: bool | None = None
    compress: bool | None = None

    def hints(self) -> dict[Hint, bool]:
        """Return the hints libzim shall have; what is None is left to libzim."""
        wishes = {Hint.FRONT_ARTICLE: self.front, Hint.COMPRESS: self.compress}
        return {hint: wish for hint, wish in wishes.items() if wish is not None}


class _Item(Item):  # type: ignore[misc]
    """An entry in the shape libzim's writer asks for."""

    def __init__(self, path: str, entry: Entry) -> None:
        super().__init__()
        self._path = path
        self._entry = entry

    def get_path(self) -> str:
        return self._path

    def get_title(self) -> str:
        return self._entry.title

    def get_mimetype(self) -> str:
        return self._entry.mimetype

    def get_hints(self) -> dict[Any, bool]:
        return self._entry.hints()

    def get_contentprovider(self) -> Any:
        content = self._entry.content
        return FileProvider(content) if isinstance(content, Path) else StringProvider(content)


def bake_zim(
    path: Path,
    entries: Mapping[str, Entry],
    *,
    name: str | None,
    title: str = "",
    language: str = "vie",
    main_path: str | None = None,
    redirects: Mapping[str, tuple[str, str]] | None = None,
    illustration_png: bytes | None = None,
    metadata: Mapping[str, str | bytes] | None = None,
    uuid: UUID | None = None,
    compression: str = "zstd",
    cluster_bytes: int | None = None,
    searchable: bool = False,
) -> Path:
    """Bake a ZIM file (openZIM format 6, new namespaces) and put it at `path` in one step.

    Args:
        path: where the file shall stand; an older one there is replaced.
        entries: path inside the book → entry, written in this order.
        name: metadata `Name`, the same for all editions of a book; None leaves it out.
        title: metadata `Title`; an empty one is left out.
        language: ISO 639-3, several parted by commas; an empty one is left out.
        main_path: the entry a reader starts with.
        redirects: path → (title, path of the target); the target may be a redirect too.
        illustration_png: the cover, a PNG of 48 × 48 pixels.
        metadata: further metadata, such as `Date`, `Creator`, `Publisher`, `Description` or `X-Hub-Codes`.
        uuid: the identity of this edition; None has libzim draw one by lot.
        compression: `zstd` or `none`.
        cluster_bytes: how much goes into one cluster at most; None for libzim's own 2 MiB.
        searchable: whether libzim also builds its Xapian full-text and title indexes.

    Returns:
        `path`.

    Raises:
        OSError: the folder cannot be written to.
        RuntimeError: libzim refuses, for instance two entries of one path.
    """
    baking = path.with_name(f".{path.name}.{secrets.token_hex(4)}{BAKING_SUFFIX}")
    facts: dict[str, str | bytes] = {"Name": name or "", "Title": title, "Language": language, **(metadata or {})}
    # One worker: the same order every time.
    creator = Creator(baking).config_verbose(False).config_nbworkers(1).config_compression(compression)
    creator.config_indexing(searchable, language.partition(",")[0] or "vie")
    if cluster_bytes is not None:
        creator.config_clustersize(cluster_bytes)
    if main_path is not None:
        creator.set_mainpath(main_path)
    with _removed_on_failure(baking):
        with _quiet(), creator:
            for fact, value in facts.items():
                if value:
                    creator.add_metadata(fact, value)
            if illustration_png is not None:
                creator.add_illustration(48, illustration_png)
            for entry_path, entry in entries.items():
                creator.add_item(_Item(entry_path, entry))
            for redirect_path, (redirect_title, target) in (redirects or {}).items():
                creator.add_redirection(redirect_path, redirect_title, target, {})
        _seal(baking, uuid)
        baking.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return path


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep libzim's unconditional progress lines, written past Python, off the terminal (all of standard output)."""
    flush = ctypes.CDLL(None).fflush
    sys.stdout.flush()
    flush(None)
    kept = os.dup(1)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 1)
        yield
    finally:
        flush(None)
        os.dup2(kept, 1)
        os.close(kept)


@contextlib.contextmanager
def _removed_on_failure(baking: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        for leftover in (baking, baking.with_name(baking.name + ".tmp")):
            leftover.unlink(missing_ok=True)
        raise


def _seal(baking: Path, uuid: UUID | None) -> None:
    """Write the wanted UUID into the header, the checksum that belongs to it at the end, and all of it to the disk."""
    with baking.open("r+b") as file:
        if uuid is not None:
            file.seek(_UUID_AT)
            file.write(uuid.bytes)
            left = file.seek(0, os.SEEK_END) - _CHECKSUM_BYTES
            digest = hashlib.md5(usedforsecurity=False)
            file.seek(0)
            while left:
                chunk = file.read(min(left, _CHUNK_BYTES))
                digest.update(chunk)
                left -= len(chunk)
            file.seek(-_CHECKSUM_BYTES, os.SEEK_END)
            file.write(digest.digest())
            file.flush()
        os.fsync(file.fileno())
