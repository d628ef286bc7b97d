"""Where something that plays is between two words of libvlc, which come four times a second only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_LONGEST_SILENCE_MS: Final = 400


@dataclass(frozen=True, slots=True)
class Progress:
    """The last word heard.

    Attributes:
        position_ms: what it said.
        heard_s: when, by a monotonic clock; None: nothing was heard yet.
    """

    position_ms: int = 0
    heard_s: float | None = None

    def now(self, at_s: float, length_ms: int, *, moving: bool, at_most_ms: int = _LONGEST_SILENCE_MS) -> int:
        """Return the position at a moment.

        Args:
            at_s: the moment, by the same clock.
            length_ms: of what plays; 0 if nobody knows.
            moving: whether it goes on.
            at_most_ms: how much is added at most for the time since then, lest what stalls seems to advance.
        """
        reached = self.position_ms
        if self.heard_s is not None and moving:
            reached += min(max(round((at_s - self.heard_s) * 1000), 0), at_most_ms)
        return min(reached, length_ms) if length_ms > 0 else reached
