"""The box on the wall: buttons that post commands, lights, and the relay that gives the amplifier its power.

gpiozero calls from threads of its own, so a press does nothing but post. A box that is missing, or a part of it that
cannot be used, is a line in the log: the hub plays without it. gpiozero is loaded only where something is wired.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import Any, Self

from player.engine.commands import Command, PowerOff, Step, Stop, TogglePause
from player.engine.ports import Light
from player.pins.config import BUTTONS, LIGHTS, PULLED_UP, Button, Part, PinsConfig

logger = logging.getLogger(__name__)

BOUNCE_S = 0.02
"""How long a contact must keep still to count, in seconds: longer than buttons bounce, too short to be felt."""

COMMANDS: dict[Button, Command] = {
    "play": TogglePause(source="button"),
    "next": Step(source="button"),
    "stop": Stop(source="button"),
    "shutdown": PowerOff(source="button"),
}
"""What each button asks for; shutdown when it is held, the others when they are pressed."""


def header_pins() -> Any:
    """The pin factory of this computer's header.

    Raises:
        GPIOZeroError, OSError: it has none that may be used.
    """
    from player.pins.libgpiod import LibgpiodFactory

    return LibgpiodFactory(consumer="village hub")


def imaginary_pins() -> Any:
    """A pin factory for machines without pins: everything can be wired, nobody presses a button."""
    from gpiozero.pins.mock import MockFactory

    return MockFactory()


class Panel:
    """The box; fulfils `player.engine.ports.Panel`. From the beginning, all lights and the amplifier are off.

    Args:
        pins: what is wired where.
        make_factory: makes gpiozero's pin factory; called only when something is wired.
    """

    def __init__(self, pins: PinsConfig, make_factory: Callable[[], Any] = header_pins) -> None:
        self._pins = pins
        self._open = ExitStack()
        self._outputs: dict[str, Any] = {}
        self._failed: set[str] = set()
        self._shown = Light.DARK
        self._factory: Any = None
        if pins.wired:
            self._take(make_factory)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def works(self) -> bool:
        """Whether this machine has pins, and all lights and the relay could be taken."""
        return self._factory is not None and self._outputs.keys() >= self._pins.wired.keys() - set(BUTTONS)

    def has(self, part: str) -> bool:
        """Whether a light or the relay is there to be switched."""
        return part in self._outputs

    def listen(self, post: Callable[[Command], None]) -> None:
        """Begin to hear the buttons.

        Args:
            post: takes the command of a press; called in threads of gpiozero's, and must not wait.
        """
        if self._factory is None:
            return
        from gpiozero import Button as HeldButton
        from gpiozero import DigitalInputDevice

        for part in BUTTONS:
            press = partial(post, COMMANDS[part])
            if part == "shutdown":
                device = self._device(part, HeldButton, bounce_time=BOUNCE_S, hold_time=self._pins.hold_s)
                if device is not None:
                    device.when_held = press
            else:
                device = self._device(part, DigitalInputDevice, bounce_time=BOUNCE_S)
                if device is not None:
                    device.when_activated = press

    def show(self, light: Light) -> None:
        """Light this one, and no other; asked twice, it is as once."""
        if light is self._shown and not self._failed:
            return
        self._shown = light
        for name in LIGHTS:
            self._set(name, name == light)

    def amplifier(self, *, on: bool) -> None:
        """Switch the amplifier; asked twice, it is as once."""
        self._set("amplifier", on)

    def close(self) -> None:
        """Switch the amplifier off, put the lights out, and let go of the pins; may be called again."""
        self.amplifier(on=False)
        self._outputs = {}
        self._open.close()
        self._factory = None

    def _take(self, make_factory: Callable[[], Any]) -> None:
        from gpiozero import DigitalOutputDevice, GPIOZeroError

        try:
            self._factory = make_factory()
        except (GPIOZeroError, OSError, ImportError) as error:
            logger.warning("There are no pins here for buttons, lights and relay: %s", _reason(error))
            return
        self._open.callback(self._factory.close)
        for part in ("ready", "playing", "fault", "amplifier"):
            device = self._device(part, DigitalOutputDevice, initial_value=False)
            if device is not None:
                self._outputs[part] = device

    def _device(self, part: Part, kind: Callable[..., Any], **settings: Any) -> Any:
        from gpiozero import GPIOZeroError

        pin = self._pins.pin(part)
        if pin is None or self._factory is None:
            return None
        high = part not in self._pins.active_low
        if part not in BUTTONS:
            settings["active_high"] = high
        elif part in self._pins.without_pull and pin not in PULLED_UP:
            settings |= {"pull_up": None, "active_state": high}
        else:
            settings["pull_up"] = not high
        try:
            device = kind(pin, pin_factory=self._factory, **settings)
        except (GPIOZeroError, OSError) as error:
            logger.warning("%s on pin %d cannot be used: %s", part, pin, _reason(error))
            return None
        self._open.callback(self._let_go, part, device)
        return device

    def _set(self, part: str, on: bool) -> None:
        device = self._outputs.get(part)
        if device is None:
            return
        try:
            device.value = on
        except Exception as error:  # whatever the pins do, the engine goes on
            if part not in self._failed:
                logger.warning("%s cannot be switched: %s", part, _reason(error))
            self._failed.add(part)
        else:
            self._failed.discard(part)

    def _let_go(self, part: str, device: Any) -> None:
        try:
            device.close()
        except Exception as error:
            logger.warning("%s could not be let go of: %s", part, _reason(error))


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
