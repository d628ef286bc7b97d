"""What of a typed text is worth saying: signs without a sound go, so that no program stumbles over them."""

import re
import unicodedata

_SAID = str.maketrans(
    {
        "²": "2",
        "³": "3",
        "½": " 1/2",
        "¼": " 1/4",
        "¾": " 3/4",
        "º": "°",
        "˚": "°",
        "℃": "°C",
        "−": "-",
        "‐": "-",
        "‑": "-",
        "—": "–",
        "’": "'",
        "′": "'",
        "₫": "đ",
        "×": "x",
        "≥": ">=",
        "≤": "<=",
        "≈": " khoảng ",
        "\u00a0": " ",
        "\u202f": " ",
        "…": "...",
    }
)
_COMPARED = re.compile(r"(>=|=>|<=|=<|[<>])\s*(?=[0-9])")
_COMPARISONS = {">=": " từ ", "=>": " từ ", "<=": " không quá ", "=<": " không quá ", ">": " trên ", "<": " dưới "}
_KEPT_SYMBOLS = frozenset("°")
_SILENT = frozenset('[]{}<>|\\^`~"*_#“”«»')
_SMILEY = re.compile(r"(?<!\S)[:;=]['-]?[()DPp3]+(?!\S)")
_KEYCAP = re.compile("([0-9])\ufe0f?\u20e3")
_LINE_END = re.compile(r"([^\s.,:;!?])[^\S\n]*\n\s*(?=[^\sa-zàáâãèéêìíòóôõùúýăđĩũơưạ-ỹ])")
_DASH = re.compile(r"[^\S\n]+[-–][^\S\n]+")
_ENDS_WITH_NUMBER = re.compile(r"[0-9](?:[hgđk%]|kg|°C)?$")
_SHARE_OF = re.compile(r"(?<=[0-9])%(?=[^\W\d_])")
_NUMBER_TO_CALL = re.compile(r"(?:0|\+84)[0-9]{2}")
_BULLET = re.compile(r"^[^\S\n]*[-–+•][^\S\n]*(?![0-9])", re.MULTILINE)


def cleaned(text: str) -> str:
    """Leave what can be said: letters, digits, and the signs that carry a meaning.

    Args:
        text: as somebody typed it, in any form of Unicode.

    Returns:
        The text in NFC, without emoji, control and bracket characters; a line that ends without a sign ends with a
        full stop when the next one begins anew.
    """
    text = unicodedata.normalize("NFC", text).translate(_SAID)
    text = _COMPARED.sub(lambda found: _COMPARISONS[found[1]], text).replace("=", " bằng ")
    text = _SHARE_OF.sub("% ", text)
    text = _SMILEY.sub(" ", _KEYCAP.sub(r"\1", text.replace("\r\n", "\n").replace("\r", "\n")))
    text = "".join(map(_sayable, text))
    text = _LINE_END.sub(r"\1.\n", _BULLET.sub("", text))
    text = _DASH.sub(_comma, text)
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if any(character.isalnum() for character in line))


def _sayable(character: str) -> str:
    """The character, a space, or an ASCII digit in place of another script's."""
    if character == "\n" or character in _KEPT_SYMBOLS:
        return character
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in {"Cf", "Mn", "Me", "Sk"} and not character.isspace():
        return ""
    if character in _SILENT or category.startswith("C") or category in {"So", "Zl", "Zp"}:
        return " "
    return character


def _comma(found: re.Match[str]) -> str:
    """A dash between words is a pause; between two numbers it stays, since it is a range."""
    before, after = found.string[max(0, found.start() - 4) : found.start()], found.string[found.end() :]
    if re.match("T[2-7]|CN", after) and re.search(r"\bT[2-7]$", before):
        return "-"
    if after[:1].isdecimal() and not _NUMBER_TO_CALL.match(after) and _ENDS_WITH_NUMBER.search(before):
        return " – "
    return " " if before[-1:] in {"", ",", ".", ":", ";", "\n"} else ", "
