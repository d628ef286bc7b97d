"""Somebody holds the button that switches the hub off: from the edge at the pin to the order to systemd."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

import pytest
from fake_gpiod import FakeBoard
from gpiozero.pins.mock import MockFactory

import hub.projection
from hub.config import HouseConfig, HubConfig, PathsConfig
from hub.projection import open_player
from player.config import PlayerConfig
from player.pins.config import PinsConfig
from player.pins.libgpiod import LibgpiodFactory

WAIT_S = 20


def house(folder: Path, *, demo: bool) -> HubConfig:
    return HubConfig(
        house=HouseConfig(id="test", name="Thử", village_word="bản", commune="Mới", province="Bắc Ninh", demo=demo),
        paths=PathsConfig(data=folder / "data", run=folder / "run"),
        player=PlayerConfig(screen="none", pins=PinsConfig(shutdown=3, hold_s=0.5, ready=23, amplifier=26)),
    )


class Ear(logging.Handler):
    """Waits for a word in the log."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.heard = threading.Event()
        self._word = word

    def emit(self, record: logging.LogRecord) -> None:
        if self._word in record.getMessage():
            self.heard.set()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data" / "content").mkdir(parents=True)
    return tmp_path


def test_a_house_is_switched_off_by_systemd(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = folder / "told"
    os.mkfifo(told)
    program = folder / "systemctl"
    program.write_text(f'#!/bin/sh\necho "$*" >{told}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    board = FakeBoard(folder, "pinctrl-bcm2711", lines=58)
    monkeypatch.setattr(hub.projection, "header_pins", lambda: LibgpiodFactory(binding=board, folder=folder))
    with open_player(house(folder, demo=False)):
        board.drive(3, False)
        assert told.read_text() == "--no-ask-password poweroff\n"
        board.drive(3, True)
        assert not board.line(23).level, "its lights are out"
        assert not board.line(26).level
    assert board.held() == set()


def test_the_demo_only_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    pins, ear = MockFactory(), Ear("This is the demo")
    monkeypatch.setattr(hub.projection, "imaginary_pins", lambda: pins)
    logger = logging.getLogger("hub.power")
    logger.addHandler(ear)
    try:
        with caplog.at_level(logging.INFO, logger.name), open_player(house(folder, demo=True)):
            pins.pin(3).drive_low()
            assert ear.heard.wait(WAIT_S)
    finally:
        logger.removeHandler(ear)
