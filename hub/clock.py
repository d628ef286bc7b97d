"""What time it is in the house, and whether that is known: the kernel says so when a time server has set its clock.

A board without a battery comes up with an old time. Until it has been set, nothing may start by itself, and no clock
is shown. Issue E adds a floor that no clock may be below.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

HOUSE_TIME = timezone(timedelta(hours=7), "ICT")
"""The zone of the house: Asia/Ho_Chi_Minh, which has no summer time."""

_STA_UNSYNC = 0x40
_TIME_ERROR = 5


class _Timeval(ctypes.Structure):
    _fields_ = (("tv_sec", ctypes.c_long), ("tv_usec", ctypes.c_long))


class _Timex(ctypes.Structure):
    """struct timex of linux/timex.h, as adjtimex(2) has it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("precision", ctypes.c_long),
        ("tolerance", ctypes.c_long),
        ("time", _Timeval),
        ("tick", ctypes.c_long),
        ("ppsfreq", ctypes.c_long),
        ("jitter", ctypes.c_long),
        ("shift", ctypes.c_int),
        ("stabil", ctypes.c_long),
        ("jitcnt", ctypes.c_long),
        ("calcnt", ctypes.c_long),
        ("errcnt", ctypes.c_long),
        ("stbcnt", ctypes.c_long),
        ("tai", ctypes.c_int),
        ("reserved", ctypes.c_int * 11),
    )


def kernel_time() -> tuple[int, int]:
    """Ask the kernel how its clock is kept (adjtimex(2), which changes nothing when asked so).

    Returns:
        The clock's state and its status bits; `TIME_ERROR` and `STA_UNSYNC` where the kernel will not say.
    """
    timex = _Timex()
    libc = ctypes.CDLL(None, use_errno=True)
    state = int(libc.adjtimex(ctypes.byref(timex)))
    return (state, timex.status) if state >= 0 else (_TIME_ERROR, _STA_UNSYNC)


def in_step(state: int, status: int) -> bool:
    """Whether a clock of this state and status bits is kept by a time server (adjtimex(2), STA_UNSYNC, TIME_ERROR)."""
    return state != _TIME_ERROR and not status & _STA_UNSYNC


class SystemClock:
    """The clock of this machine.

    Args:
        ask: asks the kernel how its clock is kept.
        pretend: whether to trust it in any case, as the demo does on somebody's desk.
    """

    def __init__(self, ask: Callable[[], tuple[int, int]] = kernel_time, *, pretend: bool = False) -> None:
        self._ask = ask
        self._pretend = pretend

    def now(self) -> datetime:
        """The time, in the zone of the house."""
        return datetime.now(HOUSE_TIME)

    def trusted(self) -> bool:
        """Whether a time server has set it, and keeps it."""
        return self._pretend or in_step(*self._ask())

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()
