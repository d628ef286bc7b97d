"""hostapd's own words become typed values, whatever arrives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captive_portal.hostapd_events import (
    CacDone,
    ChannelChanged,
    Disabled,
    Enabled,
    Event,
    Other,
    StationJoined,
    StationLeft,
    StationRefused,
    Terminating,
    WrongPassphrase,
    channel_of,
    frequency_of,
    is_event,
    parse,
    plain_bytes,
)

MAC = "02:00:00:00:01:0f"


@pytest.mark.parametrize(
    ("message", "event"),
    [
        (f"<3>AP-STA-CONNECTED {MAC}", StationJoined(MAC)),
        (f"<3>AP-STA-CONNECTED {MAC.upper()} keyid=guests auth_alg=open", StationJoined(MAC)),
        (f"<3>AP-STA-DISCONNECTED {MAC}", StationLeft(MAC)),
        (f"<3>AP-REJECTED-MAX-STA {MAC}", StationRefused(MAC, full=True)),
        (f"<3>AP-REJECTED-BLOCKED-STA {MAC}", StationRefused(MAC, full=False)),
        (f"<3>AP-STA-POSSIBLE-PSK-MISMATCH {MAC}", WrongPassphrase(MAC)),
        ("<3>AP-ENABLED ", Enabled()),
        ("<3>AP-DISABLED ", Disabled()),
        ("<3>INTERFACE-DISABLED ", Disabled(interface=True)),
        ("<3>INTERFACE-ENABLED ", Enabled()),
        ("<3>CTRL-EVENT-TERMINATING ", Terminating()),
        ("<3>AP-CSA-FINISHED freq=2462 dfs=0", ChannelChanged(11)),
        ("<3>AP-CSA-FINISHED freq=5180 dfs=0", ChannelChanged(36)),
        ("<3>AP-CSA-FINISHED ", ChannelChanged(0)),
        ("<3>DFS-CAC-COMPLETED success=1 freq=5260 ht_enabled=0 chan_offset=0", CacDone(clear=True)),
        ("<3>DFS-CAC-COMPLETED success=0 freq=5260", CacDone(clear=False)),
        ("<2>ACS-STARTED ", Other("ACS-STARTED")),
        ("<3>AP-STA-CONNECTED ", Other("AP-STA-CONNECTED")),
        ("<3>AP-STA-CONNECTED nobody", Other("AP-STA-CONNECTED nobody")),
        ("", Other("")),
    ],
)
def test_every_event(message: str, event: Event) -> None:
    assert parse(message) == event


@pytest.mark.parametrize(
    ("message", "told"), [("<3>AP-ENABLED ", True), ("PONG\n", False), ("OK\n", False), ("", False)]
)
def test_answers_are_no_events(message: str, told: bool) -> None:
    assert is_event(message) is told


@given(st.text())
def test_nothing_that_arrives_breaks_it(message: str) -> None:
    parse(message)
    parse(f"<3>AP-CSA-FINISHED freq={message}")
    parse(f"<3>AP-STA-CONNECTED {message}")
    plain_bytes(message)


@pytest.mark.parametrize(
    ("channel", "frequency"), [(1, 2412), (6, 2437), (13, 2472), (14, 2484), (36, 5180), (48, 5240)]
)
def test_channels_and_frequencies(channel: int, frequency: int) -> None:
    assert frequency_of(channel) == frequency
    assert channel_of(frequency) == channel


@pytest.mark.parametrize("frequency", [0, 2400, 5000, 6000, 60480])
def test_frequencies_that_are_no_channel(frequency: int) -> None:
    assert channel_of(frequency) == 0


@pytest.mark.parametrize(
    ("printed", "plain"),
    [
        (r"Nh\xc3\xa0 v\xc4\x83n h\xc3\xb3a", "Nhà văn hóa".encode()),
        (r"a\"b\\c", b'a"b\\c'),
        (r"\e\n\t\x00", b"\x1b\n\t\x00"),
        (r"\\x41", rb"\x41"),
        ("", b""),
    ],
)
def test_printed_names_become_bytes_again(printed: str, plain: bytes) -> None:
    assert plain_bytes(printed) == plain
