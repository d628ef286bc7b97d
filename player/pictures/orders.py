"""An order for a picture as JSON, on its way to the process that draws it, and read again there."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from player.pictures.views import (
    AnnouncementView,
    Coming,
    CornerView,
    HandoutView,
    IdleView,
    QuestionView,
    Signs,
    Tone,
    View,
)

IDLE: Final = "idle"
KINDS: Final[dict[type[View], str]] = {
    AnnouncementView: "announcement",
    QuestionView: "question",
    HandoutView: "handout",
    CornerView: "corner",
    IdleView: IDLE,
}
"""The kinds of pictures, the most urgent first."""


def encode(view: View, signs: Signs) -> bytes:
    """The order as JSON; equal orders have equal bytes."""
    tree = {"kind": KINDS[type(view)], "view": asdict(view), "signs": asdict(signs)}
    return json.dumps(tree, default=datetime.isoformat, ensure_ascii=False, sort_keys=True).encode()


def decode(data: bytes) -> tuple[View, Signs]:
    """The order again.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    tree: dict[str, Any] = json.loads(data)
    fields: dict[str, Any] = tree["view"]
    signs = Signs(**tree["signs"])
    match tree["kind"]:
        case "idle":
            coming = fields["coming"]
            now = fields["now"]
            return IdleView(
                datetime.fromisoformat(now) if now else None,
                Coming(datetime.fromisoformat(coming["starts"]), coming["plays"]) if coming else None,
            ), signs
        case "announcement":
            return AnnouncementView(**{**fields, "tone": Tone(fields["tone"])}), signs
        case "question":
            return QuestionView(**fields), signs
        case "handout":
            return HandoutView(**fields), signs
        case "corner":
            return CornerView(**fields), signs
        case kind:
            raise ValueError(f"no kind of picture: {kind!r}")
