"""The log: one line for each event, on standard output, with the hub's id in it.

`web[trai-moi] INFO library.keeper: Admitted the book.` On a card the journal adds the time itself and reads the level
from the `<6>` in front (sd-daemon(3)); elsewhere each line begins with the time.
"""

import copy
import logging
import os
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TextIO

_MINUTE_S = 60.0
_MOST_KINDS = 200
_VISITED = {"web": 5}
"""Services that any phone can have write a line by asking for something, and how many alike they write a minute."""
_SYSLOG_LEVELS = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
_TURNING = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))  # the direction of all that follows (UAX 9)
_CONTROLS = dict.fromkeys((*range(32), 127, *range(128, 160), 8232, 8233, *_TURNING), " ")


class LineFormatter(logging.Formatter):
    """Makes each event one line, whatever its text holds, so that no visitor can forge a line of the log."""

    def __init__(self, service: str, hub_id: str, *, journal: bool) -> None:
        super().__init__()
        self._origin = f"{service}[{hub_id}]"
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        """Return the event as one line."""
        text = record.getMessage()
        if record.exc_info:
            text += " | " + " | ".join(self.formatException(record.exc_info).split("\n"))
        line = f"{self._origin} {record.levelname} {record.name}: {text.translate(_CONTROLS)}"
        if self._journal:
            return f"<{_SYSLOG_LEVELS.get(record.levelno, 6)}>{line}"
        return f"{self.formatTime(record, '%Y-%m-%d %H:%M:%S')} {line}"


class Alike:
    """Lets a few lines of one kind through in a minute and counts the others: lines of the log wear the card.

    Args:
        most: how many a minute.
        monotonic: a clock that only ever runs, in seconds.
    """

    def __init__(self, most: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kinds: OrderedDict[object, tuple[float, int]] = OrderedDict()

    def left_out(self, kind: object) -> int | None:
        """How many lines of this kind were left out before this one; None where this one is to be left out, too."""
        with self._lock:
            now = self._monotonic()
            since, count = self._kinds.get(kind, (now, 0))
            left_out = 0
            if now - since >= _MINUTE_S:
                since, count, left_out = now, 0, max(0, count - self._most)
            self._kinds[kind] = (since, count + 1)
            self._kinds.move_to_end(kind)
            if len(self._kinds) > _MOST_KINDS:
                self._kinds.popitem(last=False)
        return left_out if count < self._most else None


class LineHandler(logging.StreamHandler[TextIO]):
    """Writes the lines; a terminal that was closed ends nothing.

    Args:
        stream: where to write.
        alike: how many lines of one kind are written; None for all.
    """

    def __init__(self, stream: TextIO, alike: Alike | None = None) -> None:
        super().__init__(stream)
        self._alike = alike

    def emit(self, record: logging.LogRecord) -> None:
        """Write one event, unless there were too many of its kind."""
        left_out = self._alike.left_out((record.name, record.levelno, str(record.msg))) if self._alike else 0
        if left_out is None:
            return
        if left_out:
            record = copy.copy(record)
            record.msg, record.args = f"{record.getMessage()} ({left_out} more like this were left out)", None
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name logging gives it
        """Be silent when nobody reads any more."""
        if not isinstance(sys.exc_info()[1], BrokenPipeError):
            super().handleError(record)


def configure(service: str, hub_id: str, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send every event of this process to ``stream`` (standard output when None).

    Args:
        service: what this process is, such as `web`.
        hub_id: the hub's id from its configuration.
        level: the least level that is written.
        stream: where to write.
    """
    handler = LineHandler(stream or sys.stdout, Alike(_VISITED[service]) if service in _VISITED else None)
    journal = reaches_journal(handler.stream, os.environ)
    handler.setFormatter(LineFormatter(service, hub_id, journal=journal))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(True)


def reaches_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Tell whether ``stream`` is the one that systemd connected to the journal (systemd.exec(5), `$JOURNAL_STREAM`)."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
