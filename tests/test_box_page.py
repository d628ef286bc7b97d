"""docs/box.md tells the truth: its settings are taken, its commands run, its table and drawing are the code's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from fake_gpiod import FakeBoard

from hub.cli import commands
from player.pins import panel as room
from player.pins.config import PinsConfig
from player.pins.libgpiod import LibgpiodFactory
from player.pins.wording import HEADER

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "box.md").read_text("utf-8")
ENGLISH = PAGE.index("\n# The box of buttons")
HALVES = {"vi": PAGE[:ENGLISH], "en": PAGE[ENGLISH:]}
SETTINGS = re.findall(r"^```toml\n(.*?)^```", PAGE, re.M | re.S)
SPOKEN = re.findall(r"^```text\n\$ (.*?)\n(.*?)^```$", PAGE, re.M | re.S)
TYPED = re.findall(r"^```sh\n(.*?)^```", PAGE, re.M | re.S)
GROUNDS, FIVE_VOLTS = {6, 9, 14, 20, 25, 30, 34, 39}, {2, 4}
HOUSE = """
[house]
id = "trai-moi"
name = "Trại Mới"
village_word = "bản"
commune = "Đồng Tiến"
province = "Bắc Ninh"
"""


def hub(folder: Path, shown: str) -> subprocess.CompletedProcess[str]:
    before, _, after = shown.partition("hub ")
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "HUB_LANG": before.strip().removeprefix("HUB_LANG=")}
    words = [sys.executable, "-m", "hub.cli", *after.split()]
    return subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=60)


def pins(settings: str) -> PinsConfig:
    return PinsConfig(**tomllib.loads(settings)["player"]["pins"])


def test_both_languages_show_the_same_settings_and_parts() -> None:
    parts = {half: re.findall(r"^## (\d)\.", text, re.M) for half, text in HALVES.items()}
    assert parts["vi"] == parts["en"] == ["1", "2", "3", "4"]
    assert SETTINGS[:2] == SETTINGS[2:]
    assert len(SPOKEN) == 2
    assert len(TYPED) == 2
    assert TYPED[0] == TYPED[1]


@pytest.mark.parametrize("settings", SETTINGS[:2], ids=["usual", "unusual"])
def test_the_settings_shown_are_taken(settings: str, tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text(HOUSE + settings)
    done = hub(tmp_path, "hub check hub.toml")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("shown", "said"), SPOKEN, ids=["vi", "en"])
def test_the_command_says_what_is_shown(shown: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text(HOUSE + SETTINGS[0])
    done = hub(tmp_path, shown)
    assert (done.returncode, done.stdout, done.stderr) == (0, said, "")


def test_what_is_typed_to_try_the_box_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`hub box --try` as the page has it, but for the wait; systemctl's lines name the unit that the hint names."""
    stop, trial, start = TYPED[0].splitlines()
    assert (stop, start) == ("systemctl stop hub-player", "systemctl start hub-player")
    board = FakeBoard(tmp_path, "pinctrl-bcm2711", lines=58)
    monkeypatch.setattr(
        "player.pins.panel.Panel.__init__.__defaults__",
        (lambda: LibgpiodFactory(binding=board, folder=tmp_path),),
    )
    monkeypatch.setattr("player.pins.trying.SHOWN_S", 0)
    (tmp_path / "hub.toml").write_text(HOUSE + SETTINGS[0])
    words = [*trial.split()[1:-1], "0", "--config", str(tmp_path / "hub.toml")]
    done = CliRunner().invoke(commands, words, env={"HUB_LANG": "en"})
    assert (done.exit_code, done.output.splitlines()[-2:]) == (
        0,
        ["The amplifier has no power.", "Press the buttons now, for 0 seconds."],
    )
    assert "high" in board.line(26).history


@pytest.mark.parametrize("half", ["vi", "en"])
def test_the_table_is_the_settings(half: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*?\| (\d+) \| (\d+) \| (.*?) \|$", HALVES[half], re.M)
    assert {part: int(gpio) for part, gpio, _, _ in rows} == pins(SETTINGS[0]).wired
    for _, gpio, place, other in rows:
        assert HEADER[int(gpio)] == int(place)
        (ground,) = map(int, re.findall(r"(?:chân|pin) (\d+)$", other))
        assert ground in GROUNDS


def test_the_drawing_is_the_table() -> None:
    drawing = re.search(r"^```text\n(.*?)^```", PAGE, re.M | re.S)
    assert drawing is not None
    seen: dict[int, str] = {}
    for left, odd, even, right in re.findall(r"^(.*?)(\d+) +· · +(\d+)(.*)$", drawing[1], re.M):
        assert int(even) == int(odd) + 1
        seen |= {int(odd): left, int(even): right}
    shown = {int(gpio): place for place, text in seen.items() for gpio in re.findall(r"GPIO(\d+)", text)}
    assert shown == {gpio: HEADER[gpio] for gpio in pins(SETTINGS[0]).wired.values()}
    assert {place for place, text in seen.items() if "GND" in text} <= GROUNDS
    assert {place for place, text in seen.items() if "5 V" in text} <= FIVE_VOLTS


def test_the_figures_are_the_codes() -> None:
    assert f"{room.BOUNCE_S:g} seconds" in HALVES["en"]
    assert f"{room.BOUNCE_S:g}".replace(".", ",") + " giây" in HALVES["vi"]
