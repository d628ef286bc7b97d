"""A check ends, with an answer, whatever the file does to it; and its process never outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from library import reasons
from library.admission import Checker, verdict_from
from library.config import LibraryConfig
from library.inspection import Verdict, inspect
from library.testing import Crafted, Entry, bake_zim, craft_zim, damage, reseal


def config(**settings: float) -> LibraryConfig:
    return LibraryConfig.model_validate(settings)


def check(checker: Checker, path: Path, *, whole: bool = True) -> Verdict:
    checker.start(path, path.stat().st_size, whole=whole)
    assert checker.busy
    end = time.monotonic() + 60
    while (verdict := checker.poll()) is None:
        assert time.monotonic() < end
    assert not checker.busy
    return verdict


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return bake_zim(tmp_path / "a.zim", {"a": Entry("text", "A")}, name="a", title="Sách", metadata={"Publisher": "Xã"})


def test_a_sound_book(book: Path) -> None:
    verdict = check(Checker(config()), book)
    assert verdict == inspect(book, whole=True)
    assert verdict.facts
    assert (verdict.facts.title, verdict.facts.publisher, verdict.facts.articles) == ("Sách", "Xã", 1)


def test_the_child_is_polite(book: Path) -> None:
    checker = Checker(config())
    checker.start(book, 1, whole=True)
    assert checker._child
    pid = checker._child.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_until_python(pid)
        assert os.getpriority(os.PRIO_PROCESS, pid) == 15
        said = subprocess.run(["ionice", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
        assert said.startswith("idle")
    finally:
        os.kill(pid, signal.SIGCONT)
    checker.stop()


def wait_until_python(pid: int) -> None:
    """Let a stopped child go on until nice and ionice have become Python."""
    for _ in range(2000):
        if b"library.inspection" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:3]:
            return
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.001)
        os.kill(pid, signal.SIGSTOP)
    pytest.fail("the child did not start")


def test_a_child_that_is_killed(book: Path) -> None:
    for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT):
        checker = Checker(config())
        checker.start(book, 1, whole=True)
        assert checker._child
        os.kill(checker._child.pid, number)
        while (verdict := checker.poll()) is None:
            pass
        assert verdict == Verdict(None, reasons.BREAKS_READER, number.name)
    assert check(checker, book).facts


def test_time_runs_out_by_size(book: Path) -> None:
    now = 0.0
    checker = Checker(config(check_rate_mb_s=5.0, check_grace_s=60.0), lambda: now)
    checker.start(book, 500 * 1024 * 1024, whole=True)
    assert checker._child
    pid = checker._child.pid
    os.kill(pid, signal.SIGSTOP)
    now = 159.9
    assert checker.poll() is None
    now = 160.1
    assert checker.poll() == Verdict(None, reasons.TOO_SLOW, "160 s")
    assert not checker.busy
    assert not Path(f"/proc/{pid}").exists()
    assert check(Checker(config()), book).facts


def test_stopping_leaves_no_process(book: Path) -> None:
    checker = Checker(config())
    checker.stop()
    checker.start(book, 1, whole=True)
    assert checker._child
    pid = checker._child.pid
    checker.stop()
    assert not Path(f"/proc/{pid}").exists()
    assert checker.poll() is None


def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    """A check that would take long, of a parent that is killed."""
    large = craft_zim(tmp_path / "a.zim", [Crafted("C/a", b"x")], version=(6, 1), extended=True, gap=20 << 30)
    script = (
        "import sys; from pathlib import Path; from library.admission import Checker\n"
        "from library.config import LibraryConfig\n"
        "checker = Checker(LibraryConfig()); checker.start(Path(sys.argv[1]), 1, whole=True)\n"
        "print(checker._child.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, large], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        time.sleep(1.0)
        assert Path(f"/proc/{child}").exists()
        parent.kill()
        end = time.monotonic() + 10
        while Path(f"/proc/{child}").exists() and b"library" in Path(f"/proc/{child}/cmdline").read_bytes():
            assert time.monotonic() < end
            time.sleep(0.02)


def test_memory_is_bounded(tmp_path: Path) -> None:
    """A page that unpacks to far more than the limit: refused or let through, but never with that much memory."""
    bomb = bake_zim(
        tmp_path / "a.zim",
        {"a": Entry("a"), "bomb": Entry(bytes(300_000_000), mimetype="application/x", compress=True)},
        name="a",
        cluster_bytes=400_000_000,
    )
    assert bomb.stat().st_size < 1_000_000
    script = (
        "import resource, subprocess, sys\n"
        "subprocess.run([sys.executable, '-m', 'library.inspection', sys.argv[1], '--memory', '64'], check=False)\n"
        "print('\\n', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", script, bomb], capture_output=True, text=True, check=True)
    assert int(done.stdout.splitlines()[-1]) < 150_000  # kB: the limit, and the programs themselves
    verdict = check(Checker(config(check_memory_mb=64)), bomb)
    assert verdict.facts or verdict.reason


def test_strange_answers_are_no_verdict() -> None:
    for output in (b"", b"{", b"[]", b"null", b"5", b"{}", b'{"facts": 5}', b'{"facts": {"a": 1}}', b"\xff",
                   b'{"facts": null, "surprise": 1}'):  # fmt: skip
        verdict = verdict_from(0, output)
        assert verdict.facts is None
        assert verdict.reason == reasons.NO_ANSWER, output
    assert verdict_from(1, b"").detail == "status 1"
    assert verdict_from(-64, b"").reason == reasons.BREAKS_READER


def test_a_vouched_file_is_probed_but_not_summed(tmp_path: Path) -> None:
    path = craft_zim(tmp_path / "a.zim", [Crafted("C/a", b"x" * 1000)], version=(6, 1))
    damage(path, -500, b"y")
    assert inspect(path, whole=True).reason == reasons.DAMAGED
    assert inspect(path, whole=False).facts
    damage(path, path.read_bytes().index(b"a\0\0"), b"\xff")
    reseal(path)
    assert inspect(path, whole=False).reason  # no page can be asked for by that path


def test_what_holds_no_page(tmp_path: Path) -> None:
    assert inspect(craft_zim(tmp_path / "a.zim", [Crafted("M/Name", b"a")], version=(6, 1)), whole=True).reason
    pictures = craft_zim(tmp_path / "b.zim", [Crafted("C/p", b"\x89PNG", "image/png")], version=(6, 1))
    assert inspect(pictures, whole=True).reason == reasons.NO_PAGES


def test_a_file_without_a_checksum(tmp_path: Path) -> None:
    path = craft_zim(tmp_path / "a.zim", [Crafted("C/a", b"x")], version=(6, 1))
    damage(path, 72, bytes(8))
    assert inspect(path, whole=True).reason in {reasons.NO_CHECKSUM, reasons.DAMAGED}


def test_one_bad_path_or_redirect_spoils_no_book(tmp_path: Path) -> None:
    entries = [
        Crafted("A/a", b"x"),
        Crafted(b"A/\xff\xfe", b"unreachable"),
        Crafted("A/b", redirect="A/c"),
        Crafted("A/c", redirect="A/b"),
    ]
    verdict = inspect(craft_zim(tmp_path / "a.zim", entries, main="A/a"), whole=True)
    assert verdict.facts
    assert verdict.facts.main_path == "A/a"
