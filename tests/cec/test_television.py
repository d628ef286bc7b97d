"""The television switched for real: Linux's CEC, cec-ctl, and a television that cec-follower plays, on an HDMI cable
that the vivid driver plays. Runs in the emulated machine.
"""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from television import wait_until

from player.television import cec
from player.television.cec import Power
from player.television.config import TelevisionConfig
from player.television.switching import CecTelevision, run

pytestmark = pytest.mark.cec
HUB, SET = "/dev/cec1", "/dev/cec0"
NOBODY, THE_HUB = 1, 2
"""To what the television's connector is connected (vivid's menu)."""


def does(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout


def connect(what: int) -> None:
    does("v4l2-ctl", "-d", "/dev/video0", "-c", f"hdmi_000_0_is_connected_to={what}")


def power() -> Power:
    return cec.power(does(*cec.ask_power(HUB)))


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Path]:
    """A television that is on, and what it notes down."""
    does("modprobe", "vivid", "n_devs=1", "num_inputs=1", "input_types=3", "num_outputs=1", "output_types=1")
    connect(THE_HUB)
    does("cec-ctl", "-d", SET, "--tv")
    notes = tmp_path / "notes"
    with notes.open("wb") as file:
        television = subprocess.Popen(["stdbuf", "-oL", "cec-follower", "-d", SET, "--show-state"], stdout=file)
    try:
        yield notes
    finally:
        television.kill()
        television.wait()
        does("rmmod", "vivid")


@pytest.fixture
def television() -> Iterator[CecTelevision]:
    tv = CecTelevision(TelevisionConfig(device=HUB), "Trại Mới", limit_s=30)
    tv.start()
    yield tv
    tv.close()


def test_a_television_wakes_for_a_film_and_rests_afterwards(followed: Path, television: CecTelevision) -> None:
    claimed = run(cec.claim(HUB, "Trai Moi"), 20)
    address = cec.address(claimed)
    assert address is not None
    does(*cec.switch_off(HUB))
    wait_until(lambda: power() is Power.STANDBY, "the television is off", 30)

    television.wake()
    assert television.settle(60)
    wait_until(lambda: power() is Power.ON, "the television is on", 30)
    wait_until(lambda: f"New active source: {address}" in followed.read_text("utf-8"), "it shows the hub", 30)

    television.rest()
    assert television.settle(60)
    wait_until(lambda: power() is Power.STANDBY, "the television is off again", 30)


def test_a_television_that_is_on_stays_on(followed: Path, television: CecTelevision) -> None:
    run(cec.claim(HUB, "Trai Moi"), 20)
    wait_until(lambda: power() is Power.ON, "the television is on", 30)
    television.wake()
    television.settle(60)
    television.rest()
    assert television.settle(60)
    assert "Changing state to standby" not in followed.read_text("utf-8")
    assert power() is Power.ON


def test_a_cable_without_a_television_is_told(
    followed: Path, television: CecTelevision, caplog: pytest.LogCaptureFixture
) -> None:
    connect(NOBODY)
    with caplog.at_level(logging.INFO):
        television.wake()
        assert television.settle(60)
    assert "no television is connected to /dev/cec1" in caplog.text
