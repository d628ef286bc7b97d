"""Numbers are said the way a Vietnamese announcer says them."""

import unicodedata

import pytest

from player.speech.numbers import LARGEST, spoken_decimal, spoken_digits, spoken_number

NUMBERS = {
    0: "không",
    4: "bốn",
    5: "năm",
    10: "mười",
    11: "mười một",
    14: "mười bốn",
    15: "mười lăm",
    20: "hai mươi",
    21: "hai mươi mốt",
    24: "hai mươi tư",
    25: "hai mươi lăm",
    55: "năm mươi lăm",
    100: "một trăm",
    101: "một trăm linh một",
    104: "một trăm linh bốn",
    105: "một trăm linh năm",
    110: "một trăm mười",
    115: "một trăm mười lăm",
    121: "một trăm hai mươi mốt",
    1000: "một nghìn",
    1005: "một nghìn không trăm linh năm",
    1015: "một nghìn không trăm mười lăm",
    2026: "hai nghìn không trăm hai mươi sáu",
    50_000: "năm mươi nghìn",
    1_000_001: "một triệu không trăm linh một",
    1_500_000: "một triệu năm trăm nghìn",
    1_005_000: "một triệu không trăm linh năm nghìn",
    1_000_000_000: "một tỷ",
    1_000_000_005: "một tỷ không trăm linh năm",
    2_345_678_901: "hai tỷ ba trăm bốn mươi lăm triệu sáu trăm bảy mươi tám nghìn chín trăm linh một",
    1_000_000_000_000: "một nghìn tỷ",
    1_021_000_000_000: "một nghìn không trăm hai mươi mốt tỷ",
}


@pytest.mark.parametrize(("number", "words"), NUMBERS.items())
def test_whole_numbers(number: int, words: str) -> None:
    assert spoken_number(number) == words
    assert unicodedata.is_normalized("NFC", spoken_number(number))


@pytest.mark.parametrize(
    ("whole", "fraction", "words"),
    [
        (1, "5", "một phẩy năm"),
        (0, "25", "không phẩy hai mươi lăm"),
        (0, "05", "không phẩy không năm"),
        (3, "141", "ba phẩy một bốn một"),
        (21, "0", "hai mươi mốt phẩy không"),
    ],
)
def test_numbers_with_a_comma(whole: int, fraction: str, words: str) -> None:
    assert spoken_decimal(whole, fraction) == words


def test_phone_numbers_go_digit_by_digit() -> None:
    assert spoken_digits("0915.204 ") == "không chín một năm hai không bốn"


def test_longer_than_the_largest_goes_digit_by_digit() -> None:
    assert spoken_number(LARGEST + 1) == "một" + " không" * 15


def test_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="below 0"):
        spoken_number(-1)
