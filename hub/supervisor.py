"""Keeps several services running in one terminal: what systemd is on a card, this is for `hub demo`.

Services start in order, each when the one before it is ready, and stop in reverse. One that ends, hangs or never gets
ready is killed with everything it started, and started again after a while that doubles each time. Each has a session
of its own, so Ctrl-C reaches the supervisor alone; and each dies with the supervisor (see `hub.lifeline`), so `run`
belongs in the main thread.
"""

import contextlib
import logging
import os
import secrets
import select
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import assert_never

from hub.errors import Sentence
from hub.notify import parse

logger = logging.getLogger(__name__)

PARENT_VARIABLE = "HUB_SUPERVISOR_PID"
"""In a service's environment: the process id of its supervisor."""

_CREDENTIALS = struct.Struct("3i")  # struct ucred: pid, uid, gid (unix(7))
_POLL_S = 0.1
_LONGEST_NAP_S = 5.0


@dataclass(frozen=True, slots=True)
class Program:
    """A service to keep running.

    Attributes:
        name: what it is called.
        args: the program and its arguments.
        ready_s: within which time it must say that it is ready, in seconds.
        watchdog_s: within which time it must say that it is alive, again and again, in seconds; None for never.
        stop_s: how long it may take to stop, in seconds.
    """

    name: str
    args: Sequence[str]
    ready_s: float = 60.0
    watchdog_s: float | None = 30.0
    stop_s: float = 8.0


@dataclass(frozen=True, slots=True)
class Ready:
    """A service does its work; ``status`` is what it says about itself."""

    name: str
    status: str
    after_s: float


@dataclass(frozen=True, slots=True)
class Failed:
    """A service failed; it is started again in ``again_s`` seconds, or not at all when that is None."""

    name: str
    reason: str
    again_s: float | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """A service ended because it was asked to, or ``killed``."""

    name: str
    killed: bool


Event = Ready | Failed | Stopped


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before a failed service is started again, and when to give up.

    Attributes:
        first_s: the wait after the first failure, in seconds; it doubles with each further one.
        longest_s: the longest wait, in seconds.
        calm_s: a service that worked this long, in seconds, begins anew with ``first_s``.
        attempts: a service that was never ready is given up after so many failures; others never are.
    """

    first_s: float = 0.5
    longest_s: float = 30.0
    calm_s: float = 60.0
    attempts: int = 5

    def delay(self, failures: int) -> float:
        """Return the wait after so many failures in a row, in seconds."""
        return float(min(self.first_s * 2 ** min(failures - 1, 30), self.longest_s))


class _Phase(Enum):
    WAITING = auto()
    STARTING = auto()
    READY = auto()


class _Child:
    """One service and where it stands."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.phase = _Phase.WAITING
        self.process: subprocess.Popen[bytes] | None = None
        self.since = 0.0  # start, or ready, or the time of the next attempt
        self.heard = 0.0
        self.failures = 0
        self.was_ready = False

    def spawn(self, environment: dict[str, str]) -> None:
        if self.program.watchdog_s:
            environment = {**environment, "WATCHDOG_USEC": str(int(self.program.watchdog_s * 1e6))}
        self.process = subprocess.Popen(
            list(self.program.args), stdin=subprocess.DEVNULL, env=environment, start_new_session=True
        )

    def ended(self) -> bool:
        """Tell whether the process has ended; it is not reaped yet, so that its number stays its own."""
        assert self.process  # noqa: S101 - only asked of a child that was spawned
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def kill(self) -> int:
        """End the process and everything in its session's first group; return its status."""
        assert self.process  # noqa: S101
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        status = self.process.wait()
        self.process = None
        return status


class Supervisor:
    """Supervises programs.

    Args:
        programs: what to run, in the order of their start.
        tell: hears of everything that happens.
        environment: the programs' environment variables; None for this process's own.
        backoff: how failed programs are started again.
        clock: seconds that never jump.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        tell: Callable[[Event], None],
        environment: Mapping[str, str] | None = None,
        backoff: Backoff | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._children = [_Child(program) for program in programs]
        self._tell = tell
        self._environment = os.environ if environment is None else environment
        self._backoff = backoff or Backoff()
        self._clock = clock
        self._stops_asked = 0
        self._given_up = False
        self._looked = clock()
        self._waker, self._wakened = socket.socketpair()
        self._wakened.setblocking(False)

    def stop(self) -> None:
        """Ask `run` to stop everything; asked twice, it kills. Safe in a signal handler and in any thread."""
        self._stops_asked += 1
        with contextlib.suppress(OSError):
            self._waker.send(b"!", socket.MSG_DONTWAIT)

    def run(self) -> bool:
        """Start everything, keep it running until `stop` is asked for, then stop everything.

        Returns:
            False when a program was given up, which stops all the others.
        """
        name = f"hub-{os.getpid()}-{secrets.token_hex(8)}"
        environment = {**self._environment, "NOTIFY_SOCKET": f"@{name}", PARENT_VARIABLE: str(os.getpid())}
        with self._waker, self._wakened, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as inbox:
            inbox.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            inbox.bind(f"\0{name}")
            inbox.setblocking(False)
            try:
                while not (self._stops_asked or self._given_up):
                    self._listen(inbox)
                    self._look(environment)
                self._stop_in_reverse(inbox)
            finally:
                for child in reversed(self._children):
                    if child.process:
                        child.kill()
        return not self._given_up

    def _look(self, environment: dict[str, str]) -> None:
        """Look at every child once: start what is due, find out what failed."""
        now = self._clock()
        if now - self._looked > _LONGEST_NAP_S:  # this process itself was held (Ctrl-Z): nobody is to blame
            for child in self._children:
                child.heard = now
        self._looked = now
        for child in self._children:
            match child.phase:
                case _Phase.WAITING if now >= child.since:
                    self._start(child, environment)
                case _Phase.STARTING | _Phase.READY:
                    self._examine(child, now)
                case _Phase.WAITING:
                    pass
                case _:
                    assert_never(child.phase)
            if not child.was_ready:
                return  # those after it wait

    def _start(self, child: _Child, environment: dict[str, str]) -> None:
        child.since = child.heard = self._clock()
        try:
            child.spawn(environment)
        except OSError as error:
            self._fail(child, Sentence("cannot be started: %(reason)s", reason=error.strerror))
            return
        child.phase = _Phase.STARTING

    def _examine(self, child: _Child, now: float) -> None:
        program = child.program
        if child.ended():
            self._fail(child, _ending(child.kill()))
        elif child.phase is _Phase.STARTING and now - child.since > program.ready_s:
            child.kill()
            self._fail(child, Sentence("was not ready within %(seconds)g s", seconds=program.ready_s))
        elif child.phase is _Phase.READY and program.watchdog_s and now - child.heard > program.watchdog_s:
            child.kill()
            self._fail(child, Sentence("gave no sign of life for %(seconds)g s", seconds=program.watchdog_s))

    def _fail(self, child: _Child, reason: str) -> None:
        now = self._clock()
        if child.phase is _Phase.READY and now - child.since >= self._backoff.calm_s:
            child.failures = 0
        child.failures += 1
        self._given_up = not child.was_ready and child.failures >= self._backoff.attempts
        delay = self._backoff.delay(child.failures)
        child.phase, child.since = _Phase.WAITING, now + delay
        self._tell(Failed(child.program.name, reason, None if self._given_up else delay))

    def _listen(self, inbox: socket.socket) -> None:
        """Wait a moment, then take every message that has come."""
        if self._wakened in select.select([inbox, self._wakened], [], [], _POLL_S)[0]:
            self._wakened.recv(64)
        while True:
            try:
                message, ancillary, _, _ = inbox.recvmsg(4096, socket.CMSG_SPACE(_CREDENTIALS.size))
            except BlockingIOError:
                return
            for level, kind, data in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                    self._hear(_CREDENTIALS.unpack(data[: _CREDENTIALS.size])[0], parse(message))

    def _hear(self, sender: int, words: dict[str, str]) -> None:
        """Take one message; only a child's main process is listened to."""
        now = self._clock()
        for child in self._children:
            if child.process and child.process.pid == sender:
                child.heard = now
                if words.get("READY") == "1" and child.phase is _Phase.STARTING:
                    after_s, child.since = now - child.since, now
                    child.phase, child.was_ready = _Phase.READY, True
                    self._tell(Ready(child.program.name, words.get("STATUS", ""), after_s))

    def _stop_in_reverse(self, inbox: socket.socket) -> None:
        for child in reversed(self._children):
            if not child.process:
                continue
            deadline = self._clock() + child.program.stop_s
            child.process.terminate()
            while not (ended := child.ended()) and self._clock() < deadline and self._stops_asked < 2:
                self._listen(inbox)
            child.kill()
            self._tell(Stopped(child.program.name, killed=not ended))


def _ending(status: int) -> str:
    if status < 0:
        return Sentence("ended by %(signal)s", signal=signal.Signals(-status).name)
    return Sentence("ended with status %(status)d", status=status)
