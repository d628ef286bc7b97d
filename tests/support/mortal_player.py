"""A player in a process of its own, to be killed: real thread, real files, a screen in memory; commands line by line.

Its argument is its folder. It says what it went on with, and after each line what is on.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from time import monotonic

from hub.clock import HOUSE_TIME
from hub.system import atomic_write
from player.alerts.play_log import PlayLog
from player.engine.commands import Play, Seek, Stop, TogglePause
from player.engine.house import House
from player.engine.thread import Engine
from player.screen import Tell
from player.testing import FakeScreen, Script, pretend_house


class Clock:
    """This machine's clock, trusted."""

    def now(self) -> datetime:
        return datetime.now(HOUSE_TIME)

    def trusted(self) -> bool:
        return True

    def monotonic(self) -> float:
        return monotonic()


def main(folder: Path) -> None:
    screen = FakeScreen(clock=monotonic, scripts={"mp4": Script(length_ms=3_600_000)})

    def build(tell: Tell) -> House:
        screen.tell = tell
        return pretend_house(
            folder, screen, Clock(), write=atomic_write, log=lambda: PlayLog(folder / "state" / "plays.sqlite")
        )

    engine = Engine(build)
    engine.start()
    engine.settle(30)
    start_ms = screen.history[0].start_ms if screen.history else 0
    print(engine.status.film or "-", start_ms, flush=True)
    for line in sys.stdin:
        match line.split():
            case ["play", film]:
                engine.command(Play(film))
            case ["seek", position_ms]:
                engine.command(Seek(int(position_ms)))
            case ["toggle"]:
                engine.command(TogglePause())
            case ["stop"]:
                engine.command(Stop())
        print(engine.status.film or "-", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
