"""`hub.server`: granian, in processes of its own, serving a small site of the test's."""

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import hub
from hub.server import STOP_S

ROOT = str(Path(hub.__file__).parent.parent)
SITE = """
import logging, os, sys, time
from pathlib import Path
from hub import logs
from hub.demo import demo_config
from hub.errors import HubError
from hub.notify import Notifier
import hub.server
from hub.server import serve_site
port, mode = int(sys.argv[1]), sys.argv[2]
if mode == "impatient":
    hub.server.STOP_S = 0.5
def create_site(config):
    if mode == "broken":
        raise RuntimeError("cannot be built")
    def site(environ, start_response):
        if environ["PATH_INFO"] == "/slow":
            time.sleep(60)
        status = "503 Service Unavailable" if mode == "ill" else "200 OK"
        start_response(status, [("Content-Type", "text/plain")])
        return [str(os.getpid()).encode()]
    return site
logs.configure("web", "trai-moi", logging.DEBUG if mode == "verbose" else logging.INFO)
config = demo_config(Path("/nowhere"), "127.0.0.1", port)
config = config.model_copy(update={"web": config.web.model_copy(update={"workers": 2})})
try:
    serve_site(config, create_site, Notifier.from_environment(os.environ))
except HubError as error:
    print(error.message)
    sys.exit(9)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], bool], what: str, timeout_s: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for: {what}"
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    return False


class Web:
    """The website's process."""

    def __init__(self, mode: str = "good", port: int | None = None) -> None:
        self.port = port or free_port()
        environ = {**os.environ, "PYTHONPATH": ROOT}
        args = [sys.executable, "-c", SITE, str(self.port), mode]
        self.process = subprocess.Popen(
            args, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        self.output = ""

    def get(self, path: str = "/", timeout_s: float = 10.0) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        with contextlib.closing(connection):
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()

    def wait_ready(self) -> None:
        assert self.process.stdout
        while ": Ready: " not in (line := self.process.stdout.readline()):
            assert line, f"ended before it was ready:\n{self.output}"
            self.output += line
        self.output += line

    def stop(self, number: int = signal.SIGTERM) -> str:
        self.process.send_signal(number)
        self.output += self.process.communicate(timeout=20)[0]
        return self.output


@pytest.fixture
def start() -> Iterator[Callable[..., Web]]:
    webs: list[Web] = []

    def begin(mode: str = "good", port: int | None = None) -> Web:
        webs.append(Web(mode, port))
        return webs[-1]

    yield begin
    for web in webs:
        web.process.kill()
        web.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_answers_with_two_workers_and_stops_at_once(start: Callable[..., Web], number: int) -> None:
    web = start()
    web.wait_ready()
    assert web.get()[0] == 200
    wait_for(lambda: len(children(web.process.pid)) == 2, "starts the second worker")
    workers = children(web.process.pid)
    began = time.monotonic()
    output = web.stop(number)
    assert time.monotonic() - began < STOP_S + 3
    assert web.process.returncode == 0
    assert re.sub(r"^\S+ \S+ ", "", output) == f"web[trai-moi] INFO hub.services: Ready: http://localhost:{web.port}\n"
    assert not any(map(alive, workers))


def test_ctrl_c_that_reaches_the_workers_too_is_no_accident(start: Callable[..., Web]) -> None:
    web = start()
    web.wait_ready()
    os.killpg(web.process.pid, signal.SIGINT)
    output, _ = web.process.communicate(timeout=20)
    assert web.process.returncode == 0
    assert output == ""


def test_the_workers_leave_ctrl_c_to_the_main_process(start: Callable[..., Web]) -> None:
    web = start()
    web.wait_ready()
    wait_for(lambda: len(children(web.process.pid)) == 2, "starts the second worker")
    workers = children(web.process.pid)
    for worker in workers:
        os.kill(worker, signal.SIGINT)
    assert {web.get()[1] for _ in range(20)} <= set(map(str, workers))
    assert children(web.process.pid) == workers
    assert "Unexpected" not in web.stop()


def test_a_reader_in_the_middle_does_not_hold_up_the_stop(start: Callable[..., Web]) -> None:
    web = start("impatient")
    web.wait_ready()
    with socket.create_connection(("127.0.0.1", web.port)) as reader:
        reader.sendall(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(0.3)
        began = time.monotonic()
        web.stop()
        assert time.monotonic() - began < STOP_S + 4
    assert web.process.returncode == 0


def test_a_killed_worker_is_replaced(start: Callable[..., Web]) -> None:
    web = start()
    web.wait_ready()
    first = children(web.process.pid)
    os.kill(first[0], signal.SIGKILL)
    wait_for(lambda: len(set(children(web.process.pid)) - set(first)) == 1, "a new worker")
    wait_for(lambda: {web.get()[0] for _ in range(5)} == {200}, "answers")
    output = web.stop()
    assert web.process.returncode == 0
    assert re.search(r"web\[trai-moi\] ERROR _granian: Unexpected exit from worker-1", output)
    assert "Traceback" not in output


def test_killing_the_main_process_ends_the_workers(start: Callable[..., Web]) -> None:
    web = start()
    web.wait_ready()
    workers = children(web.process.pid)
    web.process.kill()
    web.process.wait()
    wait_for(lambda: not any(map(alive, workers)), "the end of the workers")


def test_the_port_can_be_used_again_at_once(start: Callable[..., Web]) -> None:
    web = start()
    web.wait_ready()
    assert web.get()[0] == 200
    web.process.kill()
    web.process.wait()
    again = start(port=web.port)
    again.wait_ready()
    assert again.get()[0] == 200


def test_any_answer_is_ready_but_it_is_said(start: Callable[..., Web]) -> None:
    web = start("ill")
    web.wait_ready()
    assert "(/healthz answers 503)" in web.stop()


def test_a_busy_port_is_named(start: Callable[..., Web]) -> None:
    web = start()
    web.wait_ready()
    second = start(port=web.port)
    output, _ = second.process.communicate(timeout=20)
    assert second.process.returncode == 9
    assert output == f"Port {web.port} is busy: another program listens on it.\n"


def test_a_site_that_cannot_be_built_ends_with_one_line_each(start: Callable[..., Web]) -> None:
    web = start("broken")
    output, _ = web.process.communicate(timeout=40)
    assert web.process.returncode != 0
    lines = output.splitlines()
    assert any("cannot be built. | Traceback" in line for line in lines)
    assert all("web[trai-moi]" in line for line in lines)


def test_verbose_lets_the_server_speak_in_our_lines(start: Callable[..., Web]) -> None:
    web = start("verbose")
    web.wait_ready()
    output = web.stop()
    assert "INFO _granian: Spawning worker-1" in output
    assert all("web[trai-moi]" in line for line in output.splitlines())
