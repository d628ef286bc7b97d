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

_FEW = 8
"""Up to so many phones are looked up one by one, each in 0.2 ms; to read all 250 of a set takes 3 ms."""


class Session(Protocol):
    """What the wall needs of the packet filter; all raise `WallError`."""

    def run(self, text: str) -> None:
        """Do commands in one transaction."""

    def ask(self, text: str) -> Mapping[str, Any]:
        """Answer a `list` command."""

    def get(self, text: str) -> str | None:
        """Answer a `get element` command, None when there is none."""


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
            self._end_flows(str(self._config.network), names_only=True)
            logger.info("phones online are let %s", "out" if up else "not out: there is no internet")

    def apply(self, changes: Iterable[Change]) -> None:
        """Take all of these changes in one step; flows of phones that lose the internet end at once.

        A phone that is online and stays so keeps its counters.

        Raises:
            WallError: one of them cannot be, or the kernel refused; then none of them was taken.
        """
        wishes = tuple(changes)
        with self._turn:
            online = self._online_about(wishes)
            text = nftables.change(self._config, wishes, online, online)
            if not text:
                return
            self._session.run(text)
            self._end_flows_of(
                [wish.phone for wish in wishes if wish.standing is not Standing.ONLINE and wish.phone in online],
                [wish.phone for wish in wishes if wish.standing is Standing.ONLINE and wish.phone not in online],
            )

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

    def _online_about(self, wishes: Sequence[Change]) -> Mapping[Phone, Traffic]:
        """Phones that are online and that these wishes may concern, with what passed for them."""
        if len(wishes) > _FEW:
            return self.traffic()
        found = {}
        for wish in wishes:
            nftables.check(self._config, wish.phone)
            sent = self._session.get(f"get element {ruleset.TABLE} sent {{ {nftables.value_of(wish.phone)} }}")
            received = self._session.get(f"get element {ruleset.TABLE} received {{ {wish.phone.address} }}")
            if sent and received:
                found[wish.phone] = Traffic(nftables.count(sent), nftables.count(received))
            elif sent or received:
                return self.traffic()  # the address is another phone's, or was
        return found

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

    def _end_flows_of(self, losing: Sequence[Phone], gaining: Sequence[Phone]) -> None:
        """Have flows led anew; of many phones only those to name servers, in one step."""
        if len(losing) + len(gaining) > _FEW:
            self._end_flows(str(self._config.network), names_only=True)
            return
        for phone in losing:
            self._end_flows(phone.address)
        for phone in gaining:
            self._end_flows(phone.address, names_only=True)

    def _end_flows(self, source: str, *, names_only: bool = False) -> None:
        """Have the kernel forget flows, so that it leads them anew (conntrack(8)).

        Every packet is decided about anyway, so a failure is only said.
        """
        for which in (["-p", "udp", "--dport", "53"], ["-p", "tcp", "--dport", "53"]) if names_only else ([],):
            try:
                self._run(["conntrack", "-D", "-f", "ipv4", "-s", source, *which])
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
