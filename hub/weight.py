"""Makes the hub's own pages light: texts go out compressed where the browser asks for it (RFC 9110, section 12.5.3)."""

import gzip
from functools import lru_cache

from flask import Flask, Response, request

_SMALLEST = 500
_LARGEST = 1024 * 1024
_TEXTS = ("text/", "image/svg+xml", "application/json", "application/javascript")


@lru_cache(maxsize=64)
def _zipped(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)


def install(app: Flask) -> None:
    """Compress the answers of a site; what is sent in pieces stays as it is."""
    app.after_request(lighten)


def lighten(response: Response) -> Response:
    """The same answer, compressed where that pays and is wanted."""
    if not response.content_type or not response.content_type.startswith(_TEXTS):
        return response
    if "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    static = request.endpoint == "static"
    if response.status_code != 200 or request.accept_encodings["gzip"] <= 0 or (response.is_streamed and not static):
        return response
    response.direct_passthrough = False
    data = response.get_data()
    if not _SMALLEST <= len(data) <= _LARGEST:
        return response
    tag, weak = response.get_etag()
    response.set_data(_zipped(data) if static else gzip.compress(data, 5))
    response.headers["Content-Encoding"] = "gzip"
    if tag:
        response.set_etag(f"{tag}-gz", bool(weak))
    return response
