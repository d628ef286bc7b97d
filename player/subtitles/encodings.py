"""The encodings in which Vietnamese was written before UTF-8, those too that no library of Python's reads. Pure tables.

Sources: TCVN 5712:1993, VN3 (the "ABC" fonts; glibc's TCVN5712-1 has the same letters from A1 on);
VNI-Windows, in which a letter is a vowel and, after it, a second byte for its marks.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable
from typing import Final

_TCVN3: Final = (
    "ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽé"
    "ẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"
)
"""The letters of the bytes A1 to FF."""
_TONES: Final = dict(zip("ùøûõï", "\u0301\u0300\u0309\u0303\u0323", strict=True))
_ROOF: Final = dict(zip("áàåãä", "\u0301\u0300\u0309\u0303\u0323", strict=True))
_BOWL: Final = dict(zip("éèúüë", "\u0301\u0300\u0309\u0303\u0323", strict=True))
_ALONE: Final = {"ñ": "đ", "ö": "ư", "ô": "ơ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}


def _vni_pairs() -> dict[str, str]:
    """What two letters of VNI, as windows-1252 shows them, stand for."""
    pairs = {"aê": "ă", "aâ": "â", "eâ": "ê", "oâ": "ô"}
    pairs |= {base + sign: letter + mark for base, letter in zip("aeoôuöy", "aeoơuưy", strict=True)
              for sign, mark in _TONES.items()}  # fmt: skip
    pairs |= {base + sign: letter + mark for base, letter in zip("aeo", "âêô", strict=True)
              for sign, mark in _ROOF.items()}  # fmt: skip
    pairs |= {"a" + sign: "ă" + mark for sign, mark in _BOWL.items()}
    composed = {pair: unicodedata.normalize("NFC", letter) for pair, letter in pairs.items()}
    capitals = {pair.upper(): letter.upper() for pair, letter in composed.items()}
    mixed = {pair[0].upper() + pair[1]: letter.upper() for pair, letter in composed.items()}
    return composed | mixed | capitals


_VNI_PAIRS: Final = _vni_pairs()
_VNI_ALONE: Final = _ALONE | {letter.upper(): meant.upper() for letter, meant in _ALONE.items()}
_VNI: Final = _VNI_PAIRS | _VNI_ALONE
_VNI_LETTERS: Final = re.compile("|".join(sorted(_VNI, key=len, reverse=True)))
_TCVN3_BYTES: Final = bytes(range(0xA1)).decode("windows-1252", "replace") + _TCVN3
"""The letters of all bytes; the ABC fonts have quotes and dashes at the same places as windows-1252."""


def _tcvn3(data: bytes) -> str:
    text, _ = codecs.charmap_decode(data, "replace", _TCVN3_BYTES)
    return "\n".join(map(_as_in_capital_font, text.split("\n")))


def _as_in_capital_font(line: str) -> str:
    """A line in capitals: the ABC fonts have a font of capitals, in which the bytes of small marked letters stand."""
    plain = [letter for letter in line if letter.isascii() and letter.isalpha()]
    return line.upper() if len(plain) > 2 and all(map(str.isupper, plain)) else line


def _vni(data: bytes) -> str:
    return _VNI_LETTERS.sub(lambda found: _VNI[found[0]], data.decode("windows-1252", "replace"))


def _windows_1258(data: bytes) -> str:
    return data.decode("windows-1258", "replace")


OLD: Final[dict[str, Callable[[bytes], str]]] = {
    "windows-1258": _windows_1258,
    "TCVN3": _tcvn3,
    "VNI": _vni,
}
"""How texts in each of them are read; whatever the bytes are, each gives a text."""
