"""Desktop tools see and work the player: the real playerctl and busctl, on a bus of their own."""

from __future__ import annotations

import json
import logging
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.engine.commands import Command, Hold, Seek, SetLevel, Step, Stop, TogglePause
from player.mpris import rules
from player.mpris.bus import session_bus
from player.mpris.presence import NAME, PATH, Presence
from player.mpris.rules import NO_TRACK, Shown, jumped, shown

MEMBERS = [
    "Raise", "Quit", "CanQuit", "CanRaise", "HasTrackList", "Identity", "SupportedUriSchemes", "SupportedMimeTypes",
    "Next", "Previous", "Pause", "PlayPause", "Stop", "Play", "Seek", "SetPosition", "OpenUri", "Seeked",
    "PlaybackStatus", "Rate", "Metadata", "Volume", "Position", "MinimumRate", "MaximumRate",
    "CanGoNext", "CanGoPrevious", "CanPlay", "CanPause", "CanSeek", "CanControl",
]  # fmt: skip
"""What the specification asks for."""


@dataclass(frozen=True)
class Status:
    state: str = "playing"
    film: str = "nuoi-ga.mp4"
    title: str = "Nuôi gà đồi"
    position_ms: int = 61_500
    length_ms: int = 120_000
    level: int = 80


class House:
    """A player that others look at: its status can be set, and it remembers what was asked."""

    def __init__(self) -> None:
        self.status = Status()
        self.asked: list[Command] = []


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[str]:
    address = f"unix:path={tmp_path}/bus"
    config = tmp_path / "session.conf"
    config.write_text(
        f"<busconfig><type>session</type><listen>{address}</listen><auth>EXTERNAL</auth>"
        '<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>'
        '<allow own="*"/></policy></busconfig>',
        "utf-8",
    )
    command = ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"]
    daemon = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert daemon.stdout is not None
    assert daemon.stdout.readline().startswith(address)
    yield address
    daemon.terminate()
    daemon.wait()
    daemon.stdout.close()


@pytest.fixture
def house(bus: str) -> Iterator[House]:
    house = House()
    presence = Presence(lambda: house.status, house.asked.append, bus, "Nhà văn hóa bản Trại Mới")
    presence.start()
    until(lambda: "villagehub" in tool(bus, "playerctl", "-l"))
    yield house
    presence.close()


def tool(bus: str, *command: str) -> str:
    environment = {
        "DBUS_SESSION_BUS_ADDRESS": bus,
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "HOME": "/nonexistent",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)
    return done.stdout.strip() or done.stderr.strip()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def playerctl(bus: str, *words: str) -> str:
    return tool(bus, "playerctl", "-p", "villagehub", *words)


def test_playerctl_sees_what_plays(bus: str, house: House) -> None:
    assert playerctl(bus, "status") == "Playing"
    assert playerctl(bus, "metadata", "xesam:title") == "Nuôi gà đồi"
    player = "org.mpris.MediaPlayer2.Player"
    assert tool(bus, "busctl", f"--address={bus}", "get-property", NAME, PATH, player, "Position") == "x 61500000"
    assert playerctl(bus, "metadata", "mpris:length") == "120000000"
    assert playerctl(bus, "volume") == "0.800000"
    house.status = Status("idle", "", "", 0, 0)
    until(lambda: playerctl(bus, "status") == "Stopped")


def test_playerctl_works_the_player(bus: str, house: House) -> None:
    for words in (
        ["play-pause"],
        ["pause"],
        ["play"],
        ["next"],
        ["previous"],
        ["position", "30"],
        ["volume", "0.4"],
        ["stop"],
    ):
        assert playerctl(bus, *words) == ""
    assert house.asked == [
        TogglePause("mpris"), Hold(True, "mpris"), Hold(False, "mpris"), Step(True, "mpris"), Step(False, "mpris"),
        Seek(30_000), SetLevel(40), Stop(source="mpris"),
    ]  # fmt: skip


def test_busctl_finds_both_interfaces_whole(bus: str, house: House) -> None:
    listed = tool(bus, "busctl", f"--address={bus}", "introspect", NAME, PATH, "--json=short")
    members = {(entry["interface"], entry["name"]) for entry in json.loads(listed)} if listed.startswith("[") else set()
    plain = listed if not members else " ".join(name for _, name in members)
    for name in MEMBERS:
        assert name in plain
    identity = tool(bus, "busctl", f"--address={bus}", "get-property", NAME, PATH, "org.mpris.MediaPlayer2", "Identity")
    assert "Nh" in identity
    refused = tool(
        bus,
        "busctl",
        f"--address={bus}",
        "call",
        NAME,
        PATH,
        "org.mpris.MediaPlayer2.Player",
        "OpenUri",
        "s",
        "file:///x",
    )
    assert "hub's pages" in refused
    assert house.asked == []


def test_changes_are_told(bus: str, house: House, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    with seen.open("wb") as file:
        watcher = subprocess.Popen(
            ["playerctl", "-p", "villagehub", "-F", "status"],
            env={"DBUS_SESSION_BUS_ADDRESS": bus, "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
            stdout=file,
        )
        until(lambda: seen.read_text() == "Playing\n")
        house.status = replace(house.status, state="paused")
        until(lambda: seen.read_text() == "Playing\nPaused\n")
        watcher.terminate()
        watcher.wait()


def test_a_name_that_is_taken_gets_a_number(bus: str, house: House) -> None:
    second = Presence(lambda: house.status, house.asked.append, bus)
    second.start()
    until(lambda: "villagehub.instance" in tool(bus, "playerctl", "-l"))
    second.close()
    until(lambda: "villagehub.instance" not in tool(bus, "playerctl", "-l"))


def test_without_a_bus_nothing_happens(caplog: pytest.LogCaptureFixture) -> None:
    house = House()
    presence = Presence(lambda: house.status, house.asked.append, None)
    presence.start()
    presence.close()
    assert caplog.text == ""


def test_a_bus_that_is_not_there_is_one_line_and_looked_for_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = House()
    looks: list[int] = []
    presence = Presence(lambda: house.status, house.asked.append, f"unix:path={tmp_path}/none", again_s=0.01)
    be_there = presence._be_there

    async def counted() -> None:
        looks.append(1)
        await be_there()

    presence._be_there = counted  # type: ignore[method-assign]
    with caplog.at_level(logging.INFO):
        presence.start()
        until(lambda: len(looks) > 3)
    presence.close()
    assert caplog.text.count("cannot see the player") == 1


def test_where_the_bus_is_looked_for(tmp_path: Path) -> None:
    assert session_bus({}) is None
    assert session_bus({"DBUS_SESSION_BUS_ADDRESS": "unix:path=/x"}) == "unix:path=/x"
    assert session_bus({"XDG_RUNTIME_DIR": str(tmp_path)}) is None
    (tmp_path / "bus").touch()
    assert session_bus({"XDG_RUNTIME_DIR": str(tmp_path)}) == f"unix:path={tmp_path}/bus"


@pytest.mark.parametrize(
    ("state", "film", "playback"),
    [
        ("idle", "", "Stopped"),
        ("starting", "a.mp4", "Playing"),
        ("playing", "a.mp4", "Playing"),
        ("paused", "a.mp4", "Paused"),
        ("announcing", "a.mp4", "Paused"),
        ("announcing", "", "Stopped"),
        ("off", "", "Stopped"),
    ],
)
def test_states_are_shown(state: str, film: str, playback: str) -> None:
    status = Status(state, film, "Nuôi gà" if film else "")
    assert shown(status).playback == playback
    assert (shown(status).track == NO_TRACK) == (playback == "Stopped")


def test_a_stream_is_shown_by_its_title() -> None:
    stream = shown(Status("playing", "", "Truyền thanh xã", 5000, 0))
    assert (stream.playback, stream.title, stream.length) == ("Playing", "Truyền thanh xã", 0)
    assert stream.track != NO_TRACK


def test_wishes_that_came_too_late_do_nothing() -> None:
    now = shown(Status())
    assert rules.set_position(now, now.track, 5_000_000) == Seek(5000)
    assert rules.set_position(now, "/other", 5_000_000) is None
    assert rules.set_position(now, now.track, now.length + 1) is None
    assert rules.set_position(now, now.track, -1) is None
    assert rules.set_position(Shown(), NO_TRACK, 0) is None
    assert rules.play(Shown()) == TogglePause("mpris")
    assert rules.set_volume(float("nan")) is None


@given(st.floats(allow_nan=False), st.integers(-(2**63), 2**63 - 1))
def test_no_number_breaks_a_wish(volume: float, offset: int) -> None:
    level = rules.set_volume(volume)
    assert isinstance(level, SetLevel)
    assert 0 <= level.level <= 100
    assert isinstance(rules.seek(offset), Seek)


def test_a_jump_is_told_from_playing_on() -> None:
    at = shown(Status())
    on = replace(at, position=at.position + 500_000)
    assert not jumped(at, on, 0.5)
    assert jumped(at, replace(at, position=at.position + 30_000_000), 0.5)
    assert not jumped(at, replace(at, track="/other", position=0), 0.5)
    assert not jumped(replace(at, playback="Paused"), at, 60)
    assert jumped(replace(at, playback="Paused"), replace(at, playback="Paused", position=0), 60)
