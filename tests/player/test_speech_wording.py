"""An announcement is said as a neighbour would read it out."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from player.errors import PlayerError
from player.speech.wording import LONGEST_TEXT, Region, spoken_text

PHRASES = dict(
    line.split(" → ")
    for line in Path(__file__).with_name("spoken_phrases.txt").read_text(encoding="utf-8").splitlines()
)
"""What is written → what is said."""


@pytest.mark.parametrize(("written", "said"), PHRASES.items())
def test_phrases(written: str, said: str) -> None:
    assert spoken_text(written) == said
    assert spoken_text(unicodedata.normalize("NFD", written)) == said


def test_what_cannot_be_seen_is_not_said() -> None:
    assert spoken_text("a\u200bb\ufeff\u202e c\x07\x00") == "ab c"


@pytest.mark.parametrize("region", [Region.CENTRAL, Region.SOUTH])
def test_outside_of_the_north_it_is_ngan_and_le(region: Region) -> None:
    assert spoken_text("1.105 hộ", region) == "một ngàn một trăm lẻ năm hộ"
    assert spoken_text("mùa xuân linh thiêng", region) == "mùa xuân linh thiêng"


def test_an_announcement_as_it_is_written() -> None:
    written = "THÔNG BÁO\nUBND xã mời bà con\nhọp tại NVH:\n- Lúc 19h30, thứ 7 (28/11/2026)\n- Nội dung: phòng cháy 🔥"
    assert spoken_text(written).split("\n") == [
        "thông báo.",
        "Ủy ban nhân dân xã mời bà con",
        "họp tại nhà văn hóa:",
        "Lúc mười chín giờ ba mươi phút, thứ bảy (hai mươi tám tháng mười một năm hai nghìn không trăm hai mươi sáu).",
        "Nội dung: phòng cháy",
    ]


def test_a_row_of_anything_as_long_as_allowed_is_read_to_its_end() -> None:
    for piece in ("0", "1.", "1-", "0 ", "1/", "A", "A.", "a@", "x.y", "www.", "-", "1x", "\u0301", "TP. ", "+84"):
        spoken_text(piece * (LONGEST_TEXT // len(piece)))


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200))
def test_whatever_is_typed_only_what_can_be_said_is_left(written: str) -> None:
    said = spoken_text(written)
    assert unicodedata.is_normalized("NFC", said)
    assert not [c for c in said if c != "\n" and unicodedata.category(c)[0] == "C"]
    assert not set(said) & set('[]{}<>|\\^`~"*_#')


def test_too_long_is_refused_with_a_hint() -> None:
    with pytest.raises(PlayerError, match="longer") as refused:
        spoken_text("a" * (LONGEST_TEXT + 1))
    assert refused.value.hint
