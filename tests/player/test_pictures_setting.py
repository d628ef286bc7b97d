"""Words in a space on the television: none is lost, none sticks out."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from player.pictures.setting import Setting, fit, legible, line_height, shortened

KNOWN = frozenset(range(0x20, 0x7F)) | frozenset(map(ord, "ăâđêôơưĂÂĐÊÔƠƯáàảãạấầẩẫậắằẳẵặ…"))
TEXTS = st.lists(st.text("abcđêơưạ", min_size=1, max_size=30), min_size=1, max_size=80).map(" ".join)


def measure(text: str, size: int) -> float:
    return 0.55 * size * len(text)


@given(TEXTS, st.integers(400, 1800), st.integers(140, 800))
def test_no_word_is_lost_and_no_line_sticks_out(text: str, width: int, height: int) -> None:
    setting = fit(text, width, height, (120, 48), measure)
    assert "".join((*setting.lines, *setting.left)).replace(" ", "") == text.replace(" ", "")
    assert all(measure(line, setting.size) <= width for line in (*setting.lines, *setting.left))
    assert setting.height <= height
    if setting.left:
        assert setting.size == 48
        short = shortened(setting, width, measure)
        assert not short.left
        assert short.lines[-1].endswith("…")
        assert measure(short.lines[-1], 48) <= width


def test_the_largest_letters_that_fit_are_taken() -> None:
    assert fit("một", 1000, 400, (120, 48), measure).size == 120
    assert fit("một " * 20, 1000, 400, (120, 48), measure).size < 120
    assert fit("x" * 30, 1000, 400, (120, 48), measure) == Setting(60, ("x" * 30,))


def test_lines_are_even() -> None:
    setting = fit("Rời khỏi bờ suối, lên nhà văn hóa.", 1728, 400, (124, 96), measure)
    assert setting.lines == ("Rời khỏi bờ suối,", "lên nhà văn hóa.")


def test_paragraphs_stay_apart_and_breaks_without_spaces_are_used() -> None:
    assert fit("một\nhai", 1000, 400, (60, 48), measure).lines == ("một", "hai")
    khmer = "aaaa\u200bbbbb\u200bcccc"
    assert fit(khmer, 240, 400, (48, 48), measure).lines == ("aaaabbbb", "cccc")


def test_what_cannot_be_drawn_is_left_out_or_shown_as_missing() -> None:
    assert (
        legible("  Lũ\tđến \x07 ngay ", frozenset(range(0x20, 0x7F)) | {ord("ũ"), ord("đ"), ord("ế")}) == "Lũ đến ngay"
    )
    assert legible(unicodedata.normalize("NFD", "ạấ"), KNOWN) == "ạấ"
    assert legible("🔥 cháy 漢字!", KNOWN) == "cháy …!"
    assert legible("một\r\n\n  hai", frozenset(range(0x20, 0x7F)) | {ord("ộ")}) == "một\nhai"
    assert len(legible("a " * 9000, KNOWN)) <= 4000


def test_nothing_fills_no_line() -> None:
    assert fit("", 1000, 400, (60, 48), measure) == Setting(60, ())
    assert line_height(100) == 130
