"""How the machine's network interfaces are set up for systemd-networkd: where phones come in, and every way out.

Everything here is text made from the configuration. Ways out are ordered by the metric of their default route; phones
never get IPv6, and no way out has it, so nothing passes beside the gate. The formats are those of systemd.network(5),
networkd.conf(5), sysctl.d(5), modules-load.d(5) and wpa_supplicant.conf(5).
"""

import hashlib
import ipaddress
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from hub.config import HubConfig, PathsConfig

NETWORK_FOLDER: Final = Path("/etc/systemd/network")
"""Where networkd looks for what an administrator has set."""

STEERED_METRIC: Final = 50
"""The metric of the default route by which the hub itself prefers a way out that works; better than all others."""

MODEM_DRIVERS: Final = ("cdc_ether", "cdc_mbim", "cdc_ncm", "huawei_cdc_ncm", "ipheth", "qmi_wwan", "rndis_host")
"""The kernel's drivers of USB modems and of phones that share their link over a cable."""

_RESOLV_NAME: Final = "resolv.conf"
_FIRST_METRIC: Final = 100
_HEAD: Final = "# Made by `hub apply` from hub.toml; changes are lost.\n"


class Rendered(NamedTuple):
    """One file to be written.

    Attributes:
        text: its whole content.
        mode: its permissions.
    """

    text: str
    mode: int = 0o644


def resolv_file(paths: PathsConfig) -> Path:
    """The file of name servers behind the way out that is in use (resolv.conf(5)).

    `hub.backhaul` writes it, whole, whenever they change; whoever forwards questions polls it. It may not be there
    before the first link was.
    """
    return paths.run / _RESOLV_NAME


def files(config: HubConfig) -> dict[Path, Rendered]:
    """Every file of this module, by its full path."""
    rendered = {NETWORK_FOLDER / name: Rendered(text) for name, text in networkd_files(config).items()}
    if rendered:
        rendered[Path("/etc/systemd/networkd.conf.d/50-hub.conf")] = Rendered(networkd_settings())
    if config.captive_portal.gated:
        rendered[Path("/etc/sysctl.d/90-hub.conf")] = Rendered(sysctl(config))
        rendered[Path("/etc/modules-load.d/hub.conf")] = Rendered(f"{_HEAD}nf_conntrack\n")
    if "wifi" in config.uplink.order:
        name = f"wpa_supplicant-{config.uplink.wifi.interface}.conf"
        rendered[Path("/etc/wpa_supplicant", name)] = Rendered(wpa_supplicant(config), 0o600)
    return rendered


def networkd_files(config: HubConfig) -> dict[str, str]:
    """The files of NETWORK_FOLDER, by name.

    The first file whose [Match] fits an interface counts, in the order of names: interfaces that are called by name
    come before the drivers of modems, since a USB adapter may have such a driver too.
    """
    rendered = {}
    if config.captive_portal.gated:
        rendered["10-hub-phones.network"] = _phones(config)
    uplink = config.uplink
    for place, link in enumerate(uplink.order):
        metric = _FIRST_METRIC * (place + 1)
        match link:
            case "ethernet" if uplink.ethernet.address:
                fixed = (uplink.ethernet.address, uplink.ethernet.gateway, uplink.ethernet.dns)
                rendered["20-hub-ethernet.network"] = fixed_network(f"Name={uplink.ethernet.interface}", *fixed, metric)
            case "ethernet":
                rendered["20-hub-ethernet.network"] = _leased(f"Name={uplink.ethernet.interface}", metric)
            case "wifi":
                roaming = "IgnoreCarrierLoss=3s\n"  # changing between two access points of one network is no loss
                rendered["30-hub-wifi.network"] = _leased(f"Name={uplink.wifi.interface}", metric, roaming)
            case "usb-modem":
                rendered["40-hub-usb-modem.network"] = _leased(f"Driver={' '.join(MODEM_DRIVERS)}", metric)
    return rendered


def networkd_settings() -> str:
    """The hub's settings of networkd as a whole: routes that `hub.backhaul` sets are left alone."""
    return f"{_HEAD}[Network]\nManageForeignRoutes=no\nManageForeignRoutingPolicyRules=no\n"


def modem_metric(config: HubConfig) -> int:
    """The metric of the modem's default route, by its place in `uplink.order`."""
    return _FIRST_METRIC * (config.uplink.order.index("usb-modem") + 1)


def fixed_network(match: str, address: str, gateway: str, dns: Iterable[str], metric: int) -> str:
    """A way out whose address is known.

    Args:
        match: which interface it is, as a line of [Match].
        address: the hub's address there, with the length of the network.
        gateway: the router's address; empty when there is only one neighbour, as behind a raw modem.
        dns: addresses of name servers.
        metric: of its default route; the smallest is taken first.
    """
    servers = "".join(f"DNS={server}\n" for server in dns)
    through = f"Gateway={gateway}\n" if gateway else "Destination=0.0.0.0/0\nScope=link\n"
    network = f"[Network]\nAddress={address}\n{servers}{_QUIET}"
    return f"{_HEAD}[Match]\n{match}\n\n{_NOT_WAITED_FOR}\n{network}\n[Route]\n{through}Metric={metric}\n"


def wpa_supplicant(config: HubConfig) -> str:
    """How somebody else's Wi-Fi is joined, for wpa_supplicant@.service; its password stands in it.

    With a passphrase both WPA2 and WPA3 are taken, whichever the access point has; frames are protected where it can.
    Name and passphrase are written in hexadecimal, since quotes and # in quoted ones are misread; WPA2's key is the
    one of IEEE 802.11-2020, annex J.4.
    """
    wifi = config.uplink.wifi
    ssid, passphrase = wifi.ssid.encode(), wifi.passphrase.get_secret_value().encode()
    lines = [f"ssid={ssid.hex()}", "scan_ssid=1", "key_mgmt=NONE"]
    if passphrase:
        key = hashlib.pbkdf2_hmac("sha1", passphrase, ssid, 4096, 32)
        lines[2:] = ["key_mgmt=WPA-PSK SAE", f"psk={key.hex()}", f"sae_password={passphrase.hex()}", "ieee80211w=1"]
    network = "".join(f"\t{line}\n" for line in lines)
    return f"{_HEAD}ctrl_interface=DIR=/run/wpa_supplicant\ncountry=VN\nupdate_config=0\nnetwork={{\n{network}}}\n"


def sysctl(config: HubConfig) -> str:
    """The kernel's settings for a gate (kernel.org, networking/ip-sysctl and nf_conntrack-sysctl).

    Names are written with slashes, since interfaces may have dots in theirs. A line with a hyphen may fail: conntrack's
    settings are only there once its module is.
    """
    phones = config.captive_portal.interface
    lines = [
        "net/ipv4/ip_forward = 1",
        "net/ipv6/conf/all/forwarding = 0",
        "# A phone's packets come from its own network; a way out may answer on another one than it was asked on.",
        "net/ipv4/conf/all/rp_filter = 0",
        "net/ipv4/conf/default/rp_filter = 2",
        f"net/ipv4/conf/{phones}/rp_filter = 1",
        "net/ipv4/conf/all/accept_redirects = 0",
        "net/ipv4/conf/default/accept_redirects = 0",
        "net/ipv4/conf/all/send_redirects = 0",
        "net/ipv4/conf/default/send_redirects = 0",
        f"net/ipv4/conf/{phones}/send_redirects = 0",
        "net/ipv4/conf/all/accept_source_route = 0",
        "# Phones hear of the hub's address on their own network only, and of no IPv6.",
        f"net/ipv4/conf/{phones}/arp_ignore = 1",
        f"net/ipv6/conf/{phones}/disable_ipv6 = 1",
        f"net/ipv6/conf/{phones}/accept_ra = 0",
        "# Room for a house full of phones: who is whose neighbour, and their connections, which end when forgotten.",
        "net/ipv4/neigh/default/gc_thresh1 = 1024",
        "net/ipv4/neigh/default/gc_thresh2 = 2048",
        "net/ipv4/neigh/default/gc_thresh3 = 4096",
        "-net/netfilter/nf_conntrack_max = 65536",
        "-net/netfilter/nf_conntrack_tcp_timeout_established = 7440",
    ]
    return _HEAD + "".join(f"{line}\n" for line in lines)


_NOT_WAITED_FOR: Final = "[Link]\nRequiredForOnline=no\n"
_QUIET: Final = "LinkLocalAddressing=no\nIPv6AcceptRA=no\nLLMNR=no\nMulticastDNS=no\nLLDP=no\nEmitLLDP=no\n"
_LEASE: Final = (
    "ClientIdentifier=mac\nSendHostname=no\nUseDNS=yes\nUseNTP=yes\nUseDomains=no\nUseHostname=no\nUseTimezone=no\n"
)


def _leased(match: str, metric: int, more: str = "") -> str:
    network = f"[Network]\nDHCP=ipv4\n{_QUIET}{more}"
    return f"{_HEAD}[Match]\n{match}\n\n{_NOT_WAITED_FOR}\n{network}\n[DHCPv4]\nRouteMetric={metric}\n{_LEASE}"


def _phones(config: HubConfig) -> str:
    """The hub's address is there before the radio is, and stays when the radio goes: services listen on it."""
    portal = config.captive_portal
    address = ipaddress.IPv4Interface(portal.address).with_prefixlen
    stays = "ConfigureWithoutCarrier=yes\nIgnoreCarrierLoss=yes\n"
    network = f"[Network]\nAddress={address}\nDHCP=no\n{_QUIET}{stays}"
    return f"{_HEAD}[Match]\nName={portal.interface}\n\n{_NOT_WAITED_FOR}\n{network}"
