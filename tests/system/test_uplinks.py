"""The real systemd-networkd, wpa_supplicant and kernel take what `hub.uplinks` writes, and do what is meant."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from namespaces import Namespace, connect, missing, until

from hub.config import HubConfig, validate
from hub.link_tables import default_routes, link_servers
from hub.uplinks import MODEM_DRIVERS, files, sysctl

NETWORKD = Path("/lib/systemd/systemd-networkd")
HOUSE = {"id": "t", "name": "Thử", "village_word": "bản", "commune": "Mới", "province": "Bắc Ninh"}
FIXED = {"address": "192.168.7.20/24", "gateway": "192.168.7.1", "dns": ["192.168.7.1", "9.9.9.9"]}

pytestmark = pytest.mark.skipif(bool(missing("ip", "dnsmasq")), reason=missing("ip", "dnsmasq"))
networkd_there = pytest.mark.skipif(not NETWORKD.exists(), reason="needs systemd-networkd (package systemd)")


def config_with(order: list[str], **uplink: Any) -> HubConfig:
    tree: dict[str, Any] = {"house": HOUSE, "web": {"name": "thuvien.lan"}}
    tree |= {"captive_portal": {"mode": "access-point"}}
    tree |= {"uplink": {"order": order, **uplink}, "backhaul": {"probe_url": "http://hub.tinh.vn/"}}
    return validate(tree, "hub.toml")


class House:
    """A hub with a radio, a socket for a cable and one for a modem, and two routers; networkd looks after the hub."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.hub, self.routers = Namespace(f"{name}-h"), []
        self._networkd: Any = None
        for number, interface in ((7, "eth0"), (42, "usb0")):
            router = Namespace(f"{name}-{number}")
            self.routers.append(router)
            connect(self.hub, interface, router, "lan")
            self.hub.ip("link", "set", interface, "down")
            router.ip("address", "add", f"192.168.{number}.1/24", "dev", "lan")
            router.start(
                "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--interface=lan", "--no-ping",
                f"--dhcp-range=192.168.{number}.50,192.168.{number}.90", f"--dhcp-option=6,192.168.{number}.1",
                f"--dhcp-leasefile={folder}/leases-{number}", "--pid-file=", "--user=root",
            )  # fmt: skip
        self.hub.ip("link", "add", "wlan0", "type", "veth", "peer", "name", "air", "netns", self.routers[0].name)
        (folder / "etc").mkdir()
        (folder / "run" / "systemd").mkdir(parents=True)

    def begin(self, config: HubConfig) -> None:
        """Write the files and have networkd read them; the driver of our modem is that of a pair of cables."""
        for path, file in files(config).items():
            if path.is_relative_to("/etc/systemd"):
                place = self.folder / "etc" / path.relative_to("/etc/systemd")
                place.parent.mkdir(exist_ok=True)
                place.write_text(file.text.replace(f"Driver={MODEM_DRIVERS[0]} ", f"Driver=veth {MODEM_DRIVERS[0]} "))
        self.start()

    def start(self) -> None:
        """Start networkd; a /sys that cannot be written tells it that there is no udev to wait for."""
        script = (
            'mount -o remount,ro /sys && mount --bind "$1/run" /run && mount --bind "$1/etc" /etc/systemd && exec "$2"'
        )
        log = self.folder / "networkd.log"
        command = ["unshare", "--mount", "sh", "-c", script, "sh", str(self.folder), str(NETWORKD)]
        self._networkd = self.hub.start(*command, log=log)

    def end(self) -> None:
        self.hub.end(self._networkd)

    def routes(self) -> list[tuple[str, str, int]]:
        table = default_routes(self.hub.run("cat", "/proc/net/route"))
        return [(route.interface, route.gateway, route.metric) for route in table]

    def addresses(self, interface: str, family: str = "-4") -> str:
        return self.hub.ip(family, "-o", "address", "show", "dev", interface)

    def servers(self, interface: str) -> list[str]:
        """As the hub reads them."""
        with self.hub.entered():
            index = socket.if_nametoindex(interface)
        path = self.folder / "run" / "systemd" / "netif" / "links" / str(index)
        return link_servers(path.read_text()) if path.exists() else []

    def close(self) -> None:
        for space in (self.hub, *self.routers):
            space.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    opened = House(tmp_path, f"hub-{os.getpid()}-up")
    yield opened
    opened.close()


@networkd_there
def test_ways_out_by_dhcp_in_their_order(house: House) -> None:
    house.begin(config_with(["ethernet", "usb-modem"]))
    wanted = [("eth0", "192.168.7.1", 100), ("usb0", "192.168.42.1", 200)]
    until(lambda: house.routes() == wanted, what="two default routes")
    assert "192.168.7." in house.addresses("eth0")
    until(lambda: house.servers("eth0") == ["192.168.7.1"] and house.servers("usb0") == ["192.168.42.1"])
    # Phones' interface has its address while nothing is connected to it.
    assert "inet 10.10.10.1/23" in house.addresses("wlan0")
    assert "NO-CARRIER" in house.hub.ip("link", "show", "wlan0")
    for interface in ("eth0", "usb0", "wlan0"):
        assert house.addresses(interface, "-6") == ""
    # A cable that is pulled takes its route along; one that comes back brings it again.
    house.routers[0].ip("link", "set", "lan", "down")
    until(lambda: house.routes() == wanted[1:], what="the modem alone")
    house.routers[0].ip("link", "set", "lan", "up")
    until(lambda: house.routes() == wanted, what="the cable again")


@networkd_there
def test_a_fixed_address_and_a_route_of_the_hubs_own(house: House) -> None:
    house.begin(config_with(["usb-modem", "ethernet"], ethernet=FIXED))
    wanted = [("usb0", "192.168.42.1", 100), ("eth0", "192.168.7.1", 200)]
    until(lambda: house.routes() == wanted, what="two default routes")
    assert "inet 192.168.7.20/24" in house.addresses("eth0")
    until(lambda: house.servers("eth0") == ["192.168.7.1", "9.9.9.9"], what="the name servers of the cable")
    # The hub prefers the cable: networkd leaves that alone, also when it starts again.
    house.hub.ip("route", "add", "default", "via", "192.168.7.1", "dev", "eth0", "metric", "50")
    house.end()
    house.start()
    log = house.folder / "networkd.log"
    until(lambda: log.read_text().count("acquired from") == 2, what="networkd began anew")
    kept = [("eth0", "192.168.7.1", 50), *wanted]
    until(lambda: house.routes() == kept, what="the routes as they were")


def test_the_kernel_takes_its_settings(house: House, tmp_path: Path) -> None:
    program = Path("/lib/systemd/systemd-sysctl")
    if not program.exists():
        pytest.skip("needs systemd-sysctl (package systemd)")
    lines = [line for line in sysctl(config_with([])).splitlines() if not line.startswith("#")]
    # What holds for the whole machine has no place in a namespace.
    own = [line for line in lines if "/neigh/" not in line and "nf_conntrack" not in line]
    path = tmp_path / "90-hub.conf"
    path.write_text("\n".join(own))
    house.hub.run(str(program), "--strict", str(path))
    for name, value in (line.split(" = ") for line in own):
        assert house.hub.run("cat", f"/proc/sys/{name}").strip() == value
    names = [line.removeprefix("-").split(" = ")[0] for line in lines]
    unknown = [name for name in names if not Path("/proc/sys", name.replace("wlan0", "lo")).exists()]
    assert all("nf_conntrack" in name for name in unknown)  # these may be missing until the module is loaded


@pytest.mark.skipif(shutil.which("wpa_supplicant") is None, reason="needs wpa_supplicant (package wpasupplicant)")
@pytest.mark.parametrize("passphrase", ["", 'a"b#c\\d "e\' P"f"'])
def test_wpa_supplicant_takes_its_file(house: House, tmp_path: Path, passphrase: str) -> None:
    rendered = files(config_with(["wifi"], wifi={"ssid": "Xã Đồng Tiến", "passphrase": passphrase}))
    path = tmp_path / "wpa.conf"
    path.write_text(rendered[Path("/etc/wpa_supplicant/wpa_supplicant-wlan1.conf")].text)
    script = 'mount --bind "$1/run" /run && exec wpa_supplicant -c "$1/wpa.conf" -i lo -D none'
    program = house.hub.start("unshare", "--mount", "sh", "-c", script, "sh", str(tmp_path), log=tmp_path / "wpa.log")
    control = tmp_path / "run" / "wpa_supplicant"
    until(lambda: (control / "lo").exists() or program.poll() is not None, what="wpa_supplicant's control socket")
    assert program.poll() is None, (tmp_path / "wpa.log").read_text()

    def told(name: str) -> str:
        command = ["wpa_cli", "-p", str(control), "-s", str(tmp_path), "-i", "lo", "get_network", "0", name]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=20).stdout.strip()

    assert bytes.fromhex(told("ssid")).decode() == "Xã Đồng Tiến"
    assert told("key_mgmt") == ("WPA-PSK SAE" if passphrase else "NONE")
    assert told("sae_password") == ("*" if passphrase else "FAIL")
