"""The air of the emulated machine: simulated radios, the house's access point, and phones that join it.

The radios are those of `mac80211_hwsim`; each goes into the namespace of whoever has it, and comes back afterwards.
On the phones' side stands the real wpa_supplicant.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from namespaces import Namespace, command, until

from captive_portal.config import CaptivePortalConfig
from captive_portal.errors import HostapdError
from captive_portal.hostapd import render
from captive_portal.hostapd_control import ENABLED, Hostapd
from captive_portal.programs import ChildProcess
from captive_portal.radios import profile_for

JOIN_S = 60
"""An emulated machine is slow: this is for giving up, not for judging."""

Join = dict[str, str]
"""How a phone joins: the lines of a network in wpa_supplicant.conf(5), without its name."""


def open_join() -> Join:
    """No password."""
    return {"key_mgmt": "NONE"}


def wpa2_join(passphrase: str) -> Join:
    """As every phone can."""
    return {"key_mgmt": "WPA-PSK", "psk": f'"{passphrase}"', "ieee80211w": "1"}


def wpa3_join(passphrase: str) -> Join:
    """As newer phones prefer."""
    return {"key_mgmt": "SAE", "sae_password": f'"{passphrase}"', "ieee80211w": "2"}


def either_join(passphrase: str) -> Join:
    """A newer phone that takes whatever there is."""
    return {"key_mgmt": "WPA-PSK SAE", "psk": f'"{passphrase}"', "ieee80211w": "1"}


def owe_join() -> Join:
    """No password, and yet encrypted."""
    return {"key_mgmt": "OWE", "ieee80211w": "2"}


@dataclass(frozen=True)
class Radio:
    """One simulated radio: the kernel's name of the device and of its interface."""

    phy: str
    interface: str


class Air:
    """All the radios there are.

    Args:
        radios: how many.
    """

    def __init__(self, radios: int) -> None:
        command("modprobe", "mac80211_hwsim", f"radios={radios}")
        command("iw", "reg", "set", "VN")
        found = sorted(Path("/sys/class/net").glob("wlan*"), key=lambda path: int(path.name[4:]))
        self.house = Radio(_phy(found[0]), found[0].name)
        self._free = [Radio(_phy(path), path.name) for path in found[1:]]

    @contextlib.contextmanager
    def lend(self, radio: Radio, space: Namespace) -> Iterator[None]:
        """Put a radio into a namespace, where its interface is called wlan0."""
        command("iw", "phy", radio.phy, "set", "netns", "name", space.name)
        try:
            if radio.interface != "wlan0":
                space.ip("link", "set", radio.interface, "name", "wlan0")
            yield
        finally:
            space.ip("link", "set", "wlan0", "down")
            if radio.interface != "wlan0":
                space.ip("link", "set", "wlan0", "name", radio.interface)
            space.run("iw", "phy", radio.phy, "set", "netns", "1")

    @contextlib.contextmanager
    def phone_radio(self, space: Namespace) -> Iterator[None]:
        """Lend one of the phones' radios."""
        radio = self._free.pop(0)
        try:
            with self.lend(radio, space):
                yield
        finally:
            self._free.append(radio)


def _phy(interface: Path) -> str:
    return (interface / "phy80211" / "name").read_text().strip()


class Supplicant:
    """A phone's Wi-Fi: wpa_supplicant in its namespace, on wlan0."""

    def __init__(self, space: Namespace, folder: Path) -> None:
        self._space = space
        self._conf = folder / f"{space.name}.conf"
        self._log = folder / f"{space.name}.supplicant.log"
        self._control = folder / f"{space.name}.ctrl"
        # wpa_supplicant's control socket speaks as hostapd's does
        self._socket = Hostapd(self._control, "wlan0", folder / "asking")
        self._program: subprocess.Popen[bytes] | None = None

    def ask(self, words: str) -> str:
        """Ask wpa_supplicant something."""
        return self._socket.ask(words)

    def status(self) -> dict[str, str]:
        """How the phone has joined, in wpa_supplicant's words."""
        return dict(line.partition("=")[::2] for line in self.ask("STATUS").splitlines())

    def start(self, ssid: str, join: Join) -> None:
        """Begin to look for a Wi-Fi, and join it."""
        lines = {"ssid": ssid.encode().hex(), "scan_ssid": "1", **join}
        network = "".join(f"  {key}={value}\n" for key, value in lines.items())
        # A phone would scan all channels; here only those of 2.4 GHz, where the house is, as that takes time.
        self._conf.write_text(
            f"ctrl_interface={self._control}\nupdate_config=0\ncountry=VN\np2p_disabled=1\nsae_pwe=2\n"
            f"network={{\n{network}  scan_freq=2412 2437 2462\n}}\n"
        )
        self._program = self._space.start(
            "wpa_supplicant", "-D", "nl80211", "-i", "wlan0", "-c", str(self._conf), log=self._log
        )
        until((self._control / "wlan0").exists, JOIN_S, "wpa_supplicant's socket")

    def join(self, ssid: str, join: Join) -> dict[str, str]:
        """Join a Wi-Fi, and return how."""
        self.start(ssid, join)
        self.wait()
        return self.status()

    def wait(self, seconds: float = JOIN_S) -> None:
        """Wait until the phone has joined."""
        try:
            until(lambda: self.joined, seconds)
        except AssertionError as error:
            raise AssertionError(f"not joined within {seconds:g} s: {self.said()}") from error

    @property
    def joined(self) -> bool:
        """Whether the phone is on the Wi-Fi just now."""
        return self.status().get("wpa_state") == "COMPLETED"

    def said(self) -> str:
        """What wpa_supplicant wrote so far."""
        return self._log.read_text(errors="replace")[-2000:] if self._log.exists() else ""

    def leave(self) -> None:
        """Leave, for good."""
        self._socket.close()
        if self._program:
            self._space.end(self._program)
            self._program = None


class AccessPointProgram:
    """The house's access point: the project's own settings, in the real hostapd, on wlan0 of a namespace."""

    def __init__(self, space: Namespace, folder: Path, config: CaptivePortalConfig) -> None:
        self.space = space
        self.folder = folder / "hostapd"
        conf = folder / "hostapd.conf"
        conf.write_text(render(config, profile_for("mac80211_hwsim"), self.folder))
        self.program = ChildProcess(["ip", "netns", "exec", space.name, "hostapd", str(conf)], first_wait_s=0.2)
        self.control = Hostapd(self.folder, config.interface, folder / "clients")

    @property
    def working(self) -> bool:
        """Whether hostapd says so."""
        try:
            return self.control.status().state == ENABLED
        except HostapdError:  # not there yet
            return False

    def __enter__(self) -> AccessPointProgram:
        self.program.start()
        until(lambda: self.working, JOIN_S, "hostapd works")
        return self

    def __exit__(self, *_: object) -> None:
        self.control.close()
        self.program.stop()

    def kill(self) -> None:
        """End hostapd as a crash would: without a word."""
        assert self.program.pid
        os.kill(self.program.pid, signal.SIGKILL)
