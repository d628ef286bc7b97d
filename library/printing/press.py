"""Has orders printed by a child process: the website keeps answering, loads nothing that draws, and fears no title."""

import contextlib
import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from threading import Lock, Timer
from typing import Final

from library.errors import Sentence
from library.printing.errors import PressBusyError, PressFailedError, TooManyLabelsError, TooSmallError
from library.printing.orders import Order

logger = logging.getLogger(__name__)

MOST_STICKERS: Final = 2000
"""More would take minutes on a Raspberry Pi; nobody cuts so many out in one go."""
PATIENCE_S: Final = 180
REFUSED: Final = 3
"""Status of a child that says why, in JSON."""


def steps(order: Order) -> int:
    """The number that progress ends with."""
    shelves = sum(len(shelf.labels) for shelf in order.shelves)
    return len(order.stickers) + shelves + len(order.lessons) + order.wifi


class Press:
    """Prints one order after the other.

    Args:
        patience_s: how long one may take.
        command: the program of the child.
    """

    def __init__(self, patience_s: float = PATIENCE_S, command: Iterable[str] = ()) -> None:
        self._patience_s = patience_s
        self._command = [*command] or ["nice", "-n", "10", sys.executable, "-m", "library.printing.printer"]
        self._turn = Lock()

    def print(self, order: Order, progress: Callable[[int], None] = lambda _: None) -> bytes:
        """The PDF of an order.

        Args:
            order: what to print.
            progress: hears how many books are done.

        Raises:
            PressBusyError: another order is being printed.
            PressFailedError: it failed, or took too long.
            PrintingError: it cannot be printed.
        """
        if not self._turn.acquire(blocking=False):
            raise PressBusyError(
                Sentence("Something else is being printed."), Sentence("Wait a minute, then try again.")
            )
        try:
            return self._print(order, progress)
        finally:
            self._turn.release()

    def _print(self, order: Order, progress: Callable[[int], None]) -> bytes:
        if steps(order) > MOST_STICKERS:
            raise TooManyLabelsError(
                Sentence(
                    "%(count)d labels are too many for one file; %(most)d are the most.",
                    count=steps(order),
                    most=MOST_STICKERS,
                ),
                Sentence("Choose fewer books or pages."),
            )
        with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as printed:
            told.write(order.to_json())
            told.seek(0)
            child = subprocess.Popen(self._command, stdin=told, stdout=printed, stderr=subprocess.PIPE)
            watch = Timer(self._patience_s, child.kill)
            watch.start()
            try:
                said = _listen(child, progress)
                status = child.wait()
            finally:
                watch.cancel()
                with contextlib.suppress(OSError):
                    child.kill()
                child.wait()
            printed.seek(0)
            document = printed.read()
        if status == 0 and document.startswith(b"%PDF-"):
            return document
        if status == REFUSED and (words := _refusal(said)):
            raise TooSmallError(*words)
        logger.error("the press failed (status %d): %s", status, "".join(said)[-2000:])
        raise PressFailedError(
            Sentence("The printing failed."), Sentence("Choose fewer books or pages; the log says more.")
        )


def _refusal(said: list[str]) -> tuple[Sentence, Sentence] | None:
    """Why the child refuses the order and what helps, in its last line; None where it does not say."""
    try:
        match json.loads(said[-1]):
            case [str(message), str(hint)]:
                return Sentence(message), Sentence(hint)
    except (IndexError, ValueError, RecursionError):
        pass
    return None


def _listen(child: subprocess.Popen[bytes], progress: Callable[[int], None]) -> list[str]:
    """Pass on how far the child is, until it ends; returns what else it said."""
    said: list[str] = []
    assert child.stderr is not None  # noqa: S101 - it is a pipe
    with child.stderr as lines:
        for line in lines:
            words = line.decode("utf-8", "replace").strip()
            if words.isdecimal():
                progress(int(words))
            else:
                said = [*said[-50:], words]
    return said
