"""Which sources are addresses, and which are names of files."""

from __future__ import annotations

from typing import Final

_STREAMS: Final = ("http://", "https://")
_MICROPHONES: Final = ("alsa://", "pulse://")


def is_address(source: str) -> bool:
    """Whether this is the address of a stream; everything else is the full path of a file."""
    return source.startswith((*_STREAMS, *_MICROPHONES))


def is_microphone(source: str) -> bool:
    """Whether this is the address of a microphone: what is said must be heard at once."""
    return source.startswith(_MICROPHONES)
