"""What the gate remembers of phones beyond its own life: the port, and a memory that forgets with the process."""

from collections.abc import Mapping
from typing import Protocol

from captive_portal.days import Day
from captive_portal.errors import CaptivePortalError
from captive_portal.gate import Visit


class AllowancesError(CaptivePortalError):
    """What phones have used today cannot be read or written just now."""


class Allowances(Protocol):
    """Keeps visits for one day; every method raises `AllowancesError` when it cannot, `find` and `keep` also before a
    day has begun. Called by one thread at a time, except for `settle`.
    """

    def day(self) -> Day | None:
        """The day that is kept; None when nothing is."""

    def begin(self, day: Day) -> None:
        """Forget everything, for good, and begin a day."""

    def find(self, mac: str) -> Visit | None:
        """What is kept of a phone, as one nobody has tapped on since; None when nothing is."""

    def keep(self, visits: Mapping[str, Visit], day: Day) -> None:
        """Keep these visits, by the phones' MAC addresses, and the day's age."""

    def settle(self) -> None:
        """Bring what was kept where a power cut does not reach it; may take long, and may run beside the others."""

    def close(self) -> None:
        """Let go; raises nothing."""


class AllowancesInMemory:
    """Keeps visits in this process only; for demonstrations and tests.

    Attributes:
        broken: while it is set, everything fails as a card does that is full.
    """

    def __init__(self) -> None:
        self.broken = False
        self._day: Day | None = None
        self._visits: dict[str, Visit] = {}

    def day(self) -> Day | None:
        """The day that is kept."""
        self._check()
        return self._day

    def begin(self, day: Day) -> None:
        """Forget everything and begin a day."""
        self._check()
        self._day = day
        self._visits.clear()

    def find(self, mac: str) -> Visit | None:
        """What is kept of a phone."""
        self._check_begun()
        return self._visits.get(mac)

    def keep(self, visits: Mapping[str, Visit], day: Day) -> None:
        """Keep these visits and the day's age."""
        self._check_begun()
        self._day = day
        for mac, visit in visits.items():
            self._visits[mac] = Visit(visit.stage, visit.used_s, visit.used_bytes, visit.left_s)

    def settle(self) -> None:
        """Nothing to do."""
        self._check()

    def close(self) -> None:
        """Nothing to do."""

    def _check_begun(self) -> None:
        self._check()
        if self._day is None:
            raise AllowancesError("No day has begun.")

    def _check(self) -> None:
        if self.broken:
            raise AllowancesError("The memory pretends to be a full card.")
