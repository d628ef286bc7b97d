"""A reader who tries what the page suggests is not disappointed."""

from pathlib import Path

from hub import catalogue
from hub.testing import FakeRun
from library.demo import bake
from library.search import TitleSearch
from library.testing import shelve


def test_example_below_the_search_box_finds_a_page_of_the_demo(tmp_path: Path) -> None:
    (example,) = (str(message.id) for message in catalogue.extract() if str(message.id).startswith("For example: "))
    content, state = tmp_path / "content", tmp_path / "state"
    state.mkdir()
    bake(content, FakeRun(), lambda sentence: None)
    hits = TitleSearch(shelve(content, state)).pages(example.removeprefix("For example: "), 10)
    assert [hit.title for hit in hits] == ["Chăm vải thiều sau thu hoạch"]
