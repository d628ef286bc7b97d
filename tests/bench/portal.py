"""The portal's benchmark: the hub's Wi-Fi gate and openNDS, each before the same internet and the same phones.

Each has network namespaces of its own: a house, an access point that isolates its ports, an internet, and phones as
macvlan interfaces of one namespace, whose addresses come from busybox' udhcpc. One gate runs at a time, and is asked by
the same code. openNDS runs as Debian packages it, with dnsmasq, and with its own "click to continue" pages.

A time is taken at the phone, from before a connection is opened until the answer is whole; "best of three" says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

sys.path.insert(1, str(Path(__file__).resolve().parent.parent / "support"))

import book
from portal_backhaul import Switching, measure_switching
from portal_crowd import BadAnswerError, Guest, arriving, crowd
from portal_hub import SITE_PROGRAMS, House
from portal_opennds import OpenNds
from portal_probing import Probes, probe
from rows import Bench, Benchmark, Row, limit, load_average, no_slower, row
from servers import MemoryWatch, family
from village import INTERNET, Village

from captive_portal.places import PROBE_ADDRESS
from hub.config import WebConfig
from hub.uplink_config import BackhaulConfig

_PROBE_HOST: Final = "connectivitycheck.gstatic.com"
_PROBE_PATH: Final = "/generate_204"
_PROBE: Final = f"http://{_PROBE_HOST}{_PROBE_PATH}"
_MARK_PORT: Final = 7777
_ROUNDS: Final = 3
_COMMANDED: Final = 20
_DIGITS: Final = re.compile(r"\d+")
_MB: Final = 1024


class Gate(Protocol):
    """What this benchmark asks of a gate; its pages raise `BadAnswerError` when a phone cannot go on."""

    def start(self) -> None: ...
    def roots(self) -> list[int]: ...
    def admit(self, addresses: list[str]) -> int: ...
    def dismiss(self, addresses: list[str]) -> None: ...
    async def see_welcome(self, guest: Guest, portal: str) -> str: ...
    async def accept(self, guest: Guest, carried: str) -> None: ...
    async def go_online(self, guest: Guest, carried: str) -> None: ...
    async def finish(self, guest: Guest, carried: str) -> None: ...


@dataclass(frozen=True)
class Size:
    """How much is done.

    Attributes:
        regulars: phones that probe.
        crowd: phones that join at once.
        arrive_s: the time within which these come.
        patience_s: after which a phone of the crowd has failed.
        probe_s: length of one round of probing.
        every_s: how often each phone probes.
    """

    regulars: int = 60
    crowd: int = 250
    arrive_s: float = 10.0
    patience_s: float = 400.0
    probe_s: float = 5.0
    every_s: float = 0.5


_QUICK: Final = Size(regulars=10, crowd=10, arrive_s=1.0, patience_s=40.0, probe_s=1.0)


@dataclass
class Found:
    """One gate's figures; None where there is none.

    Attributes:
        probes: rounds of probing by standing: captive, welcomed, online.
        packet_ms: from a tap until the internet answers, for some phones.
        redirect_ms: a phone's first probe.
        by_pages, by_command: phones let in a second.
        joined, crowd_s: phones of the crowd that came through, and when the last one did, in seconds.
        failures: what stopped the others.
        troubles: what made phones try again.
        join_s, lease_s: what each phone of the crowd took until it saw the internet, and until it had an address.
        pss_mb, site_pss_mb: peaks of the gate's processes, and of the website's.
        gate_anonymous_mb: RssAnon of the gate.
    """

    probes: dict[str, list[Probes]] = field(default_factory=dict)
    packet_ms: list[float] = field(default_factory=list)
    redirect_ms: list[float] = field(default_factory=list)
    by_pages: float | None = None
    by_command: float | None = None
    joined: int = 0
    failures: list[str] = field(default_factory=list)
    troubles: Counter[str] = field(default_factory=Counter)
    crowd_s: float | None = None
    join_s: list[float] = field(default_factory=list)
    lease_s: list[float] = field(default_factory=list)
    pss_mb: float | None = None
    site_pss_mb: float | None = None
    gate_anonymous_mb: float | None = None

    @property
    def retries(self) -> int:
        """How often a phone of the crowd had to try again."""
        return self.troubles.total()

    def lost(self, standing: str) -> int:
        """Probes of all rounds that got no answer while a phone would have waited."""
        return sum(found.lost for found in self.probes.get(standing, []))

    def best_ms(self, standing: str, share: float) -> float | None:
        """The best round's share of the answers' times."""
        rounds = self.probes.get(standing)
        return min(found.share_ms(share) for found in rounds) if rounds else None


def measure(bench: Bench) -> list[Row]:
    """Run the benchmark."""
    size = _QUICK if bench.quick else Size()
    bench.console.print(
        f"{size.regulars} phones probing every {size.every_s:g} s, then {size.crowd} joining within"
        f" {size.arrive_s:g} s{', --quick: rough figures' if bench.quick else ''} ({load_average()})."
    )
    content = bench.work / "content"
    content.mkdir()
    (content / "bench.zim").symlink_to(book.make_book(bench).file)
    with _village(bench, "hub", content) as village:
        house = House(village)
        ours = _measure_gate(bench, "hub", house, village, size)
        switching = measure_switching(bench, village, 1 if bench.quick else _ROUNDS)
    with _village(bench, "opennds", None) as village:
        theirs = _measure_gate(bench, "openNDS", OpenNds(village), village, size)
    return _rows(ours, theirs, switching, size)


@contextlib.contextmanager
def _village(bench: Bench, name: str, content: Path | None) -> Iterator[Village]:
    folder = bench.work / name
    folder.mkdir()
    as_shipped = {
        "web": {"workers": WebConfig.model_fields["workers"].default},
        "backhaul": {"interval_s": BackhaulConfig.model_fields["interval_s"].default},
    }
    with Village(folder, content, as_shipped) as village:
        yield village


def _measure_gate(bench: Bench, name: str, gate: Gate, village: Village, size: Size) -> Found:
    found = Found()
    tell = lambda words: bench.console.print(f"  {name:8} {words} ({load_average()})")  # noqa: E731 - needs `name`
    gate.start()
    watch = MemoryWatch(gate.roots())
    watch.start()
    site = MemoryWatch([village.programs[one].pid for one in SITE_PROGRAMS if one in village.programs])
    site.start()
    with _internet_door(village):
        prefix = f"hub-{os.getpid()}-{name.lower()}"
        with crowd(f"{prefix}-few", village.air, size.regulars, village.folder / "few") as (space, guests):
            with space.entered():
                asyncio.run(_go_through_standings(found, gate, guests, size, tell))
            commanded = [guest.address for guest in guests][:_COMMANDED]
            gate.dismiss(commanded)
            with space.entered():
                probe(guests, PROBE_ADDRESS, _PROBE_HOST, _PROBE_PATH, 1.0, 1.0)
            begun = time.perf_counter()
            admitted = gate.admit(commanded)
            found.by_command = admitted / (time.perf_counter() - begun)
            tell(f"{found.by_command:.1f} phones let in a second by command, {len(commanded) - admitted} refused")
        with crowd(f"{prefix}-many", village.air, size.crowd, village.folder / "many") as (space, guests):
            with space.entered():
                asyncio.run(_let_all_come(found, gate, guests, size))
            told = f"of {len(guests)} phones {found.joined} came through in {found.crowd_s:.1f} s"
            tell(f"{told}, {found.retries} tried again, {len(found.failures)} failed")
            for trouble, count in found.troubles.most_common(4):
                tell(f"  {count} × {trouble}")
    watch.end()
    site.end()
    found.pss_mb, found.site_pss_mb = watch.peak_pss_mb, site.peak_pss_mb or None
    if "gate" in village.programs:
        found.gate_anonymous_mb = _anonymous_mb(village.programs["gate"].pid)
    return found


async def _go_through_standings(
    found: Found, gate: Gate, guests: list[Guest], size: Size, tell: Callable[[str], None]
) -> None:
    async def come(guest: Guest) -> str:
        await guest.join()
        begun = time.perf_counter()
        portal = (await guest.get(_PROBE, at=PROBE_ADDRESS)).follow()
        found.redirect_ms.append((time.perf_counter() - begun) * 1000)
        return portal

    portals = [await come(guest) for guest in guests]

    def probing(standing: str) -> None:
        target = PROBE_ADDRESS if standing != "online" else guests[0].names[_PROBE_HOST]
        for _ in range(_ROUNDS):
            one = probe(guests, target, _PROBE_HOST, _PROBE_PATH, size.every_s, size.probe_s)
            found.probes.setdefault(standing, []).append(one)
            told = f"{standing}: p50 {one.share_ms(0.5):.2f} ms, p99 {one.share_ms(0.99):.2f} ms"
            tell(f"{told}, {dict(one.statuses)}, {one.lost} lost")

    probing("captive")
    carried = [await gate.see_welcome(guest, portal) for guest, portal in zip(guests, portals, strict=True)]
    if isinstance(gate, House):
        for guest, one in zip(guests, carried, strict=True):
            await gate.go_to_library(guest, one)
        probing("welcomed")
    for guest, one in zip(guests, carried, strict=True):
        await gate.accept(guest, one)
    timed = guests[: 2 * _ROUNDS]
    for guest, one in zip(timed, carried, strict=False):
        found.packet_ms.append(await _tap_until_packet(guest, gate.go_online(guest, one)))
    tell(f"tap to packet: {', '.join(f'{one:.0f}' for one in sorted(found.packet_ms))} ms")
    turns = asyncio.Semaphore(8)

    async def tap(guest: Guest, one: str) -> bool:
        async with turns:
            with contextlib.suppress(BadAnswerError):
                await gate.go_online(guest, one)
                return True
        return False

    begun = time.perf_counter()
    late = list(zip(guests, carried, strict=True))[len(timed) :]
    opened = sum(await asyncio.gather(*(tap(guest, one) for guest, one in late)))
    found.by_pages = opened / (time.perf_counter() - begun)
    tell(f"{found.by_pages:.1f} phones let in a second by taps, {len(late) - opened} refused")
    for guest in guests:
        guest.names.clear()
        await guest.resolve(_PROBE_HOST)
    probing("online")


async def _tap_until_packet(guest: Guest, tap: Awaitable[None]) -> float:
    """Milliseconds from before a tap is sent until the internet's first packet is back."""
    loop = asyncio.get_running_loop()
    passed = asyncio.Event()

    async def knock() -> None:
        with contextlib.suppress(OSError, TimeoutError), guest.socket() as opened:
            async with asyncio.timeout(1):
                await loop.sock_connect(opened, (INTERNET, _MARK_PORT))
                passed.set()

    begun = time.perf_counter()
    tapping = asyncio.ensure_future(tap)
    knocks: set[asyncio.Task[None]] = set()
    while not passed.is_set() and time.perf_counter() < begun + 20:
        knocks.add(asyncio.create_task(knock()))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(passed.wait(), 0.02)
    took = (time.perf_counter() - begun) * 1000
    await asyncio.gather(tapping, *knocks, return_exceptions=True)
    return took


async def _let_all_come(found: Found, gate: Gate, guests: list[Guest], size: Size) -> None:
    loop = asyncio.get_running_loop()
    first = loop.time()

    async def go_through(guest: Guest) -> None:
        if not guest.address:
            begun = loop.time()
            await guest.join()
            found.lease_s.append(loop.time() - begun)
        said = await guest.get(_PROBE)
        if said.headers.get("x-internet") != "yes":
            carried = await gate.see_welcome(guest, said.follow())
            await gate.accept(guest, carried)
            await gate.go_online(guest, carried)
            await gate.finish(guest, carried)
            guest.names.clear()
        page = (await guest.get("http://tin-tuc.example/")).expect(200)
        if page.headers.get("x-internet") != "yes":
            raise BadAnswerError(f"not the internet's page: {page.body[:200]!r}")

    async def come(guest: Guest) -> None:
        begun, trouble = loop.time(), ""
        while loop.time() < begun + size.patience_s:
            try:
                async with asyncio.timeout(begun + size.patience_s - loop.time()):
                    await go_through(guest)
            except (BadAnswerError, TimeoutError) as error:
                trouble = str(error)[:300]
                guest.names.clear()
                found.troubles[_DIGITS.sub("N", trouble)[:90]] += 1
                await asyncio.sleep(1)
            else:
                found.joined += 1
                found.join_s.append(loop.time() - begun)
                return
        found.failures.append(trouble)

    coming = [asyncio.create_task(come(guest)) async for guest in arriving(guests, size.arrive_s)]
    await asyncio.gather(*coming)
    found.crowd_s = loop.time() - first


@contextlib.contextmanager
def _internet_door(village: Village) -> Iterator[None]:
    """A port of the internet that takes every connection and says nothing."""
    with village.internet.socket() as door:
        door.bind((INTERNET, _MARK_PORT))
        door.listen(4096)
        ending = threading.Event()

        def take() -> None:
            door.settimeout(0.2)
            while not ending.is_set():
                with contextlib.suppress(TimeoutError):
                    door.accept()[0].close()

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ending.set()
            thread.join()


def _anonymous_mb(process: int) -> float:
    """RssAnon of a process and all it started, in megabytes."""
    total = 0
    for member in family(process):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{member}/status").read_text("ascii").splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))
    return total / _MB


def _rows(ours: Found, theirs: Found, switching: Switching, size: Size) -> list[Row]:
    middle = lambda times: statistics.median(times) if times else None  # noqa: E731
    late = lambda times: sorted(times)[int(0.99 * (len(times) - 1))] if times else None  # noqa: E731
    phones = f"{size.regulars} phones"
    return [
        limit(f"probe p99, welcomed, {phones}, best of three", ours.best_ms("welcomed", 0.99), None, "ms", 10),
        row("probe p50, welcomed", ours.best_ms("welcomed", 0.5), None, "ms"),
        limit(
            f"probe p99, captive, {phones}, best of three",
            ours.best_ms("captive", 0.99), theirs.best_ms("captive", 0.99), "ms", 50,
        ),
        row("probe p50, captive", ours.best_ms("captive", 0.5), theirs.best_ms("captive", 0.5), "ms"),
        row("captive probes unanswered in 3 s", ours.lost("captive"), theirs.lost("captive"), "probes"),
        row("probe p99, online", ours.best_ms("online", 0.99), theirs.best_ms("online", 0.99), "ms"),
        row("first probe to redirect, median", middle(ours.redirect_ms), middle(theirs.redirect_ms), "ms"),
        limit(
            "tap to first packet, best of three", *(min(one.packet_ms, default=None) for one in (ours, theirs)),
            "ms", 200,
        ),
        row("phones let in by taps", ours.by_pages, theirs.by_pages, "/s"),
        row("phones let in by command", ours.by_command, theirs.by_command, "/s"),
        limit(f"{size.crowd} phones: failures", len(ours.failures), len(theirs.failures), "phones", 0),
        no_slower(f"{size.crowd} phones in {size.arrive_s:g} s: all through", ours.crowd_s, theirs.crowd_s, "s"),
        row("one of them, joining to a page, median", middle(ours.join_s), middle(theirs.join_s), "s"),
        row("one of them, p99", late(ours.join_s), late(theirs.join_s), "s"),
        row("of it the lease, median", middle(ours.lease_s), middle(theirs.lease_s), "s"),
        row("tried again", ours.retries, theirs.retries, "times"),
        row("peak memory, PSS, gate + DNS + DHCP (+ nginx)", ours.pss_mb, theirs.pss_mb, "MB"),
        row("the website besides, PSS", ours.site_pss_mb, None, "MB"),
        limit("RssAnon of the gate", ours.gate_anonymous_mb, None, "MB", 60),
        limit("backhaul lost, answers switched, best of three", switching.lost_s, None, "s", 5),
        limit("backhaul found, answers switched, best of three", switching.found_s, None, "s", 5),
        limit("leases lost meanwhile", switching.leases_lost, None, "leases", 0),
        limit("book downloads broken meanwhile", switching.downloads_broken, None, "downloads", 0),
    ]  # fmt: skip


BENCHMARK: Final = Benchmark(
    anchor="openNDS",
    needs={
        "opennds": "opennds", "iptables": "iptables", "nft": "nftables", "dnsmasq": "dnsmasq-base", "nginx": "nginx",
        "ip": "iproute2", "conntrack": "conntrack", "busybox": "busybox", "nsenter": "util-linux",
    },
    measure=measure,
)  # fmt: skip
