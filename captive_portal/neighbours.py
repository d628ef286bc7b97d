"""Which device is at an address: what the kernel has learned while talking with it (proc(5), /proc/net/arp)."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

Neighbours = Callable[[str], str | None]
"""The MAC address of the device at an IPv4 address; None when nobody is known there."""

_COMPLETE: Final = 0x2
_NOBODY: Final = "00:00:00:00:00:00"


def find(table: str, interface: str, address: str) -> str | None:
    """Look an address up in the kernel's table.

    Args:
        table: the text of /proc/net/arp.
        interface: only devices on this network interface count.
        address: an IPv4 address.
    """
    for line in table.splitlines()[1:]:
        match line.split():
            case [found, _, flags, mac, _, device] if found == address and device == interface:
                if int(flags, 16) & _COMPLETE and mac != _NOBODY:
                    return mac.lower()
    return None


def kernel_neighbours(interface: str, path: Path = Path("/proc/net/arp")) -> Neighbours:
    """Ask this machine's kernel; a table that cannot be read knows nobody."""

    def neighbours(address: str) -> str | None:
        try:
            return find(path.read_text(encoding="ascii"), interface, address)
        except (OSError, ValueError):
            return None

    return neighbours
