"""`hub.backhaul` before real routers: cables are pulled, servers vanish, portals stand in the way, links are two."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from namespaces import Namespace, connect, missing, until

from hub.config import HouseConfig, HubConfig, PathsConfig
from hub.example import to_toml
from hub.uplink_config import BackhaulConfig, UplinkConfig

SUPPORT = Path(__file__).parents[1] / "support"
PROVINCE, PAGE, NAMES = "hub.tinh.example", "203.0.113.5", "203.0.113.53"

pytestmark = pytest.mark.skipif(bool(missing("ip", "dnsmasq")), reason=missing("ip", "dnsmasq"))


class Router:
    """A router with the whole internet behind it: its name server, and the province's page."""

    def __init__(self, name: str, hub: Namespace, interface: str, number: int, metric: int) -> None:
        self.space = Namespace(name)
        self.gateway = f"192.168.{number}.1"
        connect(hub, interface, self.space, "lan")
        self.space.ip("address", "add", f"{self.gateway}/24", "dev", "lan")
        for address in (PAGE, NAMES):
            self.space.ip("address", "add", f"{address}/32", "dev", "lo")
        hub.ip("address", "add", f"192.168.{number}.2/24", "dev", interface)
        self.route = ("default", "via", self.gateway, "dev", interface, "metric", str(metric))
        hub.ip("route", "add", *self.route)
        self._names: Any = None
        self._web: Any = None
        self.serve_names()
        self.serve_page()

    def serve_names(self) -> None:
        options = ("--conf-file=/dev/null", "--no-resolv", "--no-hosts", f"--address=/{PROVINCE}/{PAGE}", "--pid-file=")
        self._names = self.space.start("dnsmasq", "--keep-in-foreground", "--user=root", *options)

    def lose_names(self) -> None:
        self.space.end(self._names)

    def serve_page(self, script: str = "internet.py") -> None:
        self._web = self.space.start(sys.executable, str(SUPPORT / script), PROVINCE)

    def lose_page(self) -> None:
        self.space.end(self._web)

    def freeze_page(self, frozen: bool) -> None:
        os.killpg(self._web.pid, signal.SIGSTOP if frozen else signal.SIGCONT)

    def cable(self, state: str) -> None:
        self.space.ip("link", "set", "lan", state)


class House:
    """A hub whose watch writes down what it tells."""

    def __init__(self, folder: Path, name: str, interval_s: float) -> None:
        self.folder = folder
        self.hub = Namespace(f"{name}-h")
        self.first = Router(f"{name}-1", self.hub, "eth0", 7, 100)
        self.second = Router(f"{name}-2", self.hub, "usb0", 42, 200)
        self.hub.resolve_with(NAMES)  # networkd is not here to say which router has which
        (folder / "run").mkdir()
        config = HubConfig(
            house=HouseConfig(id="t", name="Thử", village_word="bản", commune="Mới", province="Bắc Ninh"),
            paths=PathsConfig(data=folder, run=folder / "run"),
            uplink=UplinkConfig(order=["ethernet", "usb-modem"]),
            backhaul=BackhaulConfig(probe_url=f"http://{PROVINCE}/hub", interval_s=interval_s),
        )
        (folder / "hub.toml").write_text(to_toml(config))
        self.log = folder / "told"

    def watch(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(SUPPORT.parents[1])}
        script = str(SUPPORT / "ways_out_watch.py")
        self.hub.start(sys.executable, script, str(self.folder / "hub.toml"), log=self.log, environment=environment)

    def told(self) -> list[str]:
        return [line.split()[1] for line in self._lines()]

    def hears(self, state: str, what: str, since: float | None = None) -> None:
        """Wait for the next change, and print how long it took: a busy machine may be slow, so it is no condition."""
        began = time.monotonic() if since is None else since
        until(lambda: self._lines() and self._lines()[-1].split()[1] == state, 30, f"{state} after: {what}")
        print(f"{what}: {state} after {float(self._lines()[-1].split()[0]) - began:.2f} s")

    def way(self) -> str:
        """The interface over which the province's page is reached."""
        return self.hub.ip("route", "get", PAGE).partition(" dev ")[2].split()[0]

    def _lines(self) -> list[str]:
        text = self.log.read_text() if self.log.exists() else ""
        return [line for line in text.splitlines() if line[:1].isdigit()]

    def close(self) -> None:
        for router in (self.first, self.second):
            router.freeze_page(False)
        for space in (self.hub, self.first.space, self.second.space):
            space.close()


@pytest.fixture
def house(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    opened = House(tmp_path, f"hub-{os.getpid()}-bh", getattr(request, "param", 0.3))
    yield opened
    opened.close()


def test_each_way_to_lose_a_link_and_find_it(house: House) -> None:
    house.second.cable("down")
    house.watch()
    house.hears("up", "the hub starts")
    assert (house.folder / "run" / "resolv.conf").read_text() == f"nameserver {NAMES}\n"
    for _ in range(2):  # a link that stutters stays
        house.first.freeze_page(True)
        time.sleep(0.6)
        house.first.freeze_page(False)
        time.sleep(0.4)
    assert house.told() == ["unknown", "up"]
    house.first.cable("down")
    house.hears("down", "the cable is pulled")
    house.first.cable("up")
    house.hub.ip("route", "replace", *house.first.route)
    house.hears("up", "the cable is back")
    house.first.lose_names()
    house.hears("down", "names are gone")
    house.first.serve_names()
    house.hears("up", "names are back")
    house.first.lose_page()
    house.first.serve_page("sign_in_first.py")
    house.hears("login", "the router wants to be signed in to")
    house.first.lose_page()
    house.first.serve_page()
    house.hears("up", "somebody has signed in")
    assert house.told() == ["unknown", "up", "down", "up", "down", "up", "login", "up"]


@pytest.mark.parametrize(
    "house", [0.5, pytest.param(2.0, marks=pytest.mark.long, id="as in a real house")], indirect=True
)
def test_a_second_link_helps_while_the_first_one_leads_nowhere(house: House) -> None:
    house.watch()
    house.hears("up", "the hub starts")
    until(lambda: house.way() == "eth0", 30, "the first link is taken")
    for router in (house.first, house.second):  # both are there and know names, but nothing is behind them
        router.freeze_page(True)
    house.hears("down", "pages are silent")
    house.second.freeze_page(False)
    house.hears("up", "the page answers over the second link")
    until(lambda: house.way() == "usb0", 30, "the second link is taken")
    house.second.cable("down")
    house.hears("down", "the second link is pulled")
    house.first.freeze_page(False)
    house.hears("up", "the page answers over the first link")
    until(lambda: house.way() == "eth0", 30, "the first link is taken")
    assert "metric 50" not in house.hub.ip("route", "show", "default")
