"""Runs the tests of the Wi-Fi, the pins and the television in an emulated machine with simulated hardware:
``./run test --wifi [PYTEST OPTIONS]``.

The machine is QEMU with a kernel of Debian; its files are this machine's own, read-only, with all changes in its
memory. The exit status is pytest's, or 125 when the machine could not be had or gave no result. Further choices:
HUB_WIFI_LIMIT is how long the machine may take, in seconds (default 1200); HUB_WIFI_SHELL=1 runs the arguments as a
command there instead of pytest.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import emulator
import gpio_sim
import kernel

NO_RESULT: Final = 125
_PROJECT = Path(__file__).resolve().parents[3]


def pytest_command(options: Sequence[str], *, colour: bool) -> list[str]:
    """What runs inside: one pytest for all of them, with only what they need, since each import is slow there."""
    own = [
        "-p",
        "no:cacheprovider",
        "-m",
        "wifi or gpio or cec",
        "--basetemp=/run/pytest",
        f"--color={'yes' if colour else 'no'}",
    ]
    named = [option for option in options if not option.startswith("-") and "tests/" in option]
    return [
        sys.executable,
        "-B",
        "-m",
        "pytest",
        *own,
        *options,
        *([] if named else ["tests/wifi", "tests/cec", "tests/gpio"]),
    ]


def main(options: Sequence[str]) -> int:
    """Get the kernel, start the machine, run the tests in it, and return their exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    shell = os.environ.get("HUB_WIFI_SHELL") == "1"
    environment = {
        "HUB_WIFI": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PATH": f"{Path(sys.executable).parent}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    }
    try:
        cache = Path(home) / "village-hub" / "wifi"
        found = kernel.fetch(cache)
        try:
            gpio_sim.have(found, cache)
        except kernel.KernelError as error:
            print(f"There are no simulated pins, so their tests will fail: {error}", file=sys.stderr, flush=True)
        return emulator.run(
            list(options) if shell else pytest_command(options, colour=sys.stdout.isatty()),
            found,
            folder=_PROJECT,
            environment=environment,
            limit_s=float(os.environ.get("HUB_WIFI_LIMIT") or 1200),
        )
    except (kernel.KernelError, emulator.EmulatorError) as error:
        print(f"The emulated machine: {error}", file=sys.stderr)
        return NO_RESULT
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
