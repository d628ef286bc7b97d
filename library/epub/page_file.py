"""An entry of a book as a file that can be read anywhere, without holding it in memory."""

import io
import os
from typing import TYPE_CHECKING

from library.page import Page

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class PageFile(io.RawIOBase):
    """Reads an uncompressed entry piece by piece.

    Args:
        page: the entry; it must not be compressed.
    """

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._at = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; one before the beginning is refused, as by any file."""
        at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._page.size}[whence]
        if at < 0:
            raise ValueError(f"negative place {at}")
        self._at = at
        return at

    def tell(self) -> int:
        """Where it is."""
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill a buffer as far as there are bytes."""
        view = memoryview(buffer).cast("B")
        size = max(0, min(len(view), self._page.size - self._at))
        data = b"".join(self._page.chunks(self._at, size)) if size else b""
        view[: len(data)] = data
        self._at += len(data)
        return len(data)
