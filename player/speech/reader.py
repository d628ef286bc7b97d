"""Reads a text out at once, without a file that stays: for announcements that cannot wait to be made alike."""

from __future__ import annotations

import tempfile
from pathlib import Path

from player.speech.voice import Voice
from player.speech.wording import Region, spoken_text


class Reader:
    """Reads texts out.

    Args:
        voice: speaks.
        work: a folder in memory.
        region: whose manner of speaking Vietnamese texts are written in.
    """

    def __init__(self, voice: Voice, work: Path, region: Region = Region.NORTH) -> None:
        self._voice = voice
        self._work = work
        self._region = region

    def say(self, text: str, language: str) -> bytes:
        """Read a text out.

        Args:
            text: as somebody wrote it; numbers and short forms are written out if it is Vietnamese.
            language: of the text, a tag of BCP 47.

        Returns:
            A WAV file: mono, 16 bit, about as loud as recordings are.

        Raises:
            PlayerError: as `player.speech.voice.Voice.say`; or the text is too long.
        """
        words = spoken_text(text, self._region) if is_vietnamese(language) else text
        self._work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._work) as folder:
            path = Path(folder) / "said.wav"
            self._voice.say(words, path, language)
            return path.read_bytes()


def is_vietnamese(language: str) -> bool:
    """Whether a tag of BCP 47 stands for Vietnamese; an empty one does."""
    return language.partition("-")[0].lower() in {"", "vi"}
