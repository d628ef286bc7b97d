"""Tells nginx which answers of the website it may keep, and which files it shall fetch in another way.

nginx says with a header what it would keep (`hub.edge_books`); only what stands in the answer itself decides: the
validator of the edition that nginx believes in, or the mark of a file that never changes. An answer without such a
word is never kept, so a new page of the hub cannot be kept by accident.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from hub.edge_books import KEPT_HEADER, LONGEST_KEPT_S, NOTHING, SLICED, WHOLE
from library.serving.large_pages import Chunks

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST_KEPT: Final = 1024 * 1024
"""Bytes of an answer that nginx keeps; its connections to the site are not held by more than this, either."""
_ENVIRON_KEY = "HTTP_" + KEPT_HEADER.upper().replace("-", "_")


class KeptByEdge:
    """A WSGI application (PEP 3333) around the website; to be used only where nobody but nginx reaches it.

    Args:
        site: the website.
    """

    def __init__(self, site: "WSGIApplication") -> None:
        self._site = site

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        asked = environ.pop(_ENVIRON_KEY, "")
        if not asked:
            return self._site(environ, start_response)
        said: list[Any] = []

        def listen(*words: Any) -> Callable[[bytes], object]:
            said[:] = words
            return _refuse_writing

        body = self._site(environ, listen)
        status, headers = said[0], said[1]
        names = {name.lower(): value for name, value in headers}
        there = _elsewhere(asked, environ["REQUEST_METHOD"], status, names, in_memory=isinstance(body, Chunks))
        if there:
            _close(body)
            start_response("200 OK", [("X-Accel-Redirect", there), ("Content-Length", "0")])
            return []
        kept_s = LONGEST_KEPT_S if may_be_kept(asked, status, names) else 0
        start_response(status, [*headers, ("X-Accel-Expires", str(kept_s))], *said[2:])
        return body


def may_be_kept(asked: str, status: str, headers: dict[str, str]) -> bool:
    """Whether nginx may keep an answer.

    Args:
        asked: what nginx would keep: "static", "none", or "book" and the edition it believes in, if it knows one.
        status: the answer's status line.
        headers: its headers, with their names in small letters.
    """
    if status[:3] not in {"200", "304"} or "set-cookie" in headers:
        return False
    if asked == "static":
        return "immutable" in headers.get("cache-control", "")
    edition = asked.removeprefix("book ").strip()
    tag = headers.get("etag", "")
    return asked.startswith("book ") and bool(edition) and tag.startswith((f'"{edition}-', f'"{edition}"'))


def _elsewhere(asked: str, method: str, status: str, headers: dict[str, str], *, in_memory: bool) -> str:
    """Where nginx shall fetch a large answer instead; "" where it takes it as it is."""
    if _length(headers) <= LARGEST_KEPT:
        return ""
    as_stored = method == "GET" and "content-encoding" not in headers and not in_memory
    if asked == NOTHING:  # nginx has passed on what the reader said of parts
        in_parts = status[:3] in {"200", "206"} and headers.get("accept-ranges") == "bytes" and "etag" in headers
        return SLICED if as_stored and in_parts else ""
    return (SLICED if as_stored else WHOLE) if status.startswith("200") else ""


def _length(headers: dict[str, str]) -> int:
    stated = headers.get("content-length", "")
    return int(stated) if stated.isdecimal() else 0


def _refuse_writing(data: bytes) -> object:
    raise NotImplementedError("write() of PEP 333 is not offered")


def _close(body: Iterable[bytes]) -> None:
    close = getattr(body, "close", None)
    if close is not None:
        close()
