"""Sounds for tests, made by FFmpeg: in the formats that telephones record in."""

import random
import subprocess
from pathlib import Path

LEAD_S, SPEECH_S, TAIL_S = 1.0, 1.6, 1.4
"""The silence before, what is heard, and the silence after it, in seconds."""
SPEECH = f"aevalsrc='0.05*sin(2*PI*300*t)*(0.6+0.4*sin(2*PI*5*t)):s=16000:d={SPEECH_S}'"
"""Something as loud as quiet speech, that swells as speech does."""
TAGS = ["-metadata", "title=Giong ba Lan", "-metadata", "artist=Lan", "-metadata", "location=+21.3+106.6/"]


def ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments], check=True, timeout=60)


def record(path: Path, *encoding: str) -> Path:
    """Speech between two silences, with tags that say who spoke where."""
    padded = f"{SPEECH},adelay={LEAD_S * 1000:.0f},apad=pad_dur={TAIL_S}"
    ffmpeg("-f", "lavfi", "-i", padded, *encoding, *TAGS, str(path))
    return path


def amr(path: Path) -> Path:
    """Noise between two silences, in AMR, the format of old telephones: no FFmpeg of Debian writes it."""
    silence, noise = b"\x7c", random.Random(7)  # a frame without data; one of 12.2 kbit/s has 31 bytes (RFC 4867)
    frames = [silence] * 50 + [b"\x3c" + noise.randbytes(31) for _ in range(80)] + [silence] * 70
    path.write_bytes(b"#!AMR\n" + b"".join(frames))
    return path


def probed(path: Path, *shown: str) -> str:
    """What FFmpeg's prober says of a file."""
    command = ["ffprobe", "-v", "error", "-of", "default=nw=1", *shown, str(path)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def loudness(path: Path) -> tuple[float, float]:
    """Integrated loudness in LUFS, and the loudest sample in dBFS."""
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-i", str(path), "-af", "ebur128=peak=sample"]
    said = subprocess.run([*command, "-f", "null", "-"], check=True, capture_output=True, text=True, timeout=60).stderr
    summary = said[said.rindex("Summary") :].split()
    return float(summary[summary.index("I:") + 1]), float(summary[summary.index("Peak:") + 1])
