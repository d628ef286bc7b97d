"""Switches the machine off, when somebody held the button that does so."""

import logging
from collections.abc import Callable, Sequence

from hub import system
from hub.errors import CommandError

logger = logging.getLogger(__name__)

POWER_OFF = ("systemctl", "--no-ask-password", "poweroff")
"""systemctl(1); who is not root needs the right to it (org.freedesktop.login1.power-off)."""


def power_off_of(*, demo: bool, run: Callable[[Sequence[str]], object] = system.run) -> Callable[[], None]:
    """Return what switches this machine off in order.

    It returns as soon as systemd has taken the order, and raises nothing: what went wrong is a line in the log.

    Args:
        demo: it is somebody's own machine; it stays on, and the log says so.
        run: runs a program.
    """

    def say() -> None:
        logger.info("This is the demo: a hub would switch itself off now.")

    def power_off() -> None:
        logger.info("The machine is switched off.")
        try:
            run(POWER_OFF)
        except CommandError as error:
            logger.error("The machine could not be switched off: %s %s", error.message, error.hint)

    return say if demo else power_off
