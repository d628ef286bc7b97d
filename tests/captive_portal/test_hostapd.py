"""hostapd.conf as whole files, and what hostapd's own parser says to them."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from captive_portal.config import CaptivePortalConfig, RadioConfig
from captive_portal.errors import RadioError
from captive_portal.hostapd import render
from captive_portal.radios import PROFILES, unsuitable

FOLDER = Path("/run/hub/hostapd")

OPEN_ON_A_PI = """\
# Made from hub.toml by hub apply: changes made here are lost.
interface=wlan0
driver=nl80211
ctrl_interface=/run/hub/hostapd
logger_syslog=0
logger_stdout=0

country_code=VN
ieee80211d=1
hw_mode=g
channel=6
ieee80211n=1
wmm_enabled=1

ssid2=4e68c3a02076c4836e2068c3b361
utf8_ssid=1

auth_algs=1
wpa=0

ap_isolate=1
max_num_sta=8
ap_max_inactivity=120
macaddr_acl=0
"""

MIXED_ON_5_GHZ = """\
# Made from hub.toml by hub apply: changes made here are lost.
interface=wlan1
driver=nl80211
ctrl_interface=/run/hub/hostapd
logger_syslog=0
logger_stdout=0

country_code=VN
ieee80211d=1
country3=0x49
hw_mode=a
channel=40
ieee80211n=1
wmm_enabled=1
ieee80211ac=1
ht_capab=[HT40-]
vht_oper_chwidth=1
vht_oper_centr_freq_seg0_idx=42

ssid2=42e1baa36e204ec3a069
utf8_ssid=1

auth_algs=1
wpa=2
wpa_key_mgmt=WPA-PSK SAE
rsn_pairwise=CCMP
ieee80211w=1
sae_require_mfp=1
sae_pwe=2
wpa_passphrase= # doc=sach \\ "free"

ap_isolate=1
max_num_sta=40
ap_max_inactivity=120
macaddr_acl=0
"""


def settings(interface: str = "wlan0", **radio: object) -> CaptivePortalConfig:
    return CaptivePortalConfig(mode="access-point", interface=interface, radio=RadioConfig(**radio))


def test_an_open_wifi_on_a_pi() -> None:
    assert render(settings(), PROFILES["raspberry-pi"], FOLDER) == OPEN_ON_A_PI


def test_a_mixed_wifi_on_5_ghz() -> None:
    wishes = settings(
        "wlan1", security="wpa2-wpa3", passphrase=' # doc=sach \\ "free"', ssid="Bản Nài", channel=40, most_phones=40
    )
    assert render(wishes, PROFILES["mt76"], FOLDER) == MIXED_ON_5_GHZ


@pytest.mark.parametrize(
    ("security", "profile", "lock"),
    [
        (
            "wpa2",
            "raspberry-pi",
            "wpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nieee80211w=0\nwpa_passphrase=12345678",
        ),
        ("wpa2", "mt76", "wpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nieee80211w=1\nwpa_passphrase=12345678"),
        ("owe", "mt76", "wpa=2\nwpa_key_mgmt=OWE\nrsn_pairwise=CCMP\nieee80211w=2"),
    ],
)
def test_the_lock_follows_from_what_the_radio_can(security: str, profile: str, lock: str) -> None:
    wishes = settings(security=security, passphrase="" if security == "owe" else "12345678")
    assert f"\n\nauth_algs=1\n{lock}\n\n" in render(wishes, PROFILES[profile], FOLDER)


def test_a_radio_without_wpa3_refuses_with_everything_it_lacks() -> None:
    wishes = settings(security="wpa2-wpa3", passphrase="12345678", most_phones=30)
    with pytest.raises(RadioError) as refused:
        render(wishes, PROFILES["raspberry-pi"], FOLDER)
    assert refused.value.message.splitlines() == unsuitable(wishes.radio, PROFILES["raspberry-pi"])
    assert "hub.toml" in refused.value.hint


@pytest.mark.parametrize("text", ["a\nignore_broadcast_ssid=1", "a\rb", "a\x00bcdefgh", "a\u2028bcdefg", "abcdefg\x85"])
def test_no_line_of_the_settings_becomes_a_line_of_hostapds(text: str) -> None:
    with pytest.raises(ValidationError):
        RadioConfig(ssid=text)
    with pytest.raises(ValidationError):
        RadioConfig(security="wpa2", passphrase=text + "12345678")
    safe = settings(security="wpa2", passphrase="12345678")
    # behind the back of the settings' own checks
    unsafe = safe.model_copy(update={"radio": safe.radio.model_copy(update={"passphrase": SecretStr(text)})})
    with pytest.raises(RadioError, match=r"captive_portal\.radio\.passphrase"):
        render(unsafe, PROFILES["mt76"], FOLDER)
    with pytest.raises(RadioError, match=r"captive_portal\.radio\.ssid"):
        render(
            safe.model_copy(update={"radio": safe.radio.model_copy(update={"ssid": text})}), PROFILES["mt76"], FOLDER
        )
    with pytest.raises(RadioError, match=r"captive_portal\.interface"):
        render(safe.model_copy(update={"interface": text}), PROFILES["mt76"], FOLDER)


def test_the_password_is_in_no_error() -> None:
    wishes = settings(security="wpa2-wpa3", passphrase="bí-mật".encode().hex())
    with pytest.raises(RadioError) as refused:
        render(wishes, PROFILES["other"], FOLDER)
    assert "bí-mật".encode().hex() not in f"{refused.value.message}{refused.value.hint}"


def parsed_by_hostapd(text: str, folder: Path) -> str:
    """Start the real hostapd with an interface that is not there, and return what it says on its way out."""
    hostapd = shutil.which("hostapd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if not hostapd:
        pytest.skip("hostapd is not installed: apt install hostapd")
    path = folder / "hostapd.conf"
    path.write_text(text)
    return subprocess.run([hostapd, str(path)], capture_output=True, text=True, timeout=20, check=False).stdout


COMBINATIONS = [
    (name, security, channel)
    for (name, profile), channel in itertools.product(PROFILES.items(), (1, 13, 36, 48))
    for security in sorted(known.value for known in profile.securities)
]


def test_the_real_parser_takes_every_setting_of_every_radio(tmp_path: Path) -> None:
    for name, security, channel in COMBINATIONS:
        passphrase = "~ #\\\"'=|mac=1 " if security.startswith("wpa2") else ""
        wishes = settings(
            "hubnowlan0", security=security, passphrase=passphrase, channel=channel, ssid='Nhà "văn\\ hóa"'
        )
        said = parsed_by_hostapd(render(wishes, PROFILES[name], tmp_path / "control"), tmp_path)
        assert "found in configuration file" not in said
        assert not [line for line in said.splitlines() if line.startswith("Line ")]
        assert "hubnowlan0: interface state UNINITIALIZED" in said  # it came as far as the interface


def test_the_real_parser_would_complain(tmp_path: Path) -> None:
    said = parsed_by_hostapd(f"{OPEN_ON_A_PI}no_such_setting=1\n", tmp_path)
    assert "1 errors found in configuration file" in said
