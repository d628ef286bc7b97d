"""Large pages stand in memory once and within a limit, and whoever held one gives it back."""

from __future__ import annotations

import threading

import pytest

from library.errors import PageBusyError
from library.serving.large_pages import LargePages

SIZE = 300_000
DATA = bytes(range(250)) * (SIZE // 250)


class Reader:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> bytes:
        self.times += 1
        return DATA


def test_pieces_are_the_pages_bytes() -> None:
    large = LargePages(SIZE)
    assert b"".join(large.chunks(("e", "p"), SIZE, lambda: DATA, 0, SIZE)) == DATA
    assert b"".join(large.chunks(("e", "p"), SIZE, lambda: DATA, 12_345, 100_000)) == DATA[12_345:112_345]
    assert large.weight == 0


def test_it_is_unpacked_once_for_all_who_read_it() -> None:
    large, read = LargePages(SIZE), Reader()
    readers = [large.chunks(("e", "p"), SIZE, read, 0, SIZE) for _ in range(20)]
    assert (large.weight, read.times) == (SIZE, 1)
    assert all(b"".join(reader) == DATA for reader in readers)
    assert large.weight == 0


@pytest.mark.parametrize("how", ["close", "forget"])
def test_what_is_not_read_to_its_end_is_given_back(how: str) -> None:
    large = LargePages(SIZE)
    chunks = large.chunks(("e", "p"), SIZE, lambda: DATA, 0, SIZE)
    next(chunks)
    if how == "close":
        chunks.close()
    del chunks
    assert large.weight == 0


def test_a_page_that_cannot_be_read_keeps_no_room() -> None:
    large = LargePages(SIZE)

    def fail() -> bytes:
        raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"):
        large.chunks(("e", "p"), SIZE, fail, 0, SIZE)
    assert large.weight == 0


def test_more_than_the_limit_waits_and_is_then_refused() -> None:
    now = iter(range(0, 100, 2))  # seconds
    large = LargePages(2 * SIZE, lambda: float(next(now)))
    held = [large.chunks(("e", name), SIZE, lambda: DATA, 0, SIZE) for name in "ab"]
    with pytest.raises(PageBusyError):
        large.chunks(("e", "c"), SIZE, lambda: DATA, 0, SIZE)
    assert len(held) == 2
    assert large.weight == 2 * SIZE


def test_who_waits_gets_the_room_that_becomes_free() -> None:
    large = LargePages(SIZE)
    held = large.chunks(("e", "a"), SIZE, lambda: DATA, 0, SIZE)
    threading.Timer(0.1, held.close).start()
    assert b"".join(large.chunks(("e", "b"), SIZE, lambda: DATA, 0, SIZE)) == DATA


def test_one_page_alone_may_be_larger_than_the_limit() -> None:
    assert b"".join(LargePages(10).chunks(("e", "a"), SIZE, lambda: DATA, 0, SIZE)) == DATA
