"""Fits words into a space: wraps them, makes them smaller, and at the very end shortens them. Pure rules."""

import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final

LEADING: Final = 1.3
"""Distance of two lines, in heights of the letters: room for Vietnamese marks above and Khmer letters below."""
MILLIMETRES_PER_POINT: Final = 25.4 / 72
_BREAK = "\u200b"
_JOINS_NEXT = {"\u17d2"}  # Khmer: the next letter stands below this one
_STEP = 0.5


@dataclass(frozen=True)
class Setting:
    """Words as they fit.

    Attributes:
        size: of the letters, in points.
        lines: the lines, none wider than the space.
    """

    size: float
    lines: tuple[str, ...]

    @property
    def height(self) -> float:
        """Of all lines, in millimetres."""
        return len(self.lines) * line_height(self.size)


def line_height(size: float) -> float:
    """The height of one line of letters of that size (points), in millimetres."""
    return size * LEADING * MILLIMETRES_PER_POINT


def printable(text: str, known: Collection[int]) -> str:
    """The text as it can be printed: composed (NFC), on one line, and "…" for what no letter is known of.

    Args:
        text: the words; of another's making perhaps, with pictures, controls or letters of any script.
        known: the code points that can be printed.
    """
    letters: list[str] = []
    for letter in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(letter)
        if letter == _BREAK or ord(letter) in known:
            letters.append(letter)
        elif kind in {"Cc", "Zs", "Zl", "Zp"}:
            letters.append(" ")
        elif kind[0] in "LN" and letters[-1:] != ["…"]:
            letters.append("…")
    plain = " ".join("".join(letters).split())
    return plain if any(unicodedata.category(letter)[0] in "LN" for letter in plain) else ""


def fit(
    text: str, width: float, height: float, largest: float, smallest: float, measure: Callable[[str], float]
) -> Setting:
    """The largest letters with which the words fit without a word being cut; else the smallest, cut where need be.

    Args:
        text: the words, on one line.
        width: of the space, in millimetres.
        height: the same.
        largest: points.
        smallest: points.
        measure: the width of a text in letters of one point, in millimetres.
    """
    words = [(word, gap, measure(word)) for word, gap in _words(text)]
    space = measure(" ")
    size = largest
    while size >= smallest:
        setting = Setting(size, tuple(_wrap(words, space, width / size)))
        if setting.height <= height and all(wide <= width / size for _, _, wide in words):
            return setting
        size -= _STEP
    pieces = [piece for word in words for piece in _cut(word, width / smallest, measure)]
    lines = _wrap(pieces, space, width / smallest)
    most = max(1, int(height / line_height(smallest) + 1e-6))
    if len(lines) > most:
        lines = [*lines[: most - 1], _shortened(lines[most - 1], width / smallest, measure)]
    return Setting(smallest, tuple(lines))


def _words(text: str) -> Iterator[tuple[str, str]]:
    """Each word with what stands before it: a space, or nothing where only a break is allowed."""
    for word in text.split():
        for number, part in enumerate(part for part in word.split(_BREAK) if part):
            yield part, "" if number else " "


def _wrap(words: list[tuple[str, str, float]], space: float, width: float) -> list[str]:
    lines: list[str] = []
    filled = 0.0
    for word, gap, wide in words:
        needed = wide + (space if gap else 0.0)
        if lines and filled + needed <= width:
            lines[-1] += gap + word
            filled += needed
        else:
            lines.append(word)
            filled = wide
    return lines


def _cut(
    word: tuple[str, str, float], width: float, measure: Callable[[str], float]
) -> Iterator[tuple[str, str, float]]:
    text, gap, wide = word
    if wide <= width:
        yield word
        return
    piece = ""
    for cluster in _clusters(text):
        if piece and measure(piece + cluster) > width:
            yield piece, gap, measure(piece)
            piece, gap = "", ""
        piece += cluster
    yield piece, gap, measure(piece)


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


def _shortened(line: str, width: float, measure: Callable[[str], float]) -> str:
    clusters = list(_clusters(line))
    while clusters and measure("".join(clusters).rstrip() + "…") > width:
        clusters.pop()
    return "".join(clusters).rstrip() + "…"
