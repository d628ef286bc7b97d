"""`hub.uplinks` makes whole files for networkd, the kernel and wpa_supplicant out of the configuration."""

import ipaddress
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.config import ConfigError, HubConfig, PathsConfig, validate
from hub.uplinks import STEERED_METRIC, files, fixed_network, modem_metric, networkd_files, resolv_file, sysctl

HEAD = "# Made by `hub apply` from hub.toml; changes are lost.\n"
WEB = {"name": "thuvien.lan"}
HOUSE = {"id": "t", "name": "Thử", "village_word": "bản", "commune": "Mới", "province": "Bắc Ninh"}
PHONES = """\
[Match]
Name=wlan0

[Link]
RequiredForOnline=no

[Network]
Address=10.10.10.1/23
DHCP=no
LinkLocalAddressing=no
IPv6AcceptRA=no
LLMNR=no
MulticastDNS=no
LLDP=no
EmitLLDP=no
ConfigureWithoutCarrier=yes
IgnoreCarrierLoss=yes
"""
LEASED = """\
[Match]
{match}

[Link]
RequiredForOnline=no

[Network]
DHCP=ipv4
LinkLocalAddressing=no
IPv6AcceptRA=no
LLMNR=no
MulticastDNS=no
LLDP=no
EmitLLDP=no
{more}
[DHCPv4]
RouteMetric={metric}
ClientIdentifier=mac
SendHostname=no
UseDNS=yes
UseNTP=yes
UseDomains=no
UseHostname=no
UseTimezone=no
"""
FIXED = """\
[Match]
Name=eth0

[Link]
RequiredForOnline=no

[Network]
Address=192.168.1.20/24
DNS=192.168.1.1
DNS=9.9.9.9
LinkLocalAddressing=no
IPv6AcceptRA=no
LLMNR=no
MulticastDNS=no
LLDP=no
EmitLLDP=no

[Route]
Gateway=192.168.1.1
Metric=200
"""
SYSCTL = """\
net/ipv4/ip_forward = 1
net/ipv6/conf/all/forwarding = 0
# A phone's packets come from its own network; a way out may answer on another one than it was asked on.
net/ipv4/conf/all/rp_filter = 0
net/ipv4/conf/default/rp_filter = 2
net/ipv4/conf/wlan0/rp_filter = 1
net/ipv4/conf/all/accept_redirects = 0
net/ipv4/conf/default/accept_redirects = 0
net/ipv4/conf/all/send_redirects = 0
net/ipv4/conf/default/send_redirects = 0
net/ipv4/conf/wlan0/send_redirects = 0
net/ipv4/conf/all/accept_source_route = 0
# Phones hear of the hub's address on their own network only, and of no IPv6.
net/ipv4/conf/wlan0/arp_ignore = 1
net/ipv6/conf/wlan0/disable_ipv6 = 1
net/ipv6/conf/wlan0/accept_ra = 0
# Room for a house full of phones: who is whose neighbour, and their connections, which end when forgotten.
net/ipv4/neigh/default/gc_thresh1 = 1024
net/ipv4/neigh/default/gc_thresh2 = 2048
net/ipv4/neigh/default/gc_thresh3 = 4096
-net/netfilter/nf_conntrack_max = 65536
-net/netfilter/nf_conntrack_tcp_timeout_established = 7440
"""
JOINING = """\
ctrl_interface=DIR=/run/wpa_supplicant
country=VN
update_config=0
network={
	ssid=5848
	scan_ssid=1
	key_mgmt=WPA-PSK SAE
	psk=504464c4cb8dd69d679de2f8d771f6ce0948217c3fb4afc6cda57b84fbe961e0
	sae_password=6d6f74206861692062612122232422
	ieee80211w=1
}
"""
FIXED_ETHERNET = {"address": "192.168.1.20/24", "gateway": "192.168.1.1", "dns": ["192.168.1.1", "9.9.9.9"]}


def made(mode: str = "access-point", **uplink: Any) -> HubConfig:
    tree: dict[str, Any] = {"house": HOUSE, "web": WEB, "captive_portal": {"mode": mode}, "uplink": uplink}
    return validate({**tree, "backhaul": {"probe_url": "http://hub.tinh.vn/hub"}}, "hub.toml")


def test_a_house_without_a_way_out_has_its_phones_only() -> None:
    assert networkd_files(made()) == {"10-hub-phones.network": HEAD + PHONES}


def test_ways_out_come_in_their_order() -> None:
    wifi = {"ssid": "XH", "passphrase": 'mot hai ba!"#$"'}
    rendered = networkd_files(made(order=["usb-modem", "ethernet", "wifi"], ethernet=FIXED_ETHERNET, wifi=wifi))
    drivers = "Driver=cdc_ether cdc_mbim cdc_ncm huawei_cdc_ncm ipheth qmi_wwan rndis_host"
    assert rendered == {
        "10-hub-phones.network": HEAD + PHONES,
        "40-hub-usb-modem.network": HEAD + LEASED.format(match=drivers, more="", metric=100),
        "20-hub-ethernet.network": HEAD + FIXED,
        "30-hub-wifi.network": HEAD + LEASED.format(match="Name=wlan1", more="IgnoreCarrierLoss=3s\n", metric=300),
    }


def test_a_cable_with_dhcp() -> None:
    rendered = networkd_files(made(order=["ethernet"], ethernet={"interface": "end0"}))
    assert rendered["20-hub-ethernet.network"] == HEAD + LEASED.format(match="Name=end0", more="", metric=100)


def test_a_raw_modem_has_a_neighbour_and_no_router() -> None:
    text = fixed_network("Name=wwan0", "100.64.3.7/30", "", ["10.1.1.1"], 200)
    assert "[Route]\nDestination=0.0.0.0/0\nScope=link\nMetric=200\n" in text
    assert "Gateway=" not in text
    assert modem_metric(made(order=["ethernet", "usb-modem"])) == 200


def test_every_file_has_its_place_and_the_password_is_for_root_alone() -> None:
    rendered = files(made(order=["ethernet", "wifi"], wifi={"ssid": "XH", "passphrase": 'mot hai ba!"#$"'}))
    assert {str(path): file.mode for path, file in rendered.items()} == {
        "/etc/systemd/network/10-hub-phones.network": 0o644,
        "/etc/systemd/network/20-hub-ethernet.network": 0o644,
        "/etc/systemd/network/30-hub-wifi.network": 0o644,
        "/etc/systemd/networkd.conf.d/50-hub.conf": 0o644,
        "/etc/sysctl.d/90-hub.conf": 0o644,
        "/etc/modules-load.d/hub.conf": 0o644,
        "/etc/wpa_supplicant/wpa_supplicant-wlan1.conf": 0o600,
    }
    joining = rendered[Path("/etc/wpa_supplicant/wpa_supplicant-wlan1.conf")].text
    assert joining == HEAD + JOINING
    assert "mot hai ba" not in "".join(file.text for file in rendered.values())
    settings = rendered[Path("/etc/systemd/networkd.conf.d/50-hub.conf")].text
    assert settings == f"{HEAD}[Network]\nManageForeignRoutes=no\nManageForeignRoutingPolicyRules=no\n"


def test_an_open_wifi_has_no_key() -> None:
    rendered = files(made(order=["wifi"], wifi={"ssid": "Trường học"}))
    text = rendered[Path("/etc/wpa_supplicant/wpa_supplicant-wlan1.conf")].text
    network = f"network={{\n\tssid={'Trường học'.encode().hex()}\n\tscan_ssid=1\n\tkey_mgmt=NONE\n}}\n"
    assert text.endswith(network)


def test_a_machine_that_is_no_gate_forwards_nothing() -> None:
    assert files(made(mode="none")) == {}
    assert set(map(str, files(made(mode="none", order=["ethernet"])))) == {
        "/etc/systemd/network/20-hub-ethernet.network",
        "/etc/systemd/networkd.conf.d/50-hub.conf",
    }


def test_the_kernels_settings() -> None:
    assert sysctl(made()) == HEAD + SYSCTL


def test_the_name_servers_lie_in_the_run_folder() -> None:
    assert resolv_file(PathsConfig(run=Path("/run/x"))) == Path("/run/x/resolv.conf")


@given(st.permutations(["ethernet", "usb-modem", "wifi"]), st.integers(0, 3))
def test_the_first_way_out_has_the_best_metric_but_the_hub_may_steer(order: list[str], count: int) -> None:
    config = made(order=order[:count], wifi={"ssid": "X"})
    rendered = networkd_files(config)
    metrics = [int(re.search(r"Metric=(\d+)", rendered[name])[1]) for name in sorted(rendered) if "phones" not in name]  # type: ignore[index]
    assert len(set(metrics)) == count
    assert all(metric > STEERED_METRIC for metric in metrics)
    if count and order[0] == "usb-modem":
        assert modem_metric(config) == min(metrics)


@given(st.text("abcXYZ áữ\\\"'#[]=;$%{}", min_size=1, max_size=9), st.from_regex(r"[ -~]{8,63}", fullmatch=True))
def test_nothing_in_a_name_or_password_becomes_a_setting(ssid: str, passphrase: str) -> None:
    rendered = files(made(order=["wifi"], wifi={"ssid": ssid, "passphrase": passphrase}))
    text = rendered[Path("/etc/wpa_supplicant/wpa_supplicant-wlan1.conf")].text
    assert re.fullmatch(
        r"# .*\nctrl_interface=DIR=/run/wpa_supplicant\ncountry=VN\nupdate_config=0\nnetwork={\n\tssid=[0-9a-f]+\n"
        r"\tscan_ssid=1\n\tkey_mgmt=WPA-PSK SAE\n\tpsk=[0-9a-f]{64}\n\tsae_password=[0-9a-f]+\n\tieee80211w=1\n}\n",
        text,
    )


@pytest.mark.parametrize(
    ("uplink", "says"),
    [
        ({"order": ["wifi"], "wifi": {"ssid": "Một cái tên khá dài, dài quá rồi"}}, "32 bytes"),
        ({"order": ["wifi"], "wifi": {"ssid": "a\nb"}}, "uplink.wifi.ssid"),
        ({"order": ["wifi"], "wifi": {"ssid": "a", "passphrase": "12345678\n"}}, "uplink.wifi.passphrase"),
        ({"ethernet": {**FIXED_ETHERNET, "gateway": "192.168.1.20"}}, "hub's own address"),
        ({"ethernet": {**FIXED_ETHERNET, "address": "10.10.11.7/24", "gateway": "10.10.11.1"}}, "phones' network"),
    ],
)
def test_what_cannot_be_is_refused(uplink: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        made(**uplink)
    assert says in " ".join(str(problem) for problem in caught.value.problems)


def test_the_phones_network_is_written_with_the_hubs_own_address() -> None:
    portal = {"mode": "outside-ap", "address": "192.168.44.1/24", "interface": "eth1.5"}
    config = validate({"house": HOUSE, "web": WEB, "captive_portal": portal}, "hub.toml")
    assert "\nName=eth1.5\n" in networkd_files(config)["10-hub-phones.network"]
    assert ipaddress.IPv4Interface("192.168.44.1/24").with_prefixlen in networkd_files(config)["10-hub-phones.network"]
    assert "net/ipv4/conf/eth1.5/rp_filter = 1\n" in sysctl(config)
