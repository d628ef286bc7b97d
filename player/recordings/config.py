"""What a technician may set about recordings of announcements."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class RecordingsConfig(BaseModel):
    """The `[player.recordings]` table of hub.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    keep_days: int = Field(
        default=30, ge=1, le=400, description="How many days recorded announcements stay, unless they still wait."
    )
    most_mb: int = Field(
        default=500,
        ge=100,
        le=8000,
        description="The most room that recordings take, in megabytes; the oldest make room for new ones.",
    )
