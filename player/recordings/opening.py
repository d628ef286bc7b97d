"""Opens the studio and the folder of recordings, as the settings want them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from player.confined import Runner, find_walls
from player.recordings.config import RecordingsConfig
from player.recordings.store import Recordings, Write
from player.recordings.studio import Studio
from player.speech.config import VoiceConfig
from player.speech.reader import Reader
from player.speech.voice import EspeakVoice
from player.speech.wording import Region

_MEGABYTE = 1024 * 1024


def open_studio(
    voice: VoiceConfig,
    config: RecordingsConfig,
    folder: Path,
    work: Path,
    write: Write,
    now: Callable[[], datetime | None],
) -> tuple[Studio, Recordings, Reader]:
    """Open the studio, the folder and the reader, and take away what an end without warning left.

    Nobody else may have them open.

    Args:
        voice: how texts are read out.
        config: how much is kept, and how long.
        folder: of the recordings; it is there.
        work: a folder in memory for files that are not ready.
        write: writes a file whole.
        now: the time, with its zone; None while the clock is not trusted.
    """
    runner = Runner(find_walls())
    keep = timedelta(days=config.keep_days)
    recordings = Recordings(folder, write, config.most_mb * _MEGABYTE, keep, now)
    speaker, region = EspeakVoice(voice, runner), Region(voice.region)
    studio = Studio(recordings, speaker, runner, work, region)
    studio.sweep()
    return studio, recordings, Reader(speaker, work, region)
