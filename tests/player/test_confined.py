"""Other programs get little time, memory and room, and no network."""

import socket
import sys
import time
from pathlib import Path

import pytest

from player.confined import Limits, Runner, find_walls
from player.errors import ProgramMissingError

LIMITS = Limits(wall_s=20, cpu_s=5, memory_mb=400, file_mb=1)


def python(script: str, limits: Limits = LIMITS, given: bytes = b"", walls: tuple[str, ...] = ()) -> tuple[bool, bytes]:
    outcome = Runner(walls).run([sys.executable, "-c", script], limits, given)
    return outcome.good, outcome.output


def test_what_is_given_comes_in_and_what_is_printed_comes_out() -> None:
    assert python("import sys; print(sys.stdin.read()[::-1])", given="chào".encode()) == (True, "oàhc\n".encode())


def test_its_status_is_told() -> None:
    outcome = Runner().run(["sh", "-c", "exit 3"], LIMITS)
    assert (outcome.status, outcome.in_time, outcome.good) == (3, True, False)


def test_a_missing_program_is_named_with_what_to_install() -> None:
    with pytest.raises(ProgramMissingError, match="no-such-program") as missing:
        Runner().run(["no-such-program"], LIMITS)
    assert "apt install" in missing.value.hint


def test_one_that_takes_too_long_is_ended_with_its_children() -> None:
    outcome = Runner().run(["sh", "-c", "sleep 100 & echo $!; wait"], Limits(0.3, 5, 400, 1))
    assert not outcome.in_time and not outcome.good
    child = int(outcome.output)
    for _ in range(200):  # the kernel takes a moment
        try:
            with Path(f"/proc/{child}/stat").open() as file:
                if file.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return
        except FileNotFoundError:
            return
        time.sleep(0.01)
    raise AssertionError("its child lives on")


def test_memory_processor_and_files_are_limited() -> None:
    assert not python("x = bytearray(600 * 1024 * 1024)")[0]
    assert not python("while True: pass", Limits(20, 1, 400, 1))[0]
    good, output = python("import sys; sys.stdout.buffer.write(b'x' * 4_000_000); sys.stdout.flush()")
    assert not good and len(output) <= 1024 * 1024


def test_nothing_of_the_environment_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_HOUSE", "1")
    assert b"SECRET_OF_THE_HOUSE" not in python("import os; print(dict(os.environ))")[1]


def test_where_nothing_cuts_off_there_are_no_walls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_walls() == ()
    (tmp_path / "unshare").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "unshare").chmod(0o755)
    assert find_walls() == ()


def test_behind_the_walls_there_is_no_network() -> None:
    walls = find_walls()
    with socket.create_server(("127.0.0.1", 0)) as server:
        script = f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 2)"
        assert python(script)[0]
        assert walls == () or not python(script, walls=walls)[0]
