"""The hub's player as `hub run player` runs it, with a box of buttons that can be pressed.

``python player_child.py HUB_TOML`` reads lines. The number of a pin: that pin's button is pressed and let go (imaginary
pins do not debounce). The path of a sound: it is announced as an emergency. It answers with the moment of the edge, or
of the announcement's posting to the engine, by the monotonic clock, in seconds.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from gpiozero.pins.mock import MockFactory

import hub.projection
from hub.config import load
from hub.notify import Notifier
from hub.wiring import run_service
from player.alerts.priorities import Announcement, Priority, Scope
from player.announcing.spoken import Spoken
from player.engine.commands import Announce
from player.engine.house import House
from player.engine.thread import Engine
from player.screen import Tell


class Hands:
    """What reaches into the player from outside."""

    def __init__(self) -> None:
        self.pins = MockFactory()
        self._engine: Engine | None = None

    def make_engine(self, build: Callable[[Tell], House]) -> Engine:
        """Make the player's engine, and keep hold of it."""
        self._engine = Engine(build)
        return self._engine

    def obey(self) -> None:
        """Do what the lines say."""
        for number, line in enumerate(sys.stdin):
            moment = time.monotonic()
            if line.strip().isdecimal():
                self._press(int(line))
            elif self._engine:
                announcement = Announcement(f"bench-{number}", Priority.EMERGENCY, Scope.VILLAGE, number)
                self._engine.post(Announce(Spoken(announcement, line.strip(), "test", headline="Lũ quét")))
            print(f"{moment:.5f}", flush=True)

    def _press(self, pin: int) -> None:
        self.pins.pin(pin).drive_low()
        threading.Timer(0.1, self.pins.pin(pin).drive_high).start()


def main(path: Path) -> None:
    """Run the player until SIGTERM."""
    hands = Hands()
    hub.projection.imaginary_pins = lambda: hands.pins
    hub.projection.Engine = hands.make_engine  # type: ignore[assignment, misc]
    threading.Thread(target=hands.obey, daemon=True).start()
    run_service("player", load(path), Notifier())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
