"""A wall of nothing but memory, for demonstrations without root, and for tests: it keeps the rules of a real one."""

import hashlib
import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from captive_portal.days import Clock
from captive_portal.errors import WallError
from captive_portal.phones import Change, Phone, Standing, Traffic

_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_SEEN_S = 60.0


@dataclass(slots=True)
class _Element:
    standing: Standing
    until_s: float
    up: int = 0
    down: int = 0


class PretendWall:
    """Implements `captive_portal.phones.Wall`.

    Args:
        clock: tells when elements end by themselves.
        network: the phones' network; None takes phones from everywhere, as a demonstration does.

    Attributes:
        broken: while it is set, everything fails as a kernel does that refuses.
        backhaul: what was last said about the link.
        history: every list of changes that was applied, in order.
    """

    def __init__(self, clock: Clock, network: ipaddress.IPv4Network | None = None) -> None:
        self.broken = False
        self.backhaul = False
        self.history: list[tuple[Change, ...]] = []
        self._clock = clock
        self._network = network
        self._standing = False
        self._elements: dict[Phone, _Element] = {}
        self._seen: dict[Phone, float] = {}

    def raise_up(self) -> None:
        """Stand, with everybody who stood before."""
        self._check(raised=True)
        self._standing = True

    def set_backhaul(self, up: bool) -> None:
        """Say whether there is a link."""
        self._check()
        self.backhaul = up

    def apply(self, changes: Iterable[Change]) -> None:
        """Take all of these changes, or none."""
        changes = tuple(changes)
        self._check()
        for change in changes:
            self._check_change(change)
        self.history.append(changes)
        alive = self._alive()
        for change in changes:
            before = alive.pop(change.phone, None)
            if change.standing is not Standing.CAPTIVE:
                element = _Element(change.standing, self._clock.running() + change.seconds)
                if before is not None and before.standing is change.standing:  # who stays online stays counted
                    element.up, element.down = before.up, before.down
                alive[change.phone] = element

    def standing(self) -> Mapping[Phone, Standing]:
        """Every phone that is not captive."""
        self._check()
        return {phone: element.standing for phone, element in self._alive().items()}

    def traffic(self) -> Mapping[Phone, Traffic]:
        """What passed for every phone that is online."""
        self._check()
        return {
            phone: Traffic(element.up, element.down)
            for phone, element in self._alive().items()
            if element.standing is Standing.ONLINE
        }

    def seen(self) -> frozenset[Phone]:
        """Phones that spoke within the last minute."""
        self._check()
        oldest = self._clock.running() - _SEEN_S
        self._seen = {phone: at for phone, at in self._seen.items() if at >= oldest}
        return frozenset(self._seen)

    def speak(self, phone: Phone, up: int = 0, down: int = 0) -> bool:
        """Pretend that a phone sends something, and bytes from and to the internet.

        Returns:
            Whether the internet was open to it.
        """
        self._seen[phone] = self._clock.running()
        element = self._alive().get(phone)
        if element is None or element.standing is not Standing.ONLINE or not self.backhaul:
            return False
        element.up += up
        element.down += down
        return True

    def vanish(self) -> None:
        """Pretend that the machine was switched off and on: the kernel knows nobody."""
        self._standing = self.backhaul = False
        self._elements.clear()
        self._seen.clear()

    def _alive(self) -> dict[Phone, _Element]:
        now_s = self._clock.running()
        self._elements = {phone: element for phone, element in self._elements.items() if element.until_s > now_s}
        return self._elements

    def _check(self, *, raised: bool = False) -> None:
        if self.broken:
            raise WallError("The wall pretends that the kernel refuses.")
        if not (raised or self._standing):
            raise WallError("The wall does not stand yet.", "Call raise_up() first.")

    def _check_change(self, change: Change) -> None:
        if not _MAC.fullmatch(change.phone.mac):
            raise WallError("This is no MAC address.")
        address = ipaddress.ip_address(change.phone.address)
        if self._network is not None and address not in self._network:
            raise WallError("This address is not in the phones' network.")
        if change.standing is not Standing.CAPTIVE and change.seconds <= 0:
            raise WallError("An element without an end is never let in.")


def invented_mac(address: str) -> str:
    """A locally administered MAC address (IEEE 802, second bit of the first byte) that is always the same for an
    address: a demonstration's visitors come over networks on which nobody has one.
    """
    digest = hashlib.sha256(address.encode()).digest()
    return ":".join(f"{byte:02x}" for byte in (0x02, *digest[:5]))


class HandClock:
    """A clock that is moved by hand; implements `captive_portal.days.Clock`.

    Attributes:
        running_s: seconds since some moment.
        wall_s: seconds since 1970.
    """

    def __init__(self, wall_s: float = 1_795_500_000.0) -> None:
        self.running_s = 5_000.0
        self.wall_s = wall_s

    def running(self) -> float:
        """Seconds since some moment."""
        return self.running_s

    def wall(self) -> float:
        """Seconds since 1970."""
        return self.wall_s

    def pass_time(self, seconds: float) -> None:
        """Let time pass, on both."""
        self.running_s += seconds
        self.wall_s += seconds
