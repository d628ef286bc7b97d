"""Flattens a text to small letters without marks, one byte each, so that words are found in it as fast as it is read.

There are 256 bytes, and Vietnamese with its capitals needs 134 letters beside ASCII: a table of all that Vietnamese and
English books are made of has room in them. A text with other letters is not flattened.
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
_SIGNS: Final = "–—‘’“”…«»•·©®™°±×→≤≥■▪►▸✓"


def flat(text: str) -> bytes | None:
    """The words of a tidy text, each between two spaces: the n-th letter of the text is the byte behind the n-th.

    None where it has letters without a byte of their own, except those of scripts whose words are not parted by spaces.
    """
    table = _table()
    encoded: bytes = codecs.charmap_encode(text.replace("?", " "), "replace", table.encoding)[0]
    found = b" %b " % encoded.translate(table.flattened)
    if b"?" not in found:
        return found
    return None if any(map(is_of_words, set(text) - table.letters)) else found.replace(b"?", b" ")


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
