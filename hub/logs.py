"""The log: one line for each event, on standard output, with the hub's id in it.

`web[trai-moi] INFO library.keeper: Admitted the book.` On a card the journal adds the time itself and reads the level
from the `<6>` in front (sd-daemon(3)); elsewhere each line begins with the time.
"""

import logging
import os
import sys
from collections.abc import Mapping
from typing import TextIO

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


class LineHandler(logging.StreamHandler[TextIO]):
    """Writes the lines; a terminal that was closed ends nothing."""

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
    handler = LineHandler(stream or sys.stdout)
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
