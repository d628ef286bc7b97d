"""Programs that are run by systemd, or as children that are kept alive and never outlive their parent."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from captive_portal.errors import ProgramError
from captive_portal.programs import ChildProcess, SystemdUnit

SOON_S = 20.0


def soon(true: Callable[[], object]) -> bool:
    """Wait until something is true, generously."""
    deadline = time.monotonic() + SOON_S
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.01)
    return False


class Systemctl:
    """A systemctl that remembers and may fail."""

    def __init__(self) -> None:
        self.asked: list[Sequence[str]] = []
        self.fails = False

    def __call__(self, args: Sequence[str]) -> str:
        self.asked.append(args)
        if self.fails:
            raise RuntimeError("systemctl failed (status 5)")
        return ""


def test_a_unit_is_asked_for_by_its_name() -> None:
    systemctl = Systemctl()
    unit = SystemdUnit("hostapd.service", systemctl)
    unit.start()
    unit.restart()
    unit.stop()
    assert unit.running()
    assert systemctl.asked == [
        ["systemctl", "start", "hostapd.service"],
        ["systemctl", "restart", "hostapd.service"],
        ["systemctl", "stop", "hostapd.service"],
        ["systemctl", "is-active", "--quiet", "hostapd.service"],
    ]


def test_a_unit_that_fails() -> None:
    systemctl = Systemctl()
    systemctl.fails = True
    unit = SystemdUnit("hostapd.service", systemctl)
    assert not unit.running()
    with pytest.raises(ProgramError, match=r"could not start hostapd\.service: systemctl failed") as failure:
        unit.start()
    assert failure.value.hint == "See: journalctl -u hostapd.service -n 50"


@pytest.fixture
def child() -> Iterator[Callable[..., ChildProcess]]:
    """Makes children of shell lines, and stops them again."""
    made: list[ChildProcess] = []

    def make(line: str, **more: object) -> ChildProcess:
        made.append(ChildProcess(["sh", "-c", line], first_wait_s=0.01, **more))
        return made[-1]

    yield make
    for process in made:
        process.stop()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_child_is_started_restarted_and_stopped(child: Callable[..., ChildProcess]) -> None:
    process = child("exec sleep 1000")
    assert not process.running()
    process.start()
    first = process.pid
    assert first
    assert process.running()
    process.start()
    assert process.pid == first
    process.restart()
    second = process.pid
    assert second not in (None, first)
    assert not alive(first)
    process.stop()
    assert not process.running()
    assert second
    assert not alive(second)
    process.stop()


def test_a_child_that_is_killed_comes_back(
    child: Callable[..., ChildProcess], caplog: pytest.LogCaptureFixture
) -> None:
    process = child("exec sleep 1000")
    process.start()
    first = process.pid
    assert first
    os.kill(first, signal.SIGKILL)
    assert soon(lambda: process.pid not in (None, first))
    assert "sh ended by SIGKILL; started again in 0.01 s" in caplog.text


def test_a_child_that_fails_again_and_again_is_started_less_and_less_often(
    child: Callable[..., ChildProcess], caplog: pytest.LogCaptureFixture
) -> None:
    process = child("exit 3", longest_wait_s=0.04)
    process.start()
    assert soon(lambda: caplog.text.count("in 0.04 s") >= 2)
    process.stop()
    waits = [record.getMessage() for record in caplog.records if "started again" in record.getMessage()]
    assert waits[:4] == [f"sh ended with status 3; started again in {wait} s" for wait in (0.01, 0.02, 0.04, 0.04)]


def test_a_child_that_worked_for_long_is_started_again_quickly(
    child: Callable[..., ChildProcess], caplog: pytest.LogCaptureFixture
) -> None:
    process = child("exit 3", calm_s=0.0)
    process.start()
    assert soon(lambda: caplog.text.count("in 0.01 s") >= 3)
    process.stop()
    assert "in 0.04 s" not in caplog.text


def test_a_child_that_does_not_listen_is_killed_with_its_own_children(
    child: Callable[..., ChildProcess], tmp_path: Path
) -> None:
    process = child(f"trap '' TERM; sleep 1000 & echo $! > {tmp_path}/pid; while :; do wait; done", stop_s=0.1)
    process.start()
    assert soon((tmp_path / "pid").exists)
    assert soon((tmp_path / "pid").read_text)
    process.stop()
    assert soon(lambda: not alive(int((tmp_path / "pid").read_text())))


def test_what_a_child_says_is_logged_without_phones(
    child: Callable[..., ChildProcess], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    process = child("echo wlan0: AP-STA-CONNECTED 02:00:00:00:00:0A; echo lease 10.10.10.7 >&2; exec sleep 1000")
    process.start()
    assert soon(lambda: "sh: lease (a phone)" in caplog.text)
    assert "sh: wlan0: AP-STA-CONNECTED (a phone)" in caplog.text
    assert {record.levelname for record in caplog.records} == {"DEBUG"}


def test_a_program_that_is_not_there() -> None:
    missing = ChildProcess(["/nonexistent/hostapd", "x"])
    with pytest.raises(ProgramError, match="hostapd could not be started: No such file") as failure:
        missing.start()
    assert failure.value.hint == "Install it: apt install hostapd"
    assert not missing.running()


PARENT = """
import os, sys, time
from functools import partial
from captive_portal.programs import ChildProcess
from hub.lifeline import die_with_parent
child = ChildProcess(["sleep", "1000"], tie=partial(die_with_parent, os.getpid()))
child.start()
print(child.pid, flush=True)
time.sleep(1000)
"""


def test_a_child_dies_with_a_parent_that_is_killed(project: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], cwd=project, stdout=subprocess.PIPE, text=True) as parent:
        try:
            assert parent.stdout
            pid = int(parent.stdout.readline())
            assert alive(pid)
        finally:
            parent.kill()
    assert soon(lambda: not alive(pid))
