"""Recordings on the player's socket."""

import io
import wave
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from hub.system import atomic_write
from player.confined import Runner
from player.recordings.store import Recordings
from player.recordings.studio import MOST_BYTES, Studio
from player.recordings.web import create_blueprint
from player.testing import FakeVoice


class House:
    def __init__(self, folder: Path) -> None:
        (folder / "recordings").mkdir()
        self.voice = FakeVoice()
        self.recordings = Recordings(folder / "recordings", atomic_write)
        self.studio = Studio(self.recordings, self.voice, Runner(), folder / "work")
        app = Flask("test")
        app.register_blueprint(create_blueprint(self.studio, self.recordings))
        self.client: FlaskClient = app.test_client()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def tone() -> bytes:
    memory = io.BytesIO()
    with wave.open(memory, "wb") as file:
        file.setparams((1, 1, 8000, 0, "NONE", ""))
        file.writeframes(b"\xa0\xa0\xa0\xa0\x60\x60\x60\x60" * 1500)
    return memory.getvalue()


def test_sent_listed_heard_and_deleted(house: House) -> None:
    answer = house.client.post("/recordings", data=tone())
    assert answer.status_code == 201
    name = answer.get_json()["recording"]
    assert answer.get_json()["seconds"] == pytest.approx(1.5, abs=0.1)
    (listed,) = house.client.get("/recordings").get_json()
    assert (listed["recording"], listed["kind"]) == (name, "recording")
    assert set(listed) == {"recording", "kind", "seconds", "made"}
    heard = house.client.get(f"/recordings/{name}", headers={"Range": "bytes=0-3"})
    assert (heard.status_code, heard.data, heard.mimetype) == (206, b"RIFF", "audio/wav")
    heard.close()
    assert house.client.delete(f"/recordings/{name}").status_code == 204
    assert house.client.get(f"/recordings/{name}").status_code == 404


def test_a_text_is_read_out(house: House) -> None:
    answer = house.client.post("/speech", json={"text": "Mời bà con họp ngày 2/9"})
    assert answer.status_code == 201
    assert answer.get_json()["spoken"] == "Mời bà con họp ngày hai tháng chín"
    assert house.recordings.find(answer.get_json()["recording"]).kind == "text"


def test_what_waits_is_not_deleted(house: House) -> None:
    name = house.client.post("/speech", json={"text": "xin chào"}).get_json()["recording"]
    house.recordings.keep(name)
    answer = house.client.delete(f"/recordings/{name}")
    assert answer.status_code == 409
    assert answer.get_json()["hint_msgid"] == "Withdraw its announcement first."


def test_errors_say_what_they_are_made_of(house: House) -> None:
    answer = house.client.post("/recordings", data=b"", content_length=MOST_BYTES + 1)
    assert answer.status_code == 413
    said = answer.get_json()
    assert said["problem"] == "The recording is larger than 32 MB."
    assert (said["msgid"], said["arguments"]) == ("The recording is larger than %(most)d MB.", {"most": 32})
    assert said["hint"] == said["hint_msgid"] != ""


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/recordings", b"<html></html>", 415),
        ("POST", "/recordings", None, 411),
        ("GET", "/recordings/000001-abcdef", None, 404),
        ("GET", "/recordings/..%2f..%2fetc%2fpasswd", None, 404),
        ("DELETE", "/recordings/1", None, 404),
        ("POST", "/speech", None, 400),
        ("POST", "/speech", b"{", 400),
        ("POST", "/speech", b"[]", 400),
        ("POST", "/speech", b'{"text": 5}', 400),
        ("POST", "/speech", b'{"text": "  "}', 400),
        ("POST", "/speech", b'{"text": "\\ud800"}', 400),
        ("POST", "/speech", b'{"text": "' + b"a" * 6000 + b'"}', 400),
        ("POST", "/speech", b'{"text": "' + b"a" * 70_000 + b'"}', 413),
    ],
)
def test_bad_wishes_are_answered(house: House, method: str, path: str, body: bytes | None, status: int) -> None:
    answer = house.client.open(path, method=method, data=body)
    assert answer.status_code == status
    if path.startswith(("/recordings", "/speech")) and "%2f" not in path:
        assert answer.get_json()["problem"]
    assert house.recordings.all() == []


def test_a_voice_that_is_missing_or_fails_is_told(house: House) -> None:
    house.voice.fails = True
    assert house.client.post("/speech", json={"text": "xin chào"}).status_code == 503
