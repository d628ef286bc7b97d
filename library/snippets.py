"""Cuts out of a page's text the place that answers what was typed, with the words lit up."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from typing import Final

from markupsafe import Markup, escape

from library.folding import Word, patterns, words

_BEFORE: Final = 60
_LENGTH: Final = 200
_MOST_LOOKED_AT: Final = 16
_LONGEST_SEARCHED: Final = 60_000


@lru_cache(maxsize=256)
def lamp(query: str, most: int) -> "re.Pattern[str] | None":
    """What finds the words of a query in a text; None where it has none."""
    found = patterns(query, most)
    return re.compile("|".join(found)) if found else None


def lit(text: str, light: "re.Pattern[str] | None") -> Markup:
    """The text, escaped, with what was typed in ``<mark>``."""
    if light is None:
        return escape(text)
    pieces, at = [], 0
    for match in light.finditer(text):
        pieces.append(f"{escape(text[at : match.start()])}<mark>{escape(match[0])}</mark>")
        at = match.end()
    return Markup(f"{''.join(pieces)}{escape(text[at:])}")  # noqa: S704 - each piece was escaped


def snippet(text: str, light: "re.Pattern[str] | None", typed: Sequence[Word]) -> Markup:
    """Some twenty words of a tidy text around the best place; its beginning where nothing of it was typed."""
    at = _best_place(text, light, typed)
    start = max(0, at - _BEFORE)
    if start:
        start = _after_space(text, start, at)
    stop = min(len(text), start + _LENGTH)
    if stop < len(text):
        space = text.rfind(" ", start + _LENGTH // 2, stop)
        stop = space if space > at else stop
    shown = lit(text[start:stop], light)
    before, after = "… " if start else "", " …" if stop < len(text) else ""
    return Markup(f"{before}{shown}{after}")  # noqa: S704 - `lit` has escaped it


def _after_space(text: str, start: int, at: int) -> int:
    space = text.find(" ", start, at)
    return space + 1 if space >= 0 else start


@lru_cache(maxsize=4096)
def _word_of(text: str) -> Word | None:
    return next(words(text), None)


def _best_place(text: str, light: "re.Pattern[str] | None", typed: Sequence[Word]) -> int:
    """Where most of what was typed stands together, exactly as it was typed if there is such a place."""
    if light is None:
        return 0
    exact = {word.marked for word in typed}
    places = []
    for match in islice(light.finditer(text, 0, _LONGEST_SEARCHED), _MOST_LOOKED_AT):
        found = _word_of(match[0])
        if found:
            places.append((match.start(), found.folded, found.marked in exact))
            if len(typed) == 1 and found.marked in exact:
                break
    best, best_weight, most = 0, 0, 3 * len({word.folded for word in typed})
    for number, (at, _, _) in enumerate(places):
        near: dict[str, int] = {}
        for other, folded, same in places[number:]:
            if other - at > _LENGTH - _BEFORE:
                break
            near[folded] = max(near.get(folded, 0), 2 + same)
        if sum(near.values()) > best_weight:
            best, best_weight = at, sum(near.values())
        if best_weight >= most:
            break
    return best
