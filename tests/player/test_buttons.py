"""The buttons post commands, and a hub without them still plays."""

import logging
from collections.abc import Iterator

import pytest
from gpiozero.pins.mock import MockFactory

from player.buttons import wire
from player.config import PinsConfig
from player.engine.commands import Command, Stop, TogglePause


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    factory = MockFactory()
    yield factory
    factory.reset()


def press(factory: MockFactory, pin: int) -> None:
    factory.pin(pin).drive_low()
    factory.pin(pin).drive_high()


def test_a_press_posts_one_command(factory: MockFactory) -> None:
    posted: list[Command] = []
    with wire(PinsConfig(play=17, stop=27), posted.append, factory):
        press(factory, 17)
        press(factory, 27)
        press(factory, 17)
    assert posted == [TogglePause(), Stop(), TogglePause()]
    press(factory, 17)
    assert len(posted) == 3, "pins that are let go of post nothing"


def test_only_the_wired_buttons_are_taken(factory: MockFactory) -> None:
    posted: list[Command] = []
    with wire(PinsConfig(stop=27), posted.append, factory):
        press(factory, 27)
    assert posted == [Stop()]
    with wire(PinsConfig(), posted.append, None):
        pass


def test_missing_hardware_is_one_line(factory: MockFactory, caplog: pytest.LogCaptureFixture) -> None:
    def missing(*_: object, **__: object) -> None:
        raise OSError("no GPIO here")

    factory.pin = missing
    with wire(PinsConfig(play=17, stop=27), lambda command: None, factory):
        pass
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "no GPIO here" in caplog.text
    del factory.pin


def test_a_machine_without_pins(caplog: pytest.LogCaptureFixture) -> None:
    with wire(PinsConfig(play=17), lambda command: None):
        pass
    assert len(caplog.records) <= 1
