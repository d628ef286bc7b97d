"""The folder of recordings: limits, what waits, power cuts, a full card."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.system import atomic_write
from player.errors import RecordingInUseError, RecordingMissingError, RecordingsFullError
from player.recordings import store
from player.recordings.store import Recordings

ROOT = Path(store.__file__).parents[2]
NOW = datetime(2026, 11, 25, tzinfo=UTC)


def test_one_is_kept_found_and_removed(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path, atomic_write)
    recording = recordings.add(b"abc", 12.345, "recording")
    assert (recording.seconds, recording.bytes, recording.kind) == (12.345, 3, "recording")
    assert recordings.path_of(recording.id) == recording.path
    assert recording.path.read_bytes() == b"abc"
    assert Recordings(tmp_path, atomic_write).all() == [recording]
    recordings.remove(recording.id)
    assert recordings.all() == [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "000001-aaaaaa", "000001-aaaaaa.recording.1.wav", "\0"])
def test_what_is_not_there_is_not_found(tmp_path: Path, name: str) -> None:
    recordings = Recordings(tmp_path, atomic_write)
    assert recordings.path_of(name) is None
    with pytest.raises(RecordingMissingError):
        recordings.remove(name)


def test_other_files_are_not_recordings(tmp_path: Path) -> None:
    for name in ("a.wav", "1-abcdef.recording.5.wav", ".000001-abcdef.recording.5.wav.1.tmp", "000001-abcdef.wav"):
        (tmp_path / name).write_bytes(b"x")
    assert Recordings(tmp_path, atomic_write).all() == []


def test_ids_are_never_given_twice_and_the_newest_comes_first(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path, atomic_write)
    made = [recordings.add(b"x", 1, "text") for _ in range(12)]
    assert recordings.all() == made[::-1]
    assert len({recording.id for recording in made}) == 12


def test_the_oldest_go_and_those_that_wait_never(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST", 4)
    recordings = Recordings(tmp_path, atomic_write)
    first, second, third, _ = (recordings.add(b"x", 1, "text") for _ in range(4))
    recordings.keep(first.id)
    recordings.keep(first.id)
    recordings.release(first.id)
    fifth = recordings.add(b"x", 1, "text")
    left = {recording.id for recording in recordings.all()}
    assert first.id in left and second.id not in left and len(left) == 4
    with pytest.raises(RecordingInUseError):
        recordings.remove(first.id)
    for recording in recordings.all():
        recordings.keep(recording.id)
    with pytest.raises(RecordingsFullError) as full:
        recordings.add(b"x", 1, "text")
    assert full.value.hint
    recordings.release(third.id)
    recordings.add(b"x", 1, "text")
    assert recordings.path_of(third.id) is None and recordings.path_of(fifth.id) is not None


def test_bytes_are_limited(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path, atomic_write, most_bytes=1000)
    for _ in range(20):
        recordings.add(b"x" * 300, 1, "recording")
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 1000
    with pytest.raises(RecordingsFullError):
        recordings.add(b"x" * 1001, 1, "recording")


def test_age_counts_only_by_a_trusted_clock(tmp_path: Path) -> None:
    trusted = False
    recordings = Recordings(tmp_path, atomic_write, keep=timedelta(days=30), now=lambda: NOW if trusted else None)
    old, waiting, young = (recordings.add(b"x", 1, "recording") for _ in range(3))
    recordings.keep(waiting.id)
    for recording, days in ((old, 31), (waiting, 31), (young, 29)):
        moment = (NOW - timedelta(days=days)).timestamp()
        os.utime(recording.path, (moment, moment))
    recordings.tidy()
    assert len(recordings.all()) == 3
    trusted = True
    recordings.tidy()
    assert {recording.id for recording in recordings.all()} == {waiting.id, young.id}


ADDING = """
import sys
from pathlib import Path
from hub.system import atomic_write
from player.recordings.store import Recordings
recordings = Recordings(Path(sys.argv[1]), atomic_write, most_bytes=int(sys.argv[2]))
recordings.sweep()
for number in range(int(sys.argv[3])):
    recordings.add(bytes([number % 256]) * 2_000_000, number, "recording")
    if not number:
        print("begun", flush=True)
"""


def test_killed_at_any_moment_no_half_recording_is_ever_listed(tmp_path: Path) -> None:
    chance = random.Random(5)
    for _ in range(2):
        command = [sys.executable, "-c", ADDING, str(tmp_path), "20000000", "100000"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"begun\n"
            time.sleep(chance.uniform(0.02, 0.15))
            writer.send_signal(signal.SIGKILL)
        recordings = Recordings(tmp_path, atomic_write)
        found = recordings.all()
        assert found
        for recording in found:
            content = recording.path.read_bytes()
            assert len(content) == 2_000_000 and content == content[:1] * len(content)
    recordings.sweep()
    assert {path.suffix for path in tmp_path.iterdir()} == {".wav"}


@pytest.mark.parametrize("reserve", [0, 500_000])
def test_a_card_that_is_really_full_is_told_and_nothing_is_spoilt(tmp_path: Path, reserve: int) -> None:
    """With the reserve it is seen before, without it while writing."""
    script = f'mount -t tmpfs -o size=5m tmpfs "{tmp_path}" && "{sys.executable}" - "{tmp_path}" {reserve}'
    program = """
import sys
from pathlib import Path
from hub.system import atomic_write
from player.errors import RecordingsFullError
from player.recordings.store import Recordings
recordings = Recordings(Path(sys.argv[1]), atomic_write, reserve_bytes=int(sys.argv[2]))
for number in range(2):
    recordings.add(b"x" * 2_000_000, 1, "recording")
try:
    recordings.add(b"x" * 2_000_000, 1, "recording")
except RecordingsFullError as error:
    print(error.message, len(recordings.all()), len(list(Path(sys.argv[1]).iterdir())))
"""
    ended = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script],
        input=program,
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    assert ended.stdout.split() == ["There", "is", "no", "room", "left", "for", "this", "recording.", "2", "2"], ended
