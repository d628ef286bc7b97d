"""A reader who tries what the page suggests is not disappointed."""

from pathlib import Path

from hub import catalogue
from hub.testing import FakeRun
from library.demo import bake
from library.search.page_index import PageIndex
from library.search.searching import Search, Wish
from library.testing import fill_index, shelve


def test_example_below_the_search_box_finds_a_page_of_the_demo(tmp_path: Path) -> None:
    (example,) = (str(message.id) for message in catalogue.extract() if str(message.id).startswith("For example: "))
    content, state, index = tmp_path / "content", tmp_path / "state", tmp_path / "index"
    state.mkdir()
    bake(content, FakeRun(), lambda sentence: None)
    search = Search(shelve(content, state), PageIndex(index))
    wish = Wish(example.removeprefix("For example: "))
    by_title = search.find(wish, 10, 3)
    assert ([hit.title for hit in by_title.pages], by_title.waiting) == (["Chăm vải thiều sau thu hoạch"], 2)
    assert fill_index(content, state, index) == 0
    found = search.find(wish, 10, 3)
    assert (found.pages[0].title, found.waiting) == ("Chăm vải thiều sau thu hoạch", 0)
    assert "<mark>vải</mark>" in found.pages[0].snippet
    titles = [hit.title for hit in found.pages]
    assert "Tủ sách bản làng (chạy thử)" not in titles, "a list of contents is no page about what it lists"
    assert "Nuôi gà đồi" not in titles, "it only leads to the page before it"
    assert not any(mark in hit.snippet for hit in found.pages for mark in ("☰", "Mục lục", "Sách chạy thử"))
