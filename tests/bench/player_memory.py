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


def pss_mb() -> float:
    """This process' memory, pages that are shared with others counted in parts."""
    lines = Path("/proc/self/smaps_rollup").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


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

    def weigh() -> float:
        time.sleep(3)
        return pss_mb()

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
