"""Makes every recording alike: one form, one loudness, no silence at its ends, and nothing in it but sound."""

from __future__ import annotations

import shutil
from pathlib import Path

from player.confined import Limits, Runner
from player.errors import NotAudioError, RecordingsFullError, Sentence
from player.recordings.levels import CEILING_DB, Cut, cut_for, read_measures
from player.recordings.probing import LONGEST_S, not_audio, too_long, walled_input

RATE = 48_000
"""Samples in a second, of every recording."""
SUFFIX = ".wav"
"""Of every recording: WAV starts as fast as any (docs/decisions/0025), every browser plays it, and a signal is put
before it by joining samples, without another program."""

_LIMITS = Limits(wall_s=120, cpu_s=90, memory_mb=768, file_mb=96, patience=5)
_ALIKE = f"aformat=sample_rates={RATE}:channel_layouts=mono,highpass=f=80"
_LEAST_FREE = 1024 * 1024
_FADE_S = 0.01


def convert(source: Path, target: Path, runner: Runner) -> float:
    """Write a recording's own form: WAV of 48 kHz, mono, 16 bit, without tags.

    The file is read twice: once to measure it, once to write. Both times a child does it, within limits.

    Args:
        source: a file that was probed.
        target: where it goes; its folder is there.
        runner: runs FFmpeg.

    Returns:
        How long it is, in seconds.

    Raises:
        NotAudioError: there is nothing to be heard in it, or it is broken.
        ProgramMissingError: there is no FFmpeg.
        RecordingTooLargeError: it lasts too long.
        RecordingsFullError: there is no room to write it.
    """
    cut = _measure(source, runner)
    length = round(cut.end_s - cut.start_s, 2)
    filters = [
        _ALIKE,
        f"atrim=start={cut.start_s}:end={cut.end_s}",
        "asetpts=PTS-STARTPTS",
        f"volume={cut.gain_db}dB",
        f"alimiter=limit={10 ** (CEILING_DB / 20):.4f}:attack=5:release=80:level=false",
        f"afade=t=in:d={_FADE_S},afade=t=out:st={max(0.0, length - _FADE_S):.2f}:d={_FADE_S}",
        f"aformat=sample_fmts=s16:sample_rates={RATE}:channel_layouts=mono",
    ]
    command = [*_reading(source), "-af", ",".join(filters), "-c:a", "pcm_s16le"]
    command += ["-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
    outcome = runner.run([*command, "-f", "wav", "-y", f"file:{target}"], _LIMITS)
    if not outcome.good:
        target.unlink(missing_ok=True)
        if shutil.disk_usage(target.parent).free < _LEAST_FREE:
            raise full()
        raise not_audio()
    return length


def full() -> RecordingsFullError:
    """What is said when the card, or memory, is full."""
    return RecordingsFullError(
        Sentence("There is no room left for this recording."),
        Sentence("Delete recordings that are not needed any more, or ask the technician to make room."),
    )


def _measure(source: Path, runner: Runner) -> Cut:
    measuring = "ebur128=metadata=1,astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=RMS_level"
    command = [*_reading(source), "-af", f"{_ALIKE},{measuring},ametadata=mode=print:file=-", "-f", "null", "-"]
    outcome = runner.run(command, _LIMITS)
    measured = read_measures(outcome.output.decode("ascii", "replace").splitlines())
    if not outcome.good and not measured.blocks:
        raise not_audio()
    if measured.seconds > LONGEST_S + 1:
        raise too_long()
    cut = cut_for(measured)
    if cut is None:
        raise NotAudioError(
            Sentence("Nothing is to be heard in this recording."),
            Sentence("Hold the phone closer, see that its microphone is not covered, and record again."),
        )
    return cut


def _reading(source: Path) -> list[str]:
    """FFmpeg, reading the first sound of a file and a little more than the longest recording."""
    quiet = ["ffmpeg", "-nostdin", "-hide_banner", "-v", "fatal", "-threads", "1", "-filter_threads", "1"]
    return [*quiet, "-t", str(LONGEST_S + 2), *walled_input(source), "-map", "0:a:0", "-vn", "-sn", "-dn"]
