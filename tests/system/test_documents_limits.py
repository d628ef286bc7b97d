"""Hostile EPUBs against a running site: memory of the web process, time, and what stays on disk are bounded."""

from __future__ import annotations

import ctypes
import gc
import os
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import epub_samples
import pytest

from library.book import Book
from library.epub import reasons
from library.epub.epubs import Epubs
from library.epub.pack import problem_pack
from library.epub.package import MOST_CHAPTERS
from library.errors import DocumentBusyError, EpubError
from library.page import Page
from library.testing import Entry, bake_zim

HUB = "localhost:8080"
EPUB = "application/epub+zip"
MEGABYTE = 1024 * 1024


def anonymous_memory() -> int:
    """Bytes of this process that no file stands behind; what is free in its heap goes back to the system first."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return int(re.findall(r"RssAnon:\s+(\d+)", Path("/proc/self/status").read_text())[0]) * 1024


def hostile() -> dict[str, bytes]:
    deep = "<div><table><tr><td>" * 5000
    laughs = (
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><html><body>&b;</body></html>'
    )
    return {
        "bom.epub": epub_samples.epub3({"a.xhtml": "<p>a</p>"}, {f"x{n}": b"\0" * 8_000_000 for n in range(12)}),
        "nhieu.epub": epub_samples.many_parts(100_000),
        "sau.epub": epub_samples.epub3({"a.xhtml": deep, "b.xhtml": "<p>b</p>"}),
        "cuoi.epub": epub_samples.epub3({"a.xhtml": ""}, {"OEBPS/a.xhtml": laughs}),
        "chu.epub": epub_samples.epub3({"a.xhtml": "<p>chữ</p>" * 60_000}),
        "dai.epub": epub_samples.epub3({f"{number}.xhtml": "<p>a</p>" for number in range(MOST_CHAPTERS + 3)}),
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, make_site: Callable[[Path, Path], Any]) -> Any:
    folder = tmp_path_factory.mktemp("limits")
    content = folder / "zim"
    content.mkdir()
    entries = {name: Entry(data, name, EPUB, front=False) for name, data in hostile().items()}
    entries |= {"index.html": Entry("<p>Sách", "Đầu"), "tot.epub": Entry(epub_samples.epub3(), "Tốt", EPUB)}
    bake_zim(content / "a.zim", entries, name="a", title="Sách A", main_path="index.html")
    return make_site(content, folder / "data")


def test_hostile_files_cost_the_web_process_no_memory(site: Any) -> None:
    assert site.ask("/tai-lieu/a/tot.epub", host=HUB).status == 200
    before = anonymous_memory()
    found = {}
    for name in hostile():
        found[name] = site.ask(f"/tai-lieu/a/{quote(name)}", host=HUB).status
        for part in ("c0", "c1", "r0", "s0"):
            assert site.ask(f"/mo/a/{quote(name)}!/{part}").status in {200, 404, 422}
    assert anonymous_memory() - before < 24 * MEGABYTE
    assert found == {
        "bom.epub": 422, "nhieu.epub": 422, "sau.epub": 200, "cuoi.epub": 422, "chu.epub": 200, "dai.epub": 200,
    }  # fmt: skip
    assert site.ask("/mo/a/tot.epub!/c0").status == 200
    assert site.ask("/healthz", host=HUB).status == 200
    packs = list((site.config.paths.run / "epub").glob("*.pack"))
    assert len(packs) == len(found) + 1
    assert sum(pack.stat().st_size for pack in packs) < 48 * MEGABYTE


def test_a_book_that_is_too_long_says_how_much_is_not_there(site: Any) -> None:
    page = site.ask("/tai-lieu/a/dai.epub", host=HUB)
    assert "3 phần cuối" in page.text
    assert "phần cuối" not in site.ask("/tai-lieu/a/tot.epub", host=HUB).text


@pytest.fixture
def entry(tmp_path: Path) -> tuple[Path, Page]:
    bake_zim(tmp_path / "b.zim", {"x.epub": Entry(epub_samples.epub3(), "X", EPUB, front=True)}, name="b")
    page = Book(tmp_path / "b.zim").page("x.epub")
    assert isinstance(page, Page)
    return tmp_path / "b.zim", page


def write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def test_a_class_has_it_made_ready_once(tmp_path: Path, entry: tuple[Path, Page]) -> None:
    written: list[Path] = []

    def count(path: Path, data: bytes) -> None:
        written.append(path)
        path.write_bytes(data)

    desks = [Epubs(tmp_path / "packs", count) for _ in range(2)]
    titles: list[str] = []
    phones = [
        threading.Thread(target=lambda desk: titles.append(desk.open(entry[0], "e", entry[1]).book.title), args=(desk,))
        for desk in desks * 15
    ]
    for phone in phones:
        phone.start()
    for phone in phones:
        phone.join()
    assert titles == ["Cây lúa nước ở bản"] * 30
    assert len(written) == 1


@pytest.mark.parametrize("limit", [{"seconds": 0}, {"memory_mb": 8}], ids=str)
def test_too_little_time_or_memory_is_a_kind_word_and_is_remembered(tmp_path: Path, limit: dict[str, int]) -> None:
    large = epub_samples.epub3({"a.xhtml": "<p>chữ</p>" * 100_000})
    file = bake_zim(tmp_path / "b.zim", {"x.epub": Entry(large, "X", EPUB, front=True)}, name="b")
    page = Book(file).page("x.epub")
    assert isinstance(page, Page)
    for desk in (Epubs(tmp_path / "packs", write, **limit), Epubs(tmp_path / "packs", write)):
        with pytest.raises(EpubError) as caught:
            desk.open(file, "e", page)
        assert caught.value.reason == reasons.FAILED
    (pack,) = (tmp_path / "packs").glob("*.pack")
    old = time.time() - 3600
    os.utime(pack, (old, old))
    assert Epubs(tmp_path / "packs", write).open(file, "e", page).book.problem == ""


def test_a_failure_counts_for_a_while_however_often_somebody_asks(tmp_path: Path, entry: tuple[Path, Page]) -> None:
    now = [0.0]
    desk = Epubs(tmp_path / "packs", write, seconds=0, monotonic=lambda: now[0])
    with pytest.raises(EpubError):
        desk.open(entry[0], "e", entry[1])
    (pack,) = (tmp_path / "packs").glob("*.pack")
    failed = pack.read_bytes()
    began = time.time() - 500
    os.utime(pack, (began, began))
    for other in (desk, Epubs(tmp_path / "packs", write)):
        with pytest.raises(EpubError):
            other.open(entry[0], "e", entry[1])
    assert pack.read_bytes() == failed
    assert pack.stat().st_mtime == pytest.approx(began, abs=1)
    os.utime(pack, (began - 500, began - 500))
    now[0] = 601.0
    desk._seconds = 30
    assert desk.open(entry[0], "e", entry[1]).book.problem == ""


def test_a_spoilt_pack_is_made_anew_and_a_full_disk_stops_nobody(tmp_path: Path, entry: tuple[Path, Page]) -> None:
    folder = tmp_path / "packs"
    folder.mkdir()
    (folder / f"e-{entry[1].index}.pack").write_bytes(b"half a pa")
    assert Epubs(folder, write).open(entry[0], "e", entry[1]).book.title

    def refuse(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    assert Epubs(folder, refuse).open(entry[0], "other", entry[1]).book.title


def test_the_oldest_packs_make_room(tmp_path: Path, entry: tuple[Path, Page]) -> None:
    folder = tmp_path / "packs"
    folder.mkdir()
    for number in range(4):
        pack = folder / f"old-{number}.pack"
        pack.write_bytes(b"x")
        os.truncate(pack, 15 * MEGABYTE)
        os.utime(pack, (number, number))
    Epubs(folder, write).open(entry[0], "e", entry[1])
    assert [(folder / f"old-{number}.pack").exists() for number in range(4)] == [False, True, True, True]


def test_who_comes_when_too_many_wait_is_asked_to_come_again(
    tmp_path: Path, entry: tuple[Path, Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("library.epub.epubs._MOST_WAITING", 0)
    with pytest.raises(DocumentBusyError):
        Epubs(tmp_path / "packs", write).open(entry[0], "e", entry[1])
    monkeypatch.undo()
    Epubs(tmp_path / "packs", write).open(entry[0], "e", entry[1])
    monkeypatch.setattr("library.epub.epubs._MOST_WAITING", 0)
    assert Epubs(tmp_path / "packs", write).open(entry[0], "e", entry[1]).book.title, "it is ready: nobody waits for it"
    assert problem_pack(reasons.BROKEN)
