"""The book that the library's benchmark serves: the Python manual of the distribution, or else generated text.

The manual is text that nobody here wrote: some 530 HTML pages of 95 kB on average, fetched with ``apt-get download``
and unpacked, not installed. Package and baked book are kept in the cache folder.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from rows import Bench

from library.baking import Entry, bake_zim

_MANUALS: Final = ("python3.13-doc", "python3.12-doc", "python3.11-doc")
_FETCH_S: Final = {False: 300, True: 6}
_MOST_PAGES: Final = {False: 1000, True: 60}  # baking all of them takes the better part of a minute
_FILM_BYTES: Final = 48 << 20
FILM: Final = "film.mp4"
"""Large and stored as it is; noise, so that nothing can make it smaller."""


@dataclass(frozen=True)
class BenchBook:
    """A baked book: its file, its pages' paths (percent-encoded), and where its text is from."""

    file: Path
    pages: tuple[str, ...]
    origin: str


def make_book(bench: Bench) -> BenchBook:
    """Bake the book, or take it from the cache; a whole one serves a quick run too."""
    folder = _manual(bench)
    pages = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.html"))} if folder else {}
    origin = f"{folder.name}, HTML pages" if folder else "generated text (no manual could be fetched)"
    if not pages:
        return _baked(bench, "generated", _generated(120), origin)
    whole = bench.cache / f"{folder.name if folder else ''}-whole.zim"
    chosen = sorted(pages)
    if bench.quick and not whole.exists() and len(pages) > _MOST_PAGES[True]:
        chosen = sorted(random.Random(1).sample(chosen, _MOST_PAGES[True]))
    stem = f"{folder.name if folder else ''}-{'whole' if len(chosen) == len(pages) else 'sample'}"
    return _baked(bench, stem, {path: Entry(pages[path], title=path) for path in chosen}, origin)


def _baked(bench: Bench, stem: str, entries: dict[str, Entry], origin: str) -> BenchBook:
    file = bench.cache / f"{stem}.zim"
    if not file.exists():
        bench.console.print(f"Baking {len(entries)} pages; this is done once.")
        film = Entry(random.Random(1).randbytes(_FILM_BYTES), "A film", "video/mp4", front=False, compress=False)
        bake_zim(file, {**entries, FILM: film}, name="bench", title="Bench", language="eng", main_path=min(entries))
    return BenchBook(file, tuple(quote(path) for path in sorted(entries)), origin)


def _manual(bench: Bench) -> Path | None:
    """The folder of the unpacked manual, named after package and version; None where none can be had."""
    known = sorted(bench.cache.glob("python3.*-doc_*/"))
    if known:
        return known[-1]
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return None
    fetched = bench.work / "fetched"
    fetched.mkdir()
    for package in _MANUALS:
        try:
            subprocess.run(
                ["apt-get", "-qq", "download", package],
                cwd=fetched,
                check=True,
                timeout=_FETCH_S[bench.quick],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            file = next(fetched.glob("*.deb"))
            subprocess.run(["dpkg-deb", "-x", file, fetched / "root"], check=True)
        except (OSError, subprocess.SubprocessError, StopIteration):
            continue
        version = file.stem.replace("%3a", "-")
        manual = next((path for path in fetched.glob("root/usr/share/doc/*/html") if not path.is_symlink()), None)
        if manual:
            kept = bench.cache / f".{version}.{os.getpid()}"
            shutil.copytree(manual, kept, symlinks=False, ignore_dangling_symlinks=True)
            return kept.rename(bench.cache / version)
    return None


def _generated(count: int) -> dict[str, Entry]:
    """Pages of words drawn by lot, about as long and as repetitive as a manual's."""
    lot = random.Random(1)
    letters = "aăâbcdđeêghiklmnoôơpqrstuưvxy"
    words = ["".join(lot.choices(letters, k=lot.randint(2, 7))) for _ in range(4000)]
    pages = {}
    for number in range(count):
        text = "\n".join(f"<p>{' '.join(lot.choices(words, k=80))}</p>" for _ in range(lot.randint(20, 400)))
        pages[f"page-{number}.html"] = Entry(f"<!DOCTYPE html><title>Page {number}</title>{text}", f"Page {number}")
    return pages
