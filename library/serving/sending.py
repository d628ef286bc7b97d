"""Sends bytes, or the part of them that a reader asks for, with validators (RFC 9110, sections 13 and 14)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from werkzeug import Request
from werkzeug.datastructures import Range
from werkzeug.http import parse_if_range_header, parse_range_header

from library.zim_tables import CHUNK

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Source(Protocol):
    """Bytes that can be read in pieces."""

    @property
    def size(self) -> int:
        """How many there are."""

    def chunks(self, start: int, size: int) -> Iterable[bytes]:
        """``size`` of them from ``start``."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer, itself a WSGI application; a list as body is sent at once, anything else piece by piece."""

    status: int
    headers: dict[str, str]
    body: Iterable[bytes] = field(default_factory=list)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Give the answer (PEP 3333)."""
        start_response(f"{self.status} {HTTPStatus(self.status).phrase}", list(self.headers.items()))
        return self.body


def send(request: Request, source: Source | bytes, tag: str, content_type: str) -> Answer:
    """A page, part of it, or word that the reader has it already.

    Args:
        request: its conditions and range are obeyed; more than one range at once is answered with the whole page.
        source: a page, read in pieces; or the bytes to send, in the encoding that ``tag`` stands for.
        tag: the strong validator of exactly these bytes.
        content_type: the full media type.
    """
    size = len(source) if isinstance(source, bytes) else source.size
    headers = {"ETag": f'"{tag}"', "Cache-Control": "no-cache", "Accept-Ranges": "bytes"}
    if request.if_none_match.contains_weak(tag):
        return Answer(304, headers)
    headers["Content-Type"] = content_type
    start, stop, status = 0, size, 200
    wanted = parse_range_header(request.headers.get("Range"))
    if wanted and wanted.units == "bytes" and len(wanted.ranges) == 1 and _still_the_same(request, tag):
        span = _span(wanted, size)
        if span is None:
            return Answer(416, {**headers, "Content-Range": f"bytes */{size}", "Content-Length": "0"})
        start, stop, status = span[0], min(span[1], size), 206
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    headers["Content-Length"] = str(stop - start)
    if request.method == "HEAD":
        return Answer(status, headers)
    if isinstance(source, bytes):
        if stop - start <= CHUNK:
            return Answer(status, headers, [source[start:stop]])
        return Answer(status, headers, (source[at : min(at + CHUNK, stop)] for at in range(start, stop, CHUNK)))
    pieces = source.chunks(start, stop - start)
    return Answer(status, headers, list(pieces) if stop - start <= CHUNK else pieces)


def _span(wanted: Range, size: int) -> tuple[int, int] | None:
    """Where a range starts and stops; the last 500 bytes of a shorter page are all of it (RFC 9110, section 14.1.2)."""
    start, _stop = wanted.ranges[0]
    return (max(0, size + start), size) if start < 0 < size else wanted.range_for_length(size)


def _still_the_same(request: Request, tag: str) -> bool:
    """Whether a range may be sent: there is no ``If-Range``, or it names this very edition."""
    if "If-Range" not in request.headers:
        return True
    condition = parse_if_range_header(request.headers["If-Range"])
    return condition.etag == tag and not request.headers["If-Range"].startswith("W/")
