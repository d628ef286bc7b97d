"""A whole village in network namespaces: the hub with its real programs, phones on its Wi-Fi, and an internet.

The access point is a bridge whose ports are isolated from each other; the hub stands behind it (mode `outside-ap`).
The internet is a name server that knows every name, and a web server that answers to all of them. Nothing leaves the
namespaces.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from namespaces import Namespace, connect, until

from hub.apply import place_run_files
from hub.config import HubConfig
from hub.errors import SocketError
from hub.example import to_toml
from hub.unix_sockets import ask
from hub.uplinks import sysctl

HUB = "10.10.10.1"
INTERNET = "203.0.113.1"
PROVINCE = "tinh.example"
SITE = "tin-tuc.example"
NAME = "thuvien.lan"
_count = itertools.count()
_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Reply:
    """What a web server said."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")


class Phone(Namespace):
    """A phone in a namespace of its own."""

    def __init__(self, name: str, mac: str, folder: Path) -> None:
        super().__init__(name)
        self.mac = mac
        self.address = ""
        self.gateway = ""
        self._folder = folder

    def join(self, wait_s: int = 15) -> str:
        """Ask for an address with busybox' udhcpc, take it, and return it."""
        report = self._folder / f"{self.name}.lease"
        report.unlink(missing_ok=True)
        wish = ["-r", self.address] if self.address else []
        self.run("env", f"REPORT={report}", "busybox", "udhcpc", "-i", "wlan0", "-n", "-q", "-t", str(wait_s),
                 "-T", "1", "-O", "114", "-s", str(_HERE / "lease.sh"), *wish)  # fmt: skip
        lease = dict(line.partition("=")[::2] for line in report.read_text().splitlines())
        self.address, self.gateway = lease["ip"], lease.get("router", "")
        self.resolve_with(lease.get("dns", "").split(" ")[0])
        return self.address

    def get(
        self,
        host: str,
        path: str = "/",
        *,
        at: str = "",
        port: int = 80,
        method: str = "GET",
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 10,
    ) -> Reply:
        """Ask a web server, found by DNS unless it is said where it is; redirects are not followed."""
        target = at or (self.resolve(host) or [""])[0]
        if not target:
            raise OSError(f"{host} is not known")
        connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
        connection.sock = self.socket()
        try:
            connection.sock.settimeout(timeout_s)
            connection.sock.connect((target, port))
            connection.request(method, path, body, {"Host": host, **(headers or {})})
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def post(self, path: str, host: str = NAME, **options: Any) -> Reply:
        """Press a button of the portal."""
        form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://{host}"}
        return self.get(host, path, method="POST", body="", headers=form, **options)

    def resolve(self, name: str, kind: int = 1, server: str = "", timeout_s: float = 5) -> list[str]:
        """Ask a name server (RFC 1035) and return the addresses of the answer; [] for none."""
        return [text for kind_found, text in self.query(name, kind, server, timeout_s)[1] if kind_found == kind]

    def query(
        self, name: str, kind: int = 1, server: str = "", timeout_s: float = 5
    ) -> tuple[int, list[tuple[int, str]]]:
        """Ask a name server; return the response code and (type, address) of each answer."""
        labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
        number = int.from_bytes(os.urandom(2))
        question = struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, 1)
        with self.socket(kind=socket.SOCK_DGRAM) as asking:
            asking.settimeout(timeout_s)
            asking.sendto(question, (server or self.gateway or HUB, 53))
            said = asking.recv(4096)
        flags, questions, answers = struct.unpack("!HHH", said[2:8])
        assert (said[:2], questions) == (question[:2], 1)
        at, found = len(question), []
        for _ in range(answers):
            at = _past_name(said, at)
            kind_found, _, _, length = struct.unpack("!HHIH", said[at : at + 10])
            data = said[at + 10 : at + 10 + length]
            family = {1: socket.AF_INET, 28: socket.AF_INET6}.get(kind_found)
            found.append((kind_found, socket.inet_ntop(family, data) if family else data.hex()))
            at += 10 + length
        return flags & 15, found


def _past_name(message: bytes, at: int) -> int:
    while message[at]:
        if message[at] >= 0xC0:
            return at + 2
        at += message[at] + 1
    return at + 1


class Village(contextlib.AbstractContextManager["Village"]):
    """Open it with `with`; the hub's programs are started one by one, or all with `open_house`.

    Args:
        folder: a folder of the test's own.
        content: where the books are; none: an empty shelf.
        changes: of the hub's configuration, as in its file: {"captive_portal": {"lease_minutes": 2}}.
    """

    def __init__(
        self, folder: Path, content: Path | None = None, changes: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        self.folder = folder
        self._prefix = f"hub-{os.getpid()}-{next(_count)}"
        self._phones = 0
        self._stack = contextlib.ExitStack()
        self.programs: dict[str, subprocess.Popen[bytes]] = {}
        self.config = self._configuration(changes or {})
        self.config.paths.state.mkdir(parents=True, exist_ok=True)
        self.config.paths.run.mkdir(exist_ok=True)
        if content:
            self.config.paths.content.symlink_to(content, target_is_directory=True)
        else:
            self.config.paths.content.mkdir(exist_ok=True)
        self._pythonpath = {**os.environ, "PYTHONPATH": str(_HERE.parent.parent), "PYTHONSAFEPATH": "1"}

    def _configuration(self, changes: Mapping[str, Mapping[str, Any]]) -> HubConfig:
        tree: dict[str, dict[str, Any]] = {
            "house": {
                "id": "lang-thu",
                "name": "Thử",
                "village_word": "làng",
                "commune": "Mới",
                "province": "Bắc Ninh",
            },
            "paths": {"data": str(self.folder / "data"), "run": str(self.folder / "run")},
            "web": {"name": NAME, "other_names": ["thuvien"], "workers": 1, "port": 8080},
            "captive_portal": {"mode": "outside-ap", "interface": "phones0"},
            "uplink": {"order": ["ethernet"]},
            "backhaul": {"probe_url": f"http://{PROVINCE}/hub", "interval_s": 1.0},
            "library": {"settle_s": 0.2, "scan_interval_s": 0.2},
        }
        for table, values in changes.items():
            tree[table] = {**tree.get(table, {}), **values}
        return HubConfig.model_validate(tree)

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            make = lambda suffix: stack.enter_context(contextlib.closing(Namespace(f"{self._prefix}-{suffix}")))  # noqa: E731
            self.hub, self.air, self.internet = make("hub"), make("air"), make("net")
            self.air.ip("link", "add", "ap", "type", "bridge")
            self.air.ip("link", "set", "ap", "up")
            connect(self.hub, "phones0", self.air, "hub0")
            self.air.ip("link", "set", "hub0", "master", "ap")
            connect(self.hub, "eth0", self.internet, "eth0")
            self.hub.ip("addr", "add", self.config.captive_portal.address, "dev", "phones0")
            self.hub.ip("addr", "add", "203.0.113.2/24", "dev", "eth0")
            self.hub.ip("route", "add", "default", "via", INTERNET)
            self.settle_kernel()
            self.internet.ip("addr", "add", f"{INTERNET}/24", "dev", "eth0")
            self.hub.resolve_with(INTERNET)
            self.start_internet()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in reversed(list(self.programs)):
            self.stop(name)
        self._stack.close()

    def settle_kernel(self) -> None:
        """Have the kernel keep the hub's own settings, those that are a namespace's and whose interface is there."""
        lines = [
            line.replace(" ", "") for line in sysctl(self.config).splitlines() if "/conf/" in line or "_forward" in line
        ]
        self.hub.run("sysctl", "--quiet", "--ignore", "--write", *lines)

    def start_internet(self) -> None:
        """Have the internet's servers answer."""
        self.internet.start("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
                            "--user=root", "--bind-interfaces", "--interface=eth0", "--except-interface=lo",
                            "--local-ttl=60", "--pid-file=", f"--address=/#/{INTERNET}")  # fmt: skip
        self.internet.start(sys.executable, str(_HERE / "internet.py"), PROVINCE, log=self.folder / "internet.log")

    def cut(self) -> None:
        """Cut the cable to the internet."""
        self.internet.ip("link", "set", "eth0", "down")

    def mend(self) -> None:
        """Mend the cable to the internet."""
        self.internet.ip("link", "set", "eth0", "up")
        with contextlib.suppress(RuntimeError):
            self.hub.ip("route", "add", "default", "via", INTERNET)

    def apply(self) -> Path:
        """Write hub.toml and the files of the run folder, as `hub apply` does; return the path of hub.toml."""
        path = self.folder / "hub.toml"
        path.write_text(to_toml(self.config))
        place_run_files(self.config)
        return path

    def start(self, name: str, *args: str) -> None:
        """Start a program in the hub's namespace."""
        log = self.folder / f"{name}.log"
        self.programs[name] = self.hub.start(*args, log=log, environment=self._pythonpath)

    def start_service(self, service: str) -> None:
        """Start one of the hub's own services."""
        self.start(service, sys.executable, "-m", "hub.cli", "run", service, "--config", str(self.folder / "hub.toml"))

    def stop(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        """Stop a program of the hub."""
        self.hub.end(self.programs.pop(name), number)

    def open_house(self, *services: str) -> None:
        """Start everything and wait until it answers."""
        self.apply()
        for service in services or ("gate", "shelf", "web"):
            self.start_service(service)
        self.start_dnsmasq()
        self.start("nginx", "nginx", "-c", str(self.placed("nginx.conf")), "-g", "daemon off;")
        run = self.config.paths.run
        for service in ("gate", "shelf"):
            if service in self.programs:
                until(lambda service=service: (run / f"{service}.sock").exists(), 30, f"{service}: {self.log(service)}")
        if "web" in self.programs:
            until(self._web_answers, 30, f"web: {self.log('web')} {self.log('nginx')}")

    def start_dnsmasq(self) -> None:
        """Start both name servers."""
        for which in ("house", "open"):
            conf = self.placed(f"dnsmasq-{which}.conf")
            self.start(f"dnsmasq-{which}", "dnsmasq", "--keep-in-foreground", f"--conf-file={conf}", "--user=root")

    def placed(self, name: str) -> Path:
        """Where `hub apply` put a file of the run folder."""
        return next(path for path in self.folder.rglob(name) if path.is_file())

    def log(self, name: str) -> str:
        """What a program said so far."""
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace")[-3000:] if path.exists() else ""

    def _web_answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=5)
        connection.sock = self.hub.socket()
        try:
            connection.sock.connect(("127.0.0.1", 80))
            connection.request("GET", "/healthz", headers={"Host": NAME})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def phone(self, *, joined: bool = True) -> Phone:
        """Bring a phone into the house."""
        self._phones += 1
        number = self._phones
        mac = f"02:00:5e:00:{number >> 8:02x}:{number & 255:02x}"
        phone = self._stack.enter_context(contextlib.closing(Phone(f"{self._prefix}-p{number}", mac, self.folder)))
        connect(phone, "wlan0", self.air, f"port{number}", (mac, ""))
        self.air.ip("link", "set", f"port{number}", "master", "ap")
        self.air.run("bridge", "link", "set", "dev", f"port{number}", "isolated", "on")
        if joined:
            phone.join()
        return phone

    def ask_gate(self, target: str, method: str = "GET") -> dict[str, Any]:
        """Ask the gate on its socket."""
        return ask(self.config.paths.socket("gate"), target, method)[1]

    def backhaul_is(self, state: str, seconds: float = 15) -> float:
        """Wait until the gate says so; return how long it took, in seconds."""
        began = time.monotonic()

        def is_so() -> bool:
            with contextlib.suppress(SocketError):
                return bool(self.ask_gate("/status").get("backhaul") == state)
            return False

        until(is_so, seconds, f"backhaul {state}: {self.log('gate')}")
        return time.monotonic() - began


@contextlib.contextmanager
def open_village(folder: Path, content: Path | None = None, **changes: Mapping[str, Any]) -> Iterator[Village]:
    """A village whose hub answers and has found the internet."""
    with Village(folder, content, changes) as village:
        village.open_house()
        village.backhaul_is("up")
        yield village


def pretty(answer: Mapping[str, Any]) -> str:
    """For messages of failed tests."""
    return json.dumps(answer, ensure_ascii=False)
