"""The house's two name servers, the real dnsmasq, in network namespaces; asked by real DHCP clients."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from namespaces import Namespace, connect, missing, until
from village import Phone

from captive_portal import dnsmasq, probes
from captive_portal.config import CaptivePortalConfig
from captive_portal.places import DNS_PORT, OPEN_DNS_PORT, PROBE_ADDRESS

pytestmark = pytest.mark.skipif(bool(missing("dnsmasq", "busybox")), reason=missing("dnsmasq", "busybox"))

HUB = "10.10.10.1"
NAMES = ("thuvien.lan", "sach.thuvien.lan", "thuvien", "sach.thuvien")
API = "https://thu-vien.tinh.example/api/captive-portal"
CERTIFICATE = {"name": "thu-vien.tinh.example", "file": Path("/nowhere.pem"), "key": Path("/nowhere.key")}
UPSTREAM = "127.0.0.9"
STAY = dnsmasq.ASKED_TO_STAY_WITH_US
A, AAAA, TXT, HTTPS = 1, 28, 16, 65
NO_ERROR, NO_NAME, REFUSED = 0, 3, 5
_count = itertools.count()


@dataclass
class House:
    """The hub with its name servers, and one phone."""

    hub: Namespace
    phone: Phone
    folder: Path
    config: CaptivePortalConfig
    house_server: object = None

    def start_house(self) -> None:
        """Start the server of the house."""
        self.house_server = self.start("house", dnsmasq.render_house(self.config, NAMES, self.folder))

    def stop_house(self) -> None:
        """Stop it."""
        self.hub.end(self.house_server)  # type: ignore[arg-type] - started above

    def start_open(self) -> None:
        """Start the open server."""
        self.start("open", dnsmasq.render_open(self.config, NAMES, self.folder / "resolv.conf"))

    def start_internet(self) -> None:
        """Start the internet's name server, which knows every name."""
        options = ("--bind-interfaces", f"--listen-address={UPSTREAM}", "--pid-file=", "--address=/#/203.0.113.7")
        self.start("internet", "no-resolv\nno-hosts\nlog-facility=-\n", *options)
        (self.folder / "resolv.conf").write_text(f"nameserver {UPSTREAM}\n")

    def start(self, name: str, text: str, *options: str) -> object:
        """Start a dnsmasq with this configuration, and wait until it says so."""
        path, log = self.folder / f"{name}.conf", self.folder / f"{name}.log"
        path.write_text(text)
        log.unlink(missing_ok=True)
        command = ("dnsmasq", "--keep-in-foreground", f"--conf-file={path}", "--user=root", *options)
        running = self.hub.start(*command, log=log)
        until(lambda: "started" in self.log(name) or running.poll() is not None, 10)
        return running

    def log(self, name: str) -> str:
        """What a program said."""
        return (self.folder / f"{name}.log").read_text()

    def answers(self, port: int) -> bool:
        """Whether a server answers in time; what comes in a flood may be lost, so phones ask again, too."""
        try:
            return self.ask("thuvien.lan", port=port, timeout_s=0.5)[1] == [HUB]
        except TimeoutError:
            return False

    def ask(self, name: str, kind: int = A, port: int = DNS_PORT, timeout_s: float = 5) -> tuple[int, list[str], int]:
        """Ask a name server: response code, what it answered, and for how long that may be kept (RFC 1035)."""
        with self.phone.socket(kind=socket.SOCK_DGRAM) as asking:
            asking.settimeout(timeout_s)
            asking.sendto(question(name, kind), (HUB, port))
            said = asking.recv(4096)
        flags, _, count = struct.unpack("!HHH", said[2:8])
        at, found, kept = len(question(name, kind)), [], 0
        for _ in range(count):
            while said[at] and said[at] < 0xC0:
                at += said[at] + 1
            at += 2 if said[at] else 1
            _, _, kept, length = struct.unpack("!HHIH", said[at : at + 10])
            data = said[at + 10 : at + 10 + length]
            found.append(socket.inet_ntop(socket.AF_INET if length == 4 else socket.AF_INET6, data))
            at += 10 + length
        return flags & 15, found, kept


def question(name: str, kind: int = A) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return os.urandom(2) + struct.pack("!HHHHH", 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, 1)


@contextlib.contextmanager
def a_house(folder: Path, **portal: object) -> Iterator[House]:
    name = f"hub-{os.getpid()}-n{next(_count)}"
    config = CaptivePortalConfig.model_validate({"mode": "outside-ap", "interface": "phones0", **portal})
    with contextlib.ExitStack() as stack:
        hub = stack.enter_context(contextlib.closing(Namespace(f"{name}h")))
        phone = stack.enter_context(contextlib.closing(Phone(f"{name}p", "02:00:5e:00:00:77", folder)))
        connect(hub, "phones0", phone, "wlan0", ("", phone.mac))
        hub.ip("addr", "add", config.address, "dev", "phones0")
        yield House(hub, phone, folder, config)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Both servers; the internet is a third one."""
    sites = {"free_sites": ["dich-vu.example"], "blocked_sites": ["bad.example", "bad.dich-vu.example"]}
    with a_house(tmp_path_factory.mktemp("names"), internet=sites) as opened:
        opened.start_internet()
        opened.phone.ip("addr", "add", "10.10.10.200/23", "dev", "wlan0")
        opened.start_house()
        opened.start_open()
        yield opened


def test_the_hubs_names_are_the_hub_for_a_minute(house: House) -> None:
    for port, name in itertools.product((DNS_PORT, OPEN_DNS_PORT), NAMES):
        assert (name, house.ask(name, A, port)) == (name, (NO_ERROR, [HUB], 60))
        for kind in (AAAA, HTTPS):
            assert (name, house.ask(name, kind, port)[:2]) == (name, (NO_ERROR, []))


def test_hosts_of_probes_are_at_the_public_looking_address_and_never_kept(house: House) -> None:
    for host in probes.hosts():
        assert (host, house.ask(host)) == (host, (NO_ERROR, [PROBE_ADDRESS], 0))


@pytest.mark.parametrize("kind", [AAAA, HTTPS, TXT])
def test_of_other_kinds_there_is_nothing_said_clearly(house: House, kind: int) -> None:
    assert house.ask("captive.apple.com", kind)[:2] == (NO_ERROR, [])
    assert house.ask("vnexpress.net", kind)[:2] == (NO_NAME, [])


def test_there_is_no_wildcard(house: House) -> None:
    for name in ("vnexpress.net", "x.captive.apple.com", "x.thuvien.lan", "www.thuvien", "cdn-apple.com", "lan", "com"):
        assert (name, house.ask(name)[:2]) in ((name, (NO_NAME, [])), (name, (NO_ERROR, [])))
    assert house.ask("vnexpress.net")[0] == NO_NAME


def test_windows_finds_what_its_name_probe_wants(house: House) -> None:
    assert house.ask("dns.msftncsi.com")[:2] == (NO_ERROR, ["131.107.255.255"])
    assert house.ask("dns.msftncsi.com", AAAA)[:2] == (NO_ERROR, ["fd3e:4f5a:5b81::1"])


def test_online_phones_hear_the_internet_but_for_blocked_sites(house: House) -> None:
    for name in ("vnexpress.net", "captive.apple.com", "dich-vu.example"):
        assert house.ask(name, port=OPEN_DNS_PORT)[:2] == (NO_ERROR, ["203.0.113.7"])
    for name in (
        "bad.example",
        "www.bad.example",
        "bad.dich-vu.example",
        "x.thuvien.lan",
        *STAY,
    ):
        assert (name, house.ask(name, port=OPEN_DNS_PORT)[:2]) == (name, (NO_NAME, []))


def test_free_sites_are_found_by_everybody_and_blocked_ones_below_them_by_nobody(house: House) -> None:
    assert house.ask("www.dich-vu.example")[:2] == (NO_ERROR, ["203.0.113.7"])
    assert house.ask("bad.dich-vu.example")[:2] == (NO_NAME, [])


def test_malformed_questions_have_a_clear_end(house: House) -> None:
    with house.phone.socket(kind=socket.SOCK_DGRAM) as asking:
        for data in (b"", b"\0", b"\xff" * 512, question("a.example")[:-3], question("a.example") * 3, os.urandom(200)):
            asking.sendto(data, (HUB, DNS_PORT))
    assert house.ask("thuvien.lan")[1] == [HUB]


def test_a_flood_of_questions_is_answered_or_refused(tmp_path: Path) -> None:
    """The internet's server is there, and silent: the worst that can happen to those who wait for it."""
    with a_house(tmp_path) as house, house.hub.socket(kind=socket.SOCK_DGRAM) as silent:
        silent.bind((UPSTREAM, 53))
        (tmp_path / "resolv.conf").write_text(f"nameserver {UPSTREAM}\n")
        house.phone.ip("addr", "add", "10.10.10.200/23", "dev", "wlan0")
        house.start_house()
        house.start_open()
        with house.phone.socket(kind=socket.SOCK_DGRAM) as asking:
            asking.settimeout(5)
            codes = set()
            for number in range(3000):
                asking.sendto(question(f"x{number}.example"), (HUB, OPEN_DNS_PORT))
                if number % 50 == 0:
                    time.sleep(0.01)  # or its socket takes no more, and few arrive
            with contextlib.suppress(TimeoutError):
                while REFUSED not in codes:
                    codes.add(asking.recv(512)[3] & 15)
        assert codes == {REFUSED}
        until(lambda: house.answers(OPEN_DNS_PORT), 10)
        with house.phone.socket(kind=socket.SOCK_DGRAM) as asking:
            for number in range(3000):
                asking.sendto(question(f"x{number}.example"), (HUB, DNS_PORT))
        until(lambda: house.answers(DNS_PORT), 10)


REPORT = """\
#!/bin/sh
case "$reason$1" in
  BOUND | bound | REBOOT | RENEW | renew) env > "$0.new"; mv "$0.new" "$0.said" ;;
esac
"""


def lease_of(house: House, client: str, wish: str = "") -> dict[str, str]:
    """Ask for an address with a real client, and return what it tells its script; {} when it gets none."""
    folder, phone = house.folder, house.phone
    report, script = folder / "report.sh.said", folder / "report.sh"
    report.unlink(missing_ok=True)
    script.write_text(REPORT)
    script.chmod(0o755)
    (folder / "dhclient.leases").unlink(missing_ok=True)
    (folder / "dhclient.conf").write_text(
        'option captive-portal code 114 = text;\nsend host-name = "thuvien";\n'
        "request subnet-mask, routers, domain-name, domain-name-servers, captive-portal;\n"
        + (f"send dhcp-requested-address {wish};\n" if wish else "")
    )
    (folder / "dhcpcd.conf").write_text(
        "define 114 string captive_portal_uri\noption routers, domain_name, domain_name_servers, captive_portal_uri\n"
        "noarp\nnoipv6\nnohook resolv.conf\n"
    )
    own = "mount -t tmpfs none /run && mkdir -p /var/lib/dhcpcd /run/dhcpcd && mount -t tmpfs none /var/lib/dhcpcd && "
    commands = {
        "udhcpc": ("busybox", "udhcpc", "-f", "-q", "-n", "-t", "3", "-T", "1", "-i", "wlan0", "-O", "114",
                   "-x", "hostname:thuvien", "-s", str(script), *(("-r", wish) if wish else ())),
        "dhclient": ("dhclient", "-1", "-d", "-4", "-cf", f"{folder}/dhclient.conf", "-lf", f"{folder}/dhclient.leases",
                     "-pf", f"{folder}/dhclient.pid", "-sf", str(script), "wlan0"),
        "dhcpcd": ("sh", "-c", f"{own} exec dhcpcd -4 -B -1 -t 8 -f {folder}/dhcpcd.conf -c {script} wlan0"),
    }  # fmt: skip
    running = phone.start(*commands[client], log=folder / f"{client}.log")
    try:
        until(lambda: report.exists() or running.poll() is not None, 15, house.log(client))
    finally:
        phone.end(running)
    return dict(line.partition("=")[::2] for line in report.read_text().splitlines()) if report.exists() else {}


# What each client calls the address, the router, the name server, the domain and option 114.
TOLD = {
    "udhcpc": ("ip", "router", "dns", "domain", "opt114"),
    "dhclient": ("new_ip_address", "new_routers", "new_domain_name_servers", "new_domain_name", "new_captive_portal"),
    "dhcpcd": ("new_ip_address", "new_routers", "new_domain_name_servers", "new_domain_name", "new_captive_portal_uri"),
}  # fmt: skip


@pytest.mark.parametrize("certificate", [False, True], ids=["without certificate", "with certificate"])
def test_every_client_gets_its_address_and_learns_of_the_portal_only_with_a_certificate(
    tmp_path: Path, certificate: bool
) -> None:
    absent = [client for client in ("dhclient", "dhcpcd") if missing(client)]
    if absent:
        pytest.skip(f"needs {', '.join(absent)}: ./run test installs it")
    with a_house(tmp_path, **({"certificate": CERTIFICATE} if certificate else {})) as house:
        house.start_house()
        for client, keys in TOLD.items():
            lease = lease_of(house, client)
            address, router, server, domain, portal = (lease.get(key, "") for key in keys)
            assert address.startswith(("10.10.10.", "10.10.11.")), (client, house.log(client))
            assert (router, server, domain) == (HUB, HUB, "lan"), client
            said = bytes.fromhex(portal).decode() if client == "udhcpc" else portal
            assert said == (API if certificate else ""), client
        house.phone.ip("addr", "add", "10.10.11.250/23", "dev", "wlan0")
        assert house.ask("thuvien")[1] == [HUB]  # although a phone said that it is called so
        assert phone_free(house)


def phone_free(house: House) -> bool:
    """Whether neither log nor list of leases holds a phone's name; the log holds no MAC either."""
    log, leases = house.log("house"), (house.folder / "dnsmasq.leases").read_text()
    return house.phone.mac not in log and "thuvien" not in leases


def test_whoever_asks_again_after_a_power_cut_keeps_the_address(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        house.start_house()
        other = "10.10.11.99"
        assert lease_of(house, "udhcpc", wish=other)["ip"] == other
        house.stop_house()
        (tmp_path / "dnsmasq.leases").unlink()
        house.start_house()
        assert lease_of(house, "udhcpc", wish=other)["ip"] == other
        assert lease_of(house, "udhcpc", wish="192.168.1.7")["ip"].startswith("10.10.1")


def dhcp(kind: int, mac: bytes, *options: bytes) -> bytes:
    """A message of a client that wants its answer broadcast (RFC 2131, figure 1; RFC 2132)."""
    fixed = struct.pack("!BBBBIHH", 1, 1, 6, 0, int.from_bytes(mac[2:]), 0, 0x8000) + bytes(16) + mac + bytes(10 + 192)
    return fixed + b"\x63\x82\x53\x63" + bytes([53, 1, kind]) + b"".join(options) + b"\xff"


def test_when_all_addresses_are_taken_newcomers_get_none_and_those_who_have_one_keep_it(tmp_path: Path) -> None:
    with a_house(tmp_path, address="10.10.10.1/28") as house:
        house.start_house()
        mine = lease_of(house, "udhcpc")["ip"]
        house.phone.ip("addr", "add", f"{mine}/28", "dev", "wlan0")
        with house.phone.socket(kind=socket.SOCK_DGRAM) as greedy:
            greedy.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            greedy.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"wlan0")
            greedy.bind(("", 68))
            greedy.settimeout(0.15)
            taken, refused = set(), 0
            for number in range(20):
                mac = bytes([2, 0, 0x5E, 1, 0, number])
                try:
                    greedy.sendto(dhcp(1, mac), ("255.255.255.255", 67))
                    offer = greedy.recv(2000)
                    wish = b"\x32\x04" + offer[16:20] + b"\x36\x04" + socket.inet_aton(HUB)
                    greedy.sendto(dhcp(3, mac, wish), ("255.255.255.255", 67))
                    taken.add(socket.inet_ntoa(greedy.recv(2000)[16:20]))
                except TimeoutError:
                    refused += 1
        assert len(taken) == 12
        assert mine not in taken
        assert refused == 8
        assert lease_of(house, "udhcpc", wish=mine)["ip"] == mine
        assert house.ask("thuvien.lan")[1] == [HUB]


def test_the_list_of_servers_is_read_again_when_it_changes(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        house.phone.ip("addr", "add", "10.10.10.200/23", "dev", "wlan0")
        house.start_open()  # there is no such file yet
        assert house.ask("vnexpress.net", port=OPEN_DNS_PORT)[0] == REFUSED
        house.start_internet()
        until(lambda: house.ask("vnexpress.net", port=OPEN_DNS_PORT)[1] == ["203.0.113.7"], 10)
