"""The pin factory over a real kernel: edges with their times, pulls, debounce, polarity, who holds a line."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import time
from pathlib import Path

import gpiod
import pytest
from gpiod.line import Bias, Direction, Edge
from gpiozero import LED, Button, DigitalInputDevice, DigitalOutputDevice
from gpiozero.exc import GPIOPinInUse, GPIOZeroError
from simulated_pins import SimulatedPins

from player.pins.libgpiod import LibgpiodFactory

pytestmark = pytest.mark.gpio

ROOT = Path(__file__).resolve().parent.parent.parent
WAIT_S = 60
LONG_S = 0.5
"""A bounce that outlasts the pauses of an emulated machine between two writes."""


class Heard:
    """Remembers edges."""

    def __init__(self) -> None:
        self.edges: queue.Queue[tuple[float, bool]] = queue.Queue()

    def hear(self, ticks: float, state: bool) -> None:
        self.edges.put((ticks, state))

    def next(self) -> tuple[float, bool]:
        return self.edges.get(timeout=WAIT_S)


def info(header: SimulatedPins, line: int) -> gpiod.LineInfo:
    with gpiod.Chip(header.path) as chip:
        return chip.get_line_info(line)


def test_the_header_is_found_by_its_label_among_other_chips() -> None:
    with (
        SimulatedPins("raspberrypi-exp-gpio", 8),
        SimulatedPins("pinctrl-rp1", 54) as header,
        SimulatedPins("gpio-brcmstb@107d517c00", 32),
        LibgpiodFactory() as factory,
    ):
        assert (factory.chip, factory.board_info.model) == (header.path, "5B")


def test_gpiozero_finds_it_by_the_environment(header: SimulatedPins) -> None:
    script = "from gpiozero import LED; led = LED('BOARD11'); led.on(); print(led, open(0).readline())"
    with subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "GPIOZERO_PIN_FACTORY": "libgpiod", "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        deadline = time.monotonic() + WAIT_S
        while not header.level(17) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert header.level(17)
        assert "<gpiozero.LED object on pin GPIO17" in program.communicate("\n")[0]


@pytest.mark.parametrize(
    ("edges", "heard"), [("both", [True, False, True]), ("rising", [True, True]), ("falling", [False]), ("none", [])]
)
def test_edges_bear_the_kernels_time(
    header: SimulatedPins, factory: LibgpiodFactory, edges: str, heard: list[bool]
) -> None:
    pin, ear = factory.pin(17), Heard()
    pin.edges = edges
    pin.when_changed = ear.hear
    before = factory.ticks()
    header.step(17, 1, 0, 1)
    after = factory.ticks()
    found = [ear.next() for _ in heard]
    assert [state for _, state in found] == heard
    moments = [ticks for ticks, _ in found]
    assert moments == sorted(moments)
    assert all(before <= ticks <= after for ticks in moments)
    pin.edges = "both"
    header.drive(17, 0)
    assert ear.next()[1] is False, "nothing else was told before"


def test_nobody_is_told_what_came_while_nobody_listened(header: SimulatedPins, factory: LibgpiodFactory) -> None:
    pin, ear = factory.pin(17), Heard()
    pin.when_changed = ear.hear
    pin.when_changed = None
    header.drive(17, 1, 0, 1)
    pin.when_changed = ear.hear
    header.drive(17, 0)
    assert ear.next()[1] is False
    assert ear.edges.empty()


def test_pulls(header: SimulatedPins, factory: LibgpiodFactory) -> None:
    pin = factory.pin(17)
    assert info(header, 17).bias is Bias.DISABLED
    for pull, bias in (("up", Bias.PULL_UP), ("down", Bias.PULL_DOWN), ("up", Bias.PULL_UP)):
        pin.pull = pull
        assert (pin.state, header.pull(17), info(header, 17).bias) == (pull == "up", pull, bias)
    pin.pull = "floating"
    assert info(header, 17).bias is Bias.DISABLED
    header.drive(17, 0)
    assert not pin.state
    header.drive(17, 1)
    assert pin.state


def test_a_contact_that_bounces_is_one_edge(header: SimulatedPins, factory: LibgpiodFactory) -> None:
    pin, ear = factory.pin(17), Heard()
    pin.pull = "up"
    pin.bounce = LONG_S
    pin.when_changed = ear.hear
    assert (info(header, 17).debounce_period.total_seconds(), pin.bounce) == (LONG_S, LONG_S)
    for pressed in (True, False):
        header.drive(17, *[not pressed, pressed] * 15, not pressed)
        ticks, state = ear.next()
        assert state is not pressed
        assert factory.ticks_diff(factory.ticks(), ticks) >= 0
    assert ear.edges.empty()


def test_a_spike_shorter_than_the_bounce_is_nothing(header: SimulatedPins, factory: LibgpiodFactory) -> None:
    pin, ear = factory.pin(17), Heard()
    pin.pull = "up"
    pin.bounce = LONG_S
    pin.when_changed = ear.hear
    header.drive(17, 0, 1)
    pressed = factory.ticks()
    while factory.ticks() < pressed + 2 * LONG_S:
        time.sleep(0.05)
    header.drive(17, 0)
    ticks, state = ear.next()
    assert (state, ticks > pressed + LONG_S) == (False, True), "the spike was not told, the press is"


def test_bounce_and_edges_change_while_somebody_listens(header: SimulatedPins, factory: LibgpiodFactory) -> None:
    pin, ear = factory.pin(17), Heard()
    pin.pull = "up"
    pin.bounce = 30
    pin.when_changed = ear.hear
    header.drive(17, 0, 1)
    pin.bounce = None
    assert not info(header, 17).debounced
    pin.edges = "falling"
    assert info(header, 17).edge_detection is Edge.FALLING
    header.step(17, 0, 1, 0)
    assert [ear.next()[1] for _ in range(2)] == [False, False]
    assert ear.edges.empty()


@pytest.mark.parametrize("high", [True, False])
def test_polarity(header: SimulatedPins, factory: LibgpiodFactory, high: bool) -> None:
    with (
        DigitalOutputDevice(22, active_high=high, initial_value=False, pin_factory=factory) as relay,
        Button(17, pull_up=not high, pin_factory=factory) as button,
        DigitalInputDevice(27, pull_up=None, active_state=high, pin_factory=factory) as own,
    ):
        assert header.level(22) is not high
        relay.on()
        assert header.level(22) is high
        assert not button.is_pressed
        header.drive(17, high)
        assert button.wait_for_press(WAIT_S)
        header.drive(17, not high)
        assert button.wait_for_release(WAIT_S)
        for level in (high, not high):
            header.drive(27, level)
            assert own.is_active is (level is high)


def test_an_output_is_an_input_again_when_it_is_let_go_of(header: SimulatedPins, factory: LibgpiodFactory) -> None:
    pin = factory.pin(22)
    for state in (1, 0, 1):
        pin.output_with_state(state)
        assert (header.level(22), pin.state) == (bool(state), bool(state))
        assert info(header, 22).direction is Direction.OUTPUT
    pin.close()
    assert (info(header, 22).used, info(header, 22).direction) == (False, Direction.INPUT)
    pin.output_with_state(0)
    pin.function = "input"
    pin.pull = "up"
    assert (pin.state, info(header, 22).direction) == (True, Direction.INPUT)


def test_a_line_that_another_program_holds(header: SimulatedPins, factory: LibgpiodFactory) -> None:
    taken = "GPIO17 is already in use by another program"
    with (
        gpiod.request_lines(header.path, {17: None}, consumer="another program"),
        pytest.raises(GPIOPinInUse, match=taken),
    ):
        LED(17, pin_factory=factory)
    with LED(17, pin_factory=factory), gpiod.Chip(header.path) as chip, pytest.raises(OSError, match="busy"):
        chip.request_lines({17: None})


def test_a_chip_that_is_unplugged_takes_nothing_down(factory: LibgpiodFactory, header: SimulatedPins) -> None:
    ear = Heard()
    pin = factory.pin(17)
    pin.when_changed = ear.hear
    header.unplug()
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        try:
            _ = pin.state
        except (OSError, GPIOZeroError):
            break
        time.sleep(0.05)
    with pytest.raises((OSError, GPIOZeroError)):
        _ = pin.state


def test_a_killed_program_leaves_its_lines_free(header: SimulatedPins) -> None:
    script = """
import sys, time
from player.pins.libgpiod import LibgpiodFactory
pin = LibgpiodFactory(consumer="killed").pin(26)
pin.output_with_state(1)
print("on", flush=True)
time.sleep(1000)
"""
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout and program.stdout.readline() == "on\n"
        assert (info(header, 26).consumer, header.level(26)) == ("killed", True)
        program.kill()
    assert not info(header, 26).used
    assert header.level(26) is (header.pull(26) == "up"), "what is left is the wire's own pull"
    with LibgpiodFactory() as factory:
        factory.pin(26).output_with_state(0)
        assert not header.level(26)
