"""Who has a seat at the access point, who rests, and who is moved out when all seats are taken; pure decisions.

A phone in a pocket keeps answering the access point, so silence on the air says little. A phone rests when less passes
than its system's own small talk (probes, name look-ups) comes to.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from captive_portal.hostapd_control import Station

_SMALL_TALK = 512  # bytes per second, both ways: probes and look-ups stay below it, one page of a book does not


@dataclass(frozen=True, slots=True)
class Seat:
    """One phone that has joined, and since when it rests; times in seconds of a clock that never jumps.

    Attributes:
        mac: its link-layer address, in small letters.
        since: when it sat down.
        active: when it was last active.
        looked: when its bytes were last counted.
        counted: its bytes in both directions at that time; None when the radio does not count.
    """

    mac: str
    since: float
    active: float
    looked: float
    counted: int | None = None


def seated(station: Station, now: float) -> Seat:
    """Return the seat of a phone that was not there before; it is active, since it has just come or was just found."""
    return Seat(station.mac, now - (station.connected_s or 0), now, now, _bytes(station))


def looked_at(seat: Seat, station: Station, now: float) -> Seat:
    """Return a seat after another look at its phone."""
    counted = _bytes(station)
    if counted is not None and seat.counted is not None:
        passed = counted - seat.counted
        busy = passed < 0 or passed > _SMALL_TALK * max(now - seat.looked, 1.0)  # below zero: it came anew
    elif counted is None and station.inactive_ms is not None:
        busy = station.inactive_ms < (now - seat.looked) * 1000
    else:
        busy = True
    return replace(seat, active=now if busy else seat.active, looked=now, counted=counted)


def after_look(seats: Mapping[str, Seat], stations: Iterable[Station], now: float) -> dict[str, Seat]:
    """Return all seats after a look at everybody who is there."""
    return {
        station.mac: looked_at(seats[station.mac], station, now) if station.mac in seats else seated(station, now)
        for station in stations
    }


def whom_to_move_out(seats: Iterable[Seat], most: int, rest_s: float, now: float) -> str | None:
    """Return the link-layer address of the phone that shall make room, if any.

    Args:
        seats: everybody who is there.
        most: how many seats there are.
        rest_s: how long a phone must have rested before it may be moved out, in seconds.
        now: the time on the seats' clock.

    Returns:
        The one that rested longest, and of those who rest equally long the one that came first; nobody while there
        is a free seat, or while all were active lately.
    """
    everybody = list(seats)
    if len(everybody) < most:
        return None
    resting = [seat for seat in everybody if now - seat.active >= rest_s]
    return min(resting, key=lambda seat: (seat.active, seat.since, seat.mac)).mac if resting else None


def _bytes(station: Station) -> int | None:
    if station.rx_bytes is None or station.tx_bytes is None:
        return None
    return station.rx_bytes + station.tx_bytes
