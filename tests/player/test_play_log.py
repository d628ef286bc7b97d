"""The log of what was played keeps what it was told, through kills and wild clocks, and lets nobody change it."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from player.alerts.play_log import DAYS_KEPT, MOST_LETTERS, MOST_LINES, Entry, PlayLog, PlayLogError, Result, lines
from player.alerts.priorities import Priority
from player.alerts.speaking import Ground

NOW = datetime(2026, 11, 25, 18, tzinfo=UTC)
FLOOD = Entry("LU-2026-11", "remote", Priority.EMERGENCY, "police", "village-head", Ground.TWO_POSTS, NOW)
FILM = Entry("nuoi-ga.mp4", "schedule")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "plays.sqlite"


def test_what_was_written_is_read(path: Path) -> None:
    with PlayLog(path) as log:
        film = log.start(FILM, NOW, clock_trusted=False)
        log.end(film, NOW + timedelta(minutes=2), Result.PREEMPTED, 0.25)
        log.start(FLOOD, NOW, clock_trusted=True)
        log.note(FILM, NOW, Result.MISSED, clock_trusted=True)
        missed, flood, chickens = lines(path)
    assert (chickens.entry, chickens.result, chickens.share, chickens.clock_trusted) == (
        FILM,
        Result.PREEMPTED,
        0.25,
        False,
    )
    assert chickens.ended == NOW + timedelta(minutes=2)
    assert (flood.entry, flood.result, flood.ended, flood.share) == (FLOOD, Result.CUT, None, None)
    assert (missed.result, missed.share) == (Result.MISSED, 0)
    assert [line.number for line in lines(path, 2)] == [missed.number, flood.number]
    assert lines(path.with_name("none")) == []


def test_the_first_end_stays(path: Path) -> None:
    with PlayLog(path) as log:
        number = log.start(FILM, NOW, clock_trusted=True)
        log.end(number, NOW, Result.FAILED, float("nan"))
        log.end(number, NOW, Result.WHOLE, 7)
        assert [(line.result, line.share) for line in lines(path)] == [(Result.FAILED, 0)]


def test_long_and_odd_texts_are_cut_and_kept(path: Path) -> None:
    with PlayLog(path) as log:
        log.start(Entry("a" * 5000, "b\udc80\x00"), NOW, clock_trusted=True)
        (line,) = lines(path)
    assert line.entry == Entry("a" * MOST_LETTERS, "b?\x00")


@pytest.mark.parametrize(
    "statement",
    [
        "update started set author = ''",
        "update ended set share = 1",
        "delete from started",
        "delete from ended",
        "insert or replace into ended values (1, 0, 'failed', 0)",
        "insert or replace into started values (1, 'a', 'b', 1, '', '', '', 0, 0, 1)",
    ],
)
def test_the_file_itself_refuses_changes(path: Path, statement: str) -> None:
    with PlayLog(path) as log:
        log.end(log.start(FLOOD, NOW, clock_trusted=True), NOW, Result.WHOLE, 1)
    with closing(sqlite3.connect(path)) as other, pytest.raises(sqlite3.IntegrityError):
        other.executescript(statement)
    assert [line.entry for line in lines(path)] == [FLOOD]


def test_only_one_writes(path: Path) -> None:
    with PlayLog(path):
        with pytest.raises(PlayLogError) as refused:
            PlayLog(path)
        assert refused.value.hint
    PlayLog(path).close()


def test_lines_go_after_400_days(path: Path) -> None:
    old, edge = NOW - timedelta(days=DAYS_KEPT, seconds=1), NOW - timedelta(days=DAYS_KEPT)
    with PlayLog(path) as log:
        log.end(log.start(FILM, old, clock_trusted=True), old, Result.WHOLE, 1)
        log.start(FILM, edge, clock_trusted=True)
        log.start(FILM, NOW, clock_trusted=True)
        assert log.forget_old(NOW) == 1
        assert log.forget_old(NOW) == 0
        assert [line.started for line in lines(path)] == [NOW, edge]


def test_a_clock_that_jumps_by_years_empties_nothing(path: Path) -> None:
    with PlayLog(path) as log:
        log.start(FILM, NOW, clock_trusted=True)
        assert log.forget_old(NOW + timedelta(days=9000)) == 0
        assert log.forget_old(NOW - timedelta(days=9000)) == 0
        assert len(lines(path)) == 1


def test_lines_of_an_untrusted_clock_are_as_old_as_their_neighbours(path: Path) -> None:
    old, nowhen = NOW - timedelta(days=DAYS_KEPT + 1), datetime(1970, 1, 2, tzinfo=UTC)
    with PlayLog(path) as log:
        log.start(FILM, datetime(2099, 1, 1, tzinfo=UTC), clock_trusted=False)
        log.start(FILM, old, clock_trusted=True)
        stays = log.start(FLOOD, nowhen, clock_trusted=False)
        newest = log.start(FILM, NOW, clock_trusted=True)
        assert log.forget_old(None) == 0
        assert log.forget_old(NOW) == 2
        assert [line.number for line in lines(path)] == [newest, stays]


def test_without_a_clock_the_newest_hundred_thousand_lines_stay(path: Path) -> None:
    with PlayLog(path) as log:
        log.start(FILM, NOW, clock_trusted=False)
        with closing(sqlite3.connect(path)) as other, other:  # as if so many had been written since
            other.execute(
                "insert into started select ?, item, source, priority, author, approver, ground, planned,"
                " at, clock_trusted from started",
                (MOST_LINES + 1,),
            )
        assert log.forget_old(None) == 1
        assert [line.number for line in lines(path)] == [MOST_LINES + 1]


def test_numbers_are_never_given_twice(path: Path) -> None:
    with PlayLog(path) as log:
        first = log.start(FILM, NOW - timedelta(days=900), clock_trusted=True)
        second = log.start(FILM, NOW, clock_trusted=True)
        log.forget_old(NOW)
        assert first < second < log.start(FILM, NOW, clock_trusted=True)


@pytest.mark.parametrize("rubbish", [b"not a database" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_file_is_put_aside(path: Path, rubbish: bytes) -> None:
    path.write_bytes(rubbish)
    with PlayLog(path) as log:
        log.start(FILM, NOW, clock_trusted=True)
        assert len(lines(path)) == 1
    assert path.with_name("plays.sqlite.damaged-1").read_bytes() == rubbish


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PlayLogError, match="cannot be used"):
        PlayLog(tmp_path / "none" / "plays.sqlite")


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from player.alerts.play_log import Entry, PlayLog, Result
log = PlayLog(Path(sys.argv[1]))
now = datetime(2026, 11, 25, tzinfo=UTC)
while True:
    number = log.start(Entry("film", "test"), now, clock_trusted=True)
    print("started", number, flush=True)
    log.end(number, now, Result.WHOLE, 1)
    print("ended", number, flush=True)
"""


def killed_while_writing(path: Path, project: Path, rng: random.Random) -> list[str]:
    """Let another process write and kill it at some moment; return what it said was written."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, path], cwd=project, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = [process.stdout.readline().strip()]
    time.sleep(rng.random() * 0.05)
    process.kill()
    said += [line.strip() for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    process.stdout.close()
    process.wait()
    return said


def holds_what_was_said(path: Path, said: list[str]) -> None:
    kept = {line.number: line.result for line in lines(path, 1_000_000)}
    for word, number in (line.split() for line in said):
        assert int(number) in kept
        assert word == "started" or kept[int(number)] is Result.WHOLE


def test_kills_lose_nothing_that_was_said_to_be_written(path: Path, project: Path) -> None:
    rng = random.Random(39)
    said: list[str] = []
    for _ in range(8):
        said += killed_while_writing(path, project, rng)
        holds_what_was_said(path, said)
    with PlayLog(path) as log:
        log.start(FILM, NOW, clock_trusted=True)
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("pragma integrity_check").fetchone() == ("ok",)
    assert len(said) > 8


@pytest.mark.long
def test_fifty_kills_lose_nothing(path: Path, project: Path) -> None:
    rng = random.Random(2020)
    said: list[str] = []
    for _ in range(50):
        said += killed_while_writing(path, project, rng)
    holds_what_was_said(path, said)
