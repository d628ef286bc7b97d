"""What a technician may set about the screen and the buttons."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from player.errors import Sentence


class PinsConfig(BaseModel):
    """The `[player.pins]` table of hub.toml: which button is wired to which pin, in Broadcom (GPIO) numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    play: int | None = Field(
        default=None,
        ge=0,
        le=27,
        examples=[17],
        description="Button that pauses and goes on. Left out: no such button.",
    )
    stop: int | None = Field(
        default=None, ge=0, le=27, examples=[27], description="Button that stops. Left out: no such button."
    )

    @model_validator(mode="after")
    def _one_button_per_pin(self) -> Self:
        if self.play is not None and self.play == self.stop:
            raise ValueError(
                Sentence("play and stop are both on pin %(pin)d; each button needs a pin of its own", pin=self.play)
            )
        return self


class PlayerConfig(BaseModel):
    """The `[player]` table of hub.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    screen: Literal["none"] = Field(default="none", description="What the player shows films on. none: no screen.")
    pins: PinsConfig = Field(default=PinsConfig(), description="The buttons.")
