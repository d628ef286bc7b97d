"""Stand-ins for the roof's seams."""

import json
import shlex
from collections.abc import Mapping, Sequence

from hub.errors import CommandError


class FakeRun:
    """Stands in for `hub.system.run`: takes lists only, remembers every call, can be told to fail.

    Args:
        answers: what each program writes, by its name; a program that is not named is not installed.

    Attributes:
        calls: the program and arguments of every call, first first.
        failing: names of programs that fail.
    """

    def __init__(self, answers: Mapping[str, str] | None = None) -> None:
        self.calls: list[tuple[str, ...]] = []
        self.failing: set[str] = set()
        self._answers = dict(answers or {})

    def __call__(self, args: Sequence[str]) -> str:
        """Answer as the program would.

        Raises:
            CommandError: the program is told to fail, or is not installed.
        """
        if isinstance(args, str) or not args:
            raise TypeError("run() takes a list: the program and its arguments")
        self.calls.append(tuple(args))
        program, hint = args[0], f"Try: {shlex.join(args)}"
        if program in self.failing:
            raise CommandError(f"{program} failed (status 1).", hint)
        if program not in self._answers:
            raise CommandError(f"{program} could not be started: No such file or directory.", hint)
        return self._answers[program]


class FakeModem:
    """Stands in for ModemManager's mmcli, with one modem; knows only the commands below and refuses every other one.

    Args:
        pin: the SIM's real PIN; empty for a SIM without one.
        apn: the only access point name with which the operator connects.
        method: how the interface gets its address, `static` or `dhcp`.

    Attributes:
        calls: every command, first first.
        tries: how many wrong PINs the SIM still takes; at none it wants its PUK.
        state: the modem's state, in ModemManager's words.
        generic: further properties, as ModemManager would tell them.
        registration: the state of the network registration.
    """

    _MODEM, _SIM, _BEARER = (f"/org/freedesktop/ModemManager1/{kind}/0" for kind in ("Modem", "SIM", "Bearer"))

    def __init__(self, pin: str = "", apn: str = "v-internet", method: str = "static") -> None:
        self.calls: list[tuple[str, ...]] = []
        self.tries = 3
        self.state = "locked" if pin else "disabled"
        self.generic: dict[str, object] = {}
        self.registration = "home"
        self._pin, self._apn, self._method = pin, apn, method

    def __call__(self, args: Sequence[str]) -> str:
        """Answer as the program would.

        Raises:
            CommandError: the command is refused.
        """
        self.calls.append(tuple(args))
        match list(args):
            case ["mmcli", "-L", "-J"]:
                return json.dumps({"modem-list": [self._MODEM]})
            case ["mmcli", "-m", self._MODEM, "-J"]:
                return json.dumps({"modem": self._modem()})
            case ["mmcli", "-b", self._BEARER, "-J"] if self.state == "connected":
                return json.dumps({"bearer": self._bearer()})
            case ["mmcli", "-i", self._SIM, option] if option.startswith("--pin=") and self._lock() == "sim-pin":
                if option != f"--pin={self._pin}":
                    self.tries -= 1
                    raise CommandError("mmcli failed (status 1): couldn't send PIN code to the SIM", "")
                self.state, self.tries = "disabled", 3
                return "successfully sent PIN code to SIM"
            case ["mmcli", "-m", self._MODEM, option] if option.startswith("--simple-connect=") and not self._lock():
                if option != f"--simple-connect=apn={self._apn},ip-type=ipv4":
                    raise CommandError("mmcli failed (status 1): couldn't connect the modem", "")
                self.state = "connected"
                return "successfully connected the modem"
            case ["networkctl", "reload"]:
                return ""
        raise CommandError(f"{args[0]} failed (status 1).", f"Try: {shlex.join(args)}")

    def _lock(self) -> str:
        return ("sim-pin" if self.tries else "sim-puk") if self.state == "locked" else ""

    def _modem(self) -> dict[str, object]:
        generic = {
            "state": self.state,
            "state-failed-reason": "--",
            "unlock-required": self._lock() or "sim-pin2",
            "unlock-retries": [f"sim-pin ({self.tries})", "sim-puk (10)", "sim-pin2 (3)"],
            "sim": self._SIM,
            "bearers": [self._BEARER] if self.state == "connected" else [],
        }
        return {
            "dbus-path": self._MODEM,
            "generic": generic | self.generic,
            "3gpp": {"registration-state": self.registration},
        }

    def _bearer(self) -> dict[str, object]:
        static = {"address": "100.64.3.7", "prefix": "30", "gateway": "100.64.3.8", "dns": ["10.1.1.1", "10.1.1.2"]}
        nothing = {"address": "--", "prefix": "--", "gateway": "--", "dns": []}
        return {
            "status": {"connected": "yes", "interface": "wwan0"},
            "ipv4-config": {"method": self._method} | (static if self._method == "static" else nothing),
        }
