"""`hub box`: the plan of the wires in words, and the box tried on a stand-in for the kernel's pins."""

from __future__ import annotations

import itertools
import logging
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fake_gpiod import FakeBoard
from gpiozero.pins.pi import PiBoardInfo

from hub.box_command import BoxError
from hub.cli import commands
from hub.config import HouseConfig, HubConfig
from hub.example import to_toml
from player.config import PlayerConfig
from player.pins.config import PinsConfig
from player.pins.libgpiod import LibgpiodFactory
from player.pins.panel import Panel
from player.pins.trying import try_out
from player.pins.wording import HEADER, wiring

BOX = {
    **{"play": 17, "next": 22, "stop": 27, "shutdown": 3, "hold_s": 0.5},
    **{"ready": 23, "playing": 24, "fault": 25, "amplifier": 26},
}


def said(tmp_path: Path, pins: PinsConfig, *more: str, language: str = "en") -> Any:
    house = HouseConfig(id="test", name="Thử", village_word="bản", commune="Mới", province="Bắc Ninh")
    path = tmp_path / "hub.toml"
    path.write_text(to_toml(HubConfig(house=house, player=PlayerConfig(pins=pins))))
    return CliRunner().invoke(commands, ["box", "--config", str(path), *more], env={"HUB_LANG": language})


def test_the_plan_is_told(tmp_path: Path) -> None:
    told = said(tmp_path, PinsConfig(**BOX))
    assert (told.exit_code, told.output.splitlines()) == (
        0,
        [
            "play: button from pin 11 of the header (GPIO17) to ground (GND)",
            "next: button from pin 15 of the header (GPIO22) to ground (GND)",
            "stop: button from pin 13 of the header (GPIO27) to ground (GND)",
            "shutdown: button from pin 5 of the header (GPIO3) to ground (GND)",
            "shutdown: acts when it is held for 0.5 seconds",
            "ready: light from pin 16 of the header (GPIO23) through a resistor to ground (GND)",
            "playing: light from pin 18 of the header (GPIO24) through a resistor to ground (GND)",
            "fault: light from pin 22 of the header (GPIO25) through a resistor to ground (GND)",
            "amplifier: relay's input at pin 37 of the header (GPIO26), on when high (3.3 V)",
        ],
    )
    assert "chân 11" in said(tmp_path, PinsConfig(**BOX), language="vi").output
    assert "Nothing is wired" in said(tmp_path, PinsConfig()).output


def test_the_plan_follows_polarity_and_pull() -> None:
    pins = PinsConfig(
        **{"play": 17, "next": 22, "shutdown": 3, "ready": 23, "amplifier": 6},
        active_low=["next", "shutdown", "ready", "amplifier"],
        without_pull=["play", "next", "shutdown"],
    )
    assert list(wiring(pins)) == [
        "play: button from pin 11 of the header (GPIO17) to 3.3 V",
        "play: a resistor of its own from there to ground (GND)",
        "next: button from pin 15 of the header (GPIO22) to ground (GND)",
        "next: a resistor of its own from there to 3.3 V",
        "shutdown: button from pin 5 of the header (GPIO3) to ground (GND)",
        "shutdown: acts when it is held for 4 seconds",
        "ready: light from 3.3 V through a resistor to pin 16 of the header (GPIO23)",
        "amplifier: relay's input at pin 31 of the header (GPIO6), on when low (0 V)",
    ]


@pytest.mark.parametrize("revision", [0xA02082, 0xB03111, 0xC04170])
def test_the_header_is_that_of_every_board(revision: int) -> None:
    board = PiBoardInfo.from_revision(revision)
    found = {gpio: next(iter(board.find_pin(f"GPIO{gpio}")))[1].number for gpio in range(28)}
    assert found == HEADER


def test_everything_is_switched_and_every_press_is_told(tmp_path: Path) -> None:
    board = FakeBoard(tmp_path, "pinctrl-rp1")
    told: list[str] = []
    held = threading.Event()

    def tell(words: str) -> None:
        told.append(words)
        if words.startswith("shutdown"):
            held.set()

    pauses = itertools.count()

    def pause(seconds: float) -> None:
        lit = [name for name in ("ready", "playing", "fault", "amplifier") if board.line(BOX[name]).level]
        told.append(f"({seconds:g}: {' '.join(lit)})")
        if next(pauses) == 4:
            for pin in (17, 22, 27):
                board.drive(pin, False)
                board.drive(pin, True)
            board.drive(3, False)
            assert held.wait(10)

    with Panel(PinsConfig(**BOX), lambda: LibgpiodFactory(binding=board, folder=tmp_path)) as panel:
        assert panel.works
        try_out(panel, tell, pause, 7)
    assert told == [
        *("The light `ready` is on.", "(2: ready)", "The light `playing` is on.", "(2: playing)"),
        *("The light `fault` is on.", "(2: fault)", "The amplifier has power.", "(2: amplifier)"),
        *("The amplifier has no power.", "Press the buttons now, for 7 seconds.", "(7: )"),
        *("play was pressed.", "next was pressed.", "stop was pressed.", "shutdown was held; the machine stays on."),
    ]


def test_without_pins_it_says_what_to_do(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    if any(Path("/dev").glob("gpiochip*")):
        pytest.skip("this machine may have a header")
    with caplog.at_level(logging.WARNING):
        told = said(tmp_path, PinsConfig(**BOX), "--try")
    assert isinstance(told.exception, BoxError)
    assert "hub-player" in told.exception.hint
    assert "no GPIO chip" in caplog.text


def test_a_part_that_another_holds_cannot_be_tried(tmp_path: Path) -> None:
    board = FakeBoard(tmp_path, "pinctrl-rp1")
    board.line(26).consumer = "village hub"
    with Panel(PinsConfig(**BOX), lambda: LibgpiodFactory(binding=board, folder=tmp_path)) as panel:
        assert not panel.works
