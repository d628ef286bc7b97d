"""Finds out, within five seconds, whether the internet can be reached, over which way out, and tells whoever must know.

A way out is an interface with a default route. Each is asked for the province's page on its own; the best one that
works is used, also when that is not the one the routing table would take. `hub.ways` decides; here is looked and acted.
"""

import logging
import queue
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Self

from hub.config import HubConfig
from hub.errors import HubError
from hub.link_tables import Route, default_routes, link_servers, received_bytes, resolv_servers
from hub.probing import Finding, Page, probe
from hub.system import atomic_write, run
from hub.uplinks import STEERED_METRIC, resolv_file
from hub.ways import DOUBT_S, State, Way, asked, choose, heard, pause_s, summary, waited

__all__ = ["Backhaul", "State"]

logger = logging.getLogger(__name__)

_BUSY_BYTES_PER_S: Final = 4096
_TICK_S: Final = 0.25


class Backhaul:
    """Watches the ways out from threads of its own.

    Args:
        config: the whole hub.toml.
        tell: hears every change, from another thread; when it fails it is told again a little later.
        somebody: whether anybody is in the house; when nobody is, a working link is asked less often.
        command: runs a program (`hub.system.run`).
        proc: the folder of the kernel's tables.
        sys: the folder of the kernel's devices.
        links: where networkd keeps what it knows of each link.
        system_resolv: name servers for links that networkd does not look after.

    Attributes:
        state: what is known now, as it was last told.
    """

    def __init__(
        self,
        config: HubConfig,
        tell: Callable[[State], None],
        *,
        somebody: Callable[[], bool] = lambda: True,
        command: Callable[[Sequence[str]], str] = run,
        proc: Path = Path("/proc/net"),
        sys: Path = Path("/sys/class/net"),
        links: Path = Path("/run/systemd/netif/links"),
        system_resolv: Path = Path("/etc/resolv.conf"),
    ) -> None:
        self._watched = bool(config.uplink.order)
        self.state = State.UNKNOWN if self._watched else State.NONE
        portal = config.captive_portal
        self._not_out = {portal.interface} if portal.gated else set()
        self._page = Page.at(config.backhaul.probe_url, config.backhaul.probe_answer)
        self._interval_s = config.backhaul.interval_s
        self._resolv = resolv_file(config.paths)
        self._tell, self._somebody, self._command = tell, somebody, command
        self._proc, self._sys, self._links, self._system_resolv = proc, sys, links, system_resolv
        self._ways: dict[str, Way] = {}
        self._ended_at: dict[str, float] = {}
        self._under_way: set[str] = set()
        self._received: dict[str, int] = {}
        self._received_at = 0.0
        self._busy: frozenset[str] = frozenset()
        self._chosen = ""
        self._told: State | None = None
        self._resting_until = 0.0
        self._stopping = threading.Event()
        self._findings: queue.SimpleQueue[tuple[str, Finding] | None] = queue.SimpleQueue()
        self._probes: ThreadPoolExecutor | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Begin to watch; without any way out in the configuration that is only said once."""
        if not self._watched:
            self._say(State.NONE)
            return self
        self._probes = ThreadPoolExecutor(max_workers=3, thread_name_prefix="probe")
        self._thread = threading.Thread(target=self._watch, name="backhaul", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """End; takes as long as the probe that is under way, a few seconds at most."""
        self._stopping.set()
        self._findings.put(None)
        if self._thread:
            self._thread.join()
        if self._probes:
            self._probes.shutdown(cancel_futures=True)

    def _watch(self) -> None:
        troubled = False
        while not self._stopping.is_set():
            try:
                self._look()
                troubled = False
            except Exception:
                if not troubled:
                    logger.exception("the ways out could not be looked at")
                troubled = True
            try:
                found = self._findings.get(timeout=_TICK_S)
            except queue.Empty:
                continue
            if found is not None:
                self._take(*found)

    def _take(self, interface: str, finding: Finding) -> None:
        now = time.monotonic()
        self._under_way.discard(interface)
        self._ended_at[interface] = now
        if interface in self._ways:
            self._ways[interface] = heard(self._ways[interface], finding, now)

    def _look(self) -> None:
        now = time.monotonic()
        table = default_routes((self._proc / "route").read_text())
        routes = {
            r.interface: r for r in reversed(table) if r.metric != STEERED_METRIC and self._leads_out(r.interface)
        }
        routes = dict(sorted(routes.items(), key=lambda item: item[1].metric))
        self._see_traffic(now)
        ways = {name: self._ways.get(name) or Way(since=now) for name in routes}
        self._ways = {name: waited(way, now, name in self._busy) for name, way in ways.items()}
        self._chosen = choose(self._ways, self._chosen, now)
        servers = {name: self._servers(name) for name in routes}
        if self._chosen:
            self._write_resolv(servers[self._chosen])
        self._steer(routes, [route for route in table if route.metric == STEERED_METRIC], now)
        self._say(summary(self._ways))
        self._probe_who_is_due(servers, now)

    def _leads_out(self, interface: str) -> bool:
        if interface in self._not_out:
            return False
        try:
            return (self._sys / interface / "carrier").read_text().strip() != "0"
        except OSError:
            return True  # a kind of interface that has none

    def _see_traffic(self, now: float) -> None:
        if now - self._received_at < 1.0:
            return
        received, past_s = received_bytes((self._proc / "dev").read_text()), now - self._received_at
        busy = (n for n, count in received.items() if count - self._received.get(n, count) > _BUSY_BYTES_PER_S * past_s)
        self._busy, self._received, self._received_at = frozenset(busy), received, now

    def _servers(self, interface: str) -> list[str]:
        try:
            servers = link_servers((self._links / str(socket.if_nametoindex(interface))).read_text())
        except OSError:
            servers = []
        try:
            return servers or resolv_servers(self._system_resolv.read_text())
        except OSError:
            return []

    def _write_resolv(self, servers: Sequence[str]) -> None:
        text = "".join(f"nameserver {server}\n" for server in servers)
        try:
            same = self._resolv.read_text() == text
        except OSError:
            same = False
        if text and not same:
            atomic_write(self._resolv, text.encode())
            logger.info("the name servers of %s are used", self._chosen)

    def _steer(self, routes: Mapping[str, Route], steered: Sequence[Route], now: float) -> None:
        """Have the kernel take the chosen way out when it would take another one."""
        if now < self._resting_until:
            return
        route = routes.get(self._chosen)
        wanted = route if route and self._chosen != next(iter(routes)) else None
        if [(r.interface, r.gateway) for r in steered] == ([(wanted.interface, wanted.gateway)] if wanted else []):
            return
        metric = ["metric", str(STEERED_METRIC)]
        try:
            for _ in steered:
                self._command(["ip", "-4", "route", "delete", "default", *metric])
            if wanted:
                via = ["via", wanted.gateway] if wanted.gateway else []
                self._command(["ip", "-4", "route", "add", "default", *via, "dev", wanted.interface, *metric])
            logger.info("the way out is %s", self._chosen or "gone")
        except HubError as error:
            self._resting_until = now + 10.0
            logger.warning("the way out cannot be changed: %s", error.message)

    def _say(self, state: State) -> None:
        if state is State.UNKNOWN and self._told is not None:
            return  # a new way out says nothing yet: what was told holds until it does
        self.state = state
        if state is self._told:
            return
        try:
            self._tell(state)
        except Exception:
            logger.exception("nobody could be told that the internet is %s", state)
            return
        logger.info("the internet is %s", state)
        self._told = state

    def _probe_who_is_due(self, servers: Mapping[str, Sequence[str]], now: float) -> None:
        if self._probes is None:
            return
        somebody = self._somebody()
        for name, way in self._ways.items():
            due = self._ended_at.get(name, 0.0) + pause_s(way, self._interval_s, somebody)
            if name not in self._under_way and now >= due:
                self._ways[name] = asked(way, now)
                self._under_way.add(name)
                self._probes.submit(self._probe, name, tuple(servers[name]))

    def _probe(self, interface: str, servers: Sequence[str]) -> None:
        finding = Finding.NO_ANSWER
        try:
            finding = probe(self._page, interface, servers, DOUBT_S)
        except Exception:
            logger.exception("a probe failed in an unexpected way")
        finally:
            self._findings.put((interface, finding))
