"""The process that draws the television's pictures: the player's brush with the library's codes and letters.

Run as a program it reads an order from standard input, and writes the number of pages on a line and then the PNG to
standard output. `hub.picture_wall` starts it.
"""

from __future__ import annotations

import os
import resource
import sys
from functools import partial
from pathlib import Path
from typing import Final

import library.printing
from hub.interpreter import said
from library.codes import qr
from library.confinement import confine
from player.pictures.brush import paint
from player.pictures.canvas import Letters
from player.pictures.drawings import Drawn
from player.pictures.orders import decode
from player.pictures.views import IdleView

MEMORY_MB: Final = 160
CPU_S: Final = 15
FONTS: Final = Path(library.printing.__path__[0]) / "fonts"
"""The letters of the posters; the television has the same."""
_LANGUAGE: Final = "vi"


def painted(order: bytes) -> Drawn:
    """Carry out an order in this process.

    Raises:
        ValueError, KeyError, TypeError: it is no order, or leads nowhere.
    """
    view, signs = decode(order)
    if isinstance(view, IdleView):
        os.nice(10)  # nobody waits for it
    return paint(view, signs, Letters(FONTS), qr.modules, partial(said, language=_LANGUAGE))


def main(arguments: list[str]) -> int:
    """Be the child; the argument is the process id of its parent."""
    confine(MEMORY_MB, int(arguments[0]))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    drawn = painted(sys.stdin.buffer.read())
    sys.stdout.buffer.write(b"%d\n" % drawn.pages + drawn.png)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
