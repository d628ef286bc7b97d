"""The form of one rule that turns something written into words, and where such things may begin and end."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

BEGIN = r"(?<![\w/:@])(?<![0-9][.,–-])(?<![\w]-)"
"""Nothing stands before that belongs to it."""
END = r"(?![\w/:@]|[.,–-][0-9]|-\w)"
"""Nothing follows that belongs to it."""

_LONGEST_BEFORE = 24


class Rule(NamedTuple):
    """One rule.

    Attributes:
        pattern: what it is about.
        say: its words; None leaves it as it is written.
    """

    pattern: re.Pattern[str]
    say: Callable[[re.Match[str]], str | None]

    def apply(self, text: str) -> str:
        """Say everything in the text that the rule is about."""

        def words(found: re.Match[str]) -> str:
            said = self.say(found)
            return found[0] if said is None else said

        return self.pattern.sub(words, text)


def words_before(found: re.Match[str]) -> list[str]:
    """The last words before something that was found, in small letters, the nearest last."""
    before = found.string[max(0, found.start() - _LONGEST_BEFORE) : found.start()]
    return before.replace("(", " ").replace(",", " ").replace(":", " ").casefold().split()


def word_after(found: re.Match[str]) -> str:
    """The word after something that was found, in small letters; empty where a sign stands between them."""
    following = re.match(r" ?([^\W\d_]+)", found.string[found.end() : found.end() + _LONGEST_BEFORE])
    return following[1].casefold() if following else ""
