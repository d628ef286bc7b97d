"""A word that is spoken in a film or a sound finds it, at the moment at which it is said."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from films import describe, make_film

from library.listing import read_listing
from library.search.index_place import edition_number
from library.search.page_index import PageIndex
from library.search.searching import Progress, Search, Wish
from library.shelf import Shelf
from library.testing import Entry, bake_zim, fill_index, shelve

pytestmark = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="ffmpeg is not installed; ./run test installs it"
)
LINES = {5: "Đất đồi dốc thì đào hố vảy cá.", 65: "Bà con tưới nước vào buổi sáng.", 3605: "Nhớ che nắng cho cây con."}
VI, EN = '[[subtitles]]\nlanguage = "vi"\nfile = "{}.vi.srt"\n', '[[subtitles]]\nlanguage = "en"\nfile = "{}.en.srt"\n'


def clock(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02},000"


def say(path: Path, lines: dict[int, str]) -> None:
    cues = [f"{n}\n{clock(second)} --> {clock(second + 3)}\n{text}\n" for n, (second, text) in enumerate(lines.items())]
    path.write_text("\n".join(cues), "utf-8")


class House:
    """A shelf with one sound and one book, checked, and an index that is still empty."""

    def __init__(self, folder: Path) -> None:
        self.content, self.state, self.index = folder / "content", folder / "state", folder / "index"
        for made in (self.content, self.state):
            made.mkdir()
        make_film(self.content / "vai.mp3", "sound.mp3")
        say(self.content / "vai.vi.srt", LINES)
        say(self.content / "vai.en.srt", {5: "Dig holes like fish scales."})
        describe(self.content / "vai.mp3", more=VI.format("vai") + EN.format("vai"), title="Trồng vải trên đồi")
        entries = {"a.html": Entry("<p>Đào hố trồng chè", "Chè")}
        bake_zim(self.content / "che.zim", entries, name="che", title="Cây chè", main_path="a.html")
        shelve(self.content, self.state)

    def search(self) -> Search:
        return Search(Shelf(self.content, self.state / "shelf.json"), PageIndex(self.index))

    def fill(self, *options: str) -> int:
        return fill_index(self.content, self.state, self.index, *options)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(tmp_path_factory.mktemp("house"))


@pytest.fixture
def house(shared: House, tmp_path: Path) -> House:
    """A house whose shelf no test changes; each has an index of its own."""
    shared.index = tmp_path / "index"
    return shared


def found(search: Search, typed: str, **narrowed: str) -> list[tuple[str, str, str]]:
    return [(hit.key, hit.path, hit.excerpt) for hit in search.find(Wish(typed, **narrowed), 10, 3).pages]


def test_what_is_said_is_found_where_it_is_said(house: House) -> None:
    search = house.search()
    assert search.find(Wish("vay ca"), 10, 3).waiting == 2
    assert search.progress() == Progress(0, 2)
    assert house.fill() == 0
    assert search.progress() == Progress(2, 2)
    for typed in ("vay ca", "vảy cá", "VẢY  CÁ", "hố vảy"):
        assert found(search, typed) == [("vai", "t=5", LINES[5])]
    assert found(search, "che nang") == [("vai", "t=3605", LINES[3605])]
    assert found(search, "fish scales") == [("vai", "t=5", "Dig holes like fish scales.")]
    hits = search.find(Wish("dao ho"), 10, 3)
    assert {hit.key for hit in hits.pages} == {"vai", "che"}
    assert (hits.total, hits.waiting, hits.items) == (2, 0, ())
    assert [key for key, _, _ in found(search, "dao ho", kind="sound")] == ["vai"]
    assert [key for key, _, _ in found(search, "dao ho", kind="book")] == ["che"]
    assert [key for key, _, _ in found(search, "dao ho", book="vai")] == ["vai"]
    assert found(search, "trong vai tren doi") == []  # the sound itself is found by its title, not each passage
    assert [key for key, _ in search.find(Wish("trong vai"), 10, 3).items] == ["vai"]
    assert search.suggest("tro", 8) == [("vai", "Trồng vải trên đồi", "")]


def test_filling_goes_on_where_it_was_cut(house: House) -> None:
    search = house.search()
    for _ in range(2):
        assert house.fill("--pages-a-commit=2") == 0
        assert sorted(path for _, path, _ in found(search, "con")) == ["t=3605", "t=65"]


def test_subtitles_that_kill_the_child_twice_are_left_out(house: House) -> None:
    search = house.search()
    lines = read_listing(house.state / "shelf.json").books
    edition = next(line.facts.edition for line in lines if line.facts and line.name == "vai")
    assert house.fill(f"--skip={edition_number(edition)}:0") == 0
    assert search.progress() == Progress(2, 2)
    assert found(search, "vay ca") == []


def test_other_words_take_the_place_of_the_old_ones(tmp_path: Path) -> None:
    house = House(tmp_path)
    search = house.search()
    say(house.content / "vai.vi.srt", {7: "Bây giờ nói chuyện khác."})
    assert house.fill() == 3  # what was checked is not there; it is tried again, and books are found meanwhile
    assert (found(search, "che nang"), search.progress()) == ([], Progress(1, 2))
    assert [key for key, _, _ in found(search, "trong che")] == ["che"]
    shelve(house.content, house.state)
    assert house.fill() == 0
    assert found(search, "chuyen khac") == [("vai", "t=7", "Bây giờ nói chuyện khác.")]
    (house.content / "vai.toml").unlink()
    shelve(house.content, house.state)
    assert found(search, "chuyen khac") == []
    assert search.progress() == Progress(1, 1)  # without subtitles there is nothing to wait for
