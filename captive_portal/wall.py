"""The wall before the internet: the kernel's packet filter, as `captive_portal.phones.Wall` wants it."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from captive_portal import nftables, ruleset
from captive_portal.config import CaptivePortalConfig
from captive_portal.errors import WallError
from captive_portal.libnftables import Libnftables
from captive_portal.phones import Change, Phone, Standing, Traffic

logger = logging.getLogger(__name__)

_NAMES = ("-p", "udp", "--dport", "53"), ("-p", "tcp", "--dport", "53")


class Session(Protocol):
    """What the wall needs of the packet filter; both raise `WallError`."""

    def run(self, text: str) -> None:
        """Do commands in one transaction."""

    def ask(self, text: str) -> Mapping[str, Any]:
        """Answer a `list` command."""


class Nftables:
    """Phones stand in sets of the table `inet hub`; what is in the kernel is the truth, nothing is remembered here.

    Threads may share it. The table stays when the process ends, so that sessions end on time without it and another
    process finds everybody where they stood.

    Args:
        config: the portal's settings.
        run: runs a program to its end and raises when it fails.
        session: the packet filter; None opens the one of this machine.
    """

    def __init__(
        self, config: CaptivePortalConfig, run: Callable[[Sequence[str]], str], session: Session | None = None
    ) -> None:
        self._config = config
        self._run = run
        self._session = session or Libnftables()
        self._turn = threading.RLock()

    def raise_up(self) -> None:
        """Stand, with everybody who stood before this process still standing as they did.

        Raises:
            WallError: the kernel refused; an older wall stands unchanged then.
        """
        with self._turn:
            before = self._before()
            if before is None:
                logger.info("the wall stands already, as it should")
                return
            self._session.run(nftables.render(self._config, before))
            logger.info("the wall is up, phones kept: %d", len(before.online) + len(before.welcomed))

    def take_down(self) -> None:
        """Remove the whole table: everybody passes, as far as the kernel forwards at all.

        Raises:
            WallError: the kernel refused.
        """
        self._session.run(f"add table {ruleset.TABLE}\ndelete table {ruleset.TABLE}\n")

    def set_backhaul(self, up: bool) -> None:
        """Answer online phones from the internet, or, without one, as welcomed ones.

        Only flows to name servers are forgotten, so that the next question is led anew; downloads of books go on.

        Raises:
            WallError: the kernel refused.
        """
        with self._turn:
            if bool(self._elements("open")) == up:
                return
            self._session.run(nftables.switch(self._config, up))
            for names in _NAMES:
                self._end_flows("-s", str(self._config.network), *names)
            logger.info("phones online are let %s", "out" if up else "not out: there is no internet")

    def apply(self, changes: Iterable[Change]) -> None:
        """Take all of these changes in one step; flows of phones that lose the internet end at once.

        A phone that is online and stays so keeps its counters.

        Raises:
            WallError: one of them cannot be, or the kernel refused; then none of them was taken.
        """
        wishes = tuple(changes)
        with self._turn:
            online = nftables.phones(self._elements("online"))
            longer = any(wish.phone in online and wish.standing is Standing.ONLINE for wish in wishes)
            text = nftables.change(self._config, wishes, online, self.traffic() if longer else None)
            if not text:
                return
            self._session.run(text)
            for wish in wishes:
                if wish.phone in online and wish.standing is not Standing.ONLINE:
                    self._end_flows("-s", wish.phone.address)
                elif wish.phone not in online and wish.standing is Standing.ONLINE:
                    for names in _NAMES:
                        self._end_flows("-s", wish.phone.address, *names)

    def standing(self) -> Mapping[Phone, Standing]:
        """Every phone that is not captive.

        Raises:
            WallError: the kernel refused.
        """
        with self._turn:
            welcomed = nftables.phones(self._elements("welcomed"))
            online = nftables.phones(self._elements("online"))
        return {**dict.fromkeys(welcomed, Standing.WELCOMED), **dict.fromkeys(online, Standing.ONLINE)}

    def traffic(self) -> Mapping[Phone, Traffic]:
        """What passed for every phone that is online; sites that are free do not count.

        Raises:
            WallError: the kernel refused.
        """
        with self._turn:
            sent, received = self._elements("sent"), self._elements("received")
        return _traffic(sent, received)

    def seen(self) -> frozenset[Phone]:
        """Phones that sent anything lately (within the last one and a half minutes).

        Raises:
            WallError: the kernel refused.
        """
        return nftables.phones(self._elements("seen"))

    def _before(self) -> nftables.Carried | None:
        """What stands already and has to be carried into new rules; None: the very rules stand already."""
        try:
            tables = self._session.ask("list tables inet").get("nftables", [])
            if not any(entry.get("table", {}).get("name") == ruleset.TABLE.split()[1] for entry in tables):
                return nftables.Carried()
            gate = self._session.ask(f"list set {ruleset.TABLE} open")
            if nftables.comment(gate) == ruleset.edition(self._config):
                return None
            return nftables.Carried(
                backhaul=bool(nftables.elements(gate)),
                online=self._seconds_left("online"),
                welcomed=self._seconds_left("welcomed"),
                traffic=self.traffic(),
                free={
                    address: element.seconds for address, element in self._elements("free").items() if element.seconds
                },
            )
        except WallError as error:
            logger.warning("what stood before cannot be read, everybody is captive: %s", error)
            return nftables.Carried()

    def _seconds_left(self, name: str) -> dict[Phone, int]:
        """Phones of a set that may be carried on: with time left, and still possible in these settings."""
        left = {}
        for value, element in self._elements(name).items():
            phone = nftables.phone_of(value)
            try:
                nftables.check(self._config, phone)
            except WallError:
                continue
            if element.seconds:
                left[phone] = element.seconds
        return left

    def _elements(self, name: str) -> dict[str, nftables.Element]:
        return nftables.elements(self._session.ask(f"list set {ruleset.TABLE} {name}"))

    def _end_flows(self, *which: str) -> None:
        """Have the kernel forget flows; it decides anew for each packet anyway, so a failure is only said."""
        try:
            self._run(["conntrack", "-D", "-f", "ipv4", *which])
        except Exception as error:  # what `run` raises is its owner's; conntrack's status 1 also means "none found"
            if "0 flow entries" not in str(error):
                logger.warning("flows could not be ended: %s", str(error).splitlines()[0].split(":")[0])


def _traffic(sent: Mapping[str, nftables.Element], received: Mapping[str, nftables.Element]) -> dict[Phone, Traffic]:
    counted = {}
    for value, element in sent.items():
        phone = nftables.phone_of(value)
        down = received.get(phone.address)
        counted[phone] = Traffic(element.count, down.count if down else 0)
    return counted
