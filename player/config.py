"""What a technician may set about the player."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from player.announcing.config import SpeakingConfig
from player.engine.config import AmplifierConfig
from player.pins.config import PinsConfig
from player.recordings.config import RecordingsConfig
from player.speech.config import VoiceConfig
from player.television.config import TelevisionConfig


class PlayerConfig(BaseModel):
    """The `[player]` table of hub.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    screen: Literal["none", "window", "hidden"] = Field(
        default="none",
        examples=["window"],
        description="What the player shows films on. window: the display of this machine, such as a television; "
        "hidden: nothing, only sound is heard; none: neither pictures nor sound.",
    )
    sound: Literal["pulse", "alsa", "none"] = Field(
        default="pulse",
        description="Through what sound is heard. pulse: PulseAudio or PipeWire; alsa: the sound card itself; "
        "none: nothing is heard.",
    )
    pins: PinsConfig = Field(default=PinsConfig(), description="Buttons, lights and the amplifier's relay.")
    speaking: SpeakingConfig = Field(default=SpeakingConfig(), description="Who may speak, and how loud.")
    television: TelevisionConfig = Field(default=TelevisionConfig(), description="How the television is switched.")
    voice: VoiceConfig = Field(default=VoiceConfig(), description="The voice that reads texts out.")
    recordings: RecordingsConfig = Field(default=RecordingsConfig(), description="Recorded announcements.")
    amplifier: AmplifierConfig = Field(default=AmplifierConfig(), description="The amplifier of the loudspeakers.")
    undescribed: Literal["refuse", "show"] = Field(
        default="refuse",
        description="Films without a description: nobody knows who permits them. show: the house answers for them.",
    )
    level: int = Field(default=80, ge=0, le=100, description="How loud programmes are at first, from 0 to 100.")
