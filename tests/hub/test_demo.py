"""What `hub demo` shows, without a hub; the whole of it is tested in tests/system/test_demo.py."""

from pathlib import Path

import click
import pytest
from PIL import Image
from pyzbar.pyzbar import decode

from hub.config import SERVICES
from hub.demo import _plan, _side_by_side, _Teller, cache_folder, demo_config, demo_screen
from hub.schedule_file import load_schedule
from hub.supervisor import Failed, Ready, Stopped


def picture(lines: list[str], scale: int = 4) -> Image.Image:
    """Render half blocks as a terminal does: a block is the colour of the letters (white here), a blank is black."""
    width = max(map(len, lines))
    image = Image.new("L", (width, 2 * len(lines)), 0)
    for row, line in enumerate(lines):
        for column, letter in enumerate(line):
            upper, lower = {" ": (0, 0), "█": (255, 255), "▀": (255, 0), "▄": (0, 255)}.get(letter, (0, 0))
            image.putpixel((column, 2 * row), upper)
            image.putpixel((column, 2 * row + 1), lower)
    return image.resize((width * scale, 2 * len(lines) * scale), Image.Resampling.NEAREST)


@pytest.mark.parametrize("width", [200, 40])
def test_the_codes_can_be_read_beside_and_below_each_other(width: int) -> None:
    addresses = ["http://localhost:8080", "http://192.168.100.100:8080"]
    drawn = click.unstyle(_side_by_side(addresses, width))
    assert max(map(len, drawn.splitlines())) <= width
    read = {code.data.decode() for code in decode(picture(drawn.splitlines()))}
    assert read == set(addresses)


def test_the_welcome_comes_once_everything_is_ready(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    teller = _Teller(demo_config(tmp_path, "127.0.0.1", 8123))
    for name in SERVICES[:-1]:
        teller.tell(Ready(name, f"{name}.sock", 0.5))
    assert "http://localhost:8123" not in capsys.readouterr().out
    teller.tell(Ready("web", "fine", 0.5))
    assert "http://localhost:8123" in capsys.readouterr().out
    teller.tell(Failed("web", "ended by SIGKILL", 0.5))
    teller.tell(Ready("web", "fine", 0.5))
    teller.tell(Stopped("web", killed=True))
    told = capsys.readouterr().out
    assert "ended by SIGKILL – thử lại sau / again in 0.5 s" in told
    assert "http://localhost:8123" not in told


@pytest.mark.parametrize(
    ("address", "shown"), [("127.0.0.1", "localhost"), ("192.168.4.1", "192.168.4.1"), ("fd00::1", "[fd00::1]")]
)
def test_the_address_that_is_shown_is_one_that_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], address: str, shown: str
) -> None:
    teller = _Teller(demo_config(tmp_path, address, 8123))
    for name in SERVICES:
        teller.tell(Ready(name, "", 0.1))
    assert f"http://{shown}:8123" in capsys.readouterr().out


def test_the_demo_keeps_to_its_folder(tmp_path: Path) -> None:
    config = demo_config(tmp_path)
    assert config.house.demo
    assert {config.paths.content.parent, config.paths.state.parent, config.paths.run.parent} == {tmp_path}


def test_the_cache_folder_follows_the_standard(tmp_path: Path) -> None:
    assert cache_folder({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "village-hub" / "demo"
    for environ in ({}, {"XDG_CACHE_HOME": ""}, {"XDG_CACHE_HOME": "relative"}):
        assert cache_folder(environ) == Path.home() / ".cache" / "village-hub" / "demo"


def test_the_demo_has_an_evening_planned_that_the_checks_take(tmp_path: Path) -> None:
    _plan(tmp_path / "state")
    schedule = load_schedule(tmp_path / "state")
    assert len(schedule.items) == 1
    (tmp_path / "state" / "schedule.toml").write_text("# mine\n", "utf-8")
    _plan(tmp_path / "state")
    assert load_schedule(tmp_path / "state").items == ()


@pytest.mark.parametrize(
    ("environ", "screen"), [({"DISPLAY": ":0"}, "window"), ({}, "hidden"), ({"DISPLAY": ""}, "hidden")]
)
def test_the_demo_plays_in_a_window_where_there_is_a_display(environ: dict[str, str], screen: str) -> None:
    assert demo_screen(environ) == screen
