"""Thousands of damaged files: each is refused or read with care; nothing but the library's own errors comes out.

The files are read in child processes, as admission does, since libzim may end the process that reads hostile bytes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from library.testing import Crafted, Entry, bake_zim, craft_zim

ROUNDS = 20_000 if os.environ.get("HUB_LONG") == "1" else 500
READER = """
import hashlib, json, random, resource, signal, sys
from pathlib import Path
from library.book import Book
from library.clusters import Clusters
from library.errors import LibraryError
from library.inspection import inspect
from library.page import Page

source, folder, first, last, sealed = Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:6])
good = source.read_bytes()
path = folder / "a.zim"
resource.setrlimit(resource.RLIMIT_DATA, (512 << 20, 512 << 20))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

def flips(number):
    chance = random.Random(number)
    data = bytearray(good)
    for _ in range(chance.choice((1, 1, 2, 8))):
        where = chance.choice((80, 80, 400, len(good)))
        at = chance.randrange(min(where, len(good) - 16))
        match chance.randrange(3):
            case 0: data[at] ^= 1 << chance.randrange(8)
            case 1: data[at] = chance.randrange(256)
            case 2:
                value = chance.choice((0, 0xFF, 0x7F, 0x80))
                data[at:at + 4] = bytes([value] * len(data[at:at + 4]))
    if sealed:
        data[-16:] = hashlib.md5(data[:-16]).digest()
    return bytes(data)

def read_everything(clusters):
    book = Book(path, clusters)
    book.facts()
    book.claimed_codes()
    book.suggest("a", 5)
    for line in book.contents(0, 100):
        book.page(line.path)
    for entry in list(book.entry_paths())[:300]:
        try:
            page = book.page(entry)
            if isinstance(page, Page):
                b"".join(page.chunks(0, min(page.size, 1 << 20)))
                page.read()
        except LibraryError:
            continue

for number in range(first, last):
    data = flips(number)
    path.unlink(missing_ok=True)
    path.write_bytes(data)
    print(json.dumps({"number": number}), flush=True)
    signal.alarm(10)  # an endless loop ends here
    verdict = inspect(path, whole=True)
    try:
        read_everything(Clusters(1 << 20) if number % 2 else None)
    except LibraryError:
        pass
    print(json.dumps({"accepted": verdict.facts is not None, "same": data == good}), flush=True)
"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sources")
    entries = {
        "a.html": Entry("<p>a</p>" * 30, "A"),
        "b.html": Entry("<p>b</p>" * 30, "B"),
        "f.webm": Entry(bytes(900), mimetype="video/webm", compress=False),
    }
    old = [
        Crafted("A/a", b"<p>a</p>" * 30, title="A"),
        Crafted("A/r", redirect="A/a"),
        Crafted("I/p.png", b"\x89PNG" * 99, "image/png"),
        Crafted("M/Name", b"old"),
    ]
    return {
        "baked": bake_zim(
            folder / "a.zim", entries, name="a", main_path="a.html", redirects={"r": ("", "b.html")}, cluster_bytes=200
        ),
        "old": craft_zim(folder / "b.zim", old, main="A/a"),
        "long": craft_zim(
            folder / "c.zim", [Crafted("C/a", b"a" * 500), Crafted("C/b", b"b")], version=(6, 1), extended=True
        ),
    }


def read_damaged(source: Path, folder: Path, rounds: int, *, sealed: bool) -> tuple[list[dict[str, bool]], list[int]]:
    """Read ``rounds`` damaged copies; returns what came of those that were read, and the signals that ended a child."""
    outcomes: list[dict[str, bool]] = []
    signals: list[int] = []
    first = 0
    while first < rounds:
        done = subprocess.run(
            [sys.executable, "-c", READER, source, folder, str(first), str(rounds), str(int(sealed))],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        outcomes += [line for line in lines if "accepted" in line]
        numbers = [line["number"] for line in lines if "number" in line]
        if done.returncode == 0:
            break
        assert done.returncode < 0, f"round {numbers[-1:]}: {done.stderr[-3000:]}"
        assert done.returncode != -14, f"round {numbers[-1]} does not end"
        signals.append(-done.returncode)
        first = numbers[-1] + 1
    return outcomes, signals


@pytest.mark.parametrize("kind", ["baked", "old", "long"])
def test_every_damage_is_found_by_the_checksum(sources: dict[str, Path], tmp_path: Path, kind: str) -> None:
    outcomes, signals = read_damaged(sources[kind], tmp_path, ROUNDS, sealed=False)
    assert len(outcomes) + len(signals) == ROUNDS
    assert [outcome for outcome in outcomes if outcome["accepted"] and not outcome["same"]] == []
    assert len(signals) <= ROUNDS // 20, signals


@pytest.mark.parametrize("kind", ["baked", "old", "long"])
def test_damage_under_a_valid_checksum_brings_only_our_own_errors(
    sources: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    """What a hostile maker can do: admission must answer, or its child may die; the rest of the hub never notices."""
    outcomes, signals = read_damaged(sources[kind], tmp_path, ROUNDS, sealed=True)
    assert len(outcomes) + len(signals) == ROUNDS
    assert len(signals) <= ROUNDS // 20, signals
