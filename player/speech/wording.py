"""An announcement's text in words: dates, times, money, units and well-known abbreviations; the rest is left alone."""

import re
from enum import StrEnum

from player.errors import PlayerError, Sentence
from player.speech.abbreviations import ABBREVIATIONS, CAPITALS_LEFT, lower_headings
from player.speech.cleaning import cleaned
from player.speech.moments import MOMENTS
from player.speech.numbers_to_call import NUMBERS_TO_CALL
from player.speech.papers import PAPERS
from player.speech.quantities import QUANTITIES
from player.speech.web_addresses import WEB_ADDRESSES

LONGEST_TEXT = 5_000
"""The longest announcement, in characters."""

_RULES = (*WEB_ADDRESSES, *NUMBERS_TO_CALL, *PAPERS, *MOMENTS, *ABBREVIATIONS, *QUANTITIES, *CAPITALS_LEFT)
"""In this order: what is longest and surest first, since what is said already has no digits left."""
_NORTHERN = re.compile(r"\bnghìn\b|(?<=\btrăm )linh\b")
_ELSEWHERE = {"nghìn": "ngàn", "linh": "lẻ"}


class Region(StrEnum):
    """Whose manner of speaking: the north's, the centre's or the south's."""

    NORTH = "north"
    CENTRAL = "central"
    SOUTH = "south"


def spoken_text(text: str, region: Region = Region.NORTH) -> str:
    """Write an announcement the way it is said.

    Args:
        text: Vietnamese, at most `LONGEST_TEXT` characters.
        region: outside of the north it is "ngàn" and "lẻ" instead of "nghìn" and "linh".

    Returns:
        The text in NFC, without signs that have no sound; what is not understood for certain stands as it was.

    Raises:
        PlayerError: the text is too long.
    """
    if len(text) > LONGEST_TEXT:
        raise PlayerError(
            Sentence("The announcement is longer than %(most)d characters.", most=LONGEST_TEXT),
            Sentence("Split it into shorter ones."),
        )
    text = lower_headings(cleaned(text))
    for rule in _RULES:
        text = rule.apply(text)
    text = text.replace(" – ", " đến ")  # between two amounts that have a unit each
    if region is Region.NORTH:
        return text
    return _NORTHERN.sub(lambda found: _ELSEWHERE[found[0]], text)
