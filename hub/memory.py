"""Keeps a process small: freed memory goes back to the system, instead of lying about in many heaps."""

import ctypes

_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_ONE_HEAP = 1
_LARGE = 128 * 1024


def return_freed_memory() -> None:
    """Have the C library (glibc, mallopt(3)) use one heap for all threads and give each large piece back when freed.

    Unpacking books takes and frees pieces of some megabytes in every thread; by glibc's own rules each thread then
    keeps a heap with holes. Other C libraries have no such rules, and nothing to set.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ONE_HEAP)
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
