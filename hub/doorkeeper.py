"""How often a PIN may be tried: a few times at once, then after waits that grow to 15 minutes and no further.

A try is counted before it is judged, so that many at the same moment gain nothing, and is taken back when it was right.
Tries are counted for each role and for all roles together. A device that has logged in before is counted by itself
(https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies): a stranger who tries all night
makes other strangers wait, not the village head on the village head's phone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.accounts_file import Ledger
from hub.errors import HubError

FREE_TRIES: Final = 3
"""Wrong tries for one role, or from one known device, before the waits begin."""

FREE_TRIES_OF_ALL: Final = 12
"""The same for all roles together."""

FIRST_WAIT_S: Final = 30.0
LONGEST_WAIT_S: Final = 15 * 60.0
FORGOTTEN_S: Final = 6 * 3600.0
"""Wrong tries are forgotten after this long without another: longer than it takes to reach the longest wait."""


class TooManyTriesError(HubError):
    """There were too many wrong tries.

    Attributes:
        wait_s: seconds until the next may be made.
    """

    def __init__(self, wait_s: float) -> None:
        super().__init__("There were too many wrong tries.", f"Wait {wait_s:.0f} seconds.")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Counter:
    """Something that wrong tries are counted for.

    Attributes:
        key: its name in the file.
        free: wrong tries before the waits begin.
    """

    key: str
    free: int = FREE_TRIES


ALL: Final = Counter("all", FREE_TRIES_OF_ALL)


def wait_after_s(wrong: int, free: int = FREE_TRIES) -> float:
    """Seconds to wait after that many wrong tries."""
    if wrong < free:
        return 0.0
    return min(FIRST_WAIT_S * 2.0 ** min(wrong - free, 16), LONGEST_WAIT_S)


def charge(ledger: Ledger, counters: Sequence[Counter]) -> int:
    """Count one more try for each of `counters`; returns how many there now are for the first.

    Raises:
        TooManyTriesError: one of them has to wait; nothing is counted, nothing written.
    """
    counts = [_wrong(ledger, counter) for counter in counters]
    wait = max(
        latest + wait_after_s(wrong, counter.free) - ledger.now_s
        for (wrong, latest), counter in zip(counts, counters, strict=True)
    )
    if wait > 0:
        raise TooManyTriesError(wait)
    for (wrong, _latest), counter in zip(counts, counters, strict=True):
        ledger.database.execute("insert or replace into tries values (?, ?, ?)", (counter.key, wrong + 1, ledger.now_s))
    return counts[0][0] + 1


def forgive(ledger: Ledger, counters: Sequence[Counter]) -> None:
    """Take back a try that was right: the first counter starts again, the others only lose this one try.

    Whoever knows one role's PIN can so not clear the way to guess another's.
    """
    first, *others = counters
    ledger.database.execute("delete from tries where key = ? or latest < ?", (first.key, ledger.now_s - FORGOTTEN_S))
    for counter in others:
        ledger.database.execute("update tries set wrong = max(0, wrong - 1) where key = ?", (counter.key,))


def _wrong(ledger: Ledger, counter: Counter) -> tuple[int, float]:
    """How many wrong tries count still, and when the latest was."""
    row = ledger.database.execute("select wrong, latest from tries where key = ?", (counter.key,)).fetchone()
    if row is None or ledger.now_s - row[1] > FORGOTTEN_S:
        return 0, ledger.now_s
    return int(row[0]), float(row[1])
