"""Addresses of mail and of websites, said so that a listener can write them down."""

import re

from player.speech.letters import is_syllable, spelled
from player.speech.numbers import spoken_digits
from player.speech.rules import Rule

_SIGNS = {".": "chấm", "-": "gạch ngang", "_": "gạch dưới", "/": "gạch chéo", "@": "a còng", "+": "cộng"}
_KNOWN = {
    "gmail": "gờ meo",
    "yahoo": "da hu",
    "com": "com",
    "gov": "gốp",
    "local": "lô cồ",
    "net": "nét",
    "zalo": "da lô",
    "facebook": "phây búc",
    "youtube": "diu túp",
    "email": "i meo",
}
_SHORTEST_SPLIT = 5
_LONGEST_SYLLABLE = 7
_OF_A_SYLLABLE = 100
_VOWELS = frozenset("aeiouy")
_LONGEST_PATH_SAID = 24
_PART = r"[0-9A-Za-z_](?:[0-9A-Za-z_-]{0,62}[0-9A-Za-z_])?"
_ENDS = r"(?:vn|com|org|net|info|asia|edu|gov|local|lan|html?)"


def _say(address: str) -> str:
    words = [_word(part) for part in re.findall(r"[A-Za-z]+|[0-9]+|[._/@+-]", address)]
    return " ".join(words)


def _word(part: str) -> str:
    if part in _SIGNS:
        return _SIGNS[part]
    if part.isdecimal():
        return spoken_digits(part)
    small = part.lower()
    if small in _KNOWN:
        return _KNOWN[small]
    if small.endswith("vn") and len(small) > _SHORTEST_SPLIT:
        return f"{_word(small[:-2])} {spelled('vn')}"
    syllables = in_syllables(small) if len(small) >= _SHORTEST_SPLIT else []
    if syllables:
        return " ".join(syllables)
    return small if is_syllable(small) or len(small) >= _SHORTEST_SPLIT else spelled(small)


def in_syllables(word: str) -> list[str]:
    """Part a word without marks into Vietnamese syllables; empty when it cannot be done.

    The fewest win; of as many those that begin with a consonant, as nearly all do.
    """
    best: list[tuple[int, list[str]] | None] = [(0, [])]
    for end in range(1, len(word) + 1):
        found: tuple[int, list[str]] | None = None
        for start in range(max(0, end - _LONGEST_SYLLABLE), end):
            before, last = best[start], word[start:end]
            if before is None or not is_syllable(last):
                continue
            cost = before[0] + _OF_A_SYLLABLE + (last[0] in _VOWELS)
            if found is None or cost < found[0]:
                found = cost, [*before[1], last]
        best.append(found)
    return best[-1][1] if best[-1] else []


def _say_mail(found: re.Match[str]) -> str:
    return _say(found[0])


def _say_site(found: re.Match[str]) -> str:
    """Say the host, and what follows only where it is short."""
    path = (found["path"] or "").rstrip("/.,;:!?")
    plain = re.fullmatch(r"[0-9A-Za-z._/-]*", path) is not None and len(path) <= _LONGEST_PATH_SAID
    return _say(found["host"] + (path if plain else "")) + ("" if plain or not path else ", và phần sau") + _end(found)


def _end(found: re.Match[str]) -> str:
    """The sign that ends the sentence, where the address swallowed one."""
    path = found["path"] or ""
    return path[-1:] if path[-1:] in ".,;:!?" else ""


WEB_ADDRESSES = (
    Rule(re.compile(rf"(?<![\w.@-])[0-9A-Za-z._+-]{{1,64}}@{_PART}(?:\.{_PART}){{1,5}}"), _say_mail),
    Rule(
        re.compile(
            rf"(?<![\w.@-])(?:(?i:https?://)(?i:www\.)?(?P<host>{_PART}(?:\.{_PART}){{0,5}})(?P<path>(?::[0-9]+)?/\S*)?)"
        ),
        _say_site,
    ),
    Rule(
        re.compile(rf"(?<![\w.@-])(?i:www\.)?(?P<host>(?:{_PART}\.){{1,4}}(?i:{_ENDS}))(?![\w@-]|\.\w)(?P<path>/\S*)?"),
        _say_site,
    ),
)
