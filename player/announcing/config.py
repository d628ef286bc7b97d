"""What a technician may set about speaking: which posts, in which hours, how loud, and where the house stands."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from player.alerts.cap import Named, Point
from player.alerts.loudness import Hours, Levels
from player.alerts.places import Place
from player.alerts.speaking import SpeakingRules
from player.errors import Sentence

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_POST = re.compile(r"[a-z][a-z0-9-]{0,39}")
_MICROPHONE = re.compile(r"(?:alsa://[A-Za-z0-9_:,=.-]{1,80}|pulse://[A-Za-z0-9_.-]{0,120})")
_CODE = re.compile(r"([^\s=]{1,60})=(\S{1,60})")
_POSTS_WORDS = {"allowed": 'a list of posts in quotes, such as ["village-head", "technician"]'}
_CLOCK_WORDS = {"allowed": 'a minute of the day in quotes, such as "19:30"'}


def _clock(value: str) -> str:
    if not _CLOCK.fullmatch(value):
        raise ValueError("no minute of the day")
    return value.zfill(5)


def _post(value: str) -> str:
    if not _POST.fullmatch(value):
        raise ValueError("no post")
    return value


def _microphone(value: str) -> str:
    if not _MICROPHONE.fullmatch(value):
        raise ValueError("no microphone")
    return value


def _code(value: str) -> str:
    if not _CODE.fullmatch(value):
        raise ValueError("no code")
    return value


Clock = Annotated[str, AfterValidator(_clock)]
Post = Annotated[str, AfterValidator(_post)]


class SpeakingConfig(BaseModel):
    """The `[player.speaking]` table of hub.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    heads: list[Post] = Field(
        default=["village-head"],
        description="Posts that may speak in the hall and, in its hours, on the village's loudspeaker.",
        json_schema_extra={**_POSTS_WORDS},
    )
    named: list[Post] = Field(
        default=[],
        description="Posts that may ask for an emergency or confirm one, two or more. Empty: only signed warnings.",
        json_schema_extra={**_POSTS_WORDS},
    )
    horn_from: Clock = Field(
        default="05:00",
        description="From when on the village's loudspeaker may be used.",
        json_schema_extra={**_CLOCK_WORDS},
    )
    horn_until: Clock = Field(
        default="21:00",
        description="Until when the village's loudspeaker may be used.",
        json_schema_extra={**_CLOCK_WORDS},
    )
    level: int = Field(default=80, ge=0, le=100, description="How loud an announcement is when nobody says how loud.")
    loudest: int = Field(default=90, ge=0, le=100, description="How loud anything but an emergency may be.")
    emergency: int = Field(default=100, ge=50, le=100, description="How loud an emergency is.")
    repeats: int = Field(default=3, ge=1, le=10, description="How often an emergency is said.")
    microphone: Annotated[str, AfterValidator(_microphone)] | None = Field(
        default=None,
        description="The microphone on the hub. Left out: none.",
        examples=["alsa://plughw:CARD=Device"],
        json_schema_extra={"allowed": 'its address in quotes, such as "alsa://plughw:CARD=Device"'},
    )
    microphone_minutes: int = Field(
        default=15, ge=1, le=120, description="After how many minutes the microphone is switched off."
    )
    area_codes: list[Annotated[str, AfterValidator(_code)]] = Field(
        default=[],
        description="The codes of village, commune and province as warnings use them.",
        json_schema_extra={
            "allowed": 'a list such as ["dvhc=24"]: the name of a list of codes, an equals sign, and the code'
        },
    )
    latitude: float | None = Field(
        default=None, ge=-90, le=90, description="Where the house stands, in degrees north.", examples=[21.28]
    )
    longitude: float | None = Field(
        default=None, ge=-180, le=180, description="Where the house stands, in degrees east.", examples=[106.2]
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems: list[Any] = []
        if len(set(self.named)) == 1:
            problems.append(
                Sentence("named has one post; an emergency needs two, one to ask for it and another to confirm it")
            )
        if self.horn_from == self.horn_until:
            problems.append(Sentence("horn_from and horn_until are the same minute; no time would be left"))
        if (self.latitude is None) != (self.longitude is None):
            problems.append(Sentence("latitude and longitude belong together; set both or none"))
        if self.emergency < self.loudest:
            problems.append(Sentence("emergency is below loudest; an emergency must not be the quieter one"))
        if problems:
            raise ValueError(*problems)
        return self

    @property
    def rules(self) -> SpeakingRules:
        """Who holds which post."""
        horn = Hours(time.fromisoformat(self.horn_from), time.fromisoformat(self.horn_until))
        return SpeakingRules(frozenset(self.heads), frozenset(self.named), horn)

    @property
    def levels(self) -> Levels:
        """How loud it may be."""
        return Levels(self.loudest, self.emergency)

    @property
    def place(self) -> Place:
        """Where the house stands, as warnings are compared with."""
        codes = frozenset(Named(*each.split("=", 1)) for each in self.area_codes)
        known = self.latitude is not None and self.longitude is not None
        return Place(codes, Point(self.latitude or 0.0, self.longitude or 0.0) if known else None)
