"""The gate's memory of the day: asks and tells the card, and goes on without it when it fails.

While the card fails nobody is recognised and nothing is forgotten that is not written down; what a new day has to
throw away is not looked at any more, even when the card cannot throw it away yet.
"""

import logging

from captive_portal import days
from captive_portal.allowances import Allowances, AllowancesError
from captive_portal.days import Clock, Day, Turn
from captive_portal.gate import Stage, Visit
from captive_portal.guests import Guest, Guests
from captive_portal.troubles import Trouble

logger = logging.getLogger(__name__)

_AGE_S = 600.0


class Remembering:
    """Belongs to one thread at a time, except for `settle`.

    Args:
        allowances: the card.
        guests: whose visits are remembered.
        clock: tells the times.
    """

    def __init__(self, allowances: Allowances, guests: Guests, clock: Clock) -> None:
        self._allowances, self._guests, self._clock = allowances, guests, clock
        self._trouble = Trouble("the card of the gate")
        self._day: Day | None = None
        self._to_begin = False
        self._latest_wall_s = clock.wall()
        self._aged_s = clock.running()

    @property
    def sure(self) -> bool:
        """Whether a device that is not found is really unknown."""
        return self._day is not None and not self._to_begin and not self._trouble.failing

    def pass_time(self, passed_s: float) -> Turn:
        """Time passes; a day that has begun is begun on the card, too.

        Args:
            passed_s: seconds since the last call.

        Returns:
            Whether a new day has begun, and by what. The first call finds out which day it is: it says NIGHT when
            what lay on the card was of another day.
        """
        wall_s = self._clock.wall()
        turn = Turn.NONE
        if self._day is None:
            kept = self._kept_day()
            self._to_begin = kept is None
            self._day, turn = days.pass_time(kept or Day(days.label_of(wall_s)), 0.0, 0.0, wall_s)
        else:
            wall_passed_s = wall_s - self._latest_wall_s
            self._day, turn = days.pass_time(self._day, passed_s, wall_passed_s, wall_s)
        self._latest_wall_s = wall_s
        if turn is not Turn.NONE:
            self._to_begin = True
            logger.info("a new day begins at the gate (%s)", turn.value)
        elif self._trouble.failing:
            self._look_again()
        if self._to_begin:
            self._begin(self._day)
        return turn

    def find(self, mac: str) -> Visit | None:
        """What is remembered of a device; None when nothing is, or the card does not say."""
        if self._day is None or self._to_begin:
            return None
        try:
            visit = self._allowances.find(mac)
        except AllowancesError as error:
            self._trouble.met(error)
            return None
        self._trouble.over()
        return visit

    def keep(self, only: Guest | None = None) -> None:
        """Write down whose visit has changed.

        Args:
            only: write down this one and leave the others for later.
        """
        if self._day is None or self._to_begin:
            return
        changed = {mac: guest for mac, guest in self._guests if only in {None, guest} and _is_news(guest)}
        now_s = self._clock.running()
        if not changed and now_s - self._aged_s < _AGE_S:
            return
        try:
            self._allowances.keep({mac: guest.visit for mac, guest in changed.items()}, self._day)
        except AllowancesError as error:
            self._trouble.met(error)
            return
        self._trouble.over()
        self._aged_s = now_s
        for guest in changed.values():
            guest.saved = guest.visit

    def settle(self) -> None:
        """Bring what was written where a power cut does not reach it."""
        try:
            self._allowances.settle()
        except AllowancesError as error:
            self._trouble.met(error)

    def close(self) -> None:
        """Let go of the card."""
        self._allowances.close()

    def _look_again(self) -> None:
        """After a failure: a file that was damaged is a new one by now, in which no day has begun."""
        try:
            self._to_begin |= self._allowances.day() is None
        except AllowancesError as error:
            self._trouble.met(error)
        else:
            self._trouble.over()

    def _kept_day(self) -> Day | None:
        try:
            return self._allowances.day()
        except AllowancesError as error:
            self._trouble.met(error)
            return None

    def _begin(self, day: Day) -> None:
        try:
            self._allowances.begin(day)
        except AllowancesError as error:
            self._trouble.met(error)
        else:
            self._trouble.over()
            self._to_begin = False
            for _, guest in self._guests:
                guest.saved = None


def _is_news(guest: Guest) -> bool:
    """Whether a visit has to be written down: it says more than that a phone is there, and more than the card."""
    visit = guest.visit
    blank = visit.stage in {Stage.NEW, Stage.CAPTIVE} and not visit.used_s and not visit.used_bytes
    return visit != guest.saved and (guest.saved is not None or not blank)
