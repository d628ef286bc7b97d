"""What the Wi-Fi tests share: the air with its radios, a house in it, and phones."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from namespaces import Namespace
from wireless import AccessPointProgram, Air, Supplicant

from captive_portal.config import CaptivePortalConfig, RadioConfig

_numbers = itertools.count()


@pytest.fixture(scope="session")
def air() -> Air:
    """One radio for the house, the others for phones; those that nobody uses cost next to nothing."""
    return Air(16)


class WirelessPhone(Namespace):
    """A phone with a radio, at a fixed address once it has joined."""

    def __init__(self, name: str, folder: Path, number: int) -> None:
        super().__init__(name)
        self.wifi = Supplicant(self, folder)
        self.address = f"10.10.10.{100 + number}"

    @property
    def mac(self) -> str:
        """Its link-layer address."""
        return self.run("cat", "/sys/class/net/wlan0/address").strip()

    def reaches(self, address: str) -> bool:
        """Whether somebody answers there."""
        try:
            self.run("busybox", "ping", "-c", "2", "-W", "2", address)
        except RuntimeError:
            return False
        return True


@pytest.fixture
def phone(air: Air, tmp_path: Path) -> Iterator[Callable[[], WirelessPhone]]:
    """Brings phones, which are not on any Wi-Fi yet."""
    with contextlib.ExitStack() as stack:
        count = itertools.count(1)

        def bring() -> WirelessPhone:
            phone = WirelessPhone(f"phone{next(_numbers)}", tmp_path, next(count))
            stack.callback(phone.close)
            stack.enter_context(air.phone_radio(phone))
            stack.callback(phone.wifi.leave)
            phone.ip("addr", "add", f"{phone.address}/23", "dev", "wlan0")
            return phone

        yield bring


@pytest.fixture
def house(air: Air, tmp_path: Path) -> Iterator[Callable[..., AccessPointProgram]]:
    """Opens the house's Wi-Fi with settings of `[captive_portal.radio]`; the hub is at 10.10.10.1."""
    with contextlib.ExitStack() as stack:
        hub = Namespace(f"house{next(_numbers)}")
        stack.callback(hub.close)
        stack.enter_context(air.lend(air.house, hub))
        hub.ip("addr", "add", "10.10.10.1/23", "dev", "wlan0")

        def open_wifi(**radio: object) -> AccessPointProgram:
            config = CaptivePortalConfig(mode="access-point", radio=RadioConfig.model_validate(radio))
            return stack.enter_context(AccessPointProgram(hub, tmp_path, config))

        yield open_wifi
