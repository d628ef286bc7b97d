"""`hub library openings`: the numbers in a terminal."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.cli import commands
from hub.config import HouseConfig, HubConfig, PathsConfig
from hub.example import to_toml
from hub.openings import file_of
from library.openings.days import day_of, days_before


@pytest.fixture
def config(tmp_path: Path) -> HubConfig:
    house = HouseConfig(id="test", name="Thử", village_word="bản", commune="Mới", province="Bắc Ninh")
    config = HubConfig(house=house, paths=PathsConfig(data=tmp_path, run=tmp_path / "run"))
    config.paths.state.mkdir()
    (tmp_path / "hub.toml").write_text(to_toml(config))
    return config


def said(tmp_path: Path, *more: str, language: str = "en") -> str:
    words = ["library", "openings", "--config", str(tmp_path / "hub.toml"), *more]
    done = CliRunner().invoke(commands, words, env={"HUB_LANG": language})
    assert done.exit_code == 0, done.output
    return done.output


def test_the_most_opened_come_first(config: HubConfig, tmp_path: Path) -> None:
    assert said(tmp_path) == "Nothing was opened in these days.\n"
    today = day_of(time.time())
    earlier = days_before(today, 20)
    tally = {(today, "vai", "book"): 3, (earlier, "vai", "book"): 9, (today, "lua\x1b[2J", "film"): 1}
    file_of(config).add(tally, 1)
    assert said(tmp_path).splitlines()[1:] == ["12  book read     vai", " 1  film watched  lua?[2J"]
    assert said(tmp_path, "--days", "7").splitlines()[1:] == ["3  book read     vai", "1  film watched  lua?[2J"]
    assert "12  đọc sách / book read" in said(tmp_path, language="")
    table = said(tmp_path, "--csv").splitlines()
    assert table[0] == "day,kind,name,openings"
    assert f"{earlier},book,vai,9" in table


def test_a_wrong_clock_is_told(config: HubConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file_of(config).add({("2026-11-20", "vai", "book"): 3, ("1970-01-01", "vai", "book"): 1}, 1)
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    lines = said(tmp_path).splitlines()
    assert "clock" in lines[0]
    assert lines[-1] == "3  book read  vai"


def test_a_damaged_file_is_told_kindly(config: HubConfig, tmp_path: Path) -> None:
    (config.paths.state / "openings.sqlite").write_bytes(b"damaged" * 1000)
    done = CliRunner().invoke(commands, ["library", "openings", "--config", str(tmp_path / "hub.toml")])
    assert done.exit_code == 1
    assert "cannot be used" in str(done.exception)
