"""What is heard before the words: its tones are there, each signal has its own, and the words follow untouched."""

from __future__ import annotations

import io
import math
import wave
from array import array
from pathlib import Path

import pytest
from desk_house import plain_write, spoken_wav

from player.announcing.signals import Signal, Signals, SoundError, read_sound, signal_alone, signal_samples, with_signal
from player.announcing.sounds import Sounds

RATE = 8000


def strength(samples: array[int], pitch: float, start_s: float = 0.0, seconds: float = 0.3) -> float:
    """How strong a tone is in a part of a sound (Goertzel), as a share of full scale."""
    part = samples[int(start_s * RATE) : int((start_s + seconds) * RATE)]
    turn = 2 * math.cos(2 * math.pi * pitch / RATE)
    one = two = 0.0
    for sample in part:
        one, two = sample / 32768 + turn * one - two, one
    return 2 * math.sqrt(max(0.0, one * one + two * two - turn * one * two)) / len(part)


@pytest.mark.parametrize(
    ("signal", "tones"),
    [
        (Signal.ORDINARY, [(659.26, 0.05), (523.25, 0.6)]),
        (Signal.PREFERRED, [(523.25, 0.02), (659.26, 0.42), (783.99, 0.82)]),
        (Signal.ALL_CLEAR, [(130.81, 0.1), (196.0, 0.1)]),
    ],
)
def test_the_bells_are_struck_in_their_order(signal: Signal, tones: list[tuple[float, float]]) -> None:
    samples = signal_samples(signal, RATE)
    for pitch, start_s in tones:
        assert strength(samples, pitch, start_s) > 0.08
        assert strength(samples, pitch, start_s) > 5 * strength(samples, 1000.0, start_s)


def test_the_siren_rises_and_falls_and_is_the_loudest() -> None:
    samples = signal_samples(Signal.EMERGENCY, RATE)
    tops = [strength(samples, pitch, 0.5 - 0.02, 0.04) for pitch in (520.0, 1160.0)]
    bottoms = [strength(samples, pitch, 1.0 - 0.02, 0.04) for pitch in (520.0, 1160.0)]
    assert (tops[0] > tops[1]) != (bottoms[0] > bottoms[1])
    power = {signal: sum(x * x for x in signal_samples(signal, RATE)) for signal in Signal}
    assert max(power, key=lambda each: power[each]) is Signal.EMERGENCY
    assert all(max(map(abs, signal_samples(signal, RATE))) < 32767 for signal in Signal)


@pytest.mark.parametrize("channels", [1, 2])
def test_the_words_follow_untouched(channels: int) -> None:
    made = io.BytesIO()
    words = array("h", range(1000))
    with wave.open(made, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(words.tobytes())
    signals = Signals()
    for _ in range(2):
        with wave.open(io.BytesIO(with_signal(Signal.ORDINARY, made.getvalue(), signals))) as whole:
            assert (whole.getnchannels(), whole.getframerate()) == (channels, RATE)
            frames = whole.readframes(whole.getnframes())
        assert frames.endswith(words.tobytes())
        assert (
            len(frames) // 2 // channels == len(signal_samples(Signal.ORDINARY, RATE)) + 0.35 * RATE + 1000 / channels
        )


def test_a_signal_alone_is_a_sound() -> None:
    with wave.open(io.BytesIO(signal_alone(Signal.EMERGENCY, Signals()))) as sound:
        assert sound.getnframes() == 4 * sound.getframerate()


@pytest.mark.parametrize("speech", [b"", b"RIFF", b"ID3" * 100, spoken_wav()[:20], spoken_wav(rate=4000)])
def test_what_is_no_speech_is_refused(speech: bytes) -> None:
    with pytest.raises(SoundError):
        with_signal(Signal.ORDINARY, speech, Signals())


def test_sounds_that_nobody_needs_go(tmp_path: Path) -> None:
    sounds = Sounds(tmp_path / "sounds", lambda words, language: spoken_wav(), plain_write)
    kept = sounds.of_words("a", Signal.ORDINARY, "Mời họp", "vi")
    gone = sounds.of_words("b", Signal.ORDINARY, "Mời họp", "vi")
    sounds.sweep({"a"})
    assert (kept.exists(), gone.exists()) == (True, False)
    sounds.forget("a")
    assert not kept.exists()
    with pytest.raises(ValueError, match="escape"):
        sounds.of_words("../escape", Signal.ORDINARY, "Mời họp", "vi")
    with pytest.raises(SoundError):
        read_sound(tmp_path / "none.wav")


def test_a_signal_is_put_before_a_recording_and_what_is_none_is_left_as_it_is(tmp_path: Path) -> None:
    sounds = Sounds(tmp_path / "sounds", lambda words, language: b"", plain_write)
    recording = tmp_path / "r.wav"
    recording.write_bytes(spoken_wav(1.0, 48000))
    path = sounds.of_recording("a", Signal.EMERGENCY, recording)
    with wave.open(str(path)) as whole:
        assert whole.getnframes() / whole.getframerate() == pytest.approx(4 + 0.35 + 1)
    recording.write_bytes(b"RIFF")
    assert sounds.of_recording("b", Signal.EMERGENCY, recording) == recording
