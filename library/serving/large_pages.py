"""Pages that must be unpacked whole and are large: each stands in memory once, however many read it at the same time.

All of them together stay within a limit, since slow readers hold them for minutes; who comes when there is no room
waits a moment, and is then asked to come again.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from library.errors import PageBusyError
from library.zim_tables import CHUNK

LARGE = 1024 * 1024
"""Bytes; smaller pages are unpacked without asking for room."""
_PATIENCE_S = 3.0
_MOST_WAITING = 8

Key = tuple[str, str]


@dataclass
class _Page:
    size: int
    readers: int = 0
    data: bytes | None = None
    unpacking: threading.Lock = field(default_factory=threading.Lock)


class LargePages:
    """The large pages being read; safe to use from several threads.

    Args:
        limit: bytes that all of them may have together; one alone may have more.
        monotonic: a clock, in seconds.
    """

    def __init__(self, limit: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._monotonic = monotonic
        self._pages: dict[Key, _Page] = {}
        self._waiting = 0
        self._changed = threading.Condition()

    @property
    def weight(self) -> int:
        """Bytes of all pages being read."""
        return sum(page.size for page in self._pages.values())

    def chunks(self, key: Key, size: int, read: Callable[[], bytes], start: int, length: int) -> "Chunks":
        """``length`` bytes from ``start`` of a page, in pieces.

        Args:
            key: what tells the page from all others.
            size: bytes of the page.
            read: unpacks it; called once for all who read it at the same time.
            start: where to begin.
            length: how many bytes.

        Raises:
            PageBusyError: there is no room for it now.
        """
        page = self._enter(key, size)
        give_back = _Once(lambda: self._leave(key, page))
        try:
            with page.unpacking:
                if page.data is None:
                    page.data = read()
        except BaseException:
            give_back()
            raise
        return Chunks(page.data, start, start + length, give_back)

    def _enter(self, key: Key, size: int) -> _Page:
        deadline = self._monotonic() + _PATIENCE_S
        with self._changed:
            while key not in self._pages and self._pages and self.weight + size > self._limit:
                left = deadline - self._monotonic()
                if left <= 0 or self._waiting >= _MOST_WAITING:
                    raise PageBusyError("Too many large pages are being read.", "Store media uncompressed in books.")
                self._waiting += 1
                try:
                    self._changed.wait(left)
                finally:
                    self._waiting -= 1
            page = self._pages.setdefault(key, _Page(size))
            page.readers += 1
            return page

    def _leave(self, key: Key, page: _Page) -> None:
        with self._changed:
            page.readers -= 1
            if not page.readers:
                del self._pages[key]
                self._changed.notify_all()


class Chunks:
    """Pieces of a page's bytes; the page is given back at their end, or when they are closed or forgotten."""

    def __init__(self, data: bytes, start: int, stop: int, give_back: Callable[[], None]) -> None:
        self._data, self._at, self._stop = data, start, stop
        self._give_back = give_back

    def __iter__(self) -> Iterator[bytes]:
        """Themselves."""
        return self

    def __next__(self) -> bytes:
        """The next piece."""
        if self._at >= self._stop:
            self.close()
            raise StopIteration
        piece = self._data[self._at : min(self._at + CHUNK, self._stop)]
        self._at += len(piece)
        return piece

    def close(self) -> None:
        """Give the page back; closing twice is harmless."""
        self._data, self._stop = b"", 0
        self._give_back()

    def __del__(self) -> None:
        self.close()


class _Once:
    def __init__(self, action: Callable[[], None]) -> None:
        self._action: Callable[[], None] | None = action

    def __call__(self) -> None:
        action, self._action = self._action, None
        if action is not None:
            action()
