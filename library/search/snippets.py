"""Cuts out of a page's text the place that answers what was typed, and lights the words up.

Nothing has to be made ready for a new question: to compile a regular expression that finds a word however it is marked
takes longer than the engine takes to search.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from markupsafe import Markup, escape

from library.sayings import one_line
from library.search.flattening import flat, flat_places
from library.search.folding import Word, is_unspaced, placed_words, unspaced_runs, word_at, words

_BEFORE: Final = 60
_LENGTH: Final = 200
_MOST_LOOKED_AT: Final = 16
_MOST_TRIED: Final = 50
_LONGEST_SEARCHED: Final = 60_000
_NOWHERE: Final = 1 << 40

Place = tuple[int, int]


class Lamp:
    """Finds what was typed in tidy texts, however it is marked.

    Args:
        typed: as it was typed, tidied.
        words: what is looked for.
    """

    def __init__(self, typed: str, words: Sequence[Word]) -> None:
        self._folded = {word.folded for word in words}
        self._runs = unspaced_runs(typed)
        self._is_plain = all(folded.isascii() for folded in self._folded)
        spaced = [word for word in words if not is_unspaced(word)]
        runs = [_Sought(_needle(run)) for run in self._runs]
        self._sought = [*(_Sought(_needle(word.folded)) for word in spaced), *runs]
        self._sought_marked: list[_Sought] = []
        if any(word.has_marks for word in spaced):
            as_typed = (_Sought(_needle(word.folded), word.marked if word.has_marks else "") for word in spaced)
            self._sought_marked = [*as_typed, *runs]

    def lit(self, text: str) -> Markup:
        """The text, escaped, with what was typed in ``<mark>``."""
        parts, at = [], 0
        for start, stop in self._places(text):
            if start >= at:
                parts.append(f"{escape(text[at:start])}<mark>{escape(text[start:stop])}</mark>")
                at = stop
        return Markup(f"{''.join(parts)}{escape(text[at:])}")  # noqa: S704 - each part was escaped

    def excerpt(self, text: str) -> str:
        """Some twenty words around the best place; the beginning where nothing of what was typed is there."""
        at = self._best_place(text)
        start = max(0, at - _BEFORE)
        if start:
            start = _after_space(text, start, at)
        stop = min(len(text), start + _LENGTH)
        if stop < len(text):
            space = text.rfind(" ", start + _LENGTH // 2, stop)
            stop = space if space > at else stop
        cut = text[start:stop]
        shown = cut if cut.isprintable() else one_line(cut, 2 * _LENGTH)
        return f"{'… ' if start else ''}{shown}{' …' if stop < len(text) else ''}"

    def _places(self, text: str) -> list[Place]:
        """Where in a text stands what was typed, from its beginning on."""
        flattened = flat(text) if self._is_plain else None
        if flattened is None:
            placed = placed_words(text)
            found = [(start, stop) for start, stop, word in placed if word.folded in self._folded]
        else:
            found = [(at, at + len(word)) for word in self._folded for at in flat_places(flattened, word)]
        for run in self._runs:
            at = text.find(run)
            while at >= 0:
                found.append((at, at + len(run)))
                at = text.find(run, at + len(run))
        return sorted(found)

    def _best_place(self, text: str) -> int:
        """Where most of what was typed stands together, with the marks that were typed if there is such a place."""
        text = text[:_LONGEST_SEARCHED]
        flattened = flat(text) if self._is_plain else None
        find = _Slowly(text, self._runs).find if flattened is None else flattened.find
        if not self._sought_marked:
            return _densest(text, find, self._sought)[1]
        most, at = _densest(text, find, self._sought_marked)
        if most < len(self._sought):
            anyhow, elsewhere = _densest(text, find, self._sought)
            return elsewhere if 2 * anyhow > 3 * most else at
        return at


class _Sought(NamedTuple):
    """A word as it is found in a flat text, and as it must be marked; "" for anyhow."""

    needle: bytes
    marked: str = ""


def _needle(word: str) -> bytes:
    return b" %b " % word.encode()


class _Slowly:
    """Finds words in a text that cannot be flattened, in the way of ``bytes.find`` in one that can."""

    def __init__(self, text: str, runs: Iterable[str]) -> None:
        self._text = text
        self._runs = {_needle(run): run for run in runs}
        self._starts: dict[bytes, list[int]] = {}
        for start, _, word in placed_words(text):
            self._starts.setdefault(_needle(word.folded), []).append(start)

    def find(self, needle: bytes, at: int) -> int:
        """Where this stands, from a place on; -1 where it does not."""
        if needle in self._runs:
            return self._text.find(self._runs[needle], at)
        starts = self._starts.get(needle, [])
        number = bisect_left(starts, at)
        return starts[number] if number < len(starts) else -1


def _densest(text: str, find: Callable[[bytes, int], int], sought: Sequence[_Sought]) -> tuple[int, int]:
    """How many of the words stand together where most of them do, and where that is for the first time."""
    places = [_next(text, find, word, 0) for word in sought]
    present = len(places) - places.count(_NOWHERE)
    best = best_at = 0
    for _ in range(_MOST_LOOKED_AT if present else 0):
        first = min(places)
        reach = first + _LENGTH - _BEFORE
        near = len([place for place in places if place <= reach])
        if near > best:
            best, best_at = near, first
            if near == present:
                break
        number = places.index(first)
        places[number] = _next(text, find, sought[number], first + 1)
    return best, best_at


def _next(text: str, find: Callable[[bytes, int], int], word: _Sought, at: int) -> int:
    found = find(word.needle, at)
    if word.marked:
        for _ in range(_MOST_TRIED):
            if found < 0 or _marked(word_at(text, found)) == word.marked:
                break
            found = find(word.needle, found + 1)
        else:
            return _NOWHERE
    return found if found >= 0 else _NOWHERE


def _after_space(text: str, start: int, at: int) -> int:
    space = text.find(" ", start, at)
    return space + 1 if space >= 0 else start


@lru_cache(maxsize=4096)
def _marked(word: str) -> str:
    return next((found.marked for found in words(word)), "")
