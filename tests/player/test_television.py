"""The television is switched as well as it goes, and nothing waits for it: against a strict stand-in for cec-ctl."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from pydantic import ValidationError

from player.television import cec
from player.television.cec import Power
from player.television.config import TelevisionConfig
from player.television.switching import CecTelevision, run

CEC_CTL = """
import argparse, json, pathlib, sys, time
cable = pathlib.Path(sys.argv.pop(1))  # the state of two connectors and a television, in a file
state = json.loads(cable.read_text())
options = argparse.ArgumentParser(allow_abbrev=False, exit_on_error=True)
options.add_argument("-d", required=True, choices=list(state["connectors"]))
options.add_argument("-s", action="store_true")
options.add_argument("--to", type=int, choices=[0])
what = options.add_mutually_exclusive_group(required=True)
for flag in ("playback", "give-device-power-status", "image-view-on", "standby"):
    what.add_argument(f"--{flag}", action="store_true")
what.add_argument("--active-source")
options.add_argument("--osd-name")
asked = options.parse_args()
connector = state["connectors"][asked.d]
flags = [flag for flag in sys.argv[3:] if flag.startswith("--") and flag not in ("--to", "--osd-name")]
state["said"].append(flags[0])
cable.write_text(json.dumps(state))
if state["hangs"]:
    time.sleep(600)
if asked.playback:
    if len(asked.osd_name.encode("ascii")) > 14:
        sys.exit("Name too long")
    connector["claimed"] = connector["address"] != "f.f.f.f"
    print("Driver Info:\\n\\tDriver Name                : vc4_hdmi")
    print("\\tPhysical Address           : " + connector["address"])
    print("\\tLogical Address Mask       : " + ("0x0010" if connector["claimed"] else "0x0000"))
elif not connector["claimed"]:
    sys.exit("No logical address was claimed")
elif asked.active_source:
    if asked.active_source != "phys-addr=" + connector["address"] or asked.to is not None:
        sys.exit("wrong address")
    state["shows"] = connector["address"]
elif asked.to != 0:
    sys.exit("no receiver")
elif asked.give_device_power_status:
    print("Transmit from Playback Device 1 to TV (4 to 0):\\nGIVE_DEVICE_POWER_STATUS (0x8f)")
    if state["answers"]:
        print("    Received from TV (0 to 4):\\n    REPORT_POWER_STATUS (0x90):\\n\\tpwr-state: " + state["power"])
    else:
        print("\\tTx, Not Acknowledged (4), Max Retries")
else:
    state["power"] = "to-on (0x02)" if asked.image_view_on else "standby (0x01)"
cable.write_text(json.dumps(state))
"""
"""Takes the options that the real program has, in the order that the cable asks for."""


class Cable:
    """An HDMI cable with a television at its end, which remembers what was said."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "cable.json"
        self._program = folder / "cec-ctl.py"
        self._program.write_text(CEC_CTL, "utf-8")
        connectors = {"/dev/cec0": "f.f.f.f", "/dev/cec1": "2.0.0.0"}
        self.state = {
            "connectors": {name: {"address": at, "claimed": False} for name, at in connectors.items()},
            "power": "standby (0x01)", "answers": True, "shows": "", "hangs": False, "said": [],
        }  # fmt: skip
        self.save()

    def save(self) -> None:
        self._file.write_text(json.dumps(self.state), "utf-8")

    def load(self) -> dict[str, object]:
        self.state = json.loads(self._file.read_text("utf-8"))
        return self.state

    def run(self, command: Sequence[str], limit_s: float) -> str:
        assert command[0] == "cec-ctl"
        return run([sys.executable, "-I", str(self._program), str(self._file), *command[1:]], limit_s)


@pytest.fixture
def cable(tmp_path: Path) -> Cable:
    return Cable(tmp_path)


Make = Callable[..., CecTelevision]


@pytest.fixture
def television(cable: Cable) -> Iterator[Make]:
    made: list[CecTelevision] = []

    def make(limit_s: float = 20.0, **settings: object) -> CecTelevision:
        config = TelevisionConfig.model_validate(settings)
        made.append(
            CecTelevision(config, "Nhà văn hóa bản Trại Mới", cable.run, lambda: ["/dev/cec0", "/dev/cec1"], limit_s)
        )
        made[-1].start()
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_it_is_switched_on_and_off_again(television: Make, cable: Cable) -> None:
    tv = television()
    tv.wake()
    assert tv.settle(30)
    state = cable.load()
    assert state["said"] == [
        "--playback",
        "--playback",
        "--give-device-power-status",
        "--image-view-on",
        "--active-source",
    ]
    assert (state["power"], state["shows"]) == ("to-on (0x02)", "2.0.0.0")
    tv.rest()
    assert tv.settle(30)
    assert cable.load()["power"] == "standby (0x01)"


def test_who_watches_something_else_is_not_left_in_the_dark(television: Make, cable: Cable) -> None:
    cable.state["power"] = "on (0x00)"
    cable.save()
    tv = television()
    tv.wake()
    assert tv.settle(30)
    assert cable.load()["shows"] == "2.0.0.0"
    tv.rest()
    assert tv.settle(30)
    assert cable.load()["power"] == "on (0x00)"


def test_two_films_in_a_row_do_not_make_it_forget_whose_turn_it_was(television: Make, cable: Cable) -> None:
    tv = television(device="/dev/cec1")
    for _ in range(2):
        tv.wake()
        assert tv.settle(30)
    tv.rest()
    assert tv.settle(30)
    assert cable.load()["power"] == "standby (0x01)"


def test_a_television_that_never_answers_is_switched_all_the_same(television: Make, cable: Cable) -> None:
    cable.state["answers"] = False
    cable.save()
    tv = television()
    tv.wake()
    assert tv.settle(30)
    assert cable.load()["power"] == "to-on (0x02)"


@pytest.mark.parametrize(("settings", "said"), [({"switch_on": False}, []), ({"switch_off": False}, ["--standby"])])
def test_what_the_technician_forbids_is_not_done(
    television: Make, cable: Cable, settings: dict[str, bool], said: list[str]
) -> None:
    tv = television(**settings)
    tv.wake()
    assert tv.settle(30)
    tv.rest()
    assert tv.settle(30)
    heard = cable.load()["said"]
    assert isinstance(heard, list)
    assert "--standby" not in heard
    assert bool(heard) == bool(said)


def test_a_cable_that_hangs_is_given_up(television: Make, cable: Cable, caplog: pytest.LogCaptureFixture) -> None:
    cable.state["hangs"] = True
    cable.save()
    tv = television(limit_s=0.5)
    with caplog.at_level(logging.INFO):
        tv.wake()
        assert tv.settle(30)
        tv.wake()
        assert tv.settle(30)
    assert caplog.text.count("it took too long") == 1


def test_only_the_last_wish_counts(television: Make, cable: Cable) -> None:
    tv = television()
    with tv._changed:  # nothing begins until all three are there
        tv.wake()
        tv.rest()
        tv.wake()
    assert tv.settle(30)
    assert cable.load()["power"] == "to-on (0x02)"
    said = cable.state["said"]
    assert isinstance(said, list)
    assert said.count("--image-view-on") == 1


@pytest.mark.parametrize(
    ("connectors", "words"),
    [
        ([], "no CEC device is there"),
        (["/dev/cec0"], "no television is connected to /dev/cec0"),
        (["/dev/cec7"], "cec7"),
    ],
)
def test_why_it_cannot_be_switched_is_said_once(
    cable: Cable, caplog: pytest.LogCaptureFixture, connectors: list[str], words: str
) -> None:
    tv = CecTelevision(TelevisionConfig(), "Hub", cable.run, lambda: connectors, 20)
    tv.start()
    with caplog.at_level(logging.INFO):
        for _ in range(2):
            tv.wake()
            assert tv.settle(30)
    tv.close()
    tv.wake()
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 1
    assert words in lines[0]


def test_without_the_program_a_hub_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    def gone(command: Sequence[str], limit_s: float) -> str:
        return run(["/nowhere/cec-ctl", *command[1:]], limit_s)

    tv = CecTelevision(TelevisionConfig(device="/dev/cec0"), "Hub", gone)
    tv.start()
    with caplog.at_level(logging.INFO):
        tv.wake()
        assert tv.settle(30)
    tv.close()
    assert "install v4l-utils" in caplog.text


@pytest.mark.parametrize(
    "command",
    [
        cec.claim("/dev/cec99", "Nha van hoa"),
        cec.ask_power("/dev/cec99"),
        cec.switch_on("/dev/cec99"),
        cec.show("/dev/cec99", "1.0.0.0"),
        cec.switch_off("/dev/cec99"),
    ],
)
def test_the_real_program_knows_every_option(command: list[str]) -> None:
    assert shutil.which("cec-ctl")
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 1
    assert (done.stdout + done.stderr).strip() == "Failed to open /dev/cec99: No such file or directory"


@pytest.mark.parametrize(
    ("answer", "power"),
    [
        ("\tpwr-state: on (0x00)\n", Power.ON),
        ("\tpwr-state: to-on (0x02)", Power.ON),
        ("pwr-state: standby (0x01)", Power.STANDBY),
        ("pwr-state: to-standby (0x03)", Power.STANDBY),
        ("\tTx, Not Acknowledged (4), Max Retries", Power.UNKNOWN),
        ("", Power.UNKNOWN),
    ],
)
def test_answers_are_understood(answer: str, power: Power) -> None:
    assert cec.power(answer) is power


def test_names_and_addresses_keep_to_the_standard() -> None:
    assert cec.osd_name("Nhà văn hóa bản Trại Mới") == "Nha van hoa ba"
    assert cec.osd_name("Đồn") == "Don"
    assert cec.osd_name("漢") == "Hub"
    assert cec.address("\tPhysical Address           : F.f.f.f\n") is None
    assert cec.address("\tPhysical Address           : 1.0.0.0\n") == "1.0.0.0"
    assert cec.address("") is None
    with pytest.raises(ValidationError):
        TelevisionConfig(device="/dev/sda")
