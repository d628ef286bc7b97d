"""Has pictures drawn by a child process, one after the other: the engine never waits, and the player stays small.

Pillow and its fonts cost the player 6 MB for ever and 22 MB while it draws; a child of a fifth of a second costs it
nothing (docs/decisions). What a picture says may come from far away (a warning, a title), so the child has a time limit
and a limit of memory of its own, and may fail: then there is no such picture, and the log says so.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Condition, Thread
from time import monotonic
from typing import Final

from player.pictures.orders import IDLE, KINDS, encode
from player.pictures.views import (
    AnnouncementView,
    CornerView,
    HandoutView,
    IdleView,
    QuestionView,
    Signs,
    View,
)

logger = logging.getLogger(__name__)

PATIENCE_S: Final = 20.0
"""How long a picture may take; it takes a second on a small board."""
AGAIN_S: Final = 60.0
"""After this time what could not be drawn is tried again."""
LARGEST_PNG: Final = 8 * 1024 * 1024
_PNG: Final = b"\x89PNG\r\n"
_KEPT: Final = 6
"""Files of each kind: the newest, the one on the screen, and a few that may be asked for again, such as pages."""

_FIRST: Final = KINDS[AnnouncementView]
"""What is drawn before everything else."""

Write = Callable[[Path, bytes], None]


class DrawingError(Exception):
    """The child drew nothing; the message is for the log."""


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of an order; `path` is None when it could not be drawn."""

    order: bytes
    path: Path | None
    tried_at: float


class Easel:
    """Draws for the engine: fulfils `player.engine.ports.Pictures`. `start` it before, `close` it after.

    Args:
        command: the program that draws; it reads an order (`player.pictures.orders`) from its standard input, and
            writes a line with the number of pages and then the PNG.
        folder: for the pictures, in RAM; what lies there is removed.
        signs: the house's own.
        write: writes a file in one step.
        ready: called, from another thread, whenever a picture has become ready; does not wait.
        patience_s: how long the program may take.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        signs: Signs,
        write: Write,
        ready: Callable[[], None] = lambda: None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._command = [*command]
        self._folder = folder
        self._signs = signs
        self._write = write
        self._ready = ready
        self._patience_s = patience_s
        self._changed = Condition()
        self._wanted: dict[str, tuple[bytes, bytes]] = {}
        self._results: dict[str, _Result] = {}
        self._families: dict[str, tuple[bytes, int]] = {}
        self._files: dict[str, dict[Path, int]] = {}
        self._complaints: dict[str, str] = {}
        self._child: subprocess.Popen[bytes] | None = None
        self._drawing = ""
        self._closing = False
        self._thread = Thread(target=self._work, name="pictures", daemon=True)

    def start(self) -> None:
        """Begin to draw what is asked for.

        Raises:
            OSError: the folder cannot be made.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        for left in self._folder.glob("*.png"):
            left.unlink(missing_ok=True)
        self._thread.start()

    def close(self) -> None:
        """Draw no more."""
        with self._changed:
            self._closing = True
            self._wanted.clear()
            if self._child is not None:
                self._child.kill()
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def idle(self, view: IdleView) -> Path | None:
        """The screen while nothing plays; seconds do not count."""
        now = view.now
        return self._ask(replace(view, now=now.replace(second=0, microsecond=0)) if now else view, b"idle")

    def announcement(self, view: AnnouncementView) -> Path | None:
        """The words of an announcement."""
        family = encode(replace(view, page=0), self._signs)
        with self._changed:
            known, pages = self._families.get("announcement", (b"", 1))
        return self._ask(replace(view, page=view.page % pages if known == family else view.page), family)

    def question(self, view: QuestionView) -> Path | None:
        """The question at which a film waits."""
        return self._ask(view)

    def handout(self, view: HandoutView) -> Path | None:
        """What people take home from the film that has ended."""
        return self._ask(view)

    def corner(self, address: str) -> Path | None:
        """A small code that leads to an address; None where no phone can reach it."""
        if address.startswith("/") and not self._signs.origin:
            return None
        return self._ask(CornerView(address))

    def _ask(self, view: View, family: bytes = b"") -> Path | None:
        """The picture, an older one of its family, or None; sees to it that it gets drawn."""
        kind, order = KINDS[type(view)], encode(view, self._signs)
        family = family or order
        with self._changed:
            result = self._results.get(kind)
            if result is not None and result.order == order:
                if result.path is None and monotonic() - result.tried_at > AGAIN_S:
                    self._want(kind, order, family)
                return result.path
            self._want(kind, order, family)
            same = result is not None and self._families[kind][0] == family
            return result.path if result is not None and same else None

    def _want(self, kind: str, order: bytes, family: bytes) -> None:
        if not self._closing and self._wanted.get(kind, (b"",))[0] != order:
            self._wanted[kind] = (order, family)
            self._changed.notify_all()
            if kind == _FIRST and self._drawing == IDLE and self._child is not None:
                self._child.kill()  # the idle screen can wait

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted or self._closing)
                if self._closing:
                    return
                kind = next(kind for kind in KINDS.values() if kind in self._wanted)
                order, family = self._wanted[kind]
                self._drawing = kind
            path, pages = self._draw(kind, order)
            with self._changed:
                self._drawing = ""
                if self._closing:
                    return
                if path is None and kind == IDLE and _FIRST in self._wanted:
                    continue  # it was to wait, and is drawn again afterwards
                if self._wanted.get(kind) == (order, family):
                    del self._wanted[kind]
                self._results[kind] = _Result(order, path, monotonic())
                self._families[kind] = (family, pages)
            self._ready()

    def _draw(self, kind: str, order: bytes) -> tuple[Path | None, int]:
        files = self._files.setdefault(kind, {})
        path = self._folder / f"{kind}-{hashlib.sha256(order).hexdigest()[:16]}.png"
        try:
            pages, png = (files.pop(path), b"") if path in files else self._drawn(order)
            if png:
                self._write(path, png)
        except (DrawingError, OSError) as error:
            waits = kind == IDLE and _FIRST in self._wanted
            if not self._closing and not waits and self._complaints.get(kind) != str(error):  # not once a minute
                self._complaints[kind] = str(error)
                logger.warning("The picture (%s) cannot be drawn: %s", kind, error)
            return None, 1
        self._complaints.pop(kind, None)
        files[path] = pages
        while len(files) > _KEPT:
            oldest = next(iter(files))
            del files[oldest]
            oldest.unlink(missing_ok=True)
        return path, pages

    def _drawn(self, order: bytes) -> tuple[int, bytes]:
        """Let the child draw; returns the number of pages and the file."""
        with self._changed:
            if self._closing:
                raise DrawingError("the player ends")
            child = self._child = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        try:
            answer, complaint = child.communicate(order, self._patience_s)
        except subprocess.TimeoutExpired:
            raise DrawingError(f"it took longer than {self._patience_s:g} s") from None
        finally:
            with contextlib.suppress(OSError):
                child.kill()
            child.communicate()
            with self._changed:
                self._child = None
        pages, _, png = answer.partition(b"\n")
        if child.returncode or not pages.isdigit() or not png.startswith(_PNG) or len(png) > LARGEST_PNG:
            said = complaint.decode("utf-8", "replace").strip()[-500:]
            raise DrawingError(f"status {child.returncode}: {said}")
        return max(1, int(pages)), png
