"""What a technician may set about the Wi-Fi and its gate."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class CaptivePortalConfig(BaseModel):
    """The `[captive_portal]` table of hub.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    mode: Literal["none"] = Field(
        default="none",
        description="Who runs the Wi-Fi. none: somebody else does; whoever reaches this machine may read.",
    )
