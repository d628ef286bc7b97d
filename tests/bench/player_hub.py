"""The hub's player in a process of its own, asked over its socket and by its buttons, as on a card."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from servers import free_port, running
from television import ended_afterwards, wait_until

from hub.unix_sockets import ask

LIST: Final = "bench"
_NEXT_PIN: Final = 22
_TOML: Final = """
[house]
id = "bench"
name = "Trại Mới"
village_word = "bản"
commune = "Đồng Tiến"
province = "Bắc Ninh"
demo = true
[paths]
data = {data}
run = {run}
[web]
port = {port}
[player]
screen = "window"
undescribed = "show"
[player.amplifier]
warm_up = 0.0
[player.pins]
next = {next_pin}
"""


class HubPlayer:
    """The player's process.

    Args:
        process: it.
        socket: where it is asked.
    """

    def __init__(self, process: subprocess.Popen[bytes], socket: Path) -> None:
        self._process = process
        self._socket = socket

    def ask(self, path: str, **said: object) -> dict[str, Any]:
        """Post a wish."""
        status, answer = ask(self._socket, path, method="POST", body=json.dumps(said).encode())
        if status not in {200, 202}:
            raise RuntimeError(f"{path}: {status} {answer!r}")
        return answer

    def state(self) -> str:
        """What it does."""
        return str(ask(self._socket, "/status")[1]["state"])

    def press_next(self) -> float:
        """Press the button for the next film; returns the moment of the edge."""
        return self._tell(str(_NEXT_PIN))

    def warn(self, sound: Path) -> float:
        """Announce an emergency; returns the moment of asking."""
        return self._tell(str(sound))

    def _tell(self, line: str) -> float:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def pss_mb(self) -> float:
        """Its memory, pages shared with others counted in parts."""
        lines = Path(f"/proc/{self._process.pid}/smaps_rollup").read_text("ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


@contextlib.contextmanager
def hub_player(folder: Path, films: list[Path]) -> Iterator[HubPlayer]:
    """Run the player over a folder with these films and a list of them that begins again, beside what else runs there.

    The other services share what they can with the player, as on a card.
    """
    (folder / "content").mkdir(parents=True)
    (folder / "state").mkdir()
    for film in films:
        shutil.copy(film, folder / "content")
    names = json.dumps([film.name for film in films])
    (folder / "state" / "schedule.toml").write_text(
        f'[[playlist]]\nname = "{LIST}"\nfilms = {names}\nrepeat = "all"\n', "utf-8"
    )
    paths = {"data": json.dumps(str(folder)), "run": json.dumps(str(folder / "run"))}
    (folder / "hub.toml").write_text(_TOML.format(**paths, next_pin=_NEXT_PIN, port=free_port()), "utf-8")
    program = [sys.executable, str(Path(__file__).with_name("player_child.py")), str(folder / "hub.toml")]
    hub = [str(Path(sys.executable).with_name("hub")), "run", "--quiet", "--config", str(folder / "hub.toml")]
    with contextlib.ExitStack() as stack:
        for service in ("gate", "shelf", "web"):
            stack.enter_context(running([*hub, service], folder / "log"))
        log = stack.enter_context((folder / "log").open("ab"))
        process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        stack.enter_context(ended_afterwards(process))
        socket = folder / "run" / "player.sock"
        wait_until(socket.exists, "the player listens", 60)
        player = HubPlayer(process, socket)
        wait_until(lambda: player.state() == "idle", "the player is idle", 60)
        time.sleep(2)
        yield player
        process.terminate()
        process.wait(20)
