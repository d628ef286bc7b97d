"""Puts the lines of subtitles together to passages that can be searched and shown: what is said within half a minute.

A line alone is too short, since the words that somebody types are often spoken in two; a whole film is too long, since
nobody would know where in it they are. A passage is so short that it is shown whole, and it says where it begins.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from library.media.subtitles import Cue

MOST: Final = 5000
"""Passages of one film in one language; one of three hours has a thousand."""
_LONGEST: Final = 180
_ENOUGH: Final = 100
_LONGEST_S: Final = 30.0
_ROLLS_S: Final = 10.0
_ENDS: Final = (".", "!", "?", "…", "។")


@dataclass(frozen=True)
class Passage:
    """Something that is said: where it begins, in whole seconds, and its text."""

    start_s: int
    text: str


def passages(cues: Iterable[Cue]) -> Iterator[Passage]:
    """The passages of one film in one language, at most ``MOST``.

    They end with a sentence where that comes soon enough. Lines that are shown twice, as captions that roll do, are
    taken once.
    """
    lines: list[str] = []
    before = Cue(0.0, ())
    start = 0.0
    count = 0
    for cue in cues:
        rolls = 0 <= cue.start_s - before.start_s <= _ROLLS_S
        fresh = [line for line in cue.lines if not rolls or line not in before.lines]
        before = cue
        length = sum(len(line) + 1 for line in lines)
        is_full = length + sum(map(len, fresh)) > _LONGEST or not 0 <= cue.start_s - start <= _LONGEST_S
        if lines and (is_full or (length >= _ENOUGH and lines[-1].endswith(_ENDS))):
            yield Passage(int(start), " ".join(lines))
            lines, count = [], count + 1
            if count >= MOST:
                return
        if not lines and fresh:
            start = cue.start_s
        lines += fresh
    if lines:
        yield Passage(int(start), " ".join(lines))
