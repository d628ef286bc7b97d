"""Between the gate and its wall: tells it what has changed, asks it what passed, and tries again what it refused.

What the wall was told is kept at each guest's door (`captive_portal.guests`). Whatever differs from the guest's visit
is told at the next occasion, so no failure is forgotten, and none lets anybody in.
"""

import logging
from collections.abc import Callable

from captive_portal import gate
from captive_portal.errors import WallError
from captive_portal.gate import Limits
from captive_portal.guests import Guest, Guests
from captive_portal.phones import Change, Phone, Standing, Traffic, Wall
from captive_portal.troubles import Trouble

logger = logging.getLogger(__name__)


class Teller:
    """Belongs to one thread at a time.

    Args:
        wall: lets phones through or not.
        guests: who is there.
        limits: what a phone may have.
        running: seconds by a clock that only ever runs.
    """

    def __init__(self, wall: Wall, guests: Guests, limits: Limits, running: Callable[[], float]) -> None:
        self._wall, self._guests, self._limits, self._running = wall, guests, limits, running
        self._trouble = Trouble("the wall")
        self._backhaul = "unknown"
        self._raised = self._told_link = False

    @property
    def backhaul(self) -> str:
        """How the way out was last said to be."""
        return self._backhaul

    @property
    def link(self) -> bool:
        """Whether the internet can be reached."""
        return self._backhaul == "up"

    def set_backhaul(self, state: str) -> None:
        """Hear how the way out is; `unknown` leaves the wall as it is."""
        self._backhaul = state
        self._told_link = False
        self.act()

    def take_over(self, known: Callable[[Phone], Guest | None]) -> None:
        """Raise the wall, if it was not yet, and know again those who stand before it from before this process.

        Args:
            known: the guest that a phone is; None for one that nobody remembers, to whom the wall closes.
        """
        if self._raised:
            return
        try:
            self._wall.raise_up()
            standing, traffic = self._wall.standing(), self._wall.traffic()
        except WallError as error:
            self._trouble.met(error)
            return
        self._raised = True
        now_s = self._running()
        for phone, stood in standing.items():
            if not self._guests.belongs(phone.address) or known(phone) is None:
                self._guests.stray(phone)
                continue
            self._guests.hear(phone.mac, phone.address, now_s, sure=True)
            passed = traffic.get(phone, Traffic(0, 0))
            self._guests.adopt(phone, stood, passed.up + passed.down)
        logger.info("the gate is kept; phones that stood before: %d", len(standing))

    def seen(self) -> frozenset[Phone] | None:
        """Phones that spoke lately; None when the wall does not say: then it is raised again, should it be gone."""
        try:
            return self._wall.seen()
        except WallError as error:
            self._trouble.met(error)
        if self._raised:
            self._raise_again()
        return None

    def count(self) -> None:
        """Add to each visit what passed since the wall was last asked."""
        try:
            traffic = self._wall.traffic()
        except WallError as error:
            self._trouble.met(error)
            return
        for phone, guest, door in self._guests.doors():
            if (passed := traffic.get(phone)) is not None:
                total = passed.up + passed.down
                fresh = total - door.counted if total >= door.counted else total
                guest.visit = gate.count(guest.visit, fresh, self._limits)
                door.counted = total

    def compare(self) -> None:
        """Find out what stands otherwise than it was told to: a rebuilt wall, an element that ended by itself."""
        try:
            standing = self._wall.standing()
        except WallError as error:
            self._trouble.met(error)
            return
        known = set()
        for phone, _, door in self._guests.doors():
            door.standing = standing.get(phone, Standing.CAPTIVE)
            known.add(phone)
        for phone in standing.keys() - known:
            self._guests.stray(phone)

    def act(self) -> None:
        """Have the wall stand as it should. Sessions are shortened before the link opens, not after."""
        if not self._raised:
            return
        try:
            if not self.link:
                self._tell_link()
            if any(change.standing is not Standing.ONLINE for change in self.changes()):
                self.count()
            self.tell(self.changes())
            if self.link:
                self._tell_link()
        except WallError as error:
            self._trouble.met(error)
        else:
            self._trouble.over()

    def changes(self) -> list[Change]:
        """What the wall has to be told."""
        for _, guest in self._guests:
            if guest.visit.wants_internet:
                guest.visit = gate.link(guest.visit, up=self.link)
        return self._guests.changes(self._running())

    def tell(self, changes: list[Change]) -> None:
        """Tell the wall all at once, or, should it refuse, one by one: one phone's trouble is not another's.

        Raises:
            WallError: it refused one of them.
        """
        try:
            if changes:
                self._wall.apply(changes)
        except WallError as error:
            self._trouble.met(error)
            if len(changes) > 1:
                self._tell_each(changes)
            raise
        now_s = self._running()
        for change in changes:
            self._guests.told(change, now_s)

    def _tell_each(self, changes: list[Change]) -> None:
        for change in changes:
            try:
                self._wall.apply([change])
            except WallError as error:
                self._trouble.met(error)
            else:
                self._guests.told(change, self._running())

    def _raise_again(self) -> None:
        """Somebody may have removed the whole table, as `nft flush ruleset` does."""
        try:
            self._wall.raise_up()
        except WallError as error:
            self._trouble.met(error)
            return
        self._told_link = False
        self.compare()

    def _tell_link(self) -> None:
        if not self._told_link and self._backhaul != "unknown":
            self._wall.set_backhaul(self.link)
            self._told_link = True
