"""Has a USB modem unlock its SIM and connect, through ModemManager's mmcli(1).

Most modems, and phones that share their link, are an ordinary network interface and need none of this; others must be
told a PIN and the operator's access point name. A SIM locks itself for good after a few wrong PINs: a PIN is written
down as tried before it is tried, and one that was not taken is never tried again.
"""

import hashlib
import json
import logging
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from hub.config import HubConfig
from hub.errors import HubError
from hub.system import atomic_write, run
from hub.uplinks import fixed_network, modem_metric

logger = logging.getLogger(__name__)

_NETWORK_FILE: Final = "35-hub-modem.network"
_TRIED_FILE: Final = "sim-pin-tried"
_FEWEST_TRIES_LEFT: Final = 2
_AGAIN_S: Final = 10.0
_PLAIN: Final = re.compile(r"[A-Za-z0-9._-]{0,40}")
_COMMAND_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next about the modem.

    Attributes:
        command: a program with its arguments; empty when there is nothing to do.
        problem: what a technician has to mend, as a sentence; empty when there is nothing.
        secret: whether a PIN stands in the command: it must come into no log.
    """

    command: tuple[str, ...] = ()
    problem: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Bearer:
    """A connection of a modem whose address ModemManager knows.

    Attributes:
        interface: the network interface.
        address: the hub's address there, with the length of the network.
        gateway: the operator's address; empty when there is only one neighbour.
        dns: the operator's name servers.
    """

    interface: str
    address: str
    gateway: str
    dns: tuple[str, ...]


def modems(answer: str) -> list[str]:
    """The modems in the answer of `mmcli -L -J`, by their D-Bus path."""
    return _texts(_tree(answer).get("modem-list"))


def next_step(answer: str, apn: str, pin: str, tried: bool) -> Step:
    """Say what to do about a modem.

    Args:
        answer: what `mmcli -m MODEM -J` said.
        apn: the operator's access point name; empty to leave the modem's connection alone.
        pin: the SIM's PIN; empty when it has none.
        tried: whether this very PIN was tried before and not taken.
    """
    modem = _branch(_tree(answer), "modem")
    generic, network = _branch(modem, "generic"), _branch(modem, "3gpp")
    path, state, lock = modem.get("dbus-path", ""), generic.get("state"), generic.get("unlock-required")
    if generic.get("state-failed-reason") == "sim-missing":
        return Step(problem="The USB modem has no SIM.")
    if lock == "sim-puk":
        return Step(problem="The SIM is locked: put it into a phone and enter its PUK.")
    if state == "locked" and lock == "sim-pin":
        return _unlocking(generic, pin, tried)
    if state == "locked":
        return Step(problem=f"The USB modem is locked ({lock}): its operator has to unlock it.")
    if state == "failed":
        return Step(problem="The USB modem has failed: take it out, and plug it in again.")
    if network.get("registration-state") == "denied":
        return Step(problem="The operator refuses the SIM: is it paid for, and active?")
    if state in {"disabled", "enabled", "searching", "registered"}:
        if not apn:
            return Step(problem="The USB modem waits for the operator's access point name: set uplink.usb_modem.apn.")
        problem = "The USB modem finds no network." if state == "searching" else ""
        return Step(("mmcli", "-m", path, f"--simple-connect=apn={apn},ip-type=ipv4"), problem)
    return Step()


def bearers(answer: str) -> list[str]:
    """The connections of a modem in the answer of `mmcli -m MODEM -J`, by their D-Bus path; none unless connected."""
    generic = _branch(_branch(_tree(answer), "modem"), "generic")
    return _texts(generic.get("bearers")) if generic.get("state") == "connected" else []


def bearer_in(answer: str) -> Bearer | None:
    """The connection in the answer of `mmcli -b BEARER -J`; None when the interface asks for its address itself."""
    bearer = _branch(_tree(answer), "bearer")
    status, address = _branch(bearer, "status"), _branch(bearer, "ipv4-config")
    if status.get("connected") != "yes" or address.get("method") != "static":
        return None
    gateway = "" if address.get("gateway") in (None, "--") else address["gateway"]
    dns = tuple(text for text in _texts(address.get("dns")) if text != "--")
    known = (status.get("interface"), address.get("address"), address.get("prefix"), gateway, *dns)
    if not all(isinstance(text, str) and _PLAIN.fullmatch(text) for text in known):
        return None
    return Bearer(status["interface"], f"{address['address']}/{address['prefix']}", gateway, dns)


def _unlocking(generic: dict[str, Any], pin: str, tried: bool) -> Step:
    if not pin:
        return Step(problem="The SIM wants its PIN: set uplink.usb_modem.sim_pin.")
    if tried:
        return Step(problem="The SIM did not take its PIN: correct uplink.usb_modem.sim_pin; it is not tried twice.")
    left = _tries_left(generic)
    if left is not None and left < _FEWEST_TRIES_LEFT:
        return Step(problem="The SIM has one try left for its PIN: put it into a phone and enter it there.")
    return Step(("mmcli", "-i", generic.get("sim", ""), f"--pin={pin}"), secret=True)


def _tries_left(generic: dict[str, Any]) -> int | None:
    found = (re.fullmatch(r"sim-pin \((\d+)\)", text) for text in _texts(generic.get("unlock-retries")))
    return next((int(match[1]) for match in found if match), None)


def _tree(answer: str) -> dict[str, Any]:
    try:
        tree = json.loads(answer)
    except ValueError:
        return {}
    return tree if isinstance(tree, dict) else {}


def _branch(tree: dict[str, Any], name: str) -> dict[str, Any]:
    branch = tree.get(name)
    return branch if isinstance(branch, dict) else {}


def _texts(value: object) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _run(args: Sequence[str]) -> str:
    return run(args, timeout_s=_COMMAND_S)


class Modem:
    """Tends the modem from a thread of its own.

    Args:
        config: the whole hub.toml.
        command: runs a program (`hub.system.run`); connecting may take a minute.
        networks: networkd's folder of files that are lost when the machine stops.

    Attributes:
        problem: what a technician has to mend, as a sentence; empty when there is nothing.
    """

    def __init__(
        self,
        config: HubConfig,
        command: Callable[[Sequence[str]], str] = _run,
        networks: Path = Path("/run/systemd/network"),
    ) -> None:
        modem = config.uplink.usb_modem
        self._apn, self._pin = modem.apn, modem.sim_pin.get_secret_value()
        self._wanted = "usb-modem" in config.uplink.order and bool(self._apn or self._pin)
        self._metric = modem_metric(config) if self._wanted else 0
        self._command = command
        self._tried_file = config.paths.state / _TRIED_FILE
        self._network_file = networks / _NETWORK_FILE
        self._interface = ""
        self.problem = ""
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Begin; does nothing when the configuration says nothing that a modem must be told."""
        if self._wanted:
            self._thread = threading.Thread(target=self._tend_always, name="modem", daemon=True)
            self._thread.start()
        return self

    def stop(self) -> None:
        """End, without waiting for a modem that is just connecting; the connection stays."""
        self._stopping.set()

    def tend(self) -> None:
        """Look once at every modem, and do what is next."""
        problem, bearer = "", None
        try:
            for path in modems(self._command(["mmcli", "-L", "-J"])):
                answer = self._command(["mmcli", "-m", path, "-J"])
                step = next_step(answer, self._apn, self._pin, self._was_tried())
                problem = self._take(step) or problem
                for name in bearers(answer):
                    bearer = bearer_in(self._command(["mmcli", "-b", name, "-J"])) or bearer
            self._place(bearer)
        except HubError as error:
            problem = "The USB modem cannot be asked: is ModemManager installed and running?"
            logger.debug("mmcli: %s", error.message)
        except OSError as error:
            problem = f"The USB modem's settings cannot be written: {error.strerror}."
        if problem and problem != self.problem:
            logger.warning("%s", problem)
        self.problem = problem

    def _tend_always(self) -> None:
        while not self._stopping.is_set():
            try:
                self.tend()
            except Exception:
                logger.exception("the modem could not be looked after")
            self._stopping.wait(_AGAIN_S)

    def _take(self, step: Step) -> str:
        """Do it, and return what is wrong; nothing of a command with a PIN comes into an error."""
        if not step.command:
            return step.problem
        if step.secret:
            atomic_write(self._tried_file, self._mark(), 0o600)
        try:
            self._command(list(step.command))
        except HubError:
            if step.secret:
                return "The SIM did not take its PIN: correct uplink.usb_modem.sim_pin; it is not tried twice."
            return step.problem or "The USB modem does not connect: is uplink.usb_modem.apn right?"
        if step.secret:
            self._tried_file.unlink(missing_ok=True)
        logger.info("the modem has %s", "unlocked its SIM" if step.secret else "connected")
        return ""

    def _was_tried(self) -> bool:
        try:
            return self._tried_file.read_bytes() == self._mark()
        except FileNotFoundError:
            return False

    def _mark(self) -> bytes:
        """Which PIN it was. So short a number can be found again from its hash: the file is for root alone."""
        return hashlib.sha256(b"sim-pin " + self._pin.encode()).hexdigest().encode()

    def _place(self, bearer: Bearer | None) -> None:
        """Give the interface the address that the operator gave the modem; take it away when the connection is gone."""
        text = ""
        if bearer:
            parts = (bearer.address, bearer.gateway, bearer.dns)
            text = fixed_network(f"Name={bearer.interface}", *parts, self._metric)
        there = self._network_file.read_text() if self._network_file.exists() else ""
        if text == there:
            return
        if text:
            self._network_file.parent.mkdir(parents=True, exist_ok=True)
            atomic_write(self._network_file, text.encode())
        else:
            self._network_file.unlink()
        self._command(["networkctl", "reload"])
