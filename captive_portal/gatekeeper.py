"""The gatekeeper: applies the gate's rules to the phones of the house, once a second and at each tap.

What it knows of phones is in `captive_portal.guests`, what it tells the wall in `captive_portal.telling`, what it has
the card remember in `captive_portal.remembering`. When either fails it stays up and tries again.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from captive_portal import gate
from captive_portal.allowances import Allowances
from captive_portal.days import Clock, Turn
from captive_portal.errors import CaptivePortalError, WallError
from captive_portal.gate import Limits, Stage, Visit
from captive_portal.guests import Guest, Guests
from captive_portal.neighbours import Neighbours
from captive_portal.phones import Phone, Standing, Wall
from captive_portal.remembering import Remembering
from captive_portal.telling import Teller

logger = logging.getLogger(__name__)

Witness = Callable[[frozenset[Phone]], None]
"""Is shown, each second, who spoke lately; raises nothing."""

_TICK_S = 1.0
_COUNT_S = 10.0
_KEEP_S = 60.0
_SETTLE_S = 10.0


class UnknownPhoneError(CaptivePortalError):
    """No phone of the house is at that address."""


class RefusedError(CaptivePortalError):
    """The internet cannot be opened for a phone.

    Attributes:
        refusal: why.
    """

    def __init__(self, refusal: gate.Refusal) -> None:
        super().__init__(f"The internet cannot be opened: {refusal.value}.", "The welcome page says so, and why.")
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class PhoneView:
    """How a phone stands, for those who show it pages.

    Attributes:
        known: whether a phone of the house is at the address.
        visit: its visit.
        link: whether the internet can be reached.
        limits: what it may have.
    """

    known: bool
    visit: Visit
    link: bool
    limits: Limits


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many phones there are.

    Attributes:
        phones: spoke lately.
        welcomed: are let in, to the library.
        online: are let in, to the internet.
    """

    phones: int
    welcomed: int
    online: int


class Gatekeeper:
    """Threads may share it; a decision takes a few milliseconds.

    Args:
        limits: what a phone may have.
        wall: lets phones through or not.
        allowances: what is remembered of them.
        clock: tells the times.
        neighbours: tells which device is at an address.
        guests: nobody yet; it knows the phones' network. None takes every address.
        witness: is shown who is there.
    """

    def __init__(
        self,
        limits: Limits,
        wall: Wall,
        allowances: Allowances,
        clock: Clock,
        neighbours: Neighbours,
        guests: Guests | None = None,
        witness: Witness | None = None,
    ) -> None:
        self._limits, self._clock, self._neighbours, self._witness = limits, clock, neighbours, witness
        self._guests = Guests() if guests is None else guests
        self._teller = Teller(wall, self._guests, limits, clock.running)
        self._memory = Remembering(allowances, self._guests, clock)
        self._seen: frozenset[Phone] = frozenset()
        self._strangers: set[str] = set()
        self._day_turned = self._to_settle = False
        self._latest_s = self._counted_s = self._kept_s = self._settled_s = clock.running()
        self._turn = threading.RLock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gatekeeper", daemon=True)

    def start(self) -> None:
        """Take over from whoever kept the gate before, and begin to look around."""
        self.tick()
        self._thread.start()

    def stop(self) -> None:
        """Write down what phones have used, and leave; the wall stands on and closes on time by itself."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._turn:
            self._teller.count()
            self._memory.keep()
        self._memory.settle()
        self._memory.close()

    @property
    def backhaul(self) -> str:
        """`none`, `up`, `down`, `login` or `unknown`."""
        return self._teller.backhaul

    def set_backhaul(self, state: str) -> None:
        """Hear how the way out of the house is; only `up` leads anywhere, `unknown` leaves the wall as it is."""
        with self._turn:
            self._teller.set_backhaul(state)

    def look(self, address: str) -> PhoneView:
        """How the phone at an address stands."""
        with self._turn:
            try:
                guest = self._guest_at(address)
            except UnknownPhoneError:
                return self._view(Visit(), known=False)
            return self._view(guest.visit)

    def open_internet(self, address: str) -> PhoneView:
        """A tap on the internet.

        Raises:
            UnknownPhoneError: no phone of the house is there.
            RefusedError: there is no link, or the day is over.
            WallError: the kernel refused; nothing has changed.
        """
        return self._tap(address, self._opened)

    def open_library(self, address: str) -> PhoneView:
        """A tap on the library; it does not close an internet that is open.

        Raises:
            UnknownPhoneError, WallError: as `open_internet`.
        """
        return self._tap(address, gate.open_library)

    def leave(self, address: str) -> PhoneView:
        """A tap that gives the internet back.

        Raises:
            UnknownPhoneError, WallError: as `open_internet`.
        """
        return self._tap(address, gate.leave)

    def crowd(self) -> Crowd:
        """How many phones there are."""
        with self._turn:
            now_s = self._clock.running()
            present = {mac: gate.standing(guest.visit) for mac, guest in self._guests if guest.present(now_s)}
            standings = list(present.values())
            return Crowd(
                phones=len({phone.mac for phone in self._seen} | present.keys()),
                welcomed=standings.count(Standing.WELCOMED),
                online=standings.count(Standing.ONLINE),
            )

    def tick(self) -> None:
        """Look around: who is there, what time has passed, what the wall has counted, what has to be written down."""
        with self._turn:
            now_s = self._clock.running()
            passed_s, self._latest_s = max(0.0, now_s - self._latest_s), now_s
            self._pass_day(passed_s)
            self._teller.take_over(self._known_before)
            self._look_around(now_s)
            for _, guest in self._guests:
                if guest.present(now_s):
                    guest.visit = gate.pass_time(guest.visit, passed_s, self._limits)
            if now_s - self._counted_s >= _COUNT_S:
                self._counted_s = now_s
                self._teller.count()
                self._teller.compare()
            self._guests.close_silent(now_s)
            self._teller.act()
            if now_s - self._kept_s >= _KEEP_S:
                self._kept_s, self._to_settle = now_s, True
                self._memory.keep()
            settling = self._to_settle and now_s - self._settled_s >= _SETTLE_S
            if settling:
                self._settled_s, self._to_settle = now_s, False
            seen = self._seen
        if settling:
            self._memory.settle()
        if self._witness is not None:
            self._witness(seen)

    def _run(self) -> None:
        while not self._stopping.wait(_TICK_S):
            try:
                self.tick()
            except Exception:  # whatever it is, the next second must find a gatekeeper
                logger.exception("the gatekeeper stumbled")

    def _pass_day(self, passed_s: float) -> None:
        turn = self._memory.pass_time(passed_s)
        if turn is Turn.NONE:
            return
        self._day_turned = True
        self._strangers.clear()
        self._teller.count()
        for _, guest in self._guests:
            guest.visit = gate.next_day(guest.visit, clock_was_set=turn is Turn.CLOCK_SET)

    def _look_around(self, now_s: float) -> None:
        seen = self._teller.seen()
        if seen is not None:  # otherwise whoever was there counts as there
            self._seen = seen
        self._strangers = {phone.mac for phone in self._seen if phone.mac in self._strangers}
        self._strangers -= {mac for mac, _ in self._guests}
        for phone in self._seen:
            if phone.mac in self._strangers or not self._guests.belongs(phone.address):
                continue
            if self._known(phone.mac) is not None:
                self._guests.hear(phone.mac, phone.address, now_s)
            elif self._memory.sure:
                self._strangers.add(phone.mac)

    def _tap(self, address: str, decide: Callable[[Visit], Visit]) -> PhoneView:
        with self._turn:
            guest = self._guest_at(address)
            if guest.visit.wants_internet:
                self._teller.count()
            before = guest.visit
            guest.visit = decide(before)
            try:
                self._teller.tell([one for one in self._teller.changes() if one.phone.address in guest.doors])
            except WallError:
                guest.visit = before
                raise
            self._memory.keep(only=guest)
            self._to_settle = True
            return self._view(guest.visit)

    def _opened(self, visit: Visit) -> Visit:
        if refusal := gate.refusal(visit, self._limits, link=self._teller.link):
            raise RefusedError(refusal)
        return gate.open_internet(visit, self._limits, link=self._teller.link)

    def _guest_at(self, address: str) -> Guest:
        """The guest at an address, who is there, for somebody asks; made known when it is not yet.

        Raises:
            UnknownPhoneError: no phone of the house is there.
        """
        mac = self._neighbours(address)
        if mac is None or not self._guests.belongs(address):
            raise UnknownPhoneError("No phone of the house is at that address.", "Join the house's Wi-Fi.")
        guest = self._known(mac) or self._guests.add(mac, Visit(), None)
        guest.visit = gate.spoke(guest.visit)
        self._guests.hear(mac, address, self._clock.running(), sure=True)
        return guest

    def _known(self, mac: str) -> Guest | None:
        """A guest, or a device that the card remembers, which is one from now on."""
        if guest := self._guests.get(mac):
            return guest
        visit = self._memory.find(mac)
        return None if visit is None else self._guests.add(mac, visit, visit)

    def _known_before(self, phone: Phone) -> Guest | None:
        """Who stood before the wall already. Whom the card has lost keeps the books; for more somebody taps."""
        guest = self._known(phone.mac)
        if guest is None and not self._day_turned:
            guest = self._guests.add(phone.mac, Visit(Stage.WELCOMED), None)
        return guest

    def _view(self, visit: Visit, *, known: bool = True) -> PhoneView:
        return PhoneView(known, visit, self._teller.link, self._limits)
