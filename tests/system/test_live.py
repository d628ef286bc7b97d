"""The website in its real server: little memory for large films, little reading for small ranges, no request and no
change of a file brings it down."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from hub.system import atomic_write
from library.admission import Checker
from library.config import LibraryConfig
from library.keeper import Keeper
from library.listing import State
from library.testing import Entry, bake_zim, shelve

if TYPE_CHECKING:
    from tests.system.conftest import Site

MEGABYTE = 1024 * 1024
FILM_BYTES = (400 if os.environ.get("HUB_LONG") == "1" else 100) * MEGABYTE
BOOKS = "sach.localhost"


class Server:
    """The website of a data folder, in processes of its own."""

    def __init__(self, data: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        config = data / "hub.toml"
        config.write_text(
            '[house]\nid = "test"\nname = "Thử"\nvillage_word = "bản"\ncommune = "Mới"\nprovince = "Bắc Ninh"\n'
            f'[paths]\ndata = "{data}"\nrun = "{data / "run"}"\n[web]\nport = {self.port}\nworkers = 1\n',
            encoding="utf-8",
        )
        self.log = data / "web.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hub.cli", "run", "web", "--config", config],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        end = time.monotonic() + 60
        while not self.answers():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)

    def answers(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.ask("/healthz", host="localhost")[0] == 200
        return False

    def ask(
        self, target: str, host: str = BOOKS, method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            named = {name.replace("_", "-"): text for name, text in headers.items()}
            connection.request(method, target, headers={"Host": f"{host}:{self.port}", **named})
            answer = connection.getresponse()
            return answer.status, {name.lower(): text for name, text in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def raw(self, request: bytes) -> bytes:
        """Send bytes as they are; returns what comes back until the other end closes or is silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            with contextlib.suppress(OSError):
                line.sendall(request)
                line.shutdown(socket.SHUT_WR)
            answer = b""
            with contextlib.suppress(OSError):
                while piece := line.recv(65536):
                    answer += piece
        return answer

    def workers(self) -> list[int]:
        """The processes below the server's own."""
        children = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return sorted(int(pid) for path in children for pid in path.read_text().split())

    def worker(self) -> int:
        """The one that answers; granian may have helpers of multiprocessing beside it."""
        return max(self.workers(), key=memory)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        finally:
            self.process.kill()
            self.process.wait()


def memory(pid: int) -> int:
    """RssAnon + RssFile, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return sum(int(fields.get(name, "0 kB").split()[0]) * 1024 for name in ("RssAnon", "RssFile"))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A large file that is quickly made: mostly holes, with marks all over it."""
    path = tmp_path_factory.mktemp("film") / "film.webm"
    chance = random.Random(5)
    with path.open("wb") as file:
        file.truncate(FILM_BYTES)
        for at in range(0, FILM_BYTES - 100, MEGABYTE):
            file.seek(at + chance.randrange(MEGABYTE // 2))
            file.write(chance.randbytes(64))
    return path


@pytest.fixture(scope="module")
def server(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("data")
    for folder in ("content", "state", "run"):
        (data / folder).mkdir()
    bake_zim(
        data / "content/a.zim",
        {
            "trang.html": Entry("<p>Trang</p>" * 500, "Trang"),
            "film.webm": Entry(film, mimetype="video/webm", compress=False),
            "a b?c#d%.html": Entry("odd", "Odd"),
        },
        name="a",
    )
    bake_zim(data / "content/swap.zim", {"trang.html": Entry("one" * 1000)}, name="swap")
    shelve(data / "content", data / "state")
    running = Server(data)
    yield running
    running.stop()


def test_a_large_film_takes_little_memory(server: Server, film: Path) -> None:
    server.ask("/trang/a/trang.html")
    server.ask("/trang/a/film.webm", Range="bytes=0-1000000")
    pid = server.worker()
    before = most = memory(pid)
    digest = hashlib.sha256()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", "/trang/a/film.webm", headers={"Host": f"{BOOKS}:{server.port}"})
    answer = connection.getresponse()
    assert answer.getheader("Content-Length") == str(FILM_BYTES)
    for number in range(10**9):
        piece = answer.read(MEGABYTE)
        if not piece:
            break
        digest.update(piece)
        if number % 8 == 0:
            most = max(most, memory(pid))
        if number == 20:
            time.sleep(0.5)  # a slow reader: nothing may pile up meanwhile
            most = max(most, memory(pid))
    connection.close()
    most = max(most, memory(pid))
    assert digest.hexdigest() == hashlib.sha256(film.read_bytes()).hexdigest()
    assert most - before < 40 * MEGABYTE, f"{(most - before) / MEGABYTE:.1f} MB more"


def test_a_small_range_reads_little(server: Server, film: Path) -> None:
    server.ask("/trang/a/trang.html")
    pid = server.worker()
    book = server.log.parent / "content/a.zim"

    def read_bytes() -> int:
        fields = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
        return int(fields["read_bytes"])

    def forget() -> None:
        with book.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def read_range(start: int) -> int:
        forget()
        before = read_bytes()
        status, _headers, data = server.ask("/trang/a/film.webm", Range=f"bytes={start}-{start + 65535}")
        with film.open("rb") as file:
            file.seek(start)
            assert (status, data) == (206, file.read(65536))
        return read_bytes() - before

    amounts = [read_range(FILM_BYTES * part // 7 + 123) for part in (1, 2, 3, 4, 5, 6)]
    if not any(amounts):
        pytest.skip("this file system does not account what is read from it")
    assert max(amounts) < MEGABYTE
    assert min(amounts) >= 60_000


def test_the_real_server_changes_no_header(server: Server) -> None:
    for path, headers in (
        ("trang.html", {}),
        ("trang.html", {"Accept_Encoding": "gzip"}),
        ("trang.html", {"If_None_Match": "*"}),
        ("film.webm", {"Range": "bytes=5-9"}),
        ("film.webm", {"Range": f"bytes={FILM_BYTES}-"}),
        ("nothing", {}),
        ("", {}),
    ):
        if path == "film.webm" and not headers:
            continue
        got = server.ask(f"/trang/a/{path}", **headers)
        asked = server.ask(f"/trang/a/{path}", method="HEAD", **headers)
        assert asked[2] == b""
        for answer in (got, asked):
            answer[1].pop("date", None)
        assert asked[:2] == got[:2], (path, headers)
        if got[0] != 304:
            assert got[1]["content-length"] == str(len(got[2]))
    assert server.ask("/trang/a/" + quote("a b?c#d%.html"))[2] == b"odd"


ODD_REQUESTS = [
    b"GET /trang/a/..%2f..%2fetc/passwd HTTP/1.1\r\nHost: sach.localhost\r\n\r\n",
    b"GET /trang/a/../../../etc/passwd HTTP/1.1\r\nHost: sach.localhost\r\n\r\n",
    b"GET /trang/a/%00 HTTP/1.1\r\nHost: sach.localhost\r\n\r\n",
    b"GET /trang/a/%ff%fe HTTP/1.1\r\nHost: sach.localhost\r\n\r\n",
    b"GET /trang/a/%zz HTTP/1.1\r\nHost: sach.localhost\r\n\r\n",
    b"GET /trang/a/\xff\xfe HTTP/1.1\r\nHost: sach.localhost\r\n\r\n",
    b"GET /tu-sach?\xff\xfe HTTP/1.1\r\nHost: sach.localhost\r\n\r\n",
    b"GET /trang/a/x?\xc3\xa1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /\xc4\x91 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /trang/a/trang.html HTTP/1.1\r\nHost: \xff\r\n\r\n",
    b"GET /trang/a/trang.html HTTP/1.1\r\n\r\n",
    b"GET /trang/a/trang.html HTTP/1.0\r\n\r\n",
    b"GET http://sach.localhost/trang/a/trang.html HTTP/1.1\r\nHost: sach.localhost\r\n\r\n",
    b"GET http://evil/trang/a/trang.html HTTP/1.1\r\nHost: sach.localhost\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"BREW /tu-sach HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: lang=\xff; lang=en; session=" + b"x" * 5000 + b"\r\n\r\n",
    b"GET /trang/a/film.webm HTTP/1.1\r\nHost: sach.localhost\r\nRange: bytes=\xff-\r\nIf-None-Match: *\r\n\r\n",
    b"GET /trang/a/trang.html HTTP/1.1\r\nHost: sach.localhost\r\nIf-None-Match: \xff\r\nIf-Range: \xff\r\n\r\n",
    b"GET /" + b"x" * 60_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /tim?q=" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /tu-sach HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\nx",
    b"POST /dang-nhap HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    b"GET / HTTP/9.9\r\n\r\n",
    b"\r\n" * 100,
    bytes(1000),
]  # fmt: skip


def test_no_request_brings_it_down(server: Server) -> None:
    pid = server.worker()
    for request in ODD_REQUESTS:
        answer = server.raw(request)
        assert b"Traceback" not in answer, request[:80]
        assert b"root:" not in answer
        if answer:
            status = int(answer.split(b" ", 2)[1])
            assert status < 500 or status == 505, (request[:80], answer[:300])
        assert server.answers(), request[:80]
    assert server.worker() == pid
    assert "Traceback" not in server.log.read_text(), server.log.read_text()[-3000:]


def test_readers_who_go_away_leave_nothing_behind(server: Server) -> None:
    pid = server.worker()
    handles = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    for _ in range(30):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
            line.sendall(b"GET /trang/a/film.webm HTTP/1.1\r\nHost: sach.localhost\r\n\r\n")
            line.recv(1000)
    end = time.monotonic() + 20
    while len(list(Path(f"/proc/{pid}/fd").iterdir())) > handles + 3:
        assert time.monotonic() < end, "files or connections stay open"
        time.sleep(0.1)
    assert server.answers()
    assert "Traceback" not in server.log.read_text()


def test_files_overwritten_in_place_bring_nothing_down(server: Server, tmp_path: Path) -> None:
    """A technician's ``cp new.zim content/swap.zim``: the same inode is emptied and filled while it is read."""
    data = server.log.parent
    target = data / "content/swap.zim"
    editions = []
    for number in range(2):
        text = bytes([65 + number]) * 3_000_000
        entries = {"trang.html": Entry(text[:3000]), "f.webm": Entry(text, mimetype="video/webm", compress=False)}
        editions.append(bake_zim(tmp_path / f"{number}.zim", entries, name="swap"))
    pid = server.worker()
    statuses: set[int] = set()
    stopping = threading.Event()

    def read() -> None:
        while not stopping.is_set():
            for path in ("trang.html", "f.webm"):
                try:
                    status, _headers, _data = server.ask(f"/trang/swap/{path}")
                except (OSError, http.client.HTTPException):
                    continue  # cut off in the middle: the reader asks again
                statuses.add(status)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(5):
            shutil.copyfile(editions[number % 2], target)
            shelve(data / "content", data / "state", atomic_write)
            time.sleep(0.1)
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
    assert 200 in statuses
    assert statuses <= {200, 404, 503}
    assert server.worker() == pid
    assert server.answers()


def test_books_swapped_under_load(tmp_path: Path, make_site: Callable[[Path, Path], Site]) -> None:
    """Replaced by rename, removed, put back: every answer is whole and of one edition, and none is a failure."""
    content = tmp_path / "content"
    content.mkdir()
    editions: list[Path] = []
    for number in range(3):
        text = bytes([65 + number]) * 40_000
        entries = {
            "trang.html": Entry(text),
            "f.webm": Entry(text * 20, mimetype="video/webm", compress=False),
            "p.bin": Entry(text, mimetype="application/octet-stream", compress=True),
        }
        editions.append(bake_zim(tmp_path / f"{number}.zim", entries, name="a", main_path="trang.html"))
    shutil.copyfile(editions[0], content / "a.zim")
    site = make_site(content, tmp_path / "data")
    config = LibraryConfig(scan_interval_s=0.1, settle_s=0)
    keeper = Keeper(content, tmp_path / "data/state", config, Checker(config), atomic_write)
    keeper.start()
    stopping = threading.Event()
    statuses: dict[int, int] = {}
    bytes_of: dict[str, bytes] = {}
    faults: list[str] = []

    def read() -> None:
        tag = ""
        while not stopping.is_set():
            for path in ("trang.html", "f.webm", "p.bin", ""):
                try:
                    headers = {"If-None-Match": tag} if tag and path == "trang.html" else {}
                    answer = site.page("a", path, headers=headers)
                except Exception as error:
                    faults.append(repr(error))
                    continue
                statuses[answer.status] = statuses.get(answer.status, 0) + 1
                if answer.status == 200:
                    tag = answer.headers["ETag"]
                    if len(set(answer.body)) != 1 or bytes_of.setdefault(tag, answer.body[:1]) != answer.body[:1]:
                        faults.append(f"{path} {tag} is mixed or of another edition")
            for target in ("/sach/a/", "/api/shelf", "/sach/a/ma", "/tim?q=trang", "/"):
                status = site.ask(target, host="localhost:8080").status
                statuses[status] = statuses.get(status, 0) + 1

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(1, 101 if os.environ.get("HUB_LONG") == "1" else 4):
            incoming = content / ".incoming"
            shutil.copyfile(editions[number % 3], incoming)
            incoming.replace(content / "a.zim")
            wait_until_served(keeper, content / "a.zim")
            if number % 4 == 2:
                (content / "a.zim").unlink()
                time.sleep(0.3)
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
        keeper.stop()
    assert faults == []
    assert set(statuses) <= {200, 302, 304, 404, 503}, statuses
    assert statuses[200] > 20
    assert len(set(bytes_of.values())) >= 2


def wait_until_served(keeper: Keeper, path: Path) -> None:
    inode = path.stat().st_ino
    end = time.monotonic() + 30
    while not any(line.state is State.READY and line.stamp.inode == inode for line in keeper.listing.books):
        assert time.monotonic() < end, keeper.listing
        time.sleep(0.02)
    time.sleep(0.3)
