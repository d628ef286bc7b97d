"""The hub of the benchmarks: a folder with books and settings, and its services, run as on a card."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rows import Bench
from servers import free_port, running

_TOML: Final = """
[house]
id = "bench"
name = "Trại Mới"
village_word = "bản"
commune = "Đồng Tiến"
province = "Bắc Ninh"
[paths]
data = {data}
run = {run}
[web]
port = {port}
[edge]
port = {edge_port}
address = "127.0.0.1"
requests_per_s = 100000
[library]
settle_s = 0.0
scan_interval_s = 0.1
text_cache_mb = {text_cache_mb}
"""


@dataclass(frozen=True)
class House:
    """A hub that is ready to be run.

    Attributes:
        folder: with content, state and index.
        log: what its services write.
        port: the website's.
        edge_port: nginx', where it is run.
    """

    folder: Path
    log: Path
    port: int
    edge_port: int

    @contextlib.contextmanager
    def serving(self, service: str) -> Iterator[int]:
        """Run one of its services, ``hub run SERVICE``; gives the process id."""
        program = [str(Path(sys.executable).with_name("hub")), "run", service, "--quiet"]
        with running([*program, "--config", str(self.folder / "hub.toml")], self.log) as process:
            yield process


def furnish(bench: Bench, name: str, books: Mapping[str, Path], *, text_cache_mb: int = 16) -> House:
    """Make a hub's folder.

    Args:
        bench: in whose work folder.
        name: the folder's, unlike every other one of this run.
        books: file names in the content folder → files, which are linked there.
        text_cache_mb: how much of packed texts the website keeps.
    """
    house = House(bench.work / name, bench.work / f"{name}.log", free_port(), free_port())
    (house.folder / "content").mkdir(parents=True)
    for file, place in books.items():
        (house.folder / "content" / file).symlink_to(place)
    ports = {"port": house.port, "edge_port": house.edge_port}
    paths = {key: json.dumps(str(house.folder / path)) for key, path in {"data": ".", "run": "run"}.items()}
    (house.folder / "hub.toml").write_text(_TOML.format(**ports, **paths, text_cache_mb=text_cache_mb), "utf-8")
    return house
