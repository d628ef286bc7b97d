"""What was on outlives a power cut: whoever keeps it is killed at random moments, and the file is always whole."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from player.schedule.playback import RECENT_S, Playback, Stamp, playback_file, resumed

NOW = 1_800_000_000.0
STAMP = Stamp(size=5, changed_ns=7)
LEFT = Playback(film="phim/trâu.mp4", stamp=STAMP, position_ms=61_500, playlist="husbandry", place=2, saved_at=NOW)


def plainly(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def refusing(path: Path, data: bytes) -> None:
    raise OSError("the card is full")


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = playback_file(tmp_path / "playback.json", plainly)
    assert file.load() is None
    file.save(LEFT)
    assert file.load() == LEFT


def test_a_full_card_is_told_and_leaves_the_old_state(tmp_path: Path) -> None:
    playback_file(tmp_path / "playback.json", plainly).save(LEFT)
    file = playback_file(tmp_path / "playback.json", refusing)
    with pytest.raises(OSError, match="full"):
        file.save(LEFT.model_copy(update={"place": 3}))
    assert file.load() == LEFT


def test_no_damage_makes_another_film_of_it(tmp_path: Path) -> None:
    path = tmp_path / "playback.json"
    file = playback_file(path, plainly)
    file.save(LEFT)
    whole = path.read_bytes()
    damaged = [whole[:length] for length in range(len(whole))]
    damaged += [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(len(whole))]
    for data in damaged:
        path.write_bytes(data)
        assert file.load() in {None, LEFT}
    assert sum(path.write_bytes(data) >= 0 and file.load() is not None for data in damaged) < len(damaged) / 20


@pytest.mark.parametrize(
    "data",
    [b"", b"\0" * 4096, b"[]", b"null", b"[" * 60_000, b"\xff", b"{}" + b" " * (65 << 10), b'{"version": 1}'],
    ids=["empty", "zeros", "list", "null", "endless", "not-utf-8", "huge", "half"],
)  # fmt: skip
def test_what_is_no_state_is_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "playback.json").write_bytes(data)
    assert playback_file(tmp_path / "playback.json", plainly).load() is None


def test_another_version_is_none_and_a_folder_too(tmp_path: Path) -> None:
    path = tmp_path / "playback.json"
    file = playback_file(path, plainly)
    file.save(LEFT)
    envelope = json.loads(path.read_bytes())
    path.write_text(json.dumps({**envelope, "version": 2}), "utf-8")
    assert file.load() is None
    path.unlink()
    path.mkdir()
    assert file.load() is None


@pytest.mark.parametrize(
    ("later", "goes_on"), [(0, True), (RECENT_S, True), (RECENT_S + 1, False), (-60, True), (-61, False)]
)
def test_a_film_goes_on_three_seconds_earlier_if_it_was_left_recently(later: float, goes_on: bool) -> None:
    found = resumed(LEFT, NOW + later, lambda _: STAMP)
    assert found == (LEFT.model_copy(update={"position_ms": 58_500}) if goes_on else None)


def test_a_film_that_just_began_begins_anew() -> None:
    found = resumed(LEFT.model_copy(update={"position_ms": 2_000}), NOW, lambda _: STAMP)
    assert found and found.position_ms == 0


def test_another_file_under_the_same_name_and_a_lost_one_do_not_go_on() -> None:
    assert resumed(LEFT, NOW, lambda _: Stamp(size=5, changed_ns=8)) is None
    assert resumed(LEFT, NOW, lambda _: None) is None
    assert resumed(None, NOW, lambda _: STAMP) is None


KEEPER = """
import sys
from pathlib import Path
from hub.system import atomic_write
from player.schedule.playback import Playback, Stamp, playback_file
file = playback_file(Path(sys.argv[1]), atomic_write)
for number in range(int(sys.argv[2]), 10**9):
    name = f"{number}.mp4"
    file.save(Playback(film=name, stamp=Stamp(size=number, changed_ns=number), position_ms=number, saved_at=1.0))
    print(number, flush=True)
"""


@pytest.mark.parametrize("kills", [4, pytest.param(50, marks=pytest.mark.long)])
def test_killed_at_random_moments_it_is_always_readable_and_the_film_is_the_right_one(
    tmp_path: Path, project: Path, kills: int
) -> None:
    """The right one is what was saved last, or what was just being saved."""
    path, chance, saved = tmp_path / "playback.json", random.Random(kills), 0
    file = playback_file(path, plainly)
    for _ in range(kills):
        command = [sys.executable, "-c", KEEPER, str(path), str(saved + 1)]
        with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True) as keeper:
            assert keeper.stdout is not None
            first = int(keeper.stdout.readline())
            time.sleep(chance.uniform(0, 0.05))
            keeper.send_signal(signal.SIGKILL)
            last = max([first, *(int(line) for line in keeper.stdout if line.endswith("\n"))])
        found = file.load()
        assert found is not None
        assert found.film in {f"{last}.mp4", f"{last + 1}.mp4"}
        assert found.stamp.size == found.position_ms == int(found.film.removesuffix(".mp4"))
        saved = found.position_ms
    leftovers = [one.name for one in tmp_path.iterdir() if one != path]
    assert len(leftovers) <= 1
