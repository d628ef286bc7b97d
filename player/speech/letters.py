"""Letters as they are called in Vietnamese, and which capitals are a word rather than an abbreviation: pure rules."""

import re
import unicodedata

from player.speech.numbers import spoken_digits, spoken_number

LETTERS = {
    "A": "a",
    "Ă": "á",
    "Â": "ớ",
    "B": "bê",
    "C": "xê",
    "D": "dê",
    "Đ": "đê",
    "E": "e",
    "Ê": "ê",
    "F": "ép",
    "G": "giê",
    "H": "hát",
    "I": "i",
    "J": "giây",
    "K": "ca",
    "L": "e lờ",
    "M": "em mờ",
    "N": "en nờ",
    "O": "o",
    "Ô": "ô",
    "Ơ": "ơ",
    "P": "pê",
    "Q": "quy",
    "R": "e rờ",
    "S": "ét",
    "T": "tê",
    "U": "u",
    "Ư": "ư",
    "V": "vê",
    "W": "vê kép",
    "X": "ích",
    "Y": "i dài",
    "Z": "dét",
}
CAPITALS = "".join(LETTERS)
"""For a character class: every letter without a tone mark."""

_ONSETS = "b|ch|c|d|đ|gh|gi|g|h|kh|k|l|m|ngh|ng|nh|n|ph|p|qu|r|s|th|tr|t|v|x"
_CODAS = "ch|c|m|ng|nh|n|p|t|u|i|y|o"
_SYLLABLE = re.compile(rf"(?:{_ONSETS})?[aăâeêioôơuưy]{{1,3}}(?:{_CODAS})?")
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")  # huyền, sắc, ngã, hỏi, nặng
_SHORTEST_NUMBER_SPELLED = 4


def spelled(letters: str) -> str:
    """Read letter by letter, and numbers among them as numbers; what is neither is passed over.

    Args:
        letters: small or capital.

    Returns:
        The words, with one space between them.
    """
    words = []
    for part in re.findall(r"[0-9]+|[^0-9]", letters):
        if part.isdecimal():
            digits = len(part) >= _SHORTEST_NUMBER_SPELLED or (len(part) > 1 and part.startswith("0"))
            words.append(spoken_digits(part) if digits else spoken_number(int(part)))
        elif part.upper() in LETTERS:
            words.append(LETTERS[part.upper()])
    return " ".join(words)


def is_syllable(word: str) -> bool:
    """Whether it can be said as one Vietnamese syllable, whatever its tone.

    Args:
        word: in NFC.
    """
    marks = unicodedata.normalize("NFD", word.lower())
    return bool(_SYLLABLE.fullmatch(unicodedata.normalize("NFC", "".join(c for c in marks if c not in _TONES))))
