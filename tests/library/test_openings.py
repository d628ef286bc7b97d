"""What is counted as an opening, on which day, and how the numbers come to the card and stay few."""

from __future__ import annotations

import contextlib
import datetime
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import library
from library.errors import OpeningsUnavailableError
from library.openings.collector import EVERY_S, Collector
from library.openings.days import UNKNOWN, believed, day_of, days_before
from library.openings.file import OpeningsFile, OpeningsRow
from library.openings.kinds import OpeningKind, opening_of
from library.openings.spool import Spool

PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 9; vivo 1904) AppleWebKit/537.36 Chrome/96 Mobile Safari/537.36"}
BOOK, DOCUMENT, FILM, SOUND, CODE = OpeningKind
TODAY = "2026-11-25"


@pytest.mark.parametrize(
    ("path", "more", "status", "location", "found"),
    [
        ("/doc/vai/a.html", {}, 200, "", ("vai", BOOK)),
        ("/doc/vai/", {"Referer": "http://hub.lan/sach/vai/"}, 200, "", ("vai", BOOK)),
        ("/doc/vai/b", {"Referer": "http://hub.lan/doc/ga/a"}, 200, "", ("vai", BOOK)),
        ("/doc/vai/b", {"Referer": "http://hub.lan/doc/vai/a"}, 200, "", None),
        ("/doc/vai/b", {"Referer": "http://hub.lan/tai-lieu/vai/a.pdf"}, 200, "", None),
        ("/doc/vai/b", {"Referer": "http://hub.lan/doc/vai-2/a"}, 200, "", ("vai", BOOK)),
        ("/doc/vai/a.pdf", {}, 302, "/tai-lieu/vai/a.pdf", None),
        ("/doc/vai/missing", {}, 404, "", None),
        ("/doc/vai", {}, 200, "", None),
        ("/tai-lieu/vai/s/a.pdf", {"Referer": "http://hub.lan/doc/vai/a"}, 200, "", ("vai", DOCUMENT)),
        ("/phim/lua/", {}, 200, "", ("lua", FILM)),
        ("/am-thanh/cheo/", {}, 200, "", ("cheo", SOUND)),
        ("/phim/lua/xem/1.mp4", {}, 200, "", None),
        ("/phim/lua/bia", {}, 200, "", None),
        ("/q/K7M2QXA", {}, 302, "/doc/vai/a", ("vai", CODE)),
        ("/q/K7M2QXA", {}, 302, "http://sach.hub.lan/trang/vai/a", ("vai", CODE)),
        ("/q/K7M2QXA", {}, 302, "/phim/lua/", ("lua", CODE)),
        ("/Q/K7M-2QXA", {}, 302, "/phim/lua/", ("lua", CODE)),
        ("/q/K7M2QXA", {}, 404, "", None),
        ("/sach/vai/", {}, 200, "", None),
        ("/opds/tat-ca", {}, 200, "", None),
        ("/", {}, 200, "", None),
        ("/doc/vai/a", {"Cache-Control": "max-age=0"}, 200, "", None),
        ("/doc/vai/a", {"Sec-Purpose": "prefetch;prerender"}, 200, "", None),
        ("/doc/vai/a", {"X-Moz": "prefetch"}, 200, "", None),
        ("/doc/vai/a", {"User-Agent": "KOReader/2026 (LuaSocket 3.0)"}, 200, "", None),
        ("/doc/vai/a", {"User-Agent": ""}, 200, "", None),
        ("/doc/vai/a", {"User-Agent": "Mozilla/5.0 (compatible; SomeBot/2.1)"}, 200, "", None),
        ("/doc/vai/a", {"User-Agent": "Opera/9.80 (J2ME/MIDP; Opera Mini/7)"}, 200, "", ("vai", BOOK)),
    ],
)
def test_what_is_an_opening(
    path: str, more: dict[str, str], status: int, location: str, found: tuple[str, OpeningKind] | None
) -> None:
    assert opening_of("GET", path, PHONE | more, status, location) == found
    assert opening_of("HEAD", path, PHONE | more, status, location) is None
    assert opening_of("POST", path, PHONE | more, status, location) is None


@given(st.text(max_size=60), st.text(max_size=60), st.integers(100, 599))
def test_whatever_is_asked_is_judged(path: str, location: str, status: int) -> None:
    for place in ("/doc/", "/q/", "/phim/", ""):
        opening_of("GET", place + path, PHONE, status, "/doc/" + location.replace("[", "").replace("]", ""))


def at(text: str) -> float:
    return datetime.datetime.fromisoformat(text).timestamp()


def test_days_begin_at_midnight_of_the_house() -> None:
    assert day_of(at("2026-11-24T16:59:59+00:00")) == "2026-11-24"
    assert day_of(at("2026-11-24T17:00:00+00:00")) == "2026-11-25"
    assert day_of(1e30) == day_of(-1e30) == day_of(float("nan")) == UNKNOWN
    assert days_before("2026-03-01", 7) == "2026-02-23"


def test_a_day_that_cannot_be_is_none() -> None:
    assert believed(day_of(0), "2026-11-20") == UNKNOWN
    assert believed("2026-11-25", "") == "2026-11-25"
    assert believed("2026-11-01", "2026-11-20") == "2026-11-01"  # a clock that is some days late
    assert believed("2029-11-01", "2026-11-20") == "2029-11-01"  # a hub that lay in a cupboard
    assert believed("2036-11-01", "2026-11-20") == UNKNOWN
    assert believed("2036-11-01", "2035-01-01") == "2036-11-01"
    assert believed("today", "2026-11-20") == UNKNOWN


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_any_clock_gives_a_day_or_none(wall: float) -> None:
    day = believed(day_of(wall), TODAY)
    assert day == UNKNOWN or "2026-01-01" <= day <= "2030-01-01"


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "openings")


@pytest.fixture
def file(tmp_path: Path) -> OpeningsFile:
    return OpeningsFile(tmp_path / "openings.sqlite")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_openings_come_to_the_card(spool: Spool, file: OpeningsFile) -> None:
    for _ in range(3):
        spool.add(TODAY, "vai", BOOK)
    spool.add("1970-01-01", "vai", BOOK)
    spool.add(TODAY, "Tủ sách/bản\n\tTrại Mới?", CODE)
    Collector(spool, file).collect()
    assert file.rows() == [
        OpeningsRow(TODAY, "Tủ sách/bản\n\tTrại Mới?", "code", 1),
        OpeningsRow(TODAY, "vai", "book", 3),
        OpeningsRow(UNKNOWN, "vai", "book", 1),
    ]
    assert spool.is_empty()


def test_the_card_is_written_once_a_minute(spool: Spool, file: OpeningsFile, tmp_path: Path) -> None:
    clock, writes = Clock(), 0
    collector = Collector(spool, file, clock)
    before = b""
    for _second in range(600):
        spool.add(TODAY, "vai", BOOK)
        collector.tick()
        log = tmp_path / "openings.sqlite-wal"
        now = log.read_bytes() if log.exists() else b""
        writes += now != before
        before = now
        clock.now += 1
    assert writes == 10
    for _second in range(120):  # what lies in the spool is collected once more, then nothing is opened
        collector.tick()
        clock.now += 1
    files = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    for _second in range(600):
        collector.tick()
        clock.now += 1
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == files
    assert sum(row.count for row in file.rows()) == 600


def open_many(path: Path, count: int) -> None:
    for _ in range(count):
        Spool(path).add(TODAY, "vai", BOOK)


def test_several_processes_lose_nothing(spool: Spool, file: OpeningsFile, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=open_many, args=(tmp_path / "openings", 500)) for _ in range(2)]
    collector = Collector(spool, file)
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        collector.collect()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    collector.collect()
    assert file.rows() == [OpeningsRow(TODAY, "vai", "book", 1000)]


ENDLESS = """
import sys
from pathlib import Path
from library.openings.kinds import OpeningKind
from library.openings.spool import Spool
spool, count = Spool(Path(sys.argv[1])), 0
while True:
    spool.add("2026-11-25", "vai", OpeningKind.BOOK)
    count += 1
    print(count, flush=True)
"""


def test_a_killed_web_process_loses_nothing_it_left(spool: Spool, file: OpeningsFile, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(tmp_path / "openings")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(library.__file__).parent.parent,
    ) as process:
        assert process.stdout
        for _ in range(50):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        said = process.stdout.read().split("\n")
    Collector(spool, file).collect()
    (row,) = file.rows()
    last = max((int(line) for line in said if line), default=50)
    assert last <= row.count <= last + 1


class CrashError(Exception):
    """The power went."""


def test_a_crash_at_any_step_counts_everything_once(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, name in ((Spool, "take"), (OpeningsFile, "add"), (Spool, "drop")):
        for when in ("before", "after"):
            folder = tmp_path / f"{name}-{when}"
            folder.mkdir()
            spool = Spool(folder / "openings")
            spool.add(TODAY, "vai", BOOK)
            real = getattr(place, name)
            calls = Counter[str]()

            def crash(self: object, *args: object, real=real, when=when, calls=calls, name=name) -> None:  # type: ignore[no-untyped-def]
                calls[name] += 1
                if when == "after":
                    real(self, *args)
                raise CrashError

            with monkeypatch.context() as patch:
                patch.setattr(place, name, crash)
                with pytest.raises(CrashError):
                    Collector(spool, OpeningsFile(folder / "openings.sqlite")).collect()
            assert calls[name]
            spool.add(TODAY, "ga", BOOK)
            again = Collector(Spool(folder / "openings"), OpeningsFile(folder / "openings.sqlite"))
            again.collect()
            again.collect()
            rows = OpeningsFile(folder / "openings.sqlite").rows()
            assert rows == [OpeningsRow(TODAY, "ga", "book", 1), OpeningsRow(TODAY, "vai", "book", 1)], (name, when)


def test_it_collects_when_it_stops(spool: Spool, file: OpeningsFile) -> None:
    collector = Collector(spool, file)
    collector.start()
    collector.stop()
    again = Collector(spool, file, Clock())
    again.start()
    spool.add(TODAY, "vai", BOOK)
    again.stop()
    assert sum(row.count for row in file.rows()) == 1


@pytest.mark.parametrize("garbage", [b"", b"no database at all" * 500, b"SQLite format 3\0" + bytes(4000)])
def test_a_damaged_file_is_put_aside(spool: Spool, tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "openings.sqlite"
    path.write_bytes(garbage)
    collector = Collector(spool, OpeningsFile(path))
    spool.add(TODAY, "vai", BOOK)
    collector.collect()
    collector.collect()
    assert OpeningsFile(path).rows() == [OpeningsRow(TODAY, "vai", "book", 1)]
    assert (tmp_path / "openings.sqlite.damaged").exists() == bool(garbage)
    if garbage:
        collector.stop()
        path.write_bytes(garbage)
        with pytest.raises(OpeningsUnavailableError, match="cannot be used"):
            OpeningsFile(path).rows()


@pytest.mark.parametrize("begun", ["", "create table openings (day text, name text, kind text, count integer)"])
def test_a_file_a_moment_older_than_its_tables_holds_nothing_yet(tmp_path: Path, begun: str) -> None:
    path = tmp_path / "openings.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("pragma journal_mode = wal")
        database.execute(begun)
    file = OpeningsFile(path)
    assert file.rows() == []
    assert file.newest() == ""


def test_a_removed_file_is_begun_anew(spool: Spool, tmp_path: Path) -> None:
    path = tmp_path / "openings.sqlite"
    collector = Collector(spool, OpeningsFile(path))
    for _ in range(2):
        spool.add(TODAY, "vai", BOOK)
        collector.collect()
        for part in tmp_path.glob("openings.sqlite*"):
            part.unlink()
    spool.add(TODAY, "ga", BOOK)
    collector.collect()
    assert [row.name for row in OpeningsFile(path).rows()] == ["ga"]


def test_a_full_card_keeps_counts_in_the_spool(spool: Spool, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "openings.sqlite"
    file = OpeningsFile(path)
    collector = Collector(spool, file)
    spool.add(TODAY, "vai", BOOK)
    collector.collect()
    database = file._database
    assert database is not None
    (pages,) = database.execute("pragma page_count").fetchone()
    database.execute(f"pragma max_page_count = {pages}")  # from now on SQLite answers "database or disk is full"
    for number in range(500):
        spool.add(TODAY, f"{number}" * 50, BOOK)
    collector.collect()
    assert "waits to be written" in caplog.text
    assert [row.name for row in file.rows()] == ["vai"]
    spool.add(TODAY, "ga", BOOK)
    file.close()  # opened anew, it has room again
    for _ in range(2):
        collector.collect()
    assert sum(row.count for row in file.rows()) == 502


def test_a_spool_that_nobody_collects_stays_small(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("library.openings.spool.MOST_BYTES", 1000)
    for _ in range(100):
        spool.add(TODAY, "v" * 5000, BOOK)
    assert 0 < (tmp_path / "openings").stat().st_size <= 1000


def test_a_spool_that_cannot_be_written_fails_no_page(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    spool = Spool(tmp_path / "missing" / "openings")
    spool.add(TODAY, "vai", BOOK)
    spool.add(TODAY, "vai", BOOK)
    assert caplog.text.count("cannot be counted") == 1


def test_what_is_no_line_is_left_out(spool: Spool, file: OpeningsFile, tmp_path: Path) -> None:
    (tmp_path / "openings").write_bytes(
        b'\xff\n[]\n{}\n["2026-11-25", "vai", "who"]\n[1, 2, 3]\n["2026-11-25", "vai", "book"]\n["2026-11-25", "va'
    )
    Collector(spool, file).collect()
    assert file.rows() == [OpeningsRow(TODAY, "vai", "book", 1)]


def test_days_are_folded_by_their_number_and_not_by_the_clock(tmp_path: Path) -> None:
    file = OpeningsFile(tmp_path / "x.sqlite", bounds=(40, 3, 200_000))
    first = datetime.date(2026, 1, 1)
    for number in range(240):
        day = (first + datetime.timedelta(number)).isoformat()
        file.add({(day, "vai", "book"): 2, (day, "ga", "book"): 1}, number + 1)
    rows = file.rows()
    days = sorted({row.day for row in rows if len(row.day) == 10})
    assert len(days) == 40
    assert days[-1] == "2026-08-28"
    assert sorted({row.day for row in rows if len(row.day) == 7}) == ["2026-05", "2026-06", "2026-07"]
    (june,) = [row.count for row in rows if (row.day, row.name) == ("2026-06", "vai")]
    assert june == 60
    file.add({("1970-01-01", "vai", "book"): 1, ("2099-01-01", "vai", "book"): 1}, 999)  # clocks that jump
    assert sorted({row.day for row in file.rows() if len(row.day) == 10}) == days
    assert [row.count for row in file.rows() if row.day == UNKNOWN] == [2]


def test_too_many_rows_are_halved(tmp_path: Path) -> None:
    file = OpeningsFile(tmp_path / "x.sqlite", bounds=(400, 120, 2000))
    first = datetime.date(2026, 1, 1)
    for number in range(100):
        day = (first + datetime.timedelta(number)).isoformat()
        file.add({(day, f"book {n}", "book"): 1 for n in range(50)}, number + 1)
    rows = file.rows()
    assert len(rows) <= 2000 + 50 * 4
    assert sum(row.count for row in rows) == 5000
    assert rows[-1].day == "2026-04-10"


def test_a_reader_and_the_collector_do_not_disturb_each_other(spool: Spool, tmp_path: Path) -> None:
    path = tmp_path / "openings.sqlite"
    collector = Collector(spool, OpeningsFile(path))
    spool.add(TODAY, "vai", BOOK)
    collector.collect()
    with sqlite3.connect(path) as other:
        other.execute("begin")
        other.execute("select * from openings").fetchall()
        spool.add(TODAY, "vai", BOOK)
        collector.collect()
        assert OpeningsFile(path).rows() == [OpeningsRow(TODAY, "vai", "book", 2)]
    other.close()
    assert EVERY_S == 60
