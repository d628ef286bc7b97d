"""`hub demo` as a person meets it: one terminal, one folder, and nothing left behind."""

import contextlib
import http.client
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import hub
from library.baking import Entry, bake_zim

ROOT = str(Path(hub.__file__).parent.parent)
SERVICES = ["gate", "player", "shelf", "web"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def family(folder: Path) -> dict[int, str]:
    """Every process that has to do with a folder: its number and its command line."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                if str(folder) in command:
                    found[int(entry.name)] = command
    return found


def wait_for(condition: Callable[[], bool], what: str, timeout_s: float = 30.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for: {what}"
        time.sleep(0.05)


class Demo:
    """A `hub demo --data FOLDER` in a terminal of its own."""

    def __init__(self, folder: Path, *options: str, port: int | None = None, **environ: str) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.output = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hub.cli", "demo", "--data", folder, "--port", str(self.port), *options],
            env={**os.environ, "PYTHONPATH": ROOT, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def until(self, words: str, timeout_s: float = 60.0) -> None:
        assert self.process.stdout
        handle = self.process.stdout.fileno()
        deadline = time.monotonic() + timeout_s
        begin = len(self.output)
        while words not in self.output[begin:]:
            left = deadline - time.monotonic()
            assert left > 0, f"waited in vain for {words!r}:\n{self.output}"
            if select.select([handle], [], [], left)[0]:
                data = os.read(handle, 65536)
                assert data, f"ended before {words!r}:\n{self.output}"
                self.output += data.decode("utf-8", "replace")

    def end(self, timeout_s: float = 40.0) -> str:
        self.output += self.process.communicate(timeout=timeout_s)[0].decode("utf-8", "replace")
        return self.output

    def get(self, path: str, before: str = "") -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", path, headers={"Host": f"{before}localhost:{self.port}"})
            response = connection.getresponse()
            return response.status, response.read()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "Nhà văn hóa"
    (folder / "content").mkdir(parents=True)
    bake_zim(
        folder / "content" / "vuon-nha_vi.zim",
        {"index.html": Entry("<h1>Vườn nhà</h1>", "Vườn nhà")},
        name="vuon-nha_vi",
        title="Vườn nhà",
        main_path="index.html",
    )
    return folder


@pytest.fixture
def demo() -> Iterator[Callable[..., Demo]]:
    demos: list[Demo] = []

    def start(folder: Path, *options: str, port: int | None = None, **environ: str) -> Demo:
        demos.append(Demo(folder, *options, port=port, **environ))
        return demos[-1]

    yield start
    for started in demos:
        started.process.kill()
        started.process.communicate()
    for started in demos:
        wait_for(lambda started=started: not family(started.folder), "the end of every process")


def test_opens_a_library_and_closes_it_without_a_trace(folder: Path, demo: Callable[..., Demo]) -> None:
    house = demo(folder)
    house.until("Ctrl-C")
    ready = re.findall(r"✓ .*?(\w+\.sock|http://localhost:\d+)", house.output)
    assert ready == ["gate.sock", "player.sock", "shelf.sock", f"http://localhost:{house.port}"]
    assert "█" in house.output
    assert re.search(r"/dat-ma-lan-dau  –  mã / code: [0-9A-Z]{4}-[0-9A-Z]{4}\n", house.output)
    wait_for(lambda: json.loads(house.get("/api/shelf")[1])["books"][0]["state"] == "ready", "the book")
    assert house.get("/healthz")[0] == 200
    assert "Vườn nhà" in house.get("/tu-sach")[1].decode()
    house.process.send_signal(signal.SIGINT)
    output = house.end()
    assert house.process.returncode == 0
    stopped = re.findall(r"■ (.*?) / .*stopped", output)
    assert stopped == ["Trang web", "Tủ sách", "Máy phát phim", "Cổng Wi-Fi"]
    assert "Traceback" not in output
    assert not family(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["content", "index", "recordings", "state"]
    assert not [path for path in folder.rglob("*") if path.suffix in {".sock", ".tmp", ".pid"}]


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed: ./run test installs it")
def test_nginx_may_stand_in_front_as_on_a_card(folder: Path, demo: Callable[..., Demo]) -> None:
    house = demo(folder, "--edge", "--address", "127.0.0.1")
    house.until("Ctrl-C")
    assert f"http://localhost:{house.port}" in house.output
    wait_for(lambda: json.loads(house.get("/api/shelf")[1])["books"][0]["state"] == "ready", "the book")
    (pages,) = {book["pages"] for book in json.loads(house.get("/api/shelf")[1])["books"]}
    assert pages == f"http://sach.localhost:{house.port}/trang/vuon-nha_vi/"
    path = "/trang/vuon-nha_vi/index.html"
    kept = folder / "run" / "nginx-books"
    wait_for(lambda: house.get(path, "sach.") and any(len(file.name) == 32 for file in kept.rglob("*")), "a kept page")
    assert b"nh\xc3\xa0</h1>" in house.get(path, "sach.")[1]
    house.process.send_signal(signal.SIGINT)
    output = house.end()
    assert house.process.returncode == 0
    stopped = re.findall(r"■ (.*?) / .*stopped", output)
    assert stopped == ["Cửa trước", "Trang web", "Tủ sách", "Máy phát phim", "Cổng Wi-Fi"]
    assert not family(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["content", "index", "recordings", "state"]


def test_an_empty_folder_opens_too_and_a_book_may_come_later(
    tmp_path: Path, folder: Path, demo: Callable[..., Demo]
) -> None:
    empty = tmp_path / "new" / "folder"
    house = demo(empty)
    house.until("Ctrl-C")
    assert str(empty / "content") in house.output
    assert house.get("/healthz")[0] == 200
    (folder / "content" / "vuon-nha_vi.zim").rename(empty / "content" / "vuon-nha_vi.zim")
    wait_for(lambda: b'"ready"' in house.get("/api/shelf")[1], "the book")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_ways_to_close_it(folder: Path, demo: Callable[..., Demo], number: int) -> None:
    house = demo(folder)
    house.until("✓")
    house.process.send_signal(number)
    house.end()
    assert house.process.returncode == 0
    assert not family(folder)


def test_a_service_that_falls_gets_up_again(folder: Path, demo: Callable[..., Demo]) -> None:
    house = demo(folder)
    house.until("Ctrl-C")
    for name in SERVICES:
        main = min(pid for pid, command in family(folder).items() if f" run {name} " in command)
        os.kill(main, signal.SIGKILL)
        house.until("SIGKILL")
        house.until("✓")
    assert house.get("/healthz")[0] == 200


def test_killing_it_leaves_no_process_and_nothing_in_the_way(folder: Path, demo: Callable[..., Demo]) -> None:
    house = demo(folder)
    house.until("Ctrl-C")
    assert len(family(folder)) >= 5
    house.process.kill()
    wait_for(lambda: not family(folder), "the end of every process")
    again = demo(folder, port=house.port)
    again.until("Ctrl-C")
    assert again.get("/healthz")[0] == 200


def test_two_hubs_do_not_share_a_folder_or_a_port(tmp_path: Path, folder: Path, demo: Callable[..., Demo]) -> None:
    house = demo(folder)
    house.until("Ctrl-C")
    second = demo(folder)
    assert f"Another hub is working in {folder}" in second.end()
    third = demo(tmp_path / "other", port=house.port)
    output = third.end()
    assert f"Port {house.port} is busy" in output
    assert "--port" in output
    assert second.process.returncode == third.process.returncode == 1
    assert house.get("/healthz")[0] == 200


def test_a_long_way_to_the_folder_and_an_old_locale(tmp_path: Path, demo: Callable[..., Demo]) -> None:
    folder = tmp_path.joinpath(*["thu-muc"] * 25)
    house = demo(folder, LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    house.until("Ctrl-C")
    assert "Nhà văn hóa" in house.output
    assert house.get("/healthz")[0] == 200


def test_what_is_not_the_demos_stays(folder: Path, demo: Callable[..., Demo]) -> None:
    (folder / "run").mkdir()
    (folder / "run" / "diary.txt").write_text("mine")
    house = demo(folder)
    house.until("✓")
    house.process.send_signal(signal.SIGINT)
    house.end()
    assert [path.name for path in (folder / "run").iterdir()] == ["diary.txt"]
