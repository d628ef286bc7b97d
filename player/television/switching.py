"""Switches the television in a thread of its own: best effort, five seconds at most, and nothing ever waits for it.

It is switched off only where the hub switched it on: whoever watches something else is not left in the dark.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Condition, Thread
from time import monotonic
from typing import Final

from player.television import cec
from player.television.cec import Power
from player.television.config import TelevisionConfig

logger = logging.getLogger(__name__)

LIMIT_S: Final = 5.0
"""For everything that one switching takes."""

Run = Callable[[Sequence[str], float], str]
"""Runs a program for so many seconds at most and returns what it said; raises OSError or SubprocessError."""


def run(command: Sequence[str], limit_s: float) -> str:
    """Run a program, with a limit, in a session of its own.

    Raises:
        OSError: it is not there.
        SubprocessError: it failed or took too long.
    """
    program = subprocess.Popen(
        [*command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        said, _ = program.communicate(timeout=max(0.0, limit_s))
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.communicate()
        raise
    if program.returncode:
        raise subprocess.CalledProcessError(program.returncode, command[0], said)
    return said.decode("utf-8", "replace")


def connectors() -> list[str]:
    """The machine's CEC devices."""
    return sorted(str(path) for path in Path("/dev").glob("cec[0-9]*"))


class CecTelevision:
    """The television: fulfils `player.engine.ports.Television`. `start` it before, `close` it after.

    Args:
        config: what the technician set.
        name: of the hub, as the television shows it in its list of sources.
        run: runs a program.
        find: finds the devices where none is set.
        limit_s: seconds for one switching.
    """

    def __init__(
        self,
        config: TelevisionConfig,
        name: str = "Nha van hoa",
        run: Run = run,
        find: Callable[[], Iterable[str]] = connectors,
        limit_s: float = LIMIT_S,
    ) -> None:
        self._config = config
        self._name = cec.osd_name(name)
        self._run = run
        self._find = find
        self._limit_s = limit_s
        self._changed = Condition()
        self._wish: Callable[[], None] | None = None
        self._busy = False
        self._closing = False
        self._ours = False
        self._told = ""
        self._until = 0.0
        self._thread = Thread(target=self._work, name="television", daemon=True)

    def start(self) -> None:
        """Take wishes."""
        self._thread.start()

    def close(self) -> None:
        """Take no more; what has begun ends within its limit."""
        with self._changed:
            self._closing = True
            self._wish = None
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def wake(self) -> None:
        """Have it on, and showing the hub; answers at once."""
        if self._config.switch_on:
            self._wants(self._switch_on)

    def rest(self) -> None:
        """Have it in standby, if the hub switched it on; answers at once."""
        if self._config.switch_off:
            self._wants(self._switch_off)

    def settle(self, timeout_s: float) -> bool:
        """Wait until nothing is wished for any more; False if that took longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._wish and not self._busy, timeout_s)

    def _wants(self, wish: Callable[[], None]) -> None:
        """Only the newest wish counts: who wants it on and off again wants it off."""
        with self._changed:
            if not self._closing:
                self._wish = wish
                self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._wish is not None or self._closing)
                wish, self._wish = self._wish, None
                if self._closing or wish is None:
                    return
                self._busy = True
            self._until = monotonic() + self._limit_s
            try:
                wish()
            except (OSError, subprocess.SubprocessError) as error:
                self._tell(_why(error))

    def _switch_on(self) -> None:
        found = self._connected()
        if found is None:
            return
        device, address = found
        was = cec.power(self._say(cec.ask_power(device)))
        if was is not Power.ON:
            self._say(cec.switch_on(device))
            self._ours = True
        self._say(cec.show(device, address))
        self._told = ""

    def _switch_off(self) -> None:
        if not self._ours:
            return
        self._ours = False
        found = self._connected()
        if found is not None:
            self._say(cec.switch_off(found[0]))

    def _connected(self) -> tuple[str, str] | None:
        """The device to which a television is connected, and its address on the cable."""
        devices = [self._config.device] if self._config.device else [*self._find()]
        for number, device in enumerate(devices, 1):
            try:
                address = cec.address(self._say(cec.claim(device, self._name)))
            except subprocess.CalledProcessError:
                if number == len(devices):
                    raise
                continue  # perhaps the next connector can
            if address is not None:
                return device, address
        self._tell(f"no television is connected to {', '.join(devices)}" if devices else "no CEC device is there")
        return None

    def _say(self, command: Sequence[str]) -> str:
        return self._run(command, self._until - monotonic())

    def _tell(self, why: str) -> None:
        """One line in the log for each new reason: a hub without CEC says so once."""
        if why != self._told:
            self._told = why
            logger.info("The television cannot be switched: %s", why)


def _why(error: Exception) -> str:
    match error:
        case FileNotFoundError():
            return f"{cec.PROGRAM} is not there; install v4l-utils"
        case subprocess.TimeoutExpired():
            return "it took too long"
        case subprocess.CalledProcessError():
            said = (error.output or b"").decode("utf-8", "replace").strip()
            return said[-200:] or f"{error.cmd} failed ({error.returncode})"
    return str(error)
