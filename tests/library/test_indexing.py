"""The index of all pages outlives power cuts, damage, hostile pages and books that come and go."""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from library.config import LibraryConfig
from library.search.index_folder import open_index
from library.search.index_place import NOT_WRITTEN, PARTS, SUSPECT, edition_number, find_damage, folder_in
from library.search.indexing import Filling, Indexer
from library.search.page_index import PageIndex
from library.search.searching import Progress, Search, Wish
from library.shelf import Shelf
from library.testing import Entry, bake_zim, fill_index, shelve

EVERYTHING = 1_000_000
LONG = os.environ.get("HUB_LONG") == "1"
PAGES = 320 if LONG else 120
"""Of each of two books whose filling is killed."""
WAYS = ["flipped", "cut", "removed", "emptied"]
ALL_DAMAGE = [(suffix, how) for suffix in (".idx", ".store", ".term", ".fast", ".pos", ".json") for how in WAYS]


def bake(folder: Path, name: str, pages: dict[str, str], *, searchable: bool = False) -> Path:
    entries = {f"{title}.html": Entry(f"<!DOCTYPE html><body>{text}", title) for title, text in pages.items()}
    return bake_zim(
        folder / f"{name}.zim", entries, name=name, title=name, main_path=next(iter(entries)), searchable=searchable
    )


class House:
    """A content folder with its state and index."""

    def __init__(self, folder: Path) -> None:
        self.content, self.state, self.index = folder / "content", folder / "state", folder / "index"
        self.content.mkdir()
        self.state.mkdir()
        self.shelf: Shelf | None = None

    def shelve(self) -> Search:
        self.shelf = shelve(self.content, self.state)
        return self.search()

    def search(self) -> Search:
        return Search(Shelf(self.content, self.state / "shelf.json"), PageIndex(self.index))

    def fill(self, *options: str) -> int:
        return fill_index(self.content, self.state, self.index, *options)

    def child(self, *options: str) -> subprocess.Popen[bytes]:
        folders = [self.content, self.state / "shelf.json", self.index]
        command = [sys.executable, "-m", "library.search.index_filling", *folders, *options]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def pages(self) -> list[tuple[int, str, str]]:
        """Every page in the index: edition, title and text; each one as often as it is there."""
        shelf = Shelf(self.content, self.state / "shelf.json")
        among = {edition_number(line.facts.edition) for line in shelf.ready().values() if line.facts}
        from library.search.folding import typed_words

        found = PageIndex(self.index).find(typed_words("trang", 8), EVERYTHING, EVERYTHING, among, narrowed=False)
        return sorted((page.edition, page.title, page.text) for page in found.pages)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def until(condition: Callable[[], bool], indexer: Indexer | None = None) -> None:
    deadline = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < deadline
        if indexer:
            indexer.tick()
        time.sleep(0.02)


def titles(search: Search, typed: str) -> list[str]:
    return [hit.title for hit in search.find(Wish(typed), 50, 50).pages]


def test_an_index_whose_filling_is_killed_at_any_moment_ends_up_the_same(house: House) -> None:
    lot = random.Random(4)
    for name in ("a", "b"):
        bake(house.content, name, {f"trang {n}": f"trang {n} {'chữ ' * lot.randint(1, 300)}" for n in range(PAGES)})
    house.shelve()
    assert house.fill() == 0
    whole = house.pages()
    assert len(whole) == 2 * PAGES
    deaths = 0
    for attempt in range(60 if LONG else 6):
        if attempt % 6 == 0:
            house.index.rename(house.index.with_name(f"index-{attempt}"))
        child = house.child(f"--pages-a-commit={PAGES // 8}")
        assert child.stdout is not None
        for _ in range(lot.randint(1, 4 * PAGES // 3)):  # so many pages have begun
            if not child.stdout.readline():
                break
        child.kill()
        child.stdout.close()
        deaths += child.wait() == -signal.SIGKILL
    assert deaths >= 3
    assert house.fill(f"--pages-a-commit={PAGES // 8}") == 0
    assert house.pages() == whole
    assert house.fill() == 0  # and nothing is left to do
    assert house.pages() == whole


def test_what_is_shown_is_packed_in_small_blocks_from_the_first_page_on(house: House) -> None:
    bake(house.content, "a", {str(number): f"trang {number}" for number in range(20)})
    house.shelve()
    assert house.fill("--pages-a-commit", "3") == 0
    notes = json.loads((folder_in(house.index) / "meta.json").read_bytes())
    assert (notes["index_settings"]["docstore_blocksize"], len(house.pages())) == (4096, 20)


def test_what_was_written_down_is_not_read_again(house: House) -> None:
    bake(house.content, "a", {f"trang {n}": "chữ " * 3000 for n in range(260)})
    house.shelve()
    child = house.child("--pages-a-commit=50")
    assert child.stdout is not None
    for _ in range(170):
        child.stdout.readline()
    child.kill()
    child.wait()
    child.stdout.close()
    output, _ = house.child("--pages-a-commit=50").communicate(timeout=120)
    first_page = int(output.split(b"\n", 1)[0].partition(b":")[2])
    assert first_page >= 100
    assert first_page % 50 == 0


@pytest.mark.parametrize(
    ("suffix", "how"), ALL_DAMAGE if LONG else [*ALL_DAMAGE[:: len(WAYS) + 1], (".store", "flipped")]
)
def test_a_damaged_index_is_built_anew_and_search_goes_on_meanwhile(house: House, suffix: str, how: str) -> None:
    bake(house.content, "a", {"trang 1": "đường làng ngõ xóm", "trang 2": "đồi chè"})
    house.shelve()
    assert house.fill() == 0
    victim = next(path for path in folder_in(house.index).iterdir() if path.name.endswith(suffix))
    data = victim.read_bytes()
    victim.unlink()
    if how == "flipped":
        victim.write_bytes(data[: len(data) // 3] + bytes([data[len(data) // 3] ^ 0x55]) + data[len(data) // 3 + 1 :])
    elif how == "cut":
        victim.write_bytes(data[: len(data) // 2])
    elif how == "emptied":
        victim.write_bytes(b"")
    search = house.search()
    search.find(Wish("duong lang"), 10, 3)
    assert titles(search, "trang 1")  # by title at least
    assert search.progress() == Progress(0, 1) or titles(search, "duong lang") == ["trang 1"]
    assert house.fill() == 0
    assert titles(house.search(), "duong lang") == ["trang 1"]
    assert titles(search, "duong lang") == ["trang 1"]


def test_every_damaged_byte_of_the_index_is_found(house: House) -> None:
    bake(house.content, "a", {"trang 1": "đường làng ngõ xóm", "trang 2": "đồi chè"})
    house.shelve()
    assert house.fill() == 0
    folder = folder_in(house.index)
    assert find_damage(folder) == ""
    lot = random.Random(6)
    victims = [path for path in folder.iterdir() if path.suffix in {f".{part}" for part in PARTS}]
    assert len(victims) >= len(PARTS)
    for victim in victims:
        data = victim.read_bytes()
        body = len(data) - 8 - int.from_bytes(data[-8:-4], "little")  # behind it stands its checksum
        for at in lot.sample(range(body), min(body, 40)):
            victim.write_bytes(data[:at] + bytes([data[at] ^ 1 << lot.randrange(8)]) + data[at + 1 :])
            assert find_damage(folder), (victim.name, at)
        victim.write_bytes(data)
    assert find_damage(folder) == ""


def test_a_missing_index_is_built_and_one_of_another_format_removed(house: House) -> None:
    bake(house.content, "a", {"trang 1": "đường"})
    house.shelve()
    (house.index / "pages-0-0").mkdir(parents=True)
    folder_in(house.index).mkdir()
    (folder_in(house.index) / "meta.json").write_text('{"schema": "of another kind"}')
    assert house.fill() == 0
    assert [path.name for path in house.index.iterdir()] == [folder_in(house.index).name]
    assert titles(house.search(), "duong") == ["trang 1"]


def test_a_book_that_goes_or_is_replaced_leaves_nothing_behind(house: House) -> None:
    bake(house.content, "a", {"trang 1": "đường"})
    going = bake(house.content, "b", {"trang 2": "đường"})
    search = house.shelve()
    assert house.fill() == 0
    assert set(titles(search, "duong")) == {"trang 1", "trang 2"}
    going.unlink()
    bake(house.content, "a", {"trang 3": "đường"})
    house.shelve()
    assert titles(search, "duong") == []  # neither is shown, though both are in the index still
    assert house.fill() == 0
    assert titles(search, "duong") == ["trang 3"]
    index = open_index(folder_in(house.index))
    assert index.searcher().num_docs == 2  # the page, and the word that its book is complete


def test_of_a_large_book_titles_are_taken_in_and_its_own_index_finds_the_rest(house: House) -> None:
    pages = {f"Bài {n}": f"chuyện số {n} " + ("con đường đất" if n == 7 else "dong song") for n in range(30)}
    pages["Đồi Dương"] = "không có gì"
    bake(house.content, "big", pages, searchable=True)
    bake(house.content, "small", {"Nhỏ": "đường đất đỏ"})
    search = house.shelve()
    assert house.fill("--largest-whole=20") == 0
    for typed in ("duong dat", "đường đất", "DUONG đất"):
        found = search.find(Wish(typed), 10, 3)
        assert {hit.title for hit in found.pages} == {"Bài 7", "Nhỏ"}, typed
        assert found.total == 2
        assert all("<mark>đất</mark>" in hit.snippet for hit in found.pages)
    assert titles(search, "doi duong") == ["Đồi Dương"]
    assert search.find(Wish("doi duong"), 10, 3).waiting == 0


def test_a_large_book_is_asked_for_every_spelling_of_many_words(house: House) -> None:
    typed = ["dong", "dat", "do", "doi", "de", "du", "day", "dung"]
    pages = {f"Bài {n}": "dong dat đỏ doi dẻ dù đây dung" if n % 2 else "đồng đất" for n in range(30)}
    pages["Bài 7"] = "đường đồng đất đỏ đồi dẻ dù dày đừng"
    pages["Bài 9"] = "đòng đạt đó đới đệ đu đáy đúng"
    bake(house.content, "big", pages, searchable=True)
    search = house.shelve()
    assert house.fill("--largest-whole=20") == 0
    assert {"Bài 7", "Bài 9"} <= set(titles(search, " ".join(typed)))
    assert titles(search, "đường " + " ".join(typed[:6])) == ["Bài 7"]
    assert titles(search, "duong dat do doi zyx") == []


def test_typed_marks_come_first_in_a_large_book_too(house: House) -> None:
    pages = {f"Bài {n}": "hoa hoa hoa hoá học" if n < 8 else "lúa" for n in range(30)}
    pages["Bài 41"] = f"{'và ' * 90} hoà bình"
    bake(house.content, "big", pages, searchable=True)
    search = house.shelve()
    assert house.fill("--largest-whole=20") == 0
    found = search.find(Wish("hoà"), 10, 3)
    assert (len(found.pages), found.total) == (3, 9)
    assert found.pages[0].title == "Bài 41"


def test_documents_and_films_inside_a_book_are_found_by_their_titles(house: House) -> None:
    entries = {
        "index.html": Entry("<!DOCTYPE html><body>trang đầu", "Trang đầu"),
        "lua.epub": Entry(b"PK", "Cây lúa nước", "application/epub+zip"),
        "vai.pdf": Entry(b"%PDF", "Chăm vải thiều", "application/pdf"),
        "ga.webm": Entry(b"x", "Nuôi gà đồi", "video/webm"),
        "cay-lua/untitled.mp4": Entry(b"x", "", "video/mp4"),
        "hinh.png": Entry(b"x", "Hình cây lúa", "image/png"),
    }
    bake_zim(house.content / "a.zim", entries, name="a", title="Sách", main_path="index.html")
    search = house.shelve()
    assert house.fill() == 0
    assert titles(search, "cay lua") == ["Cây lúa nước"]
    assert [hit.path for hit in search.find(Wish("cham vai"), 5, 3).pages] == ["vai.pdf"]
    assert [path for _, _, path in search.suggest("nuoi ga", 8)] == ["ga.webm"]
    assert titles(search, "untitled") == []
    assert house.fill("--pages-a-commit=1") == 0  # and nothing is left to do


def test_hostile_pages_are_taken_in_without_harm(house: House) -> None:
    bake(
        house.content,
        "a",
        {
            "trang sâu": "<div>" * 200_000 + "đáy",
            "trang dở": "<!-- " * 100_000 + "<p>" + "<a href='" * 50_000,
            "trang liền": "chữ" * 1_000_000,
            "trang dài": "chữ đầy " * 300_000,
            "trang rỗng": "\0\0\0",
            "trang thường": "đường",
        },
    )
    search = house.shelve()
    assert house.fill() == 0
    assert set(titles(search, "day")) == {"trang sâu", "trang dài"}
    assert len(house.pages()) == 6


def test_the_indexer_fills_in_the_background_and_follows_the_shelf(house: House) -> None:
    bake(house.content, "a", {"trang 1": "đường"})
    search = house.shelve()
    indexer = Indexer(house.content, house.state / "shelf.json", house.index, LibraryConfig())
    try:
        assert search.progress() == Progress(0, 1)
        until(lambda: indexer.settled, indexer)
        assert (indexer.state, search.progress()) == (Filling.SETTLED, Progress(1, 1))
        assert titles(search, "duong") == ["trang 1"]
        bake(house.content, "b", {"trang 2": "đường"})
        house.shelve()
        until(lambda: not indexer.settled)
        assert (indexer.state, search.progress()) == (Filling.UNDER_WAY, Progress(1, 2))
        until(lambda: indexer.settled, indexer)
        assert set(titles(search, "duong")) == {"trang 1", "trang 2"}
        (folder_in(house.index) / SUSPECT).touch()
        assert indexer.state is Filling.UNDER_WAY
        until(lambda: indexer.settled, indexer)
        assert search.progress() == Progress(2, 2)
    finally:
        indexer.stop()


def test_the_child_is_polite_and_ends_with_its_parent(house: House) -> None:
    bake(house.content, "a", {f"trang {n}": "chữ " * 2000 for n in range(1500)})
    house.shelve()
    program = (
        "import sys, time; from pathlib import Path; from library.config import LibraryConfig;"
        "from library.search.indexing import Indexer; a, b, c = map(Path, sys.argv[1:]);"
        "i = Indexer(a, b, c, LibraryConfig()); i.tick(); print(i._child.pid, flush=True); time.sleep(600)"
    )
    arguments = [str(house.content), str(house.state / "shelf.json"), str(house.index)]
    parent = subprocess.Popen([sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    until(lambda: Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")[2:3] == [b"library.search.index_filling"])
    until(lambda: os.getpriority(os.PRIO_PROCESS, child) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 15))
    until((folder_in(house.index) / "meta.json").exists)
    limits = Path(f"/proc/{child}/limits").read_text()
    assert "Max data size             268435456" in limits
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: not Path(f"/proc/{child}").exists() or " Z " in Path(f"/proc/{child}/stat").read_text())


def test_a_page_that_kills_the_child_twice_is_left_out_with_its_text_only(house: House) -> None:
    bake(house.content, "a", {f"trang {n}": f"đường {n}" for n in range(20)})
    search = house.shelve()
    child = house.child()
    output, _ = child.communicate(timeout=60)
    page = output.split()[7].decode()
    folder_in(house.index).rename(house.index / "other")
    assert house.fill(f"--skip={page}") == 0
    assert len(titles(search, "duong")) == 19
    assert len(house.pages()) == 20


@contextlib.contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A card that is full, for whoever is started meanwhile: no file may be larger."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_card_costs_no_page_its_text(house: House) -> None:
    bake(house.content, "a", {f"trang {n}": f"đường rieng{n} {n * 7919}" for n in range(300)})
    search = house.shelve()
    later = [0.0]
    listing = house.state / "shelf.json"
    indexer = Indexer(house.content, listing, house.index, LibraryConfig(), monotonic=lambda: later[0])
    seen = []
    while len(seen) < 2:
        with files_of_at_most(5_000):
            indexer.tick()
        child = indexer._child
        assert child is not None
        seen.append(child.wait(60))
        indexer.tick()
        later[0] += 100
    assert set(seen) == {NOT_WRITTEN}
    assert titles(search, "rieng299") == []
    until(lambda: indexer.settled, indexer)
    assert titles(search, "rieng299") == ["trang 299"]
    assert len(house.pages()) == 300


def test_who_dies_while_writing_blames_no_page(house: House) -> None:
    bake(house.content, "a", {f"trang {n}": "đường" for n in range(30)})
    house.shelve()
    output, _ = house.child().communicate(timeout=60)
    assert output.split()[-1].decode() == "0:-1"
    assert len(output.split()) >= 31


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may have a file system read only")
def test_a_card_that_can_only_be_read_is_searched(tmp_path: Path) -> None:
    card = tmp_path / "card"
    card.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", card], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        house = House(card)
        bake(house.content, "a", {"trang 1": "đường làng"})
        house.shelve()
        assert house.fill() == 0
        subprocess.run(["mount", "-o", "remount,ro", card], check=True)
        shelf = Shelf(house.content, house.state / "shelf.json")
        search = Search(shelf, PageIndex(house.index, tmp_path))
        assert titles(search, "duong lang") == ["trang 1"]
        assert [path.name for path in tmp_path.iterdir()] == ["card"]
        subprocess.run(["mount", "-o", "remount,rw", card], check=True)
        bake(house.content, "b", {"trang 2": "đường xóm"})
        house.shelve()
        assert house.fill() == 0
        assert set(titles(search, "duong")) == {"trang 1", "trang 2"}
    finally:
        subprocess.run(["umount", "-l", card], check=True)


def test_a_reading_that_failed_once_is_tried_again(house: House) -> None:
    bake(house.content, "a", {"trang 1": "đường làng"})
    house.shelve()
    assert house.fill() == 0
    lock = next(folder_in(house.index).glob(".tantivy-meta.lock"))
    lock.unlink()
    lock.mkdir()  # the engine cannot take its lock, as on a card that fails for a moment
    now = [0.0]
    index = PageIndex(house.index, monotonic=lambda: now[0])
    search = Search(Shelf(house.content, house.state / "shelf.json"), index)
    assert titles(search, "duong lang") == []
    lock.rmdir()
    assert titles(search, "duong lang") == []
    now[0] += 60
    assert titles(search, "duong lang") == ["trang 1"]


def test_a_folder_that_cannot_be_written_stops_nobody(house: House) -> None:
    bake(house.content, "a", {"trang 1": "đường"})
    search = house.shelve()
    house.index.write_text("a file in its place")
    assert house.fill() not in {0, -signal.SIGSEGV}
    assert search.find(Wish("trang 1"), 10, 3).waiting == 1
    assert titles(search, "trang 1") == ["trang 1"]


def test_an_engine_that_cannot_start_is_said_until_it_can(house: House) -> None:
    bake(house.content, "a", {"trang 1": "đường"})
    search = house.shelve()
    house.index.write_text("a file in its place")
    now = [0.0]
    indexer = Indexer(house.content, house.state / "shelf.json", house.index, LibraryConfig(), monotonic=lambda: now[0])
    try:
        assert indexer.state is Filling.UNDER_WAY
        until(lambda: indexer.state is Filling.FAILED, indexer)
        assert search.progress() == Progress(0, 1)
        house.index.unlink()
        now[0] += 3600
        indexer.tick()
        assert indexer.state is Filling.FAILED  # it has begun again, and says so until it came to its end
        until(lambda: indexer.state is Filling.SETTLED, indexer)
        assert search.progress() == Progress(1, 1)
    finally:
        indexer.stop()
