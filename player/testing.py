"""Stand-ins for the player's seams: a screen that keeps the rules of its port and can be told to fail."""

from __future__ import annotations

import math
import wave
from pathlib import Path

from player.errors import ScreenError, VoiceError
from player.screen import Look, Media
from player.speech.voice import sayable


class FakeScreen:
    """A screen in memory.

    Attributes:
        programme: what plays, or None.
        announcement: what speaks, or None.
        held: whether the programme is held.
        history: every programme that was played, first first.
        fails: makes every further request to play or speak fail while it is set.
    """

    def __init__(self) -> None:
        self.programme: Media | None = None
        self.announcement: Media | None = None
        self.held = False
        self.history: list[Media] = []
        self.fails = False
        self.pictures: dict[str, Path | None] = {}
        self.level = 100
        self.position_ms = 0
        self.length_ms = 60_000
        self._generations = [0, 0]

    def play(self, media: Media, generation: int) -> None:
        """Play it."""
        self._may_fail()
        self.programme, self.held, self.position_ms = media, False, media.start_ms
        self.level, self._generations[0] = media.level, generation
        self.history.append(media)

    def hold(self, *, held: bool) -> None:
        """Hold the programme or let it go on; breaks the test when there is none."""
        self._may_fail()
        if self.programme is None:
            raise AssertionError("hold() was asked while nothing plays")
        self.held = held

    def seek(self, position_ms: int) -> None:
        """Go there; breaks the test when there is no programme."""
        if self.programme is None:
            raise AssertionError("seek() was asked while nothing plays")
        self.position_ms = position_ms

    def set_level(self, level: int) -> None:
        """Remember the level."""
        self.level = level

    def stop(self) -> None:
        """End the programme."""
        self.programme, self.held = None, False

    def look(self) -> Look | None:
        """Tell how the programme is."""
        if self.programme is None:
            return None
        return Look(self._generations[0], self.position_ms, self.length_ms, not self.held, True, True)

    def speak(self, media: Media, generation: int) -> None:
        """Let it sound."""
        self._may_fail()
        self.announcement, self._generations[1] = media, generation

    def hush(self) -> None:
        """End the announcement."""
        self.announcement = None

    def listen(self) -> Look | None:
        """Tell how the announcement is."""
        if self.announcement is None:
            return None
        return Look(self._generations[1], 0, self.length_ms, True, False, False)

    def backdrop(self, picture: Path | None) -> None:
        """Remember the picture."""
        self.pictures["backdrop"] = picture

    def cover(self, picture: Path | None) -> None:
        """Remember the picture."""
        self.pictures["cover"] = picture

    def corner(self, picture: Path | None) -> None:
        """Remember the picture."""
        self.pictures["corner"] = picture

    def photograph(self) -> bytes | None:
        """There is no picture."""
        return None

    def close(self) -> None:
        """End everything."""
        self.stop()
        self.hush()

    def _may_fail(self) -> None:
        if self.fails:
            self.stop()
            raise ScreenError("The screen does not answer.", "Check its cable.")


class FakeVoice:
    """A voice that hums: as long as the words are, so that a test can tell texts apart.

    Attributes:
        said: everything that was said, first first.
        fails: makes every further text fail while it is set.
    """

    def __init__(self) -> None:
        self.said: list[str] = []
        self.fails = False

    def say(self, words: str, into: Path, language: str = "vi") -> None:
        """Write a WAV file with a tone of 60 ms for each character."""
        if self.fails:
            raise VoiceError("The text could not be read out.", "Record it instead.")
        words = sayable(words)
        self.said.append(words)
        rate = 8_000
        with wave.open(str(into), "wb") as file:
            file.setparams((1, 2, rate, 0, "NONE", "not compressed"))
            samples = (
                round(8_000 * math.sin(2 * math.pi * 300 * n / rate)) for n in range(rate * 6 * len(words) // 100)
            )
            file.writeframes(b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples))
