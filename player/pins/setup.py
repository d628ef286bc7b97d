"""How one pin is to be: gpiozero's words for it on one side, libgpiod's settings on the other. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from math import isfinite
from numbers import Real

from gpiod import LineSettings
from gpiod.line import Bias, Clock, Direction, Edge, Value
from gpiozero.exc import PinInvalidBounce

FUNCTIONS = ("input", "output")
PULLS = {"floating": Bias.DISABLED, "up": Bias.PULL_UP, "down": Bias.PULL_DOWN}
EDGES = {"none": Edge.NONE, "rising": Edge.RISING, "falling": Edge.FALLING, "both": Edge.BOTH}
VALUES = (Value.INACTIVE, Value.ACTIVE)
LONGEST_BOUNCE_US = 2**32 - 1
"""The kernel keeps it in 32 bits (struct gpio_v2_line_attribute, include/uapi/linux/gpio.h)."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How a pin is to be.

    Attributes:
        function: "input" or "output".
        pull: "floating", "up" or "down".
        bounce_us: for how long an input must keep a level before it counts, in microseconds; 0: it counts at once.
        edges: which changes are told: "none", "rising", "falling" or "both".
        detecting: whether anybody is to be told.
        level: what an output gives.
    """

    function: str = "input"
    pull: str = "floating"
    bounce_us: int = 0
    edges: str = "both"
    detecting: bool = False
    level: bool = False

    def as_input(self, pull: str) -> Setup:
        """The same as an input with this pull."""
        return replace(self, function="input", pull=pull, level=False)

    def as_output(self, level: bool) -> Setup:
        """The same as an output with this level; nobody is told of edges, and it has no pull."""
        return replace(self, function="output", pull="floating", detecting=False, level=level)

    def with_bounce(self, bounce_us: int) -> Setup:
        """The same with another time to settle."""
        return replace(self, bounce_us=bounce_us)

    def with_edges(self, edges: str) -> Setup:
        """The same with other edges."""
        return replace(self, edges=edges)

    def watched(self, detecting: bool) -> Setup:
        """The same, telling edges or not."""
        return replace(self, detecting=detecting)

    def settings(self) -> LineSettings:
        """What libgpiod is to be asked for; levels are those of the wire, whatever they mean to the house."""
        if self.function == "output":
            return LineSettings(direction=Direction.OUTPUT, output_value=VALUES[self.level])
        return LineSettings(
            direction=Direction.INPUT,
            bias=PULLS[self.pull],
            edge_detection=EDGES[self.edges] if self.detecting else Edge.NONE,
            debounce_period=timedelta(microseconds=self.bounce_us),
            event_clock=Clock.MONOTONIC,
        )


def bounce_us(value: float | None) -> int:
    """Return gpiozero's bounce time, in seconds, as the kernel wants it, in microseconds.

    Raises:
        PinInvalidBounce: it is no number, negative, or longer than the kernel can keep.
    """
    if value is None:
        return 0
    if not isinstance(value, Real) or isinstance(value, bool) or not isfinite(value) or value < 0:
        raise PinInvalidBounce(f'bounce must be None or a number of seconds from 0 on, not "{value}"')
    microseconds = round(value * 1_000_000)
    if microseconds > LONGEST_BOUNCE_US:
        raise PinInvalidBounce(f"bounce must be at most {LONGEST_BOUNCE_US / 1_000_000:g} seconds, not {value:g}")
    return max(microseconds, 1) if value else 0
