"""`hub.link_tables` reads the kernel's and networkd's files as they are."""

import struct
import sys

from hypothesis import given
from hypothesis import strategies as st

from hub.link_tables import Route, default_routes, link_servers, received_bytes, resolv_servers

HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"


def number(address: str) -> str:
    return f"{struct.unpack('=I', bytes(map(int, address.split('.'))))[0]:08X}"


def test_default_routes_come_best_first() -> None:
    text = HEAD + "".join(
        f"{name}\t{number(to)}\t{number(via)}\t{flags}\t0\t0\t{metric}\t{number(mask)}\t0\t0\t0\n"
        for name, to, via, flags, metric, mask in [
            ("usb0", "0.0.0.0", "192.168.42.129", "0003", 200, "0.0.0.0"),
            ("wlan0", "10.10.10.0", "0.0.0.0", "0001", 0, "255.255.254.0"),
            ("eth0", "0.0.0.0", "192.168.1.1", "0003", 100, "0.0.0.0"),
            ("wwan0", "0.0.0.0", "0.0.0.0", "0001", 300, "0.0.0.0"),
            ("*", "0.0.0.0", "0.0.0.0", "0200", 5, "0.0.0.0"),
            ("eth0", "0.0.0.0", "192.168.1.1", "0003", 700, "128.0.0.0"),
        ]
    )
    assert default_routes(text) == [
        Route("eth0", "192.168.1.1", 100), Route("usb0", "192.168.42.129", 200), Route("wwan0", "", 300),
    ]  # fmt: skip
    assert default_routes(HEAD) == []
    assert default_routes("") == []
    if sys.byteorder == "little":
        assert number("192.168.1.1") == "0101A8C0"


def test_received_bytes() -> None:
    text = (
        "Inter-|   Receive                                                |  Transmit\n"
        " face |bytes    packets errs drop fifo frame compressed multicast|bytes\n"
        "    lo:  123       2    0    0    0     0          0         0      123       2\n"
        "  eth0:4567890123  2    0    0    0     0          0         0      123       2\n"
    )
    assert received_bytes(text) == {"lo": 123, "eth0": 4567890123}


def test_networkds_file_of_a_link() -> None:
    text = (
        "# This is private data. Do not parse.\nADMIN_STATE=configured\nOPER_STATE=routable\n"
        "DNS=192.168.7.1 9.9.9.9:53#dns.quad9.net 2001:db8::1 0.0.0.0 127.0.0.53 192.168.7.1 nonsense\nNTP=10.0.0.1\n"
    )
    assert link_servers(text) == ["192.168.7.1", "9.9.9.9"]
    assert link_servers("ADMIN_STATE=configured\n") == []


def test_an_ordinary_resolv_conf() -> None:
    text = "# by hand\nsearch lan\nnameserver 192.168.1.1\nnameserver\nnameserver fe80::1%eth0\nnameserver 127.0.0.53\n"
    assert resolv_servers(text) == ["192.168.1.1", "127.0.0.53"]


@given(st.text(max_size=200))
def test_a_spoilt_file_holds_no_servers_or_only_addresses(text: str) -> None:
    for server in link_servers(f"DNS={text}") + resolv_servers(f"nameserver {text}"):
        assert all(part.isdecimal() for part in server.split("."))
