"""The machine is switched off in order, and the demo never does it."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from hub.errors import CommandError
from hub.power import POWER_OFF, power_off_of


def test_a_hub_asks_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told"
    program = tmp_path / "systemctl"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >{told}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    power_off_of(demo=False)()
    assert told.read_text() == f"{program} --no-ask-password poweroff\n"


def test_the_demo_stays_on_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    asked: list[Sequence[str]] = []
    with caplog.at_level(logging.INFO):
        power_off_of(demo=True, run=asked.append)()
    assert asked == []
    assert "This is the demo" in caplog.text


def test_a_refusal_is_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(args: Sequence[str]) -> None:
        assert tuple(args) == POWER_OFF
        raise CommandError("systemctl failed.", "Try: systemctl poweroff")

    power_off_of(demo=False, run=refuse)()
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage() == "The machine could not be switched off: systemctl failed. Try: systemctl poweroff"
