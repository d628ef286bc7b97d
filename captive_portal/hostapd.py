"""The text of hostapd.conf: a pure function of the settings and of what the radio can do.

What the radio lacks is refused here, all of it at once, so that no house has a Wi-Fi that half of the phones cannot
join. Setting by setting, hostapd.conf is explained in hostapd's own example file.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from captive_portal.config import CaptivePortalConfig, RadioConfig
from captive_portal.errors import RadioError, Sentence
from captive_portal.radios import RadioProfile, Security, most_phones, unsuitable

COUNTRY: Final = "VN"
"""Whose rules of the air are kept (ISO 3166-1)."""

_FIRST_5_GHZ = 36
_WIDE_CENTRE = 42  # of the 80 MHz that channels 36 to 48 share (IEEE 802.11, Annex E)
_UPPER_NEIGHBOUR = (36, 44)  # these have the other half of their 40 MHz above, 40 and 48 below
_SILENT_S = 120


def render(config: CaptivePortalConfig, profile: RadioProfile, control_folder: Path, driver: str = "nl80211") -> str:
    """Write hostapd.conf. It may hold the Wi-Fi's password: keep it readable by root alone.

    Args:
        config: the settings.
        profile: what the radio can do.
        control_folder: where hostapd puts its control socket.
        driver: hostapd's driver; "none" gives an access point without a radio, for tests.

    Raises:
        RadioError: the radio cannot do what the settings want, or a text would break out of its line.
    """
    problems = [*unsuitable(config.radio, profile), *_unprintable(config, control_folder)]
    if problems:
        raise RadioError(
            Sentence.joined(problems),
            Sentence("Change these settings in hub.toml; captive_portal.radio.profile says what it can do."),
        )
    groups = (
        _place(config, control_folder, driver),
        _air(config.radio, profile),
        _name(config.radio),
        _lock(config.radio, profile),
        _manners(config.radio, profile),
    )
    body = "\n\n".join("\n".join(f"{key}={value}" for key, value in group) for group in groups)
    return f"# Made from hub.toml by hub apply: changes made here are lost.\n{body}\n"


def _unprintable(config: CaptivePortalConfig, control_folder: Path) -> Iterator[str]:
    """Settings are checked when they are read; a line break here would be a setting of its own, so look again."""
    texts = {
        "captive_portal.interface": config.interface,
        "captive_portal.radio.ssid": config.radio.ssid,
        "captive_portal.radio.passphrase": config.radio.passphrase.get_secret_value(),
        "The control folder": str(control_folder),
    }
    for name, text in texts.items():
        if text and not text.isprintable():
            yield Sentence("%(name)s holds a line break, or another letter that cannot be printed.", name=name)


def _place(config: CaptivePortalConfig, control_folder: Path, driver: str) -> Iterator[tuple[str, object]]:
    yield "interface", config.interface
    yield "driver", driver
    yield "ctrl_interface", control_folder
    yield "logger_syslog", 0  # its messages name phones
    yield "logger_stdout", 0


def _air(radio: RadioConfig, profile: RadioProfile) -> Iterator[tuple[str, object]]:
    high = radio.channel >= _FIRST_5_GHZ
    yield "country_code", COUNTRY
    yield "ieee80211d", 1
    if high:
        yield "country3", "0x49"  # indoors only, as Vietnam wants it for 5150 to 5250 MHz
    yield "hw_mode", "a" if high else "g"
    yield "channel", radio.channel
    yield "ieee80211n", 1
    yield "wmm_enabled", 1
    if high:
        yield "ieee80211ac", 1
    if high and profile.wide:
        yield "ht_capab", "[HT40+]" if radio.channel in _UPPER_NEIGHBOUR else "[HT40-]"
        yield "vht_oper_chwidth", 1
        yield "vht_oper_centr_freq_seg0_idx", _WIDE_CENTRE


def _name(radio: RadioConfig) -> Iterator[tuple[str, object]]:
    yield "ssid2", radio.ssid.encode().hex()  # in hexadecimal: any letter of UTF-8, no quoting
    yield "utf8_ssid", 1


def _lock(radio: RadioConfig, profile: RadioProfile) -> Iterator[tuple[str, object]]:
    yield "auth_algs", 1
    security = Security(radio.security)
    if security is Security.OPEN:
        yield "wpa", 0
        return
    keys = {Security.WPA2: "WPA-PSK", Security.MIXED: "WPA-PSK SAE", Security.OWE: "OWE"}
    yield "wpa", 2
    yield "wpa_key_mgmt", keys[security]
    yield "rsn_pairwise", "CCMP"
    # IEEE 802.11w: 0 off, 1 who can, 2 everybody. OWE and SAE demand it of those who use them.
    yield "ieee80211w", 2 if security is Security.OWE else int(profile.protected_frames)
    if security is Security.MIXED:
        yield "sae_require_mfp", 1
        yield "sae_pwe", 2  # both ways to find the password element: older WPA3 phones know only the first
    if security is not Security.OWE:
        yield "wpa_passphrase", radio.passphrase.get_secret_value()


def _manners(radio: RadioConfig, profile: RadioProfile) -> Iterator[tuple[str, object]]:
    yield "ap_isolate", 1
    yield "max_num_sta", most_phones(radio, profile)
    yield "ap_max_inactivity", _SILENT_S  # a phone silent so long is asked; who went home gives up the seat
    yield "macaddr_acl", 0  # everybody, but those moved out for a while
