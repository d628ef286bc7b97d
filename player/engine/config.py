"""What a technician may set about the amplifier."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class AmplifierConfig(BaseModel):
    """The `[player.amplifier]` table of hub.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    warm_up: float = Field(
        default=1.5,
        ge=0,
        le=10,
        description="How long the amplifier takes until a word is heard, in seconds; so long the first word waits.",
    )
    rest_after: float = Field(
        default=5.0, ge=0, le=600, description="How long after the last sound it is switched off, in seconds."
    )
    hall: bool = Field(
        default=False,
        description="Whether the amplifier feeds the loudspeakers in the hall, too, and not only those of the village.",
    )
