"""The website's HTTP server: granian, with the hub's own way to log, to get ready and to stop."""

import functools
import http.client
import ipaddress
import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from hub.config import HubConfig, WebConfig
from hub.errors import PortError, Sentence
from hub.lifeline import die_with_parent
from hub.memory import return_freed_memory
from hub.network import ensure_port_free
from hub.notify import Notifier
from hub.services import Heartbeat

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

logger = logging.getLogger(__name__)

STOP_S = 3
"""Readers get this long, in seconds, to receive what they asked for when the hub stops."""

_PROBE_TIMEOUT_S = 5.0
_LOGGING = {
    "formatters": {},
    "handlers": {},
    "loggers": {"_granian": {"handlers": [], "propagate": True}},
}
_NO_NEWS = "which seems quite high"  # granian's opinion about our number of threads; they mostly wait for the card


def serve_site(config: HubConfig, create_site: Callable[[HubConfig], "WSGIApplication"], notifier: Notifier) -> None:
    """Serve the website until SIGTERM or Ctrl-C; belongs in the main thread.

    Args:
        config: the hub's configuration.
        create_site: builds the website; called in each worker process.
        notifier: hears how the service is.

    Raises:
        PortError: the port cannot be listened on.
    """
    web = config.web
    ensure_port_free(web.address, web.port)
    logging.getLogger("_granian").addFilter(lambda record: _NO_NEWS not in record.getMessage())
    verbose = logging.getLogger().isEnabledFor(logging.DEBUG)
    server = Server(
        "hub.web",
        address=web.address,
        port=web.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=web.workers,
        blocking_threads=web.threads,
        log_level=LogLevels.info if verbose else LogLevels.warning,
        log_dictconfig=_LOGGING,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_S,
    )
    heartbeat = Heartbeat(functools.partial(probe, web), notifier)
    heartbeat.rest_while_forking()
    stopping = False
    main = os.getpid()

    def stop(number: int, frame: FrameType | None) -> None:
        if os.getpid() != main:  # a worker has this handler, too, from its fork until `_load`
            if number == signal.SIGTERM:
                os._exit(0)
            return
        nonlocal stopping
        stopping = True
        heartbeat.stop()
        # A service manager's signal reaches the workers too; that they end then is no news.
        logging.getLogger("_granian").setLevel(logging.CRITICAL)
        server.signal_handler_interrupt()  # type: ignore[no-untyped-call]

    @server.on_startup
    def take_signals() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)

    loader = functools.partial(_load, create_site, config, os.getpid())
    with heartbeat:
        try:
            server.serve(target_loader=loader, wrap_loader=False)
        except SystemExit:
            if not stopping:
                raise


def probe(web: WebConfig) -> str:
    """Ask the website how it is, as a reader would; any answer is a sign of life.

    Returns:
        Its address, and what `/healthz` answered when that was not 200.

    Raises:
        PortError: it does not answer.
    """
    address = ipaddress.ip_address(web.address)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(str(address), str(address))  # noqa: S104 - read, not bound
    connection = http.client.HTTPConnection(host, web.port, timeout=_PROBE_TIMEOUT_S)
    try:
        connection.request("GET", "/healthz", headers={"Host": f"{web.name}:{web.port}", "Connection": "close"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise PortError(
            Sentence("The website does not answer on port %(port)s: %(reason)s", port=web.port, reason=error)
        ) from error
    finally:
        connection.close()
    if status not in {200, 503}:  # 503 is the truth about a shelf that cannot be read; anything else is a sick site
        raise PortError(Sentence("The website answers /healthz with %(status)s.", status=status))
    origin = f"http://{web.name}:{web.port}"
    return origin if status == 200 else f"{origin} (/healthz answers {status})"


def _load(create_site: Callable[[HubConfig], "WSGIApplication"], config: HubConfig, parent: int) -> "WSGIApplication":
    """Build the website in a worker process."""
    if multiprocessing.parent_process() is not None:
        die_with_parent(parent)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # until granian takes it
        # A terminal's Ctrl-C reaches the workers, too. They leave it to the main process, which ends them with SIGTERM;
        # one that ended by itself could be taken for an accident before the main process hears of it.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    return_freed_memory()
    try:
        return create_site(config)
    except Exception:
        logger.exception("The website cannot be built.")
        sys.exit(1)
