"""The phones that the gate knows just now: which visit is whose, and at which addresses each of them stands.

A visit belongs to a device (its MAC address), the wall knows pairs of address and device. A device that changes its
address takes its visit along; an address that a living phone stands at is nobody else's for the asking.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from captive_portal import gate
from captive_portal.gate import Visit
from captive_portal.phones import Change, Phone, Standing

MOST_GUESTS: Final = 4096
MOST_DOORS: Final = 3
FORGET_S: Final = 600.0
"""Who is silent for so long is forgotten, in seconds; what it used today stays on the card until the night."""

_PRESENT_S: Final = 5.0
_RENEW_S: Final = 60.0
_SLACK_S: Final = 5.0


@dataclass(slots=True)
class Door:
    """One address of a guest, and what the wall was last told of it.

    Attributes:
        heard_s: when the guest was last heard there, by the running clock.
        standing: how it stands before the wall.
        until_s: when the wall closes by itself, by the running clock.
        counted: bytes that the wall had counted when it was last asked.
    """

    heard_s: float
    standing: Standing = Standing.CAPTIVE
    until_s: float = 0.0
    counted: int = 0


@dataclass(slots=True, eq=False)
class Guest:
    """One device and its visit.

    Attributes:
        visit: as it is.
        saved: as it lies on the card; None when nothing does.
        doors: by address.
    """

    visit: Visit
    saved: Visit | None
    doors: dict[str, Door] = field(default_factory=dict)

    @property
    def heard_s(self) -> float:
        """When it was last heard, anywhere."""
        return max((door.heard_s for door in self.doors.values()), default=float("-inf"))

    def present(self, now_s: float) -> bool:
        """Whether it is in the house just now."""
        return now_s - self.heard_s <= _PRESENT_S


class Guests:
    """All guests, by MAC address.

    Args:
        network: the phones' network; None takes every address, as a demonstration does.
        own: the hub's own address there.
    """

    def __init__(self, network: ipaddress.IPv4Network | None = None, own: str = "") -> None:
        self._network = network
        self._own = own
        self._guests: dict[str, Guest] = {}
        self._leaving: set[Phone] = set()

    def __iter__(self) -> Iterator[tuple[str, Guest]]:
        return iter(tuple(self._guests.items()))

    def __len__(self) -> int:
        return len(self._guests)

    def get(self, mac: str) -> Guest | None:
        """The guest with that MAC address."""
        return self._guests.get(mac)

    def doors(self) -> Iterator[tuple[Phone, Guest, Door]]:
        """Every address of every guest."""
        for mac, guest in self:
            for address, door in guest.doors.items():
                yield Phone(mac, address), guest, door

    def belongs(self, address: str) -> bool:
        """Whether an address may be a phone's."""
        if self._network is None:
            return True
        ends = (self._network.network_address, self._network.broadcast_address)
        found = ipaddress.ip_address(address)
        return found in self._network and found not in ends and address != self._own

    def add(self, mac: str, visit: Visit, saved: Visit | None) -> Guest:
        """Take in a device; when there are too many, the one that was silent longest has to go."""
        if len(self._guests) >= MOST_GUESTS:
            self.forget(min(self._guests, key=lambda known: self._guests[known].heard_s))
        guest = self._guests[mac] = Guest(visit, saved)
        return guest

    def forget(self, mac: str) -> None:
        """Forget a device; the wall closes to it at the next occasion."""
        guest = self._guests.pop(mac)
        for address in tuple(guest.doors):
            self._shut(mac, guest, address)

    def hear(self, mac: str, address: str, now_s: float, *, sure: bool = False) -> bool:
        """A guest spoke from an address.

        Args:
            mac: the guest's.
            address: where.
            now_s: the running clock.
            sure: whether the kernel itself talks with it there. Otherwise the packet may be somebody's forgery, and
                an address at which another guest is let in and alive is not given to this one.

        Returns:
            Whether it stands there now.
        """
        guest = self._guests[mac]
        if door := guest.doors.get(address):
            door.heard_s = now_s
            return True
        for other, neighbour in self:
            there = neighbour.doors.get(address)
            if there is None:
                continue
            if not sure and there.standing is not Standing.CAPTIVE and now_s - there.heard_s <= _PRESENT_S:
                return False
            self._shut(other, neighbour, address)
        if len(guest.doors) >= MOST_DOORS:
            self._shut(mac, guest, min(guest.doors, key=lambda known: guest.doors[known].heard_s))
        guest.doors[address] = Door(now_s)  # if the wall is still open there, it closes before it opens anew
        return True

    def adopt(self, phone: Phone, standing: Standing, counted: int) -> None:
        """A guest stands before the wall from earlier; how long the wall lets it is told anew."""
        door = self._guests[phone.mac].doors[phone.address]
        door.standing, door.until_s, door.counted = standing, 0.0, counted

    def close_silent(self, now_s: float) -> None:
        """Forget addresses and guests that were silent for long, unless what they used is not on the card yet."""
        for mac, guest in self:
            for address, door in tuple(guest.doors.items()):
                if now_s - door.heard_s > FORGET_S and len(guest.doors) > 1:
                    self._shut(mac, guest, address)
            unwritten = guest.visit != guest.saved and guest.visit.tapped
            if now_s - guest.heard_s > FORGET_S and not unwritten:
                self.forget(mac)

    def stray(self, phone: Phone) -> None:
        """The wall is open to a phone that nobody let in."""
        self._leaving.add(phone)

    def changes(self, now_s: float) -> list[Change]:
        """What the wall has to be told, those first to whom it closes."""
        closing = [Change(phone, Standing.CAPTIVE) for phone in sorted(self._leaving)]
        opening: list[Change] = []
        for phone, guest, door in self.doors():
            change = wanted(phone, guest.visit, door, now_s)
            if change is not None:
                (closing if change.standing is Standing.CAPTIVE else opening).append(change)
        return closing + opening

    def told(self, change: Change, now_s: float) -> None:
        """The wall has taken a change."""
        self._leaving.discard(change.phone)
        guest = self._guests.get(change.phone.mac)
        door = guest.doors.get(change.phone.address) if guest else None
        if door is not None:
            if door.standing is not change.standing:
                door.counted = 0
            door.standing, door.until_s = change.standing, now_s + change.seconds

    def _shut(self, mac: str, guest: Guest, address: str) -> None:
        if guest.doors.pop(address).standing is not Standing.CAPTIVE:
            self._leaving.add(Phone(mac, address))


def wanted(phone: Phone, visit: Visit, door: Door, now_s: float) -> Change | None:
    """What the wall has to be told of one address; None when it stands as it should.

    A time that has to be shorter is told at once; one that may be longer only shortly before the wall would close.
    """
    standing, seconds, left_s = gate.standing(visit), gate.wall_s(visit), door.until_s - now_s
    if standing is door.standing:
        short = left_s < _RENEW_S and seconds - left_s > _SLACK_S
        if standing is Standing.CAPTIVE or not (short or left_s - seconds > _SLACK_S):
            return None
    return Change(phone, standing, seconds)
