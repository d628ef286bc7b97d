"""The pin factory keeps what gpiozero promises of pins, over a stand-in that keeps the kernel's rules.

What only a kernel can show (debounce, pulls, timestamps, what is left after a kill) is in tests/gpio.
"""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from fake_gpiod import FakeBoard
from gpiod.line import Bias, Edge
from gpiozero import LED, PWMLED, Button, Device, DigitalInputDevice, DigitalOutputDevice
from gpiozero.exc import (
    DeviceClosed,
    GPIOPinInUse,
    PinEdgeDetectUnsupported,
    PinFixedPull,
    PinInvalidBounce,
    PinInvalidEdges,
    PinInvalidFunction,
    PinInvalidPin,
    PinInvalidPull,
    PinInvalidState,
    PinPWMUnsupported,
    PinSetInput,
    PinUnknownPi,
)
from gpiozero.pins.local import LocalPiFactory

from player.pins.libgpiod import LibgpiodFactory, LibgpiodPin

WAIT_S = 10


@pytest.fixture
def board(tmp_path: Path) -> FakeBoard:
    return FakeBoard(tmp_path, "pinctrl-bcm2711", lines=58)


@pytest.fixture
def factory(board: FakeBoard) -> Iterator[LibgpiodFactory]:
    with LibgpiodFactory(binding=board, folder=board.folder) as factory:
        yield factory
    assert (board.held(), board.open, factory.watcher.alive) == (set(), 0, False)
    assert not LocalPiFactory.pins


class Heard:
    """Remembers edges; a bound method, since gpiozero keeps only weak references."""

    def __init__(self) -> None:
        self.edges: queue.Queue[tuple[float, bool]] = queue.Queue()
        self.threads: set[int] = set()

    def __call__(self, ticks: float, state: bool) -> None:
        self.hear(ticks, state)

    def hear(self, ticks: float, state: bool) -> None:
        self.threads.add(threading.get_ident())
        self.edges.put((ticks, state))

    def next(self) -> bool:
        return self.edges.get(timeout=WAIT_S)[1]


def settled(factory: LibgpiodFactory, board: FakeBoard) -> None:
    """Wait until the watcher has told everything that came before this."""
    bell = Heard()
    pin = factory.pin(21)
    pin.when_changed = bell.hear
    for rings in (True, None) * 2:  # more often than pins can be served in another order
        board.drive(21, rings)
        assert bell.next() is bool(rings)
    pin.close()


@pytest.mark.parametrize(
    ("labels", "number", "model"),
    [
        (["pinctrl-bcm2835"], 0, "3B"),
        (["raspberrypi-exp-gpio", "pinctrl-bcm2711"], 1, "4B"),
        (["gpio-brcmstb@107d508500", "gpio-brcmstb@107d517c00", "pinctrl-rp1"], 2, "5B"),
        ([None, "pinctrl-rp1"], 1, "5B"),
    ],
)
def test_the_headers_chip_is_found_by_its_label(
    tmp_path: Path, labels: list[str | None], number: int, model: str
) -> None:
    board = FakeBoard(tmp_path, *labels)
    with LibgpiodFactory(binding=board, folder=tmp_path) as factory:
        assert factory.chip == str(tmp_path / f"gpiochip{number}")
        assert factory.board_info.model == model
        factory.pin("BOARD11").function = "output"
        assert board.line(17, number).holder is not None


def test_a_board_that_says_what_it_is_is_believed(board: FakeBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gpiozero.pins.local.get_pi_revision", lambda: 0xA020D3)
    with LibgpiodFactory(binding=board, folder=board.folder) as factory:
        assert factory.board_info.model == "3B+"
    with LibgpiodFactory(binding=board, folder=board.folder, revision=0x900093) as factory:
        assert factory.board_info.model == "Zero"


def test_a_board_newer_than_gpiozero_still_has_its_header(board: FakeBoard) -> None:
    with LibgpiodFactory(binding=board, folder=board.folder, revision=0xC0FFF0) as factory:
        assert factory.pin("BOARD11") is factory.pin(17)


@pytest.mark.parametrize("chip", [1, "gpio-mockup-A", "{folder}/gpiochip1"])
def test_another_chip_is_taken_when_it_is_named(tmp_path: Path, chip: int | str) -> None:
    board = FakeBoard(tmp_path, "pinctrl-rp1", "gpio-mockup-A", lines=20)
    named = chip.format(folder=tmp_path) if isinstance(chip, str) else chip
    with LibgpiodFactory(named, binding=board, folder=tmp_path, revision=0xA02082) as factory:
        assert factory.chip == str(tmp_path / "gpiochip1")
        with pytest.raises(PinInvalidPin, match="no line 27"):
            factory.pin(27)


def test_a_machine_without_a_header_says_so(tmp_path: Path) -> None:
    for board in FakeBoard(tmp_path), FakeBoard(tmp_path, "INT33FF:00"):
        with pytest.raises(PinUnknownPi, match="no GPIO chip of a Raspberry Pi"):
            LibgpiodFactory(binding=board, folder=tmp_path)
    with pytest.raises(FileNotFoundError):
        LibgpiodFactory("pinctrl-rp1", binding=board, folder=tmp_path)
    with LibgpiodFactory(0, binding=board, folder=tmp_path) as factory, pytest.raises(PinUnknownPi):
        factory.pin(17)
    assert board.open == 0


def test_gpiozero_finds_the_factory_by_its_name() -> None:
    (found,) = [point for point in entry_points(group="gpiozero_pin_factories") if point.name == "libgpiod"]
    assert found.load() is LibgpiodFactory


def test_gpiozero_uses_the_factory_that_the_environment_names(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", "from gpiozero import LED; LED(17)"],
        env={**os.environ, "GPIOZERO_PIN_FACTORY": "libgpiod"},
        capture_output=True,
        text=True,
        check=False,
    ).stderr
    assert "no GPIO chip of a Raspberry Pi's header in /dev" in said


def test_a_new_pin_is_an_input_without_a_pull(factory: LibgpiodFactory, board: FakeBoard) -> None:
    pin = factory.pin(17)
    assert isinstance(pin, LibgpiodPin)
    assert factory.pin("GPIO17") is factory.pin("J8:11") is pin
    assert (pin.function, pin.pull, pin.bounce, pin.edges, pin.frequency) == ("input", "floating", None, "both", None)
    assert pin.when_changed is None
    assert (pin.state, board.line(17).consumer) == (0, "gpiozero")
    assert board.line(17).settings.bias is Bias.DISABLED
    assert (repr(pin), pin.info.name) == ("GPIO17", "GPIO17")
    with pytest.raises(PinInvalidPin):
        factory.pin(60)


def test_an_output_gives_what_it_is_told(factory: LibgpiodFactory, board: FakeBoard) -> None:
    pin = factory.pin(17)
    pin.function = "output"
    for state in (1, 0, True, False):
        pin.state = state
        assert (pin.state, board.line(17).level) == (state, state)
    with pytest.raises(PinInvalidFunction):
        pin.function = "foo"
    for wrong in (0.5, 2, -1):
        with pytest.raises(PinInvalidState):
            pin.state = wrong
        with pytest.raises(PinInvalidState):
            pin.output_with_state(wrong)
    assert pin.function == "output"


def test_an_input_cannot_be_set(factory: LibgpiodFactory) -> None:
    with pytest.raises(PinSetInput):
        factory.pin(17).state = 1


def test_an_output_begins_with_its_state_and_no_other(factory: LibgpiodFactory, board: FakeBoard) -> None:
    pin = factory.pin(17)
    board.line(17).history.clear()
    pin.output_with_state(1)
    assert board.line(17).history == ["high"]
    pin.output_with_state(0)
    assert board.line(17).history == ["high", "low"]


def test_an_input_that_becomes_an_output_keeps_its_level(factory: LibgpiodFactory, board: FakeBoard) -> None:
    pin = factory.pin(17)
    pin.pull = "up"
    board.line(17).history.clear()
    pin.function = "output"
    assert (board.line(17).history, pin.state, pin.pull) == (["high"], 1, "floating")
    pin.state = 0
    pin.function = "output"
    assert pin.state == 0
    pin.function = "input"
    assert (pin.pull, board.line(17).settings.bias) == ("floating", Bias.DISABLED)


def test_pulls(factory: LibgpiodFactory, board: FakeBoard) -> None:
    pin = factory.pin(17)
    for pull, state in (("up", 1), ("down", 0), ("floating", 0)):
        pin.pull = pull
        assert (pin.pull, pin.state) == (pull, state)
        pin.function = "input"
        assert pin.pull == pull, "to be what it is already changes nothing"
    pin.function = "output"
    board.line(17).history.clear()
    pin.input_with_pull("up")
    assert (pin.function, pin.pull, board.line(17).history) == ("input", "up", ["pull_up"])
    for wrong in ("foo", None):
        with pytest.raises(PinInvalidPull):
            pin.pull = wrong
        with pytest.raises(PinInvalidPull):
            pin.input_with_pull(wrong)
    pin.function = "output"
    with pytest.raises(PinFixedPull):
        pin.pull = "up"


def test_a_pin_with_a_resistor_of_its_own_keeps_it(factory: LibgpiodFactory) -> None:
    pin = factory.pin(2)
    assert pin.pull == "up"
    for wrong in ("down", "floating"):
        with pytest.raises(PinFixedPull):
            pin.pull = wrong
        with pytest.raises(PinFixedPull):
            pin.input_with_pull(wrong)
    pin.pull = "up"
    assert pin.state == 1
    pin.output_with_state(0)
    pin.function = "input"
    assert pin.pull == "up"


@pytest.mark.parametrize(("edges", "heard"), [("both", [1, 0, 1]), ("rising", [1, 1]), ("falling", [0]), ("none", [])])
def test_edges(factory: LibgpiodFactory, board: FakeBoard, edges: str, heard: list[bool]) -> None:
    pin, ear = factory.pin(17), Heard()
    pin.edges = edges
    assert board.line(17).settings.edge_detection is Edge.NONE, "nobody listens yet"
    pin.when_changed = ear.hear
    assert (pin.edges, pin.when_changed) == (edges, ear.hear)
    for level in (True, False, True):
        board.drive(17, level)
    settled(factory, board)
    assert [ear.edges.get_nowait()[1] for _ in heard] == heard
    assert ear.edges.empty()


def test_edges_can_change_while_somebody_listens(factory: LibgpiodFactory, board: FakeBoard) -> None:
    pin, ear = factory.pin(17), Heard()
    pin.when_changed = ear.hear
    pin.edges = "falling"
    board.drive(17, True)
    board.drive(17, False)
    assert ear.next() is False
    for wrong in ("foo", None):
        with pytest.raises(PinInvalidEdges):
            pin.edges = wrong
    assert pin.edges == "falling"


def test_an_edge_bears_the_time_of_the_kernel(factory: LibgpiodFactory, board: FakeBoard) -> None:
    pin, ear = factory.pin(17), Heard()
    pin.when_changed = ear.hear
    board.drive(17, True, at_ns=1_234_567_890)
    ticks, state = ear.edges.get(timeout=WAIT_S)
    assert (ticks, state) == (1.23456789, True)
    assert factory.ticks_diff(factory.ticks(), ticks) == pytest.approx(time.monotonic() - ticks, abs=1)


def test_all_pins_share_one_thread_which_begins_with_the_first_listener(
    factory: LibgpiodFactory, board: FakeBoard
) -> None:
    assert not factory.watcher.alive
    ear = Heard()
    for number in (17, 22, 27):
        factory.pin(number).when_changed = ear.hear
        board.drive(number, True)
        assert ear.next()
    assert factory.watcher.alive
    assert len(ear.threads) == 1
    assert threading.get_ident() not in ear.threads


def test_what_came_while_nobody_listened_is_not_told_later(factory: LibgpiodFactory, board: FakeBoard) -> None:
    pin, ear, gate = factory.pin(17), Heard(), Heard()
    held = threading.Event()

    def hold(ticks: float, state: bool) -> None:
        gate.hear(ticks, state)
        held.wait(WAIT_S)

    factory.pin(22).when_changed = hold
    pin.when_changed = ear.hear
    board.drive(22, True)
    gate.next()
    board.drive(17, True)  # comes while the thread is busy, so it waits in the kernel
    pin.when_changed = None
    board.drive(17, False)
    pin.when_changed = ear.hear
    held.set()
    settled(factory, board)
    assert ear.edges.empty()
    board.drive(17, True)
    assert ear.next()


def test_a_listener_that_is_gone_is_forgotten(factory: LibgpiodFactory, board: FakeBoard) -> None:
    pin, ear = factory.pin(17), Heard()
    pin.when_changed = ear
    assert pin.when_changed is ear
    del ear
    board.drive(17, True)
    settled(factory, board)
    assert pin.when_changed is None
    assert board.line(17).settings.edge_detection is Edge.NONE


def test_a_listener_that_fails_does_not_make_the_others_deaf(
    factory: LibgpiodFactory, board: FakeBoard, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(ticks: float, state: bool) -> None:
        raise RuntimeError("a fault of the listener")

    ear = Heard()
    factory.pin(17).when_changed = fail
    factory.pin(22).when_changed = ear.hear
    board.drive(17, True)
    settled(factory, board)
    board.drive(22, True)
    assert ear.next()
    assert "a fault of the listener" in caplog.text


def test_a_listener_may_close_everything(board: FakeBoard) -> None:
    factory = LibgpiodFactory(binding=board, folder=board.folder)
    done = threading.Event()

    def end(ticks: float, state: bool) -> None:
        factory.close()
        done.set()

    factory.pin(17).when_changed = end
    board.drive(17, True)
    assert done.wait(WAIT_S)
    factory.close()
    assert (board.held(), board.open) == (set(), 0)


def test_more_edges_than_the_kernel_keeps_lose_the_oldest(factory: LibgpiodFactory, board: FakeBoard) -> None:
    pin, ear, gate, held = factory.pin(17), Heard(), Heard(), threading.Event()

    def hold(ticks: float, state: bool) -> None:
        gate.hear(ticks, state)
        held.wait(WAIT_S)

    factory.pin(22).when_changed = hold
    pin.when_changed = ear.hear
    board.drive(22, True)
    gate.next()
    for number in range(101):
        board.drive(17, number % 2 == 0, at_ns=number)
    held.set()
    settled(factory, board)
    assert [round(ear.edges.get_nowait()[0] * 1e9) for _ in range(64)] == list(range(37, 101))
    assert ear.edges.empty()


def test_an_output_has_no_edges(factory: LibgpiodFactory, board: FakeBoard) -> None:
    pin, ear = factory.pin(17), Heard()
    pin.when_changed = ear.hear
    pin.function = "output"
    assert pin.when_changed is None
    with pytest.raises(PinEdgeDetectUnsupported):
        pin.when_changed = ear.hear
    assert pin.when_changed is None
    pin.edges = "rising"
    pin.bounce = 0.02
    pin.function = "input"
    assert (pin.edges, pin.bounce, board.line(17).settings.debounce_period.microseconds) == ("rising", 0.02, 20_000)


def test_a_line_that_cannot_wake_says_so(factory: LibgpiodFactory, board: FakeBoard) -> None:
    board.line(17).wakes = False
    pin = factory.pin(17)
    with pytest.raises(PinEdgeDetectUnsupported, match="cannot detect edges"):
        pin.when_changed = Heard().hear
    assert pin.when_changed is None


@pytest.mark.parametrize(
    ("asked", "kept_us"), [(None, 0), (0, 0), (0.05, 50_000), (1, 1_000_000), (1e-9, 1), (4294.967295, 2**32 - 1)]
)
def test_bounce_is_left_to_the_kernel(
    factory: LibgpiodFactory, board: FakeBoard, asked: float | None, kept_us: int
) -> None:
    pin = factory.pin(17)
    pin.bounce = asked
    period = board.line(17).settings.debounce_period
    assert round(period.total_seconds() * 1_000_000) == kept_us
    assert pin.bounce == (kept_us / 1_000_000 or None)


@pytest.mark.parametrize("wrong", [-1, -0.001, float("nan"), float("inf"), 4295, "0.1", True])
def test_a_bounce_that_cannot_be(factory: LibgpiodFactory, wrong: object) -> None:
    pin = factory.pin(17)
    pin.bounce = 0.1
    with pytest.raises(PinInvalidBounce):
        pin.bounce = wrong
    assert pin.bounce == 0.1


def test_there_is_no_pwm(factory: LibgpiodFactory) -> None:
    pin = factory.pin(17)
    pin.function = "output"
    with pytest.raises(PinPWMUnsupported):
        pin.frequency = 100
    pin.frequency = None
    with pytest.raises(PinPWMUnsupported):
        PWMLED(18, pin_factory=factory)


def test_a_line_that_another_has_is_named_with_its_holder(board: FakeBoard, factory: LibgpiodFactory) -> None:
    board.line(17).consumer = "spi0 CS1"
    with pytest.raises(GPIOPinInUse, match="GPIO17 is already in use by spi0 CS1"):
        LED(17, pin_factory=factory)
    board.line(17).consumer = ""
    with LED(17, pin_factory=factory) as led:
        led.on()
        assert board.line(17).level


def test_two_devices_cannot_have_one_pin(factory: LibgpiodFactory) -> None:
    with Button(17, pin_factory=factory), pytest.raises(GPIOPinInUse):
        LED(17, pin_factory=factory)
    with LED(17, pin_factory=factory):
        pass


def test_closing_makes_an_output_an_input_before_it_is_let_go_of(factory: LibgpiodFactory, board: FakeBoard) -> None:
    pin = factory.pin(17)
    pin.output_with_state(1)
    pin.bounce = 0.1
    board.line(17).history.clear()
    pin.close()
    pin.close()
    assert board.line(17).history == ["disabled", "released"]
    assert board.held() == set()
    assert (pin.function, pin.pull, pin.bounce) == ("input", "floating", None)
    assert factory.pin(17) is pin
    pin.output_with_state(1)
    assert board.line(17).level, "a closed pin that is used again is taken again"
    with factory.pin(22) as other:
        assert board.held() == {17, 22}
    assert (other.state, board.held()) == (0, {17, 22})


def test_after_the_factory_is_closed_nothing_works(board: FakeBoard) -> None:
    factory = LibgpiodFactory(binding=board, folder=board.folder)
    pin = factory.pin(17)
    pin.when_changed = Heard().hear
    factory.close()
    factory.close()
    assert (board.held(), factory.watcher.alive) == (set(), False)
    for use in (lambda: pin.state, lambda: factory.pin(22), lambda: pin.output_with_state(1)):
        with pytest.raises(DeviceClosed):
            use()
    LocalPiFactory.pins.clear()


def test_gpiozeros_devices_work(factory: LibgpiodFactory, board: FakeBoard) -> None:
    pressed, held = threading.Event(), threading.Event()
    with Button(17, bounce_time=0.02, hold_time=0.05, pin_factory=factory) as button:
        assert board.line(17).settings.debounce_period.microseconds == 20_000
        button.when_pressed, button.when_held = pressed.set, held.set
        board.drive(17, False)
        assert pressed.wait(WAIT_S)
        assert held.wait(WAIT_S)
        assert button.is_pressed
        board.drive(17, True)
        assert button.wait_for_release(WAIT_S)
    with DigitalOutputDevice(22, active_high=False, initial_value=False, pin_factory=factory) as relay:
        assert board.line(22).level
        relay.on()
        assert not board.line(22).level
    with DigitalInputDevice(23, pull_up=None, active_state=False, pin_factory=factory) as floating:
        assert floating.is_active
        assert board.line(23).settings.bias is Bias.DISABLED


def test_many_threads_may_use_one_pin(factory: LibgpiodFactory, board: FakeBoard) -> None:
    pin, ear = factory.pin(17), Heard()
    wrong: list[BaseException] = []

    def use() -> None:
        try:
            for _ in range(60):
                pin.when_changed = ear.hear
                pin.pull = "up"
                _ = pin.state
                pin.when_changed = None
                pin.function = "output"
                pin.function = "input"
        except (PinEdgeDetectUnsupported, PinFixedPull):
            pass
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=use, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(300):
        board.drive(17, True)
        board.drive(17, None)
    for thread in threads:
        thread.join(WAIT_S)
    assert [thread.is_alive() for thread in threads] == [False] * 4
    assert wrong == []


def test_a_chip_that_goes_away_is_watched_no_longer(factory: LibgpiodFactory, caplog: pytest.LogCaptureFixture) -> None:
    reading, writing = os.pipe()
    called = queue.Queue[int]()
    with caplog.at_level(logging.WARNING):
        factory.watcher.watch(reading, lambda: called.put(1))
        os.close(writing)
        called.get(timeout=WAIT_S)
        factory.watcher.close()
    os.close(reading)
    assert "went away" in caplog.text
    assert called.empty()


def test_a_line_whose_chip_is_gone_can_be_closed(factory: LibgpiodFactory, board: FakeBoard) -> None:
    ear = Heard()
    listening, output = factory.pin(17), factory.pin(22)
    listening.when_changed = ear.hear
    output.output_with_state(1)
    for number in (17, 22):
        board.line(number).gone = True
    with pytest.raises(OSError, match="No such device"):
        _ = listening.state
    listening.when_changed = None
    assert listening.when_changed is None
    for pin in (listening, output):
        pin.close()
    assert board.held() == set()


def test_no_default_factory_is_touched(factory: LibgpiodFactory) -> None:
    before = Device.pin_factory
    with LED(17, pin_factory=factory):
        assert Device.pin_factory is before
