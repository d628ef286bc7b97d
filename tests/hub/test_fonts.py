"""The packaged fonts have every letter the pages may need, and are small."""

import unicodedata
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

import hub

FONTS = Path(hub.__file__).parent / "static" / "fonts"
WEIGHTS = ("noto-sans-regular.woff2", "noto-sans-bold.woff2")
TONES = ("", "\N{COMBINING GRAVE ACCENT}", "\N{COMBINING HOOK ABOVE}", "\N{COMBINING TILDE}",
         "\N{COMBINING ACUTE ACCENT}", "\N{COMBINING DOT BELOW}")  # fmt: skip
HIGHLAND = "ƀɃčČĕĔĭĬŏŎŭŬñÑ" + "\N{COMBINING BREVE}"


def vietnamese() -> set[str]:
    letters = {unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưy" for tone in TONES}
    letters |= set("bcdđghklmnpqrstvxfjwz")
    return letters | {letter.upper() for letter in letters}


@pytest.mark.parametrize("file", WEIGHTS)
def test_every_letter_is_there(file: str) -> None:
    alphabet = vietnamese()
    assert len(alphabet) == 2 * (12 * 6 + 21)
    assert all(len(letter) == 1 for letter in alphabet)
    drawn = {chr(code) for code in TTFont(FONTS / file).getBestCmap()}
    assert alphabet | set(HIGHLAND) | set("0123456789.,:;!?()/%–“”…•«»×·") <= drawn


@pytest.mark.parametrize(
    ("file", "first", "last"),
    [("noto-sans-khmer.woff2", 0x1780, 0x17F9), ("noto-sans-cham.woff2", 0xAA00, 0xAA5F),
     ("noto-sans-tai-viet.woff2", 0xAA80, 0xAADF)],
)  # fmt: skip
def test_other_scripts_are_whole_and_light(file: str, first: int, last: int) -> None:
    drawn = TTFont(FONTS / file).getBestCmap()
    letters = [code for code in range(first, last + 1) if unicodedata.category(chr(code)) not in {"Cn", "Cf"}]
    assert [hex(code) for code in letters if code not in drawn] == []
    assert (FONTS / file).stat().st_size <= 16_000


@pytest.mark.parametrize("file", WEIGHTS)
def test_loose_marks_find_their_place(file: str) -> None:
    features = {record.FeatureTag for record in TTFont(FONTS / file)["GPOS"].table.FeatureList.FeatureRecord}
    assert {"kern", "mark"} <= features


def test_both_weights_fit_a_slow_phone() -> None:
    assert sum((FONTS / file).stat().st_size for file in WEIGHTS) <= 30_000


def test_licence_lies_beside_the_fonts() -> None:
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "OFL.txt").read_text(encoding="utf-8")
