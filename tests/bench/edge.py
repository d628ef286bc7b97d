"""The edge's benchmark: the hub behind nginx, beside kiwix-serve and beside an nginx that serves ready files.

All serve the same book of `book`, in turns, the same pages in the same random order, with gzip; the best round counts.
The ready files are the very bytes that the hub sends, in RAM, with the headers that the hub sends, by an nginx with the
same settings (`gzip_static always`, `open_file_cache`, no access log). "First time": nothing is kept, neither by nginx
nor by the website (each page is asked for with a query, and `text_cache_mb` is 0). The limit for one phone is the hub's
own, set so high that the one machine that asks here does not reach it.

Memory and start: fifty books; RssAnon of all processes of the website, after each book was opened, its page on the
hub's site shown, and pages of all of them read by sixteen readers at once.
"""

from __future__ import annotations

import contextlib
import http.client
import random
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import quote

import book
import kiwix
import load
from house import House, furnish
from rows import Bench, Benchmark, Row, limit, load_average, row
from servers import family, fetch, free_port, running, wait_until_served
from targets import Target, hub, kiwix_serve

from library.baking import Entry, bake_zim

_BOOKS: Final = {False: 50, True: 8}
_PAGES_EACH: Final = 40
_SECONDS: Final = {False: 4, True: 1}
_ROUNDS: Final = {False: 3, True: 1}
_STARTS: Final = 3
_STATIC: Final = """
worker_processes auto;
daemon off;
pid {folder}/pid;
error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    server_tokens off;
    types {{ }}
    default_type "text/html; charset=utf-8";
    sendfile off;
    output_buffers 2 64k;
    open_file_cache max=4000 inactive=20s;
    open_file_cache_valid 20s;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=1024 sndbuf=256k;
        keepalive_timeout 30s;
        root {root};
        location / {{
            gzip_static always;
{headers}
        }}
    }}
}}
"""
_COPIED: Final = (
    "cache-control", "vary", "content-security-policy", "x-content-type-options", "referrer-policy",
)  # fmt: skip


@contextlib.contextmanager
def ready_files(bench: Bench, served: book.BenchBook, ours: Target) -> Iterator[Target]:
    """An nginx that serves what the hub sends as ready files."""
    folder = Path(_in_ram(bench)) / "static"
    headers: dict[str, str] = {}
    for page in served.pages:
        body, headers = _gzipped(ours, ours.prefix + page)
        file = folder / "root" / f"{ours.prefix.strip('/')}/{page}.gz"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    port = free_port()
    added = "\n".join(f'            add_header {name} "{headers[name]}";' for name in _COPIED if name in headers)
    (folder / "nginx.conf").write_text(
        _STATIC.format(folder=folder, root=folder / "root", port=port, headers=added), "utf-8"
    )
    log = bench.work / "static.log"
    try:
        with running(["nginx", "-e", "stderr", "-c", str(folder / "nginx.conf")], log) as process:
            wait_until_served(port, ours.prefix + served.pages[0], ours.host, log)
            yield replace(ours, name="ready files", port=port, processes=(process,))
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def _in_ram(bench: Bench) -> str:
    ram = Path("/dev/shm")
    return str(ram / bench.work.name) if ram.is_dir() else str(bench.work)


def _gzipped(target: Target, path: str) -> tuple[bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": target.host, "Accept-Encoding": "gzip"})
        response = connection.getresponse()
        return response.read(), {name.lower(): value.replace('"', '\\"') for name, value in response.getheaders()}
    finally:
        connection.close()


def measure(bench: Bench) -> list[Row]:
    """Run the benchmark."""
    served, found = book.make_book(bench), kiwix.newest(bench)
    bench.console.print(
        f"One book of {len(served.pages)} pages ({served.origin}); {load.CONNECTIONS} connections, kiwix-serve"
        f" {found.version}{'; --quick: rough figures, fewer books' if bench.quick else ''}."
    )
    results: dict[str, list[load.Load]] = {}
    with contextlib.ExitStack() as stack:
        theirs = stack.enter_context(kiwix_serve(bench, served, found.command))
        ours = stack.enter_context(hub(bench, served, "hub", 16, edge=True))
        first = stack.enter_context(hub(bench, served, "hub-first", 0, edge=True, query="first"))
        files = stack.enter_context(ready_files(bench, served, ours))
        targets = (theirs, ours, files, first)
        for target in targets:
            load.put(target.port, target.host, target.paths, "gzip", _SECONDS[bench.quick])
        for _ in range(_ROUNDS[bench.quick]):
            for target in targets:
                result = load.put(target.port, target.host, target.paths, "gzip", _SECONDS[bench.quick])
                results.setdefault(target.name, []).append(result)
                failed = f", [red]{result.failed} failed[/]" if result.failed else ""
                size = result.bytes / max(1, result.requests) / 1000
                bench.console.print(
                    f"  {target.name:12} {result.per_second:8.0f} pages/s of {size:.1f} kB{failed} ({load_average()})"
                )
    best = {name: load.best(loads).per_second for name, loads in results.items()}
    failed = sum(load.failed for name, loads in results.items() if name.startswith("hub") for load in loads)
    hot = f"pages, gzip, hot, through nginx : kiwix-serve {found.version}"
    rows = [
        row(hot, best["hub"], best["kiwix-serve"], "pages/s", at_least=40),
        row("the same : nginx with ready files", best["hub"], best["ready files"], "pages/s", at_least=0.7),
        row(
            f"pages, gzip, first time, through nginx : kiwix-serve {found.version}",
            best["hub-first"], best["kiwix-serve"], "pages/s", at_least=2,
        ),
        Row("failed requests", float(failed), None, None, "requests", "0", failed == 0),
    ]  # fmt: skip
    return rows + _many_books(bench)


def _many_books(bench: Bench) -> list[Row]:
    """Memory and start of the website with many books."""
    books = _bake_many(bench)
    house = furnish(bench, "many", {file.name: file for file in books})
    port, log = house.port, house.log
    with house.serving("shelf"):
        deadline = time.monotonic() + 10 * len(books)
        listing = house.folder / "state" / "shelf.json"
        while not (listing.exists() and listing.read_bytes().count(b'"ready"') == len(books)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"the shelf is not ready: {log.read_text('utf-8', 'replace')[-2000:]}")
            time.sleep(0.2)
        starts = [_start(house) for _ in range(_STARTS)]
        ready_s, first_s = min(ready for ready, _ in starts), min(first for _, first in starts)
        with house.serving("web") as web:
            wait_until_served(port, "/healthz", f"localhost:{port}", log)
            _read(port, books)
            anonymous, resident = _memory(family(web))
    count, busy = len(books), load_average()
    bench.console.print(f"  {count} books: ready {[round(ready, 2) for ready, _ in starts]} s ({busy})")
    return [
        limit(f"RssAnon of the website's processes, {count} books open", anonymous, None, "MB", 120),
        row("RSS of the same", resident, None, "MB"),
        limit(f"cold start, {count} books: ready", ready_s, None, "s", 3),
        limit(f"cold start, {count} books: first byte of home", first_s * 1000, None, "ms", 300),
    ]


def _bake_many(bench: Bench) -> list[Path]:
    """Books of pages of the manual, drawn by lot; kept for the next run."""
    folder = bench.cache / "many"
    folder.mkdir(exist_ok=True)
    manual = book._manual(bench)
    texts: dict[str, Entry] = {}
    if manual:
        texts = {path.relative_to(manual).as_posix(): Entry(path) for path in sorted(manual.rglob("*.html"))}
    texts = texts or book._generated(120)
    files = []
    for number in range(_BOOKS[bench.quick]):
        file = folder / f"book{number:02}.zim"
        if not file.exists():
            chosen = sorted(random.Random(number).sample(sorted(texts), _PAGES_EACH))
            pages = {f"{at:02}.html": replace(texts[path], title=path) for at, path in enumerate(chosen)}
            bake_zim(file, pages, name=file.stem, title=f"Book {number}", language="eng", main_path="00.html")
        files.append(file)
    return files


def _start(house: House) -> tuple[float, float]:
    """Seconds until the website answers, and from then until the first byte of the home page."""
    port = house.port
    began = time.monotonic()
    with house.serving("web"):
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if fetch(port, "/healthz", f"localhost:{port}")[0] == 200:
                    break
            time.sleep(0.005)
        ready = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/", headers={"Host": f"localhost:{port}", "Accept-Encoding": "gzip"})
        connection.getresponse()
        first = time.monotonic()
        connection.close()
    return ready - began, first - ready


def _read(port: int, books: Sequence[Path]) -> None:
    """Open every book, show its page on the hub's site, search, and have sixteen readers read all of it."""
    for file in books:
        fetch(port, f"/trang/{file.stem}/00.html", f"sach.localhost:{port}", "gzip")
        fetch(port, f"/sach/{file.stem}/", f"localhost:{port}", "gzip")
    for path in ("/", "/tu-sach", f"/tim?q={quote('list')}"):
        fetch(port, path, f"localhost:{port}", "gzip")
    paths = [f"/trang/{file.stem}/{number:02}.html" for file in books for number in range(_PAGES_EACH)]
    random.Random(1).shuffle(paths)
    with ThreadPoolExecutor(load.CONNECTIONS) as pool:
        statuses = set(pool.map(lambda path: fetch(port, path, f"sach.localhost:{port}", "gzip")[0], paths))
    if statuses != {200}:
        raise ValueError(f"not every page was served: {statuses}")


def _memory(processes: Sequence[int]) -> tuple[float, float]:
    """RssAnon and RSS of some processes together, in megabytes."""
    anonymous = resident = 0
    for process in processes:
        lines = Path(f"/proc/{process}/status").read_text("ascii", "replace").splitlines()
        sizes = {
            name: int(text.split()[0]) for name, _, text in (line.partition(":") for line in lines) if "kB" in text
        }
        anonymous += sizes["RssAnon"]
        resident += sizes["VmRSS"]
    return anonymous / 1024, resident / 1024


BENCHMARK: Final = Benchmark(
    anchor="anchor", needs={"kiwix-serve": "kiwix-tools", "wrk": "wrk", "nginx": "nginx"}, measure=measure
)
