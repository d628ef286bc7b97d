"""What a technician may set about the player."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from player.pins.config import PinsConfig


class PlayerConfig(BaseModel):
    """The `[player]` table of hub.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    screen: Literal["none"] = Field(default="none", description="What the player shows films on. none: no screen.")
    pins: PinsConfig = Field(default=PinsConfig(), description="Buttons, lights and the amplifier's relay.")
