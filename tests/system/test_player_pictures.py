"""What stands on a television in an evening: idle screen, a film with old subtitles and a code, a question, a hand-out.

The player's own process draws on an X server without a display; phones read the codes from screenshots of it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from films import describe
from PIL import Image
from pyzbar.pyzbar import ZBarSymbol
from pyzbar.pyzbar import decode as zbar
from television import clip, television, wait_until
from Xlib import X
from Xlib.display import Display

from hub.config import HubConfig
from hub.example import to_toml
from hub.unix_sockets import ask

SIZE = (1920, 1080)
PATIENCE_S = 60.0
SUBTITLES = "1\n00:00:00,000 --> 00:00:09,000\nGà bỏ ăn thì gọi ngay cho thú y xã.\n"
MORE = """
[[subtitles]]
language = "vi"
file = "ga.vi.srt"
[[pause]]
at = "0:06"
question = "Nhà mình nuôi bao nhiêu con gà?"
[[handout]]
title = "Lịch tiêm phòng"
code = "K7M-2QXA"
"""
"""What belongs to the film."""


class Evening:
    """The player of a house, and the television in its hall."""

    def __init__(self, display: str, socket: Path, artefacts: Path) -> None:
        self._display = Display(display)
        self._socket = socket
        self._artefacts = artefacts

    def close(self) -> None:
        """Look no more."""
        self._display.close()

    def seen(self) -> Image.Image:
        """What is on the television now."""
        data = self._display.screen().root.get_image(0, 0, *SIZE, X.ZPixmap, 0xFFFFFFFF).data
        return Image.frombytes("RGB", SIZE, data, "raw", "BGRX")

    def codes(self) -> set[str]:
        """What phones read from it."""
        return {found.data.decode() for found in zbar(self.seen(), [ZBarSymbol.QRCODE])}

    def keep(self, name: str) -> None:
        """Keep a screenshot for whoever looks at them."""
        self._artefacts.mkdir(parents=True, exist_ok=True)
        self.seen().save(self._artefacts / f"{name}.png")

    def asks(self, target: str, **wish: object) -> None:
        """Ask the player for something."""
        status, answer = ask(self._socket, target, "POST", 10, json.dumps({"author": "village-head", **wish}).encode())
        assert status == 202, answer

    def status(self) -> dict[str, Any]:
        """What the player says of itself."""
        return ask(self._socket, "/status", timeout_s=10)[1]


def until(true: Callable[[], object], what: str) -> None:
    wait_until(true, what, PATIENCE_S)


@pytest.fixture
def evening(tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Evening]:
    content = tmp_path / "data" / "content"
    content.mkdir(parents=True)
    clip(content / "ga.mp4", "color=c=0x203060:size=640x360:rate=25", 8)
    describe(content / "ga.mp4", uses='"hub", "public screening"', more="", title="Nuôi gà đồi")
    sidecar = content / "ga.toml"
    sidecar.write_text(sidecar.read_text("utf-8") + MORE, "utf-8")
    old = subprocess.run(
        ["iconv", "-t", "TCVN5712-1"], input=SUBTITLES.encode(), capture_output=True, check=True
    ).stdout
    (content / "ga.vi.srt").write_bytes(old)
    config = HubConfig.model_validate(
        {
            "house": {"id": "trai-moi", "name": "Trại Mới", "village_word": "bản", "commune": "Đồng Tiến",
                      "province": "Bắc Ninh"},
            "paths": {"data": str(tmp_path / "data"), "run": str(tmp_path / "run")},
            "web": {"name": "thuvien.lan", "port": 8080},
            "player": {"screen": "window", "sound": "none", "television": {"switch_on": False, "switch_off": False}},
        }
    )  # fmt: skip
    settings = tmp_path / "hub.toml"
    settings.write_text(to_toml(config), "utf-8")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    with television(SIZE) as tv:
        monkeypatch.setenv("DISPLAY", tv.display)
        log = (tmp_path / "log").open("wb")
        player = subprocess.Popen([sys.executable, "-m", "hub.cli", "run", "player", "--config", settings], stderr=log)
        house = Evening(tv.display, tmp_path / "run" / "player.sock", project / "artefacts" / "television")
        try:
            until((tmp_path / "run" / "player.sock").exists, "the player listens")
            yield house
        finally:
            player.terminate()
            player.wait(20)
            log.close()
            house.close()
            sys.stderr.write((tmp_path / "log").read_text("utf-8"))


def test_an_evening_on_the_television(evening: Evening) -> None:
    until(lambda: evening.codes() == {"http://thuvien.lan:8080/"}, "the idle screen with its code is seen")
    evening.keep("idle")

    evening.asks("/play", film="ga.mp4")
    until(lambda: evening.status()["state"] == "playing", "the film plays")
    evening.asks("/hold", held=True)
    until(lambda: evening.codes() == {"http://thuvien.lan:8080/phim/ga/"}, "the code of the film's page is seen")
    film = evening.seen()
    low = film.crop((400, 800, 1520, 1040)).convert("L")
    assert low.getextrema()[1] > 200  # the words of the subtitles, white on the dark film
    assert film.crop((400, 300, 1520, 500)).convert("L").getextrema()[1] < 120
    evening.keep("film")

    evening.asks("/seek", position_ms=5500)
    evening.asks("/hold", held=False)
    until(lambda: evening.status()["pause_point"], "the film waits at its question")
    until(lambda: evening.seen().getpixel((960, 200)) == (251, 247, 240), "the question is seen")
    evening.keep("question")

    evening.asks("/hold", held=False)
    until(lambda: evening.codes() == {"http://thuvien.lan:8080/q/K7M-2QXA"}, "the hand-out's code is seen")
    evening.keep("handout")
