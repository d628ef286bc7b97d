"""A GPIO chip of the kernel's own gpio-sim, whose wires a test may pull up and down and look at.

Documentation/admin-guide/gpio/gpio-sim.rst. A wire's `pull` stands for both the resistor that a program asks for and
what pulls from outside: whoever spoke last wins, and every new setting of the line speaks again.
"""

from __future__ import annotations

import itertools
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

_CONFIG = Path("/sys/kernel/config/gpio-sim")
_PAUSE_S = 0.1
_numbers = itertools.count()


class SimulatedPins:
    """A chip, from its making until `close`.

    Args:
        label: what it calls itself.
        lines: how many it has.
    """

    def __init__(self, label: str = "pinctrl-bcm2711", lines: int = 58) -> None:
        subprocess.run(["modprobe", "gpio-sim"], check=True)
        if not _CONFIG.exists():
            subprocess.run(["mount", "-t", "configfs", "none", _CONFIG.parent], check=True)
        self._folder = _CONFIG / f"chip{next(_numbers)}"
        bank = self._folder / "bank"
        bank.mkdir(parents=True)
        (bank / "num_lines").write_text(str(lines))
        (bank / "label").write_text(label)
        (self._folder / "live").write_text("1")
        self._live = True
        name = (bank / "chip_name").read_text().strip()
        self.path = f"/dev/{name}"
        self._wires = Path("/sys/devices/platform") / (self._folder / "dev_name").read_text().strip() / name

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def drive(self, line: int, *levels: bool | int) -> None:
        """Pull a wire high or low, several times if so asked."""
        with (self._wires / f"sim_gpio{line}" / "pull").open("w") as pull:
            for level in levels:
                pull.write("pull-up" if level else "pull-down")
                pull.flush()

    def step(self, line: int, *levels: bool | int) -> None:
        """Pull a wire high and low with pauses: an edge that comes while the last is handled is lost to irq_sim."""
        for level in levels:
            self.drive(line, level)
            time.sleep(_PAUSE_S)

    def pull(self, line: int) -> str:
        """Where a wire is pulled: "up" or "down"."""
        return (self._wires / f"sim_gpio{line}" / "pull").read_text().strip().removeprefix("pull-")

    def level(self, line: int) -> bool:
        """What is on a wire."""
        return (self._wires / f"sim_gpio{line}" / "value").read_text().strip() == "1"

    def unplug(self) -> None:
        """Take the chip away, whoever uses it."""
        if self._live:
            (self._folder / "live").write_text("0")
        self._live = False

    def close(self) -> None:
        """Take the chip away and forget it."""
        self.unplug()
        (self._folder / "bank").rmdir()
        self._folder.rmdir()
