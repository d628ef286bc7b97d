"""Draws an order; run as a program it is the child of `library.printing.press`.

Then it reads the order (JSON) from standard input, limits its own memory and time, tells on standard error how far it
is, one number a line, and writes the PDF to standard output.
"""

import json
import logging
import resource
import sys
from collections.abc import Callable
from typing import Final

from library.printing.errors import TooSmallError
from library.printing.labels import draw_labels
from library.printing.orders import Order, order_from
from library.printing.paper import Paper
from library.printing.posters import draw_posters
from library.printing.press import PATIENCE_S, REFUSED

_MEMORY: Final = 512 * 1024 * 1024


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


def main() -> int:
    """Be the child."""
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE_S, PATIENCE_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable(logging.WARNING)

    def tell(done: int) -> None:
        sys.stderr.write(f"{done}\n")
        sys.stderr.flush()

    try:
        document = draw(order_from(sys.stdin.buffer.read()), tell)
    except TooSmallError as error:
        sys.stderr.write(json.dumps([error.message, error.hint]) + "\n")
        return REFUSED
    sys.stdout.buffer.write(document)
    return 0


if __name__ == "__main__":
    sys.exit(main())
