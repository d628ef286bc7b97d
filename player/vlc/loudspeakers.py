"""Whether this machine has anything to be heard from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

_DEVICES: Final = Path("/dev/snd")
_SYSTEM_WIDE: Final = Path("/run/pulse/native")


def has_loudspeaker(environ: Mapping[str, str], devices: Path = _DEVICES, system_wide: Path = _SYSTEM_WIDE) -> bool:
    """Whether there is a sound server or a sound card, as far as files tell.

    Args:
        environ: the process' environment; `PULSE_SERVER` and `XDG_RUNTIME_DIR` say where a sound server is.
        devices: where the kernel shows sound cards.
        system_wide: the socket of a sound server for all users.
    """
    if environ.get("PULSE_SERVER") or system_wide.exists() or any(devices.glob("pcm*p")):
        return True
    own = environ.get("XDG_RUNTIME_DIR")
    return bool(own) and Path(own or "", "pulse", "native").exists()
