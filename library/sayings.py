"""What books say of themselves, made fit to be shown among the hub's own words: one line, and not endless."""

import unicodedata

LONGEST_TITLE = 300
LONGEST_SAYING = 2000
_CONTROLS = {"Cc", "Cs", "Zl", "Zp"}
_TURNING = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF]
"""Letters that turn the direction of all that follows, also of what is not the book's (UAX 9)."""
_NO_CHARACTERS = [0xFFFE, 0xFFFF]
"""What XML 1.0 (section 2.2) forbids beside the controls: one of these would spoil a whole feed."""
_GONE = dict.fromkeys([*_TURNING, *_NO_CHARACTERS])


def one_line(text: str, longest: int = LONGEST_TITLE) -> str:
    """The text without controls, on one line of at most ``longest`` letters."""
    letters = text[: 4 * longest].translate(_GONE)
    plain = "".join(" " if unicodedata.category(letter) in _CONTROLS else letter for letter in letters)
    line = " ".join(plain.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
