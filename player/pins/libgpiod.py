"""gpiozero's pins over libgpiod 2: what works on every current kernel, without a daemon and without root.

gpiozero finds this factory by the name `libgpiod` (`GPIOZERO_PIN_FACTORY=libgpiod`). The kernel debounces, tells edges
with the time at which they came, and refuses a line that another program holds. It knows no PWM, so none is offered.
"""

from __future__ import annotations

import errno
import select
import threading
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import gpiod
from gpiozero.exc import (
    DeviceClosed,
    GPIOPinInUse,
    PinEdgeDetectUnsupported,
    PinFixedPull,
    PinInvalidEdges,
    PinInvalidFunction,
    PinInvalidPin,
    PinInvalidPull,
    PinInvalidState,
    PinSetInput,
    PinUnknownPi,
)
from gpiozero.pins.local import LocalPiFactory, LocalPiPin

from player.pins import chips
from player.pins.setup import EDGES, FUNCTIONS, PULLS, VALUES, Setup, bounce_us
from player.pins.watcher import Watcher

EVENTS_KEPT = 64
"""How many edges the kernel keeps for each pin until they are read; then the oldest goes."""


class LibgpiodFactory(LocalPiFactory):  # type: ignore[misc]  # gpiozero has no types
    """The pins of this Raspberry Pi, through its GPIO character device.

    Args:
        chip: the path, number or label of the chip; None: the one whose lines come out on the header.
        revision: the board's revision code; None: what the board itself says, or else what its chip tells.
        consumer: by what name other programs see who holds a line.
        binding: libgpiod's Python binding, or what stands in for it.
        folder: where the chips lie.

    Raises:
        PinUnknownPi: no chip was named, and the machine has none that belongs to a header.
        OSError: the chip is not there, or may not be opened.
    """

    def __init__(
        self,
        chip: str | int | None = None,
        *,
        revision: int | None = None,
        consumer: str = "gpiozero",
        binding: ModuleType | Any = gpiod,
        folder: Path = Path("/dev"),
    ) -> None:
        super().__init__()
        self._binding = binding
        self._consumer = consumer
        self._revision = revision
        path = chips.path_of(chip, self._label_of, folder) if chip is not None else self._header(folder)
        self._chip = binding.Chip(path)
        self._label = str(self._chip.get_info().label)
        self._path = path
        self._lock = threading.RLock()
        self._watcher = Watcher(f"pins of {path}")
        self.pin_class = LibgpiodPin

    @property
    def chip(self) -> str:
        """The path of the chip."""
        return self._path

    @property
    def watcher(self) -> Watcher:
        """The one thread in which all pins' `when_changed` are called."""
        return self._watcher

    def close(self) -> None:
        """Let go of all pins, end the thread, and close the chip; may be called again."""
        super().close()
        self._watcher.close()
        with self._lock:
            self._chip.close()

    def request(self, offset: int, settings: Any) -> Any:
        """Take a line for ourselves.

        Raises:
            DeviceClosed: the factory is closed.
            GPIOPinInUse: another program, or a driver of the kernel, has it.
            PinInvalidPin: the chip has no such line.
            OSError: the kernel refuses for another reason.
        """
        with self._lock:
            if not self._chip:
                raise DeviceClosed("the pin factory is closed")
            if offset >= self._chip.get_info().num_lines:
                raise PinInvalidPin(f"{self._path} ({self._label}) has no line {offset}")
            try:
                return self._chip.request_lines(
                    {offset: settings}, consumer=self._consumer, event_buffer_size=EVENTS_KEPT
                )
            except OSError as error:
                if error.errno != errno.EBUSY:
                    raise
                holder = self._chip.get_line_info(offset).consumer or "another program"
                raise GPIOPinInUse(f"pin GPIO{offset} is already in use by {holder}") from error

    def _header(self, folder: Path) -> str:
        found = chips.find(self._label_of, folder)
        if found is None:
            raise PinUnknownPi(
                f"no GPIO chip of a Raspberry Pi's header in {folder} that may be opened"
                f" (looked for {', '.join(chips.REVISIONS)})"
            )
        return found[0]

    def _label_of(self, path: str) -> str | None:
        try:
            with self._binding.Chip(path) as chip:
                return str(chip.get_info().label)
        except OSError:
            return None

    def _get_revision(self) -> int:
        if self._revision is not None:
            return self._revision
        try:
            return int(super()._get_revision())
        except (PinUnknownPi, ValueError):
            if self._label not in chips.REVISIONS:
                raise
            return chips.REVISIONS[self._label]


class LibgpiodPin(LocalPiPin):  # type: ignore[misc]  # gpiozero has no types
    """One pin, held by a request of its own.

    A new pin is an input without a pull. `close` makes it one again and lets go of the line, so that what hangs on it
    is off even on kernels that keep the level of an output that was let go of; a closed pin that is used again is
    taken again.
    """

    def __init__(self, factory: LibgpiodFactory, info: Any) -> None:
        super().__init__(factory, info)
        self._line_lock = threading.RLock()
        self._request: Any = None
        self._setup = self._idle_setup
        self._apply(self._setup)

    def close(self) -> None:
        """Make the pin an input and let go of it, even when its chip is gone; may be called again."""
        with self._when_changed_lock:
            self._when_changed = None
        with self._line_lock:
            request, self._request = self._request, None
            was, self._setup = self._setup, self._idle_setup
            if request is None:
                return
            self._factory.watcher.forget(request.fd)
            with suppress(OSError):
                if was.function == "output":
                    request.reconfigure_lines({self._number: self._setup.settings()})
            request.release()

    def output_with_state(self, state: float) -> None:
        """Make the pin an output that begins with this state, without another in between."""
        self._be_output(self._checked_state(state))

    def input_with_pull(self, pull: str) -> None:
        """Make the pin an input with this pull, without another in between."""
        self._apply(self._setup.as_input(self._checked_pull(pull)))

    @property
    def _idle_setup(self) -> Setup:
        return Setup(pull=self.info.pull or "floating")

    def _apply(self, setup: Setup) -> None:
        with self._line_lock:
            if self._request is None:
                self._request = self._factory.request(self._number, setup.settings())
            elif setup != self._setup:
                self._request.reconfigure_lines({self._number: setup.settings()})
            self._setup = setup

    def _held(self) -> Any:
        self._apply(self._setup)
        return self._request

    def _be_output(self, level: bool) -> None:
        self.when_changed = None
        self._apply(self._setup.as_output(level))

    def _get_function(self) -> str:
        return self._setup.function

    def _set_function(self, value: str) -> None:
        if value not in FUNCTIONS:
            raise PinInvalidFunction(f'invalid function "{value}" for pin {self!r}')
        if value == self._setup.function:
            self._held()
        elif value == "output":
            self._be_output(self.state)
        else:
            self._apply(self._setup.as_input(self._idle_setup.pull))

    def _get_state(self) -> bool:
        with self._line_lock:
            return bool(self._held().get_value(self._number))

    def _set_state(self, value: float) -> None:
        with self._line_lock:
            if self._setup.function != "output":
                raise PinSetInput(f"cannot set state of pin {self!r}")
            level = self._checked_state(value)
            self._held().set_value(self._number, VALUES[level])
            self._setup = self._setup.as_output(level)

    def _checked_state(self, value: float) -> bool:
        if value not in {0, 1}:
            raise PinInvalidState(f'invalid state "{value}" for pin {self!r}, which has no PWM')
        return bool(value)

    def _get_pull(self) -> str:
        return self._setup.pull

    def _set_pull(self, value: str) -> None:
        if self._setup.function != "input":
            raise PinFixedPull(f"cannot set pull on non-input pin {self!r}")
        self._apply(self._setup.as_input(self._checked_pull(value)))

    def _checked_pull(self, value: str) -> str:
        if value not in PULLS:
            raise PinInvalidPull(f'invalid pull "{value}" for pin {self!r}')
        if self.info.pull not in {value, ""}:
            raise PinFixedPull(f"{self!r} has a physical pull-{self.info.pull} resistor")
        return value

    def _get_bounce(self) -> float | None:
        return self._setup.bounce_us / 1_000_000 or None

    def _set_bounce(self, value: float | None) -> None:
        self._apply(self._setup.with_bounce(bounce_us(value)))

    def _get_edges(self) -> str:
        return self._setup.edges

    def _set_edges(self, value: str) -> None:
        if value not in EDGES:
            raise PinInvalidEdges(f'invalid edge specification "{value}" for pin {self!r}')
        self._apply(self._setup.with_edges(value))

    def _set_when_changed(self, value: Any) -> None:
        if value is not None and self._setup.function != "input":
            raise PinEdgeDetectUnsupported(f"{self!r} is an output, which has no edges to detect")
        try:
            super()._set_when_changed(value)
        except OSError as error:
            self._when_changed = None
            if value is None:
                return
            raise PinEdgeDetectUnsupported(f"{self!r} cannot detect edges: {error.strerror}") from error

    def _enable_event_detect(self) -> None:
        with self._line_lock:
            self._apply(self._setup.watched(True))
            self._factory.watcher.watch(self._request.fd, self._read)

    def _disable_event_detect(self) -> None:
        with self._line_lock:
            if self._request is not None:
                self._factory.watcher.forget(self._request.fd)
                self._apply(self._setup.watched(False))
                while self._waiting():  # what came before is nobody's concern when somebody listens again
                    self._request.read_edge_events()

    def _waiting(self) -> bool:
        poll = select.poll()
        poll.register(self._request.fd, select.POLLIN)
        return any(mask & select.POLLIN for _, mask in poll.poll(0))

    def _read(self) -> None:
        with self._line_lock:
            if self._request is None or not self._setup.detecting or not self._waiting():
                return
            events = self._request.read_edge_events()
        for event in events:
            rising = event.event_type is gpiod.EdgeEvent.Type.RISING_EDGE
            self._call_when_changed(event.timestamp_ns / 1_000_000_000, rising)

    def _call_when_changed(self, ticks: float | None = None, state: bool | None = None) -> None:
        with self._when_changed_lock:
            reference = self._when_changed
        if reference is None:  # somebody stopped listening while the edge was on its way
            return
        if (handler := reference()) is None:
            self.when_changed = None
        else:
            handler(self._factory.ticks() if ticks is None else ticks, self.state if state is None else state)
