"""What may be said to the player's site: each body checked as a whole, each size limited."""

from __future__ import annotations

import json
from typing import Annotated, Self, TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from player.engine.counts import MOST_PEOPLE
from player.errors import PlayerError, Sentence

LARGEST_BODY_BYTES = 16 << 10
"""No command is larger."""

FileName = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
Author = Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z-]*$")]
Address = Annotated[str, StringConstraints(max_length=500, pattern=r"^https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[!-~]*)?$")]

Body = TypeVar("Body", bound="Said")


class BadRequestError(PlayerError):
    """What was said cannot be understood."""


class TooLargeError(PlayerError):
    """What was said is too long."""


class Said(BaseModel):
    """A JSON object."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Nothing(Said):
    """Nothing more than the command itself."""

    author: Author = ""


class PlaySaid(Said):
    """What is to be played: a film, a list or a broadcast."""

    film: FileName | None = None
    playlist: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    place: int = Field(default=0, ge=0, le=10_000)
    broadcast: Address | None = None
    author: Author = ""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.film, self.playlist, self.broadcast)) != 1:
            raise ValueError("film, playlist or broadcast")
        return self


class HoldSaid(Nothing):
    """Whether it is held."""

    held: bool


class SeekSaid(Nothing):
    """Where to go."""

    position_ms: int = Field(ge=-86_400_000, le=86_400_000)
    relative: bool = False


class LevelSaid(Nothing):
    """How loud."""

    level: int = Field(ge=0, le=100)


class StopSaid(Nothing):
    """Whether announcements end, too."""

    everything: bool = False


class CountSaid(Nothing):
    """What was counted."""

    people: int = Field(ge=0, le=MOST_PEOPLE)
    hands: int | None = Field(default=None, ge=0, le=MOST_PEOPLE)


class ForgiveSaid(Nothing):
    """Which film is tried again."""

    film: FileName


def body(largest: int = LARGEST_BODY_BYTES) -> bytes:
    """Read what was sent.

    Raises:
        TooLargeError: it is longer than ``largest`` bytes.
    """
    data = request.stream.read(largest + 1)
    if len(data) > largest or (request.content_length or 0) > largest:
        raise TooLargeError(
            Sentence("What was sent is larger than %(most)d kB.", most=largest // 1024), Sentence("Send less.")
        )
    return data


def said(kind: type[Body]) -> Body:
    """Read a command's body.

    Raises:
        BadRequestError: it is no JSON, or says something that is not known or not allowed.
        TooLargeError: it is too long.
    """
    data = body()
    try:
        return kind.model_validate(json.loads(data) if data.strip() else {})
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])[:100]
        wrong = Sentence("What was sent has a mistake at %(where)s.", where=where or "the whole")
        raise BadRequestError(wrong, Sentence("Look whether each name and each value is right.")) from None
    except (ValueError, RecursionError):
        raise BadRequestError(Sentence("What was sent is no JSON."), Sentence("Send an object of JSON.")) from None
