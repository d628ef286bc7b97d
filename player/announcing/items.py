"""What the desk remembers of an announcement from the moment it was asked for until it has been heard."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from player.alerts.cap import Identity
from player.announcing.moments import Stamp
from player.announcing.spoken import Spoken


class Stage(StrEnum):
    """How far it has come; its value is what the file holds."""

    TO_CONFIRM = "to confirm"
    """It waits for one or two of the named posts."""
    LATER = "later"
    """A signed warning that takes effect later; it is judged anew then."""
    PLANNED = "planned"
    """It was granted for a time that has not come."""
    READY = "ready"
    """It is to be heard now; the engine may not have it yet."""
    GIVEN = "given"
    """The engine has it."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A warning as it came, to be judged anew.

    Attributes:
        message: its bytes.
        signature: the detached signature that came beside it; empty where none did.
    """

    message: bytes
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Warned:
    """What must be remembered of a warning once it is heard.

    Attributes:
        identity: which it is.
        replaces: the warnings that it makes void.
        ends: from when on it does not hold any more.
    """

    identity: Identity
    replaces: frozenset[Identity]
    ends: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """An announcement on the desk.

    Attributes:
        spoken: what is to be heard.
        stage: how far it has come.
        asked: when somebody asked for it, or confirmed a warning first.
        confirmations: how many posts must still confirm it.
        recording: the recording it is made of, which must be kept as long; empty where there is none.
        letter: the warning it is made of; None where a person asked.
        warned: what is remembered of that warning.
        reasons: why it is not heard yet, as JSON (`player.answers`).
    """

    spoken: Spoken
    stage: Stage
    asked: Stamp
    confirmations: int = 0
    recording: str = ""
    letter: Letter | None = None
    warned: Warned | None = None
    reasons: tuple[object, ...] = field(default=())

    @property
    def key(self) -> str:
        """What tells it from every other."""
        return self.spoken.announcement.key
