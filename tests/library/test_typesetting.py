"""Words fit: no line is wider and no block is higher than its space, whatever the words are."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from library.printing.typesetting import fit, line_height, printable

KNOWN = frozenset(range(0x20, 0x250)) | frozenset(range(0x1E00, 0x1F00)) | {0x300, 0x301, 0x2026}


def measure(text: str) -> float:
    """Letters of a typewriter: each half as wide as high, marks without width."""
    return sum(0.18 for letter in text if not unicodedata.category(letter).startswith("M"))


@given(st.text(max_size=400), st.floats(8, 100), st.floats(8, 60))
def test_whatever_the_words_they_stay_inside(text: str, width: float, height: float) -> None:
    setting = fit(text, width, height, 12.0, 5.0, measure)
    assert 5.0 <= setting.size <= 12.0
    assert all(measure(line) * setting.size <= width + 1e-6 for line in setting.lines)
    assert setting.height <= max(height, line_height(5.0)) + 1e-6


@given(st.lists(st.text("abcđếỡ", min_size=1, max_size=6), min_size=1, max_size=8))
def test_nothing_is_lost_where_there_is_room(words: list[str]) -> None:
    setting = fit(" ".join(words), 40.0, 60.0, 14.0, 6.0, measure)
    assert " ".join(setting.lines).split() == words


def test_it_prefers_large_letters_then_whole_words_then_cuts() -> None:
    assert fit("vải thiều", 60, 20, 12, 5, measure).size == 12
    assert fit("vải thiều", 12, 20, 12, 5, measure).lines == ("vải", "thiều")
    narrow = fit("W" * 300, 20, 10, 12, 5, measure)
    assert narrow.size == 5
    assert narrow.lines[-1].endswith("…")
    assert "".join(narrow.lines).count("W") >= 60


def test_marks_stay_with_their_letters_when_a_word_is_cut() -> None:
    setting = fit("ŏ\u0306" * 60, 9.0, 60, 12, 5, measure)
    assert len(setting.lines) > 1
    assert all(not unicodedata.category(line[0]).startswith("M") for line in setting.lines)


@given(st.text(max_size=200))
def test_only_letters_that_can_be_printed_remain(text: str) -> None:
    plain = printable(text, KNOWN)
    assert all(ord(letter) in KNOWN for letter in plain.replace("\u200b", ""))
    assert plain == " ".join(plain.split())


def test_strange_titles() -> None:
    assert printable("Thời\u202e khóa\u0007biểu\n2026", KNOWN) == "Thời khóa biểu 2026"
    assert printable("Sổ tay 😀👩‍🌾 vui", KNOWN) == "Sổ tay vui"
    assert printable("Từ điển 汉语 – Việt", KNOWN) == "Từ điển … Việt"
    assert printable("مرحبا", KNOWN) == ""
    assert printable("Tie\u0302\u0301ng Vie\u0323\u0302t", KNOWN) == "Tiếng Việt"
