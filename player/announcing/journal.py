"""What the desk reads in the play log: how the last silent test went."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from player.alerts.play_log import PlayLogError, lines

LOOK_BACK: Final = 1000
TEST: Final = "test"


def last_test(path: Path) -> dict[str, Any] | None:
    """Return how the last silent test went; None where there was none lately, or the log cannot be read.

    Args:
        path: the log.
    """
    try:
        line = next((line for line in lines(path, LOOK_BACK) if line.entry.source == TEST), None)
    except PlayLogError:
        return None
    if line is None:
        return None
    return {"at": line.started.isoformat(), "result": line.result.value, "clock_trusted": line.clock_trusted}
