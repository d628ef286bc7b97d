"""What is a wish and what is none, and which settings of speaking fit together."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from desk_house import TWO, HouseClock
from hypothesis import given, settings
from hypothesis import strategies as st

from player.announcing.config import SpeakingConfig
from player.announcing.errors import DeskError
from player.announcing.wishes import LONGEST_TEXT, read_wish

HEAD, TECHNICIAN = "village-head", "technician"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, ["which post", "Choose one"]),
        ({"author": "Village Head", "text": "a"}, ["which post"]),
        ({"author": HEAD, "text": "a" * (LONGEST_TEXT + 1)}, ["too long"]),
        ({"author": HEAD, "text": "a", "microphone": True}, ["Choose one"]),
        ({"author": HEAD, "text": "a", "priority": 4, "scope": "world"}, ["priority must", "scope must"]),
        ({"author": HEAD, "text": "a", "level": 101, "times": 0}, ["level must", "times must"]),
        ({"author": HEAD, "recording": "../../etc/passwd"}, ["no such recording", "Choose one"]),
        ({"author": HEAD, "text": "a", "priority": 3, "at": "2026-11-25T19:00"}, ["cannot be planned"]),
        ({"author": HEAD, "text": "\ud800"}, ["nobody can read", "Choose one"]),
        ({"author": HEAD, "text": "a", "volume": 1}, ["volume is unknown"]),
        ({"author": HEAD, "text": "\u200b \u202e"}, ["Choose one"]),
    ],
)
def test_a_wish_that_is_none_is_refused_with_every_reason(values: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(DeskError) as refused:
        read_wish(values)
    assert refused.value.status == 400
    assert len(refused.value.reasons) == len(words)
    assert all(word in reason for word, reason in zip(words, refused.value.reasons, strict=True))


_VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers(), max_size=2)
_NAMES = st.sampled_from(["author", "text", "recording", "microphone", "priority", "scope", "at", "level", "times"])


@settings(max_examples=60)
@given(st.dictionaries(_NAMES | st.text(max_size=4), _VALUES) | _VALUES)
def test_no_values_break_the_reading(values: object) -> None:
    try:
        wish = read_wish(values)
    except DeskError as error:
        assert error.reasons
    else:
        assert wish.author
        assert wish.text or wish.recording or wish.microphone


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"named": ["village-head"]}, ["needs two"]),
        ({"named": ["village-head", "village-head"]}, ["needs two"]),
        ({"horn_from": "05:00", "horn_until": "05:00"}, ["same minute"]),
        ({"latitude": 21.0}, ["belong together"]),
        ({"emergency": 50, "loudest": 60, "longitude": 1.0}, ["belong together", "quieter"]),
    ],
)
def test_settings_that_do_not_fit_together(values: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(ValueError, match="|".join(words)) as refused:
        SpeakingConfig.model_validate(values)
    assert all(word in str(refused.value) for word in words)


def test_settings_become_rules() -> None:
    config = SpeakingConfig(area_codes=["dvhc=24"], latitude=21.0, longitude=106.0)
    assert config.rules.horn.hold(time(5)) and not config.rules.horn.hold(time(21))
    assert config.rules.named == frozenset()
    assert config.place.point and {code.value for code in config.place.codes} == {"24"}
    assert TWO.rules.named == {HEAD, TECHNICIAN}
    assert HouseClock().trusted()
