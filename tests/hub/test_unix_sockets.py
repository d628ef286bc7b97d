"""`hub.unix_sockets`: listening, asking, and what a crash leaves."""

import socket
import stat
import threading
from pathlib import Path

import pytest

from hub.errors import SocketError
from hub.unix_sockets import ask, listen


def answer_once(listener: socket.socket, answer: bytes) -> threading.Thread:
    def serve() -> None:
        client, _ = listener.accept()
        with client:
            client.recv(4096)
            client.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return thread


def http(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize("depth", [0, 30])
def test_asks_and_answers_however_long_the_folder_is(tmp_path: Path, depth: int) -> None:
    path = tmp_path.joinpath(*["folder"] * depth, "gate.sock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with listen(path) as listener:
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        answer_once(listener, http(b'{"open": true}'))
        assert ask(path, "/status") == (200, {"open": True})


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"\xff"])
def test_an_answer_that_is_no_object_is_empty(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "gate.sock"
    with listen(path) as listener:
        answer_once(listener, http(body, "503 Service Unavailable"))
        assert ask(path, "/healthz") == (503, {})


def test_nobody_answers(tmp_path: Path) -> None:
    path = tmp_path / "gate.sock"
    with pytest.raises(SocketError, match=r"gate\.sock does not answer"):
        ask(path, "/")
    with listen(path), pytest.raises(SocketError):
        ask(path, "/", timeout_s=0.1)
    with listen(path) as listener:
        answer_once(listener, b"nonsense\r\n\r\n")
        with pytest.raises(SocketError):
            ask(path, "/")
    with pytest.raises(SocketError):
        ask(path, "/")


def test_what_a_crash_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "gate.sock"
    listen(path).close()
    assert path.exists()
    with listen(path) as listener:
        answer_once(listener, http(b"{}"))
        assert ask(path, "/")[0] == 200


def test_a_service_that_listens_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "gate.sock"
    with listen(path) as listener:
        with pytest.raises(SocketError, match="Another service listens on"):
            listen(path)
        listener.accept()[0].close()
        answer_once(listener, http(b"{}"))
        assert ask(path, "/")[0] == 200


def test_folders_that_refuse(tmp_path: Path) -> None:
    with pytest.raises(SocketError, match="cannot be listened on"):
        listen(tmp_path / "none" / "gate.sock")
    (tmp_path / "gate.sock").mkdir()
    with pytest.raises(SocketError):
        listen(tmp_path / "gate.sock")


def test_an_ordinary_file_in_the_way_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "gate.sock").write_text("precious")
    with pytest.raises(SocketError):
        listen(tmp_path / "gate.sock")
    assert (tmp_path / "gate.sock").read_text() == "precious"
