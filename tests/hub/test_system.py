"""`hub.system` runs programs and writes files that survive crashes."""

import errno
import os
import shlex
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hub.errors import CommandError
from hub.system import atomic_write, run
from hub.testing import FakeRun


def test_run_returns_what_the_program_writes() -> None:
    assert run(["printf", "%s", "Trại Mới"]) == "Trại Mới"


def test_run_never_sees_a_shell(tmp_path: Path) -> None:
    assert run(["echo", "$HOME; ls"]) == "$HOME; ls\n"
    with pytest.raises(TypeError):
        run("echo hello")


def test_run_gives_no_input() -> None:
    assert run(["cat"]) == ""


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["sh", "-c", "echo 'no card' >&2; exit 3"], "sh failed (status 3): no card"),
        (["sh", "-c", "kill -9 $$"], "sh failed (signal SIGKILL)."),
        (["no-such-program", "a b"], "no-such-program could not be started: No such file or directory."),
    ],
)
def test_a_failure_says_why_and_can_be_pasted(args: list[str], says: str) -> None:
    with pytest.raises(CommandError) as caught:
        run(args)
    assert caught.value.message == says
    assert shlex.split(caught.value.hint.removeprefix("Try: ")) == args


def test_a_program_that_takes_too_long_ends_with_all_it_started(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    script = f"sleep 60 & echo $! > {pid_file}; wait"
    with pytest.raises(CommandError, match=r"took longer than 0\.5 s"):
        run(["sh", "-c", script], timeout_s=0.5)
    stat_file = Path("/proc", pid_file.read_text().strip(), "stat")
    deadline = time.monotonic() + 5
    while stat_file.exists() and " Z " not in stat_file.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not stat_file.exists() or " Z " in stat_file.read_text()


def test_the_fake_keeps_the_rules() -> None:
    fake = FakeRun({"nft": "ok"})
    assert fake(["nft", "list"]) == "ok"
    with pytest.raises(CommandError):
        fake(["iw"])
    fake.failing.add("nft")
    with pytest.raises(CommandError):
        fake(["nft"])
    with pytest.raises(TypeError):
        fake("nft list")
    assert fake.calls == [("nft", "list"), ("iw",), ("nft",)]


def test_writes_new_and_old_files(tmp_path: Path) -> None:
    path = tmp_path / "shelf.json"
    atomic_write(path, b"one")
    assert path.read_bytes() == b"one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    path.chmod(0o640)
    atomic_write(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    atomic_write(path, b"three", mode=0o600)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    path = tmp_path / "link"
    path.symlink_to(tmp_path / "real" / "file")
    atomic_write(path, b"x")
    assert path.is_symlink()
    assert (tmp_path / "real" / "file").read_bytes() == b"x"


def test_a_long_name_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250)
    atomic_write(path, b"x")
    assert path.read_bytes() == b"x"


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        atomic_write(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_size_limit_met_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    script = (
        "import resource, signal, sys; from pathlib import Path; from hub.system import atomic_write\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try: atomic_write(Path(sys.argv[1]), b'n' * 100000)\n"
        "except OSError: sys.exit(7)"
    )
    assert subprocess.run([sys.executable, "-c", script, path], check=False).returncode == 7
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_is_flushed_before_it_takes_its_place_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    real_fsync, real_replace = os.fsync, Path.replace

    def fsync(handle: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        real_fsync(handle)

    def replace(self: Path, target: Path) -> Path:
        steps.append("replace")
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    atomic_write(tmp_path / "file", b"x")
    assert steps == ["file", "replace", "folder"]


@pytest.mark.parametrize("step", ["os.fsync", "os.fchmod", "pathlib.Path.replace", "hub.system.sync_folder"])
def test_a_kill_between_the_steps_leaves_a_whole_file(tmp_path: Path, step: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    holder, _, name = step.rpartition(".")
    script = (
        "import os, pathlib, signal, sys, hub.system\n"
        f"setattr({holder}, {name!r}, lambda *_: os.kill(os.getpid(), signal.SIGKILL))\n"
        "hub.system.atomic_write(pathlib.Path(sys.argv[1]), b'new')"
    )
    child = subprocess.run([sys.executable, "-c", script, path], check=False)
    assert child.returncode == -signal.SIGKILL
    assert path.read_bytes() == (b"new" if step.endswith("sync_folder") else b"old")
    atomic_write(path, b"newer")
    assert path.read_bytes() == b"newer"
    assert list(tmp_path.iterdir()) == [path], "the next writer removes what a killed one left"


def test_kills_at_any_moment_leave_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    script = (
        "import pathlib, sys; from hub.system import atomic_write\n"
        "n = 0\n"
        "print(flush=True)\n"
        "while True:\n    n += 1; atomic_write(pathlib.Path(sys.argv[1]), str(n).encode().rjust(300000, b'.') )"
    )
    for attempt in range(5):
        child = subprocess.Popen([sys.executable, "-c", script, path], stdout=subprocess.PIPE)
        assert child.stdout
        child.stdout.readline()
        time.sleep(0.05 + 0.013 * attempt)
        child.kill()
        child.communicate()
        assert len(path.read_bytes()) == 300000
    atomic_write(path, b"end")
    assert list(tmp_path.iterdir()) == [path]
