"""The player's own process with real libvlc: lists with bad films, questions, kill -9, a plan."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from stage import described
from television import clip, ended_afterwards, wait_until

from hub.clock import HOUSE_TIME
from hub.demo import demo_config
from hub.example import to_toml
from hub.unix_sockets import ask

QUESTION = '[[pause]]\nat = "00:01"\nquestion = "Nhà ai nuôi gà?"\n[[handout]]\ncode = "K7M-2QXA"\n'


class Player:
    """The process, as the website asks it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "run" / "player.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "hub.cli", "run", "player", "--config", str(self.folder / "hub.toml")]
        self._process = subprocess.Popen(command)
        wait_until(self._answers, "the player answers", 60)
        return self._process

    def cut(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def status(self) -> dict[str, Any]:
        return ask(self.socket, "/status", timeout_s=20)[1]

    def post(self, target: str, status: int = 202, **said: object) -> dict[str, Any]:
        got, answer = ask(self.socket, target, "POST", 20, json.dumps(said).encode())
        assert got == status, answer
        return answer

    def becomes(self, true: Callable[[dict[str, Any]], object], what: str) -> None:
        wait_until(lambda: true(self.status()), what, 60)

    def _answers(self) -> bool:
        try:
            return ask(self.socket, "/healthz", timeout_s=5)[0] == 200
        except Exception:
            return False


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    clip(folder / "short.mp4", "testsrc=size=320x180:rate=25", 2, 440)
    clip(folder / "long.mp4", "testsrc=size=320x180:rate=25", 60, 440)
    (folder / "bad.mp4").write_bytes(b"\x00\x01no film" * 2000)
    return folder


@pytest.fixture
def player(tmp_path: Path, clips: Path) -> Iterator[Player]:
    config = demo_config(tmp_path)
    hidden = config.player.model_copy(update={"screen": "hidden", "sound": "none", "undescribed": "show"})
    (tmp_path / "hub.toml").write_text(to_toml(config.model_copy(update={"player": hidden})))
    content = tmp_path / "content"
    content.mkdir()
    for path in clips.iterdir():
        (content / path.name).write_bytes(path.read_bytes())
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "schedule.toml").write_text(
        '[[playlist]]\nname = "Thử"\nfilms = ["short.mp4", "bad.mp4"]\nrepeat = "all"\n', "utf-8"
    )
    player = Player(tmp_path)
    with ended_afterwards(player.begin()):
        yield player
        player.cut()


def test_a_list_goes_on_behind_a_bad_film_and_leaves_it_out(player: Player) -> None:
    player.post("/play", playlist="Thử", author="village-head")
    player.becomes(lambda status: status["quarantined"] == 1, "the bad film is left out")
    player.becomes(lambda status: status["state"] == "playing" and status["film"] == "short.mp4", "the good one plays")
    player.post("/play", 409, film="bad.mp4", author="village-head")
    player.post("/quarantine/forgive", film="bad.mp4")
    player.post("/play", film="bad.mp4", author="village-head")


def test_a_film_waits_at_its_question_and_its_hand_out_is_told(player: Player) -> None:
    (player.folder / "content" / "short.toml").write_text(described() + QUESTION, "utf-8")
    player.post("/play", film="short.mp4", author="village-head")
    player.becomes(lambda status: status["pause_point"], "the film waits at its question")
    assert 1000 <= player.status()["position_ms"] < 1800
    player.post("/count", people=31, hands=9)
    player.post("/hold", held=False)
    player.becomes(lambda status: status["state"] == "idle", "the film has ended")
    assert player.status()["handouts"] == [{"title": "Nuôi gà", "code": "K7M-2QXA"}]


def test_killed_it_goes_on_with_the_film_three_seconds_earlier(player: Player) -> None:
    player.post("/play", film="long.mp4", author="village-head")
    player.post("/seek", position_ms=30_000)
    player.becomes(lambda status: status["position_ms"] > 30_500, "the film goes on from there")
    player.cut()
    with ended_afterwards(player.begin()):
        player.becomes(lambda status: status["state"] == "playing", "the film goes on")
        status = player.status()
        assert status["film"] == "long.mp4"
        assert 26_900 < status["position_ms"] < 45_000
        player.post("/stop", everything=True)
        player.cut()
    with ended_afterwards(player.begin()):
        assert player.status()["state"] == "idle"


@pytest.mark.long
def test_a_plan_starts_at_its_time(player: Player) -> None:
    now = datetime.now(HOUSE_TIME)
    soon = now + timedelta(minutes=1)
    if soon.date() != now.date():
        pytest.skip("a minute before midnight a plan of today cannot be tested")
    text = (
        '[[playlist]]\nname = "Thử"\nfilms = ["short.mp4"]\n'
        f'[[dated]]\ndate = "{soon:%Y-%m-%d}"\nat = "{soon:%H:%M}"\nplaylist = "Thử"\n'
    )
    status, _ = ask(player.socket, "/schedule", "PUT", 20, text.encode())
    assert status == 202
    assert player.status()["next"]["plays"] == "Thử"
    wait_until(lambda: player.status()["film"] == "short.mp4", "the plan starts", 90)
