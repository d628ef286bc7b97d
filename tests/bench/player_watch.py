"""Watches a display, a thousand times a second, and writes down when which frame of a bench's film is first seen.

``python player_watch.py DISPLAY``; each line is the time by the monotonic clock (s), the film's letter ("-" for none)
and the number of its frame. Films bear both in boxes along their upper edge, as `player_clips` draws them.
"""

from __future__ import annotations

import sys
import time

from player_clips import BOX, COLOURS, PLACES
from Xlib import X
from Xlib.display import Display

_PAUSE_S = 0.0007


def read_boxes(row: bytes) -> tuple[str, int]:
    """Which film, and which of its frames, a row of pixels (blue, green, red, unused) shows."""
    places = [row[4 * (BOX * place + BOX // 2) :][:3] for place in range(PLACES + 1)]
    for letter, colour in COLOURS.items():
        if all(abs(a - b) < 48 for a, b in zip(places[0][::-1], colour, strict=True)):
            return letter, sum(1 << place for place, box in enumerate(places[1:]) if box[1] > 127)
    return "-", 0


def watch(display: str) -> None:
    """Watch until nobody reads any more."""
    root = Display(display).screen().root
    width = BOX * (PLACES + 1)
    last: tuple[str, int] | None = None
    while True:
        seen = read_boxes(root.get_image(0, BOX // 2, width, 1, X.ZPixmap, 0xFFFFFFFF).data)
        if seen != last:
            print(f"{time.monotonic():.5f}", *seen, flush=True)
            last = seen
        time.sleep(_PAUSE_S)


if __name__ == "__main__":
    watch(sys.argv[1])
