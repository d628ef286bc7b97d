"""Puts the gate together: the wall and its keeper, the watch over the Wi-Fi, and the watch over the ways out."""

import contextlib
import functools
import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from flask import Flask

from captive_portal import radios
from captive_portal.access_point import AccessPoint
from captive_portal.allowances import AllowancesInMemory
from captive_portal.allowances_file import AllowancesFile
from captive_portal.days import SystemClock
from captive_portal.errors import WallError
from captive_portal.gate import Limits
from captive_portal.gatekeeper import Gatekeeper
from captive_portal.guests import Guests
from captive_portal.hostapd_control import Hostapd
from captive_portal.lease_log import witness_for
from captive_portal.neighbours import kernel_neighbours
from captive_portal.pretend import PretendWall, invented_mac
from captive_portal.programs import ChildProcess, Program, SystemdUnit
from captive_portal.service import Radio, create_app
from captive_portal.shaping import Shaping
from captive_portal.wall import Nftables
from hub.apply import HOSTAPD_CONTROL, RUN_FILES, place_run_files
from hub.backhaul import Backhaul, State
from hub.config import HubConfig
from hub.folders import make_writable
from hub.lifeline import die_with_parent
from hub.modem import Modem
from hub.system import atomic_write, run

logger = logging.getLogger(__name__)

_SYS = Path("/sys")
_HOSTAPD_UNIT = "hub-hostapd.service"  # its output is thrown away: docs/decisions/0010-gate.md


@contextlib.contextmanager
def open_gate(config: HubConfig) -> Iterator[Flask]:
    """Open the gate of this hub, and close it afterwards; who was let in stays so until the kernel's own time is over.

    Yields:
        The gate's site.

    Raises:
        HubError, CaptivePortalError: it cannot be opened, with a hint.
    """
    portal = config.captive_portal
    if portal.mode == "none":
        yield create_app(portal)
        return
    limits, clock = Limits.of(portal.internet), SystemClock()
    with ExitStack() as stack:
        if portal.mode == "pretend":
            keeper = Gatekeeper(limits, PretendWall(clock), AllowancesInMemory(), clock, invented_mac)
            _keep(keeper, stack)
            keeper.set_backhaul("up")
            yield create_app(portal, keeper)
            return
        make_writable(config.paths.state)
        witness = witness_for(config.retention, config.paths.state / "lease-log", clock, atomic_write)
        if witness is not None:
            stack.callback(witness.close)
        programs = _programs(config, stack)
        keeper = Gatekeeper(
            limits,
            Nftables(portal, run),
            AllowancesFile(config.paths.state / "gate.sqlite"),
            clock,
            kernel_neighbours(portal.interface),
            Guests(portal.network, portal.hub_address),
            witness.note if witness is not None else None,
        )
        _keep(keeper, stack)
        sharing = _Sharing(Shaping(portal, run, config.paths.run))
        stack.callback(sharing.end)

        def hear(state: State) -> None:
            keeper.set_backhaul(state.value)
            if state is State.UP:
                sharing.begin()

        stack.callback(Modem(config).start().stop)
        stack.callback(Backhaul(config, hear, somebody=lambda: keeper.crowd().phones > 0).start().stop)
        radio = _watched_radio(config, programs.get("hostapd"), stack) if portal.mode == "access-point" else Radio
        yield create_app(portal, keeper, radio, config.retention)


class _Sharing:
    """Shares the link out once it is there; a link that cannot be shared out is still a link."""

    def __init__(self, shaping: Shaping) -> None:
        self._shaping = shaping
        self._begun = False
        self._turn = threading.Lock()

    def begin(self) -> None:
        with self._turn:
            if self._begun:
                return
            try:
                self._shaping.raise_up()
                self._begun = True
            except WallError as error:
                logger.warning("%s %s", error.message, error.hint)

    def end(self) -> None:
        with self._turn:
            self._shaping.take_down()


def _keep(keeper: Gatekeeper, stack: ExitStack) -> None:
    keeper.start()
    stack.callback(keeper.stop)


def _programs(config: HubConfig, stack: ExitStack) -> dict[str, Program]:
    """Hostapd and dnsmasq: the gate's own children, or units that systemd runs anyway."""
    portal, folder = config.captive_portal, config.paths.run
    if portal.programs == "systemd":
        return {"hostapd": SystemdUnit(_HOSTAPD_UNIT, run)}
    place_run_files(config)
    dnsmasq = ("dnsmasq", "--keep-in-foreground", "--user=root")
    commands: dict[str, Sequence[str]] = {
        "dnsmasq-house": (*dnsmasq, f"--conf-file={folder / RUN_FILES['dnsmasq-house']}"),
        "dnsmasq-open": (*dnsmasq, f"--conf-file={folder / RUN_FILES['dnsmasq-open']}"),
    }
    if portal.mode == "access-point":
        commands = {"hostapd": ("hostapd", str(folder / RUN_FILES["hostapd"])), **commands}
    children: dict[str, Program] = {}
    for name, command in commands.items():
        children[name] = child = ChildProcess(command, tie=functools.partial(die_with_parent, os.getpid()))
        child.start()
        stack.callback(child.stop)
    return children


def _watched_radio(config: HubConfig, program: Program | None, stack: ExitStack) -> Callable[[], Radio]:
    portal = config.captive_portal
    profile = radios.chosen_profile(portal.radio, portal.interface)
    point = AccessPoint(
        Hostapd(config.paths.run / HOSTAPD_CONTROL, portal.interface),
        radios.most_phones(portal.radio, profile),
        rest_s=portal.radio.rest_minutes * 60.0 if portal.radio.make_room else None,
        look_at_radio=lambda: radios.look(portal.interface, _SYS, run),
        program=program,
    )
    point.start()
    stack.callback(point.stop)

    def radio() -> Radio:
        now = point.condition()
        trouble = now.trouble.value if now.trouble else ""
        return Radio(now.state, " ".join(filter(None, (now.problem, now.hint))), trouble, point.seats())

    return radio
