"""Where the session bus is; by itself, so that nothing else of D-Bus is loaded where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def session_bus(environ: Mapping[str, str]) -> str | None:
    """The address of the session bus; None where there is none, as in a service without a desktop."""
    if address := environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return address
    folder = environ.get("XDG_RUNTIME_DIR")
    return f"unix:path={folder}/bus" if folder and (Path(folder) / "bus").exists() else None
