"""Prints an order in a child process, so that the website keeps answering and a bad title harms nobody.

Run as a program it reads an order (JSON) from standard input, limits its own memory and time, tells on standard error
how far it is, one number a line, and writes the PDF to standard output.
"""

import contextlib
import json
import logging
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from threading import Lock, Timer
from typing import Final

from library.labels import draw_labels
from library.orders import Order, order_from
from library.posters import draw_posters
from library.print_errors import PressBusyError, PrintingError, TooManyLabelsError, TooSmallError
from library.printing import Paper

logger = logging.getLogger(__name__)

MOST_STICKERS: Final = 2000
"""More would take minutes on a Raspberry Pi; nobody cuts so many out in one go."""
_MEMORY: Final = 512 * 1024 * 1024
_PATIENCE_S: Final = 180
_REFUSED: Final = 3


def draw(order: Order, progress: Callable[[int], None]) -> bytes:
    """Draw an order in this process; returns the PDF.

    Raises:
        TooSmallError: the codes do not fit.
    """
    paper = Paper(order.house.title)
    if order.sheet:
        draw_labels(paper, order, progress)
    else:
        draw_posters(paper, order, progress)
    return paper.to_bytes()


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

    def __init__(self, patience_s: float = _PATIENCE_S, command: Iterable[str] = ()) -> None:
        self._patience_s = patience_s
        self._command = [*command] or ["nice", "-n", "10", sys.executable, "-m", "library.press"]
        self._turn = Lock()

    def print(self, order: Order, progress: Callable[[int], None] = lambda _: None) -> bytes:
        """The PDF of an order.

        Args:
            order: what to print.
            progress: hears how many books are done.

        Raises:
            PressBusyError: another order is being printed.
            PrintingError: it cannot be printed.
        """
        if not self._turn.acquire(blocking=False):
            raise PressBusyError("Something else is being printed.", "Wait a minute, then try again.")
        try:
            return self._print(order, progress)
        finally:
            self._turn.release()

    def _print(self, order: Order, progress: Callable[[int], None]) -> bytes:
        if steps(order) > MOST_STICKERS:
            raise TooManyLabelsError(
                f"{steps(order)} labels are too many for one file; {MOST_STICKERS} are the most.",
                "Choose fewer books or pages.",
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
        if status == _REFUSED:
            raise TooSmallError(*json.loads(said[-1]))
        logger.error("the press failed (status %d): %s", status, "".join(said)[-2000:])
        raise PrintingError("The printing failed.", "Choose fewer books or pages; the log says more.")


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


def main() -> int:
    """Be the child."""
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_PATIENCE_S, _PATIENCE_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable(logging.WARNING)

    def tell(done: int) -> None:
        sys.stderr.write(f"{done}\n")
        sys.stderr.flush()

    try:
        document = draw(order_from(sys.stdin.buffer.read()), tell)
    except TooSmallError as error:
        sys.stderr.write(json.dumps([error.message, error.hint]) + "\n")
        return _REFUSED
    sys.stdout.buffer.write(document)
    return 0


if __name__ == "__main__":
    sys.exit(main())
