"""A hub with its wall, three phones on an access point that isolates them, and an internet; in network namespaces."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

from namespaces import Namespace, connect

from captive_portal.config import CaptivePortalConfig
from captive_portal.libnftables import Libnftables
from captive_portal.phones import Phone
from captive_portal.wall import Nftables

HUB, UPLINK, SITE, OTHER_SITE, ROUTER = "10.10.10.1", "203.0.113.2", "203.0.113.1", "203.0.113.9", "192.168.7.1"
CONFIG = CaptivePortalConfig(mode="outside-ap", interface="phones0")
STREAM = 61_000  # who asks from such a port gets a download without end


class Servers:
    """Sockets in namespaces that say who they are; one thread answers for all of them."""

    def __init__(self) -> None:
        self.heard: Counter[tuple[str, str]] = Counter()
        self.accepted: list[socket.socket] = []
        self._selector = selectors.DefaultSelector()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def listen(self, space: Namespace, address: str, port: int, label: str, kind: int = socket.SOCK_STREAM) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        server = space.socket(family, kind)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, port))
        server.setblocking(False)
        if kind == socket.SOCK_STREAM:
            server.listen(1024)
        self._selector.register(server, selectors.EVENT_READ, label)

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]  # only sockets were registered
        for connection in self.accepted:
            connection.close()
        self._selector.close()

    def _serve(self) -> None:
        while not self._stop.is_set():
            for key, _ in self._selector.select(0.05):
                server = key.fileobj
                assert isinstance(server, socket.socket)
                with contextlib.suppress(OSError):
                    self._answer(server, key.data)
            for connection in self.accepted:
                with contextlib.suppress(OSError):
                    while True:
                        connection.send(bytes(1400))

    def _answer(self, server: socket.socket, label: str) -> None:
        if server.type == socket.SOCK_DGRAM:
            said, peer = server.recvfrom(2048)
            self.heard[label, peer[0]] += 1
            server.sendto(f"{label} {said.decode()}".encode(), peer)
            return
        connection, peer = server.accept()
        self.heard[label, peer[0]] += 1
        if peer[1] >= STREAM:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 20_000)
            connection.setblocking(False)
            self.accepted.append(connection)
            return
        with connection:
            connection.send(f"{label} {connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)}".encode())


class House:
    """A hub with its wall, three phones and an internet."""

    def __init__(self, stack: contextlib.ExitStack, name: str = "wall") -> None:
        prefix = f"hub-{os.getpid()}-{name}"
        make = lambda part: stack.enter_context(contextlib.closing(Namespace(f"{prefix}-{part}")))  # noqa: E731
        self.hub, self.air, self.internet = make("hub"), make("air"), make("net")
        self.air.ip("link", "add", "ap", "type", "bridge")
        self.air.ip("link", "set", "ap", "up")
        connect(self.hub, "phones0", self.air, "hub0")
        self.air.ip("link", "set", "hub0", "master", "ap")
        connect(self.hub, "eth0", self.internet, "eth0")
        self.hub.ip("addr", "add", CONFIG.address, "dev", "phones0")
        self.hub.ip("-6", "addr", "add", "fd00::1/64", "dev", "phones0", "nodad")
        self.hub.ip("addr", "add", f"{UPLINK}/24", "dev", "eth0")
        self.hub.ip("-6", "addr", "add", "fd01::2/64", "dev", "eth0", "nodad")
        self.hub.ip("link", "set", "eth0", "mtu", "1400")
        self.hub.ip("route", "add", "default", "via", SITE)
        self.hub.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        for address in (SITE, OTHER_SITE, ROUTER):
            self.internet.ip("addr", "add", f"{address}/24", "dev", "eth0")
        self.internet.ip("-6", "addr", "add", "fd01::1/64", "dev", "eth0", "nodad")
        self.internet.ip("-6", "route", "add", "fd00::/64", "via", "fd01::2")
        self.spaces = [make(f"p{number}") for number in (1, 2, 3)]
        self.phones = [Phone(f"02:00:5e:00:00:0{n}", f"10.10.10.{20 + n}") for n in (1, 2, 3)]
        for number, (space, phone) in enumerate(zip(self.spaces, self.phones, strict=True), 1):
            connect(space, "wlan0", self.air, f"port{number}", (phone.mac, ""))
            self.air.ip("link", "set", f"port{number}", "master", "ap")
            self.air.run("bridge", "link", "set", "dev", f"port{number}", "isolated", "on")
            self.settle(number - 1)
        with self.hub.entered():
            self.session = Libnftables()
        stack.callback(self.session.close)
        self.watching: list[socket.socket] = []
        self._ports = itertools.count(STREAM)
        self.servers = Servers()
        stack.callback(self.servers.close)
        for port in (80, 8080, 8081, 8082, 8083, 443):
            self.servers.listen(self.hub, "0.0.0.0", port, f"hub:{port}")
        for port in (53, 67, 5354, 9999):
            self.servers.listen(self.hub, "0.0.0.0", port, f"hub:{port}", socket.SOCK_DGRAM)
        for port in (53, 5354):
            self.servers.listen(self.hub, "0.0.0.0", port, f"hub:{port}")
        self.servers.listen(self.hub, "fd00::1", 53, "hub6:53", socket.SOCK_DGRAM)
        for port in (80, 443, 853):
            self.servers.listen(self.internet, "0.0.0.0", port, f"net:{port}")
        self.servers.listen(self.internet, "::", 443, "net6:443", socket.SOCK_DGRAM)
        for port in (53, 443, 9999):
            self.servers.listen(self.internet, "0.0.0.0", port, f"net:{port}", socket.SOCK_DGRAM)
        self.servers.listen(self.spaces[1], "0.0.0.0", 9999, "phone", socket.SOCK_DGRAM)

    def settle(self, number: int) -> None:
        """Give a phone its address and its way out (again)."""
        space = self.spaces[number]
        space.ip("-4", "addr", "flush", "dev", "wlan0", "scope", "global")
        space.ip("addr", "add", f"{self.phones[number].address}/23", "dev", "wlan0")
        space.ip("route", "replace", "default", "via", HUB)
        space.ip("-6", "addr", "replace", f"fd00::1{number + 1}/64", "dev", "wlan0", "nodad")
        space.ip("-6", "route", "replace", "default", "via", "fd00::1")

    def hub_mac(self) -> str:
        """The MAC of the hub's interface towards phones."""
        return str(json.loads(self.hub.ip("-j", "link", "show", "phones0"))[0]["address"])

    def run(self, args: Sequence[str]) -> str:
        return self.hub.run(*args)

    def wall(self, config: CaptivePortalConfig = CONFIG) -> Nftables:
        return Nftables(config, self.run, self.session)

    def heard(self, label: str) -> int:
        return sum(times for (who, _), times in self.servers.heard.items() if who == label)

    def tcp(self, phone: int, address: str, port: int, timeout_s: float = 3) -> str:
        """Who answers, without the segment size; or "refused", "unreachable", "silent"."""
        return self.tcp_from(self.spaces[phone], address, port, timeout_s).partition(" ")[0]

    def tcp_from(self, space: Namespace, address: str, port: int, timeout_s: float = 3) -> str:
        with space.socket() as client:
            client.settimeout(timeout_s)
            return said(lambda: (client.connect((address, port)), client.recv(100))[1])

    def udp(self, phone: int, address: str, port: int, own_port: int = 0, timeout_s: float = 1, text: str = "x") -> str:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with self.spaces[phone].socket(family, socket.SOCK_DGRAM) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            client.settimeout(timeout_s)
            client.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", own_port))
            client.connect((address, port))
            return said(lambda: (client.send(text.encode()), client.recv(100))[1]).partition(" ")[0]

    def watch(self, phone: int, address: str) -> socket.socket:
        """Begin a download that never ends."""
        client = self.spaces[phone].socket()
        self.watching.append(client)
        client.settimeout(3)
        client.bind(("0.0.0.0", next(self._ports)))
        client.connect((address, 80 if address == HUB else 443))
        assert client.recv(4000)
        return client


def said(talk: Callable[[], bytes]) -> str:
    try:
        return talk().decode()
    except TimeoutError:
        return "silent"
    except ConnectionRefusedError:
        return "refused"
    except OSError as error:
        return "unreachable" if error.errno in {101, 113} else str(error)


def flows_on(download: socket.socket, seconds: float = 0.3) -> bool:
    """Whether anything comes within this time after what is already here was read."""
    download.settimeout(0.1)
    deadline = time.monotonic() + 5
    with contextlib.suppress(OSError):
        while download.recv(1 << 20) and time.monotonic() < deadline - 5 + seconds:
            pass
    download.settimeout(seconds)
    with contextlib.suppress(OSError):
        return bool(download.recv(4000))
    return False
