"""A client for hostapd's control interface: commands and their answers on one socket, events on another.

hostapd listens on a UNIX datagram socket per network interface and answers to the address a command came from, so each
client socket needs a file of its own (unix(7)); they lie in a folder that only this program's user may enter. Whoever
receives events gets them between the answers to commands: therefore the two sockets.

When hostapd was killed, its socket file stays and connecting to it is refused; when it was started again, sockets
connected before lead nowhere. Both end in `HostapdError`; commands find their way to the new hostapd by themselves.
"""

import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from captive_portal.errors import HostapdError
from captive_portal.hostapd_events import frequency_of, is_event, plain_bytes
from captive_portal.hostapd_lines import EventLine, Line, sweep, unreachable

_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_MOST_STATIONS = 2007  # association identifiers of one access point (IEEE 802.11)
_BEACONS_BEFORE_SWITCH = 5
_REASON_FULL = 5  # "unable to handle all currently associated STAs" (IEEE 802.11, reason codes)

ENABLED: Final = "ENABLED"
"""The state of an access point that works."""


class HostapdRefusedError(HostapdError):
    """hostapd is there, and answered that it does not want to."""


@dataclass(frozen=True, slots=True)
class HostapdStatus:
    """What hostapd says about its access point.

    Attributes:
        state: "ENABLED" when it works; else how far it got, such as "COUNTRY_UPDATE", "ACS", "DFS" or "DISABLED".
        ssid: the name of its Wi-Fi.
        channel: its channel; 0 when unknown.
        stations: how many phones have joined.
    """

    state: str
    ssid: str
    channel: int
    stations: int


@dataclass(frozen=True, slots=True)
class Station:
    """One phone that has joined.

    Attributes:
        mac: its link-layer address, in small letters.
        signal_dbm: how strong it is heard, in dBm; None when the radio does not say.
        rx_bytes: bytes received from it; None when the radio does not say.
        tx_bytes: bytes sent to it; None when the radio does not say.
        inactive_ms: how long nothing was heard of it, in milliseconds; None when the radio does not say.
        connected_s: how long ago it joined, in seconds; None when the radio does not say.
        authorized: whether its traffic passes: it knew the password, where there is one.
    """

    mac: str
    signal_dbm: int | None
    rx_bytes: int | None
    tx_bytes: int | None
    inactive_ms: int | None
    connected_s: int | None
    authorized: bool


class Hostapd:
    """Talks with the hostapd of one network interface; may be used by several threads.

    Every method raises `HostapdError` when hostapd does not answer, or refuses.

    Args:
        control_folder: hostapd's ``ctrl_interface``.
        interface: the network interface.
        client_folder: where this program's own socket files lie; nobody else may enter it. None for one beside
            ``control_folder``.
        timeout_s: how long an answer may take, in seconds.
    """

    def __init__(
        self, control_folder: Path, interface: str, client_folder: Path | None = None, timeout_s: float = 5.0
    ) -> None:
        self.interface = interface
        self._server = control_folder / interface
        self._folder = client_folder or control_folder.with_name(f"{control_folder.name}-clients")
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._line: Line | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the socket back; the next command opens another."""
        with self._lock:
            self._hang_up()

    def ask(self, command: str) -> str:
        """Send any command and return the answer, without its line's end.

        Raises:
            HostapdError: there is no hostapd, it said nothing in time, or it answered FAIL or UNKNOWN COMMAND.
        """
        if not command.isprintable():
            raise HostapdError("A command for hostapd holds letters that cannot be printed.")
        with self._lock:
            try:
                answer = self._exchange(command)
            except OSError as error:
                self._hang_up()  # a late answer must not be taken for that of the next command
                raise unreachable(error) from error
        if answer.startswith(("FAIL", "UNKNOWN COMMAND")):
            raise HostapdRefusedError(
                f"hostapd refused: {_name(command)} ({answer.strip()}).",
                "Its log may say why; perhaps this radio or this hostapd cannot do it.",
            )
        return answer.rstrip("\n")

    def ping(self) -> None:
        """Make sure that hostapd answers."""
        if self.ask("PING") != "PONG":
            raise HostapdError("hostapd gave a strange answer.", "Restart it.")

    def status(self) -> HostapdStatus:
        """Ask how the access point is."""
        lines = _lines(self.ask("STATUS"))
        return HostapdStatus(
            state=lines.get("state", ""),
            ssid=plain_bytes(lines.get("ssid[0]", "")).decode("utf-8", "replace"),
            channel=_number(lines.get("channel")) or 0,
            stations=_number(lines.get("num_sta[0]")) or 0,
        )

    def stations(self) -> tuple[Station, ...]:
        """Ask for everybody who has joined; somebody who leaves meanwhile makes it begin again, at most three times."""
        for attempt in (1, 2, 3):
            found: dict[str, Station] = {}
            try:
                answer = self.ask("STA-FIRST")
                while (station := parse_station(answer)) and station.mac not in found and len(found) < _MOST_STATIONS:
                    found[station.mac] = station
                    answer = self.ask(f"STA-NEXT {station.mac}")
            except HostapdRefusedError:
                if attempt == 3:
                    raise
            else:
                break
        return tuple(found.values())

    def kick(self, mac: str, reason: int = _REASON_FULL) -> None:
        """Send a phone away (DEAUTHENTICATE); it may come back at once.

        Args:
            mac: its link-layer address.
            reason: the reason it is told (IEEE 802.11, reason codes); by default that there is no room.
        """
        self._expect_ok(f"DEAUTHENTICATE {_checked(mac)} reason={reason}")

    def deny(self, mac: str) -> None:
        """Refuse a phone from now on, and send it away if it is here."""
        self._expect_ok(f"DENY_ACL ADD_MAC {_checked(mac)}")

    def allow(self, mac: str) -> None:
        """Refuse a phone no longer."""
        self._expect_ok(f"DENY_ACL DEL_MAC {_checked(mac)}")

    def denied(self) -> frozenset[str]:
        """Ask who is refused."""
        return frozenset(line.split()[0].lower() for line in self.ask("DENY_ACL SHOW").splitlines() if line.strip())

    def allow_all(self) -> None:
        """Refuse nobody any longer."""
        self._expect_ok("DENY_ACL CLEAR")

    def switch_channel(self, channel: int) -> None:
        """Move to another channel; phones are told beforehand and come along (CHAN_SWITCH).

        A radio that cannot do so is restarted on the new channel: phones lose the Wi-Fi for some seconds.
        """
        frequency = frequency_of(channel)
        announced = f"center_freq1={frequency} bandwidth=20 ht{' vht' if channel > 14 else ''}"
        try:
            self._expect_ok(f"CHAN_SWITCH {_BEACONS_BEFORE_SWITCH} {frequency} {announced}")
        except HostapdRefusedError:
            self.set("channel", str(channel))
            self.disable()
            self.enable()

    def disable(self) -> None:
        """Stop the access point; hostapd itself stays."""
        self._expect_ok("DISABLE")

    def enable(self) -> None:
        """Start the access point again."""
        self._expect_ok("ENABLE")

    def reload(self) -> None:
        """Have what was `set` take effect."""
        self._expect_ok("RELOAD")

    def set(self, key: str, value: str) -> None:
        """Change one setting of hostapd.conf in memory; `reload` makes it count."""
        self._expect_ok(f"SET {key} {value}")

    def events(self) -> EventLine:
        """Listen: return a line of its own on which events arrive from now on."""
        try:
            return EventLine(self._open(), self._timeout_s)
        except OSError as error:
            raise unreachable(error) from error

    def _expect_ok(self, command: str) -> None:
        answer = self.ask(command)
        if answer != "OK":
            raise HostapdError(f"hostapd gave a strange answer to {_name(command)}.", "Its log may say why.")

    def _open(self) -> Line:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sweep(self._folder)
        return Line(self._server, self._folder)

    def _exchange(self, command: str) -> str:
        fresh = self._line is None
        self._line = line = self._line or self._open()
        try:
            line.send(command)
        except OSError:  # the hostapd this led to is gone; perhaps there is another
            if fresh:
                raise
            self._hang_up()
            self._line = line = self._open()
            line.send(command)
        deadline = time.monotonic() + self._timeout_s
        while True:
            answer = line.receive(deadline - time.monotonic())
            if not is_event(answer):
                return answer

    def _hang_up(self) -> None:
        if self._line:
            self._line.close()
            self._line = None


def parse_station(text: str) -> Station | None:
    """Translate the answer to STA, STA-FIRST or STA-NEXT; None when it tells of nobody."""
    first, _, rest = text.partition("\n")
    mac = first.strip().lower()
    if not _MAC.fullmatch(mac):
        return None
    lines = _lines(rest)
    return Station(
        mac=mac,
        signal_dbm=_number(lines.get("signal")),
        rx_bytes=_number(lines.get("rx_bytes")),
        tx_bytes=_number(lines.get("tx_bytes")),
        inactive_ms=_number(lines.get("inactive_msec")),
        connected_s=_number(lines.get("connected_time")),
        authorized="[AUTHORIZED]" in lines.get("flags", ""),
    )


def _name(command: str) -> str:
    return command.partition(" ")[0]


def _lines(text: str) -> dict[str, str]:
    return {key: value for key, sign, value in (line.partition("=") for line in text.splitlines()) if sign}


def _number(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"-?[0-9]{1,19}", text) else None


def _checked(mac: str) -> str:
    if not _MAC.fullmatch(mac.lower()):
        raise HostapdError("That is no link-layer address.", "It looks like 02:00:00:00:00:01.")
    return mac.lower()
