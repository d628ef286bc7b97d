"""A recording on its way through the real nginx and the real website: piece by piece, and up to the limit it names."""

from __future__ import annotations

import contextlib
import http.client
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from edged_hub import NAME, EdgedHub
from fake_player import FakePlayer
from namespaces import missing

from hub.accounts import Accounts
from hub.guard import SESSION_COOKIE
from hub.roles import Role

pytestmark = pytest.mark.skipif(bool(missing("nginx")), reason=missing("nginx"))
EDGE = "b0undary"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgedHub]:
    folder = tmp_path_factory.mktemp("hub")
    with EdgedHub(folder / "data", folder / "run") as opened:
        yield opened


@pytest.fixture
def player(hub: EdgedHub) -> Iterator[FakePlayer]:
    player = FakePlayer()
    player.recordings_kept = False
    with player.serving(hub.config.paths.socket("player")):
        yield player


@pytest.fixture
def session(hub: EdgedHub) -> Iterator[str]:
    accounts = Accounts(hub.config.paths.state, hub.config.paths.run)
    yield accounts.enter(Role.VILLAGE_HEAD).session
    accounts.release()


def memory_kb(hub: EdgedHub) -> int:
    """The most memory that any process of the website has had, in kB."""
    peaks = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text, command = status.read_text(), (status.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if str(hub.config.paths.data).encode() in command and b"\0web\0" in command:
            peaks.append(int(re.search(r"VmHWM:\s+(\d+)", text)[1]))  # type: ignore[index]
    return max(peaks)


def send(hub: EdgedHub, session: str, megabytes: int) -> tuple[int, str, str]:
    headers = {"Host": f"{NAME}:{hub.port}", "Cookie": f"{SESSION_COOKIE}={session}"}
    connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=30)
    connection.request("GET", "/loa/ghi-am", headers=headers)
    token = re.search(r'name="csrf_token" value="([^"]+)"', connection.getresponse().read().decode())
    assert token
    before = (
        f'--{EDGE}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token[1]}\r\n--{EDGE}\r\n'
        'Content-Disposition: form-data; name="sound"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\nRIFF'
    ).encode()
    after = f"\r\n--{EDGE}--\r\n".encode()
    pieces = [before, *[bytes(1 << 20)] * megabytes, after]
    headers |= {
        "Content-Type": f"multipart/form-data; boundary={EDGE}",
        "Content-Length": str(sum(map(len, pieces))),
        "Origin": f"http://{NAME}:{hub.port}",
    }
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # nginx may answer before it was told everything
        connection.request("POST", "/loa/ghi-am", iter(pieces), headers)
    answer = connection.getresponse()
    said = answer.status, answer.headers.get("Location", ""), answer.read().decode()
    connection.close()
    return said


def test_a_recording_of_the_largest_size_passes_and_fills_no_memory(
    hub: EdgedHub, player: FakePlayer, session: str
) -> None:
    assert send(hub, session, 1)[0] == 303
    before = memory_kb(hub)
    status, location, _page = send(hub, session, 31)
    assert (status, location) == (303, "/loa/nghe/r2")
    assert player.received == 4 + (31 << 20)
    assert memory_kb(hub) - before < 12 << 10
    assert [path for path in (hub.run / "nginx-body").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("megabytes", [33, 200])
def test_a_larger_one_is_refused_and_the_limit_is_named(
    hub: EdgedHub, player: FakePlayer, session: str, megabytes: int
) -> None:
    status, _location, page = send(hub, session, megabytes)
    assert status == 413
    assert "32 MB" in page
    assert player.recordings == {}


def test_without_a_pin_nothing_large_comes_in(hub: EdgedHub, player: FakePlayer) -> None:
    headers = {
        "Host": f"{NAME}:{hub.port}",
        "Content-Type": f"multipart/form-data; boundary={EDGE}",
        "Origin": f"http://{NAME}:{hub.port}",
    }
    connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=30)
    connection.request("POST", "/loa/ghi-am", bytes(2 << 20), headers)
    assert connection.getresponse().status in {403, 413}
    connection.close()
    assert player.recordings == {}
