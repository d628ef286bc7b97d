"""How loud a recording is, and what follows from it: where it begins and ends, how much louder it becomes.

Loudness is measured as ITU-R BS.1770 has it, in LUFS, and by the energy of each tenth of a second, in dBFS.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BLOCK_S = 0.1
"""How long one measured piece is, in seconds."""
TARGET_LUFS = -16.0
"""How loud every recording becomes: what AES TD1008 names for speech that is listened to among other noise."""
CEILING_DB = -1.5
"""No sample is louder afterwards, in dBFS."""

_SILENCE_DB = -120.0
_NOTHING_DB = -55.0
_BELOW_SPEECH_DB = 26.0
_LEAST_LOUD_BLOCKS = 2
_BEFORE_S = 0.2
_AFTER_S = 0.4
_MOST_GAIN_DB = 30.0
_LEAST_LUFS = -69.0


@dataclass(frozen=True, slots=True)
class Measured:
    """A recording as it was measured.

    Attributes:
        blocks: the energy of each tenth of a second, in dBFS.
        loudness: of the whole, in LUFS; -70 where it is too short or too quiet to tell.
    """

    blocks: tuple[float, ...]
    loudness: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.blocks) * BLOCK_S


@dataclass(frozen=True, slots=True)
class Cut:
    """What of a recording is kept, and how it is changed.

    Attributes:
        start_s: where it begins, in seconds.
        end_s: where it ends.
        gain_db: how much louder it becomes.
    """

    start_s: float
    end_s: float
    gain_db: float


def read_measures(lines: Iterable[str]) -> Measured:
    """Read what FFmpeg's `ametadata` printed of `ebur128` and `astats`; other lines are passed over."""
    blocks: list[float] = []
    loudness = -70.0
    for line in lines:
        name, _, value = line.strip().partition("=")
        if name == "lavfi.astats.Overall.RMS_level":
            blocks.append(max(_SILENCE_DB, _number(value, _SILENCE_DB)))
        elif name == "lavfi.r128.I":
            loudness = _number(value, -70.0)
    return Measured(tuple(blocks), loudness)


def cut_for(measured: Measured) -> Cut | None:
    """Decide what is kept; None when nothing is to be heard.

    Silence at the ends goes, up to a short breath. Silence is what lies far below the speech itself, so that a quiet
    recording is not cut short and the noise of a yard is left in.
    """
    blocks = measured.blocks
    if not blocks or max(blocks) < _NOTHING_DB:
        return None
    loudness = measured.loudness if measured.loudness > _LEAST_LUFS else _mean_db(blocks)
    threshold = max(_NOTHING_DB, loudness - _BELOW_SPEECH_DB)
    loud = [level > threshold for level in blocks]
    first, last = _first_run(loud), len(loud) - _first_run(loud[::-1])
    if first >= last:
        first, last = 0, len(loud)
    start = max(0.0, first * BLOCK_S - _BEFORE_S)
    end = min(measured.seconds, last * BLOCK_S + _AFTER_S)
    return Cut(round(start, 2), round(end, 2), round(min(_MOST_GAIN_DB, TARGET_LUFS - loudness), 2))


def _first_run(loud: Sequence[bool]) -> int:
    """Where the first pieces that are loud together begin: one alone may be the tap on the button."""
    for place in range(len(loud)):
        if all(loud[place : place + _LEAST_LOUD_BLOCKS]):
            return place
    return len(loud)


def _mean_db(blocks: Sequence[float]) -> float:
    return 10 * math.log10(sum(10 ** (level / 10) for level in blocks) / len(blocks))


def _number(text: str, otherwise: float) -> float:
    try:
        number = float(text)
    except ValueError:
        return otherwise
    return number if math.isfinite(number) else otherwise
