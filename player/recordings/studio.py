"""Where recordings are made: from what a phone sent, or from a text that is read out."""

from __future__ import annotations

import contextlib
import errno
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from player.confined import Runner
from player.errors import RecordingError, RecordingsBusyError, RecordingTooLargeError, Sentence
from player.recordings.converting import SUFFIX, convert, full
from player.recordings.probing import probe
from player.recordings.store import Kind, Recording, Recordings
from player.speech.voice import Voice
from player.speech.wording import Region, spoken_text

MOST_MB = 32
"""The largest upload, in megabytes."""
MOST_BYTES = MOST_MB * 1024 * 1024

_PIECE = 256 * 1024
_ROOM_FOR_SOUND = 64 * 1024 * 1024
_AT_ONCE = 2


class Studio:
    """Makes recordings; safe to use from several threads.

    One is made after the other; one more may wait, and further ones are told to come back, so that a crowd with phones
    does not take every thread of the player's site.

    Args:
        recordings: where they go.
        voice: reads texts out.
        runner: runs FFmpeg.
        work: a folder in memory for files that are not ready; it is emptied by `sweep`.
        region: whose manner of speaking texts are written in.
    """

    def __init__(
        self, recordings: Recordings, voice: Voice, runner: Runner, work: Path, region: Region = Region.NORTH
    ) -> None:
        self._recordings = recordings
        self._voice = voice
        self._runner = runner
        self._work = work
        self._region = region
        self._seats = threading.BoundedSemaphore(_AT_ONCE)
        self._turn = threading.Lock()

    def sweep(self) -> None:
        """Take away what an end without warning left behind; belongs to the start."""
        for path in self._work.iterdir() if self._work.is_dir() else ():
            shutil.rmtree(path, ignore_errors=True)
        self._recordings.sweep()

    def take_in(self, sent: IO[bytes], size: int) -> Recording:
        """Make a recording of what was sent.

        Args:
            sent: the bytes, to be read once.
            size: how many there are.

        Raises:
            NotAudioError: it is no recording, or nothing is to be heard in it.
            ProgramMissingError: there is no FFmpeg.
            RecordingError: fewer bytes came than were promised.
            RecordingsBusyError: others are being made.
            RecordingsFullError: there is no room.
            RecordingTooLargeError: it has too many bytes, or lasts too long.
        """
        if size > MOST_BYTES:
            raise too_many_bytes()
        with self._room(size) as folder:
            source = folder / "sent"
            _store(sent, source, size)
            probe(source, self._runner)
            return self._made(source, folder, "recording")

    def read_out(self, text: str) -> tuple[Recording, str]:
        """Make a recording of a text.

        Args:
            text: as somebody wrote it.

        Returns:
            The recording, and the words that are heard in it.

        Raises:
            PlayerError: the text is too long.
            ProgramMissingError: there is no voice, or no FFmpeg.
            RecordingsBusyError: others are being made.
            RecordingsFullError: there is no room.
            SpeechError: nothing of it can be said.
            VoiceError: the voice failed.
        """
        words = spoken_text(text, self._region)
        with self._room(0) as folder:
            source = folder / "said.wav"
            self._voice.say(words, source)
            return self._made(source, folder, "text"), words

    @contextlib.contextmanager
    def _room(self, size: int) -> Iterator[Path]:
        """A turn at the machine, and a folder that goes afterwards."""
        if not self._seats.acquire(blocking=False):
            raise RecordingsBusyError(
                Sentence("Other recordings are being prepared just now."), Sentence("Wait a moment, then try again.")
            )
        try:
            with self._turn:
                self._work.mkdir(parents=True, exist_ok=True)
                if shutil.disk_usage(self._work).free < size + _ROOM_FOR_SOUND:
                    raise full()
                with tempfile.TemporaryDirectory(dir=self._work) as folder:
                    yield Path(folder)
        finally:
            self._seats.release()

    def _made(self, source: Path, folder: Path, kind: Kind) -> Recording:
        target = folder / f"ready{SUFFIX}"
        seconds = convert(source, target, self._runner)
        return self._recordings.add(target.read_bytes(), seconds, kind)


def too_many_bytes() -> RecordingTooLargeError:
    """What is said of an upload that is too large."""
    return RecordingTooLargeError(
        Sentence("The recording is larger than %(most)d MB.", most=MOST_MB),
        Sentence("Record a shorter one, or several."),
    )


def _store(sent: IO[bytes], path: Path, size: int) -> None:
    """Write what was sent into a file, as many bytes as were promised.

    Raises:
        RecordingError: fewer came.
        RecordingsFullError: there is no room.
    """
    left = size
    try:
        with path.open("xb") as file:
            while left and (piece := sent.read(min(left, _PIECE))):
                file.write(piece)
                left -= len(piece)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise full() from error
        raise
    if left:
        raise RecordingError(
            Sentence("The recording did not arrive whole."), Sentence("Go closer to the hub, and send it again.")
        )
