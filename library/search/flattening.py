"""Flattens a text to small letters without marks, one byte each, so that words are found in it as fast as it is read.

There are 256 bytes, and Vietnamese with its capitals needs 134 letters beside ASCII: a table of all that Vietnamese and
English books are made of has room in them. The few other letters of a text are looked at one by one.
"""

import codecs
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Final

from library.search.folding import fold, is_of_words

if TYPE_CHECKING:
    from _codecs import _EncodingMap

_MARKED: Final = "ăâđêôơư"
_SUNG: Final = "aăâeêioôơuưy"
_TONES: Final = "\u0300\u0301\u0303\u0309\u0323"
_FEW: Final = 8
_SIGNS: Final = "–—‘’“”…«»•·©®™°±×→≤≥■▪►▸✓"


def flat(text: str) -> bytes | None:
    """The words of a tidy text, each between two spaces: the n-th letter of the text is the byte behind the n-th.

    Words with letters that stand for none of ASCII (``m²``, ``λ``) are there with ``?`` in them. None where the text
    has letters that stand for none or several (``ß``, combining marks), since the rest would not stay in place.
    """
    table = _table()
    text = text.replace("?", " ")
    found = _flattened(text, table)
    if b"?" in found:
        plain = _with_stand_ins(text, found, table)
        if plain is None:
            return None
        if plain != text:
            found = _flattened(plain, table)
    return b" %b " % found


def _with_stand_ins(text: str, flattened: bytes, table: "_Table") -> str | None:
    """The text with others in place of letters that have no byte; None where no single letter can stand for one.

    Most texts have one or two such letters if any, and to replace these is quicker than to look at every letter.
    """
    letters = set[str]()
    at = flattened.find(b"?")
    while at >= 0 and len(letters) <= _FEW:
        letters.add(text[at])
        at = flattened.find(b"?", at + 1)
    if len(letters) > _FEW:
        letters = set(text) - table.letters
    others = {letter: _in_place(letter) for letter in letters}
    if None in others.values():
        return None
    if len(letters) > _FEW:
        return text.translate({ord(letter): other for letter, other in others.items()})
    for letter, other in others.items():
        if other and other != "?":
            text = text.replace(letter, other)
    return text


def _flattened(text: str, table: "_Table") -> bytes:
    encoded: bytes = codecs.charmap_encode(text, "replace", table.encoding)[0]
    return encoded.translate(table.flattened)


@lru_cache(maxsize=4096)
def _in_place(letter: str) -> str | None:
    """What stands in a flat text for a letter that has no byte of its own; None where no single letter can."""
    if not is_of_words(letter):
        return " "
    plain = fold(letter)
    if not plain or (plain.isascii() and len(plain) > 1):
        return None
    return plain if plain.isascii() else "?"


def flat_places(flattened: bytes, word: str) -> list[int]:
    """Where a folded word of ASCII letters stands in the text that was flattened."""
    wanted, found = b" %b " % word.encode(), []
    at = flattened.find(wanted)
    while at >= 0:
        found.append(at)
        at = flattened.find(wanted, at + len(word) + 1)
    return found


@dataclass(frozen=True)
class _Table:
    """Letters to bytes, and bytes to those of their plain letters; whatever is no letter becomes a space."""

    letters: frozenset[str]
    encoding: "dict[int, int] | _EncodingMap"
    flattened: bytes


@lru_cache(maxsize=1)
def _table() -> _Table:
    sung = [unicodedata.normalize("NFC", letter + tone) for letter, tone in product(_SUNG, _TONES)]
    vietnamese = "".join([*_MARKED, *sung])
    # A table that begins with NUL is a tree of bytes in C; any other is a slow dictionary.
    letters = "\0" + "".join(map(chr, range(0x20, 0x7F))) + vietnamese + vietnamese.upper() + _SIGNS
    plain = [fold(letter) if letter.isalnum() or letter == "?" else " " for letter in letters]
    return _Table(frozenset(letters), codecs.charmap_build(letters), "".join(plain).encode("ascii").ljust(256))
