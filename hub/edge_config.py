"""What a technician may set about nginx, which stands before the website."""

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _address(text: str) -> str:
    ipaddress.ip_address(text)
    return text


class EdgeConfig(BaseModel):
    """The `[edge]` table of hub.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="TCP port on which nginx answers readers where they do not come through the gate; 0 for no nginx.",
    )
    address: Annotated[str, AfterValidator(_address)] = Field(
        default="0.0.0.0",  # noqa: S104 - for readers
        description='Address for that; "0.0.0.0" is every network of this machine.',
        json_schema_extra={"allowed": "an IP address in quotes"},
    )
    cache_mb: int = Field(
        default=64, ge=4, le=4096, description="Memory in which nginx keeps pages of books ready, in megabytes."
    )
    requests_per_s: int = Field(
        default=40,
        ge=1,
        le=100000,
        description="Requests that one phone may make in a second, for long; more where a whole school is one address.",
    )
