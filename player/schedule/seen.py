"""Where the schedule keeps what has fired, and when that is worth a write to the card."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from player.schedule.due import Seen
from player.schedule.state_file import AtomicWriter, StateFile

VERSION = 1
"""Of the form of `Seen`."""

LONGEST_UNSAVED = timedelta(hours=6)
"""When nothing happens, this often is enough: what fired and what was told as missed is saved at once."""


def seen_file(path: Path, write: AtomicWriter) -> StateFile[Seen]:
    """Return the file that keeps it.

    Args:
        path: where.
        write: writes a file atomically.
    """
    return StateFile(path, Seen, VERSION, write)


def worth_saving(saved: Seen | None, seen: Seen | None) -> bool:
    """Tell whether a judgement must be written before it is acted upon; most look at nothing new and spare the card.

    Args:
        saved: what the file holds.
        seen: what has been judged now.
    """
    if seen is None or saved is None:
        return seen is not None
    if (seen.fired, seen.missed) != (saved.fired, saved.missed):
        return True
    return not timedelta() <= seen.until - saved.until < LONGEST_UNSAVED
