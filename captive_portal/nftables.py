"""The texts that bring phones into the packet filter's sets and out of them, and what its answers mean.

A session's elements carry the kernel's own timeouts: they end on time even when no gate is there any more. Nothing
here touches the kernel; `captive_portal.wall` does.

Syntax: nft(8), as old as nftables 1.0.6 (Debian 12).
"""

import ipaddress
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from captive_portal import ruleset
from captive_portal.config import CaptivePortalConfig
from captive_portal.errors import WallError
from captive_portal.phones import Change, Phone, Standing, Traffic
from captive_portal.ruleset import TABLE

_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")
_LONGEST_SECONDS = 7 * 86400


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a set.

    Attributes:
        seconds: how long it will still be there; None: for ever.
        count: the bytes of its counter.
    """

    seconds: int | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class Carried:
    """What outlives a new ruleset: who stands how and for how long, and whether the internet is there.

    Attributes:
        backhaul: whether online phones are let out.
        online: phones and the seconds they still have.
        welcomed: the same.
        traffic: what passed for the phones that are online.
        free: addresses of sites that are open to everybody, and the seconds they still are.
    """

    backhaul: bool = False
    online: Mapping[Phone, int] = field(default_factory=dict)
    welcomed: Mapping[Phone, int] = field(default_factory=dict)
    traffic: Mapping[Phone, Traffic] = field(default_factory=dict)
    free: Mapping[str, int] = field(default_factory=dict)


def render(config: CaptivePortalConfig, carried: Carried | None = None) -> str:
    """The whole table as one transaction that takes the place of an older one.

    Args:
        config: the portal's settings.
        carried: what stands already and shall go on standing.
    """
    kept = carried or Carried()
    commands = [
        f"add table {TABLE}",
        f"delete table {TABLE}",
        f"table {TABLE} {{\n{ruleset.render(config)}\n}}",
        *_open(config, kept.backhaul),
        *_add("free", [f"{address} timeout {left}s" for address, left in kept.free.items()]),
        *_welcome(kept.welcomed),
        *_let_out(kept.online, kept.traffic),
    ]
    return _transaction(commands)


def switch(config: CaptivePortalConfig, up: bool) -> str:
    """Let online phones out, or keep them in."""
    return _transaction([f"flush set {TABLE} open", *_open(config, up)])


def change(
    config: CaptivePortalConfig,
    changes: Iterable[Change],
    online: Iterable[Phone] = (),
    traffic: Mapping[Phone, Traffic] | None = None,
) -> str:
    """Take changes in one transaction; each replaces whatever the wall knew of that phone.

    An address belongs to one phone: whoever is online under the address of a phone that is let in is forgotten.

    Args:
        config: the portal's settings.
        changes: who shall stand how from now on; of several about one phone the last counts.
        online: the phones that are online so far.
        traffic: what the counters of phones that stay online shall go on from.

    Raises:
        WallError: a phone or a time that cannot be; then nothing is to be changed.
    """
    wishes = {wish.phone: wish for wish in changes}
    coming = {wish.phone.address for wish in wishes.values() if wish.standing is not Standing.CAPTIVE}
    leaving = {*wishes, *(phone for phone in online if phone.address in coming)}
    staying = {phone.address for phone in online if phone not in leaving}
    for wish in wishes.values():
        check(config, wish.phone)
        if wish.standing is not Standing.CAPTIVE and not 0 < wish.seconds <= _LONGEST_SECONDS:
            raise WallError(f"A phone cannot be let in for {wish.seconds} s.", "This is a fault of the gate.")
    welcomed = {phone: wish.seconds for phone, wish in wishes.items() if wish.standing is Standing.WELCOMED}
    let_out = {phone: wish.seconds for phone, wish in wishes.items() if wish.standing is Standing.ONLINE}
    commands = [*_forget(sorted(leaving), staying), *_welcome(welcomed), *_let_out(let_out, traffic or {})]
    return _transaction(commands)


def check(config: CaptivePortalConfig, phone: Phone) -> None:
    """Refuse what no phone of this house can be called.

    Raises:
        WallError: no MAC of one device, or an address outside the phones' network or the hub's own.
    """
    if not _MAC.fullmatch(phone.mac) or int(phone.mac[:2], 16) & 1 or phone.mac == "00:00:00:00:00:00":
        raise WallError("That is no MAC of a phone.", "It is written in small letters: 02:00:00:00:00:01.")
    try:
        address = ipaddress.IPv4Address(phone.address)
    except ValueError as error:
        raise WallError("That is no IPv4 address of a phone.", "Phones of the house have IPv4 addresses.") from error
    network = config.network
    taken = {network.network_address, network.broadcast_address, ipaddress.IPv4Address(config.hub_address)}
    if address not in network or address in taken or str(address) != phone.address:
        raise WallError("That address belongs to no phone.", f"Phones have addresses in {network}.")


def elements(answer: Mapping[str, Any]) -> dict[str, Element]:
    """The elements of one set as `list set` answers in JSON (libnftables-json(5)), by their values.

    Values of several parts are joined with a space, such as "10.10.10.20 02:00:00:00:00:01".
    """
    found: dict[str, Element] = {}
    for entry in answer.get("nftables", []):
        for item in entry.get("set", {}).get("elem", []):
            inner = item["elem"] if isinstance(item, dict) and "elem" in item else {"val": item}
            value = inner["val"]
            parts = value["concat"] if isinstance(value, dict) else [value]
            left = inner.get("expires") if "timeout" in inner or "expires" in inner else None
            found[" ".join(parts)] = Element(left, inner.get("counter", {}).get("bytes", 0))
    return found


def count(answer: str) -> int:
    """The bytes of the counter in an answer to `get element`, be it text or JSON; 0 for none."""
    found = re.search(r'\bbytes"?:? (\d+)', answer)
    return int(found[1]) if found else 0


def comment(answer: Mapping[str, Any]) -> str:
    """The comment of the set that `list set` answers."""
    return next((entry["set"].get("comment", "") for entry in answer.get("nftables", []) if "set" in entry), "")


def phones(found: Iterable[str]) -> frozenset[Phone]:
    """Phones from the values of a set of addresses and MACs."""
    return frozenset(phone_of(value) for value in found)


def phone_of(value: str) -> Phone:
    """The phone that an element's value names."""
    address, _, mac = value.partition(" ")
    return Phone(mac, address)


def value_of(phone: Phone) -> str:
    """How an element that is a phone is written."""
    return f"{phone.address} . {phone.mac}"


def _transaction(commands: Sequence[str]) -> str:
    return "\n".join(commands) + "\n" if commands else ""


def _open(config: CaptivePortalConfig, up: bool) -> list[str]:
    return _add("open", [f'"{config.interface}"'] if up else [])


def _forget(phones: Sequence[Phone], staying: Container[str]) -> list[str]:
    """An element that is not there cannot be deleted (and would spoil the transaction), so each is added first."""
    values = [value_of(phone) for phone in phones]
    addresses = sorted({phone.address for phone in phones if phone.address not in staying})
    which = (("online", values), ("welcomed", values), ("sent", values), ("received", addresses))
    return [command for name, gone in which for verb in ("add", "delete") for command in _elements(verb, name, gone)]


def _welcome(phones: Mapping[Phone, int]) -> list[str]:
    return _add("welcomed", [f"{value_of(phone)} timeout {seconds}s" for phone, seconds in phones.items()])


def _let_out(phones: Mapping[Phone, int], traffic: Mapping[Phone, Traffic]) -> list[str]:
    online, sent, received = [], [], []
    for phone, seconds in phones.items():
        passed = traffic.get(phone, Traffic(0, 0))
        online.append(f"{value_of(phone)} timeout {seconds}s")
        sent.append(f"{value_of(phone)} counter packets 0 bytes {passed.up} timeout {seconds}s")
        received.append(f"{phone.address} counter packets 0 bytes {passed.down} timeout {seconds}s")
    return [*_add("online", online), *_add("sent", sent), *_add("received", received)]


def _add(name: str, values: Sequence[str]) -> list[str]:
    return _elements("add", name, values)


def _elements(verb: str, name: str, values: Sequence[str]) -> list[str]:
    """One command for many elements: nft takes some 10 ms for each command, and next to nothing for an element."""
    return [f"{verb} element {TABLE} {name} {{ {', '.join(values)} }}"] if values else []
