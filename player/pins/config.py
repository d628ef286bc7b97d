"""What a technician may set about the buttons, the lights and the amplifier's relay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from player.errors import Sentence

Button = Literal["play", "next", "stop", "shutdown"]
Part = Literal["play", "next", "stop", "shutdown", "ready", "playing", "fault", "amplifier"]
BUTTONS: tuple[Button, ...] = ("play", "next", "stop", "shutdown")
LIGHTS = ("ready", "playing", "fault")

PULLED_UP = frozenset({2, 3})
"""The pins with a resistor to 3.3 V on the board itself (Raspberry Pi, "GPIO and the 40-pin header")."""

RESTS_HIGH = range(9)
"""The pins that are pulled high until a program takes them; the others are pulled low.

BCM2835 ARM Peripherals, table 6-31, "Pull"; the same on BCM2711 and RP1.
"""


class PinsConfig(BaseModel):
    """The `[player.pins]` table of hub.toml: what is wired to which pin, in Broadcom (GPIO) numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    play: int | None = Field(
        default=None,
        ge=0,
        le=27,
        examples=[17],
        description="Button that pauses and goes on. Left out: no such button.",
    )
    next: int | None = Field(
        default=None,
        ge=0,
        le=27,
        examples=[22],
        description="Button that goes to the next film. Left out: no such button.",
    )
    stop: int | None = Field(
        default=None, ge=0, le=27, examples=[27], description="Button that stops. Left out: no such button."
    )
    shutdown: int | None = Field(
        default=None,
        ge=0,
        le=27,
        examples=[3],
        description="Button that switches the hub off when it is held. Left out: no such button.",
    )
    hold_s: float = Field(
        default=4.0,
        ge=0.5,
        le=30,
        description="How long that button must be held, in seconds; a shorter press does nothing.",
    )
    ready: int | None = Field(
        default=None, ge=0, le=27, examples=[23], description="Light: the hub is ready. Left out: no such light."
    )
    playing: int | None = Field(
        default=None, ge=0, le=27, examples=[24], description="Light: something plays. Left out: no such light."
    )
    fault: int | None = Field(
        default=None, ge=0, le=27, examples=[25], description="Light: something is broken. Left out: no such light."
    )
    amplifier: int | None = Field(
        default=None,
        ge=0,
        le=27,
        examples=[26],
        description="Relay that gives the amplifier its power. Left out: the amplifier is always on.",
    )
    active_low: list[Part] = Field(
        default=[*BUTTONS],
        description="Which of these are pressed, lit or on when their pin is low (0 V); the others when it is high.",
    )
    without_pull: list[Button] = Field(
        default=[],
        description="Buttons with a resistor of their own; the others are held at rest by the computer.",
    )

    @property
    def wired(self) -> dict[Part, int]:
        """The parts that are wired, each with its pin."""
        pins: dict[Part, int | None] = {
            "play": self.play,
            "next": self.next,
            "stop": self.stop,
            "shutdown": self.shutdown,
            "ready": self.ready,
            "playing": self.playing,
            "fault": self.fault,
            "amplifier": self.amplifier,
        }
        return {part: pin for part, pin in pins.items() if pin is not None}

    def pin(self, part: Part) -> int | None:
        """The pin of a part; None when it is not wired."""
        return self.wired.get(part)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if problems := list(self._problems()):
            raise ValueError(*problems)
        return self

    def _problems(self) -> Iterator[Sentence]:
        parts: dict[int, list[str]] = defaultdict(list)
        for part, pin in self.wired.items():
            parts[pin].append(part)
        for pin, names in parts.items():
            if len(names) > 1:
                yield Sentence(
                    "%(names)s are on the same pin, %(pin)d; each needs a pin of its own",
                    names=", ".join(names),
                    pin=pin,
                )
        for part in BUTTONS:
            if self.pin(part) in PULLED_UP and part not in self.active_low:
                yield Sentence(
                    "%(part)s is on pin %(pin)d, which the board itself holds high: name it in active_low and wire"
                    " the button to ground, or take another pin",
                    part=part,
                    pin=self.pin(part),
                )
        yield from self._relay_problems()

    def _relay_problems(self) -> Iterator[Sentence]:
        if self.amplifier is None:
            return
        low, high = "amplifier" in self.active_low, self.amplifier in RESTS_HIGH
        if high and not low:
            yield Sentence(
                "amplifier is on pin %(pin)d, which is high until the hub has started, so the amplifier would be on:"
                " take a pin from 9 to 27",
                pin=self.amplifier,
            )
        if low and not high:
            yield Sentence(
                "amplifier is on pin %(pin)d, which is low until the hub has started, so the amplifier would be on:"
                " take a pin from 4 to 8, or a relay that is on when its pin is high",
                pin=self.amplifier,
            )
