"""Warnings are read in a process of its own, and whatever happens to it harms nobody."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from cap_samples import FLOOD, FULL

from player.alerts.cap_reading import read_alert
from player.alerts.cap_refusal import AlertRefusedError
from player.announcing.cap_apart import AlertReader


def test_reading_apart_tells_the_same_as_reading_here() -> None:
    read = AlertReader()
    assert read(FLOOD) == read_alert(FLOOD)
    assert read(FULL) == read_alert(FULL)
    broken = FLOOD.replace(b"Actual", b"Great").replace(b"2026-11-25T18", b"today")
    with pytest.raises(AlertRefusedError) as here:
        read_alert(broken)
    with pytest.raises(AlertRefusedError) as apart:
        read(broken)
    assert [str(each) for each in apart.value.problems] == [str(each) for each in here.value.problems]


@pytest.mark.parametrize(
    ("program", "word"),
    [
        ("import os; os.kill(os.getpid(), 9)", "breaks the program"),
        ("print('{}')", "breaks the program"),
        ("print('[' * 100000)", "breaks the program"),
        ('print(\'{"alert": {"identity": 5}}\')', "breaks the program"),
        ("import time; time.sleep(60)", "too long"),
    ],
)
def test_a_child_that_breaks_harms_nobody(program: str, word: str) -> None:
    read = AlertReader([sys.executable, "-c", program], longest_s=1.0 if "sleep" in program else 20.0)
    with pytest.raises(AlertRefusedError, match=word):
        read(FLOOD)


def test_a_child_may_not_grow_write_or_start_anything(tmp_path: Path) -> None:
    tries = [
        "bytearray(300_000_000)",
        f"import pathlib; pathlib.Path({str(tmp_path / 'file')!r}).write_text('a')",
        "exec('while True: pass')",
    ]
    for attempt in tries:
        program = f"from player.announcing.cap_child import confine\nconfine(1)\n{attempt}\nprint('done')"
        with pytest.raises(AlertRefusedError, match="breaks the program"):
            AlertReader([sys.executable, "-c", program])(FLOOD)
