"""Tells how much of a text reads as Vietnamese: its syllables are few in kind, so wrong letters show. Pure rules."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

SAMPLE: Final = 400
"""Words with marks that are looked at; more do not change the answer."""
_WORD: Final = re.compile(r"[^\s!-/:-@\[-`{-~…“”‘’«»–—·•]+")
_TONES: Final = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_NUCLEI: Final = (
    "a|ă|â|e|ê|i|o|ô|ơ|u|ư|y|ia|iê|ya|yê|ua|uô|ưa|ươ|ai|ao|au|ay|âu|ây|eo|êu|iu|oi|ôi|ơi|ui|ưi|ưu|oa|oă|oe|uâ|uê|uy|uơ|uă"
    "|uai|uay|uao|uya|uyê|uyu|uôi|ươi|ươu|iêu|yêu|oai|oay|oao|oeo|uây|uêu|oo|ôô|ue|uya"
)
_STOPS: Final = ("c", "ch", "p", "t")
_STOPPED_TONES: Final = (["\u0301"], ["\u0323"])
"""A syllable that ends in one of these letters has one of these tones."""
_SYLLABLE: Final = re.compile(
    f"(?:b|ch?|d|đ|gh?|gi|h|kh?|l|m|ng?h?|ph?|qu?|r|s|th?|tr|v|x)?(?:{_NUCLEI})(?:ch?|m|ng?|nh|p|t)?"
)


def share(text: str) -> tuple[int, int]:
    """How many words with letters beyond ASCII there are in a sample, and how many of them read as Vietnamese."""
    found = read = 0
    for match in _WORD.finditer(text):
        word = match[0]
        if word.isascii():
            continue
        found += 1
        read += _reads(word)
        if found == SAMPLE:
            break
    return found, read


def _reads(word: str) -> bool:
    """Whether a word is one syllable, or several with a hyphen; in small letters, capitals or with one capital."""
    if not (word.islower() or word.isupper() or word.istitle()):
        return False
    spread = "".join(_spread(letter) for letter in unicodedata.normalize("NFC", word).lower())
    tones, plain = _TONES.findall(spread), _TONES.sub("", spread)
    if len(tones) > 1 or _SYLLABLE.fullmatch(plain) is None:
        return False
    return not plain.endswith(_STOPS) or tones in _STOPPED_TONES


def _spread(letter: str) -> str:
    """A letter with its tone mark apart, but not what makes it another letter: ấ is â and a mark."""
    parts = unicodedata.normalize("NFD", letter)
    tone = "".join(_TONES.findall(parts))
    return unicodedata.normalize("NFC", _TONES.sub("", parts)) + tone
