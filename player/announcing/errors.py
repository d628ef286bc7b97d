"""Why the desk says no, each with the status that says so to the website."""

from __future__ import annotations

from collections.abc import Sequence

from player.errors import PlayerError


class DeskError(PlayerError):
    """The desk does not do what it was asked.

    Args:
        status: what it is for a program, a status of HTTP.
        message: what is wrong.
        hint: what to do next.
        reasons: every reason; ``message`` alone where none are given.
    """

    def __init__(self, status: int, message: str, hint: str = "", reasons: Sequence[str] = ()) -> None:
        super().__init__(message, hint)
        self.status = status
        self.reasons = tuple(reasons) or (message,)
