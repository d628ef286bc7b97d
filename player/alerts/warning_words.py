"""Puts together what is read out and shown of a warning: the hub's own words first, then the message's."""

from __future__ import annotations

from collections.abc import Sequence

from player.alerts.cap import Info
from player.alerts.cap_judging import Ruling
from player.errors import Sentence


def warning_words(ruling: Ruling) -> tuple[str, ...]:
    """Return the paragraphs, in the order in which they are heard.

    Words of the hub are sentences, to be said in the house's language; what the message says is plain text. That
    it is an exercise is said first and last, so that nobody who joins late is frightened.
    """
    exercise = [Sentence("This is an exercise. There is no danger.")] if ruling.exercise else []
    lead = [Sentence("All clear.")] if ruling.all_clear else []
    if ruling.all_clear and not ruling.infos:
        lead.append(Sentence("The earlier warning has been taken back."))
    said = [paragraph for info in ruling.infos for paragraph in _of(info)]
    return (*exercise, *lead, *dict.fromkeys(said), *exercise)


def _of(info: Info) -> Sequence[str]:
    areas = ", ".join(area.description for area in info.areas if area.description)
    return [text for text in (info.headline or info.event, areas, info.description, info.instruction) if text]
