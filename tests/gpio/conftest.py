"""What the tests of the pins share: a simulated header, and the factory that finds it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from simulated_pins import SimulatedPins

from player.pins.libgpiod import LibgpiodFactory


@pytest.fixture
def header() -> Iterator[SimulatedPins]:
    with SimulatedPins() as pins:
        yield pins


@pytest.fixture
def factory(header: SimulatedPins) -> Iterator[LibgpiodFactory]:
    with LibgpiodFactory() as factory:
        yield factory
