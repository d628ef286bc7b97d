"""The hub's player as `hub run player` runs it, with a box of buttons that can be pressed.

``python player_child.py HUB_TOML``: each line that it reads is the number of a pin; that pin's button is pressed and
let go. It answers with the moment of the edge by the monotonic clock, in seconds. Imaginary pins do not debounce.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from gpiozero.pins.mock import MockFactory

import hub.projection
from hub.config import load
from hub.notify import Notifier
from hub.wiring import run_service


def press(pins: MockFactory) -> None:
    """Press what is asked for."""
    for line in sys.stdin:
        pin = pins.pin(int(line))
        moment = time.monotonic()
        pin.drive_low()
        print(f"{moment:.5f}", flush=True)
        time.sleep(0.1)
        pin.drive_high()


def main(path: Path) -> None:
    """Run the player until SIGTERM."""
    pins = MockFactory()
    hub.projection.imaginary_pins = lambda: pins
    threading.Thread(target=press, args=(pins,), daemon=True).start()
    run_service("player", load(path), Notifier())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
