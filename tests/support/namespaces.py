"""Network namespaces for tests: made with unique names, entered for a moment to open a socket, deleted again."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def command(*args: str) -> str:
    """Run a program; its complaint is the error."""
    done = subprocess.run(args, check=False, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise RuntimeError(f"{' '.join(args)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def until(condition: Callable[[], object], seconds: float = 20, what: str = "") -> object:
    """Wait for something to become true, and return it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds:g} s: {what or condition}")


def missing(*programs: str) -> str:
    """Why network namespaces cannot be used here; empty when they can."""
    if os.geteuid() != 0:
        return "needs root, for network namespaces"
    absent = [program for program in programs if shutil.which(program) is None]
    return f"needs {', '.join(absent)}" if absent else ""


class Namespace:
    """One network namespace; programs started in it end with it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._started: list[subprocess.Popen[bytes]] = []
        command("ip", "netns", "add", name)
        self.ip("link", "set", "lo", "up")

    def ip(self, *args: str) -> str:
        """Run ip(8) here."""
        return command("ip", "-n", self.name, *args)

    def run(self, *args: str) -> str:
        """Run a program here, to its end."""
        return command("ip", "netns", "exec", self.name, *args)

    def start(
        self, *args: str, log: Path | None = None, environment: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a program here."""
        with contextlib.ExitStack() as stack:
            out = stack.enter_context(log.open("ab")) if log else subprocess.DEVNULL
            program = subprocess.Popen(
                ["ip", "netns", "exec", self.name, *args],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                env=environment,
            )
        self._started.append(program)
        return program

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Have this thread open its sockets here (setns(2))."""
        home = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            if _libc.setns(there, _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
            yield
        finally:
            _libc.setns(home, _CLONE_NEWNET)
            os.close(home)
            os.close(there)

    def socket(self, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM, protocol: int = 0) -> socket.socket:
        """Open a socket here; it stays here whoever uses it."""
        with self.entered():
            return socket.socket(family, kind, protocol)

    def end(self, program: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> None:
        """End a program started here and everything in its session."""
        if program in self._started:
            self._started.remove(program)
        if program.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, number)
            try:
                program.wait(8)
            except subprocess.TimeoutExpired:
                os.killpg(program.pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait(8)

    def close(self) -> None:
        """End everything and remove the namespace."""
        for program in reversed(self._started[:]):
            self.end(program)
        subprocess.run(["ip", "netns", "del", self.name], check=False, capture_output=True)
        shutil.rmtree(f"/etc/netns/{self.name}", ignore_errors=True)

    def resolve_with(self, server: str) -> None:
        """Have programs started here ask this name server."""
        folder = Path("/etc/netns", self.name)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "resolv.conf").write_text(f"nameserver {server}\noptions timeout:2 attempts:1\n")


def connect(a: Namespace, name_a: str, b: Namespace, name_b: str, mac: Sequence[str] = ("", "")) -> None:
    """Lay a cable between two namespaces."""
    command("ip", "link", "add", name_a, "netns", a.name, "type", "veth", "peer", "name", name_b, "netns", b.name)
    for space, name, address in ((a, name_a, mac[0]), (b, name_b, mac[1])):
        if address:
            space.ip("link", "set", name, "address", address)
        space.ip("link", "set", name, "up")
