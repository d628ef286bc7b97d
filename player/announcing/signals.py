"""The sounds before the words, made here from their notes: so different that nobody takes one for another.

Ordinary: ding-dong. Ưu tiên: three bells that climb. Khẩn cấp: a siren that rises and falls. All clear: a low gong.
"""

from __future__ import annotations

import cmath
import io
import math
import wave
from array import array
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from player.errors import PlayerError, Sentence

LARGEST_SOUND_BYTES: Final = 64 * 1024 * 1024
_LOUD: Final = 0.7 * 32767
_PAUSE_S: Final = 0.35
_PARTIALS: Final = ((1.0, 1.0), (2.0, 0.35), (3.01, 0.12))


class Signal(StrEnum):
    """What is heard before the words."""

    ORDINARY = "ordinary"
    PREFERRED = "preferred"
    EMERGENCY = "emergency"
    ALL_CLEAR = "all clear"


class SoundError(PlayerError):
    """A sound cannot be used."""


def signal_samples(signal: Signal, rate: int) -> array[int]:
    """Return a signal as 16-bit samples of one channel.

    Args:
        signal: which.
        rate: samples in each second.
    """
    match signal:
        case Signal.ORDINARY:
            return _bells(rate, [(0.0, 659.26), (0.55, 523.25)], 1.7)
        case Signal.PREFERRED:
            return _bells(rate, [(0.0, 523.25), (0.4, 659.26), (0.8, 783.99)], 2.1)
        case Signal.ALL_CLEAR:
            return _bells(rate, [(0.0, 130.81), (0.01, 196.0), (0.02, 261.63), (0.02, 313.0)], 3.0, fade=1.1)
        case Signal.EMERGENCY:
            return _siren(rate, 4.0)


class Signals:
    """Makes each signal once: a Raspberry Pi takes half a second for one."""

    def __init__(self) -> None:
        self._made: dict[tuple[Signal, int], array[int]] = {}

    def samples(self, signal: Signal, rate: int) -> array[int]:
        """Return a signal, as `signal_samples` does; it is not to be changed."""
        if (signal, rate) not in self._made:
            self._made[signal, rate] = signal_samples(signal, rate)
        return self._made[signal, rate]


def with_signal(signal: Signal, speech: bytes, signals: Signals) -> bytes:
    """Put a signal before a spoken WAV; the form of the speech is kept.

    Args:
        signal: which.
        speech: a WAV.
        signals: makes them.

    Raises:
        SoundError: the speech is no WAV of 16 bits.
    """
    try:
        with wave.open(io.BytesIO(speech)) as words:
            rate, channels, width = words.getframerate(), words.getnchannels(), words.getsampwidth()
            frames = words.readframes(LARGEST_SOUND_BYTES // max(1, width * channels))
    except (wave.Error, EOFError, OSError) as error:
        raise _unusable(error) from error
    if width != 2 or not 8000 <= rate <= 96000 or not 1 <= channels <= 2:
        raise _unusable(Sentence("it has an unknown form"))
    lead = signals.samples(signal, rate) + _silence(rate, _PAUSE_S)
    if channels == 2:
        lead = array("h", (sample for each in lead for sample in (each, each)))
    made = io.BytesIO()
    with wave.open(made, "wb") as whole:
        whole.setnchannels(channels)
        whole.setsampwidth(2)
        whole.setframerate(rate)
        whole.writeframes(_little_endian(lead) + frames)
    return made.getvalue()


def signal_alone(signal: Signal, signals: Signals, rate: int = 22050) -> bytes:
    """Return a signal as a WAV."""
    made = io.BytesIO()
    with wave.open(made, "wb") as whole:
        whole.setnchannels(1)
        whole.setsampwidth(2)
        whole.setframerate(rate)
        whole.writeframes(_little_endian(signals.samples(signal, rate)))
    return made.getvalue()


def read_sound(path: Path) -> bytes:
    """Return the bytes of a sound.

    Raises:
        SoundError: it is missing or too large.
    """
    try:
        if path.stat().st_size > LARGEST_SOUND_BYTES:
            raise _unusable(Sentence("it is too large"))
        return path.read_bytes()
    except OSError as error:
        raise _unusable(error.strerror or error) from error


def _bells(rate: int, strokes: Sequence[tuple[float, float]], seconds: float, fade: float = 0.45) -> array[int]:
    """Strike bells, each at its second with its pitch, and let them fade.

    A tone that fades is a number that is turned and shortened by the same factor from sample to sample.
    """
    loudest = _LOUD / (sum(share for _, share in _PARTIALS) * min(len(strokes), 2))
    total = [0.0] * int(rate * seconds)
    swell = max(1, int(rate * 0.006))
    for start, pitch in strokes:
        first = int(rate * start)
        last = min(len(total), first + int(rate * 6 * fade))
        for factor, share in _PARTIALS:
            turn = cmath.exp(complex(-1 / (fade * rate), 2 * math.pi * pitch * factor / rate))
            tone = complex(loudest * share, 0.0)
            for n in range(first, last):
                total[n] += tone.imag * min(1.0, (n - first) / swell) if n - first < swell else tone.imag
                tone *= turn
    return array("h", (max(-32767, min(32767, round(each))) for each in total))


def _siren(rate: int, seconds: float) -> array[int]:
    """Let a tone rise and fall between 520 and 1160 Hz, once a second."""
    low, high = 520.0, 1160.0
    middle, swing = (low + high) / 2, (high - low) / 2
    samples = array("h")
    for n in range(int(rate * seconds)):
        moment = n / rate
        phase = 2 * math.pi * middle * moment - swing * math.sin(2 * math.pi * moment)
        edge = min(1.0, moment / 0.02, (seconds - moment) / 0.05)
        samples.append(round(_LOUD * edge * (math.sin(phase) + 0.25 * math.sin(2 * phase)) / 1.25))
    return samples


def _silence(rate: int, seconds: float) -> array[int]:
    return array("h", bytes(2 * int(rate * seconds)))


def _little_endian(samples: array[int]) -> bytes:
    if array("H", [1]).tobytes() == b"\x01\x00":
        return samples.tobytes()
    swapped = array("h", samples)
    swapped.byteswap()
    return swapped.tobytes()


def _unusable(reason: object) -> SoundError:
    return SoundError(
        Sentence("The sound cannot be used: %(reason)s.", reason=reason), Sentence("Record or type it again.")
    )
