"""The frame every service of the hub runs in: it answers, says that it is ready, and keeps saying that it is alive.

A service is alive when its own site answers from outside, not merely when its process is there.
"""

import logging
import os
import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, NoReturn, Self

from hub.errors import HubError, Sentence, SocketError
from hub.notify import Notifier
from hub.unix_sockets import ask, listen

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

logger = logging.getLogger(__name__)

_FIRST_PROBES_S = 0.05
_PROBES_S = 10.0
_LARGEST_BODY = 1024 * 1024


class Heartbeat(AbstractContextManager["Heartbeat"]):
    """Probes this service from a thread, and tells the supervisor.

    Args:
        probe: asks the service and returns how it is, in words; raises `HubError` when it does not answer.
        notifier: where to say it.
    """

    def __init__(self, probe: Callable[[], str], notifier: Notifier) -> None:
        self._probe = probe
        self._notifier = notifier
        self._stopping = threading.Event()
        self._beating = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def rest_while_forking(self) -> None:
        """Have every fork of this process wait for the end of a probe.

        A child forked in the middle of one would inherit what the probe holds just then, such as the lock of a module
        being imported, and wait for it for ever.
        """
        os.register_at_fork(
            before=self._beating.acquire,
            after_in_parent=self._beating.release,
            after_in_child=self._beating.release,
        )

    def __enter__(self) -> Self:
        """Begin to probe."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop probing."""
        self.stop()

    def stop(self) -> None:
        """Say that the service is stopping and probe no more; does not wait."""
        if not self._stopping.is_set():
            self._stopping.set()
            self._notifier.stopping()

    def _run(self) -> None:
        interval_s = min(_PROBES_S, (self._notifier.watchdog_s or _PROBES_S * 3) / 3)
        ready = False
        while not self._stopping.wait(interval_s if ready else _FIRST_PROBES_S):
            with self._beating:
                ready = self._beat(ready)

    def _beat(self, ready: bool) -> bool:
        """Probe once and tell; return whether the service is ready by now."""
        try:
            condition = self._probe()
        except HubError as error:
            if ready and not self._stopping.is_set():
                logger.warning("No sign of life from ourselves: %s", error.message)
            return ready
        if not ready:
            logger.info("Ready: %s", condition)
            self._notifier.ready(condition)
        self._notifier.alive()
        return True


def serve_on_socket(app: "WSGIApplication", path: Path, notifier: Notifier, largest_body: int = _LARGEST_BODY) -> None:
    """Serve a small site on a UNIX socket until SIGTERM or Ctrl-C; belongs in the main thread.

    Args:
        app: the site; `GET /healthz` answers 200 while it does its work.
        path: the socket; its folder is there.
        notifier: hears how the service is.
        largest_body: the most bytes a request may bring; one that announces more is refused before they are read, one
            that brings more without a word as soon as it does.

    Raises:
        SocketError: the socket cannot be listened on.
    """
    from waitress.server import create_server  # type: ignore[import-untyped]  # noqa: PLC0415 - the website's process does without it

    def probe() -> str:
        status, _ = ask(path, "/healthz")
        if status != 200:
            raise SocketError(Sentence("/healthz answers %(status)s.", status=status))
        return path.name

    listener = listen(path)
    try:
        server = create_server(app, sockets=[listener], threads=4, ident=None, max_request_body_size=largest_body)
        with Heartbeat(probe, notifier):
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, _leave)
            server.run()
        server.close()
    except SystemExit:
        logger.debug("Asked to stop.")
    finally:
        path.unlink(missing_ok=True)
        listener.close()


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)  # asked once more: at once
    raise SystemExit(0)
