"""Films of the player's benchmark: each frame says which film it belongs to and which number it has."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

SIZE: Final = (1280, 720)
RATE: Final = 25
BOX: Final = 64
PLACES: Final = 10
COLOURS: Final = {"A": (0, 255, 0), "B": (0, 0, 255)}
HERTZ: Final = 440


def film(path: Path, letter: str, seconds: float) -> Path:
    """Make a film with a tone; a box in its colour, then the frame's number in boxes, lowest bit first."""
    red, green, blue = COLOURS[letter]
    boxes = [f"drawbox=x=0:y=0:w={BOX}:h={BOX}:t=fill:color=0x{red:02x}{green:02x}{blue:02x}"]
    boxes += [f"drawbox=x={BOX}:y=0:w={BOX * PLACES}:h={BOX}:t=fill:color=black"]
    boxes += [
        f"drawbox=x={BOX * (place + 1)}:y=0:w={BOX}:h={BOX}:t=fill:color=white:enable='mod(floor(n/{1 << place}),2)'"
        for place in range(PLACES)
    ]
    picture = f"testsrc2=size={SIZE[0]}x{SIZE[1]}:rate={RATE},{','.join(boxes)},format=yuv420p"
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", picture]
    command += ["-f", "lavfi", "-i", f"sine=frequency={HERTZ}:sample_rate=48000", "-t", str(seconds)]
    command += ["-c:v", "libx264", "-preset", "veryfast", "-g", str(2 * RATE), "-c:a", "aac"]
    subprocess.run([*command, "-movflags", "+faststart", str(path)], check=True, stdin=subprocess.DEVNULL)
    return path


def broken(folder: Path, whole: Path) -> list[Path]:
    """Make files that are no films: empty, noise, words, and a film cut in its middle and before its pictures begin."""
    content = whole.read_bytes()
    kinds = {
        "empty.mp4": b"",
        "noise.mp4": bytes((index * 7919 + index // 3) % 256 for index in range(40_000)),
        "words.mp4": "Đây không phải là phim. ".encode() * 400,
        "cut.mp4": content[: len(content) // 2],
        "head.mp4": content[:3000],
    }
    for name, data in kinds.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in kinds]
