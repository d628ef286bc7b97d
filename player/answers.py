"""Writes sentences as JSON, so that the website can say them in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from player.errors import PlayerError, Sentence


def sentence_json(text: object) -> Any:
    """Return what a sentence is made of; other texts and numbers as they are.

    Returns:
        ``{"problem": English, "msgid": …, "arguments": {…}}`` for a sentence; sentences among its arguments likewise.
    """
    if isinstance(text, Sentence):
        arguments = {name: sentence_json(value) for name, value in text.arguments.items()}
        return {"problem": str(text), "msgid": text.msgid, "arguments": arguments}
    if isinstance(text, PlayerError):
        return sentence_json(text.message)
    return text if isinstance(text, bool | int | float | None) else str(text)


def sentence_from(value: object) -> str:
    """Return the sentence that `sentence_json` wrote, or a plain text.

    Raises:
        ValueError: it is none.
    """
    match value:
        case str():
            return value
        case {"msgid": str(msgid), "arguments": dict(arguments)}:
            try:
                return Sentence(msgid, **{name: _argument(each) for name, each in arguments.items()})
            except (TypeError, KeyError, RecursionError) as error:
                raise ValueError("no sentence") from error
    raise ValueError("no sentence")


def problem_json(error: PlayerError) -> dict[str, Any]:
    """Return an error as every address of the player tells it."""
    answer: dict[str, Any] = {"problem": str(error.message), "hint": str(error.hint)}
    for name, text in (("", error.message), ("hint_", error.hint)):
        if isinstance(text, Sentence):
            said = sentence_json(text)
            answer |= {f"{name}msgid": said["msgid"], f"{name}arguments": said["arguments"]}
    return answer


def _argument(value: object) -> object:
    return sentence_from(value) if isinstance(value, Mapping) else value
