"""Reads what the kernel and networkd write down about links: default routes, received bytes and name servers."""

import ipaddress
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_UP_FLAG: Final = 0x1
_REJECT_FLAG: Final = 0x200


@dataclass(frozen=True, slots=True)
class Route:
    """A default route.

    Attributes:
        interface: where it leads out.
        gateway: the router's address; empty when there is only one neighbour.
        metric: the smallest is taken by the kernel.
    """

    interface: str
    gateway: str
    metric: int


def default_routes(text: str) -> list[Route]:
    """The default routes in /proc/net/route (proc(5)), the best first; its numbers are hexadecimal, in host order."""
    routes = []
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 8 or int(fields[1], 16) or int(fields[7], 16):
            continue
        flags = int(fields[3], 16)
        if flags & _UP_FLAG and not flags & _REJECT_FLAG:
            gateway = int(fields[2], 16)
            address = socket.inet_ntoa(struct.pack("=I", gateway)) if gateway else ""
            routes.append(Route(fields[0], address, int(fields[6])))
    return sorted(routes, key=lambda route: route.metric)


def received_bytes(text: str) -> dict[str, int]:
    """Bytes received so far, by interface, in /proc/net/dev (proc(5))."""
    lines = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {name.strip(): int(fields.split()[0]) for name, _, fields in lines}


def link_servers(text: str) -> list[str]:
    """The IPv4 name servers in networkd's state file of one link: `DNS=` with addresses, perhaps with port and name."""
    values = [line.removeprefix("DNS=") for line in text.splitlines() if line.startswith("DNS=")]
    return _usable(word.partition("#")[0].partition(":")[0] for value in values for word in value.split())


def resolv_servers(text: str) -> list[str]:
    """The IPv4 name servers in a file such as /etc/resolv.conf (resolv.conf(5))."""
    lines = [line.split() for line in text.splitlines()]
    return _usable((words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"), local=True)


def _usable(words: Iterable[str], local: bool = False) -> list[str]:
    """IPv4 addresses that can be a name server's, each once; this machine itself only where that is meant."""
    usable = []
    for word in words:
        try:
            address = ipaddress.IPv4Address(word)
        except ValueError:
            continue
        if not (address.is_unspecified or address.is_multicast or (address.is_loopback and not local)):
            usable.append(word)
    return list(dict.fromkeys(usable))
