"""Pages are counted to a thousand, and what is said about more of them is true."""

from __future__ import annotations

import random

import pytest
import tantivy
from tantivy import Document

from library.search.folding import typed_words
from library.search.index_folder import make_index
from library.search.page_counting import COUNTED, Count, count_pages

WORDS = {"an": 0.9, "bo": 0.7, "ca": 0.5, "dan": 0.48, "em": 0.46, "ga": 0.1, "hoa": 0.002}
SIZES = dict.fromkeys(range(1, 30), 400) | dict.fromkeys(range(30, 50), 3)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[tantivy.Index, dict[int, list[set[str]]]]:
    """An index of 11,660 pages in 49 books, and the words of each page; ``dan`` and ``em`` never meet."""
    lot = random.Random(7)
    index = make_index(tmp_path_factory.mktemp("counted") / "index")
    writer = index.writer(15_000_000, 1)
    pages: dict[int, list[set[str]]] = {}
    for number, size in SIZES.items():
        for _ in range(size):
            words = {word for word, share in WORDS.items() if lot.random() < share}
            if {"dan", "em"} <= words:
                words.discard(lot.choice(["dan", "em"]))
            pages.setdefault(number, []).append(words)
            writer.add_document(Document(body=" ".join(sorted(words)), edition=number))
        if number % 10 == 0:
            writer.commit()
    writer.commit()
    index.reload()
    return index, pages


@pytest.mark.parametrize("narrowed", [False, True])
def test_pages_are_counted_exactly_until_there_are_enough(
    filled: tuple[tantivy.Index, dict[int, list[set[str]]]], narrowed: bool
) -> None:
    index, pages = filled
    among = [number for number in pages if not narrowed or number % 3]
    counts = {
        typed: count_pages(index.searcher(), index.schema, typed_words(typed, 8), among, narrowed=narrowed)
        for typed in ("an", "an bo", "an bo ca", "bo em", "an ga", "ga", "hoa", "hoa an", "dan em", "x", "an x")
    }
    for typed, count in counts.items():
        holding = sum(set(typed.split()) <= words for number in among for words in pages[number])
        if count.at_least:
            assert COUNTED < count.pages <= holding, typed
        else:
            assert count.pages == holding, typed
    assert counts["an bo"].at_least
    assert counts["an bo ca"].at_least
    assert counts["dan em"] == Count(0)
