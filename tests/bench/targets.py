"""Servers of one book under load: the hub, with or without nginx, and kiwix-serve; all are asked for the same pages."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from book import BenchBook
from house import furnish
from rows import Bench
from servers import ServerFailedError, fetch, free_port, running, wait_until_served

SEED: Final = 20261123
_LISTED: Final = 20_000


@dataclass(frozen=True)
class Target:
    """A server under load: where it is, how its pages are called, who belongs to it, and a file of pages to ask for."""

    name: str
    port: int
    host: str
    prefix: str
    processes: tuple[int, ...]
    paths: Path


@contextlib.contextmanager
def hub(
    bench: Bench, served: BenchBook, name: str, text_cache_mb: int, *, edge: bool = False, query: str = ""
) -> Iterator[Target]:
    """The hub's shelf and website, on the books' own host name.

    Args:
        bench: the benchmark.
        served: the book.
        name: the hub's.
        text_cache_mb: how much of packed texts the website keeps.
        edge: with nginx before it.
        query: what stands behind the address of every page; with one, nginx keeps nothing.
    """
    house = furnish(bench, name, {"bench.zim": served.file}, text_cache_mb=text_cache_mb)
    port = house.edge_port if edge else house.port
    services = ("shelf", "web", "edge") if edge else ("shelf", "web")
    with contextlib.ExitStack() as stack:
        processes = tuple(stack.enter_context(house.serving(service)) for service in services)
        host, prefix = f"sach.localhost:{port}", "/trang/bench/"
        wait_until_served(port, prefix + served.pages[0], host, house.log)
        yield Target(name, port, host, prefix, processes, _paths(bench, served, name, prefix, query))


@contextlib.contextmanager
def kiwix_serve(bench: Bench, served: BenchBook, command: Sequence[str] = ("kiwix-serve",)) -> Iterator[Target]:
    """kiwix-serve, whichever version; since 3.4 its pages begin with ``/content``.

    Raises:
        ServerFailedError: it does not show the book.
    """
    port = free_port()
    link, log = bench.work / "bench.zim", bench.work / "kiwix-serve.log"
    link.symlink_to(served.file)
    host = f"127.0.0.1:{port}"
    with running([*command, "--nosearchbar", "--address=127.0.0.1", f"--port={port}", str(link)], log) as process:
        wait_until_served(port, "/", host, log)
        for prefix in ("/content/bench/", "/bench/"):
            if fetch(port, prefix + served.pages[0], host)[0] == 200:
                paths = _paths(bench, served, "kiwix-serve", prefix)
                yield Target("kiwix-serve", port, host, prefix, (process,), paths)
                return
        raise ServerFailedError(f"kiwix-serve does not show the book. {log.read_text('utf-8', 'replace')[-2000:]}")


def _paths(bench: Bench, served: BenchBook, name: str, prefix: str, query: str = "") -> Path:
    """Write the pages to ask for to a file: drawn by lot, the same for every server."""
    lot = random.Random(SEED)
    paths, end = bench.work / f"{name}.paths", f"?{query}\n" if query else "\n"
    paths.write_text("".join(f"{prefix}{lot.choice(served.pages)}{end}" for _ in range(_LISTED)), "utf-8")
    return paths
