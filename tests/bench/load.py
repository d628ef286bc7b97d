"""Puts load on a server: ``wrk`` with a list of pages in random order, and readers on a slow link."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CONNECTIONS: Final = 16
_SCRIPT: Final = Path(__file__).with_name("pages.lua")
_SLOW_BYTES: Final = 10_000
_SLOW_EVERY_S: Final = 0.1


@dataclass(frozen=True)
class Load:
    """What wrk measured in one go."""

    requests: int
    seconds: float
    bytes: int
    p50_ms: float
    p99_ms: float
    bad_status: int
    broken: int

    @property
    def per_second(self) -> float:
        """Pages answered well, a second."""
        return max(0, self.requests - self.bad_status) / self.seconds

    @property
    def failed(self) -> int:
        """Answers with status 400 and above, and connections that broke."""
        return self.bad_status + self.broken


def parse(output: str) -> Load:
    """Read the line that ``pages.lua`` printed.

    Raises:
        ValueError: there is none.
    """
    lines = [line for line in output.splitlines() if line.startswith("{")]
    if not lines:
        raise ValueError(f"wrk gave no figures: {output[-500:]}")
    return Load(**json.loads(lines[-1]))


def put(port: int, host: str, paths: Path, encoding: str, seconds: int) -> Load:
    """Ask a server for the pages listed in a file for some seconds, as fast as it answers."""
    headers = ["-H", f"Host: {host}", "-H", f"Accept-Encoding: {encoding}"]
    done = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", _SCRIPT, *headers, f"http://127.0.0.1:{port}/"],
        env={**os.environ, "HUB_BENCH_PATHS": str(paths)},
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 30,
    )
    return parse(done.stdout)


def best(loads: Sequence[Load]) -> Load:
    """The round in which most pages were answered: what else the machine did disturbed it least."""
    return max(loads, key=lambda load: load.per_second)


@contextlib.contextmanager
def slow_readers(count: int, port: int, host: str, path: str) -> Iterator[None]:
    """Have some readers take a large page at 100 kB a second each."""
    ending = threading.Event()
    readers = []
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            reader = stack.enter_context(socket.socket())
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
            reader.connect(("127.0.0.1", port))
            reader.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            readers.append(reader)
        thread = threading.Thread(target=_read_slowly, args=(readers, ending), daemon=True)
        thread.start()
        stack.callback(thread.join)
        stack.callback(ending.set)
        time.sleep(1)
        yield


def _read_slowly(readers: Sequence[socket.socket], ending: threading.Event) -> None:
    with selectors.DefaultSelector() as selector:
        for reader in readers:
            selector.register(reader, selectors.EVENT_READ)
        while not ending.wait(_SLOW_EVERY_S):
            for key, _ in selector.select(timeout=0):
                with contextlib.suppress(OSError):
                    key.fileobj.recv(_SLOW_BYTES)  # type: ignore[union-attr]
