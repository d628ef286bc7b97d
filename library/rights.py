"""Rights travel with content: who holds them, under which licence, and which uses are permitted."""

import enum
import json
import re
from dataclasses import dataclass
from typing import Any

from library.sayings import one_line

METADATA_KEY = "X-Hub-Rights"
"""A book's metadata of this name holds a JSON object with the fields of `Rights`."""

LICENCE_KEY = "License"
"""openZIM's own metadata: the name of a licence, and no more ("Metadata", openZIM wiki)."""
_OPEN = re.compile(r"(cc|creative commons)[\s-]*(by|0|zero)\b|cc0|public[\s-]*domain|gfdl|gnu free doc", re.IGNORECASE)


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


def rights_of_licence(name: str) -> Rights | None:
    """Rights out of the mere name of a licence; None where there is none.

    Creative Commons' licences, GFDL and the public domain permit every use that a hub makes of a book: it is shared and
    shown unchanged, and for nothing. Any other licence permits what a book without rights is put onto a shelf for.
    """
    licence = one_line(name)
    if not licence:
        return None
    uses = tuple(Use) if _OPEN.match(licence) else (Use.HUB, Use.TAKE_HOME)
    return Rights("", licence, tuple(use.value for use in uses))
