"""`hub.memory`: what is freed leaves the process, even when pieces that stay lie behind it."""

import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, sys
from pathlib import Path
from hub.memory import return_freed_memory
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
def held():
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) // 1024
if sys.argv[1] == "small":
    return_freed_memory()
libc.free(libc.malloc(4 << 20))  # by glibc's own rules, pieces up to this size now come from a heap
before = held()
large, small = [], []
for _ in range(50):
    large.append(libc.malloc(1 << 20))
    ctypes.memset(large[-1], 1, 1 << 20)
    small.append(libc.malloc(1000))
for piece in large:
    libc.free(piece)
print(held() - before)
"""
HOLES = """
import ctypes, time
import hub.memory
from hub.memory import return_freed_memory
hub.memory.SWEEP_S = 0.1
return_freed_memory()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
from pathlib import Path
def held():
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) // 1024
before, large, small = held(), [], []
for _ in range(800):
    large.append(libc.malloc(60 << 10))
    ctypes.memset(large[-1], 1, 60 << 10)
    small.append(libc.malloc(1000))
for piece in large:
    libc.free(piece)
deadline = time.monotonic() + 30
while held() - before > 10 and time.monotonic() < deadline:
    time.sleep(0.05)
print(held() - before)
"""


def held_mb(mode: str, program: str = PROGRAM) -> int:
    done = subprocess.run([sys.executable, "-c", program, mode], capture_output=True, text=True, check=True, timeout=60)
    return int(done.stdout)


def test_freed_pieces_go_back_to_the_system() -> None:
    if held_mb("as it is") < 40:
        pytest.skip("this C library gives freed memory back by itself")
    assert held_mb("small") < 5


def test_holes_within_the_heap_go_back_after_a_while() -> None:
    assert held_mb("", HOLES) <= 10
