"""What a technician may set about the library."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class LibraryConfig(BaseModel):
    """The `[library]` table of hub.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    scan_interval_s: float = Field(
        default=2.0, ge=0.1, le=3600, description="How often the content folder is looked at for new books, in seconds."
    )
    settle_s: float = Field(
        default=3.0,
        ge=0,
        le=600,
        description="How long a new file must stay unchanged before it is checked, in seconds.",
    )
    patience_s: float = Field(
        default=120.0,
        ge=0,
        le=86400,
        description="How long an incomplete file may stand still before it is refused, in seconds.",
    )
    check_memory_mb: int = Field(
        default=256, ge=64, le=65536, description="Memory that the check of one book may use, in megabytes."
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
    cluster_cache_mb: int = Field(
        default=16, ge=1, le=4096, description="Memory for unpacked book parts, for each web worker, in megabytes."
    )
    index_memory_mb: int = Field(
        default=256, ge=128, le=65536, description="Memory that filling the search index may use, in megabytes."
    )
