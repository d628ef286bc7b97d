"""Keeps a child process that reads untrusted files small and short-lived: limits of its own, and its parent's life."""

import ctypes
import os
import resource
import signal
import sys

_MEGABYTE = 1024 * 1024
_PR_SET_PDEATHSIG = 1


def confine(memory_mb: int, parent: int) -> None:
    """Limit this process's memory, leave no core files, and end with ``parent``.

    Args:
        memory_mb: limit in megabytes; files that are mapped do not count (RLIMIT_DATA, not RLIMIT_AS).
        parent: the process that started this one; when it has ended already, this one ends at once.
    """
    limit = memory_mb * _MEGABYTE
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    die_with(parent)


def die_with(parent: int) -> None:
    """End when the parent ends (prctl(2), PR_SET_PDEATHSIG), so that no child is left behind.

    Args:
        parent: the process id of the parent; when it has ended already, this one ends at once.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)
