"""Hands on bytes of the player, a sound or a picture: piece by piece, and in parts where a browser asks for that."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

from flask import Response, request

from hub.errors import HubError
from hub.remote.line import PlayerLine

_PIECE: Final = 64 * 1024
_ASKED: Final = ("Range", "If-Range", "If-None-Match")
_TOLD: Final = ("Content-Type", "Content-Length", "Content-Range", "Accept-Ranges", "ETag")
_KINDS: Final = ("audio/", "image/jpeg", "image/png")


def hand_on(line: PlayerLine, target: str) -> Response:
    """Answer the request with what the player has there; 404 where it has none, 503 where it does not answer.

    Args:
        line: to the player.
        target: where it is.
    """
    asked = {name: request.headers[name] for name in _ASKED if name in request.headers}
    stack = ExitStack()
    try:
        answer = stack.enter_context(line.open(target, asked))
    except HubError:
        return Response(status=503, headers={"Retry-After": "10", "Cache-Control": "no-store"})
    kind = answer.headers.get("content-type", "")
    if answer.status not in {200, 206, 304, 416} or (answer.status in {200, 206} and not kind.startswith(_KINDS)):
        stack.close()
        return Response(status=404, headers={"Cache-Control": "no-store"})
    headers = {name: answer.headers[name.lower()] for name in _TOLD if name.lower() in answer.headers}
    if answer.status in {304, 416} or request.method == "HEAD":
        stack.close()
        return Response(status=answer.status, headers=headers)

    def pieces() -> Iterator[bytes]:
        with contextlib.suppress(HubError), stack:  # where the player breaks off, the browser hears it from the length
            while piece := answer.read(_PIECE):
                yield piece

    response = Response(pieces(), status=answer.status, headers=headers, direct_passthrough=True)
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    response.call_on_close(stack.close)
    return response
