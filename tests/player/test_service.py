"""The player's site tells what it does and takes the remote's commands."""

from player.config import PlayerConfig
from player.engine.commands import Play
from player.engine.thread import Engine
from player.service import create_app
from player.testing import FakeScreen


def test_tells_and_stops() -> None:
    engine = Engine(FakeScreen())
    client = create_app(PlayerConfig(), engine).test_client()
    assert client.get("/healthz").status_code == 503
    engine.start()
    assert client.get("/healthz").status_code == 200
    engine.post(Play("a.mp4"))
    assert engine.settle()
    assert client.get("/status").json == {"screen": "none", "state": "playing", "film": "a.mp4", "problem": ""}
    assert client.post("/stop").status_code == 202
    assert client.get("/stop").status_code == 405
    assert engine.settle()
    assert client.get("/status").get_json()["state"] == "idle"
    engine.close()
