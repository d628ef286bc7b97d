"""A broadcast is tried where there is a way to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.way_out import ROUTES, may_be_reached

HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
OUT = HEAD + "eth0\t00000000\t0102000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
WIFI = HEAD + "wlan0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"


@pytest.mark.parametrize(
    ("table", "address", "reached"),
    [
        (OUT, "http://xa.example/live.m3u8", True),
        (WIFI, "http://xa.example/live.m3u8", False),
        (HEAD, "https://203.0.114.1/live.m3u8", False),
        (HEAD, "http://127.0.0.1:8000/live.m3u8", True),
        (WIFI, "http://10.0.0.7/live.m3u8", True),
        (HEAD, "http://localhost/live.m3u8", True),
        (HEAD, "http:///", False),
        ("nonsense\nnonsense nonsense x y z u v w\n", "http://xa.example/", True),
        (None, "http://xa.example/", True),
    ],
)
def test_where_there_is_a_way(tmp_path: Path, table: str | None, address: str, reached: bool) -> None:
    routes = tmp_path / "route"
    if table is not None:
        routes.write_text(table)
    assert may_be_reached(address, routes) is reached


def test_this_machines_table_can_be_read() -> None:
    assert may_be_reached("http://127.0.0.1/", ROUTES)
