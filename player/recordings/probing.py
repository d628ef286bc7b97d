"""Whether what somebody sent is a recording: FFmpeg's prober looks at it, walled in, and believes few formats."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from player.confined import Limits, Runner
from player.errors import NotAudioError, RecordingTooLargeError, Sentence

LONGEST_S = 600
"""The longest recording, in seconds."""

_FORMATS = ("mov", "matroska", "ogg", "mp3", "wav", "w64", "caf", "aiff", "aac", "amr", "flac")
"""What phones and computers record in; mov stands for MP4, M4A and 3GP, matroska for WebM."""
_CODECS = (
    *("aac", "aac_fixed", "aac_latm", "alac", "amrnb", "amrwb", "libopencore_amrnb", "libopencore_amrwb", "flac"),
    *("mp3", "mp3float", "opus", "libopus", "vorbis", "libvorbis", "gsm", "gsm_ms", "adpcm_ima_qt", "adpcm_ima_wav"),
    *("adpcm_ms", "pcm_u8", "pcm_s8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be"),
    *("pcm_f32le", "pcm_f32be", "pcm_alaw", "pcm_mulaw"),
)
_PICTURES = (*("h264", "hevc", "mpeg4", "h263", "vp8", "vp9", "libdav1d", "mjpeg", "png", "bmp", "mov_text"),)
"""Of covers and films: the prober refuses a file over a stream that it may not look at. Only the prober looks."""
_LIMITS = Limits(wall_s=20, cpu_s=10, memory_mb=768, file_mb=2, patience=5)

_HINT = Sentence("Record it with the phone's recorder, or choose a sound file (m4a, mp3, ogg, wav).")


def walled_input(path: Path) -> list[str]:
    """The arguments that let FFmpeg read one file and nothing that this file may name.

    Only files and pipes, only formats without references to other places (no playlists), only decoders of sound.
    """
    return _walled(path, _CODECS)


def _walled(path: Path, codecs: Sequence[str]) -> list[str]:
    return [
        *("-protocol_whitelist", "file,pipe"),
        *("-format_whitelist", ",".join(_FORMATS)),
        *("-codec_whitelist", ",".join(codecs)),
        *("-i", f"file:{path}"),
    ]


def probe(path: Path, runner: Runner) -> None:
    """Look whether a file holds sound of a length that is allowed.

    Args:
        path: the file.
        runner: runs the prober.

    Raises:
        NotAudioError: it is something else.
        ProgramMissingError: there is no FFmpeg.
        RecordingTooLargeError: it says itself that it is too long; one that says nothing is found out later.
    """
    shown = "format=format_name,duration:stream=codec_type,duration"
    command = ["ffprobe", "-v", "fatal", *_walled(path, (*_CODECS, *_PICTURES)), "-show_entries", shown, "-of", "json"]
    outcome = runner.run(command, _LIMITS)
    if not outcome.good:
        raise not_audio()
    try:
        found = json.loads(outcome.output)
        sounds = [stream for stream in found["streams"] if stream.get("codec_type") == "audio"]
        lengths = [float(part.get("duration", 0)) for part in (*sounds[:1], found["format"])]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise not_audio() from error
    if not sounds:
        raise NotAudioError(Sentence("There is no sound in this file."), _HINT)
    if min(lengths) > LONGEST_S + 1:
        raise too_long()


def not_audio() -> NotAudioError:
    """What is said of a file that is no recording."""
    return NotAudioError(Sentence("This is not a recording that can be played."), _HINT)


def too_long() -> RecordingTooLargeError:
    """What is said of a recording that lasts too long."""
    return RecordingTooLargeError(
        Sentence("The recording is longer than %(minutes)d minutes.", minutes=LONGEST_S // 60),
        Sentence("Record a shorter one, or several."),
    )
