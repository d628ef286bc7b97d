"""Keeps a process small: freed memory goes back to the system, instead of lying about in heaps with holes."""

import ctypes
import threading

SWEEP_S = 1.0
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_ONE_HEAP = 1
_LARGE = 128 * 1024
_HELD_READY = 4 * 1024 * 1024


def return_freed_memory() -> None:
    """Have the C library (glibc, mallopt(3)) use one heap for all threads and give each large piece back when freed.

    Unpacking books takes and frees pieces of some megabytes in every thread; by glibc's own rules each thread then
    keeps a heap with holes. What is free within the one heap is given back every ``SWEEP_S`` seconds (malloc_trim(3)).
    Other C libraries have no such rules, and nothing to set.
    """
    library = ctypes.CDLL(None)
    mallopt, trim = getattr(library, "mallopt", None), getattr(library, "malloc_trim", None)
    if mallopt is None or trim is None:
        return
    mallopt(_M_ARENA_MAX, _ONE_HEAP)
    mallopt(_M_MMAP_THRESHOLD, _LARGE)
    mallopt(_M_TRIM_THRESHOLD, _HELD_READY)
    threading.Thread(target=_sweep, args=(trim, SWEEP_S), name="memory", daemon=True).start()


def _sweep(trim: "ctypes._NamedFuncPointer", every_s: float) -> None:
    pause = threading.Event()
    while not pause.wait(every_s):
        trim(0)
