"""What a technician may set about the television."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class TelevisionConfig(BaseModel):
    """The `[player.television]` table of hub.toml: how the television is switched over its HDMI cable (CEC)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    switch_on: bool = Field(
        default=True, description="Whether the television is switched on, and to the hub, before a film or a warning."
    )
    switch_off: bool = Field(
        default=True, description="Whether it is switched off afterwards, if it was the hub that switched it on."
    )
    device: Annotated[str, Field(pattern=r"^(/dev/cec[0-9]{1,2})?$")] = Field(
        default="",
        examples=["/dev/cec0"],
        description="The HDMI connector's CEC device. Left out: the first to which a television is connected.",
        json_schema_extra={"allowed": 'a name such as "/dev/cec0"'},
    )
