"""Plays many films, half of them broken, and weighs itself.

``python player_memory.py PLAYS LONG_FILM GOOD BROKEN…`` writes by how much it has grown, in MB.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from queue import Empty, SimpleQueue

from hub.memory import return_freed_memory
from player.config import PlayerConfig
from player.screen import Media, Report
from player.vlc.opening import open_screen

_WARMING = 20
_WHOLE_S = 2.5


def own_mb() -> float:
    """This process' own memory: what is in no file, so that what other processes share does not change it."""
    lines = Path("/proc/self/smaps_rollup").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:")) / 1024


def weigh() -> float:
    """The least of six weighings within three seconds: freed memory goes back once a second."""
    weights = []
    for _ in range(6):
        time.sleep(0.5)
        weights.append(own_mb())
    return min(weights)


def main(plays: int, whole: str, good: str, *broken: str) -> None:
    """Play, and print what was found."""
    return_freed_memory()
    reports: SimpleQueue[Report] = SimpleQueue()
    screen = open_screen(PlayerConfig.model_validate({"screen": "window"}), reports.put)

    def play(number: int) -> None:
        path = good if number % 2 else broken[number // 2 % len(broken)]
        screen.play(Media(path), number)
        try:
            while reports.get(timeout=3).generation != number:
                pass
        except Empty:
            pass
        screen.stop()

    screen.play(Media(whole), 1000)
    time.sleep(_WHOLE_S)
    screen.stop()
    for number in range(min(_WARMING, plays)):
        play(number)
    before = weigh()
    for number in range(plays):
        play(number)
    print(weigh() - before)
    screen.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
