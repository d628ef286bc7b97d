"""What a technician may set about the voice that reads texts out."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class VoiceConfig(BaseModel):
    """The `[player.voice]` table of hub.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    region: Literal["north", "central", "south"] = Field(
        default="north", description="Whose manner of speaking the voice has that reads texts out."
    )
    words_a_minute: int = Field(
        default=140, ge=80, le=260, description="How fast the voice reads. Slower is easier to understand outdoors."
    )
