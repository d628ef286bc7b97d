"""Measures the hub side by side with other programs: ``./run bench [NAME…] [--quick] [--json FILE]``.

Every benchmark starts real processes on free ports of this machine and ends them again. The exit status is 0 when all
goals hold, 1 when one does not, 2 when something was asked for wrongly or is missing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import edge
import library_pages
import player_bench
import portal
import search
from rich.console import Console
from rows import Bench, Benchmark, print_table, write_json

NAMES: Final[dict[str, Benchmark]] = {
    "library": library_pages.BENCHMARK,
    "edge": edge.BENCHMARK,
    "portal": portal.BENCHMARK,
    "search": search.BENCHMARK,
    "player": player_bench.BENCHMARK,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks named, or all of them."""
    parser = argparse.ArgumentParser(prog="./run bench", description="Measure the hub beside other programs.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which to run: {', '.join(NAMES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="end within 40 seconds each; the figures are rougher")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows to this file too")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.names if name not in NAMES]
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}. There is: {', '.join(NAMES)}.")
    if asked.json and not asked.json.absolute().parent.is_dir():
        parser.error(f"there is no folder {asked.json.absolute().parent} to write {asked.json.name} in.")
    names = asked.names or list(NAMES)
    missing = {
        program: package
        for name in names
        for program, package in NAMES[name].needs.items()
        if shutil.which(program) is None
    }
    if missing:
        parser.error(
            f"missing: {', '.join(missing)}. Install with: apt-get install {' '.join(sorted(set(missing.values())))}"
        )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(highlight=False)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "village-hub" / "bench"
    cache.mkdir(parents=True, exist_ok=True)
    rows = []
    for name in names:
        with tempfile.TemporaryDirectory(prefix="hub-bench-") as work:
            found = NAMES[name].measure(Bench(console, asked.quick, cache, Path(work)))
        print_table(console, name, NAMES[name].anchor, found)
        rows += found
    if asked.json:
        write_json(asked.json, rows)
    return 0 if all(line.holds is not False for line in rows) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
