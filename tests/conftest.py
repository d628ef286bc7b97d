"""What all tests share: where the project lies, and the slow level that `./run test --long` asks for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes minutes; runs only with ./run test --long")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("HUB_LONG") == "1":
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="takes minutes; ./run test --long runs it"))


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder in which the whole project lies."""
    return Path(__file__).resolve().parent.parent
