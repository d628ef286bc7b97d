"""The configuration of both name servers as whole files, and what dnsmasq's own parser says to them."""

from __future__ import annotations

import shutil
import subprocess
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from captive_portal import probes
from captive_portal.config import CaptivePortalConfig
from captive_portal.dnsmasq import render_house, render_open

NAMES = ("thuvien.lan", "sach.thuvien.lan", "thuvien", "sach.thuvien")
RUN = Path("/run/hub")
SITES = {"free_sites": ["dichvucong.gov.vn", "bad.example"], "blocked_sites": ["bad.example"]}
CERTIFICATE = {"name": "thu-vien.tinh.example", "file": Path("/etc/hub/chain.pem"), "key": Path("/etc/hub/key.pem")}

HOUSE = """\
# Made by `hub apply` from hub.toml; changes are lost.
port=53
interface=wlan0
bind-dynamic
no-hosts
pid-file=
log-facility=-
except-interface=lo

# Nobody else is asked, and what is not here does not exist.
no-resolv
local=/#/
cache-size=0

# The hub.
host-record=thuvien.lan,10.10.10.1,60
host-record=sach.thuvien.lan,10.10.10.1,60
host-record=thuvien,10.10.10.1,60
host-record=sach.thuvien,10.10.10.1,60

# Addresses.
dhcp-authoritative
dhcp-rapid-commit
no-ping
quiet-dhcp
dhcp-ignore-names
dhcp-leasefile=/run/hub/dnsmasq.leases
dhcp-lease-max=501
dhcp-range=10.10.10.10,10.10.11.254,255.255.254.0,60m
dhcp-option=option:router,10.10.10.1
dhcp-option=option:dns-server,10.10.10.1
dhcp-option=option:domain-name,lan
dhcp-option=114,https://thu-vien.tinh.example/api/captive-portal

# Where phones ask whether they are online.
@PROBES@
host-record=dns.msftncsi.com,131.107.255.255,fd3e:4f5a:5b81::1,0

# Sites open to everybody.
server=/dichvucong.gov.vn/127.0.0.1#5354
nftset=/dichvucong.gov.vn/4#inet#hub#free

# Sites that are never opened.
local=/bad.example/
"""

OPEN = """\
# Made by `hub apply` from hub.toml; changes are lost.
port=5354
interface=wlan0
bind-dynamic
no-hosts
pid-file=
log-facility=-

# The servers of all ways out are asked at once, and the first answer counts.
resolv-file=/run/hub/resolv.conf
all-servers
domain-needed
bogus-priv
cache-size=4000
dns-forward-max=2000
edns-packet-max=1232

# The hub.
host-record=thuvien.lan,10.10.10.1,60
host-record=sach.thuvien.lan,10.10.10.1,60
host-record=thuvien,10.10.10.1,60
host-record=sach.thuvien,10.10.10.1,60
local=/thuvien.lan/
local=/thuvien/

# Sites open to everybody.
nftset=/dichvucong.gov.vn/4#inet#hub#free

# Sites that are never opened.
local=/bad.example/

# Phones, please ask this house's name server and no other.
local=/use-application-dns.net/
local=/mask.icloud.com/
local=/mask-h2.icloud.com/
"""


def settings(**portal: Any) -> CaptivePortalConfig:
    return CaptivePortalConfig.model_validate({"mode": "access-point", **portal})


def test_the_houses_server_as_a_whole_file() -> None:
    asked = "\n".join(f"host-record={host},198.51.100.1,0" for host in probes.hosts())
    text = render_house(settings(internet=SITES, certificate=CERTIFICATE), NAMES, RUN)
    assert text == HOUSE.replace("@PROBES@", asked)


def test_the_open_server_as_a_whole_file() -> None:
    assert render_open(settings(internet=SITES), NAMES, RUN / "resolv.conf") == OPEN


def test_a_blocked_site_stays_closed_although_one_below_it_is_free() -> None:
    sites = {"free_sites": ["www.bad.example", "notbad.example"], "blocked_sites": ["bad.example"]}
    config = settings(internet=sites)
    for text in (render_house(config, NAMES, RUN), render_open(config, NAMES, RUN / "resolv.conf")):
        assert "www.bad.example" not in text
        assert "/notbad.example/" in text


def test_without_a_certificate_no_phone_hears_of_an_api() -> None:
    assert "114" not in render_house(settings(), NAMES, RUN).replace("198.51.100.1", "")


def test_a_hub_of_single_label_names_gives_no_domain() -> None:
    assert "domain-name" not in render_house(settings(), ("thuvien", "localhost"), RUN)


@pytest.mark.parametrize(
    ("address", "first", "last", "most"),
    [
        ("10.10.10.1/23", "10.10.10.10", "10.10.11.254", 501),
        ("192.168.8.1/24", "192.168.8.10", "192.168.8.254", 245),
        ("192.168.8.254/24", "192.168.8.1", "192.168.8.245", 245),
        ("192.168.8.100/24", "192.168.8.109", "192.168.8.254", 146),
        ("10.0.0.1/16", "10.0.0.10", "10.0.255.254", 2000),
        ("172.16.5.17/28", "172.16.5.18", "172.16.5.30", 13),
        ("172.16.5.30/28", "172.16.5.17", "172.16.5.29", 13),
    ],
)
def test_addresses_given_out_never_hold_the_hubs_own(address: str, first: str, last: str, most: int) -> None:
    config = settings(address=address)
    lines = render_house(config, NAMES, RUN).splitlines()
    assert f"dhcp-range={first},{last},{config.network.netmask},60m" in lines
    assert f"dhcp-lease-max={most}" in lines
    assert not IPv4Address(first) <= IPv4Address(config.hub_address) <= IPv4Address(last)
    assert {IPv4Address(first) in config.network, IPv4Address(last) in config.network} == {True}


@pytest.mark.skipif(shutil.which("dnsmasq") is None, reason="dnsmasq is not installed: ./run test installs it")
@pytest.mark.parametrize("portal", [{}, {"internet": SITES, "certificate": CERTIFICATE}], ids=["plain", "everything"])
def test_dnsmasqs_own_parser_takes_both(tmp_path: Path, portal: dict[str, Any]) -> None:
    config = settings(**portal)
    for text in (render_house(config, NAMES, RUN), render_open(config, NAMES, RUN / "resolv.conf")):
        path = tmp_path / "dnsmasq.conf"
        path.write_text(text)
        done = subprocess.run(["dnsmasq", "--test", f"--conf-file={path}"], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr.strip()) == (0, "dnsmasq: syntax check OK.")
