"""Puts a signal before a recording of the house: FFmpeg does it, in a child within limits."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from player.announcing.signals import SoundError
from player.confined import Limits, Runner
from player.errors import Sentence

RATE: Final = 48_000
PAUSE_S: Final = 0.35
_LIMITS: Final = Limits(wall_s=60, cpu_s=45, memory_mb=768, file_mb=96)
_FORM: Final = f"aformat=sample_fmts=s16:sample_rates={RATE}:channel_layouts=mono"


class Joiner:
    """Joins signals and recordings.

    Args:
        runner: runs FFmpeg.
        work: a folder in memory for files that are not ready.
    """

    def __init__(self, runner: Runner, work: Path) -> None:
        self._runner = runner
        self._work = work

    def join(self, signal: bytes, recording: Path) -> bytes:
        """Return a signal, a short pause and a recording as one FLAC file.

        Args:
            signal: a WAV.
            recording: a file in the form of the house's recordings.

        Raises:
            SoundError: they cannot be joined.
            ProgramMissingError: there is no FFmpeg.
        """
        self._work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._work) as folder:
            target = Path(folder) / "joined.flac"
            chain = f"[0:a]{_FORM},apad=pad_dur={PAUSE_S}[one];[1:a]{_FORM}[two];[one][two]concat=n=2:v=0:a=1[all]"
            command = ["ffmpeg", "-nostdin", "-hide_banner", "-v", "fatal", "-threads", "1", "-filter_threads", "1"]
            command += ["-protocol_whitelist", "pipe", "-f", "wav", "-i", "pipe:0"]
            command += ["-protocol_whitelist", "file", "-f", "flac", "-i", f"file:{recording}"]
            command += ["-filter_complex", chain, "-map", "[all]", "-c:a", "flac", "-compression_level", "3"]
            outcome = self._runner.run([*command, "-f", "flac", "-y", f"file:{target}"], _LIMITS, signal)
            if not outcome.good or not target.is_file():
                raise SoundError(
                    Sentence("The sound cannot be used: %(reason)s.", reason=Sentence("it has an unknown form")),
                    Sentence("Record or type it again."),
                )
            return target.read_bytes()
