"""How the link is shared out, as text for tc, and what happens when the kernel cannot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from captive_portal.config import CaptivePortalConfig
from captive_portal.errors import WallError
from captive_portal.shaping import Shaping, plan

CONFIG = CaptivePortalConfig.model_validate({"mode": "access-point", "internet": {"down_kbit": 8000, "up_kbit": 2000}})
WITH_CAKE = """\
qdisc replace dev wlan0 root handle 1: htb default 0
class add dev wlan0 parent 1: classid 1:1 htb rate 8000kbit ceil 8000kbit quantum 1514
qdisc add dev wlan0 parent 1:1 handle 10: cake unlimited besteffort dual-dsthost
qdisc replace dev hub-up root handle 1: htb default 0
class add dev hub-up parent 1: classid 1:1 htb rate 2000kbit ceil 2000kbit quantum 1514
qdisc add dev hub-up parent 1:1 handle 10: cake unlimited besteffort dual-srchost
filter add dev hub-up parent 1: protocol ip prio 1 u32 match u32 0 0 flowid 1:1
qdisc add dev wlan0 handle ffff: ingress
filter add dev wlan0 parent ffff: protocol ip prio 1 u32 match ip dst 10.10.10.1/32 flowid :1
filter add dev wlan0 parent ffff: protocol ip prio 1 u32 match ip dst 255.255.255.255/32 flowid :1
filter add dev wlan0 parent ffff: protocol ip prio 2 u32 match u32 0 0 action mirred egress redirect dev hub-up
"""


class Kernel:
    """Runs nothing; refuses commands that hold a word."""

    def __init__(self, *refused: str) -> None:
        self.ran: list[str] = []
        self.refused = refused

    def __call__(self, args: Sequence[str]) -> str:
        line = " ".join(args)
        self.ran.append(line)
        if any(word in line for word in self.refused):
            raise RuntimeError(f"{line}: Specified qdisc kind is unknown.")
        return ""


def test_the_whole_plan_with_cake() -> None:
    assert plan(CONFIG, "cake") == WITH_CAKE


def test_without_cake_phones_share_in_64_slices() -> None:
    lines = plan(CONFIG, "htb").splitlines()
    down = [line for line in lines if " dev wlan0 " in line and "class add" in line]
    assert len(down) == 1 + 64
    assert down[1] == ("class add dev wlan0 parent 1:1 classid 1:100 htb rate 125kbit ceil 8000kbit quantum 1514")
    assert down[-1].split("classid ")[1].startswith("1:13f ")
    keys = [line for line in lines if "hashkey" in line]
    assert [key.partition("hashkey ")[2] for key in keys] == [
        "mask 0x0000003f at 16 link 2:",
        "mask 0x0000003f at 12 link 2:",
    ]
    assert all("rate 0kbit" not in line for line in plan(CONFIG, "htb").splitlines())


@pytest.mark.parametrize(("down", "up", "devices"), [(0, 0, set()), (9, 0, {"wlan0"}), (0, 9, {"wlan0", "hub-up"})])
def test_only_what_is_set_is_shared_out(down: int, up: int, devices: set[str]) -> None:
    config = CaptivePortalConfig.model_validate({"internet": {"down_kbit": down, "up_kbit": up}})
    lines = plan(config, "cake").splitlines()
    assert {line.split(" dev ")[1].split()[0] for line in lines} == devices
    assert any(line.startswith("qdisc replace dev wlan0 root") for line in lines) == bool(down)


@pytest.mark.parametrize(("refused", "kind"), [((), "cake"), (("cake",), "htb")])
def test_the_kernel_is_asked_what_it_has(tmp_path: Path, refused: tuple[str, ...], kind: str) -> None:
    kernel = Kernel(*refused)
    assert Shaping(CONFIG, kernel, tmp_path).raise_up() == kind
    assert kernel.ran[-1] == f"tc -batch {tmp_path / 'shaping.tc'}"
    assert ("cake" in (tmp_path / "shaping.tc").read_text()) == (kind == "cake")


@pytest.mark.parametrize("word", ["ip link add", "-batch"])
def test_a_kernel_that_cannot_is_an_error_and_holds_nothing_back(tmp_path: Path, word: str) -> None:
    kernel = Kernel(word)
    with pytest.raises(WallError, match="cannot be shared out") as refused:
        Shaping(CONFIG, kernel, tmp_path).raise_up()
    assert "down_kbit" in refused.value.hint
    assert kernel.ran[-3:] == ["tc qdisc del dev wlan0 root", "tc qdisc del dev wlan0 ingress", "ip link del hub-up"]


def test_without_speeds_only_leftovers_are_removed(tmp_path: Path) -> None:
    kernel = Kernel("del")
    assert Shaping(CaptivePortalConfig(), kernel, tmp_path).raise_up() is None
    assert all(" del " in line for line in kernel.ran)
