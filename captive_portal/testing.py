"""Stand-ins for tests: a hostapd that speaks the real protocol on a real socket, without a radio."""

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from captive_portal.hostapd_events import channel_of, frequency_of

_FLAGS = "[AUTH][ASSOC][AUTHORIZED][SHORT_PREAMBLE][WMM][HT]"


@dataclass
class FakeStation:
    """A phone at the fake access point; its numbers may be changed at any time."""

    signal_dbm: int = -50
    rx_bytes: int = 0
    tx_bytes: int = 0
    inactive_ms: int = 0
    connected_s: int = 0


class FakeHostapd:
    """A hostapd in a thread; it keeps the real one's rules (places, refused phones, states) and can be told to fail.

    Args:
        folder: its ``ctrl_interface``; made if it is not there.
        interface: its network interface.
        most: how many phones it lets in.
        ssid: the name of its Wi-Fi.

    Attributes:
        state: what STATUS says.
        channel: its channel.
        phones: who is there, by link-layer address.
        denied: who is refused.
        commands: every command it got, first first.
        refuses: commands (their first words) that it answers with FAIL.
        unknown: commands that it does not know.
        mute: makes it read without ever answering.
    """

    def __init__(self, folder: Path, interface: str = "wlan0", most: int = 8, ssid: str = "Nhà văn hóa") -> None:
        self._folder = folder
        self._interface = interface
        self._lock = threading.RLock()
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._listeners: list[str] = []
        self.most = most
        self.ssid = ssid
        self.state = "ENABLED"
        self.channel = 6
        self.phones: dict[str, FakeStation] = {}
        self.denied: set[str] = set()
        self.commands: list[str] = []
        self.refuses: set[str] = set()
        self.unknown: set[str] = set()
        self.mute = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.terminate()

    def start(self) -> None:
        """Begin to listen; as the real one, it removes the socket file of one that was killed, and forgets phones."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / self._interface
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        with self._lock:
            self._listeners.clear()
            self.phones.clear()
            self.denied.clear()
        self._thread = threading.Thread(target=self._serve, args=(self._socket,), daemon=True)
        self._thread.start()

    def die(self) -> None:
        """End as after SIGKILL: without a word, leaving the socket file."""
        server, self._socket = self._socket, None
        if server:
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            if self._thread:
                self._thread.join()
            server.close()

    def terminate(self) -> None:
        """End as after SIGTERM: with a word to all listeners, removing the socket file."""
        if self._socket:
            self.tell("CTRL-EVENT-TERMINATING ")
            self.die()
            (self._folder / self._interface).unlink(missing_ok=True)

    def tell(self, words: str) -> None:
        """Send an event to everybody who listens."""
        with self._lock:
            for listener in list(self._listeners):
                try:
                    if self._socket:
                        self._socket.sendto(f"<3>{words}".encode(), socket.MSG_DONTWAIT, listener)
                except BlockingIOError:
                    pass  # as the real one: who does not read misses something
                except OSError:
                    self._listeners.remove(listener)

    def join(self, mac: str, station: FakeStation | None = None) -> bool:
        """Have a phone ask to be let in; tell whether it was."""
        with self._lock:
            if self.state != "ENABLED":
                return False
            if mac in self.denied:
                self.tell(f"AP-REJECTED-BLOCKED-STA {mac}")
                return False
            if mac not in self.phones and len(self.phones) >= self.most:
                self.tell(f"AP-REJECTED-MAX-STA {mac}")
                return False
            self.phones[mac] = station or FakeStation()
            self.tell(f"AP-STA-CONNECTED {mac}")
            return True

    def leave(self, mac: str) -> None:
        """Have a phone go."""
        with self._lock:
            if self.phones.pop(mac, None):
                self.tell(f"AP-STA-DISCONNECTED {mac}")

    def become(self, state: str) -> None:
        """Take another state, with its event where there is one; an access point that goes down loses its phones."""
        with self._lock:
            self.state = state
            if state == "ENABLED":
                self.tell("AP-ENABLED ")
            elif state == "DISABLED":
                for mac in list(self.phones):
                    self.leave(mac)
                self.tell("AP-DISABLED ")

    def _serve(self, server: socket.socket) -> None:
        while True:
            message, sender = server.recvfrom(4096)
            if not message and not sender:
                return  # shut down
            command = message.decode("utf-8", "replace")
            with self._lock:
                self.commands.append(command)
                answer = self._answer(command, os.fsdecode(sender or b""))
            if not self.mute:
                with contextlib.suppress(OSError):  # the sender is gone
                    server.sendto(answer.encode(), socket.MSG_DONTWAIT, sender)

    def _answer(self, command: str, sender: str) -> str:
        name, _, rest = command.partition(" ")
        known: dict[str, Callable[[str], str]] = {
            "PING": lambda rest: "PONG\n",
            "ATTACH": lambda rest: self._listen(sender),
            "DETACH": lambda rest: self._forget(sender),
            "STATUS": lambda rest: self._status(),
            "STA": lambda rest: self._station(rest.lower()),
            "STA-FIRST": lambda rest: self._station(min(self.phones, default="")) if self.phones else "",
            "STA-NEXT": self._station_after,
            "DEAUTHENTICATE": self._deauthenticate,
            "DENY_ACL": self._deny,
            "CHAN_SWITCH": self._switch,
            "DISABLE": lambda rest: self._change("DISABLED"),
            "ENABLE": lambda rest: self._change("ENABLED"),
            "RELOAD": lambda rest: "OK\n",
            "SET": self._set,
        }
        if name in self.unknown or name not in known:
            return "UNKNOWN COMMAND\n"
        return "FAIL\n" if name in self.refuses else known[name](rest)

    def _listen(self, sender: str) -> str:
        self._listeners.append(sender)
        return "OK\n"

    def _forget(self, sender: str) -> str:
        if sender not in self._listeners:
            return "FAIL\n"
        self._listeners.remove(sender)
        return "OK\n"

    def _status(self) -> str:
        printed = "".join(
            chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\' else f"\\x{byte:02x}"
            for byte in self.ssid.encode()
        )
        return (
            f"state={self.state}\nphy=phy0\nfreq={frequency_of(self.channel)}\nchannel={self.channel}\n"
            f"beacon_int=100\nbss[0]={self._interface}\nbssid[0]=02:00:00:00:00:00\nssid[0]={printed}\n"
            f"num_sta[0]={len(self.phones)}\n"
        )

    def _station(self, mac: str) -> str:
        if mac not in self.phones:
            return "FAIL\n"
        station = self.phones[mac]
        return (
            f"{mac}\nflags={_FLAGS}\naid=1\ncapability=0x421\nrx_packets=1\ntx_packets=1\n"
            f"rx_bytes={station.rx_bytes}\ntx_bytes={station.tx_bytes}\ninactive_msec={station.inactive_ms}\n"
            f"signal={station.signal_dbm}\nconnected_time={station.connected_s}\n"
        )

    def _station_after(self, mac: str) -> str:
        if mac not in self.phones:
            return "FAIL\n"
        later = [other for other in self.phones if other > mac]
        return self._station(min(later)) if later else ""

    def _deauthenticate(self, rest: str) -> str:
        self.leave(rest.partition(" ")[0])
        return "OK\n"

    def _deny(self, rest: str) -> str:
        verb, _, mac = rest.partition(" ")
        match verb:
            case "ADD_MAC":
                self.denied.add(mac)
                self.leave(mac)
            case "DEL_MAC":
                self.denied.discard(mac)
            case "CLEAR":
                self.denied.clear()
            case "SHOW":
                return "".join(f"{mac} VLAN_ID=0\n" for mac in sorted(self.denied))
            case _:
                return "FAIL\n"
        return "OK\n"

    def _switch(self, rest: str) -> str:
        self.channel = channel_of(int(rest.split()[1]))
        self.tell(f"AP-CSA-FINISHED freq={frequency_of(self.channel)} dfs=0")
        return "OK\n"

    def _change(self, state: str) -> str:
        if self.state == state:
            return "FAIL\n"
        self.become(state)
        return "OK\n"

    def _set(self, rest: str) -> str:
        key, _, value = rest.partition(" ")
        if key == "channel":
            self.channel = int(value)
        elif key == "ssid":
            self.ssid = value
        return self._ok(key in {"channel", "ssid", "max_num_sta", "wpa_passphrase"})

    @staticmethod
    def _ok(done: object) -> str:
        return "OK\n" if done else "FAIL\n"
