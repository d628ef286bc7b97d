"""Watches the ways out as the gate does, and writes each change as a line: when (time.monotonic) and what."""

import sys
import threading
import time
from pathlib import Path

from hub.backhaul import Backhaul
from hub.config import load

if __name__ == "__main__":
    Backhaul(load(Path(sys.argv[1])), lambda state: print(time.monotonic(), state, flush=True)).start()
    threading.Event().wait()
