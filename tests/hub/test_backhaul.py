"""`hub.backhaul` looks at the kernel's tables, tells every change once, and never stops looking."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from hub.backhaul import Backhaul, State
from hub.config import HubConfig, validate
from hub.errors import CommandError

HOUSE = {"id": "t", "name": "Thử", "village_word": "bản", "commune": "Mới", "province": "Bắc Ninh"}
UP, DOWN, UNKNOWN = State.UP, State.DOWN, State.UNKNOWN


class Machine:
    """A pretended kernel: its tables lie in a folder, and `ip route` changes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.commands: list[tuple[str, ...]] = []
        self.broken = False
        self.routes: dict[tuple[str, int], str] = {}
        for name in ("proc", "sys", "links", "run"):
            (folder / name).mkdir()
        (folder / "resolv.conf").write_text("nameserver 192.0.2.53\n")
        (folder / "proc" / "dev").write_text("Inter-|\n face |\n    lo: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n")
        self._write()

    def route(self, interface: str, metric: int, gateway: str = "192.168.1.1") -> None:
        self.routes[interface, metric] = gateway
        self._write()

    def lose(self, interface: str, metric: int) -> None:
        del self.routes[interface, metric]
        self._write()

    def carrier(self, interface: str, there: bool) -> None:
        (self.folder / "sys" / interface).mkdir(exist_ok=True)
        (self.folder / "sys" / interface / "carrier").write_text(f"{there:d}\n")

    def ip(self, args: Sequence[str]) -> str:
        self.commands.append(tuple(args))
        if self.broken:
            raise CommandError("ip failed (status 2): RTNETLINK answers: Operation not permitted", "")
        match list(args):
            case ["ip", "-4", "route", "add", "default", "via", gateway, "dev", interface, "metric", metric]:
                self.route(interface, int(metric), gateway)
            case ["ip", "-4", "route", "delete", "default", "metric", metric]:
                self.lose(*next(key for key in self.routes if key[1] == int(metric)))
            case _:
                raise CommandError(f"{args} is no command that is known here", "")
        return ""

    def _write(self) -> None:
        head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        lines = [
            "\t".join([name, "00000000", _number(via), "0003", "0", "0", str(metric), "00000000", "0", "0", "0\n"])
            for (name, metric), via in self.routes.items()
        ]
        new = self.folder / "proc" / "new"
        new.write_text(head + "".join(lines))
        new.replace(self.folder / "proc" / "route")


def _number(address: str) -> str:
    return f"{struct.unpack('=I', socket.inet_aton(address))[0]:08X}"


class Ears:
    """Remembers what was told."""

    def __init__(self) -> None:
        self.heard: list[State] = []
        self.deaf = 0

    def __call__(self, state: State) -> None:
        if self.deaf:
            self.deaf -= 1
            raise RuntimeError("the wall does not stand yet")
        self.heard.append(state)

    def wait(self, *states: State) -> None:
        deadline = time.monotonic() + 20
        while self.heard != list(states) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert self.heard == list(states)


@pytest.fixture
def page() -> Iterator[str]:
    """The province's page, on this machine."""
    stopping = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)

        def serve() -> None:
            while not stopping.is_set():
                with contextlib.suppress(OSError):
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(4096)
                        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/hub"
        stopping.set()
        thread.join()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def config_with(folder: Path, url: str, order: Sequence[str] = ("ethernet",), **portal: Any) -> HubConfig:
    tree: dict[str, Any] = {
        "house": HOUSE,
        "paths": {"data": str(folder), "run": str(folder / "run")},
        "web": {"name": "thuvien.lan"},
        "captive_portal": portal,
        "uplink": {"order": list(order)},
        "backhaul": {"probe_url": url, "interval_s": 0.2},
    }
    return validate(tree, "hub.toml")


@pytest.fixture
def watch(machine: Machine, page: str) -> Iterator[Callable[..., Ears]]:
    """Begins to watch the pretended machine, and returns who hears of it."""
    with contextlib.ExitStack() as stack:

        def begin(ears: Ears | None = None, **portal: Any) -> Ears:
            ears, folder = ears or Ears(), machine.folder
            places = {"proc": folder / "proc", "sys": folder / "sys", "links": folder / "links"}
            config = config_with(folder, page, **portal)
            backhaul = Backhaul(config, ears, command=machine.ip, system_resolv=folder / "resolv.conf", **places)
            stack.callback(backhaul.start().stop)
            return ears

        yield begin


def test_a_house_without_ways_out_hears_so_and_nothing_is_asked(machine: Machine) -> None:
    ears = Ears()
    backhaul = Backhaul(config_with(machine.folder, "", order=()), ears, proc=machine.folder / "nowhere")
    backhaul.start().stop()
    assert ears.heard == [State.NONE]
    assert backhaul.state is State.NONE


def test_changes_are_told_once(machine: Machine, watch: Callable[..., Ears]) -> None:
    machine.route("lo", 100)
    ears = watch()
    ears.wait(UNKNOWN, UP)
    time.sleep(0.6)
    machine.lose("lo", 100)
    ears.wait(UNKNOWN, UP, DOWN)
    machine.route("lo", 100)
    ears.wait(UNKNOWN, UP, DOWN, UP)
    machine.carrier("lo", False)
    ears.wait(UNKNOWN, UP, DOWN, UP, DOWN)


def test_who_could_not_listen_is_told_again(machine: Machine, watch: Callable[..., Ears]) -> None:
    machine.route("lo", 100)
    ears = Ears()
    ears.deaf = 3
    watch(ears)
    ears.wait(UP)


def test_the_phones_interface_is_no_way_out(machine: Machine, watch: Callable[..., Ears]) -> None:
    machine.route("lo", 100)
    ears = watch(mode="outside-ap", interface="lo")
    ears.wait(DOWN)
    time.sleep(0.5)
    assert ears.heard == [DOWN]


def test_the_name_servers_are_those_of_the_way_in_use(machine: Machine, watch: Callable[..., Ears]) -> None:
    index = socket.if_nametoindex("lo")
    (machine.folder / "links" / str(index)).write_text("DNS=10.1.1.1 10.1.1.2\n")
    machine.route("no-such0", 100)
    machine.route("lo", 200)
    watch().wait(UNKNOWN, UP)
    deadline = time.monotonic() + 20
    resolv = machine.folder / "run" / "resolv.conf"
    while "10.1.1.1" not in resolv.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert resolv.read_text() == "nameserver 10.1.1.1\nnameserver 10.1.1.2\n"


def test_the_kernel_is_steered_to_what_works_and_back(machine: Machine, watch: Callable[..., Ears]) -> None:
    machine.route("no-such0", 100, "192.168.1.1")
    machine.route("lo", 200, "192.168.42.129")
    watch().wait(UNKNOWN, UP)
    deadline = time.monotonic() + 20
    while ("lo", 50) not in machine.routes and time.monotonic() < deadline:
        time.sleep(0.02)
    assert machine.routes["lo", 50] == "192.168.42.129"
    machine.lose("no-such0", 100)  # now it is the best one anyway
    while ("lo", 50) in machine.routes and time.monotonic() < deadline:
        time.sleep(0.02)
    assert machine.routes == {("lo", 200): "192.168.42.129"}
    assert len(machine.commands) == 2


def test_what_an_earlier_gate_steered_is_taken_back(machine: Machine, watch: Callable[..., Ears]) -> None:
    machine.route("gone0", 50)
    machine.route("lo", 100)
    watch().wait(UNKNOWN, UP)
    assert machine.commands == [("ip", "-4", "route", "delete", "default", "metric", "50")]


def test_a_kernel_that_refuses_is_asked_seldom_and_the_internet_stays(
    machine: Machine, watch: Callable[..., Ears]
) -> None:
    machine.broken = True
    machine.route("no-such0", 100)
    machine.route("lo", 200)
    ears = watch()
    ears.wait(UNKNOWN, UP)
    time.sleep(0.8)
    assert len(machine.commands) == 1
    assert ears.heard == [UNKNOWN, UP]


def test_tables_that_cannot_be_read_do_not_end_the_watch(machine: Machine, watch: Callable[..., Ears]) -> None:
    table = machine.folder / "proc" / "route"
    table.unlink()
    ears = watch()
    time.sleep(0.6)
    machine.route("lo", 100)
    ears.wait(UNKNOWN, UP)
