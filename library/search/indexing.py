"""Has the index of all pages filled in the background: one child at a time, little memory, little priority.

The keeper's service runs this beside the keeper. A child ends when nothing is left to do; a new one starts when the
list of books changes, when the index is missing or a reader found it damaged, and, after a while, when one failed.
"""

import enum
import logging
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from library.config import LibraryConfig
from library.search.index_place import NO_PAGE, NOT_WRITTEN, NOTHING_LEFT, SOMETHING_LEFT, SUSPECT, folder_in

logger = logging.getLogger(__name__)

_LOOK_S: Final = 1.0
_FIRST_PAUSE_S: Final = 2.0
_LONGEST_PAUSE_S: Final = 600.0
_SILENCE_S: Final = 600.0
"""A page, or writing down what was gathered, takes no longer even on a failing card."""
_DEADLY: Final = 2
_LAST_BREATH_S: Final = 5.0
_MOST_SKIPPED: Final = 500
_BETWEEN_PAGES: Final = b"%d:%d" % NO_PAGE

Mark = tuple[int, int]


class Filling(enum.StrEnum):
    """How filling the index goes."""

    SETTLED = "settled"
    UNDER_WAY = "under way"
    FAILED = "failed"


class Indexer:
    """Keeps the index of one shelf up to date.

    Args:
        content: the folder of the books.
        listing: the keeper's list.
        index: the folder of the index.
        config: how much memory filling may take.
        options: further arguments for the child.
        monotonic: a clock, in seconds.
    """

    def __init__(
        self,
        content: Path,
        listing: Path,
        index: Path,
        config: LibraryConfig,
        options: tuple[str, ...] = (),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._listing, self._index, self._monotonic = listing, index, monotonic
        self._command = [sys.executable, "-m", "library.search.index_filling", str(content), str(listing), str(index)]
        self._command += ["--memory", str(config.index_memory_mb), "--parent", str(os.getpid()), *options]
        self._child: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._begun: Mark | None = None
        self._settled: Mark | None = None
        self._last_page = b""
        self._last_sign = 0.0
        self._deaths: Counter[bytes] = Counter()
        self._failures = 0
        self._retry_at = 0.0
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> Filling:
        """How filling goes; once it has failed it says so until it came to its end."""
        if self._failures:
            return Filling.FAILED
        return Filling.SETTLED if self.settled else Filling.UNDER_WAY

    @property
    def settled(self) -> bool:
        """Whether the index holds what the list says now."""
        return self._child is None and self._settled == self._mark() and not self._is_suspect()

    def start(self) -> None:
        """Begin to work in a thread."""
        self._thread = threading.Thread(target=self._run, name="indexer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the child, if there is one; what it has written down stays, and the next start goes on from there."""
        self._stopped.set()
        if self._thread:
            self._thread.join()
        self._end_child()

    def tick(self) -> None:
        """Look after the child, or start one if there is something to do."""
        if self._child is not None:
            self._watch(self._child)
        elif not self.settled and self._monotonic() >= self._retry_at:
            self._begin()

    def _run(self) -> None:
        while not self._stopped.wait(_LOOK_S):
            try:
                self.tick()
            except Exception:
                logger.exception("the index could not be looked after; trying again")

    def _mark(self) -> Mark | None:
        """What changes when the list changes; None as long as there is none."""
        try:
            stat = self._listing.stat()
        except OSError:
            return None
        return (stat.st_mtime_ns, stat.st_ino)

    def _is_suspect(self) -> bool:
        folder = folder_in(self._index)
        return not (folder / "meta.json").exists() or (folder / SUSPECT).exists()

    def _begin(self) -> None:
        self._begun = self._mark()
        if self._begun is None:
            return
        deadly = [page.decode("ascii") for page, deaths in self._deaths.items() if deaths >= _DEADLY]
        skipped = [argument for page in deadly[-_MOST_SKIPPED:] for argument in ("--skip", page)]
        self._last_page, self._last_sign = b"", self._monotonic()
        self._child = subprocess.Popen(
            ["nice", "-n", "15", "ionice", "-c", "3", *self._command, *skipped],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        self._reader = threading.Thread(target=self._listen, args=(self._child,), name="index progress", daemon=True)
        self._reader.start()

    def _listen(self, child: "subprocess.Popen[bytes]") -> None:
        """Keep the last page the child began with."""
        assert child.stdout is not None  # noqa: S101 - a pipe was asked for
        with child.stdout as pages:
            for line in pages:
                if line.endswith(b"\n"):
                    self._last_page, self._last_sign = line.strip(), self._monotonic()

    def _watch(self, child: "subprocess.Popen[bytes]") -> None:
        status = child.poll()
        if status is None:
            if self._monotonic() - self._last_sign > _SILENCE_S:
                logger.warning("filling the index has stood still at page %s; it begins again", self._last_page)
                child.kill()
            return
        if self._reader:
            self._reader.join(_LAST_BREATH_S)
        self._child = None
        if status == NOTHING_LEFT:
            self._settled, self._failures = self._begun, 0
            return
        if status not in {SOMETHING_LEFT, NOT_WRITTEN} and self._last_page not in {b"", _BETWEEN_PAGES}:
            self._deaths[self._last_page] += 1
        self._failures += 1
        pause = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(self._failures - 1, 16))
        self._retry_at = self._monotonic() + pause
        logger.warning("filling the index ended with status %d; again in %.0f s", status, pause)

    def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        try:
            child.wait(_LAST_BREATH_S)
        except subprocess.TimeoutExpired:  # a failing card can hold a process in a read that nothing interrupts
            logger.warning("filling the index, process %d, does not end; the card may be failing", child.pid)
