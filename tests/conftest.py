"""What all tests share: where the project lies, and the levels that `./run test --long` and `--wifi` ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes minutes; runs only with ./run test --long")
    config.addinivalue_line("markers", "wifi: needs radios; runs in an emulated machine with ./run test --wifi")
    config.addinivalue_line("markers", "cec: needs an HDMI cable; runs in the same machine with ./run test --wifi")
    config.addinivalue_line("markers", "gpio: needs a GPIO chip; runs in the same machine with ./run test --wifi")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    levels = {
        "long": ("HUB_LONG", "takes minutes; ./run test --long runs it"),
        "cec": ("HUB_WIFI", "needs a simulated HDMI cable; ./run test --wifi runs it in an emulated machine"),
        "gpio": ("HUB_WIFI", "needs a simulated GPIO chip; ./run test --wifi runs it in an emulated machine"),
        "wifi": ("HUB_WIFI", "needs simulated radios; ./run test --wifi runs it in an emulated machine"),
    }
    for marker, (asked, reason) in levels.items():
        if os.environ.get(asked) != "1":
            for item in items:
                if item.get_closest_marker(marker):
                    item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder in which the whole project lies."""
    return Path(__file__).resolve().parent.parent
