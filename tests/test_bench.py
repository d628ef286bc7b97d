"""`./run bench`: what it refuses, what it writes down, and that it leaves nothing behind."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from rich.console import Console

BENCH = Path(__file__).resolve().parent / "bench"


def bench(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, BENCH / "__main__.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **environment},
    )


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> object:
    """Import a module of the bench, as the bench itself does."""
    monkeypatch.syspath_prepend(str(BENCH))

    def load(name: str) -> ModuleType:
        return importlib.import_module(name)

    yield load
    for name in ("rows", "load", "book", "servers", "library_pages"):
        sys.modules.pop(name, None)


def test_an_unknown_name_is_refused_and_the_known_ones_told() -> None:
    done = bench("gate")
    assert done.returncode == 2
    assert "no benchmark gate" in done.stderr
    assert "library, edge, portal, search, player" in done.stderr


def test_missing_programs_are_named_with_their_packages(tmp_path: Path) -> None:
    done = bench("library", PATH=str(tmp_path))
    assert done.returncode == 2
    assert "apt-get install kiwix-tools wrk" in done.stderr


def test_a_file_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    done = bench("--json", str(tmp_path / "nowhere" / "rows.json"))
    assert done.returncode == 2
    assert "nowhere" in done.stderr


def test_rows_hold_or_not(module, tmp_path: Path) -> None:
    rows = module("rows")
    found = [
        rows.row("fast", 200.0, 100.0, "pages/s", at_least=1),
        rows.row("slow", 99.0, 100.0, "pages/s", at_least=1),
        rows.row("alone", 99.0, None, "pages/s", at_least=1),
        rows.row("lost", None, 100.0, "pages/s", at_least=1),
        rows.row("told", 12.345, 5.0, "MB"),
    ]
    assert [line.holds for line in found] == [True, False, True, False, None]
    assert [line.ratio for line in found] == [2.0, 0.99, None, None, 2.47]
    rows.write_json(tmp_path / "rows.json", found)
    document = json.loads((tmp_path / "rows.json").read_text("utf-8"))
    assert list(document) == ["rows"]
    assert all(list(line) == ["case", "ours", "anchor", "ratio", "unit", "goal", "holds"] for line in document["rows"])
    console = Console(record=True, width=100)
    rows.print_table(console, "library", "kiwix-serve", found)
    shown = console.export_text()
    assert "NO" in shown
    assert "≥ 1" in shown


def test_the_best_round_counts_and_failures_do_not(module) -> None:
    load = module("load")
    line = '{"requests": 10, "seconds": 2.0, "bytes": 5, "p50_ms": 1.0, "p99_ms": 2.0, "bad_status": %d, "broken": %d}'
    good, bad = load.parse("Running\n" + line % (0, 0)), load.parse(line % (6, 1))
    assert (good.per_second, good.failed) == (5.0, 0)
    assert (bad.per_second, bad.failed) == (2.0, 7)
    assert load.best([bad, good]) is good
    with pytest.raises(ValueError, match="no figures"):
        load.parse("unable to connect")


def test_generated_text_is_the_same_every_time(module) -> None:
    book = module("book")
    assert book._generated(3) == book._generated(3)


def test_a_server_and_its_children_are_found_and_ended(module, tmp_path: Path) -> None:
    servers = module("servers")
    with servers.running(["sh", "-c", "sleep 600 & sleep 600"], tmp_path / "log") as process:
        deadline = time.monotonic() + 10
        while len(family := servers.family(process)) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(family) == 3
        watch = servers.MemoryWatch([process])
        watch.start()
        time.sleep(0.6)
        watch.end()
        assert 0 < watch.peak_anonymous_mb <= watch.peak_pss_mb
    while any(_alive(member) for member in family):  # killed, but the kernel takes a moment
        assert time.monotonic() < deadline + 10
        time.sleep(0.05)


@pytest.mark.long
def test_a_quick_run_ends_in_time_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    done = bench("library", "--quick", "--json", str(tmp_path / "rows.json"), TMPDIR=str(tmp_path / "work"))
    assert done.returncode in {0, 1}, done.stderr
    rows = json.loads((tmp_path / "rows.json").read_text("utf-8"))["rows"]
    assert {"pages, plain", "pages, gzip", "pages, gzip, first time"} <= {line["case"] for line in rows}
    assert list((tmp_path / "work").iterdir()) == []
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if os.access(path, os.R_OK)]
    assert not any(str(tmp_path / "work").encode() in command for command in commands)


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
