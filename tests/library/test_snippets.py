"""What was typed is found in a text and lit up, and the quick way to find it agrees with the slow one."""

from __future__ import annotations

import random

import help_texts
import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.search import snippets
from library.search.flattening import flat, flat_places
from library.search.folding import pairs, placed_words, tidy, typed_words, words
from library.search.plain_text import decode, text_of
from library.search.snippets import Lamp

LETTERS = "aăâbdđeêghiklmnoôơpuưyàáảãạằầềìòồờùừỳ ĐƯỜ.,-_/?×²πŏµºïßИ👍ªﾄ\u0301\u064bក漢0"


def lamp(typed: str) -> Lamp:
    return Lamp(tidy(typed), typed_words(typed, 8))


def places(text: str, word: str) -> list[tuple[int, int]]:
    return [(start, stop) for start, stop, found in placed_words(text) if found.folded == word]


@given(st.text(alphabet=LETTERS, max_size=60))
def test_a_flat_text_has_its_words_where_they_stand(raw: str) -> None:
    text = tidy(raw)
    flattened = flat(text)
    for word in {word.folded for word in words(text) if word.folded.isascii()} if flattened is not None else ():
        found = [(at, at + len(word)) for at in flat_places(flattened or b"", word)]
        assert found == places(text, word)


def test_a_text_is_flat_unless_its_letters_would_not_stay_in_place() -> None:
    assert flat("Đường về BẢN: “ổn” – 5 × 3?") == b" duong ve ban   on    5   3  "
    assert flat("中国 và 👍") == b"    va   "
    assert flat("5 m² hrŏ? Số π, µm 👍 İ") == b" 5 m? hro  so ?  ?m   i "
    for text in ("mơ̆ng", "Straße", "sæ"):
        assert flat(text) is None, text


def test_the_slow_way_gives_the_same_snippets(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        pages = random.Random(3).sample(help_texts.pages(), 150)
    except help_texts.TextsMissingError as error:
        pytest.skip(str(error))
    texts = [tidy(text_of(decode(page.html))) for page in pages]
    lot = random.Random(4)
    asked = []
    for text in texts:
        spoken = text.split() or ["x"]
        at = lot.randrange(len(spoken))
        typed = " ".join(spoken[at : at + lot.randint(1, 3)])
        asked += [(text, lamp(each)) for each in (typed, help_texts.unmarked(typed))]
    quick = [(each.excerpt(text), each.lit(text)) for text, each in asked]
    assert sum(flat(text) is not None for text in texts) > 100
    monkeypatch.setattr(snippets, "flat", lambda _text: None)
    assert [(each.excerpt(text), each.lit(text)) for text, each in asked] == quick
    assert sum("<mark>" in lit for _, lit in quick) > 250


def test_pairs_are_made_of_words_that_are_parted_by_spaces() -> None:
    assert pairs(list(words("Đối tượng, ភូមិ và B2"))) == ["doi_tuong", "va_b2"]


def test_words_are_lit_up_however_they_are_marked() -> None:
    assert lamp("duong").lit("Con ĐƯỜNG, đường_phố; Dương <b>") == (
        "Con <mark>ĐƯỜNG</mark>, <mark>đường</mark>_phố; <mark>Dương</mark> &lt;b&gt;"
    )
    assert lamp("hrŏ").lit("HRO hrŏ̆ hro") == "<mark>HRO</mark> <mark>hrŏ̆</mark> <mark>hro</mark>"
    assert lamp("ван").lit("ван, ван?") == "<mark>ван</mark>, <mark>ван</mark>?"
    assert lamp("lúa ភូមិ").lit("lua ភូមិភូមិ") == "<mark>lua</mark> <mark>ភូមិ</mark><mark>ភូមិ</mark>"
    assert lamp("").lit("a & b") == "a &amp; b"


def test_the_place_with_the_typed_marks_is_shown() -> None:
    text = f"đuông {'xa xôi ' * 60}con đường về {'bản làng ' * 60}"
    assert "con đường về" in lamp("đường").excerpt(text)
    assert lamp("duong").excerpt(text).startswith("đuông xa xôi")
    assert lamp("khác").excerpt("ngắn") == "ngắn"


def test_nothing_in_a_page_turns_the_words_around_it() -> None:
    shown = lamp("duong").excerpt("a\u202eb\x1b[31m đường\u2066 về \ufffe\x07bản")
    assert shown == "ab [31m đường về bản"
    assert lamp("duong").lit(shown) == "ab [31m <mark>đường</mark> về bản"
