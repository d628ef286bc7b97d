"""Whether a broadcast may be reached at all, so that a television without a link does not wait in the dark for one."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

from hub.link_tables import default_routes

ROUTES = Path("/proc/net/route")


def may_be_reached(address: str, routes: Path = ROUTES) -> bool:
    """Whether there is a way to the host of an address: a default route, or a neighbour that needs none.

    Args:
        address: of http or https.
        routes: the kernel's table (proc(5)); where it cannot be read, nobody knows, and it is tried.
    """
    try:
        if default_routes(routes.read_text(encoding="ascii")):
            return True
    except (OSError, ValueError):
        return True
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost"
