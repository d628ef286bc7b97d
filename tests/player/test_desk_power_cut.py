"""The desk is killed at random moments: what was answered is heard, and nothing is remembered that would not be."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from desk_house import DeskHouse

from player.announcing.items import Stage

SUPPORT = Path(__file__).resolve().parent.parent / "support"
DESK = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import desk_house
from cap_samples import FLOOD
from hub.system import atomic_write
desk_house.plain_write = atomic_write
house = desk_house.DeskHouse(Path(sys.argv[1]), boot=sys.argv[3])
signer = desk_house.Signer("tinh", 'scopes = ["village"]\\nwarns = true\\nsenders = ["pctt@tinh.example"]')
(Path(sys.argv[1]) / "signers.toml").write_text(signer.toml)
print("begun", flush=True)
for number in range(100000):
    message = FLOOD.replace(b"LU-2026-11", f"{sys.argv[3]}-{number}".encode())
    key = house.alert(message, 202, signer.sign(message))["key"]
    print("heard", key, flush=True)
    house.clock.since_s += 10
    wish = house.ask(priority=3)["key"]
    print("asked", wish, flush=True)
    house.post(f"/announcements/{wish}/confirm", author="technician")
    print("heard", wish, flush=True)
    house.rounds.go()
"""


def killed_after(folder: Path, round_: int, answers: int, seconds: float) -> list[str]:
    """Let a desk answer so often and work on for a moment, kill it, return what it had answered."""
    with subprocess.Popen(
        [sys.executable, "-c", DESK, str(folder), str(SUPPORT), f"r{round_}"], stdout=subprocess.PIPE, text=True
    ) as desk:
        assert desk.stdout is not None
        assert desk.stdout.readline() == "begun\n"
        told = [desk.stdout.readline().strip() for _ in range(answers)]
        time.sleep(seconds)
        desk.send_signal(signal.SIGKILL)
        rest, _, _ = desk.stdout.read().rpartition("\n")  # what it was in the middle of saying was not said
        return [*told, *rest.splitlines()]


def check(tmp_path: Path, rounds: int) -> None:
    """Kill it so many times."""
    chance = random.Random(20261125)
    answered = 0
    for round_ in range(rounds):
        folder = tmp_path / str(round_)
        folder.mkdir()
        told = [line.split() for line in killed_after(folder, round_, chance.randrange(5), chance.uniform(0, 0.1))]
        answered += len(told)
        house = DeskHouse(folder, boot=f"after {round_}")
        items = {item.key: item for item in house.book.items()}
        heard = {key for what, key in told if what == "heard"}
        assert heard - items.keys() == set()
        assert all(items[key].stage in {Stage.READY, Stage.GIVEN} for key in heard)
        for item in items.values():
            assert Path(item.spoken.sound).stat().st_size > 1000
        signed = [item for item in items.values() if item.spoken.source == "cap"]
        assert len(signed) == len(house.book.seen())
        house.rounds.go()
        ready = {key for key, item in items.items() if item.stage is Stage.READY}
        assert ready <= {spoken.announcement.key for spoken in house.door.spoken}
        house.book.close()
    assert answered > 0


def test_a_few_kills(tmp_path: Path) -> None:
    check(tmp_path, 2)


@pytest.mark.long
def test_many_kills(tmp_path: Path) -> None:
    check(tmp_path, 50)
