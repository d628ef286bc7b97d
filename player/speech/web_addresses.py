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
    "zalo": "da lô",
    "facebook": "phây búc",
    "youtube": "diu túp",
    "email": "i meo",
}
_LONGEST_WORD = 12
_LONGEST_PATH_SAID = 24
_PART = r"[0-9A-Za-z_](?:[0-9A-Za-z_-]{0,62}[0-9A-Za-z_])?"
_ENDS = r"(?:vn|com|org|net|info|asia|edu|gov|local|html?)"


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
    readable = len(small) > 2 and len(small) <= _LONGEST_WORD and re.search("[aeiouy]", small) is not None
    return small if is_syllable(small) or (readable and not part.isupper()) else spelled(small)


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
