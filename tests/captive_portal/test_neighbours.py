"""Which device is at an address is read from the kernel's table, whatever stands in it."""

from pathlib import Path

import pytest

from captive_portal.neighbours import find, kernel_neighbours

TABLE = """\
IP address       HW type     Flags       HW address            Mask     Device
10.10.10.20      0x1         0x2         02:00:00:00:00:0A     *        wlan0
10.10.10.21      0x1         0x0         00:00:00:00:00:00     *        wlan0
10.10.10.22      0x1         0x2         02:00:00:00:00:0b     *        eth0
10.10.10.23      0x1         0x6         02:00:00:00:00:0c     *        wlan0
broken line
"""


@pytest.mark.parametrize(
    ("address", "mac"),
    [
        ("10.10.10.20", "02:00:00:00:00:0a"),
        ("10.10.10.2", None),
        ("10.10.10.21", None),
        ("10.10.10.22", None),
        ("10.10.10.23", "02:00:00:00:00:0c"),
    ],
)
def test_only_complete_entries_of_the_phones_interface_count(address: str, mac: str | None) -> None:
    assert find(TABLE, "wlan0", address) == mac


def test_a_table_that_cannot_be_read_knows_nobody(tmp_path: Path) -> None:
    table = tmp_path / "arp"
    assert kernel_neighbours("wlan0", table)("10.10.10.20") is None
    table.write_text(TABLE)
    assert kernel_neighbours("wlan0", table)("10.10.10.20") == "02:00:00:00:00:0a"
    table.write_bytes(b"\xff\xfe")
    assert kernel_neighbours("wlan0", table)("10.10.10.20") is None


def test_this_machine_has_such_a_table() -> None:
    assert Path("/proc/net/arp").read_text().startswith("IP address")
    assert kernel_neighbours("lo")("192.0.2.1") is None
