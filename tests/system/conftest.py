"""A whole website over a folder of books, asked without a network: what the tests of real serving share."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes
from wsgiref.validate import validator

import pytest
from werkzeug.datastructures import Headers

from hub.config import HouseConfig, HubConfig, PathsConfig
from hub.site import create_site
from library.serving.pages import entry_address
from library.shelf import Shelf
from library.testing import shelve

BOOKS = "sach.localhost:8080"
HUB = "localhost:8080"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Headers
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Site:
    """The real door over one folder of books that the real keeper has checked."""

    def __init__(self, content: Path, state: Path, *, children: bool = False) -> None:
        self.content = content
        self.shelf: Shelf = shelve(content, state, children=children)
        house = HouseConfig(id="test", name="Thử", village_word="bản", commune="Mới", province="Bắc Ninh", demo=True)
        self.config = HubConfig(house=house, paths=PathsConfig(data=state.parent, run=state.parent / "run"))
        self.door = create_site(self.config)

    def ask(
        self, target: str | bytes, host: str = BOOKS, method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask as a server would: the path's percents decoded into Latin-1 (PEP 3333), the query as it stands."""
        raw = target.encode() if isinstance(target, str) else target
        path, _, query = raw.partition(b"?")
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query.decode("latin-1"),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8080",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": host,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (headers or {}).items()}
        said: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> object:
            said.append((status, headers))
            return lambda data: None

        body = validator(self.door)(environ, start_response)
        try:
            data = b"".join(body)
        finally:
            body.close()
        (status, lines) = said[-1]
        answer = Answer(int(status[:3]), Headers(lines), data)
        assert all(ord(letter) < 256 and letter not in "\r\n\0" for name, value in lines for letter in name + value)
        assert method != "HEAD" or not data
        assert "Traceback" not in data.decode("latin-1")
        return answer

    def page(self, book: str, path: str, **options: object) -> Answer:
        """Ask for one entry of a book."""
        return self.ask(entry_address(book, path), **options)  # type: ignore[arg-type]

    def books(self) -> dict[str, str]:
        """Slug of every readable book → its file's name."""
        return {key: listed.file for key, listed in self.shelf.ready().items()}


def site_over(content: Path, data: Path, *, children: bool = False) -> Site:
    (data / "state").mkdir(parents=True)
    (data / "content").symlink_to(content, target_is_directory=True)
    return Site(data / "content", data / "state", children=children)


@pytest.fixture(scope="session")
def make_site() -> Callable[[Path, Path], Site]:
    """Opens a site over the well-made ZIM files of a folder (the first), with its data in another one (the second)."""
    return site_over


@pytest.fixture
def open_site(tmp_path: Path) -> Callable[[Path], Site]:
    """Opens a site over the well-made ZIM files of a folder."""
    return lambda content: site_over(content, tmp_path / "data")


@pytest.fixture
def open_any_site(tmp_path: Path) -> Callable[[Path], Site]:
    """Opens a site over the ZIM files of a folder, whatever is wrong with them: child processes check them."""
    return lambda content: site_over(content, tmp_path / "data", children=True)


@pytest.fixture(scope="session")
def address_of() -> Callable[[str, str], str]:
    """The address of an entry with everything percent-encoded that may be."""
    return lambda book, path: f"/trang/{book}/{quote(path, safe='')}"
