"""Cuts out of a page's text the place that answers what was typed, and lights the words up.

Nothing has to be made ready for a new question: to compile a regular expression that finds a word however it is marked
takes longer than the engine takes to search.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final

from markupsafe import Markup, escape

from library.sayings import one_line
from library.search.flattening import flat, flat_places
from library.search.folding import Word, placed_words, unspaced_runs, words

_BEFORE: Final = 60
_LENGTH: Final = 200
_MOST_LOOKED_AT: Final = 16
_LONGEST_SEARCHED: Final = 60_000

Place = tuple[int, int, str]


class Lamp:
    """Finds what was typed in tidy texts, however it is marked.

    Args:
        typed: as it was typed, tidied.
        words: what is looked for.
    """

    def __init__(self, typed: str, words: Sequence[Word]) -> None:
        self._folded = {word.folded for word in words}
        self._exact = {word.marked for word in words}
        self._runs = unspaced_runs(typed)
        self._is_plain = all(folded.isascii() for folded in self._folded)

    def lit(self, text: str) -> Markup:
        """The text, escaped, with what was typed in ``<mark>``."""
        parts, at = [], 0
        for start, stop, _ in self._places(text):
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

    def _places(self, text: str) -> Iterable[Place]:
        """Where in a text stands what was typed, from its beginning on."""
        found = list(self._words_in(text))
        for run in self._runs:
            at = text.find(run)
            while at >= 0:
                found.append((at, at + len(run), run))
                at = text.find(run, at + len(run))
        return sorted(found)

    def _words_in(self, text: str) -> Iterable[Place]:
        flattened = flat(text) if self._is_plain else None
        if flattened is None:
            places = placed_words(text)
            return ((start, stop, word.folded) for start, stop, word in places if word.folded in self._folded)
        return ((at, at + len(folded), folded) for folded in self._folded for at in flat_places(flattened, folded))

    def _best_place(self, text: str) -> int:
        """Where most of what was typed stands together, exactly as it was typed if there is such a place."""
        places = [
            (start, folded, _marked(text[start:stop]) in self._exact)
            for start, stop, folded in islice(self._places(text[:_LONGEST_SEARCHED]), _MOST_LOOKED_AT)
        ]
        most = sum(_weights(places).values())
        best = best_weight = 0
        for number, (at, _, _) in enumerate(places):
            near = [place for place in places[number:] if place[0] - at <= _LENGTH - _BEFORE]
            weight = sum(_weights(near).values())
            if weight > best_weight:
                best, best_weight = at, weight
            if best_weight >= most:
                break
        return best


def _weights(places: Iterable[tuple[int, str, bool]]) -> dict[str, int]:
    """What each word counts that stands in one of these places; more where it stands exactly as it was typed."""
    found: dict[str, int] = {}
    for _, folded, same in places:
        if same or folded not in found:
            found[folded] = 2 + same
    return found


def _after_space(text: str, start: int, at: int) -> int:
    space = text.find(" ", start, at)
    return space + 1 if space >= 0 else start


@lru_cache(maxsize=4096)
def _marked(word: str) -> str:
    return next((found.marked for found in words(word)), "")
