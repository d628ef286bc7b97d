"""Tells whether the hub's microphone is there, before anybody speaks into nothing."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path
from typing import Final

from player.announcing.errors import DeskError
from player.errors import Sentence

PROC: Final = Path("/proc/asound")
_CARD: Final = re.compile(r"alsa://(?:plug)?hw:(?:CARD=)?(?P<card>[A-Za-z0-9_-]+)")


def require_microphone(address: str | None, proc: Path = PROC) -> str:
    """Return the microphone's address.

    Only the card of a plain ALSA device can be looked for; of others the player finds out.

    Args:
        address: as hub.toml has it; None where there is none.
        proc: where the kernel tells of sound cards.

    Raises:
        DeskError: there is none, or it is unplugged.
    """
    if address is None:
        raise DeskError(
            HTTPStatus.CONFLICT,
            Sentence("This house has no microphone on the hub."),
            Sentence("Record the announcement on your telephone, or type it."),
        )
    named = _CARD.match(address)
    if named is not None and not _is_there(named["card"], proc):
        raise DeskError(
            HTTPStatus.CONFLICT,
            Sentence("The microphone is not plugged in."),
            Sentence("Plug the microphone into the hub, wait ten seconds, then try again."),
        )
    return address


def _is_there(card: str, proc: Path) -> bool:
    folder = proc / (f"card{card}" if card.isdecimal() else card)
    try:
        return any(each.name.startswith("pcm") and each.name.endswith("c") for each in folder.iterdir())
    except OSError:
        return False
