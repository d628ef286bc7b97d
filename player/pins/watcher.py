"""One thread that waits for many file descriptors, and calls what belongs to each that has something to read."""

from __future__ import annotations

import logging
import os
import select
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)


class Watcher:
    """The thread; it is started by the first descriptor, and lives until `close`.

    Args:
        name: of the thread.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._ready: dict[int, Callable[[], None]] = {}
        self._poll = select.epoll()
        self._bell = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._poll.register(self._bell, select.EPOLLIN)
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def watch(self, descriptor: int, ready: Callable[[], None]) -> None:
        """Call `ready`, in the thread, whenever there is something to read.

        It must read what there is, may find nothing, and may call `watch`, `forget` and `close` itself.

        Raises:
            ValueError: the watcher is closed.
        """
        with self._lock:
            if self._closed:
                raise ValueError("the watcher is closed")
            self._ready[descriptor] = ready
            self._poll.register(descriptor, select.EPOLLIN)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def forget(self, descriptor: int) -> None:
        """Wait for this one no longer; to be called before it is closed. Does no harm when nobody waits for it."""
        with self._lock:
            if self._ready.pop(descriptor, None) and not self._closed:
                self._poll.unregister(descriptor)

    def close(self) -> None:
        """End the thread, and wait until it has ended, unless it is the thread that asks."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._ready.clear()
            thread = self._thread
            if thread is None:
                self._let_go()
            else:
                os.eventfd_write(self._bell, 1)
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _run(self) -> None:
        while not self._closed:
            for descriptor, events in self._poll.poll():
                with self._lock:
                    ready = self._ready.get(descriptor)
                if ready is not None:
                    self._call(ready)
                    if events & (select.EPOLLHUP | select.EPOLLERR):
                        logger.warning("A pin's chip went away; it is watched no longer.")
                        self.forget(descriptor)
        self._let_go()

    def _call(self, ready: Callable[[], None]) -> None:
        try:
            ready()
        except Exception:  # what somebody else's function does must not make the other buttons deaf
            logger.exception("What was called when a pin changed failed.")

    def _let_go(self) -> None:
        self._poll.close()
        os.close(self._bell)
