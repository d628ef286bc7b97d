"""Where the web processes leave what was opened, for one collector: a small file in the run folder, which is in RAM.

So no process keeps counts that die with it, and the card is written by one process only. A line holds a day, a kind and
a name: nothing of who opened it, nor at what time of the day.
"""

import fcntl
import json
import logging
import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from library.openings.kinds import OpeningKind

logger = logging.getLogger(__name__)

MOST_BYTES: Final = 1024 * 1024
"""About ten thousand openings; beyond that nobody has collected for a long time, and further ones are not counted."""

LONGEST_NAME: Final = 300
Tally = Counter[tuple[str, str, str]]
"""How often: by day, name and kind."""


class Spool:
    """One hub's spool; used by any number of processes and threads.

    Args:
        path: the file; made when missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._complained = threading.Event()

    def add(self, day: str, name: str, kind: OpeningKind) -> None:
        """Leave one opening; never fails: a page is worth more than its count."""
        line = json.dumps([day, name[:LONGEST_NAME], kind.value]).encode() + b"\n"
        try:
            with self._held() as file:
                if os.fstat(file).st_size + len(line) <= MOST_BYTES:
                    os.write(file, line)
        except OSError as error:
            if not self._complained.is_set():
                self._complained.set()
                logger.warning("openings cannot be counted: %s", error.strerror)

    def is_empty(self) -> bool:
        """Whether nothing waits to be collected."""
        return not self._put_aside() and not (self._path.exists() and self._path.stat().st_size)

    def take(self, after: int) -> tuple[int, Tally]:
        """Everything left so far, and the number under which it is put aside until ``drop`` is called with that.

        What was put aside before and never dropped, because somebody crashed, comes first.

        Args:
            after: the last number whose openings are safe elsewhere.

        Raises:
            OSError: it cannot be read.
        """
        number = min((found for found in self._put_aside() if found > after), default=after + 1)
        aside = self._aside(number)
        if not aside.exists() and self._path.exists():
            with self._held():
                self._path.replace(aside)
        try:
            return number, _tally(aside.read_bytes())
        except FileNotFoundError:
            return number, Counter()

    def drop(self, number: int) -> None:
        """Forget what was put aside under a number and all before it; it is safe elsewhere."""
        for found in self._put_aside():
            if found <= number:
                self._aside(found).unlink(missing_ok=True)

    def _put_aside(self) -> list[int]:
        """The numbers under which something is put aside."""
        endings = [path.name.rpartition(".")[2] for path in self._path.parent.glob(f"{self._path.name}.*")]
        return [int(ending) for ending in endings if ending.isdecimal()]

    def _aside(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    @contextmanager
    def _held(self) -> Iterator[int]:
        """The file, open at its end and held by nobody else; not one that was put aside while we waited."""
        while True:
            file = os.open(self._path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                if os.fstat(file).st_nlink and self._is_at_its_place(file):
                    yield file
                    return
            finally:
                os.close(file)

    def _is_at_its_place(self, file: int) -> bool:
        try:
            return os.path.samestat(os.fstat(file), self._path.stat())
        except FileNotFoundError:
            return False


def _tally(data: bytes) -> Tally:
    """The lines of a spool, counted; what is no line of ours is left out."""
    tally: Tally = Counter()
    kinds = set(OpeningKind)
    for line in data.splitlines():
        try:
            day, name, kind = json.loads(line)
        except (ValueError, TypeError, RecursionError):
            continue
        if isinstance(day, str) and isinstance(name, str) and kind in kinds:
            tally[day, name, kind] += 1
    return tally
