"""How long ago something was asked for: no power cut and no clock gives it more time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from player.announcing.moments import HOUSE, Stamp, house_time, surely_over, waited_s

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
STAMPS = st.builds(
    Stamp,
    st.sampled_from(["one", "two"]),
    st.floats(0, 10**6),
    st.integers(-(10**6), 10**6).map(lambda seconds: NOON + timedelta(seconds=seconds)),
    st.booleans(),
)


@settings(max_examples=200)
@given(STAMPS, STAMPS)
def test_nobody_is_given_more_time(asked: Stamp, now: Stamp) -> None:
    waited = waited_s(asked, now)
    if asked.boot == now.boot:
        assert waited == max(0.0, now.monotonic_s - asked.monotonic_s)
    elif asked.trusted and now.trusted:
        assert waited is not None
        assert waited >= max(now.monotonic_s, (now.wall - asked.wall).total_seconds())
    else:
        assert waited is None
    assert surely_over(asked, now, 900) == ((now.monotonic_s if waited is None else waited) > 900)


def test_the_house_has_one_zone() -> None:
    assert house_time(NOON) == datetime(2026, 11, 25, 19)  # noqa: DTZ001 - a plan has no zone
    assert house_time(datetime(2026, 11, 25, 19)) == datetime(2026, 11, 25, 19)  # noqa: DTZ001 - likewise
    assert NOON.astimezone(HOUSE).utcoffset() == timedelta(hours=7)
