"""Says in words what is wired where: which pin of the forty on the board, and what its other end goes to. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from player.errors import Sentence
from player.pins.config import BUTTONS, LIGHTS, PULLED_UP, Button, PinsConfig

HEADER = {
    **{0: 27, 1: 28, 2: 3, 3: 5, 4: 7, 5: 29, 6: 31, 7: 26, 8: 24, 9: 21, 10: 19, 11: 23, 12: 32, 13: 33},
    **{14: 8, 15: 10, 16: 36, 17: 11, 18: 12, 19: 35, 20: 38, 21: 40, 22: 15, 23: 16, 24: 18, 25: 22, 26: 37, 27: 13},
}
"""Where each GPIO is on the board: its place among the forty pins (Raspberry Pi, "GPIO and the 40-pin header")."""


def wiring(pins: PinsConfig) -> Iterator[Sentence]:
    """Say of each part that is wired where its two ends go."""
    for part, pin in pins.wired.items():
        place = Sentence("pin %(place)d of the header (GPIO%(pin)d)", place=HEADER[pin], pin=pin)
        low = part in pins.active_low
        if part in BUTTONS:
            yield from _button(pins, part, pin, place, low)
        elif part in LIGHTS:
            yield (
                Sentence("%(part)s: light from 3.3 V through a resistor to %(place)s", part=part, place=place)
                if low
                else Sentence(
                    "%(part)s: light from %(place)s through a resistor to ground (GND)", part=part, place=place
                )
            )
        else:
            yield (
                Sentence("%(part)s: relay's input at %(place)s, on when low (0 V)", part=part, place=place)
                if low
                else Sentence("%(part)s: relay's input at %(place)s, on when high (3.3 V)", part=part, place=place)
            )


def _button(pins: PinsConfig, part: str, pin: int, place: Sentence, low: bool) -> Iterator[Sentence]:
    yield (
        Sentence("%(part)s: button from %(place)s to ground (GND)", part=part, place=place)
        if low
        else Sentence("%(part)s: button from %(place)s to 3.3 V", part=part, place=place)
    )
    own: list[Button] = pins.without_pull
    if part in own and pin not in PULLED_UP:
        yield (
            Sentence("%(part)s: a resistor of its own from there to 3.3 V", part=part)
            if low
            else Sentence("%(part)s: a resistor of its own from there to ground (GND)", part=part)
        )
    if part == "shutdown":
        yield Sentence("shutdown: acts when it is held for %(seconds)g seconds", seconds=pins.hold_s)
