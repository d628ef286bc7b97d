"""Lets only so many slow requests in at once, so that some of the website's threads are always free for a page.

Whoever sends a form letter by letter, or takes a film and stops reading, holds a thread as long as that lasts; one
telephone could hold them all. Large answers and requests with a body need a place here: few of them for each address,
and never as many as there are threads.
"""

import ipaddress
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST_QUICK = 64 * 1024
"""Bytes of an answer that goes out in one piece, whatever the reader does."""


class Turnstile:
    """A WSGI application (PEP 3333) in front of another one.

    Args:
        site: the website.
        threads: how many requests its process answers at the same time.
        busy: answers where no place is free.
    """

    def __init__(self, site: "WSGIApplication", threads: int, busy: "WSGIApplication") -> None:
        self._site = site
        self._busy = busy
        self._places = max(1, threads - max(1, threads // 4))
        self._places_each = max(2, self._places // 4)
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def taken(self) -> int:
        """How many places are taken."""
        return self._taken.total()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        address = str(environ.get("REMOTE_ADDR", ""))
        has_body = environ.get("CONTENT_LENGTH", "0") not in {"", "0"} or "HTTP_TRANSFER_ENCODING" in environ
        if has_body and not self._take(address):
            return self._busy(environ, start_response)
        said: list[Any] = []

        def listen(*words: Any) -> Callable[[bytes], object]:
            said.append(words)
            return _refuse_writing

        try:
            answer = self._site(environ, listen)
            if not isinstance(answer, list) and _length(said[-1][1]) <= LARGEST_QUICK:
                answer = _joined(answer)
        finally:
            if has_body:
                self._give_back(address)
        if not isinstance(answer, list):
            if not self._take(address):
                _close(answer)
                return self._busy(environ, start_response)
            answer = _Slow(answer, lambda: self._give_back(address))
        start_response(*said[-1])
        return answer

    def _take(self, address: str) -> bool:
        with self._lock:
            full = self._taken[address] >= self._places_each and not _is_this_machine(address)
            if full or self.taken >= self._places:
                return False
            self._taken[address] += 1
            return True

    def _give_back(self, address: str) -> None:
        with self._lock:
            self._taken[address] -= 1
            if not self._taken[address]:
                del self._taken[address]


class _Slow:
    """An answer that gives its place back when it ends, however it ends."""

    def __init__(self, answer: Iterable[bytes], give_back: Callable[[], None]) -> None:
        self._answer = answer
        self._pieces = iter(answer)
        self._give_back = give_back
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._pieces)

    def close(self) -> None:
        if self._open:
            self._open = False
            try:
                _close(self._answer)
            finally:
                self._give_back()

    def __del__(self) -> None:
        self.close()


def _refuse_writing(data: bytes) -> object:
    raise NotImplementedError("write() of PEP 333 is not offered")


def _length(headers: list[tuple[str, str]]) -> float:
    """Bytes of the answer; no end where it does not say."""
    stated = next((value for name, value in headers if name.lower() == "content-length"), "")
    return int(stated) if stated.isdecimal() else float("inf")


def _joined(answer: Iterable[bytes]) -> list[bytes]:
    try:
        return [b"".join(answer)]
    finally:
        _close(answer)


def _close(answer: Iterable[bytes]) -> None:
    close = getattr(answer, "close", None)
    if close is not None:
        close()


@lru_cache(maxsize=1024)
def _is_this_machine(address: str) -> bool:
    """Whether the address is this machine's own, perhaps that of a web server in front, which counts for itself."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return True  # a UNIX socket
