"""Sets words into a space on the television: wraps them, makes them smaller, goes on to another page. Pure rules."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final

LEADING: Final = 1.3
"""Distance of two lines, in heights of the letters: room for Vietnamese marks above and Khmer letters below."""
MOST_LETTERS: Final = 4000
"""Of one text; what is longer is cut before it is set."""
_BREAK: Final = "\u200b"
_JOINS_NEXT: Final = frozenset({"\u17d2"})
"""Khmer: the next letter stands below this one."""
_STEP: Final = 4

Measure = Callable[[str, int], float]
"""The width of a text in letters of a size, both in pixels."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Words as they fit.

    Attributes:
        size: of the letters, in pixels.
        lines: none wider than the space.
        left: the lines that had no room.
    """

    size: int
    lines: tuple[str, ...]
    left: tuple[str, ...] = ()

    @property
    def height(self) -> int:
        """Of all lines, in pixels."""
        return len(self.lines) * line_height(self.size)


def line_height(size: int) -> int:
    """The height of a line of letters of that size, in pixels."""
    return round(size * LEADING)


def legible(text: str, known: Collection[int]) -> str:
    """The text as it can be drawn: composed (NFC), with one space between words, "…" for what no letter is known of.

    Args:
        text: the words; of another's making perhaps, with pictures, controls or letters of any script.
        known: the code points that can be drawn.
    """
    letters: list[str] = []
    for letter in unicodedata.normalize("NFC", text[:MOST_LETTERS]):
        kind = unicodedata.category(letter)
        if letter == "\n":
            letters.append("\n")
        elif letter == _BREAK or ord(letter) in known:
            letters.append(letter)
        elif kind in {"Cc", "Zs", "Zl", "Zp"}:
            letters.append(" ")
        elif kind[0] in "LN" and letters[-1:] != ["…"]:
            letters.append("…")
    return "\n".join(filter(None, (" ".join(line.split()) for line in "".join(letters).split("\n"))))


def fit(text: str, width: float, height: float, sizes: tuple[int, int], measure: Measure) -> Setting:
    """The largest letters with which all words fit; else the smallest, with the lines that are left over.

    Args:
        text: the words, as `legible` gives them.
        width: of the space, in pixels.
        height: the same.
        sizes: of the largest and the smallest letters, in pixels.
        measure: tells widths.
    """
    largest, smallest = sizes
    for size in range(largest, smallest, -_STEP):
        lines = _wrapped(text, width, size, measure)
        if lines is not None and len(lines) * line_height(size) <= height:
            return Setting(size, tuple(_balanced(text, width, size, measure, lines)))
    lines = _wrapped(text, width, smallest, measure, cut=True) or []
    most = max(1, int(height // line_height(smallest)))
    return Setting(smallest, tuple(lines[:most]), tuple(lines[most:]))


def _balanced(text: str, width: float, size: int, measure: Measure, lines: list[str]) -> list[str]:
    """The same number of lines, as even as they get: no lonely word at the end."""
    narrow, best = width / 2, lines
    for _ in range(6 if len(lines) > 1 else 0):
        middle = (narrow + width) / 2
        tried = _wrapped(text, middle, size, measure)
        if tried is not None and len(tried) == len(lines):
            best, width = tried, middle
        else:
            narrow = middle
    return best


def shortened(setting: Setting, width: float, measure: Measure) -> Setting:
    """The same without anything left over: the last line then ends with "…"."""
    if not setting.left:
        return setting
    clusters = list(_clusters(setting.lines[-1]))
    while clusters and measure("".join(clusters).rstrip() + "…", setting.size) > width:
        clusters.pop()
    return Setting(setting.size, (*setting.lines[:-1], "".join(clusters).rstrip() + "…"))


def _wrapped(text: str, width: float, size: int, measure: Measure, *, cut: bool = False) -> list[str] | None:
    """The lines; None when a word is wider than the space and must not be cut."""
    lines: list[str] = []
    space = measure(" ", size)
    for paragraph in text.split("\n"):
        filled = 0.0
        begun = False
        for word, gap in _words(paragraph):
            wide = measure(word, size)
            if wide > width and not cut:
                return None
            for number, piece in enumerate(_pieces(word, width, size, measure) if wide > width else [word]):
                wide = measure(piece, size)
                before = space if gap else 0.0
                if begun and number == 0 and filled + before + wide <= width:
                    lines[-1] += (" " if gap else "") + piece
                    filled += before + wide
                else:
                    lines.append(piece)
                    filled, begun = wide, True
    return lines


def _words(text: str) -> Iterator[tuple[str, bool]]:
    """Each word with whether a space stands before it; there is none where only a break is allowed."""
    for word in text.split():
        for number, part in enumerate(part for part in word.split(_BREAK) if part):
            yield part, number == 0


def _pieces(word: str, width: float, size: int, measure: Measure) -> Iterator[str]:
    piece = ""
    for cluster in _clusters(word):
        if piece and measure(piece + cluster, size) > width:
            yield piece
            piece = ""
        piece += cluster
    if piece:
        yield piece


def _clusters(text: str) -> Iterator[str]:
    """Letters with the marks that belong to them (a rough form of UAX 29)."""
    cluster = ""
    for letter in text:
        if cluster and not unicodedata.category(letter).startswith("M") and cluster[-1] not in _JOINS_NEXT:
            yield cluster
            cluster = ""
        cluster += letter
    if cluster:
        yield cluster
