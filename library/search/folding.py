"""How words are compared when people type without marks: by letters alone, with their marks kept beside for ranking.

What counts as one word, and which letters are the same, stands in tables by language; a shelf holds books of many
languages that are searched at once, so all tables hold at the same time. Everything here is pure and quick, since
hundreds of thousands of pages go through it.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

LETTERS: Final[dict[str, dict[str, str]]] = {
    "vie": {"đ": "d", "ð": "d", "ɖ": "d"},  # eth and African d are mistaken for đ by old keyboards and converters
    "rad jra bdq": {"ƀ": "b", "ɓ": "b", "ɗ": "d"},  # Ê Đê, Gia Rai, Ba Na; breves and the rest are combining marks
    "cmo sti kpm": {"ƀ": "b", "đ": "d", "ŭ": "u"},  # Mnông, S'tiêng, Cơ Ho
    "ktv tth bru": {"ꞗ": "b", "ɔ": "o", "ɛ": "e"},  # Cơ Tu, Tà Ôi, Bru – Vân Kiều
    "hmv": {"ł": "l"},  # Mông
    "other": {"ø": "o", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "n", "þ": "th"},
}
"""ISO 639-3 codes → letters that Unicode does not decompose → the letters people type instead."""
LONGEST_WORD: Final = 40
"""Letters; longer runs are no words (base64, for instance), and count by their beginning."""
_LONGEST_RUN: Final = 1000
_UNFOLDED: Final = {letter: plain for table in LETTERS.values() for letter, plain in table.items()}
_LATIN_MARKS: Final = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_TONES: Final = "\u0300\u0301\u0303\u0309\u0323"
_UNSPACED_RANGES: Final = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f"  # Myanmar
    "\u1780-\u17d3\u17d7\u17dc-\u17dd"  # Khmer without its punctuation
    "\u1950-\u19df"  # Tai Le, New Tai Lue
    "\u1a20-\u1aaf"  # Tai Tham
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Kana and Han
    "\uaa60-\uaa7f\uaa80-\uaadf"  # Myanmar's extension, Tai Viet
    "\U00020000-\U0002fa1f"  # more Han, chữ Nôm among it
)
_MARK_RANGES: Final = (
    _LATIN_MARKS + "\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f"
    "\uaa29-\uaa36\uaa43\uaa4c-\uaa4d"  # of Cham, whose words are parted by spaces
)
_INVISIBLE: Final = dict.fromkeys([0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF])
"""Soft hyphens, joiners, and the space of no width between Khmer words that hardly anybody types."""
_APART = re.compile(f"[{_UNSPACED_RANGES}]+|(?:[^\\W_{_UNSPACED_RANGES}]|[{_MARK_RANGES}]){{1,{_LONGEST_RUN}}}")
_UNSPACED = re.compile(f"[{_UNSPACED_RANGES}]")
_CLUSTER = re.compile(
    # A letter with what stands on, below and around it: coeng and its letter, vowels, signs.
    "[\u1780-\u17b3\u17d7\u17dc](?:\u17d2[\u1780-\u17b3]|[\u17b4-\u17d1\u17d3\u17dd])*"
    "|[\u0e40-\u0e44\u0ec0-\u0ec4]?[\u0e01-\u0e2f\u0e81-\u0eae][\u0e30-\u0e3a\u0e47-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ecd]*"
    "|\\S"
)
_DROP_MARKS = re.compile(f"[{_LATIN_MARKS}]+")
_TONE = re.compile(f"[{_TONES}]")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Word:
    """One word as it is looked for: without marks and capitals, and with its marks.

    Attributes:
        folded: ``"thuy"`` for ``"Thủy"`` and ``"thuỷ"`` alike.
        marked: the same for both of these, but not for ``"thuy"``.
    """

    folded: str
    marked: str

    @property
    def has_marks(self) -> bool:
        """Whether somebody took the trouble to type marks."""
        return self.folded != self.marked


def fold(text: str) -> str:
    """The text without marks and capitals: ``"Đường"`` and ``"duong"`` become the same."""
    decomposed = _DROP_MARKS.sub("", unicodedata.normalize("NFD", text.casefold()))
    return unicodedata.normalize("NFC", _replaced(decomposed))


def tidy(text: str) -> str:
    """The text composed (NFC), without invisible letters, and with single spaces."""
    composed = unicodedata.normalize("NFC", text)
    if not composed.isascii():
        composed = composed.translate(_INVISIBLE)
    return _SPACES.sub(" ", composed).strip()


def words(text: str) -> Iterator[Word]:
    """The words of a tidy text, in order; where words are not parted by spaces, clusters of letters and their pairs."""
    for run in _APART.findall(text):
        if run.isascii():
            plain = run.lower()[:LONGEST_WORD]
            yield Word(plain, plain)
        elif _UNSPACED.match(run):
            yield from _clusters(run)
        else:
            yield from _word(run[: 2 * LONGEST_WORD])


def typed_words(text: str, most: int) -> list[Word]:
    """The words to look for in what somebody typed, each once and at most ``most``.

    A pair of clusters says all that its halves say, so the halves are left out where there is a pair.
    """
    found: dict[str, Word] = {}
    for run in _APART.findall(tidy(text)):
        if _UNSPACED.match(run):
            clusters = list(_clusters(run))
            mine = clusters[1::2] or clusters  # letters alone are the even ones, pairs the odd ones
        else:
            mine = list(words(run))
        for word in mine:
            found.setdefault(word.folded if not word.has_marks else word.marked, word)
    return list(found.values())[:most]


def placed_words(text: str) -> Iterator[tuple[int, int, Word]]:
    """The words of a text that are parted by spaces and signs, with where each begins and ends."""
    for match in _APART.finditer(text):
        run = match[0]
        if not _UNSPACED.match(run):
            for word in words(run):
                yield match.start(), match.end(), word


def word_at(text: str, at: int) -> str:
    """The word of a text that begins at a place; empty where none does."""
    found = _APART.match(text, at)
    return found[0] if found else ""


def unspaced_runs(typed: str) -> list[str]:
    """What somebody typed in scripts whose words are not parted by spaces, as far as that is."""
    return list(dict.fromkeys(run for run in _APART.findall(tidy(typed)) if _UNSPACED.match(run)))


def pairs(found: Sequence[Word]) -> list[str]:
    """Each word with the one behind it, without marks; none of scripts whose words are not parted by spaces."""
    folded = ["" if not word.folded.isascii() and is_unspaced(word) else word.folded for word in found]
    return [f"{one}_{other}" for one, other in pairwise(folded) if one and other]


def without_tone(marked: str) -> str:
    """A marked word without the tone at its end."""
    return marked.rstrip(_TONES)


def is_of_words(letter: str) -> bool:
    """Whether a letter, mark or digit makes words that are parted by spaces."""
    return _APART.match(letter) is not None and _UNSPACED.match(letter) is None


def is_unspaced(word: Word) -> bool:
    """Whether it is of a script whose words are not parted by spaces."""
    return _UNSPACED.match(word.folded) is not None


@lru_cache(maxsize=65536)
def _word(run: str) -> tuple[Word, ...]:
    lowered = unicodedata.normalize("NFD", run.casefold())
    folded = unicodedata.normalize("NFC", _replaced(_DROP_MARKS.sub("", lowered)))[:LONGEST_WORD]
    if not folded:
        return ()
    return (Word(folded, _marked(lowered)),)


def _marked(decomposed: str) -> str:
    """The word with its tone at the end, wherever that stood: ``hòa`` is ``hoà``."""
    tones = _TONE.findall(decomposed)
    bare = _TONE.sub("", decomposed).replace("ð", "đ").replace("ɖ", "đ")
    return (unicodedata.normalize("NFC", bare) + "".join(tones))[: LONGEST_WORD + 4]


def _clusters(run: str) -> Iterator[Word]:
    """Each cluster of letters, and after it the pair that it makes with the next one."""
    found = _CLUSTER.findall(unicodedata.normalize("NFC", run))
    for at, cluster in enumerate(found):
        yield Word(cluster, cluster)
        if at + 1 < len(found):
            pair = cluster + found[at + 1]
            yield Word(pair, pair)


def _replaced(text: str) -> str:
    if text.isascii():
        return text
    return "".join([_UNFOLDED.get(letter, letter) for letter in text])
