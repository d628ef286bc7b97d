"""docs/posters.md tells the truth: its commands run and print, its settings are taken, its warnings are the code's."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import paper
import pytest
from babel.messages.pofile import read_po
from PIL import Image
from printed_shelf import make_shelf

from hub.config import validate
from hub.example import to_toml
from hub.print_shop import HOME_BESIDE, ONLY_HERE, PASSPHRASE_PRINTED, SSID_UNSURE
from library.printing.press import MOST_STICKERS
from library.printing.sheets import SHEETS

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "posters.md").read_text("utf-8")
COMMANDS = [
    shlex.split(line, comments=True)
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.M | re.S)
    for line in block.splitlines()
]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("house")
    path = data / "hub.toml"
    path.write_text(to_toml(make_shelf(data)), encoding="utf-8")
    return path


@pytest.mark.parametrize("command", [*{shlex.join(words): words for words in COMMANDS}.values()], ids=shlex.join)
def test_every_command_shown_prints(command: list[str], settings: Path, tmp_path: Path) -> None:
    assert command[:2] == ["hub", "library"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    program = [sys.executable, "-m", "hub.cli", *command[1:], "--config", str(settings)]
    done = subprocess.run(program, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    if "--list" in command:
        assert done.stdout.strip()
        return
    name = command[command.index("-o") + 1] if "-o" in command else f"{command[2]}.pdf"
    pages = paper.pixels((tmp_path / name).read_bytes(), tmp_path)
    assert pages
    assert all(len(paper.codes(page)) >= 2 for page in pages)


def test_the_sheets_are_those_of_the_table() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| (\d) × (\d+) \| ([\d,]+) × ([\d,]+) \|", PAGE, re.M)
    shown = {name: tuple(float(part.replace(",", ".")) for part in numbers) for name, *numbers in rows}
    known = {sheet.name: (sheet.columns, sheet.rows, sheet.width, sheet.height) for sheet in SHEETS.values()}
    assert shown == known


def test_the_warnings_are_those_of_the_hub() -> None:
    with (ROOT / "hub/translations/vi/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file)
    for sentence in (PASSPHRASE_PRINTED, SSID_UNSURE, ONLY_HERE, HOME_BESIDE):
        assert f"| {sentence} |" in PAGE
        assert f"| {catalogue[sentence].string} |" in PAGE


def test_the_settings_are_taken() -> None:
    house = {"id": "x", "name": "X", "village_word": "bản", "commune": "X", "province": "X"}
    blocks = re.findall(r"^```toml\n(.*?)^```", PAGE, re.M | re.S)
    assert len(blocks) == 2
    for block in blocks:
        config = validate({"house": house, **tomllib.loads(block)}, "hub.toml")
        assert config.library.public_base_url.startswith("https://")


def test_its_pictures_are_small_and_its_number_right() -> None:
    for name in re.findall(r"\]\(([\w-]+\.png)\)", PAGE):
        assert (ROOT / "docs" / name).stat().st_size < 60_000
        with Image.open(ROOT / "docs" / name) as picture:
            assert picture.width >= 300
    assert f"{MOST_STICKERS:,}".replace(",", ".") in PAGE
    assert f"{MOST_STICKERS:,}" in PAGE
