"""Starts servers as real processes, ends them whatever happens, and watches how much memory they take."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

_START_S: Final = 60.0
_STOP_S: Final = 10.0
_LOOK_S: Final = 0.25


class ServerFailedError(Exception):
    """A server could not be started, or does not answer as it should."""


def free_port() -> int:
    """A TCP port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(command: Sequence[str], log: Path) -> Iterator[int]:
    """Run a server in a session of its own and end all of it afterwards; gives its process id."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process.pid
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def fetch(port: int, path: str, host: str, encoding: str = "identity") -> tuple[int, bytes]:
    """Status and body of a page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": host, "Accept-Encoding": encoding})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def wait_until_served(port: int, path: str, host: str, log: Path) -> None:
    """Wait until a page answers 200.

    Raises:
        ServerFailedError: it does not within a minute.
    """
    deadline = time.monotonic() + _START_S
    found = "no answer"
    while time.monotonic() < deadline:
        try:
            status, _ = fetch(port, path, host)
            if status == 200:
                return
            found = f"status {status}"
        except (OSError, http.client.HTTPException) as error:
            found = str(error)
        time.sleep(0.1)
    raise ServerFailedError(f"{path}: {found}.\n{log.read_text('utf-8', 'replace')[-2000:]}")


def family(root: int) -> list[int]:
    """A process and all its descendants, as /proc tells them."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                after_name = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
                children.setdefault(int(after_name[1]), []).append(int(entry.name))
    found = [root]
    for process in found:
        found += children.get(process, [])
    return found


class MemoryWatch(threading.Thread):
    """Looks at the memory of some processes and their descendants again and again, and keeps the peaks.

    Attributes:
        peak_pss_mb: proportional set size (shared pages counted in parts) of all of them together.
        peak_anonymous_mb: the part of it that is in no file, so that the system cannot drop it.
    """

    def __init__(self, roots: Sequence[int]) -> None:
        super().__init__(name="memory watch", daemon=True)
        self._roots = roots
        self._ending = threading.Event()
        self.peak_pss_mb = 0.0
        self.peak_anonymous_mb = 0.0

    def run(self) -> None:
        while not self._ending.wait(_LOOK_S):
            pss = anonymous = 0
            for process in {member for root in self._roots for member in family(root)}:
                with contextlib.suppress(OSError):
                    lines = Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()
                    sizes = {words[0]: int(words[1]) for line in lines[1:] if (words := line.split())}
                    pss += sizes["Pss:"]
                    anonymous += sizes["Pss_Anon:"]
            self.peak_pss_mb = max(self.peak_pss_mb, pss / 1024)
            self.peak_anonymous_mb = max(self.peak_anonymous_mb, anonymous / 1024)

    def end(self) -> None:
        """Look no more."""
        self._ending.set()
        self.join()
