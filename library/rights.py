"""Rights travel with content: who holds them, under which licence, and which uses are permitted."""

import enum
import json
from dataclasses import dataclass
from typing import Any

from library.sayings import one_line

METADATA_KEY = "X-Hub-Rights"
"""A book's metadata of this name holds a JSON object with the fields of `Rights`."""


class Use(enum.StrEnum):
    """What somebody may be permitted to do with content."""

    HUB = "hub"
    TAKE_HOME = "take-home"
    PUBLIC_SCREENING = "public screening"
    LOUDSPEAKER = "loudspeaker"
    WEB = "web"


@dataclass(frozen=True)
class Rights:
    """What is permitted with a book, a film or a sound; uses that are not named are not permitted."""

    holder: str
    licence: str
    uses: tuple[str, ...]
    proof: str = ""

    def permit(self, use: Use) -> bool:
        """Whether this use is permitted."""
        return use.value in self.uses


def parse_rights(stated: Any) -> Rights | None:
    """Rights as a sidecar file or a book's metadata states them; None where that is no such statement.

    Args:
        stated: a table with ``holder``, ``licence``, ``uses`` and perhaps ``proof``.
    """
    if not isinstance(stated, dict):
        return None
    uses = stated.get("uses")
    if not isinstance(uses, list) or not all(isinstance(use, str) for use in uses):
        return None
    known = tuple(use.value for use in Use if use.value in uses)
    words = [stated.get(key, "") for key in ("holder", "licence", "proof")]
    if not all(isinstance(word, str) for word in words):
        return None
    holder, licence, proof = (one_line(word) for word in words)
    return Rights(holder, licence, known, proof)


def rights_in_metadata(text: str) -> Rights | None:
    """Rights out of a book's metadata; None where nothing is stated.

    A statement that cannot be read permits no more than what somebody decided who put the book onto this shelf: to be
    read here. Else a slip of the pen would permit what nobody permitted.
    """
    if not text.strip():
        return None
    try:
        stated = parse_rights(json.loads(text))
    except (ValueError, RecursionError):
        stated = None
    return stated or Rights("", "", (Use.HUB.value,))
