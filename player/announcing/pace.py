"""Holds back whoever asks too often, and nobody else."""

from __future__ import annotations

import threading
from collections import deque
from http import HTTPStatus
from typing import Final

from player.announcing.errors import DeskError
from player.errors import Sentence

PER_S: Final = 60.0
MOST_NAMES: Final = 50


class Pace:
    """How often each may ask in a minute.

    Args:
        most: so often.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._turn = threading.Lock()
        self._lately: dict[str, deque[float]] = {}

    def keep(self, name: str, now_s: float) -> None:
        """Count somebody's request.

        Args:
            name: who asks.
            now_s: on a clock that only goes forward.

        Raises:
            DeskError: it is one too many.
        """
        with self._turn:
            if name not in self._lately and len(self._lately) >= MOST_NAMES:
                self._lately.pop(min(self._lately, key=lambda each: self._lately[each][-1]))
            lately = self._lately.setdefault(name, deque(maxlen=self._most))
            if len(lately) == self._most and now_s - lately[0] < PER_S:
                raise DeskError(
                    HTTPStatus.TOO_MANY_REQUESTS,
                    Sentence("So many announcements in one minute cannot be taken."),
                    Sentence("Wait a minute, then try again."),
                )
            lately.append(now_s)
