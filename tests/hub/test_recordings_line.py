"""The website's line and the real studio understand each other: what is sent, what comes back, what is refused."""

import io
import threading
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from hub.interpreter import said
from hub.remote.line import PlayerLine, PlayerRefusedError
from hub.system import atomic_write
from player.confined import Runner
from player.recordings.store import Recordings
from player.recordings.studio import Studio
from player.recordings.web import create_blueprint
from player.testing import FakeVoice


@pytest.fixture
def line(tmp_path: Path) -> Iterator[PlayerLine]:
    (tmp_path / "recordings").mkdir()
    recordings = Recordings(tmp_path / "recordings", atomic_write)
    app = Flask("test")
    app.register_blueprint(create_blueprint(Studio(recordings, FakeVoice(), Runner(), tmp_path / "work"), recordings))
    server = make_server(f"unix://{tmp_path / 'player.sock'}", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield PlayerLine(tmp_path / "player.sock")
    server.shutdown()
    server.server_close()
    thread.join()


def tone() -> bytes:
    memory = io.BytesIO()
    with wave.open(memory, "wb") as file:
        file.setparams((1, 1, 8000, 0, "NONE", ""))
        file.writeframes(b"\xa0\xa0\xa0\xa0\x60\x60\x60\x60" * 1500)
    return memory.getvalue()


def test_a_recording_goes_there_is_heard_and_goes(line: PlayerLine) -> None:
    sound = tone()
    made = line.send("/recordings", io.BytesIO(sound), len(sound))
    assert made["seconds"] == pytest.approx(1.5, abs=0.1)
    with line.open(f"/recordings/{made['recording']}", {"Range": "bytes=0-3"}) as answer:
        assert (answer.status, answer.read(10)) == (206, b"RIFF")
    assert [one["recording"] for one in line.look("/recordings")] == [made["recording"]]
    line.drop(f"/recordings/{made['recording']}")
    assert line.look("/recordings") == []


def test_a_text_is_read_out(line: PlayerLine) -> None:
    made = line.tell("/speech", {"text": "Họp lúc 19h"}, work=True)
    assert made["spoken"] == "Họp lúc mười chín giờ"


def test_a_refusal_is_said_in_vietnamese(line: PlayerLine) -> None:
    with pytest.raises(PlayerRefusedError) as refused:
        line.send("/recordings", io.BytesIO(b"<html></html>"), 13)
    assert refused.value.status == 415
    assert said(refused.value.reasons[0], "vi") == "Tệp này không phải bản ghi âm nghe được."
    assert said(refused.value.hint, "vi").startswith("Xin ghi bằng ứng dụng ghi âm của điện thoại")
    with pytest.raises(PlayerRefusedError) as refused:
        line.tell("/speech", {"text": "a" * 6000})
    assert said(refused.value.reasons[0], "vi") == "Thông báo dài quá 5000 chữ cái."
