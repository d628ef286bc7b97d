"""One entry of an opened book, and one line of its contents; `library.book` finds them."""

from collections.abc import Iterator
from dataclasses import dataclass

import zstandard
from libzim.reader import Entry

from library.clusters import Blob
from library.errors import BrokenFileError, PageTooLargeError
from library.sayings import one_line
from library.zim_tables import CHUNK, Extent, PartedFile

LARGEST_COMPRESSED_PAGE = 32 * 1024 * 1024
"""Bytes; a compressed page has to be held in memory whole, so a larger one is refused."""
DAMAGE = (RuntimeError, IndexError, ValueError, ArithmeticError, MemoryError, OSError, EOFError, zstandard.ZstdError)
"""What damaged bytes make libzim and zstandard raise; texts that are not UTF-8 come as ValueError."""


@dataclass(frozen=True)
class ContentsLine:
    """One line of a book's table of contents."""

    title: str
    path: str


class Page:
    """One entry of a book that has bytes of its own.

    Args:
        entry: the entry; it is no redirect.
        extent: where its bytes lie in the file, when they are not compressed.
        blob: its bytes, when the hub unpacks them itself.
        file: the file, in one or several parts.
    """

    def __init__(self, entry: Entry, extent: Extent | None, blob: Blob | None, file: PartedFile) -> None:
        item = entry.get_item()
        self._item = item
        self._extent = extent
        self._blob = blob
        self._file = file
        self.path: str = entry.path
        self.title: str = one_line(entry.title)
        self.index: int = entry._index
        self.mimetype: str = item.mimetype
        self.size: int = extent.size if extent else blob.size if blob else item.size

    @property
    def is_compressed(self) -> bool:
        """Whether the page must be unpacked whole to read any part of it."""
        return self._extent is None

    def read(self) -> bytes:
        """All bytes of the page.

        Raises:
            PageTooLargeError: it is compressed and too large to be held in memory.
            BrokenFileError: the file is damaged there.
        """
        if self._extent:
            return self._file.read(self._extent.start, self._extent.size)
        if self.size > LARGEST_COMPRESSED_PAGE:
            raise PageTooLargeError(
                f"The page {self.path!r} has {self.size} bytes in compressed form, more than can be opened.",
                "Store large media uncompressed when making the book.",
            )
        try:
            return self._blob.read() if self._blob else bytes(self._item.content)
        except DAMAGE as error:
            raise BrokenFileError(f"The page {self.path!r} cannot be read: {error}", "Copy the file again.") from error

    def chunks(self, start: int, size: int) -> Iterator[bytes]:
        """``size`` bytes from ``start`` in pieces; an uncompressed page never stands in memory whole.

        Raises:
            PageTooLargeError, BrokenFileError: as ``read``, before the first piece where that can be known.
        """
        if self._extent:
            return self._file.chunks(Extent(self._extent.start + start, size))
        data = self.read()[start : start + size]
        return (data[at : at + CHUNK] for at in range(0, size, CHUNK))
