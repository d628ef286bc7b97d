"""Ties a process to the one that started it, so that killing the parent leaves nothing behind."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int, number: int = signal.SIGKILL) -> None:
    """Have the kernel end this process as soon as its parent ends (prctl(2), PR_SET_PDEATHSIG).

    Args:
        parent: the process id of the parent that this process shall not outlive. When it has ended already, this
            process ends at once.
        number: the signal that ends it; another one than SIGKILL lets it end what it started.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)
