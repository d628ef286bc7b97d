"""A running website for tests in a browser: its books under a name and under an address, as a village has it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from hub.config import HouseConfig, HubConfig, PathsConfig, WebConfig
from hub.site import create_site
from library.testing import shelve

NAME = "thuvien.lan"
RULES = f"--host-resolver-rules=MAP {NAME} 127.0.0.1, MAP sach.{NAME} 127.0.0.1"


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@dataclass(frozen=True)
class House:
    """Where it listens."""

    port: int

    def hub(self, host: str = NAME) -> str:
        return f"http://{host}:{self.port}"

    def books(self, host: str = NAME) -> str:
        return f"http://{'sach.' + host if host == NAME else host}:{self.port}"


@contextmanager
def open_house(folder: Path, fill: Callable[[Path], None]) -> Iterator[House]:
    """Serves the books that `fill` puts into a folder."""
    content, state = folder / "content", folder / "state"
    for made in (content, state, folder / "run"):
        made.mkdir()
    fill(content)
    shelve(content, state)
    server = _Server(("127.0.0.1", 0), _Silent)
    house = HouseConfig(id="test", name="Thử", village_word="bản", commune="Mới", province="Bắc Ninh")
    paths = PathsConfig(data=folder, run=folder / "run")
    server.set_app(create_site(HubConfig(house=house, paths=paths, web=WebConfig(name=NAME, port=server.server_port))))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield House(server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
