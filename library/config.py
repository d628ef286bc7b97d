"""What a technician may set about the library."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class LibraryConfig(BaseModel):
    """The `[library]` table of hub.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    scan_interval_s: float = Field(
        default=5.0, ge=0.5, le=3600, description="How often the content folder is looked at for new books, in seconds."
    )
    check_memory_mb: int = Field(
        default=1024, ge=256, le=65536, description="Memory that the check of one book may use, in megabytes."
    )
    check_rate_mb_s: float = Field(
        default=5.0, gt=0, le=10000, description="Slowest card that a check must allow for, in megabytes per second."
    )
    check_grace_s: float = Field(
        default=60.0, ge=1, le=3600, description="Time every check has on top of that, in seconds."
    )
    text_cache_mb: int = Field(
        default=16, ge=0, le=4096, description="Memory for compressed pages, for each web worker, in megabytes."
    )
