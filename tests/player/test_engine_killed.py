"""A player that is killed at any moment: what it kept can be read, and no other film goes on than was on."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from player.schedule.playback import playback_file

PROGRAM = Path(__file__).parents[1] / "support" / "mortal_player.py"
FILMS = ["a.mp4", "b.mp4", "c.mp4"]


@pytest.mark.parametrize("kills", [5, pytest.param(50, marks=pytest.mark.long)])
def test_killed_at_random_moments(tmp_path: Path, kills: int) -> None:
    (tmp_path / "content").mkdir()
    for name in FILMS:
        (tmp_path / "content" / name).write_bytes(name.encode())
    kept = tmp_path / "state" / "playback.json"
    choice = random.Random(kills)
    possible = {"-"}
    resumed = 0
    for _ in range(kills):
        with subprocess.Popen(
            [sys.executable, str(PROGRAM), str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        ) as player:
            assert player.stdin is not None
            assert player.stdout is not None
            film, _ = player.stdout.readline().split()
            assert film in possible, f"{film} went on instead of {possible}"
            resumed += film != "-"
            on = film
            for _ in range(choice.randrange(1, 5)):
                line = choice.choice(["stop", "toggle", *(f"play {name}" for name in FILMS * 2)])
                if on != "-":
                    line = choice.choice([line, line, f"seek {choice.randrange(600_000)}"])
                player.stdin.write(f"{line}\n")
                player.stdin.flush()
                on = player.stdout.readline().strip()
            last = choice.choice(["stop", *(f"play {name}" for name in FILMS * 2)])
            possible = {on, "-" if last == "stop" else last.split()[1]}
            player.stdin.write(f"{last}\n")
            player.stdin.flush()
            time.sleep(choice.uniform(0, 0.03))
            player.kill()
        data = kept.read_bytes()
        playback = playback_file(kept, lambda path, data: None).load()
        assert playback is not None or data == b"", data
        assert (playback.film if playback else "-") in possible
    assert resumed > kills / 4
