"""The composition root: builds each service from the configuration and runs it.

What a service needs is imported when it is built, so that each process loads only its own part of the house.
"""

# ruff: noqa: PLC0415

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from hub.config import EDGE, HubConfig
from hub.folders import held, make_writable
from hub.notify import Notifier
from hub.system import atomic_write

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def run_service(service: str, config: HubConfig, notifier: Notifier) -> None:
    """Run one service in the foreground until SIGTERM or Ctrl-C; belongs in the main thread.

    Args:
        service: one of `hub.config.SERVICES`, or `hub.config.EDGE`.
        config: the hub's configuration.
        notifier: hears when the service is ready, alive, stopping.

    Raises:
        HubError: it cannot do its work.
    """
    {"gate": _gate, "player": _player, "shelf": _shelf, "web": _web, "edge": _edge}[service](config, notifier)


def _gate(config: HubConfig, notifier: Notifier) -> None:
    from hub.gatehouse import open_gate
    from hub.services import serve_on_socket

    make_writable(config.paths.run)
    with open_gate(config) as app:
        serve_on_socket(app, config.paths.socket("gate"), notifier)


def _player(config: HubConfig, notifier: Notifier) -> None:
    from hub.memory import return_freed_memory
    from hub.projection import open_player
    from hub.services import serve_on_socket
    from player.recordings.web import LARGEST_BODY

    return_freed_memory()
    with open_player(config) as app:
        serve_on_socket(app, config.paths.socket("player"), notifier, LARGEST_BODY)


def _shelf(config: HubConfig, notifier: Notifier) -> None:
    from hub.edge_map import announce
    from hub.openings import collector_of
    from hub.services import serve_on_socket
    from library.admission import Checker
    from library.keeper import Keeper, create_app
    from library.search.indexing import Indexer

    paths = config.paths
    make_writable(paths.run)
    make_writable(paths.state)
    with ExitStack() as stack:
        stack.enter_context(held(paths.state))
        tell_edge = partial(announce, paths.socket(EDGE))
        check = Checker(config.library)
        keeper = Keeper(paths.content, paths.state, config.library, check, atomic_write, announce=tell_edge)
        keeper.start()
        stack.callback(keeper.stop)
        indexer = Indexer(paths.content, paths.state / "shelf.json", paths.index, config.library)
        indexer.start()
        stack.callback(indexer.stop)
        collector = collector_of(config)
        collector.start()
        stack.callback(collector.stop)
        serve_on_socket(create_app(keeper, lambda: indexer.state), paths.socket("shelf"), notifier)


def _web(config: HubConfig, notifier: Notifier) -> None:
    from hub.server import serve_site

    def create_site(config: HubConfig) -> "WSGIApplication":
        from hub.site import create_site  # in the worker alone: whoever only watches over it stays small

        return create_site(config)

    serve_site(config, create_site, notifier)


def _edge(config: HubConfig, notifier: Notifier) -> None:
    from hub.edge_keeper import open_edge
    from hub.services import serve_on_socket

    make_writable(config.paths.run)
    with open_edge(config) as app:
        serve_on_socket(app, config.paths.socket(EDGE), notifier)
