"""What the engine can be asked: by buttons, by the remote, by the schedule, by those who prepare announcements."""

from __future__ import annotations

from dataclasses import dataclass

from player.announcing.spoken import Spoken


@dataclass(frozen=True, slots=True)
class Play:
    """Play one film or sound, from its beginning.

    Attributes:
        film: its name below the content folder.
        source: who asked, for the log: "remote", "button", "schedule", "mpris".
        author: the post that asked, for the log; empty where nobody knows.
    """

    film: str
    source: str = "remote"
    author: str = ""


@dataclass(frozen=True, slots=True)
class PlayList:
    """Play a playlist of the schedule file.

    Attributes:
        name: which.
        place: from which of its films on, counted from 0.
        source: who asked.
        author: the post that asked.
    """

    name: str
    place: int = 0
    source: str = "remote"
    author: str = ""


@dataclass(frozen=True, slots=True)
class PlayBroadcast:
    """Play a live stream.

    Attributes:
        address: of http or https.
        source: who asked.
        author: the post that asked.
    """

    address: str
    source: str = "remote"
    author: str = ""


@dataclass(frozen=True, slots=True)
class TogglePause:
    """Hold what plays, or let it go on; where nothing plays, begin the playlist or film that was on last."""

    source: str = "remote"


@dataclass(frozen=True, slots=True)
class Hold:
    """Hold what plays, or let it go on; asked twice, it is as once."""

    held: bool
    source: str = "remote"


@dataclass(frozen=True, slots=True)
class Step:
    """Go to the next film of the list, or to the one before.

    Attributes:
        forward: to the next.
        source: who asked.
    """

    forward: bool = True
    source: str = "remote"


@dataclass(frozen=True, slots=True)
class Seek:
    """Go to a moment of what plays.

    Attributes:
        position_ms: where; what lies outside of the film is brought inside.
        relative: whether it is counted from where the film is now.
    """

    position_ms: int
    relative: bool = False


@dataclass(frozen=True, slots=True)
class SetLevel:
    """Make the programme this loud, from 0 to 100; the house's loudest level holds."""

    level: int


@dataclass(frozen=True, slots=True)
class Stop:
    """End the programme and the list it belongs to.

    Attributes:
        everything: end announcements, too, those that wait as well; an emergency only with this.
        source: who asked.
        author: the post that asked, for the log; empty where nobody knows.
    """

    everything: bool = False
    source: str = "remote"
    author: str = ""


@dataclass(frozen=True, slots=True)
class Announce:
    """Let an announcement be heard as soon as its priority allows."""

    spoken: Spoken


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take an announcement back: it is not heard, or heard no further.

    Attributes:
        key: its key.
        author: the post that takes it back, for the log.
    """

    key: str
    author: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """What the village head counted at a pause point or after a film: numbers, and nothing else.

    Attributes:
        people: in the hall.
        hands: that went up.
    """

    people: int
    hands: int | None = None


@dataclass(frozen=True, slots=True)
class Forgive:
    """Take a film out of quarantine."""

    film: str


@dataclass(frozen=True, slots=True)
class PowerOff:
    """End everything in order and switch the machine off."""

    source: str = "button"


Command = (
    Play
    | PlayList
    | PlayBroadcast
    | TogglePause
    | Hold
    | Step
    | Seek
    | SetLevel
    | Stop
    | Announce
    | Withdraw
    | Count
    | Forgive
    | PowerOff
)
