"""The link is shared out fairly: each phone that wants something gets the same part of it, however many flows it opens.

Everything happens on the phones' interface, where phones still have their own addresses, so it does not matter which
way out is taken. Towards phones only packets are held back that the wall has marked as coming from the internet
(`captive_portal.ruleset.SHAPED_CLASS`); from phones, only those that are not for the hub: books are never slowed.

Source: tc-htb(8), tc-cake(8), tc-u32(8), tc-mirred(8).
"""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal

from captive_portal.config import CaptivePortalConfig
from captive_portal.errors import Sentence, WallError
from captive_portal.ruleset import SHAPED_CLASS

logger = logging.getLogger(__name__)

Kind = Literal["cake", "htb"]

UPWARD: Final = "hub-up"
"""The intermediate device (ifb) through which goes what phones send to the internet."""

_SLICES = 64
"""Without cake phones share by the last bits of their addresses; DHCP gives neighbours different ones."""

_LONGEST_QUEUE = 60
"""Packets that wait for one phone: 0.1 s of a link of 8 Mbit/s."""

_FULL_PACKET_BYTES = 1514
_WORDS_OF_ADDRESS = {"dst": 16, "src": 12}


def cake(device: str, kbit: int, whose: Literal["dst", "src"]) -> list[str]:
    """Lines of tc that share `kbit` on one device between phones, and within a phone between its flows.

    The rate is kept by a class of htb, beside which unmarked packets pass at once; cake shares it out.

    Args:
        device: where.
        kbit: the link's speed, in kbit/s.
        whose: which address of a packet is the phone's.
    """
    major = SHAPED_CLASS.partition(":")[0]
    return [
        *_rate(device, kbit),
        f"qdisc add dev {device} parent {SHAPED_CLASS} handle {major}0: cake unlimited besteffort dual-{whose}host",
    ]


def htb(device: str, kbit: int, whose: Literal["dst", "src"]) -> list[str]:
    """The same for kernels without cake: one class for each of 64 slices of the phones; unused parts are lent.

    Args:
        device: where.
        kbit: the link's speed, in kbit/s.
        whose: which address of a packet is the phone's.
    """
    part = max(8, kbit // _SLICES)
    lines = _rate(device, kbit)
    lines.append(f"filter add dev {device} parent {SHAPED_CLASS} protocol ip prio 1 handle 2: u32 divisor {_SLICES}")
    for number in range(_SLICES):
        leaf = f"1:{0x100 + number:x}"
        lines += [
            f"class add dev {device} parent {SHAPED_CLASS} classid {leaf} htb rate {part}kbit ceil {kbit}kbit"
            f" quantum {_FULL_PACKET_BYTES}",
            f"qdisc add dev {device} parent {leaf} pfifo limit {_LONGEST_QUEUE}",
            f"filter add dev {device} parent {SHAPED_CLASS} protocol ip prio 1 u32 ht 2:{number:x}: match u32 0 0"
            f" flowid {leaf}",
        ]
    lines.append(
        f"filter add dev {device} parent {SHAPED_CLASS} protocol ip prio 1 u32 ht 800: match u32 0 0"
        f" hashkey mask {_SLICES - 1:#010x} at {_WORDS_OF_ADDRESS[whose]} link 2:"
    )
    return lines


def plan(config: CaptivePortalConfig, kind: Kind) -> str:
    """A batch for `tc`, for the speeds that are set; empty when none is.

    Args:
        config: the portal's settings.
        kind: what the kernel has.
    """
    share = cake if kind == "cake" else htb
    lines: list[str] = []
    phones = config.interface
    if config.internet.down_kbit:
        lines += share(phones, config.internet.down_kbit, "dst")
    if config.internet.up_kbit:
        lines += [
            *share(UPWARD, config.internet.up_kbit, "src"),
            f"filter add dev {UPWARD} parent 1: protocol ip prio 1 u32 match u32 0 0 flowid {SHAPED_CLASS}",
            f"qdisc add dev {phones} handle ffff: ingress",
            *(
                f"filter add dev {phones} parent ffff: protocol ip prio 1 u32 match ip dst {address}/32 flowid :1"
                for address in (config.hub_address, "255.255.255.255")
            ),
            f"filter add dev {phones} parent ffff: protocol ip prio 2 u32 match u32 0 0"
            f" action mirred egress redirect dev {UPWARD}",
        ]
    return "\n".join(lines) + "\n" if lines else ""


class Shaping:
    """Shares out the link as the settings say; without speeds it only removes what an earlier run left.

    Args:
        config: the portal's settings.
        run: runs a program to its end and raises when it fails.
        folder: where a file for `tc` may be written; it may be lost when the machine stops.
    """

    def __init__(self, config: CaptivePortalConfig, run: Callable[[Sequence[str]], str], folder: Path) -> None:
        self._config = config
        self._run = run
        self._batch = folder / "shaping.tc"

    def raise_up(self) -> Kind | None:
        """Share out the link, anew if it is shared already.

        Returns:
            By which means; None when no speed is set.

        Raises:
            WallError: the kernel has neither cake nor htb, or the interface is missing; nothing is held back then.
        """
        self.take_down()
        if not (self._config.internet.down_kbit or self._config.internet.up_kbit):
            return None
        try:
            self._run(["ip", "link", "add", UPWARD, "type", "ifb"])
            self._run(["ip", "link", "set", UPWARD, "up"])
            kind: Kind = "cake" if self._done("tc", "qdisc", "replace", "dev", UPWARD, "root", "cake") else "htb"
            self._done("tc", "qdisc", "del", "dev", UPWARD, "root")
            self._batch.write_text(plan(self._config, kind), encoding="ascii")
            self._run(["tc", "-batch", str(self._batch)])
        except Exception as error:  # what `run` raises is its owner's
            self.take_down()
            raise WallError(
                Sentence("The link cannot be shared out: %(complaint)s", complaint=str(error).splitlines()[0]),
                Sentence("Is the phones' interface there? Leave out down_kbit and up_kbit to do without."),
            ) from error
        logger.info("the link is shared out by %s", kind)
        return kind

    def take_down(self) -> None:
        """Hold nothing back any more; what is not there is no error."""
        for what in ("root", "ingress"):
            self._done("tc", "qdisc", "del", "dev", self._config.interface, what)
        self._done("ip", "link", "del", UPWARD)

    def _done(self, *args: str) -> bool:
        try:
            self._run(args)
        except Exception as error:  # what `run` raises is its owner's
            logger.debug("%s: %s", args[0], error)
            return False
        return True


def _rate(device: str, kbit: int) -> list[str]:
    return [
        f"qdisc replace dev {device} root handle 1: htb default 0",
        f"class add dev {device} parent 1: classid {SHAPED_CLASS} htb rate {kbit}kbit ceil {kbit}kbit"
        f" quantum {_FULL_PACKET_BYTES}",
    ]
