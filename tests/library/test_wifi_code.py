"""What a phone makes of a Wi-Fi code, read by a small parser of the test's own."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.printing.wifi_code import Network, payload

FIELD = re.compile(r"([A-Z]):((?:\\.|[^\\;])*);", re.DOTALL)


def read(text: str) -> dict[str, str]:
    """The fields of a ``WIFI:`` text, with the backslashes taken away as phones do."""
    assert text.startswith("WIFI:")
    assert text.endswith(";;")
    rest, fields = text[len("WIFI:") : -1], {}
    while rest:
        field = FIELD.match(rest)
        assert field, rest
        assert field[1] not in fields
        assert not re.search(r'(?<!\\)(?:\\\\)*[,:"]', field[2]), "a special sign without its backslash"
        fields[field[1]] = re.sub(r"\\(.)", r"\1", field[2], flags=re.DOTALL)
        rest = rest[field.end() :]
    return fields


@pytest.mark.parametrize(
    "ssid", ["Nhà văn hóa Trại Mới", "a;b", "a,b", "a:b", 'a"b', "a\\b", ";;", "\\", 'T:WPA;S:x;"', "ABCDEF12", " x "]
)
def test_every_name_comes_back(ssid: str) -> None:
    assert read(payload(Network(ssid))) == {"T": "nopass", "S": ssid}
    assert read(payload(Network(ssid, "mat;khau\\2026"))) == {"T": "WPA", "S": ssid, "P": "mat;khau\\2026"}


@given(st.text(min_size=1, max_size=32), st.text(max_size=63))
def test_whatever_the_letters(ssid: str, passphrase: str) -> None:
    expected = {"T": "WPA", "S": ssid, "P": passphrase} if passphrase else {"T": "nopass", "S": ssid}
    assert read(payload(Network(ssid, passphrase))) == expected


def test_the_whole_text() -> None:
    assert payload(Network("Nhà văn hóa", "a:b,c12;")) == r"WIFI:T:WPA;S:Nhà văn hóa;P:a\:b\,c12\;;;"
