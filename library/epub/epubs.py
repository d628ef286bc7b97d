"""The EPUBs that are being read: each is made ready once, by a child process with limits, and kept in RAM for all.

Packs lie in the folder of things that may be lost, so both web processes share them; the least recently used go first.
What cannot be opened is remembered, too, so that a bad file costs its time once.
"""

import contextlib
import fcntl
import logging
import os
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from library.epub import reasons
from library.epub.pack import LARGEST_PACK, Pack, problem_pack
from library.errors import DocumentBusyError, EpubError
from library.page import Page

logger = logging.getLogger(__name__)

ROOM: Final = 48 * 1024 * 1024
"""Bytes of all packs together."""
LARGEST_EPUB: Final = 512 * 1024 * 1024
_MOST_OPEN: Final = 8
_MOST_WAITING: Final = 40
_PATIENCE_S: Final = 45.0
_MEMORY_MB: Final = 256
_SECONDS: Final = 30
_AGAIN_AFTER_S: Final = 600.0

Key = tuple[str, int]
Write = Callable[[Path, bytes], None]


class Epubs:
    """Opens EPUBs; safe to use from several threads and processes.

    Args:
        folder: where packs are kept; made when it is first needed.
        write: writes a file in one step.
        seconds: how long making one ready may take.
        memory_mb: memory that it may use, in megabytes.
        monotonic: a clock that only ever runs, in seconds.
    """

    def __init__(
        self,
        folder: Path,
        write: Write,
        seconds: int = _SECONDS,
        memory_mb: int = _MEMORY_MB,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._write = write
        self._seconds = seconds
        self._memory_mb = memory_mb
        self._monotonic = monotonic
        self._opened: OrderedDict[Key, tuple[Pack, float]] = OrderedDict()
        self._lock = threading.Lock()
        self._turns: dict[Key, threading.Lock] = {}
        self._waiting = 0

    def open(self, file: Path, edition: str, page: Page) -> Pack:
        """An EPUB made ready.

        Args:
            file: the ZIM file.
            edition: the edition of the book in it.
            page: the EPUB's entry.

        Raises:
            DocumentBusyError: too many are being made ready just now.
            EpubError: it cannot be opened; ``reason`` says why.
        """
        key = (edition, page.index)
        pack = self._known(key) or self._found(key) or self._wait_for(key, lambda: self._make_ready(key, file, page))
        if pack.book.problem:
            raise EpubError(f"{page.path} cannot be opened.", reason=pack.book.problem)
        return pack

    def _known(self, key: Key) -> Pack | None:
        with self._lock:
            pack, since = self._opened.get(key, (None, 0.0))
            if pack is None or not _counts(pack, self._monotonic() - since):
                return None
            self._opened.move_to_end(key)
        return pack

    def _found(self, key: Key) -> Pack | None:
        """What was made ready before; nobody waits for that while others wait for something slow."""
        try:
            pack = _kept(self._place(key))
        except EpubError:
            return None
        self._remember(key, pack)
        return pack

    def _place(self, key: Key) -> Path:
        return self._folder / f"{key[0]}-{key[1]}.pack"

    def _wait_for(self, key: Key, make: Callable[[], Pack]) -> Pack:
        """Everybody who wants the same one waits for the first of them."""
        with self._lock:
            if self._waiting >= _MOST_WAITING:
                raise DocumentBusyError("Too many documents are being opened.")
            self._waiting += 1
            turn = self._turns.setdefault(key, threading.Lock())
        try:
            with turn:
                pack = self._known(key)
                if pack is None:
                    pack = make()
                    self._remember(key, pack)
                return pack
        finally:
            with self._lock:
                self._waiting -= 1
                if not self._waiting:
                    self._turns.clear()

    def _remember(self, key: Key, pack: Pack) -> None:
        with self._lock:
            self._opened[key] = (pack, self._monotonic())
            while len(self._opened) > _MOST_OPEN:
                self._opened.popitem(last=False)  # a reader may still hold it; the file is closed with the last one

    def _make_ready(self, key: Key, file: Path, page: Page) -> Pack:
        place = self._place(key)
        with contextlib.suppress(EpubError):
            return _kept(place)
        if page.size > LARGEST_EPUB:
            return Pack(problem_pack(reasons.TOO_LARGE))
        with self._turn():
            with contextlib.suppress(EpubError):
                return _kept(place)  # the other process was quicker
            data = self._run(file, page)
            try:
                self._make_room(len(data))
                self._write(place, data)
                return _kept(place)
            except (OSError, EpubError):
                logger.exception("%s cannot be kept", place.name)
                return Pack(data)

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """One at a time in the whole house: a machine of this size has no room for two.

        Raises:
            DocumentBusyError: it took too long.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + _PATIENCE_S
        handle = os.open(self._folder / "turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise DocumentBusyError("Another document takes long to open.") from None
                    time.sleep(0.05)
            yield
        finally:
            os.close(handle)

    def _run(self, file: Path, page: Page) -> bytes:
        command = [sys.executable, "-m", "library.epub.unpacking", str(file), page.path, "--parent", str(os.getpid())]
        command += ["--memory", str(self._memory_mb), "--seconds", str(self._seconds)]
        try:
            child = subprocess.run(
                ["nice", "-n", "5", *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=2 * self._seconds,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            logger.warning("%s in %s: %s", page.path[:200], file.name, error)
            return problem_pack(reasons.FAILED)
        if child.returncode or not 0 < len(child.stdout) <= LARGEST_PACK:
            logger.warning("%s in %s: the child ended with %d", page.path[:200], file.name, child.returncode)
            return problem_pack(reasons.FAILED)
        return child.stdout

    def _make_room(self, size: int) -> None:
        kept = sorted((pack.stat().st_mtime, pack.stat().st_size, pack) for pack in self._folder.glob("*.pack"))
        whole = size + sum(each for _, each, _ in kept)
        for _, each, pack in kept:
            if whole <= ROOM:
                break
            pack.unlink(missing_ok=True)
            whole -= each


def _kept(place: Path) -> Pack:
    """A pack of the folder, if it is there and still counts.

    Raises:
        EpubError: it does not.
    """
    pack = Pack(place)
    try:
        if not _counts(pack, time.time() - place.stat().st_mtime):
            raise EpubError("It may go better now.")
        if pack.book.problem != reasons.FAILED:  # else who asks again and again would put off the next try for ever
            os.utime(place)
    except OSError as error:
        raise EpubError(f"The pack went away: {error}") from error
    return pack


def _counts(pack: Pack, age_s: float) -> bool:
    """Whether a pack still counts: a failure only for a while, since the machine may have been busy."""
    return pack.book.problem != reasons.FAILED or age_s <= _AGAIN_AFTER_S
