"""The house's clock: its zone, and whether a time server keeps it, as the kernel says."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from hub.clock import HOUSE_TIME, SystemClock, _Timex, in_step, kernel_time


@pytest.mark.parametrize(
    ("state", "status", "trusted"),
    [
        (0, 0x2001, True),  # TIME_OK, STA_PLL | STA_NANO, as systemd-timesyncd leaves it
        (0, 0x0, True),
        (1, 0x0, True),  # a leap second comes at the end of the day
        (4, 0x1, True),
        (5, 0x0, False),  # TIME_ERROR
        (5, 0x40, False),
        (0, 0x40, False),  # STA_UNSYNC
        (0, 0x2041, False),
    ],
)
def test_trusted_only_when_a_time_server_keeps_it(state: int, status: int, trusted: bool) -> None:
    assert in_step(state, status) is trusted
    assert SystemClock(lambda: (state, status)).trusted() is trusted


def test_the_kernel_is_asked_and_changes_nothing() -> None:
    state, status = kernel_time()
    assert 0 <= state <= 5
    assert 0 <= status < 1 << 16
    assert SystemClock().trusted() is in_step(*kernel_time())


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_long) != 8, reason="the sizes are those of 64-bit systems")
def test_the_kernels_form_of_it() -> None:
    assert ctypes.sizeof(_Timex) == 208
    assert _Timex.status.offset == 40
    assert _Timex.time.offset == 72
    assert _Timex.tai.offset == 160


def test_the_kernel_says_the_same_to_others() -> None:
    program = shutil.which("timedatectl") or shutil.which("adjtimex")
    if program is None or "timedatectl" not in program:
        pytest.skip("no program here tells how the kernel keeps its clock")
    said = subprocess.run([program, "show", "--property=NTPSynchronized"], capture_output=True, text=True, check=False)
    if said.returncode:
        pytest.skip("timedatectl needs systemd's bus, which is not here")
    assert (said.stdout.strip() == "NTPSynchronized=yes") is SystemClock().trusted()


def test_the_zone_of_the_house() -> None:
    now = SystemClock().now()
    assert now.utcoffset() == timedelta(hours=7)
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)
    assert HOUSE_TIME.tzname(None) == "ICT"
    assert SystemClock(lambda: (5, 0x40), pretend=True).trusted()
