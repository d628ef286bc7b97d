"""The box on the wall: what each button asks for, which light is on, when the amplifier has power.

Over the real pin factory and a stand-in for the kernel, which sees every level that a pin ever had.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from fake_gpiod import FakeBoard
from gpiod.line import Bias
from pydantic import ValidationError

from player.engine.commands import Command, PowerOff, Step, Stop, TogglePause
from player.engine.ports import Light
from player.engine.ports import Panel as Port
from player.pins.config import Part, PinsConfig
from player.pins.libgpiod import LibgpiodFactory
from player.pins.panel import BOUNCE_S, Panel, imaginary_pins

WAIT_S = 10
BOX = {
    **{"play": 17, "next": 22, "stop": 27, "shutdown": 3, "hold_s": 0.5},
    **{"ready": 23, "playing": 24, "fault": 25, "amplifier": 26},
}


@pytest.fixture
def board(tmp_path: Path) -> FakeBoard:
    return FakeBoard(tmp_path, "pinctrl-bcm2711", lines=58)


class House:
    """A panel over a board, and what its buttons posted."""

    def __init__(self, board: FakeBoard, **pins: Any) -> None:
        self.board = board
        self.posted: queue.Queue[Command] = queue.Queue()
        self.panel = Panel(PinsConfig(**pins), lambda: LibgpiodFactory(binding=board, folder=board.folder))
        self.panel.listen(self.posted.put)

    def press(self, pin: int, pressed: bool = False) -> None:
        self.board.drive(pin, pressed)
        self.board.drive(pin, not pressed)

    def next(self) -> Command:
        return self.posted.get(timeout=WAIT_S)

    def lit(self) -> set[str]:
        return {name for name in ("ready", "playing", "fault", "amplifier") if self.board.line(BOX[name]).level}


@pytest.fixture
def house(board: FakeBoard) -> Iterator[House]:
    house = House(board, **BOX)
    with house.panel:
        yield house
    assert board.held() == set()


def test_each_press_posts_one_command(house: House) -> None:
    for pin, command in ((17, TogglePause("button")), (22, Step(source="button")), (27, Stop(source="button"))):
        house.press(pin)
        assert house.next() == command
        house.press(pin)
        assert house.next() == command
    assert house.posted.empty()


def test_the_kernel_debounces_each_button_and_holds_it_at_rest(house: House) -> None:
    for pin in (17, 22, 27, 3):
        settings = house.board.line(pin).settings
        assert settings.debounce_period.total_seconds() == BOUNCE_S
        assert settings.bias is Bias.PULL_UP


def test_only_who_holds_long_enough_switches_off(house: House) -> None:
    house.press(3)
    house.press(17)
    assert house.next() == TogglePause("button"), "the short press before it did nothing"
    house.board.drive(3, False)
    assert house.next() == PowerOff("button")
    house.board.drive(3, True)
    house.press(17)
    assert house.next() == TogglePause("button")


def test_a_button_that_is_pressed_when_the_hub_starts_does_nothing(board: FakeBoard) -> None:
    for pin in (3, 17):
        board.drive(pin, False)
    house = House(board, **BOX)
    with house.panel:
        assert not threading.Event().wait(0.6), "longer than it must be held"
        assert house.posted.empty()
        board.drive(17, True)
        house.press(17)
        assert house.next() == TogglePause("button")


@pytest.mark.parametrize("light", list(Light))
def test_one_light_at_a_time(house: House, light: Light) -> None:
    assert house.lit() == set()
    for before in Light:
        house.panel.show(before)
        house.panel.show(light)
        assert house.lit() == {light} - {Light.DARK}


def test_the_same_light_again_costs_nothing(house: House) -> None:
    house.panel.show(Light.READY)
    before = len(house.board.line(23).history)
    for _ in range(3):
        house.panel.show(Light.READY)
    assert len(house.board.line(23).history) == before
    request = house.board.line(24).holder
    set_value = request.set_value

    def fail(offset: int, value: object) -> None:
        raise OSError(19, "No such device")

    request.set_value = fail
    house.panel.show(Light.PLAYING)
    request.set_value = set_value
    house.panel.show(Light.PLAYING)
    assert house.lit() == {"playing"}, "what failed is tried again"


def test_the_amplifier_has_power_when_it_is_asked_for(house: House) -> None:
    port: Port = house.panel
    for on in (True, True, False, False):
        port.amplifier(on=on)
        assert ("amplifier" in house.lit()) is on
    assert house.board.line(26).history[0:2] == ["disabled", "low"], "off from the first moment"


def test_closing_switches_off_and_lets_go(board: FakeBoard) -> None:
    house = House(board, **BOX)
    house.panel.show(Light.PLAYING)
    house.panel.amplifier(on=True)
    house.panel.close()
    house.panel.close()
    assert board.line(26).history[-4:] == ["high", "low", "disabled", "released"]
    assert board.line(24).history[-2:] == ["disabled", "released"]
    assert (board.held(), board.open) == (set(), 0)
    house.panel.amplifier(on=True)
    house.panel.show(Light.READY)
    house.press(17)
    assert house.posted.empty()


def test_polarity_and_pull(board: FakeBoard) -> None:
    house = House(
        board,
        **{"play": 17, "next": 22, "stop": 27, "ready": 23, "amplifier": 6},
        active_low=["next", "stop", "ready", "amplifier"],
        without_pull=["stop"],
    )
    with house.panel:
        biases = [board.line(pin).settings.bias for pin in (17, 22, 27)]
        assert biases == [Bias.PULL_DOWN, Bias.PULL_UP, Bias.DISABLED]
        board.drive(27, True)
        for pin, pressed, command in ((17, True, TogglePause), (22, False, Step), (27, False, Stop)):
            house.press(pin, pressed)
            assert type(house.next()) is command
        assert (board.line(6).level, board.line(23).level) == (True, True), "off"
        house.panel.amplifier(on=True)
        house.panel.show(Light.READY)
        assert (board.line(6).level, board.line(23).level) == (False, False)


def test_a_button_without_pull_on_a_pin_that_has_one_works(board: FakeBoard) -> None:
    house = House(board, shutdown=3, without_pull=["shutdown"])
    with house.panel:
        assert board.held() == {3}


def test_missing_hardware_is_one_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    house = House(FakeBoard(tmp_path), **BOX)
    with house.panel:
        house.panel.show(Light.READY)
        house.panel.amplifier(on=True)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "no GPIO chip" in caplog.text


def test_where_nothing_is_wired_nothing_is_looked_for(caplog: pytest.LogCaptureFixture) -> None:
    made: list[int] = []
    with Panel(PinsConfig(), lambda: made.append(1)) as panel:
        panel.listen(lambda command: None)
        panel.amplifier(on=True)
    assert (made, caplog.records) == ([], [])


def test_a_part_that_is_taken_does_not_harm_the_others(board: FakeBoard, caplog: pytest.LogCaptureFixture) -> None:
    board.line(22).consumer = "spi0 CS1"
    board.line(24).consumer = "another"
    house = House(board, **BOX)
    with house.panel:
        house.press(17)
        assert house.next() == TogglePause("button")
        house.panel.show(Light.PLAYING)
        house.panel.amplifier(on=True)
        assert house.lit() == {"amplifier"}
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "playing on pin 24 cannot be used: pin GPIO24 is already in use by another",
        "next on pin 22 cannot be used: pin GPIO22 is already in use by spi0 CS1",
    ]


def test_pins_that_fail_later_are_one_line_and_no_error(house: House, caplog: pytest.LogCaptureFixture) -> None:
    request = house.board.line(26).holder
    set_value = request.set_value

    def fail(offset: int, value: object) -> None:
        raise OSError(19, "No such device")

    request.set_value = fail
    for _ in range(3):
        house.panel.amplifier(on=True)
    assert [record.getMessage() for record in caplog.records] == [
        "amplifier cannot be switched: [Errno 19] No such device"
    ]
    request.set_value = set_value
    house.panel.amplifier(on=True)
    assert house.lit() == {"amplifier"}


def test_the_demo_has_imaginary_pins(caplog: pytest.LogCaptureFixture) -> None:
    posted: list[Command] = []
    factory = imaginary_pins()
    with Panel(PinsConfig(**BOX), lambda: factory) as panel:
        panel.listen(posted.append)
        panel.show(Light.READY)
        factory.pin(17).drive_low()
        assert (factory.pin(23).state, posted) == (True, [TogglePause("button")])
    assert not caplog.records


def problems(**pins: Any) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        PinsConfig(**pins)
    (error,) = refused.value.errors()
    return [str(problem) for problem in error["ctx"]["error"].args]


def test_every_pin_is_used_once_and_all_problems_are_told() -> None:
    assert problems(play=17, next=17, stop=17, ready=23, fault=23, shutdown=2, active_low=["play"], amplifier=5) == [
        "play, next, stop are on the same pin, 17; each needs a pin of its own",
        "ready, fault are on the same pin, 23; each needs a pin of its own",
        "shutdown is on pin 2, which the board itself holds high: name it in active_low and wire the button to ground,"
        " or take another pin",
        "amplifier is on pin 5, which is high until the hub has started, so the amplifier would be on:"
        " take a pin from 9 to 27",
    ]


@pytest.mark.parametrize("pin", range(28))
def test_a_relay_that_is_let_go_of_is_off(pin: int) -> None:
    for active_low in ([], ["amplifier"]):
        rests_high = pin <= 8
        if rests_high == bool(active_low):
            assert PinsConfig(amplifier=pin, active_low=active_low).amplifier == pin
        else:
            assert len(problems(amplifier=pin, active_low=active_low)) == 1


def test_every_part_can_be_wired() -> None:
    config = PinsConfig(**BOX)
    assert set(config.wired) == set(get_args(Part))
    assert PinsConfig().wired == {}
    with pytest.raises(ValidationError):
        PinsConfig(play=28)
    with pytest.raises(ValidationError):
        PinsConfig(active_low=["plya"])
    with pytest.raises(ValidationError):
        PinsConfig(without_pull=["ready"])
