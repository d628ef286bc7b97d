"""The words in which the rooms of the gate speak of phones: who one is, how it stands, before what wall."""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, order=True)
class Phone:
    """One device as the house's network sees it just now; both parts may change on the device's own wish.

    Attributes:
        mac: its link-layer address in small letters, such as "02:00:00:00:00:01".
        address: its IPv4 address.
    """

    mac: str
    address: str


class Standing(enum.Enum):
    """What the wall does with a phone."""

    CAPTIVE = "captive"
    """It has not said anything yet: whatever it asks for leads to the welcome page."""
    WELCOMED = "welcomed"
    """Somebody tapped: the phone is told that all is well, so that it stays; no internet."""
    ONLINE = "online"
    """The internet is open, while there is a link; without one it is treated as welcomed."""


class Answer(enum.Enum):
    """What a phone hears when it probes for the internet."""

    PORTAL = "portal"
    """Sign in here: the reply that opens the portal's sheet."""
    SUCCESS = "success"
    """You are online, said by the hub itself, so that the phone stays on the Wi-Fi."""
    INTERNET = "internet"
    """Whatever the internet itself says."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes that passed between one phone and the internet, since the phone was let in.

    Attributes:
        up: sent by the phone.
        down: received by it.
    """

    up: int
    down: int


@dataclass(frozen=True, slots=True)
class Change:
    """One wish to the wall.

    Attributes:
        phone: whom it is about.
        standing: how it shall stand from now on.
        seconds: after which time the wall itself makes it captive again, even if nobody is there to ask; for
            CAPTIVE without meaning.
    """

    phone: Phone
    standing: Standing
    seconds: int = 0


class Wall(Protocol):
    """What lets phones through or not (nftables on a hub); every method raises `WallError` when the kernel refuses."""

    def raise_up(self) -> None:
        """Stand, with everybody who stood before this process still standing as they did."""

    def set_backhaul(self, up: bool) -> None:
        """Answer online phones from the internet, or, without one, as welcomed ones."""

    def apply(self, changes: Iterable[Change]) -> None:
        """Take all of these changes in one step; flows of phones that lose the internet end at once."""

    def standing(self) -> Mapping[Phone, Standing]:
        """Every phone that is not captive."""

    def traffic(self) -> Mapping[Phone, Traffic]:
        """What passed for every phone that is online."""

    def seen(self) -> frozenset[Phone]:
        """Phones that sent anything lately (within the last minute or two)."""
