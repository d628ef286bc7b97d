"""Knows the keys of those outside who may speak here, and whether a message bears a signature of one of them.

A signature stands beside the message, never inside, and covers its exact bytes: Ed25519 (RFC 8032), written as
``<name of the key> <64 bytes in base64>``. The list of keys is a file that the province writes; whoever brings keys by
another road gives the desk another `Verifier`.
"""

from __future__ import annotations

import base64
import binascii
import logging
import re
import tomllib
from pathlib import Path
from typing import Annotated, Final, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from player.alerts.priorities import Scope
from player.alerts.speaking import Signature

logger = logging.getLogger(__name__)

LARGEST_LIST_BYTES: Final = 256 * 1024
_SIGNATURE: Final = re.compile(r"(?P<key>[a-z0-9][a-z0-9.-]{0,59}) (?P<bytes>[A-Za-z0-9+/]{86}==)")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,59}")


class Verifier(Protocol):
    """Knows the keys of those who may sign."""

    def verify(self, message: bytes, signature: str) -> Signature | None:
        """Return whose signature it is; None where it is none that holds. Raises nothing.

        Args:
            message: the bytes that are signed.
            signature: what came beside them; empty where nothing did.
        """


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("no name of a key")
    return value


def _key(value: str) -> str:
    try:
        known = len(base64.b64decode(value, validate=True)) == 32
    except (binascii.Error, ValueError):
        known = False
    if not known:
        raise ValueError("no key")
    return value


class SignerConfig(BaseModel):
    """A `[[signer]]` of the list of keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[str, AfterValidator(_name)] = Field(
        description="What the key is called, in messages and in the log.",
        examples=["xa-dong-tien"],
        json_schema_extra={"allowed": "up to 60 small letters without marks, digits, dots and hyphens, in quotes"},
    )
    key: Annotated[str, AfterValidator(_key)] = Field(
        description="The public key, Ed25519.",
        json_schema_extra={"allowed": "32 bytes in base64, in quotes"},
    )
    scopes: list[Annotated[Scope, Field(strict=False)]] = Field(
        default=[],
        description="How far its owner may speak.",
        json_schema_extra={"allowed": 'a list of "hall", "village", "commune"'},
    )
    warns: bool = Field(default=False, description="Whether its owner may issue emergencies.")
    senders: list[Annotated[str, Field(max_length=200)]] = Field(
        default=[], description="In whose names it may sign warnings (sender of CAP).", max_length=50
    )

    @property
    def signature(self) -> Signature:
        """What a signature of this key is worth."""
        return Signature(self.name, frozenset(self.scopes), warns=self.warns, senders=frozenset(self.senders))


class SignersConfig(BaseModel):
    """The list of keys, signers.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    signer: list[SignerConfig] = Field(default=[], max_length=100, description="The keys.")


class Signers:
    """Verifies by a file of keys, which is read anew whenever it has changed.

    A file that is missing, too large or wrong means that no signature holds; what is wrong stands in the log once.

    Args:
        path: the list.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[object, dict[str, SignerConfig]] = (None, {})

    def verify(self, message: bytes, signature: str) -> Signature | None:
        """Return whose signature it is; None where it is none that holds."""
        found = _SIGNATURE.fullmatch(signature.strip())
        signer = self._signers().get(found["key"]) if found else None
        if found is None or signer is None:
            return None
        if not _holds(base64.b64decode(signer.key), base64.b64decode(found["bytes"]), message):
            return None
        return signer.signature

    def _signers(self) -> dict[str, SignerConfig]:
        try:
            state = self._path.stat()
            version: object = (state.st_mtime_ns, state.st_size, state.st_ino)
        except OSError:
            return {}
        known, signers = self._read
        if version != known:
            signers = self._list()
            self._read = (version, signers)
        return signers

    def _list(self) -> dict[str, SignerConfig]:
        try:
            with self._path.open("rb") as file:
                data = file.read(LARGEST_LIST_BYTES + 1)
            if len(data) > LARGEST_LIST_BYTES:
                raise ValueError("it is too large")
            read = SignersConfig.model_validate(tomllib.loads(data.decode()))
        except (OSError, ValueError, ValidationError, RecursionError) as error:
            logger.error("The list of keys %s cannot be used; no signature holds: %s", self._path.name, error)
            return {}
        return {each.name: each for each in read.signer}


def _holds(key: bytes, signature: bytes, message: bytes) -> bool:
    # Slow to load and large in memory; most houses get a signed message once a month.
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
