"""What the hub's settings mean for the television's pictures: the house's signs, and who draws."""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from hub.config import HubConfig
from hub.network import lan_address
from hub.print_shop import house_of
from hub.system import atomic_write
from library.printing.wifi_code import payload
from player.pictures.easel import Easel
from player.pictures.views import Signs

_THIS_MACHINE: Final = {"localhost", "127.0.0.1", "::1"}


def signs_of(config: HubConfig, neighbours: Callable[[], str | None] = lan_address) -> Signs:
    """What stands on every picture of this house.

    Args:
        config: the hub's settings.
        neighbours: tells the address at which other machines reach this one; asked where the hub has no name that
            phones know, and listens to them.
    """
    house = house_of(config, _reached(config, neighbours))
    reachable = urlsplit(house.origin).hostname not in _THIS_MACHINE
    joined = bool(house.network.ssid) and config.captive_portal.mode != "none"
    return Signs(
        house=house.title,
        place=house.place,
        origin=house.origin if reachable else "",
        wifi=payload(house.network) if joined else "",
        ssid=house.network.ssid if joined else "",
    )


def _reached(config: HubConfig, neighbours: Callable[[], str | None]) -> str:
    listens = config.edge if config.edge.port else config.web
    if config.web.name not in _THIS_MACHINE or not ipaddress.ip_address(listens.address).is_unspecified:
        return ""
    address = neighbours()
    return f"http://{address}:{listens.port}" if address else ""


def open_easel(config: HubConfig, ready: Callable[[], None] = lambda: None) -> Easel:
    """Make what draws the pictures; it must be started and closed.

    Args:
        config: the hub's settings.
        ready: called, from another thread, whenever a picture has become ready; does not wait.
    """
    command = [sys.executable, "-m", "hub.painter", str(os.getpid())]
    return Easel(command, config.paths.run / "pictures", signs_of(config), atomic_write, ready)
