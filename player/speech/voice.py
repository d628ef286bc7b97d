"""The voice that reads a text out: the port, and its adapter for eSpeak NG, which speaks Vietnamese offline."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Protocol

from player.confined import Limits, Runner
from player.errors import PlayerError, Sentence, SpeechError, VoiceError
from player.speech.config import VoiceConfig
from player.speech.wording import Region

LONGEST_WORDS = 50_000
"""The most that is given to a voice at once, in characters; a text grows when its numbers are written out."""

_LIMITS = Limits(wall_s=60, cpu_s=30, memory_mb=512, file_mb=256)
_VOICES = {Region.NORTH: "vi", Region.CENTRAL: "vi-vn-x-central", Region.SOUTH: "vi-vn-x-south"}
_HEADER = 44
_LANGUAGE = re.compile("[a-z]{2,3}")
_LOUDNESS = "160"
"""Measured: -17 LUFS, near what recordings are brought to; one sample in 400,000 touches the ceiling."""


class Voice(Protocol):
    """Reads words out."""

    def say(self, words: str, into: Path, language: str = "vi") -> None:
        """Write the sound of some words into a WAV file.

        Args:
            words: as they are said (`player.speech.wording.spoken_text`).
            into: the file; what was in it goes.
            language: of the words, a tag of BCP 47.

        Raises:
            ProgramMissingError: there is no voice on this hub.
            SpeechError: nothing of it can be said; no file is left.
            VoiceError: the voice failed; no file is left.
        """


class EspeakVoice:
    """eSpeak NG, a child process for each text.

    Args:
        config: which voice, and how fast.
        runner: runs the program within limits.
        program: its name or path.
    """

    def __init__(self, config: VoiceConfig, runner: Runner, program: str = "espeak-ng") -> None:
        self._config = config
        self._runner = runner
        self._program = program

    def say(self, words: str, into: Path, language: str = "vi") -> None:
        """Write the sound of some words into a WAV file: 22,050 Hz, mono, 16 bit."""
        words = sayable(words)
        main = language.partition("-")[0].lower()
        voice = main if _LANGUAGE.fullmatch(main) and main != "vi" else _VOICES[Region(self._config.region)]
        command = [self._program, "-v", voice, "-s", str(self._config.words_a_minute), "-a", _LOUDNESS]
        command += ["-b", "1", "--stdin", "-w", str(into)]
        try:
            outcome = self._runner.run(command, _LIMITS, words.encode())
            if not outcome.good or not into.is_file() or into.stat().st_size <= _HEADER:
                raise VoiceError(
                    Sentence("The text could not be read out."), Sentence("Make it shorter, or record it instead.")
                )
        except PlayerError:
            into.unlink(missing_ok=True)
            raise


def sayable(words: str) -> str:
    """What every voice checks before it speaks.

    Returns:
        The words, without what eSpeak NG would take for sounds written in its own alphabet.

    Raises:
        SpeechError: there is nothing to be said, or too much.
    """
    words = words.replace("[[", " ").replace("\0", " ")
    if not any(character.isalnum() for character in words):
        raise SpeechError(Sentence("There is nothing to read out."), Sentence("Write what is to be said."))
    if len(words) > LONGEST_WORDS:
        raise SpeechError(Sentence("The text is too long to be read out."), Sentence("Split it into shorter ones."))
    return words
