"""Tells whoever started us how we are: the protocol of sd_notify(3), spoken to systemd and to `hub demo` alike."""

import contextlib
import os
import socket
from collections.abc import Mapping

_PATIENCE_S = 2.0


class Notifier:
    """Speaks to the supervisor of this process; silent when there is none.

    Args:
        address: the supervisor's datagram socket, a path or `@name` for an abstract one; empty for none.
        watchdog_s: within which time, in seconds, the supervisor wants to hear `alive()`; None when it does not care.
    """

    def __init__(self, address: str = "", watchdog_s: float | None = None) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_s = watchdog_s

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Notifier":
        """Read `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` (sd_watchdog_enabled(3))."""
        microseconds = environ.get("WATCHDOG_USEC", "")
        meant = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        watchdog_s = int(microseconds) / 1e6 if meant and microseconds.isdecimal() and int(microseconds) else None
        return cls(environ.get("NOTIFY_SOCKET", ""), watchdog_s)

    def ready(self, status: str) -> None:
        """Say that the service does its work now."""
        self._send(f"READY=1\nSTATUS={_one_line(status)}")

    def status(self, status: str) -> None:
        """Say how the service is, in one line."""
        self._send(f"STATUS={_one_line(status)}")

    def alive(self) -> None:
        """Say that the service still does its work."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the service is about to end."""
        self._send("STOPPING=1")

    def _send(self, message: str) -> None:
        """Send; a supervisor that has gone is no reason to fail."""
        if self._address:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.settimeout(_PATIENCE_S)
                sender.sendto(message.encode(), self._address)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def parse(message: bytes) -> dict[str, str]:
    """Read one datagram of the protocol; lines that are no assignments are passed over."""
    lines = message.decode("utf-8", "replace").splitlines()
    return {key: value for key, separator, value in (line.partition("=") for line in lines) if separator}
