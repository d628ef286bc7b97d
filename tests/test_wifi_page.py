"""docs/wifi.md tells the truth: its settings are taken, its commands run, its tables are the code's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from captive_portal.radios import PROFILES

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "wifi.md").read_text("utf-8")
ENGLISH = PAGE.index("\n# The Wi-Fi of the house")
HALVES = {"vi": PAGE[:ENGLISH], "en": PAGE[ENGLISH:]}
SETTINGS = re.findall(r"^```toml\n(.*?)^```", PAGE, re.M | re.S)
HOUSE = """
[house]
id = "trai-moi"
name = "Trại Mới"
village_word = "bản"
commune = "Đồng Tiến"
province = "Bắc Ninh"
"""


def hub(*args: str | Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "hub.cli", *map(str, args)]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def rows(half: str, first: str) -> list[list[str]]:
    """The rows of the table whose head begins with these words."""
    lines = HALVES[half].partition(f"| {first}")[2].splitlines()[2:]
    found = []
    for line in lines:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    assert found, first
    return found


def catalogue() -> Catalog:
    with (ROOT / "hub/translations/vi/LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file)


@pytest.mark.parametrize("settings", SETTINGS, ids=range(len(SETTINGS)))
def test_the_settings_shown_are_taken(settings: str, tmp_path: Path) -> None:
    """As the page says: look at the file with `hub check`, then have it written into another folder."""
    path = tmp_path / "hub.toml"
    path.write_text(HOUSE + settings)
    checked = hub("check", path)
    assert (checked.returncode, checked.stderr) == (0, "")
    applied = hub("apply", "--config", path, "--root", tmp_path / "look")
    assert (applied.returncode, applied.stderr) == (0, "")
    written = {file.name for file in (tmp_path / "look").rglob("*") if file.is_file()}
    assert ("hostapd.conf" in written) == ("access-point" in settings)
    assert ("dnsmasq-house.conf" in written) == ("captive_portal" in settings)
    assert ("20-hub-ethernet.network" in written) == ('"ethernet"' in settings)


SPOKEN = re.findall(r"^```text\n(\[.*?)^```$.*?^```text\n\$ (.*?)\n(.*?)^```$", PAGE, re.M | re.S)


def test_three_examples_are_found() -> None:
    assert [shown for _, shown, _ in SPOKEN] == [
        "hub check hub.toml",
        "HUB_LANG=vi hub apply --config hub.toml --root /tmp/xem-thu",
        "HUB_LANG=en hub check hub.toml",
    ]


@pytest.mark.parametrize(("settings", "shown", "said"), SPOKEN, ids=range(len(SPOKEN)))
def test_the_commands_say_what_is_shown(settings: str, shown: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text(HOUSE + settings)
    before, _, after = shown.partition("hub ")
    environ = {"PYTHONPATH": str(ROOT), "HUB_LANG": before.strip().removeprefix("HUB_LANG=")}
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli", *after.replace("/tmp/xem-thu", str(tmp_path / "look")).split()],
        cwd=tmp_path, env={**os.environ, **environ}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr == said


def test_the_words_for_written_files_are_the_commands_own() -> None:
    known = {str(message.id): str(message.string) for message in catalogue() if message.id}
    for english in ("new", "changed", "as it was", "removed"):
        assert f"`{known[english]}`" in HALVES["vi"]
        assert f"`{english}`" in " ".join(HALVES["en"].split())


@pytest.mark.parametrize(("half", "first", "yes"), [("vi", "bộ phát", "có"), ("en", "radio", "yes")])
def test_the_table_of_radios_is_the_codes(half: str, first: str, yes: str) -> None:
    shown = {
        re.findall("`(.*?)`", name)[0]: (int(phones), set(re.findall("`(.*?)`", joining)), wide == yes)
        for name, phones, joining, wide in rows(half, first)
    }
    assert shown == {
        name: (profile.most_phones, {security.value for security in profile.securities}, profile.wide)
        for name, profile in PROFILES.items()
        if name != "simulated"
    }


@pytest.mark.parametrize(("half", "first"), [("vi", "dòng"), ("en", '"Gate')])
def test_the_status_page_speaks_so(half: str, first: str) -> None:
    known = {re.sub(r"%\(\w+\)s", "…", str(m.id if half == "en" else m.string)) for m in catalogue() if m.id}
    assert [said for said, *_ in rows(half, first) if said not in known] == []


def test_both_languages_have_the_same_parts() -> None:
    parts = {half: re.findall(r"^## (\d)\.", text, re.M) for half, text in HALVES.items()}
    assert parts["vi"] == parts["en"] == [str(number) for number in range(1, 8)]
