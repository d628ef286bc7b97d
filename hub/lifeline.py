"""Ties a process to the one that started it, so that killing the parent leaves nothing behind."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process as soon as its parent ends (prctl(2), PR_SET_PDEATHSIG).

    Args:
        parent: the process id of the parent that this process shall not outlive. When it has ended already, this
            process ends at once.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
