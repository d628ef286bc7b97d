"""The whole village on the air: as `village`, but the hub's own radio is the access point, and phones have radios."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from namespaces import until
from village import Phone, Village
from wireless import JOIN_S, Air, Join, Supplicant, open_join

SSID = "Nhà văn hóa làng Thử"
_SLOW_S = 180
"""In an emulated machine programs take long to start."""


class RadioPhone(Phone):
    """A phone with a radio."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(name, "", folder)
        self.wifi = Supplicant(self, folder)

    def associate(self, join: Join | None = None) -> None:
        """Join the house's Wi-Fi."""
        self.mac = self.run("cat", "/sys/class/net/wlan0/address").strip()
        self.wifi.join(SSID, join or open_join())


class WirelessVillage(Village):
    """A village whose gate runs hostapd and dnsmasq itself, with a simulated radio.

    Args:
        air: the radios.
        folder: a folder of the test's own.
        content: where the books are.
        changes: of the hub's configuration.
    """

    def __init__(self, air: Air, folder: Path, content: Path, changes: Mapping[str, Mapping[str, Any]]) -> None:
        portal = {"mode": "access-point", "interface": "wlan0", "programs": "children", "radio": {"ssid": SSID}}
        super().__init__(
            folder, content, {**changes, "captive_portal": {**portal, **changes.get("captive_portal", {})}}
        )
        self._radios = air

    def __enter__(self) -> Self:
        super().__enter__()
        self.hub.ip("link", "del", "phones0")
        self._stack.enter_context(self._radios.lend(self._radios.house, self.hub))
        self.hub.ip("addr", "add", self.config.captive_portal.address, "dev", "wlan0")
        self.settle_kernel()
        return self

    def open_house(self, *services: str) -> None:
        """Start everything and wait until it answers; the gate starts the Wi-Fi and DNS."""
        self.apply()
        for service in services or ("gate", "shelf", "web"):
            self.start_service(service)
        self.start("nginx", "nginx", "-c", str(self.placed("nginx.conf")), "-g", "daemon off;")
        for service in ("gate", "shelf"):
            self._until((self.config.paths.run / f"{service}.sock").exists, service)
        self._until(self._web_answers, "web")
        self._until(lambda: self.ask_gate("/status")["radio"]["state"] == "ENABLED", "gate")

    def _until(self, condition: Any, program: str) -> None:
        try:
            until(condition, _SLOW_S, program)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log(program)}") from error

    def phone(self, *, joined: bool = True) -> RadioPhone:
        """Bring a phone into the house."""
        self._phones += 1
        name = f"{self._prefix}-p{self._phones}"
        with contextlib.ExitStack() as stack:
            phone = stack.enter_context(contextlib.closing(RadioPhone(name, self.folder)))
            stack.enter_context(self._radios.phone_radio(phone))
            stack.callback(phone.wifi.leave)
            if joined:
                phone.associate()
                phone.join(JOIN_S)
            self._stack.enter_context(stack.pop_all())
        return phone
