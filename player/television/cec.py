"""What is said over CEC, and what the answers of `cec-ctl` (v4l-utils) mean. Pure rules.

Source: HDMI 1.4b, supplement 1 (CEC): One Touch Play, Standby, Power Status. The kernel's own interface, not libcec,
which is slow and cannot tell its errors apart.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final

PROGRAM: Final = "cec-ctl"
LONGEST_NAME: Final = 14
"""Letters of the name that the television shows; ASCII (CEC 13.13.2, "OSD Name")."""
_ADDRESS: Final = re.compile(r"Physical Address\s*:\s*((?:[0-9a-f]\.){3}[0-9a-f])\b", re.IGNORECASE)
_POWER: Final = re.compile(r"pwr-state:\s*([a-z-]+)")
_NOWHERE: Final = "f.f.f.f"


class Power(StrEnum):
    """How the television is."""

    ON = "on"
    STANDBY = "standby"
    UNKNOWN = "unknown"


def claim(device: str, name: str) -> list[str]:
    """Be a player on the cable; the answer tells the connector's address."""
    return [PROGRAM, "-d", device, "--playback", "--osd-name", name]


def ask_power(device: str) -> list[str]:
    """Ask the television whether it is on."""
    return [*_to_television(device), "--give-device-power-status"]


def switch_on(device: str) -> list[str]:
    """Switch the television on."""
    return [*_to_television(device), "--image-view-on"]


def show(device: str, address: str) -> list[str]:
    """Have it show what comes from the connector with this address; said to everybody on the cable."""
    return [PROGRAM, "-d", device, "-s", "--active-source", f"phys-addr={address}"]


def switch_off(device: str) -> list[str]:
    """Put the television into standby, and nothing else on the cable."""
    return [*_to_television(device), "--standby"]


def address(answer: str) -> str | None:
    """The connector's address; None where no television is connected."""
    found = _ADDRESS.search(answer)
    return found[1].lower() if found and found[1].lower() != _NOWHERE else None


def power(answer: str) -> Power:
    """How the television says it is; what is on its way counts as there."""
    found = _POWER.search(answer)
    match found[1] if found else "":
        case "on" | "to-on":
            return Power.ON
        case "standby" | "to-standby":
            return Power.STANDBY
    return Power.UNKNOWN


def osd_name(name: str) -> str:
    """A name as CEC takes it: without marks."""
    spread = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(letter for letter in spread if letter.isascii() and letter.isprintable())
    return plain[:LONGEST_NAME].strip() or "Hub"


def _to_television(device: str) -> list[str]:
    return [PROGRAM, "-d", device, "-s", "--to", "0"]
