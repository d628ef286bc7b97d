"""Pages are counted to three hundred, and what is said about more of them is true."""

from __future__ import annotations

import random

import pytest
import tantivy
from tantivy import Document

from library.search.folding import typed_words
from library.search.index_folder import make_index
from library.search.page_counting import COUNTED, Count, at_least, count_pages

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
    searcher = index.searcher()
    counts = {
        typed: count_pages(searcher, index.schema, typed_words(typed, 8), among, searcher.doc_freq, narrowed=narrowed)
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


def test_what_is_known_without_counting_is_true(filled: tuple[tantivy.Index, dict[int, list[set[str]]]]) -> None:
    index, pages = filled
    searcher = index.searcher()
    known = {
        typed: at_least(searcher.num_docs, typed_words(typed, 8), searcher.doc_freq)
        for typed in ("an", "an bo", "an bo ca", "bo em", "an ga", "hoa an", "dan em", "x", "an x")
    }
    for typed, least in known.items():
        assert 0 <= least <= sum(set(typed.split()) <= words for number in pages for words in pages[number]), typed
    assert known["an bo"] > 5_000
    assert known["an bo ca"] > 1_000
    with_pair = {("body", "dan"): 5_000, ("body", "em"): 5_000, ("pairs", "dan_em"): 20}
    assert at_least(11_660, typed_words("dan em", 8), lambda *term: with_pair[term]) == 20
