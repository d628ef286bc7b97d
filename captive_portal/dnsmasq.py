"""The house's two name servers, as text for dnsmasq(8); which of them a phone hears is decided by the packet filter.

The house's one gives out addresses (DHCP), too. It knows the hub's names, the names of probes and the free sites, and
says at once of everything else that it does not exist: there is no wildcard, so no phone ever takes the hub for its
bank. The open one asks the internet. Neither has to be restarted when a way out comes or goes.
"""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from captive_portal import probes
from captive_portal.config import CaptivePortalConfig
from captive_portal.places import CAPTIVE_API, DNS_PORT, OPEN_DNS_PORT, PROBE_ADDRESS

FREE_SET: Final = "4#inet#hub#free"
"""The set of the packet filter that gets the IPv4 addresses of free sites (dnsmasq(8), --nftset)."""

ASKED_TO_STAY_WITH_US: Final = ("use-application-dns.net", "mask.icloud.com", "mask-h2.icloud.com")
"""Names by whose absence a network asks Firefox and iPhones to use its own name server, so that the hub's names and
the blocked sites hold (Mozilla, "Canary domain"; Apple, "Prepare your network for iCloud Private Relay")."""

_NAME_SECONDS = 60
_KEPT_FREE = 8
_MOST_LEASES = 2000
_HEAD = "# Made by `hub apply` from hub.toml; changes are lost.\n"


def render_house(config: CaptivePortalConfig, names: Sequence[str], run: Path) -> str:
    """The whole configuration of the house's name server, which also gives out addresses.

    Args:
        config: the portal's settings.
        names: host names of the hub, the main one first.
        run: the folder of passing files; the list of leases lies there, in RAM: who has lost an address because the
            power went gets the same one again, by asking for it.
    """
    first, last = _range(config)
    network = config.network
    lines = [
        *_common(config, DNS_PORT),
        "except-interface=lo",
        "",
        "# Nobody else is asked, and what is not here does not exist.",
        "no-resolv",
        "local=/#/",
        "cache-size=0",
        "",
        "# The hub.",
        *_own_names(config, names),
        "",
        "# Addresses.",
        "dhcp-authoritative",
        "dhcp-rapid-commit",
        "no-ping",
        "quiet-dhcp",
        "dhcp-ignore-names",
        f"dhcp-leasefile={run / 'dnsmasq.leases'}",
        f"dhcp-lease-max={min(int(last) - int(first) + 1, _MOST_LEASES)}",
        f"dhcp-range={first},{last},{network.netmask},{config.lease_minutes}m",
        f"dhcp-option=option:router,{config.hub_address}",
        f"dhcp-option=option:dns-server,{config.hub_address}",
    ]
    if domain := next((name.partition(".")[2] for name in names if "." in name), ""):
        lines.append(f"dhcp-option=option:domain-name,{domain}")
    if config.certificate.name:  # RFC 8910, section 2.1: only https, so only with a certificate
        lines.append(f"dhcp-option=114,https://{config.certificate.name}{CAPTIVE_API}")
    lines += ["", "# Where phones ask whether they are online."]
    lines += [f"host-record={host},{PROBE_ADDRESS},0" for host in probes.hosts()]
    lines += [f"host-record={probes.NCSI_HOST},{probes.NCSI_ADDRESS},{probes.NCSI_ADDRESS_6},0"]
    blocked = config.internet.blocked_sites
    if free := _free(config):
        lines += ["", "# Sites open to everybody."]
        lines += [f"server=/{site}/127.0.0.1#{OPEN_DNS_PORT}" for site in free]
        lines += _nftset(free)
    lines += _absent(blocked, "# Sites that are never opened.")
    return _HEAD + "\n".join(lines) + "\n"


def render_open(config: CaptivePortalConfig, names: Sequence[str], resolv_file: Path) -> str:
    """The whole configuration of the name server that asks the internet.

    Args:
        config: the portal's settings.
        names: host names of the hub, the main one first.
        resolv_file: lists the name servers of the ways out (resolv.conf(5)); looked at again when it changes.
    """
    blocked = config.internet.blocked_sites
    lines = [
        *_common(config, OPEN_DNS_PORT),
        "",
        "# The servers of all ways out are asked at once, and the first answer counts.",
        f"resolv-file={resolv_file}",
        "all-servers",
        "domain-needed",
        "bogus-priv",
        "cache-size=4000",
        "dns-forward-max=2000",
        "edns-packet-max=1232",
        "",
        "# The hub.",
        *_own_names(config, names),
        *(f"local=/{name}/" for name in names if name.partition(".")[2] not in names),
    ]
    if free := _free(config):
        lines += ["", "# Sites open to everybody.", *_nftset(free)]
    lines += _absent(blocked, "# Sites that are never opened.")
    lines += _absent(ASKED_TO_STAY_WITH_US, "# Phones, please ask this house's name server and no other.")
    return _HEAD + "\n".join(lines) + "\n"


def _common(config: CaptivePortalConfig, port: int) -> list[str]:
    return [
        f"port={port}",
        f"interface={config.interface}",
        "bind-dynamic",
        "no-hosts",
        "pid-file=",
        "log-facility=-",
    ]


def _own_names(config: CaptivePortalConfig, names: Iterable[str]) -> list[str]:
    return [f"host-record={name},{config.hub_address},{_NAME_SECONDS}" for name in names]


def _free(config: CaptivePortalConfig) -> list[str]:
    """The free sites without those at or below a blocked one: to dnsmasq the longer name would count."""
    blocked = config.internet.blocked_sites
    return [
        site for site in config.internet.free_sites if not any(f".{site}".endswith(f".{other}") for other in blocked)
    ]


def _nftset(sites: Iterable[str]) -> list[str]:
    return [f"nftset=/{site}/{FREE_SET}" for site in sites]


def _absent(sites: Sequence[str], heading: str) -> list[str]:
    return ["", heading, *(f"local=/{site}/" for site in sites)] if sites else []


def _range(config: CaptivePortalConfig) -> tuple[IPv4Address, IPv4Address]:
    """The longer run of addresses beside the hub's own; in all but tiny networks the next few stay free.

    An access point on a cable, or a printer, can so have an address that no phone will get.
    """
    network, own = config.network, IPv4Address(config.hub_address)
    spare = 1 + (_KEPT_FREE if network.num_addresses >= 64 else 0)
    above = (own + spare, network.broadcast_address - 1)
    below = (network.network_address + 1, own - spare)
    return max(above, below, key=lambda run: int(run[1]) - int(run[0]))
