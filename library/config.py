"""What a technician may set about the library."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_HOST = r"(?=[a-z0-9.-]{4,120}(?:[:/]|$))(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PUBLIC = re.compile(rf"https://{_HOST}(?::[0-9]{{1,5}})?(?:/[A-Za-z0-9._~-]+)*")
_LONGEST_ADDRESS = 100
"""Letters; codes with more would be too fine for a sticker."""


def _public_base_url(text: str) -> str:
    if text and not (len(text) <= _LONGEST_ADDRESS and _PUBLIC.fullmatch(text.removesuffix("/"))):
        raise ValueError("no https address")
    return text.removesuffix("/")


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
        default=8,
        ge=1,
        le=4096,
        description="Memory for parts of books that were unpacked, for each web worker, in megabytes.",
    )
    index_memory_mb: int = Field(
        default=256, ge=128, le=65536, description="Memory that filling the search index may use, in megabytes."
    )
    public_base_url: Annotated[str, AfterValidator(_public_base_url)] = Field(
        default="",
        description="Where the same books are read from home. Codes lead there where the hub holds a certificate for"
        ' that very name; else posters show it as a second, smaller code "ở nhà".',
        json_schema_extra={
            "allowed": 'an address that begins with https:// in quotes, such as "https://sach.xa-em.example"; never'
            " http://, since browsers warn before such pages of public names"
        },
    )
