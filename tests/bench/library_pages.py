"""The library's benchmark: pages of one book, from the hub and from kiwix-serve, in turns.

Both serve the same ZIM file on this machine and are asked for the same pages in the same random order, plain and with
gzip; the hub runs as on a card, ``hub run shelf`` and ``hub run web``, before any nginx. Both are warmed first, and the
best of the rounds counts. "First time" is a hub that keeps no packed page: each one is read, packed and forgotten
again. kiwix-serve runs without its search bar, so that it need not rewrite pages. Memory is the PSS (shared pages
counted in parts) of all processes of a server: for the hub, of the website's three and the shelf's keeper.
"""

from __future__ import annotations

import http.client
import random
from collections import Counter
from typing import Final

import book
import load
from rows import Bench, Benchmark, Row, load_average, row
from servers import MemoryWatch, ServerFailedError, fetch
from targets import SEED, Target, hub, kiwix_serve

SLOW_READERS: Final = 32
_ROUNDS: Final = {False: 3, True: 2}
_SECONDS: Final = {False: 5, True: 1}
_ENCODINGS: Final = {"plain": "identity", "gzip": "gzip"}


def measure(bench: Bench) -> list[Row]:
    """Run the benchmark."""
    served = book.make_book(bench)
    rounds, seconds = _ROUNDS[bench.quick], _SECONDS[bench.quick]
    bench.console.print(
        f"One book of {len(served.pages)} pages ({served.origin}); {load.CONNECTIONS} connections,"
        f" {rounds} rounds of {seconds} s in turns{', --quick: rough figures' if bench.quick else ''}."
    )
    found: dict[tuple[str, str], list[load.Load]] = {}

    def go(target: Target, case: str, encoding: str) -> None:
        try:
            result = load.put(target.port, target.host, target.paths, encoding, seconds)
        except ValueError as error:
            bench.console.print(f"[red]{target.name}, {case}: {error}[/]")
            return
        found.setdefault((target.name, case), []).append(result)
        size = result.bytes / max(1, result.requests) / 1000
        failed = f", [red]{result.failed} failed[/]" if result.failed else ""
        figures = f"{result.per_second:8.0f} pages/s of {size:5.1f} kB{failed}"
        bench.console.print(f"  {target.name:12} {case:12} {figures} ({load_average()})")

    with kiwix_serve(bench, served) as theirs:
        with hub(bench, served, "hub", text_cache_mb=16) as ours:
            same = _compare(bench, served, ours, theirs)
            for target in (ours, theirs):  # warm both: what a first time costs is measured below
                load.put(target.port, target.host, target.paths, "gzip", seconds)
            watches = {target.name: MemoryWatch(target.processes) for target in (ours, theirs)}
            for watch in watches.values():
                watch.start()
            for _ in range(rounds):
                for case, encoding in _ENCODINGS.items():
                    go(ours, case, encoding)
                    go(theirs, case, encoding)
            for watch in watches.values():
                watch.end()
            for target in (ours, theirs):
                with load.slow_readers(SLOW_READERS, target.port, target.host, target.prefix + book.FILM):
                    go(target, "slow readers", "gzip")
        with hub(bench, served, "hub-first", text_cache_mb=0) as first:
            for _ in range(rounds):
                go(first, "first time", "gzip")
                go(theirs, "first time", "gzip")
    best = {key: load.best(loads) for key, loads in found.items()}
    failed = {
        side: sum(result.failed for (name, _), loads in found.items() if name.startswith(side) for result in loads)
        for side in ("hub", "kiwix-serve")
    }
    if failed["kiwix-serve"] or not same:
        bench.console.print("[yellow]kiwix-serve did not serve everything well: read its figures with care.[/]")
    return _rows(best, watches, failed)


def _rows(best: dict[tuple[str, str], load.Load], watches: dict[str, MemoryWatch], failed: dict[str, int]) -> list[Row]:
    def pages(ours: str, case: str, what: str, at_least: float | None = 1.0) -> Row:
        figures = [best[key].per_second if key in best else None for key in ((ours, case), ("kiwix-serve", case))]
        return row(what, *figures, unit="pages/s", at_least=at_least)

    rows = [
        pages("hub", "plain", "pages, plain"),
        pages("hub", "gzip", "pages, gzip"),
        pages("hub-first", "first time", "pages, gzip, first time"),
        pages("hub", "slow readers", f"pages, gzip, beside {SLOW_READERS} slow readers of a film"),
    ]
    for case in _ENCODINGS:
        both = [best.get((name, case)) for name in ("hub", "kiwix-serve")]
        for what in ("p50", "p99"):
            figures = [getattr(result, f"{what}_ms") if result else None for result in both]
            rows.append(row(f"latency {what}, {case}", *figures, unit="ms"))
    ours, theirs = watches["hub"], watches["kiwix-serve"]
    rows.append(row("peak memory, PSS, all processes", ours.peak_pss_mb, theirs.peak_pss_mb, "MB"))
    rows.append(row("of it anonymous, PSS", ours.peak_anonymous_mb, theirs.peak_anonymous_mb, "MB"))
    wrong = float(failed["hub"])
    rows.append(Row("failed requests", wrong, float(failed["kiwix-serve"]), None, "requests", "0", wrong == 0))
    return rows


def _compare(bench: Bench, served: book.BenchBook, ours: Target, theirs: Target) -> bool:
    """Ask both for a sample of the pages, and tell where status or size differ; kiwix-serve may add to HTML."""
    sample = random.Random(SEED).sample(served.pages, min(40, len(served.pages)))
    statuses: dict[str, Counter[str]] = {ours.name: Counter(), theirs.name: Counter()}
    sizes: Counter[str] = Counter()
    for page in sample:
        for target in (ours, theirs):
            try:
                status, body = fetch(target.port, target.prefix + page, target.host)
            except (OSError, http.client.HTTPException) as error:
                statuses[target.name][type(error).__name__] += 1
                continue
            statuses[target.name][str(status)] += 1
            sizes[target.name] += len(body)
    for name, counts in statuses.items():
        told = ", ".join(f"{status} × {count}" for status, count in counts.items())
        bench.console.print(
            f"  {name:12} {len(sample)} pages looked at: {told}, {sizes[name] / len(sample) / 1000:.1f} kB each"
        )
    if statuses[ours.name] != Counter({"200": len(sample)}):
        raise ServerFailedError(f"The hub does not serve every page: {dict(statuses[ours.name])}")
    return statuses[theirs.name] == Counter({"200": len(sample)})


BENCHMARK: Final = Benchmark(anchor="kiwix-serve", needs={"kiwix-serve": "kiwix-tools", "wrk": "wrk"}, measure=measure)
