"""`hub.services`: a small site on a UNIX socket, in a process of its own, that says how it is."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import hub
from hub.errors import SocketError
from hub.notify import parse
from hub.unix_sockets import ask

ROOT = str(Path(hub.__file__).parent.parent)
SERVICE = """
import os, sys
from pathlib import Path
from flask import Flask
from hub import logs
from hub.notify import Notifier
from hub.services import serve_on_socket
app = Flask("test")
ill = Path(sys.argv[2])
app.get("/healthz")(lambda: ({}, 503 if ill.exists() else 200))
logs.configure("test", "trai-moi")
try:
    serve_on_socket(app, Path(sys.argv[1]), Notifier.from_environment(os.environ))
finally:
    print("closed in order", flush=True)
"""


class Inbox:
    """A supervisor's ear."""

    def __init__(self, folder: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.path = folder / "notify"
        self.socket.bind(str(self.path))
        self.socket.settimeout(15)

    def next(self) -> dict[str, str]:
        return parse(self.socket.recv(4096))

    def until(self, key: str) -> dict[str, str]:
        while key not in (words := self.next()):
            pass
        return words

    def empty(self) -> None:
        self.socket.setblocking(False)
        try:
            while True:
                self.socket.recv(4096)
        except BlockingIOError:
            self.socket.settimeout(15)


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    inbox = Inbox(tmp_path)
    with inbox.socket:
        yield inbox


@pytest.fixture
def service(tmp_path: Path, inbox: Inbox) -> Iterator["subprocess.Popen[str]"]:
    environ = {**os.environ, "PYTHONPATH": ROOT, "NOTIFY_SOCKET": str(inbox.path), "WATCHDOG_USEC": "300000"}
    args = [sys.executable, "-c", SERVICE, str(tmp_path / "test.sock"), str(tmp_path / "ill")]
    with subprocess.Popen(args, env=environ, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_is_ready_when_it_answers_and_stops_in_order(
    tmp_path: Path, inbox: Inbox, service: "subprocess.Popen[str]"
) -> None:
    assert inbox.next() == {"READY": "1", "STATUS": "test.sock"}
    assert ask(tmp_path / "test.sock", "/healthz")[0] == 200
    assert inbox.next() == inbox.next() == {"WATCHDOG": "1"}
    service.send_signal(signal.SIGTERM)
    inbox.until("STOPPING")
    output, _ = service.communicate(timeout=15)
    assert service.returncode == 0
    assert output.endswith("closed in order\n")
    assert "Traceback" not in output
    assert "test[trai-moi] INFO hub.services: Ready: test.sock\n" in output
    assert not (tmp_path / "test.sock").exists()


def test_a_body_that_is_too_large_is_refused_before_it_comes(
    tmp_path: Path, inbox: Inbox, service: "subprocess.Popen[str]"
) -> None:
    inbox.until("READY")
    for length in (b"Content-Length: 209715200\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(15)
            client.connect(str(tmp_path / "test.sock"))
            client.sendall(b"POST /healthz HTTP/1.1\r\nHost: a\r\n" + length)
            if b"chunked" in length:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it need not read to the end
                    for _ in range(40):
                        client.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            assert client.recv(20).startswith(b"HTTP/1.1 413 ")


def test_an_ill_service_gives_no_sign_of_life(tmp_path: Path, inbox: Inbox, service: "subprocess.Popen[str]") -> None:
    inbox.until("READY")
    (tmp_path / "ill").touch()
    time.sleep(0.3)
    inbox.empty()
    inbox.socket.settimeout(0.6)
    with pytest.raises(TimeoutError):
        inbox.next()
    (tmp_path / "ill").unlink()
    inbox.socket.settimeout(15)
    assert inbox.next() == {"WATCHDOG": "1"}


def test_a_killed_service_can_start_again(tmp_path: Path, inbox: Inbox, service: "subprocess.Popen[str]") -> None:
    inbox.until("READY")
    service.kill()
    service.wait()
    path = tmp_path / "test.sock"
    assert path.exists()
    with pytest.raises(SocketError):
        ask(path, "/healthz")
    inbox.empty()
    environ = {**os.environ, "PYTHONPATH": ROOT, "NOTIFY_SOCKET": str(inbox.path)}
    with subprocess.Popen([sys.executable, "-c", SERVICE, str(path), str(tmp_path / "ill")], env=environ) as again:
        inbox.until("READY")
        again.send_signal(signal.SIGINT)
        assert again.wait(15) == 0


def test_no_child_is_forked_in_the_middle_of_a_probe() -> None:
    """What a probe holds (here a lock, in life a module being imported) would be held in the child for ever."""
    script = """
import os, sys, threading, time
from hub.notify import Notifier
from hub.services import Heartbeat
held = threading.Lock()
def probe():
    with held:
        time.sleep(0.2)
    return "fine"
heartbeat = Heartbeat(probe, Notifier("", watchdog_s=0.03))
heartbeat.rest_while_forking()
with heartbeat:
    for _ in range(10):
        time.sleep(0.05)
        pid = os.fork()
        if not pid:
            os._exit(1 if held.locked() else 0)
        if os.waitpid(pid, 0)[1]:
            sys.exit("forked in the middle of a probe")
"""
    environ = {**os.environ, "PYTHONPATH": ROOT}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
