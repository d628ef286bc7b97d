"""How a message that is no warning is refused, and the limits it is told by; without the parser, which is large."""

from __future__ import annotations

from typing import Final

from player.errors import PlayerError, Sentence

MOST_BYTES: Final = 256 * 1024
MOST_PROBLEMS: Final = 30


class AlertRefusedError(PlayerError):
    """A message is no warning that the hub can use.

    Attributes:
        problems: everything that is wrong with it, at most ``MOST_PROBLEMS``.
    """

    def __init__(self, problems: tuple[Sentence, ...]) -> None:
        super().__init__(
            Sentence("This is no warning that the hub can read: %(first)s", first=problems[0]),
            Sentence("Ask whoever sent it to send it again, as CAP 1.2."),
        )
        self.problems = problems
