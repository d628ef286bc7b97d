"""Who rests and who makes room: pure decisions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captive_portal.hostapd_control import Station
from captive_portal.seats import Seat, after_look, looked_at, seated, whom_to_move_out

MAC = "02:00:00:00:00:01"
STATION = Station(MAC, -50, 1000, 2000, 0, 30, authorized=True)
SEAT = Seat(MAC, since=70.0, active=100.0, looked=100.0, counted=3000)


def test_a_phone_that_was_found_sits_since_it_joined() -> None:
    assert seated(STATION, 100.0) == SEAT
    assert seated(replace(STATION, connected_s=None, rx_bytes=None), 100.0) == Seat(MAC, 100.0, 100.0, 100.0)


@pytest.mark.parametrize(
    ("passed", "active"),
    [
        (0, 100.0),
        (5000, 100.0),  # in ten seconds: a system's own probes
        (6000, 110.0),  # somebody reads
        (-2999, 110.0),  # it left and came again
    ],
)
def test_small_talk_is_rest(passed: int, active: float) -> None:
    assert looked_at(SEAT, replace(STATION, tx_bytes=2000 + passed), 110.0) == Seat(
        MAC, 70.0, active, 110.0, 3000 + passed
    )


def test_two_looks_in_a_row_do_not_wake_anybody() -> None:
    assert looked_at(SEAT, replace(STATION, tx_bytes=2300), 100.001).active == 100.0


@pytest.mark.parametrize(("inactive_ms", "active"), [(9999, 110.0), (10_001, 100.0), (None, 110.0)])
def test_a_radio_that_does_not_count(inactive_ms: int | None, active: float) -> None:
    silent = replace(STATION, rx_bytes=None, tx_bytes=None, inactive_ms=inactive_ms)
    assert looked_at(SEAT, silent, 110.0).active == active


def test_a_look_at_everybody() -> None:
    here, new = replace(STATION, tx_bytes=2100), replace(STATION, mac="02:00:00:00:00:02")
    seats = after_look({MAC: SEAT, "02:00:00:00:00:03": SEAT}, [here, new], 110.0)
    assert seats == {MAC: looked_at(SEAT, here, 110.0), new.mac: seated(new, 110.0)}


def test_nobody_moves_while_there_is_room_or_all_are_busy() -> None:
    seats = [Seat("a", 0, 0, 500), Seat("b", 0, 400, 500)]
    assert whom_to_move_out(seats, 3, rest_s=300, now=500) is None
    assert whom_to_move_out(seats, 2, rest_s=501, now=500) is None
    assert whom_to_move_out([], 0, rest_s=0, now=500) is None


def test_the_longest_rest_goes_first_and_then_the_first_comer() -> None:
    assert whom_to_move_out([Seat("a", 0, 100, 500), Seat("b", 0, 50, 500)], 2, rest_s=300, now=500) == "b"
    assert whom_to_move_out([Seat("a", 9, 50, 500), Seat("b", 8, 50, 500)], 2, rest_s=300, now=500) == "b"


@given(
    st.lists(st.tuples(st.integers(0, 999), st.integers(0, 999)), max_size=12),
    st.integers(0, 12),
    st.integers(0, 1000),
)
def test_the_laws_of_moving_out(times: list[tuple[int, int]], most: int, rest_s: int) -> None:
    seats = [Seat(str(number), since, active, 1000) for number, (since, active) in enumerate(times)]
    mac = whom_to_move_out(seats, most, rest_s, now=1000)
    resting = [seat for seat in seats if 1000 - seat.active >= rest_s]
    assert (mac is not None) == (len(seats) >= most and bool(resting))
    if mac is not None:
        assert seats[int(mac)].active == min(seat.active for seat in resting)
