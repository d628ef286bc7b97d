"""What hostapd tells by itself, as typed values; a pure translation of its words.

The words are those of `wpa_ctrl.h` of hostapd 2.10, seen on its control interface as `<3>AP-ENABLED `.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

_MAC = r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}"
_LEADING_MAC = re.compile(rf"({_MAC})\b", re.I)
_PRIORITY = re.compile(r"<\d+>")
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)", re.S)
_PLAIN_ESCAPES = {"n": b"\n", "r": b"\r", "t": b"\t", "e": b"\x1b"}
_FIRST_CHANNEL_MHZ, _LAST_CHANNEL_MHZ, _CHANNEL_14_MHZ, _FIVE_GHZ = 2412, 2472, 2484, 5000


@dataclass(frozen=True, slots=True)
class StationJoined:
    """A phone has joined, with its link-layer address in small letters."""

    mac: str


@dataclass(frozen=True, slots=True)
class StationLeft:
    """A phone has left, or was sent away."""

    mac: str


@dataclass(frozen=True, slots=True)
class StationRefused:
    """A phone was not let in: ``full`` when there was no place, otherwise because it was moved out a while ago."""

    mac: str
    full: bool


@dataclass(frozen=True, slots=True)
class WrongPassphrase:
    """A phone tried to join with what may be a wrong password."""

    mac: str


@dataclass(frozen=True, slots=True)
class Enabled:
    """The access point works."""


@dataclass(frozen=True, slots=True)
class Disabled:
    """The access point does not work any more: told to, or its interface is gone.

    Attributes:
        interface: whether its interface was taken away or switched off; STATUS goes on to say ENABLED then.
    """

    interface: bool = False


@dataclass(frozen=True, slots=True)
class ChannelChanged:
    """The access point now works on another channel; 0 when hostapd does not say on which."""

    channel: int


@dataclass(frozen=True, slots=True)
class CacDone:
    """The wait for radars is over; ``clear`` when there was none (IEEE 802.11h)."""

    clear: bool


@dataclass(frozen=True, slots=True)
class Terminating:
    """hostapd ends."""


@dataclass(frozen=True, slots=True)
class Other:
    """Anything else, with hostapd's own words."""

    words: str


Event = (
    StationJoined
    | StationLeft
    | StationRefused
    | WrongPassphrase
    | Enabled
    | Disabled
    | ChannelChanged
    | CacDone
    | Terminating
    | Other
)


def is_event(message: str) -> bool:
    """Tell an event from the answer to a command: events begin with their priority, such as ``<3>``."""
    return _PRIORITY.match(message) is not None


def parse(message: str) -> Event:
    """Translate one message; one that nobody understands becomes `Other`, whatever it holds."""
    words = _PRIORITY.sub("", message, count=1).strip()
    name, _, rest = words.partition(" ")
    if name in _ABOUT_A_PHONE:
        mac = _LEADING_MAC.match(rest)
        return _ABOUT_A_PHONE[name](mac.group(1).lower()) if mac else Other(words)
    if name in _PLAIN:
        return _PLAIN[name]
    if name == "AP-CSA-FINISHED":
        return ChannelChanged(channel_of(_number(fields(rest), "freq")))
    if name == "DFS-CAC-COMPLETED":
        return CacDone(_number(fields(rest), "success") == 1)
    return Other(words)


def channel_of(frequency_mhz: int) -> int:
    """Return the number of the channel on a frequency in MHz; 0 for one outside of 2.4 and 5 GHz."""
    if frequency_mhz == _CHANNEL_14_MHZ:
        return 14
    if _FIRST_CHANNEL_MHZ <= frequency_mhz <= _LAST_CHANNEL_MHZ:
        return (frequency_mhz - _FIRST_CHANNEL_MHZ) // 5 + 1
    return (frequency_mhz - _FIVE_GHZ) // 5 if _FIVE_GHZ < frequency_mhz < _FIVE_GHZ + 1000 else 0


def frequency_of(channel: int) -> int:
    """Return the frequency in MHz of a channel of 2.4 GHz (1 to 14) or 5 GHz (32 and above)."""
    if channel == 14:
        return _CHANNEL_14_MHZ
    return _FIVE_GHZ + 5 * channel if channel > 14 else _FIRST_CHANNEL_MHZ + 5 * (channel - 1)


def fields(text: str) -> Mapping[str, str]:
    """Return what stands before and after each ``=`` in a text of words or lines."""
    pairs = (word.partition("=") for word in text.split())
    return {key: value for key, sign, value in pairs if sign}


def plain_bytes(escaped: str) -> bytes:
    """Undo hostapd's way to print any bytes, such as the name of a Wi-Fi (its `printf_encode`)."""

    def one(match: re.Match[str]) -> str:
        word = match.group(1)
        code = bytes.fromhex(word[1:]) if len(word) == 3 else _PLAIN_ESCAPES.get(word, word.encode())
        return code.decode("latin-1")

    # through latin-1, so that each byte is one letter meanwhile
    return _ESCAPE.sub(one, escaped.encode().decode("latin-1")).encode("latin-1", errors="replace")


def _number(words: Mapping[str, str], key: str) -> int:
    text = words.get(key, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


_ABOUT_A_PHONE: Mapping[str, Callable[[str], Event]] = MappingProxyType(
    {
        "AP-STA-CONNECTED": StationJoined,
        "AP-STA-DISCONNECTED": StationLeft,
        "AP-REJECTED-MAX-STA": lambda mac: StationRefused(mac, full=True),
        "AP-REJECTED-BLOCKED-STA": lambda mac: StationRefused(mac, full=False),
        "AP-STA-POSSIBLE-PSK-MISMATCH": WrongPassphrase,
    }
)
_PLAIN: Mapping[str, Event] = MappingProxyType(
    {
        "AP-ENABLED": Enabled(),
        "AP-DISABLED": Disabled(),
        "INTERFACE-DISABLED": Disabled(interface=True),
        "INTERFACE-ENABLED": Enabled(),
        "CTRL-EVENT-TERMINATING": Terminating(),
    }
)
