"""How loud a level is in libvlc's numbers."""

from __future__ import annotations

import math
from typing import Final

_HALF_AS_LOUD_DB: Final = 10.0
_POWER: Final = _HALF_AS_LOUD_DB / (20 * 3 * math.log10(2))


def volume(level: int) -> int:
    """Return libvlc's volume for a level from 0 to 100.

    People hear 10 dB less as half as loud (Stevens' law, ISO 532). libvlc's volume is the cube root of the amplitude,
    so half the level is volume 68, and level 10 is volume 28.
    """
    return round(100 * math.pow(min(max(level, 0), 100) / 100, _POWER))
