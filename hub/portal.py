"""Introduces the portal's pages to the hub's site: whose phone asks, what a person types, whom to ask about it."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from flask import request

from captive_portal.asking import GateDesk, GateSilentError, plain_address
from captive_portal.config import CaptivePortalConfig
from captive_portal.web import PortalPages, Surroundings
from hub import i18n, unix_sockets
from hub.config import HubConfig
from hub.errors import SocketError
from hub.network import lan_address
from hub.web import place_of_request

ADDRESS_HEADER: Final = "X-Real-IP"
"""The header in which nginx, and nobody else, says which phone asks; it overwrites whatever the phone sent."""

_LOOK_S: Final = 1.0
_TAP_S: Final = 5.0  # a memory card may take its time to keep what was tapped


def create_portal(config: HubConfig) -> PortalPages | None:
    """The portal's pages, or None where somebody else looks after the Wi-Fi."""
    portal = config.captive_portal
    if portal.mode == "none":
        return None
    socket = config.paths.socket("gate")

    def ask(method: str, target: str) -> tuple[int, dict[str, Any]]:
        try:
            return unix_sockets.ask(socket, target, method, _LOOK_S if method == "GET" else _TAP_S)
        except SocketError as error:
            raise GateSilentError(error.message, error.hint) from error

    here = Surroundings(
        phone_address=lambda: phone_address(portal),
        typed_addresses=lambda: typed_addresses(config),
        portal_origin=lambda: portal_origin(portal),
        phone_language=phone_language,
    )
    has_way_out = bool(config.uplink.order) or portal.mode == "pretend"
    return PortalPages(GateDesk(ask), here, portal, config.retention, has_way_out=has_way_out)


def phone_address(portal: CaptivePortalConfig) -> str:
    """The address of the phone that asks: nginx's word behind the gate, otherwise who is connected."""
    said = request.headers.get(ADDRESS_HEADER, "") if portal.gated else request.remote_addr or ""
    return plain_address(said)


def typed_addresses(config: HubConfig) -> Sequence[str]:
    """What a person types to come to the hub: its name and, for phones that look names up elsewhere, its number."""
    if config.captive_portal.gated:
        return (config.web.name, config.captive_portal.hub_address)
    shown = urlsplit(place_of_request().hub_origin).netloc
    number = lan_address() if ipaddress.ip_address(config.web.address).is_unspecified else None
    return tuple(dict.fromkeys([shown, f"{number}:{config.web.port}"] if number else [shown]))


def portal_origin(portal: CaptivePortalConfig) -> str:
    """Where phones are sent that ask over HTTP: to the name the hub holds a certificate for, if it does."""
    return f"https://{portal.certificate.name}" if portal.certificate.name else place_of_request().hub_origin


def phone_language() -> str | None:
    """The language the phone that asks is set to, when the page is in another one."""
    code = i18n.of_phone(request.accept_languages)
    return None if code == i18n.current() else code
