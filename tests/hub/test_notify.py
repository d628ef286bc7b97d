"""`hub.notify` speaks sd_notify(3)."""

import os
import socket
from pathlib import Path

import pytest

from hub.notify import Notifier, parse


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "notify") if request.param == "path" else f"@hub-test-{os.getpid()}"


def test_says_how_the_service_is(address: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as inbox:
        inbox.bind("\0" + address[1:] if address.startswith("@") else address)
        inbox.settimeout(5)
        notifier = Notifier.from_environment({"NOTIFY_SOCKET": address})
        notifier.ready("port 8080\nREADY=0")
        notifier.status("Tủ sách")
        notifier.alive()
        notifier.stopping()
        assert [inbox.recv(999).decode() for _ in range(4)] == [
            "READY=1\nSTATUS=port 8080 READY=0",
            "STATUS=Tủ sách",
            "WATCHDOG=1",
            "STOPPING=1",
        ]


def test_is_silent_without_a_supervisor_and_after_its_end(tmp_path: Path) -> None:
    Notifier.from_environment({}).ready("")
    Notifier(str(tmp_path / "gone")).alive()


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": str(os.getpid())}, 0.5),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_reads_the_watchdog(environ: dict[str, str], seconds: float | None) -> None:
    assert Notifier.from_environment(environ).watchdog_s == seconds


def test_reads_messages() -> None:
    assert parse(b"READY=1\nSTATUS=a=b\nnonsense\n\xff") == {"READY": "1", "STATUS": "a=b"}
