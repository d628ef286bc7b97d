"""Runs nginx before the website and keeps its map of the books' editions true: the service `edge`.

It needs no more rights than nginx itself: it reads the shelf's list, writes one file in the run folder and signals its
own child. Whoever changes the shelf tells it first (`hub.edge_map.announce`); it also looks at the list itself, so that
a word that was lost is made good within seconds.
"""

import contextlib
import functools
import logging
import os
import pwd
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from captive_portal.errors import ProgramError
from captive_portal.programs import ChildProcess
from hub import edge, edge_map
from hub.config import HubConfig
from hub.edge_books import CACHE_FOLDER, MAPS_FOLDER
from hub.edge_map import Editions
from hub.errors import HubError, Sentence
from hub.lifeline import die_with_parent
from hub.system import atomic_write
from library.errors import ShelfUnavailableError
from library.listing import read_listing

logger = logging.getLogger(__name__)

MAP: Final = "books.map"
_LOOK_S = 1.0
_TRUSTED_S = 15.0  # longer than a shelf waits
_REST_S = 2.0  # between two maps that only bring new books
_RELOAD_S = 8.0
_LEAST_FREE = 4 << 20
_EXITING = b"is shutting down"


class EdgeError(HubError):
    """nginx does not do what it should."""


class Nginx:
    """The running nginx.

    Args:
        config: the hub's settings.
        settings: its nginx.conf.
    """

    def __init__(self, config: HubConfig, settings: Path) -> None:
        tie = functools.partial(die_with_parent, os.getpid(), signal.SIGTERM)  # so that it ends its workers
        program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or "nginx"
        command = (program, "-e", "stderr", "-c", str(settings), "-g", "daemon off;")
        self._child = ChildProcess(command, tie=tie)
        gated = config.captive_portal.gated
        self._place = ("127.0.0.1", 80) if gated else (_reached_at(config.edge.address), config.edge.port)

    def start(self) -> None:
        """Start it.

        Raises:
            ProgramError: it is not installed.
        """
        self._child.start()

    def stop(self) -> None:
        """End it, and its workers."""
        self._child.stop()

    def answers(self) -> bool:
        """Whether it takes connections."""
        if not self._child.running():
            return False
        try:
            socket.create_connection(self._place, 2.0).close()
        except OSError:
            return False
        return True

    def reload(self) -> bool:
        """Have it read its settings again; returns once no worker with the old ones takes connections any more."""
        master = self._child.pid
        if master is None:
            return False
        deadline, old = time.monotonic() + _RELOAD_S, _workers(master)
        while not old and time.monotonic() < deadline:  # it has only just begun
            time.sleep(0.005)
            old = _workers(master)
        with contextlib.suppress(ProcessLookupError):
            os.kill(master, signal.SIGHUP)
        while time.monotonic() < deadline:
            now = _workers(master)
            if now - old and not any(_takes_connections(worker) for worker in old & now):
                return True
            time.sleep(0.003)
        return False


class EdgeKeeper:
    """Keeps nginx' map of editions.

    Args:
        run: the run folder.
        listing: the shelf's list.
        reload: has nginx read the map; tells whether it did.
        monotonic: a clock, in seconds.
    """

    def __init__(
        self,
        run: Path,
        listing: Path,
        reload: Callable[[], bool],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cache = run / CACHE_FOLDER
        self._map = run / MAPS_FOLDER / MAP
        self._listing = listing
        self._reload = reload
        self._monotonic = monotonic
        self._turn = threading.Lock()
        self._known: Editions = {}
        self._wanted: Editions = {}
        self._told_at = -_TRUSTED_S
        self._changed_at = -_REST_S
        self._crowded = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="edge", daemon=True)

    def begin(self) -> None:
        """Write the first map, for an nginx that is not there yet."""
        self._map.parent.mkdir(parents=True, exist_ok=True)
        self._wanted = self._known = self._on_shelf() or {}
        atomic_write(self._map, edge_map.render(self._known).encode())

    def start(self) -> None:
        """Look at the shelf's list again and again, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def hear(self, editions: Editions) -> bool:
        """Take what the shelf is about to say; returns whether nginx serves none of the old pages any more."""
        with self._turn:
            self._told_at = self._monotonic()
            self._wanted = editions
            return self._bring()

    def look(self) -> None:
        """Look at the shelf's list and at the room for pages once."""
        with self._turn:
            was_crowded, self._crowded = self._crowded, self._is_crowded()
            if self._monotonic() - self._told_at >= _TRUSTED_S and (found := self._on_shelf()) is not None:
                self._wanted = found
            if self._bring() and self._crowded != was_crowded:
                logger.warning("There is %s room for ready pages.", "no" if self._crowded else "again")

    def _bring(self) -> bool:
        """Have nginx know what is wanted; new books alone wait until the last change is a while ago."""
        wanted: Editions = {} if self._crowded else self._wanted
        if wanted == self._known:
            return True
        rested = self._monotonic() - self._changed_at >= _REST_S
        if not (rested or edge_map.takes_away(self._known, wanted)):
            return True
        atomic_write(self._map, edge_map.render(wanted).encode())
        if not self._reload():
            logger.error("nginx does not take the new list of books; trying again.")
            return False
        self._known = wanted
        self._changed_at = self._monotonic()
        return True

    def _on_shelf(self) -> Editions | None:
        try:
            return edge_map.editions_of(read_listing(self._listing))
        except ShelfUnavailableError:
            return None

    def _is_crowded(self) -> bool:
        """Whether what nginx keeps has no room left; with some more to spare before it is said to have room again."""
        try:
            free = shutil.disk_usage(self._cache).free
        except OSError:
            return False
        return free < _LEAST_FREE * (2 if self._crowded else 1)

    def _watch(self) -> None:
        while not self._stopped.wait(_LOOK_S):
            try:
                self.look()
            except Exception:
                logger.exception("the books could not be looked at; trying again")


def create_app(keeper: EdgeKeeper, nginx: Nginx) -> Flask:
    """The edge's own small site, on its UNIX socket."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024

    @app.get("/healthz")
    def health() -> ResponseReturnValue:
        well = nginx.answers()
        return jsonify(ok=well), 200 if well else 503

    @app.post("/books")
    def books() -> ResponseReturnValue:
        asked = request.get_json(force=True, silent=True)
        editions = asked.get("books") if isinstance(asked, dict) else None
        if not isinstance(editions, dict) or not edge_map.is_editions(editions):
            return jsonify(error="books must be a table of editions"), 400
        done = keeper.hear(editions)
        return jsonify(ok=done), 200 if done else 503

    return app


@contextlib.contextmanager
def open_edge(config: HubConfig) -> Iterator[Flask]:
    """Run nginx for this hub, and end it afterwards.

    Yields:
        The edge's site.

    Raises:
        EdgeError: nginx is not installed, or nothing is to be done for it.
    """
    if not config.behind_edge:
        raise EdgeError(Sentence("No nginx stands before this hub."), Sentence("Set edge.port, or a mode with a gate."))
    run = config.paths.run
    settings = run / "nginx.conf"
    text = edge.render(config) if config.captive_portal.gated else edge.render_alone(config, _own_name())
    atomic_write(settings, text.encode())
    nginx = Nginx(config, settings)
    keeper = EdgeKeeper(run, config.paths.state / "shelf.json", nginx.reload)
    keeper.begin()
    try:
        nginx.start()
    except ProgramError as error:
        raise EdgeError(error.message, error.hint) from error
    try:
        keeper.start()
        yield create_app(keeper, nginx)
    finally:
        keeper.stop()
        nginx.stop()


def _own_name() -> str:
    """Who nginx' workers are when root starts it by hand: root, since only root reads root's folders."""
    return pwd.getpwuid(0).pw_name if os.geteuid() == 0 else ""


def _reached_at(address: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104 - read, not bound


def _workers(master: int) -> set[int]:
    """The processes of nginx that answer readers, however long they still will."""
    try:
        children = Path(f"/proc/{master}/task/{master}/children").read_text("ascii").split()
    except OSError:
        return set()
    return {int(child) for child in children if b"worker process" in _title(int(child))}


def _takes_connections(worker: int) -> bool:
    """Whether it does; one that is about to end closes its ports in the same step in which it says so in its title."""
    title = _title(worker)
    return b"worker process" in title and _EXITING not in title


def _title(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""
