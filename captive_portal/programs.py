"""Starting and stopping the programs that the portal needs: systemd's units on a card, children elsewhere."""

import contextlib
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import IO, Protocol

from captive_portal.errors import ProgramError, Sentence
from captive_portal.troubles import scrubbed

logger = logging.getLogger(__name__)

_LONGEST_LINE = 1000


class Program(Protocol):
    """A program that runs for long, such as hostapd; methods may be called by any thread, one at a time."""

    def start(self) -> None:
        """Start it, unless it runs; raises `ProgramError` when that cannot be done."""

    def stop(self) -> None:
        """Stop it, if it runs; raises `ProgramError` when that cannot be done."""

    def restart(self) -> None:
        """Stop and start it; raises `ProgramError` when that cannot be done."""

    def running(self) -> bool:
        """Tell whether it runs; not whether it is of use yet."""


class SystemdUnit:
    """A program that systemd runs, and starts again when it fails.

    Args:
        name: its unit, such as "hostapd.service".
        run: runs a program and returns what it wrote; raises when it fails.
    """

    def __init__(self, name: str, run: Callable[[Sequence[str]], str]) -> None:
        self._name = name
        self._run = run

    def start(self) -> None:
        """Start the unit."""
        self._ask("start")

    def stop(self) -> None:
        """Stop the unit."""
        self._ask("stop")

    def restart(self) -> None:
        """Restart the unit."""
        self._ask("restart")

    def running(self) -> bool:
        """Ask systemd whether the unit is active."""
        try:
            self._run(["systemctl", "is-active", "--quiet", self._name])
        except Exception:  # whoever runs programs has errors of his own; systemctl fails for every other state
            return False
        return True

    def _ask(self, verb: str) -> None:
        try:
            self._run(["systemctl", verb, self._name])
        except Exception as error:  # as above
            raise ProgramError(
                Sentence("systemd could not %(verb)s %(name)s: %(reason)s", verb=verb, name=self._name, reason=error),
                Sentence("See: journalctl -u %(name)s -n 50", name=self._name),
            ) from error


class ChildProcess:
    """A program that this process runs itself, and starts again when it ends by itself.

    What it writes goes to the log (at debug), without the addresses of phones.

    Args:
        args: the program and its arguments; it must stay in the foreground.
        tie: called in the new process before the program begins, such as to have it end with this process
            (prctl(2), PR_SET_PDEATHSIG); it must do without locks.
        stop_s: how long it may take to end after SIGTERM before SIGKILL follows, in seconds.
        first_wait_s: the wait before it is started again, in seconds; it doubles with each failure ...
        longest_wait_s: ... up to this, in seconds, and begins anew after it worked for ``calm_s``.
        calm_s: see above, in seconds.
    """

    def __init__(
        self,
        args: Sequence[str],
        tie: Callable[[], None] | None = None,
        stop_s: float = 5.0,
        first_wait_s: float = 0.5,
        longest_wait_s: float = 30.0,
        calm_s: float = 60.0,
    ) -> None:
        self._args = list(args)
        self._name = PurePath(self._args[0]).name
        self._tie = tie
        self._stop_s = stop_s
        self._first_wait_s = first_wait_s
        self._longest_wait_s = longest_wait_s
        self._calm_s = calm_s
        self._lock = threading.Lock()  # guards _process between its making and its stopping
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: threading.Thread | None = None
        self._stopping = threading.Event()

    @property
    def pid(self) -> int | None:
        """The process id, while it runs."""
        with self._lock:
            return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it and keep it running; raises `ProgramError` when there is no such program."""
        if self._keeper:
            return
        self._stopping.clear()
        started = threading.Event()
        failures: list[OSError] = []
        # One thread makes the process and waits for it: PR_SET_PDEATHSIG looks at the thread, not at the process.
        self._keeper = threading.Thread(target=self._keep, args=(started, failures), name=self._name, daemon=True)
        self._keeper.start()
        started.wait()
        if failures:
            self._keeper.join()
            self._keeper = None
            raise ProgramError(
                Sentence("%(name)s could not be started: %(reason)s.", name=self._name, reason=failures[0].strerror),
                Sentence("Install it: apt install %(name)s", name=self._name),
            ) from failures[0]

    def stop(self) -> None:
        """End it, and everything in its group."""
        keeper, self._keeper = self._keeper, None
        if not keeper:
            return
        self._stopping.set()
        with self._lock:
            if self._process:
                self._process.terminate()
        keeper.join(self._stop_s)
        if keeper.is_alive():
            logger.warning("%s did not end within %g s and is killed", self._name, self._stop_s)
            with self._lock:
                if self._process:
                    _kill_group(self._process)
            keeper.join()

    def restart(self) -> None:
        """End it and start it again."""
        self.stop()
        self.start()

    def running(self) -> bool:
        """Tell whether the process is there."""
        return self.pid is not None

    def _keep(self, started: threading.Event, failures: list[OSError]) -> None:
        wait_s = self._first_wait_s
        while not self._stopping.is_set():
            since = time.monotonic()
            try:
                process = self._spawn()
            except OSError as error:
                if not started.is_set():
                    failures.append(error)
                    started.set()
                    return
                logger.error("%s cannot be started again: %s", self._name, error.strerror)
            else:
                started.set()
                # without reaping it, so that its number stays its own until it is marked as gone
                with contextlib.suppress(ChildProcessError):  # somebody who asked whether it runs was quicker
                    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
                with self._lock:
                    self._process = None
                    _kill_group(process)
                    status = process.wait()
                if self._stopping.is_set():
                    return
                if time.monotonic() - since >= self._calm_s:
                    wait_s = self._first_wait_s
                logger.warning("%s %s; started again in %g s", self._name, _ending(status), wait_s)
            self._stopping.wait(wait_s)
            wait_s = min(wait_s * 2, self._longest_wait_s)

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._lock:
            process = subprocess.Popen(
                self._args,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=self._tie,  # noqa: PLW1509 - short and without locks, as demanded above
            )
            self._process = process
            if self._stopping.is_set():
                process.terminate()
        assert process.stdout  # noqa: S101 - a pipe was asked for
        threading.Thread(target=_log, args=(self._name, process.stdout), daemon=True).start()
        return process


def _log(name: str, output: IO[bytes]) -> None:
    with output:
        while line := output.readline(_LONGEST_LINE):
            logger.debug("%s: %s", name, scrubbed(line.decode("utf-8", "replace").rstrip()))


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _ending(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    named = -status in {known.value for known in signal.Signals}
    return f"ended by {signal.Signals(-status).name if named else f'signal {-status}'}"
