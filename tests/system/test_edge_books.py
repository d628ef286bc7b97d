"""Books behind the real nginx: what it keeps and what not, a book swapped under load, slow phones, crashes, no room."""

from __future__ import annotations

import contextlib
import functools
import gzip
import io
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from edged_hub import BOOKS, NAME, EdgedHub, Reply, workers_of
from namespaces import until
from PIL import Image

from hub.openings import file_of
from library.testing import Entry, bake_zim

pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed: ./run test installs it")

FILM = random.Random(1).randbytes(6_000_000)
LONG = "".join(f"<p>{number} con gà con</p>" for number in range(3000))
THREADS = 16
MEGABYTE = 1024 * 1024
ADDED = {"server", "date", "connection", "keep-alive", "transfer-encoding", "accept-ranges", "content-length"}


def bake(path: Path, title: str, date: str = "2026-01-01") -> Path:
    pages: dict[str, Entry] = {
        "index.html": Entry(f"<!DOCTYPE html><title>{title}</title><h1>{title}</h1>{LONG}", title),
        **{f"{number}.html": Entry(f"<!DOCTYPE html><p>{title} {number}</p>", str(number)) for number in range(40)},
        "phim.mp4": Entry(FILM, "Phim", "video/mp4", front=False, compress=False),
        "dài.bin": Entry(b"ab" * 1_000_000, "Dài", "application/octet-stream", front=False, compress=True),
    }
    name = path.name.partition("_")[0]
    cover = io.BytesIO()
    Image.new("RGB", (48, 48), "red").save(cover, "PNG")
    more = {"illustration_png": cover.getvalue(), "metadata": {"Date": date}}
    return bake_zim(path, pages, name=name, title=title, main_path="index.html", **more)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("books")
    bake(folder / "sach_2026-01.zim", "cu", "2026-01-01")
    bake(folder / "sach_2026-02.zim", "moi", "2026-02-01")
    bake(folder / "khac_2026-01.zim", "khac")
    return folder


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, books: Path) -> Iterator[EdgedHub]:
    data = tmp_path_factory.mktemp("hub")
    (data / "content").mkdir()
    for name in ("sach_2026-01.zim", "khac_2026-01.zim"):
        shutil.copy(books / name, data / "content")
    with EdgedHub(data, data / "run", web={"threads": THREADS}) as running:
        until(lambda: len(running.listing()) == 2 and running.mapped().count("\n") == 2, 30, "the books")
        until(lambda: keeps(running, "/trang/khac/0.html"), 10, "nginx knows the books")
        yield running


def keeps(hub: EdgedHub, path: str) -> bool:
    hub.ask(path)
    return any(key.endswith(path.encode()) for key in hub.kept())


def memory_of_nginx(hub: EdgedHub) -> int:
    """Bytes of its workers that no file stands behind."""
    status = [Path(f"/proc/{worker}/status").read_text() for worker in workers_of(hub.master())]
    return sum(int(re.findall(r"RssAnon:\s+(\d+)", each)[0]) * 1024 for each in status)


def said(reply: Reply) -> tuple[int, dict[str, str], bytes]:
    return reply.status, {name: text for name, text in reply.headers.items() if name not in ADDED}, reply.body


@pytest.mark.parametrize("host", [BOOKS, f"{BOOKS}:8080", "sach.thuvien", "10.10.10.1", "[fd00::1]:80", "la.example"])
@pytest.mark.parametrize("encoding", ["gzip", "gzip, deflate", "identity", "gzip;q=0", ""])
def test_an_answer_is_the_sites_own_the_first_time_and_every_other(hub: EdgedHub, host: str, encoding: str) -> None:
    headers = {"Accept-Encoding": encoding} if encoding else {}
    own = said(hub.ask("/trang/khac/index.html", host, headers, port=hub.behind))
    for _ in range(3):
        assert said(hub.ask("/trang/khac/index.html", host, headers)) == own
    assert ("gzip" in own[1].get("content-encoding", "")) == (
        encoding.startswith("gzip") and "q=0" not in encoding
    ) or (own[0] != 200)


def test_the_status_page_says_when_every_book_is_found(hub: EdgedHub) -> None:
    until(lambda: "Sẵn sàng." in hub.ask("/trang-thai", NAME).body.decode(), 60, "the search is ready")


def test_what_is_kept_and_what_never(hub: EdgedHub) -> None:
    for path, kept in {
        "/trang/khac/1.html": True,
        "/trang/khac/1.html?x=1": False,
        "/trang/khac/missing.html": False,
        "/trang/khac/": False,
        "/trang/khac/phim.mp4": False,
        "/trang/nobody/1.html": False,
        "/trang/khac/../sach/1.html": False,
        "/": False,
        "/tu-sach": False,
        "/sach/khac/": False,
    }.items():
        hub.ask(path, NAME if not path.startswith("/trang") else BOOKS)
        assert any(key.endswith(f" {path}".encode()) for key in hub.kept()) is kept, path


def test_conditions_and_parts_are_answered_as_by_the_site(hub: EdgedHub) -> None:
    path = "/trang/khac/index.html"
    whole, zipped = hub.ask(path), hub.ask(path, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(zipped.body) == whole.body
    assert whole.headers["etag"] != zipped.headers["etag"]
    for encoding, tag in (("gzip", zipped.headers["etag"]), ("identity", whole.headers["etag"])):
        same = hub.ask(path, headers={"Accept-Encoding": encoding, "If-None-Match": f'"x", W/{tag}'})
        assert (same.status, same.body) == (304, b"")
        other = hub.ask(path, headers={"Accept-Encoding": encoding, "If-None-Match": '"x"'})
        assert other.status == 200
    part = hub.ask(path, headers={"Accept-Encoding": "gzip", "Range": "bytes=10-19"})
    assert (part.status, part.body) == (206, whole.body[10:20])
    head = hub.ask(path, method="HEAD", headers={"Accept-Encoding": "gzip"})
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(zipped.body)))
    assert hub.ask(path, method="POST", headers={"Content-Length": "0"}).status == 405


ATTEMPTS = [
    {"Accept-Encoding": "br"},
    {"Accept-Encoding": "gzip", "Range": "bytes=0-1"},
    {"Cookie": "lang=en; session=x"},
    {"Accept-Language": "en"},
    {"X-Forwarded-Proto": "https"},
    {"X-Forwarded-Host": "evil.example"},
    {"X-Hub-Edge": "static"},
    {"X-Hub-Edge": "book 0"},
    {"X-Accel-Expires": "9999", "X-Accel-Redirect": "/"},
    {"If-None-Match": "*"},
    {"If-Range": '"x"', "Range": "bytes=1-2"},
    {"Cache-Control": "no-cache", "Pragma": "no-cache"},
    {"Content-Length": "0"},
    {"X-HTTP-Method-Override": "HEAD"},
]


def test_nothing_that_one_phone_says_changes_what_another_one_gets(hub: EdgedHub) -> None:
    for number, headers in enumerate(ATTEMPTS):
        for method in ("GET", "HEAD"):
            path = f"/trang/khac/{2 + number}.html"
            own = said(hub.ask(path, port=hub.behind))
            hub.ask(path, headers=headers, method=method)
            assert said(hub.ask(path)) == own, headers
    for start in ("GET http://evil.example/trang/khac/30.html", "GET /trang/sach/..%2fkhac/30.html"):
        with socket.create_connection(("127.0.0.1", hub.port), 10) as connection:
            connection.sendall(f"{start} HTTP/1.1\r\nHost: {BOOKS}\r\nConnection: close\r\n\r\n".encode())
            while connection.recv(65536):
                pass
    assert said(hub.ask("/trang/khac/30.html")) == said(hub.ask("/trang/khac/30.html", port=hub.behind))


def test_a_request_hidden_in_another_one_is_not_seen(hub: EdgedHub) -> None:
    hidden = f"GET /trang/khac/35.html HTTP/1.1\r\nHost: {BOOKS}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", hub.port), 10) as connection:
        connection.sendall(
            f"GET /trang/khac/36.html HTTP/1.1\r\nHost: {BOOKS}\r\nContent-Length: {len(hidden)}\r\n"
            f"Connection: close\r\n\r\n{hidden}".encode()
        )
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"khac 36" in answer
    assert b"khac 36" in hub.ask("/trang/khac/36.html").body
    assert b"khac 35" in hub.ask("/trang/khac/35.html").body


@pytest.mark.parametrize("path", ["/trang/khac/phim.mp4", "/trang/khac/d%C3%A0i.bin", "/tai-ve/khac.zim"])
def test_large_files_have_parts_and_validators(hub: EdgedHub, books: Path, path: str) -> None:
    data = FILM if "phim" in path else b"ab" * 1_000_000
    ask = functools.partial(hub.ask, host=BOOKS)
    if path.endswith(".zim"):
        data = (books / "khac_2026-01.zim").read_bytes()
        ask = functools.partial(hub.ask, host=NAME)
    whole = ask(path)
    assert (whole.status, whole.body == data, whole.headers["content-length"]) == (200, True, str(len(data)))
    own = ask(path, port=hub.behind).headers
    for name in ("etag", "content-type", "content-security-policy", "x-content-type-options", "cache-control"):
        assert whole.headers[name] == own[name]
    for wanted, start, stop in (
        ("0-0", 0, 1),
        ("524280-524300", 524280, 524301),
        ("0-1999999", 0, 2_000_000),
        (f"{len(data) - 5}-", len(data) - 5, len(data)),
        ("-7", len(data) - 7, len(data)),
    ):
        part = ask(path, headers={"Range": f"bytes={wanted}"})
        assert (part.status, part.body == data[start:stop]) == (206, True), wanted
        assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(data)}"
    tag = whole.headers["etag"]
    assert ask(path, headers={"Range": "bytes=5-9", "If-Range": tag}).status == 206
    assert ask(path, headers={"Range": "bytes=5-9", "If-Range": '"old"'}).status == 200
    assert ask(path, headers={"If-None-Match": tag}).status == 304
    assert ask(path, headers={"Range": f"bytes={len(data)}-"}).status == 416
    assert ask(path, method="HEAD").headers["content-length"] == str(len(data))


def test_slow_and_abandoned_films_hold_no_thread_of_the_site(hub: EdgedHub) -> None:
    """More readers than the site has threads; each took one slice and reads no further."""
    with contextlib.ExitStack() as stack:
        for number in range(4 * THREADS):
            reader = stack.enter_context(socket.socket())
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.bind((f"127.0.1.{number % 8 + 1}", 0))
            reader.connect(("127.0.0.1", hub.port))
            reader.sendall(f"GET /trang/khac/phim.mp4 HTTP/1.1\r\nHost: {BOOKS}\r\n\r\n".encode())
            assert reader.recv(1000).startswith(b"HTTP/1.1 200")
        for number in range(5):
            assert hub.ask(f"/trang/sach/{number}.html?x={number}").status == 200
        held, last = memory_of_nginx(hub), -1
        while held > last:  # until nothing is taken in any more
            time.sleep(0.2)
            last, held = held, memory_of_nginx(hub)
        assert held < 4 * THREADS * MEGABYTE, "of a film of six"
    for _ in range(4 * THREADS):
        with socket.create_connection(("127.0.0.1", hub.port), 10) as reader:
            reader.sendall(f"GET /trang/khac/phim.mp4 HTTP/1.1\r\nHost: {BOOKS}\r\n\r\n".encode())
    assert hub.ask("/trang/khac/phim.mp4").body == FILM


def test_hundreds_of_requests_that_never_end_do_not_stop_others(hub: EdgedHub) -> None:
    with contextlib.ExitStack() as stack:
        for number in range(400):
            loris = stack.enter_context(socket.socket())
            loris.bind((f"127.0.2.{number % 4 + 1}", 0))
            loris.connect(("127.0.0.1", hub.port))
            loris.sendall(f"GET /trang/khac/1.html HTTP/1.1\r\nHost: {BOOKS}\r\nX-A: ".encode())
        for number in range(5):
            assert hub.ask(f"/trang/sach/{number}.html?y={number}").status == 200
            assert hub.ask("/", NAME).status == 200


def test_one_phone_has_a_hundred_connections_and_no_more(hub: EdgedHub) -> None:
    with contextlib.ExitStack() as stack:
        first = []
        for _ in range(110):
            reader = stack.enter_context(socket.socket())
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.bind(("127.0.3.1", 0))
            reader.connect(("127.0.0.1", hub.port))
            reader.sendall(f"GET /trang/khac/phim.mp4 HTTP/1.1\r\nHost: {BOOKS}\r\n\r\n".encode())
            first.append(reader.recv(1000)[9:12])
        assert first.count(b"200") == 100
        assert set(first) == {b"200", b"429"}
        assert hub.ask("/trang/khac/1.html", phone="127.0.3.2").status == 200


class Readers(contextlib.AbstractContextManager["Readers"]):
    """Phones that read on and on: each answer with the time at which its request began."""

    def __init__(self, hub: EdgedHub, count: int, path: Callable[[int], str]) -> None:
        self._hub, self._path = hub, path
        self._ending = threading.Event()
        self.found: list[tuple[float, int, bytes]] = []
        self.errors: list[Exception] = []
        self._threads = [threading.Thread(target=self._read, args=(number,)) for number in range(count)]

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _read(self, number: int) -> None:
        turn = number
        while not self._ending.is_set():
            began = time.monotonic()
            try:
                reply = self._hub.ask(self._path(turn))
            except Exception as error:
                self.errors.append(error)
                return
            self.found.append((began, reply.status, reply.body))
            turn += 1


def test_a_book_is_swapped_under_load(hub: EdgedHub, books: Path) -> None:
    """No reader sees an old page once the shelf says that there is a new edition, and nobody sees an error."""
    old = hub.listing()["sach_2026-01.zim"]
    with Readers(hub, 16, lambda turn: f"/{('trang', 'doc-trang')[turn % 2]}/sach/{turn % 20}.html") as readers:
        until(lambda: sum(key.startswith(old.encode()) for key in hub.kept()) >= 20, 20, "all pages are kept")
        shutil.copy(books / "sach_2026-02.zim", hub.content / "new.part")
        (hub.content / "new.part").rename(hub.content / "sach_2026-02.zim")
        listing = hub.config.paths.state / "shelf.json"
        while b"sach_2026-02.zim" not in (text := listing.read_bytes()) or b"sach_2026-01.zim" in text:
            time.sleep(0.001)
        switched = time.monotonic()
        after = len(readers.found)
        until(lambda: len(readers.found) >= after + 400, 30, "readers go on")
    assert readers.errors == []
    assert {status for _, status, _ in readers.found} == {200}
    assert {b"<p>moi " in body for began, _, body in readers.found if began > switched} == {True}
    assert any(b"<p>cu" in body for _, _, body in readers.found)
    until(lambda: keeps(hub, "/trang/sach/3.html"), 10, "the new edition is kept")
    assert hub.listing()["sach_2026-02.zim"] in hub.mapped()
    assert old not in hub.mapped()


def test_a_book_that_is_taken_away_is_gone(hub: EdgedHub, books: Path) -> None:
    bake_zim(hub.content / "tam.zim", {"a.html": Entry("<p>tam", "A")}, name="tam", title="Tạm", main_path="a.html")
    until(lambda: "tam.zim" in hub.listing() and "\\\\tam " in hub.mapped(), 20, "the book")
    until(lambda: keeps(hub, "/trang/tam/a.html"), 10, "it is kept")
    (hub.content / "tam.zim").unlink()
    until(lambda: "tam.zim" not in hub.listing(), 20, "the shelf notices")
    assert hub.ask("/trang/tam/a.html").status == 404


def covers_of(hub: EdgedHub) -> list[str]:
    """The addresses of a cover as the hub names them: the large one to programs, the small one on the shelf."""
    edition = hub.listing()["khac_2026-01.zim"][:12]
    large, small = f"/sach/khac/bia/{edition}", f"/sach/khac/bia-nho/{edition}"
    assert f'{large}"'.encode() in hub.ask("/api/shelf", NAME).body
    assert f'src="{small}"'.encode() in hub.ask("/tu-sach", NAME).body
    return [large, small]


def test_a_cover_of_another_edition_leads_to_that_of_this_one(hub: EdgedHub) -> None:
    for path in covers_of(hub):
        old = f"{path.rpartition('/')[0]}/0123456789ab"
        for _ in range(2):
            answer = hub.ask(old, NAME)
            assert (answer.status, answer.headers["location"]) == (302, path)
        assert not any(old.encode() in key for key in hub.kept())


def test_kept_pages_outlive_the_site(hub: EdgedHub) -> None:
    page = said(hub.ask("/trang/khac/7.html"))
    assert keeps(hub, "/trang/khac/7.html")
    covers = {path: said(hub.ask(path, NAME)) for path in covers_of(hub)}
    assert {(status, headers["content-type"]) for status, headers, _ in covers.values()} == {(200, "image/png")}
    hub.end("web", signal.SIGKILL)
    try:
        assert said(hub.ask("/trang/khac/7.html")) == page
        assert {path: said(hub.ask(path, NAME)) for path in covers} == covers
        until(lambda: hub.ask("/trang/khac/39.html?z").status == 503, 10, "the website is gone")
        assert "Đang chuẩn bị".encode() in hub.ask("/trang/khac/39.html?z").body
    finally:
        hub.start("web")
    assert said(hub.ask("/trang/khac/7.html")) == page
    assert hub.ask("/trang/khac/39.html?z").status == 200


def test_a_killed_worker_of_the_site_loses_no_opening(hub: EdgedHub) -> None:
    hub.end("shelf")  # it has written down what was opened so far
    try:
        before = sum(row.count for row in file_of(hub.config).rows())
        for _ in range(5):
            reading = hub.ask("/doc/khac/1.html", NAME, {"User-Agent": "Mozilla/5.0", "Accept": "text/html"})
            assert reading.status == 200
        hub.end("web", signal.SIGKILL)
        hub.start("web")
        assert sum(row.count for row in file_of(hub.config).rows()) == before
    finally:
        hub.start("shelf")
    until(lambda: sum(row.count for row in file_of(hub.config).rows()) == before + 5, 30, "they are counted once")


def test_an_nginx_that_is_killed_comes_back(hub: EdgedHub) -> None:
    page, master = said(hub.ask("/trang/khac/7.html")), hub.master()
    os.kill(master, signal.SIGKILL)
    until(lambda: _answered(hub, master), 20, "nginx comes back")
    assert said(hub.ask("/trang/khac/7.html")) == page


def test_an_edge_that_is_killed_leaves_nothing_and_may_be_started_again(hub: EdgedHub) -> None:
    master = hub.master()
    workers = workers_of(master)
    hub.end("edge", signal.SIGKILL)
    until(lambda: not any(Path(f"/proc/{process}/exe").exists() for process in {master, *workers}), 20, "nginx ends")
    hub.start("edge")
    assert hub.ask("/trang/khac/7.html").status == 200


def _answered(hub: EdgedHub, former: int) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return hub.master() != former and hub.ask("/trang/khac/7.html").status == 200
    return False


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a file system that is full")
def test_no_room_for_kept_pages_stops_nobody(tmp_path: Path, books: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (tmp_path / "data" / "content").mkdir(parents=True)
    shutil.copy(books / "khac_2026-01.zim", tmp_path / "data" / "content")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", run], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        with EdgedHub(tmp_path / "data", run, edge={"cache_mb": 4}) as hub:
            until(lambda: "khac" in hub.mapped() and keeps(hub, "/trang/khac/1.html"), 20, "the book is kept")
            with contextlib.suppress(OSError), (run / "foreign").open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(1 << 16))
            until(lambda: "There is no room" in hub.log(), 20, "it is noticed")
            with ThreadPoolExecutor(4) as pool:
                pages = list(pool.map(lambda number: hub.ask(f"/trang/khac/{number}.html"), range(40)))
            assert {page.status for page in pages} == {200}
            assert all(f"khac {number}<".encode() in page.body for number, page in enumerate(pages))
            assert hub.ask("/trang/khac/phim.mp4").body == FILM
            (run / "foreign").unlink()
            until(lambda: keeps(hub, "/trang/khac/2.html"), 20, "pages are kept again")
    finally:
        subprocess.run(["umount", "-l", run], check=True)


@pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed: ./run test installs it")
def test_a_browser_reads_a_book_twice_and_the_second_time_nginx_alone_answers(hub: EdgedHub) -> None:
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: ./run test installs it")
    flags = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP *.lan 127.0.0.1"]
    page_url = f"http://{BOOKS}:{hub.port}/trang/khac/index.html"
    with sync.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        try:
            for site_is_there in (True, False):
                page = chromium.new_context().new_page()
                if site_is_there:
                    page.goto(f"http://{NAME}:{hub.port}/tu-sach")
                    assert page.get_by_role("link", name="khac").count() > 0
                else:
                    hub.end("web", signal.SIGKILL)
                answer = page.goto(page_url)
                assert answer is not None
                assert answer.status == 200
                assert page.locator("h1").inner_text() == "khac"
                assert page.locator("p").count() == 3000
        finally:
            if "web" not in hub.processes:
                hub.start("web")
            chromium.close()
