"""The buttons on the box: each press posts one command.

gpiozero calls from threads of its own, so a press does nothing but post.
"""

import logging
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

from player.config import PinsConfig
from player.engine.commands import Command, Stop, TogglePause

logger = logging.getLogger(__name__)

BOUNCE_S = 0.05
"""A contact that opens again within this time, in seconds, was not a press."""


def imaginary_pins() -> Any:
    """A pin factory for machines without pins: buttons can be wired, nobody presses them."""
    from gpiozero.pins.mock import MockFactory  # noqa: PLC0415 - as in wire

    return MockFactory()


def wire(pins: PinsConfig, post: Callable[[Command], None], pin_factory: Any = None) -> ExitStack:
    """Connect the buttons that are wired.

    A hub whose buttons are missing or unplugged still plays: that is one line in the log, not a failure.

    Args:
        pins: which button is on which pin.
        post: takes the command of a press.
        pin_factory: gpiozero's pin factory; None lets gpiozero choose the machine's own.

    Returns:
        What lets go of the pins when closed.
    """
    wired = ExitStack()
    commands: dict[int | None, Command] = {pins.play: TogglePause(), pins.stop: Stop()}
    if not (commands.keys() - {None}):
        return wired
    from gpiozero import Button, GPIOZeroError  # noqa: PLC0415 - slow to load, and most machines have no button

    try:
        with warnings.catch_warnings(action="ignore"):  # one for each kind of pins the machine does not have
            for pin, command in commands.items():
                if pin is not None:
                    button = Button(pin, bounce_time=BOUNCE_S, pin_factory=pin_factory)
                    wired.callback(button.close)
                    button.when_pressed = partial(post, command)
    except (GPIOZeroError, OSError, ImportError) as error:
        wired.close()
        logger.warning("The buttons cannot be used: %s", error or type(error).__name__)
    return wired
