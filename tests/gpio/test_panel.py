"""The box on the wall over a real kernel: a press, a hold, a light, the amplifier's relay."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import gpiod
import pytest
from simulated_pins import SimulatedPins

from player.engine.commands import Command, PowerOff, Step, Stop, TogglePause
from player.engine.ports import Light
from player.pins.config import PinsConfig
from player.pins.panel import Panel

pytestmark = pytest.mark.gpio

WAIT_S = 60


class House:
    """A panel on a simulated header."""

    def __init__(self, header: SimulatedPins) -> None:
        self.header = header
        self.posted: queue.Queue[Command] = queue.Queue()
        pins = {"play": 17, "next": 22, "stop": 27, "shutdown": 3, "ready": 23, "playing": 24, "amplifier": 26}
        self.panel = Panel(PinsConfig(**pins, hold_s=1.0))
        self.panel.listen(self.posted.put)

    def press(self, pin: int) -> None:
        """Press a contact that bounces, and let go of it when it was heard."""
        self.header.drive(pin, 0, 1, 0, 1, 0)

    def next(self) -> Command:
        return self.posted.get(timeout=WAIT_S)


@pytest.fixture
def house(header: SimulatedPins) -> Iterator[House]:
    house = House(header)
    with house.panel:
        yield house


def test_presses_and_holds(house: House) -> None:
    for pin, command in ((17, TogglePause("button")), (22, Step(source="button")), (27, Stop(source="button"))):
        house.press(pin)
        assert house.next() == command
        house.header.drive(pin, 1)
    house.press(3)
    assert house.next() == PowerOff("button"), "the button was held"
    assert house.posted.empty()


def test_lights_and_relay(house: House) -> None:
    pins = (23, 24, 26)
    assert [house.header.level(pin) for pin in pins] == [False, False, False]
    house.panel.show(Light.PLAYING)
    house.panel.amplifier(on=True)
    assert [house.header.level(pin) for pin in pins] == [False, True, True]
    house.panel.show(Light.READY)
    house.panel.amplifier(on=False)
    assert [house.header.level(pin) for pin in pins] == [True, False, False]
    house.panel.close()
    with gpiod.Chip(house.header.path) as chip:
        assert not any(chip.get_line_info(pin).used for pin in (*pins, 3, 17, 22, 27))
