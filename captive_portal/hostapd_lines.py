"""The two kinds of lines to hostapd's control socket: a plain one for commands, and one on which events arrive."""

import contextlib
import os
import secrets
import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from captive_portal.errors import HostapdError, Sentence
from captive_portal.hostapd_events import Event, is_event, parse

BY_HAND: Final = Sentence("Stop it and run it by hand, then it says why: hostapd /run/hub/hostapd.conf")
"""What to do about a hostapd that does not work; the journal has nothing of it, since it prints who comes and goes."""

_LONGEST_PATH = 107  # sun_path holds 108 bytes with the final zero (unix(7))
_LONGEST_ANSWER = 65536
_SEND_S = 2.0  # a hostapd that is held takes nothing once its queue is full


class Line:
    """One datagram socket, connected to hostapd's.

    Args:
        server: hostapd's socket file.
        folder: where the file of this socket lies.

    Raises:
        HostapdError: nobody listens there, or a path is too long.
    """

    def __init__(self, server: Path, folder: Path) -> None:
        self._path = folder / f"{os.getpid()}-{secrets.token_hex(4)}"
        if len(os.fsencode(server)) > _LONGEST_PATH or len(os.fsencode(self._path)) > _LONGEST_PATH:
            raise HostapdError(
                Sentence("The path of a control socket is too long."),
                Sentence("Use folders with shorter names than %(folder)s.", folder=server.parent),
            )
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        try:
            self._socket.bind(str(self._path))
            self._socket.connect(str(server))
        except OSError as error:
            self.close()
            raise unreachable(error) from error

    def send(self, command: str) -> None:
        """Send one message; raises OSError when nobody is there, or takes it."""
        self._socket.settimeout(_SEND_S)
        self._socket.send(command.encode("utf-8", "surrogateescape"))

    def receive(self, timeout_s: float) -> str:
        """Wait for one message; raises TimeoutError, or another OSError when nobody is there any more."""
        self._socket.settimeout(max(timeout_s, 0.001))
        return self._socket.recv(_LONGEST_ANSWER).decode("utf-8", "replace")

    def close(self) -> None:
        """Close the socket and remove its file."""
        self._socket.close()
        with contextlib.suppress(OSError):
            self._path.unlink()


class EventLine:
    """A line on which hostapd's events arrive; made by `Hostapd.events`, for one thread.

    Args:
        line: a connected socket.
        timeout_s: how long hostapd may take to answer, in seconds.
    """

    def __init__(self, line: Line, timeout_s: float) -> None:
        self._line = line
        self._timeout_s = timeout_s
        self._waiting: list[Event] = []
        try:
            self._converse("ATTACH", "OK")
        except BaseException:
            line.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def next(self, timeout_s: float) -> Event | None:
        """Wait for the next event.

        Args:
            timeout_s: how long, in seconds; afterwards None is returned.

        Raises:
            HostapdError: hostapd is gone.
        """
        if self._waiting:
            return self._waiting.pop(0)
        deadline = time.monotonic() + timeout_s
        try:
            while True:
                message = self._line.receive(deadline - time.monotonic())
                if is_event(message):
                    return parse(message)
        except TimeoutError:
            return None
        except OSError as error:
            raise unreachable(error) from error

    def check(self) -> None:
        """Make sure that hostapd is still at the other end; events that come meanwhile are kept for `next`.

        Raises:
            HostapdError: it is gone, or another one stands in its place, which does not know this line.
        """
        self._converse("PING", "PONG")

    def close(self) -> None:
        """Listen no more."""
        with contextlib.suppress(OSError):
            self._line.send("DETACH")
        self._line.close()

    def _converse(self, command: str, expected: str) -> None:
        deadline = time.monotonic() + self._timeout_s
        try:
            self._line.send(command)
            while is_event(message := self._line.receive(deadline - time.monotonic())):
                self._waiting.append(parse(message))
        except OSError as error:
            raise unreachable(error) from error
        if message.strip() != expected:
            raise HostapdError(Sentence("hostapd refused: %(command)s.", command=command), Sentence("Restart it."))


def unreachable(error: OSError) -> HostapdError:
    """Say that hostapd is not there, or does not answer."""
    if isinstance(error, TimeoutError):
        return HostapdError(Sentence("hostapd said nothing in time."), Sentence("Restart hostapd, or the machine."))
    why = error.strerror or type(error).__name__
    return HostapdError(Sentence("hostapd cannot be reached: %(why)s.", why=why), BY_HAND)


def sweep(folder: Path) -> None:
    """Remove the socket files of programs that ended without tidying up."""
    for path in folder.iterdir():
        owner = path.name.partition("-")[0]
        if owner.isdecimal() and not Path("/proc", owner).exists():
            path.unlink(missing_ok=True)
