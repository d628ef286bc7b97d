"""What each kind of radio can do as an access point, and whether the one in this machine is fit to work.

The figures come from the radios' makers and users, not from the drivers, which promise more than they keep:

- `brcmfmac` (Raspberry Pi, onboard): with the usual firmware some 8 phones, and a crash when more come; 19 with
  the "minimal" one; WPA3, OWE and protected management frames fail with many phones; one channel, no choice of its own
  (raspberrypi/linux issues 3010, 3619, 4718, 7358; openwrt 9600).
- `mt76` (MediaTek, on USB sticks and cards): everything.
- `mac80211_hwsim`: the kernel's simulated radios, for tests.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from captive_portal.config import RadioConfig
from captive_portal.errors import Sentence

_MT76 = re.compile(r"mt(76(03e|15e|22_wmac|63[us]|x0[eu]|x2[eu])|7(902|915|921|925|986|99[0-9])[a-z_]*)")
_FIRMWARE_DIED = re.compile(r"firmware halted|firmware has halted or crashed|brcmf_fw_crashed|chip reset failed", re.I)
_FIRMWARE_LOADED = re.compile(r"brcmf_c_preinit_dcmds: Firmware|(HW/SW|WM Firmware) Version", re.I)
_MANAGED = ("connect", "disconnected", "deactivating")
_LINES_READ = 2000


class Security(Enum):
    """How phones may join, in the words of the settings."""

    OPEN = "open"
    WPA2 = "wpa2"
    MIXED = "wpa2-wpa3"
    OWE = "owe"


@dataclass(frozen=True, slots=True)
class RadioProfile:
    """What one kind of radio can do.

    Attributes:
        name: its name in the settings.
        most_phones: how many phones it carries at the same time.
        securities: how phones may join.
        protected_frames: whether it can protect management frames (IEEE 802.11w).
        isolation: whether phones are kept apart for sure, not only asked for.
        wide: whether 5 GHz channels of 80 MHz are worth asking for; otherwise 20 MHz.
        better: what a technician may do who needs more, as a sentence.
    """

    name: str
    most_phones: int
    securities: frozenset[Security]
    protected_frames: bool
    isolation: bool
    wide: bool
    better: str


_PLAIN = frozenset({Security.OPEN, Security.WPA2})
_USB_STICK = Sentence(
    "A USB radio with an mt76 chip, or an access point on a cable (mode = outside-ap), carries a whole class."
)
_CABLE = Sentence("An access point on a cable carries more.")

PROFILES: Final[Mapping[str, RadioProfile]] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            RadioProfile("raspberry-pi", 8, _PLAIN, False, False, False, _USB_STICK),
            RadioProfile("raspberry-pi-minimal", 19, _PLAIN, False, False, False, _USB_STICK),
            RadioProfile("mt76", 64, frozenset(Security), True, True, True, _CABLE),
            RadioProfile("simulated", 100, frozenset(Security), True, True, True, Sentence("It is only simulated.")),
            RadioProfile("other", 16, _PLAIN, False, False, False, _USB_STICK),
        )
    }
)
"""Every profile by its name in the settings."""


def profile_for(driver: str) -> RadioProfile:
    """Return the profile for a driver's name in the kernel; of an unknown one little is expected."""
    if driver == "brcmfmac":
        return PROFILES["raspberry-pi"]
    if driver == "mac80211_hwsim":
        return PROFILES["simulated"]
    return PROFILES["mt76" if _MT76.fullmatch(driver) else "other"]


def driver_of(interface: str, sys: Path = Path("/sys")) -> str:
    """Return the name of the driver behind a network interface, or nothing when there is no such interface."""
    link = sys / "class/net" / interface / "device/driver"
    try:
        return link.readlink().name
    except OSError:
        return ""


def chosen_profile(
    radio: RadioConfig,
    interface: str,
    sys: Path = Path("/sys"),
    firmware: Path = Path("/etc/alternatives/cyfmac43455-sdio.bin"),
) -> RadioProfile:
    """Return the profile that the settings name; with `auto`, the one for the interface's driver.

    Args:
        radio: the settings.
        interface: the radio's network interface.
        sys: where the kernel shows its devices.
        firmware: Debian's and Raspberry Pi OS's link to the onboard radio's firmware (update-alternatives(1)).
    """
    if radio.profile != "auto":
        return PROFILES[radio.profile]
    profile = profile_for(driver_of(interface, sys))
    if profile.name == "raspberry-pi":
        try:
            minimal = "minimal" in firmware.readlink().name
        except OSError:
            minimal = False
        if minimal:
            return PROFILES["raspberry-pi-minimal"]
    return profile


def most_phones(radio: RadioConfig, profile: RadioProfile) -> int:
    """Return how many phones are let in at the same time."""
    return min(radio.most_phones or profile.most_phones, profile.most_phones)


def unsuitable(radio: RadioConfig, profile: RadioProfile) -> list[Sentence]:
    """Return everything that the settings want and the radio lacks, each with what to set instead, as sentences."""
    problems = []
    if Security(radio.security) not in profile.securities:
        instead = "wpa2" if radio.passphrase.get_secret_value() else "open"
        problems.append(
            Sentence(
                'This radio (%(name)s) cannot do security = "%(security)s" so that all phones can join:'
                ' set captive_portal.radio.security = "%(instead)s", or use another radio. %(better)s',
                name=profile.name,
                security=radio.security,
                instead=instead,
                better=profile.better,
            )
        )
    if radio.most_phones > profile.most_phones:
        problems.append(
            Sentence(
                "This radio (%(name)s) carries %(most)d phones, not %(wanted)d:"
                " set captive_portal.radio.most_phones = %(most)d or less. %(better)s",
                name=profile.name,
                most=profile.most_phones,
                wanted=radio.most_phones,
                better=profile.better,
            )
        )
    return problems


class Trouble(Enum):
    """Why a radio cannot work just now; the last two when the radio itself is fit, but hostapd does not answer, or
    does not bring the Wi-Fi up.
    """

    MISSING = "missing"
    NO_RADIO = "no-radio"
    BLOCKED = "blocked"
    SWITCHED_OFF = "switched-off"
    FIRMWARE_HALTED = "firmware-halted"
    HELD = "held"
    UNREACHABLE = "unreachable"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class RadioCondition:
    """How the radio is.

    Attributes:
        trouble: what is wrong, or None.
        problem: the same as a sentence; empty when nothing is.
        hint: what to do next, as a sentence; empty when nothing is wrong.
    """

    trouble: Trouble | None = None
    problem: str = ""
    hint: str = ""


def firmware_halted(kernel_log: str) -> bool:
    """Tell from the kernel's messages, oldest first, whether a radio's firmware died and was not loaded again since."""
    halted = False
    for line in kernel_log.splitlines():
        if _FIRMWARE_DIED.search(line):
            halted = True
        elif _FIRMWARE_LOADED.search(line):
            halted = False
    return halted


def held_by_network_manager(devices: str, interface: str) -> bool:
    """Tell from the output of ``nmcli -t -f DEVICE,STATE device`` whether NetworkManager uses an interface itself."""
    states = dict(line.rsplit(":", 1) for line in devices.splitlines() if ":" in line)
    return states.get(interface.replace(":", "\\:"), "").startswith(_MANAGED)


def look(interface: str, sys: Path, run: Callable[[Sequence[str]], str]) -> RadioCondition:
    """Find out whether a radio is there and free to be used; the gravest trouble comes first.

    Args:
        interface: the radio's network interface.
        sys: where the kernel shows its devices (/sys).
        run: runs a program and returns what it wrote; may raise anything when that fails, which is taken for silence.
    """
    link = sys / "class/net" / interface
    if not link.exists():
        if firmware_halted(_kernel_log(run)):
            return _halted(interface)
        return RadioCondition(
            Trouble.MISSING,
            Sentence("There is no network interface %(interface)s.", interface=interface),
            Sentence("Plug the radio in, or name the right interface in captive_portal.interface (see: ip link)."),
        )
    if not (link / "phy80211").exists():
        return RadioCondition(
            Trouble.NO_RADIO,
            Sentence("%(interface)s is no radio.", interface=interface),
            Sentence(
                'Name the radio in captive_portal.interface (see: iw dev), or set mode = "outside-ap" for a cable.'
            ),
        )
    for switch in sorted((link / "phy80211").glob("rfkill*")):
        if _flag(switch / "hard"):
            return RadioCondition(
                Trouble.SWITCHED_OFF,
                Sentence("A switch on the machine keeps %(interface)s off.", interface=interface),
                Sentence("Turn the radio's switch on."),
            )
        if _flag(switch / "soft"):
            return RadioCondition(
                Trouble.BLOCKED,
                Sentence("The system keeps %(interface)s off (rfkill).", interface=interface),
                Sentence("Run: rfkill unblock wifi"),
            )
    if firmware_halted(_kernel_log(run)):
        return _halted(interface)
    if held_by_network_manager(_said(run, ["nmcli", "-t", "-f", "DEVICE,STATE", "device"]), interface):
        return RadioCondition(
            Trouble.HELD,
            Sentence("NetworkManager uses %(interface)s for itself.", interface=interface),
            Sentence(
                "Run: nmcli device set %(interface)s managed no; and for good:"
                " unmanaged-devices=interface-name:%(interface)s in the section [keyfile] of a file"
                " in /etc/NetworkManager/conf.d.",
                interface=interface,
            ),
        )
    return RadioCondition()


def _halted(interface: str) -> RadioCondition:
    return RadioCondition(
        Trouble.FIRMWARE_HALTED,
        Sentence(
            "The firmware of the radio %(interface)s halted; too many phones can be the reason.", interface=interface
        ),
        Sentence(
            "Restart the machine. When it happens again, set captive_portal.radio.most_phones lower than the"
            " number of phones that were there. %(better)s",
            better=_USB_STICK,
        ),
    )


def _kernel_log(run: Callable[[Sequence[str]], str]) -> str:
    journal = ["journalctl", "--dmesg", "--boot", "--output=cat", "--no-pager", f"--lines={_LINES_READ}"]
    return _said(run, journal) or _said(run, ["dmesg"])


def _said(run: Callable[[Sequence[str]], str], args: Sequence[str]) -> str:
    try:
        return run(args)
    except Exception:  # whoever runs programs has errors of his own; a program that is not there says nothing
        return ""


def _flag(path: Path) -> bool:
    try:
        return path.read_text(encoding="ascii").strip() == "1"
    except (OSError, ValueError):
        return False
