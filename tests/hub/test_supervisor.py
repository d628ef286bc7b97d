"""`hub.supervisor` with real, tiny child processes: order, restarts, time limits, and nothing left behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import hub
from hub.supervisor import Backoff, Event, Failed, Program, Ready, Stopped, Supervisor

ROOT = str(Path(hub.__file__).parent.parent)
QUICK = Backoff(first_s=0.05, longest_s=0.4, calm_s=60, attempts=3)

CHILD = """
import os, signal, sys, time
from hub.notify import Notifier
name, journal, behaviour = sys.argv[1:]
def note(what):
    with open(journal, "a") as file:
        file.write(f"{what} {name} {os.getpid()}\\n")
def leave(*_):
    notifier.stopping(); note("stop"); sys.exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if behaviour == "stubborn" else leave)
notifier = Notifier.from_environment(os.environ)
note("start")
if behaviour == "broken":
    sys.exit(3)
if behaviour == "never-ready":
    time.sleep(60)
time.sleep(0.1)
notifier.ready(f"{name} works")
note("ready")
if behaviour == "once" :
    sys.exit(4)
while True:
    time.sleep(0.05)
    if behaviour != "silent":
        notifier.alive()
"""


def program(name: str, journal: Path, behaviour: str = "good", **limits: float) -> Program:
    settings = {"ready_s": 20.0, "watchdog_s": 20.0, "stop_s": 10.0, **limits}
    return Program(name, [sys.executable, "-c", CHILD, name, str(journal), behaviour], **settings)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": ROOT}


def wait_for(condition: Callable[[], bool], what: str, timeout_s: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for: {what}"
        time.sleep(0.02)


class Run:
    """A supervisor at work in a thread."""

    def __init__(self, programs: list[Program], backoff: Backoff = QUICK) -> None:
        self.events: list[Event] = []
        self.supervisor = Supervisor(programs, self.events.append, environment(), backoff)
        self.result: bool | None = None
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        self.result = self.supervisor.run()

    def count(self, kind: type[Event], name: str) -> int:
        return sum(isinstance(event, kind) and event.name == name for event in self.events)

    def failures(self, name: str) -> list[Failed]:
        return [event for event in self.events if isinstance(event, Failed) and event.name == name]


@contextmanager
def running(programs: list[Program], backoff: Backoff = QUICK) -> Iterator[Run]:
    run = Run(programs, backoff)
    run.thread.start()
    try:
        yield run
    finally:
        run.supervisor.stop()
        run.thread.join(30)
        assert not run.thread.is_alive()


def lines(journal: Path) -> list[tuple[str, str]]:
    return [(what, name) for what, name, _ in map(str.split, journal.read_text().splitlines())]


def pids(journal: Path, name: str) -> list[int]:
    words = [line.split() for line in journal.read_text().splitlines()] if journal.exists() else []
    return [int(pid) for what, who, pid in words if what == "start" and who == name]


def alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_starts_in_order_and_stops_in_reverse(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    names = ["gate", "player", "web"]
    with running([program(name, journal) for name in names]) as run:
        wait_for(lambda: run.count(Ready, "web") == 1, "web")
    assert run.result is True
    assert lines(journal) == [
        *[(what, name) for name in names for what in ("start", "ready")],
        *[("stop", name) for name in reversed(names)],
    ]
    assert [event.status for event in run.events if isinstance(event, Ready)] == [f"{name} works" for name in names]
    assert [event for event in run.events if isinstance(event, Stopped)] == [
        Stopped(name, killed=False) for name in reversed(names)
    ]


def test_a_killed_service_comes_back_and_the_others_stay(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with running([program("gate", journal), program("web", journal)]) as run:
        wait_for(lambda: run.count(Ready, "web") == 1, "web")
        os.kill(pids(journal, "gate")[0], signal.SIGKILL)
        wait_for(lambda: run.count(Ready, "gate") == 2, "gate again")
        assert len(pids(journal, "web")) == 1
    assert run.failures("gate")[0].reason == "ended by SIGKILL"


def test_the_wait_doubles_with_every_failure(tmp_path: Path) -> None:
    with running([program("web", tmp_path / "journal", "once")]) as run:
        wait_for(lambda: len(run.failures("web")) >= 6, "six failures")
    assert [failure.again_s for failure in run.failures("web")[:6]] == [0.05, 0.1, 0.2, 0.4, 0.4, 0.4]
    assert run.result is True, "a service that was ready once is never given up"


def test_a_calm_time_is_forgiven(tmp_path: Path) -> None:
    with running([program("web", tmp_path / "journal", "once")], Backoff(first_s=0.05, calm_s=0.0)) as run:
        wait_for(lambda: len(run.failures("web")) >= 3, "three failures")
    assert {failure.again_s for failure in run.failures("web")} == {0.05}


def test_backoff_has_a_longest_wait() -> None:
    assert [Backoff().delay(n) for n in (1, 2, 3, 7, 10_000)] == [0.5, 1.0, 2.0, 30.0, 30.0]


def test_a_service_that_never_gets_ready_is_given_up_and_all_stops(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with running([program("gate", journal), program("shelf", journal, "broken"), program("web", journal)]) as run:
        run.thread.join(20)
        assert run.result is False
    assert [failure.again_s for failure in run.failures("shelf")] == [0.05, 0.1, None]
    assert run.failures("shelf")[0].reason == "ended with status 3"
    assert not pids(journal, "web"), "what comes after is not started"
    assert lines(journal)[-1] == ("stop", "gate")


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with running([Program("web", ["/nowhere/hub"])]) as run:
        run.thread.join(20)
        assert run.result is False
    assert run.failures("web")[0].reason == "cannot be started: No such file or directory"


def test_time_to_get_ready_is_limited(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with running([program("web", journal, "never-ready", ready_s=0.5)]) as run:
        run.thread.join(20)
    assert run.result is False
    assert run.failures("web")[0].reason == "was not ready within 0.5 s"
    assert not any(map(alive, pids(journal, "web")))


def test_a_service_without_a_sign_of_life_is_started_again(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with running([program("good", journal, watchdog_s=5.0), program("bad", journal, "silent", watchdog_s=0.5)]) as run:
        wait_for(lambda: run.count(Ready, "bad") == 2, "bad again")
    assert run.failures("bad")[0].reason == "gave no sign of life for 0.5 s"
    assert not run.failures("good")


def test_a_service_that_will_not_stop_is_killed(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with running([program("web", journal, "stubborn", stop_s=0.3)]) as run:
        wait_for(lambda: run.count(Ready, "web") == 1, "web")
    assert run.events[-1] == Stopped("web", killed=True)
    assert not alive(pids(journal, "web")[0])


def test_asking_twice_kills_at_once(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with running(
        [program("gate", journal, "stubborn", stop_s=60), program("web", journal, "stubborn", stop_s=60)]
    ) as run:
        wait_for(lambda: run.count(Ready, "web") == 1, "web")
        began = time.monotonic()
        run.supervisor.stop()
        time.sleep(0.2)
        assert run.thread.is_alive()
        run.supervisor.stop()
        run.thread.join(10)
        assert time.monotonic() - began < 5
    assert [event.name for event in run.events if isinstance(event, Stopped)] == ["web", "gate"]


def test_what_a_service_started_ends_with_it(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    script = f"sleep 60 & echo $! > {pid_file}.new; mv {pid_file}.new {pid_file}; exit 1"
    with running([Program("web", ["sh", "-c", script])]):
        wait_for(pid_file.exists, "the grandchild")
        grandchild = int(pid_file.read_text())
        wait_for(lambda: not alive(grandchild), "its end")


def test_nobody_else_can_speak_for_a_service(tmp_path: Path) -> None:
    script = 'python=$0; "$python" -c "import os; from hub.notify import Notifier; '
    script += "Notifier(os.environ['NOTIFY_SOCKET']).ready('liar')\"; sleep 60"
    liar = Program("web", ["sh", "-c", script, sys.executable], ready_s=2.0)
    with running([liar], Backoff(attempts=1)) as run:
        run.thread.join(20)
    assert run.count(Ready, "web") == 0
    assert run.failures("web")[0].reason == "was not ready within 2 s"


@pytest.mark.parametrize("pause_s", [0.0, 0.05, 0.6])
def test_killing_the_supervisor_leaves_nothing(tmp_path: Path, pause_s: float) -> None:
    """However early: before a child has started Python, while it starts, and when it works."""
    journal = tmp_path / "journal"
    child = (
        "import os, sys; from hub.lifeline import die_with_parent; from hub.supervisor import PARENT_VARIABLE\n"
        "die_with_parent(int(os.environ[PARENT_VARIABLE]))\n" + CHILD
    )
    script = (
        "import sys; from hub.supervisor import Program, Supervisor\n"
        f"names = ['a', 'b']; child = {child!r}\n"
        f"Supervisor([Program(n, [sys.executable, '-c', child, n, {str(journal)!r}, 'good']) for n in names],"
        " lambda event: print(event, flush=True)).run()"
    )
    supervisor = subprocess.Popen([sys.executable, "-c", script], env=environment(), stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout
    if pause_s >= 0.5:
        assert "'a'" in supervisor.stdout.readline()
        assert "'b'" in supervisor.stdout.readline()
    else:
        wait_for(lambda: bool(children(supervisor.pid)), "a child")
        time.sleep(pause_s)
    family = children(supervisor.pid)
    supervisor.kill()
    supervisor.communicate()
    assert family
    wait_for(lambda: not any(map(alive, family)), "the end of all children")


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
