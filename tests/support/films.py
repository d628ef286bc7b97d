"""Real films and sounds for tests, made with ffmpeg in a few tenths of a second each, four seconds long."""

from __future__ import annotations

import subprocess
from pathlib import Path

_PICTURE = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=10:d=4"]
_TONE = ["-f", "lavfi", "-i", "sine=440:d=4"]
_H264 = ["-c:v", "libx264", "-profile:v", "baseline", "-preset", "ultrafast", "-g", "10", "-pix_fmt", "yuv420p"]
RECIPES: dict[str, list[str]] = {
    "fast.mp4": [*_PICTURE, *_TONE, *_H264, "-c:a", "aac", "-movflags", "+faststart"],
    "slow.mp4": [*_PICTURE, *_TONE, *_H264, "-c:a", "aac"],
    "pieces.mp4": [*_PICTURE, *_H264, "-movflags", "+frag_keyframe+empty_moov"],
    "film.webm": [*_PICTURE, "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"],
    "film.mkv": [*_PICTURE, *_TONE, *_H264, "-c:a", "aac"],
    "sound.m4a": [*_TONE, "-c:a", "aac"],
    "sound.mp3": [*_TONE],
    "sound.ogg": [*_TONE],
    "sound.opus": [*_TONE],
    "sound.flac": [*_TONE],
    "sound.wav": [*_TONE],
}


def make_film(path: Path, recipe: str) -> Path:
    """Make one of ``RECIPES`` at ``path``, whatever that is called."""
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y", *RECIPES[recipe]]
    made = path.with_name(f"made-{recipe}")
    subprocess.run([*command, str(made)], check=True, stdin=subprocess.DEVNULL)
    return made.replace(path)


def make_poster(path: Path) -> Path:
    """Make a small picture; its name says of which kind."""
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y", *_PICTURE, "-frames:v", "1"]
    subprocess.run([*command, str(path)], check=True, stdin=subprocess.DEVNULL)
    return path


DESCRIPTION = """
name = "{name}"
title = "{title}"
language = "vi"
subjects = ["Nông nghiệp"]
{more}
[rights]
holder = "Hội Nông dân"
licence = "CC BY 4.0"
uses = [{uses}]
"""


def describe(path: Path, *, uses: str = '"hub", "take-home"', more: str = "", title: str = "Trồng vải") -> Path:
    """Write the description file beside a film."""
    text = DESCRIPTION.format(name=path.stem, title=title, uses=uses, more=more)
    place = path.with_suffix(".toml")
    place.write_text(text, "utf-8")
    return place
