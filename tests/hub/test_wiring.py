"""`hub.wiring` runs each service of a real hub in a process of its own, as systemd does."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import hub
from hub.demo import demo_config
from hub.example import to_toml
from hub.unix_sockets import ask

ROOT = str(Path(hub.__file__).parent.parent)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "content").mkdir()
    (tmp_path / "hub.toml").write_text(to_toml(demo_config(tmp_path)))
    return tmp_path


@contextmanager
def service(name: str, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    args = [sys.executable, "-m", "hub.cli", "run", name, "--config", str(folder / "hub.toml")]
    environ = {**os.environ, "PYTHONPATH": ROOT}
    with subprocess.Popen(
        args, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_ready(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    output = ""
    while " Ready: " not in output:
        line = process.stdout.readline()
        assert line, f"ended before it was ready:\n{output}"
        output += line
    return output


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gate", {"mode": "pretend", "open": False, "backhaul": "up"}),
        ("player", {"screen": "none", "state": "idle", "film": ""}),
        ("shelf", {"problem": "", "ready": 0}),
    ],
)
def test_a_service_answers_on_its_socket_and_stops(folder: Path, name: str, says: dict[str, object]) -> None:
    path = folder / "run" / f"{name}.sock"
    with service(name, folder) as process:
        output = wait_ready(process)
        assert f" {name}[trai-moi] INFO hub.services: Ready: {name}.sock" in output
        status, answer = ask(path, "/status")
        assert status == 200
        assert {key: answer[key] for key in says} == says
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=20)
        assert process.returncode == 0, output
        assert "Traceback" not in output
    assert not path.exists()


def test_the_shelf_stays_up_without_a_content_folder(folder: Path) -> None:
    (folder / "content").rmdir()
    with service("shelf", folder) as process:
        wait_ready(process)
        status, answer = ask(folder / "run" / "shelf.sock", "/status")
        assert status == 200
        assert "cannot be read" in str(answer["problem"])


def test_a_second_keeper_of_the_same_folder_is_refused(folder: Path) -> None:
    with service("shelf", folder) as first:
        wait_ready(first)
        with service("shelf", folder) as second:
            output, _ = second.communicate(timeout=20)
            assert second.returncode == 1
            assert f"Another hub is working in {folder / 'state'}" in output
        assert ask(folder / "run" / "shelf.sock", "/healthz")[0] == 200


def test_a_state_folder_that_cannot_be_is_an_error_in_words(folder: Path) -> None:
    (folder / "state").write_text("in the way")
    with service("shelf", folder) as process:
        output, _ = process.communicate(timeout=20)
        assert process.returncode == 1
        assert "a file is in its place" in output
        assert "Traceback" not in output


def test_each_process_loads_only_its_part_of_the_house() -> None:
    for name, foreign in {
        "captive_portal.service": {"libzim", "gpiozero", "granian", "library", "player"},
        "player.service": {"libzim", "granian", "library", "captive_portal"},
        "hub.wiring": {"libzim", "gpiozero", "granian", "flask", "waitress"},
    }.items():
        script = f"import sys, {name}; print(*sys.modules)"
        environ = {**os.environ, "PYTHONPATH": ROOT}
        done = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True)
        assert not foreign & set(done.stdout.split()), name
