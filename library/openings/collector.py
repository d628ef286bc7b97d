"""Carries what was opened from the spool in RAM to the file on the card: once a minute at most, and when it stops."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from library.errors import OpeningsUnavailableError
from library.openings.file import OpeningsFile
from library.openings.spool import Spool

logger = logging.getLogger(__name__)

EVERY_S: Final = 60.0
"""A memory card wears with every write; a power cut costs what was opened since the last one."""


class Collector:
    """Collects for one hub; one at a time, held together by whoever holds the state folder.

    Args:
        spool: where the web processes leave openings.
        file: the numbers.
        monotonic: a clock that only ever runs, in seconds.
    """

    def __init__(self, spool: Spool, file: OpeningsFile, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._spool = spool
        self._file = file
        self._monotonic = monotonic
        self._last: float | None = None
        self._complained = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="openings", daemon=True)

    def start(self) -> None:
        """Collect from a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Collect once more, and no longer."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self.collect()
        self._file.close()

    def tick(self) -> None:
        """Collect if a minute has passed since the last time."""
        now = self._monotonic()
        if self._last is None or now - self._last >= EVERY_S:
            self._last = now
            self.collect()

    def collect(self) -> None:
        """Collect now; what cannot be written waits in the spool. The card is left alone where nothing was opened."""
        try:
            if self._spool.is_empty():
                return
            last = self._file.number()
            self._spool.drop(last)
            number, tally = self._spool.take(last)
            if tally:
                self._file.add(tally, number)
            self._spool.drop(number)
            self._complained = False
        except (OpeningsUnavailableError, OSError) as error:
            if not self._complained:
                logger.warning("what was opened waits to be written: %s", error)
            self._complained = True

    def _run(self) -> None:
        while not self._stopping.wait(1.0):
            try:
                self.tick()
            except Exception:
                logger.exception("openings could not be collected")
