"""The table of codes on a failing card: whatever is spoilt, the hub goes on, and loses no code that can be saved."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from library.codes.code_book import CodeBook, Target
from library.errors import CodesUnavailableError

Spoil = Callable[[Path], None]


def garbage(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(path.stat().st_size))


def zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def zero_head(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(bytes(4096))


def zero_middle(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2 // 4096 * 4096)
        file.write(bytes(4096))


def half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def other(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("create table codes (something)")


ALL = (garbage, zeros, zero_head, zero_middle, half, empty, other, Path.unlink)


@pytest.fixture
def codes(tmp_path: Path) -> CodeBook:
    return CodeBook(tmp_path / "codes.sqlite")


def fill(codes: CodeBook) -> dict[str, str]:
    codes.mint_all(iter([Target("book", f"page/{number}") for number in range(800)]))
    return {f"page/{number}": str(codes.code_of("book", f"page/{number}")) for number in range(0, 800, 40)}


@pytest.mark.parametrize("spoil", ALL)
def test_every_code_outlives_a_spoilt_file_by_its_copy(codes: CodeBook, spoil: Spoil) -> None:
    shown = fill(codes)
    codes.keep_copy()
    codes.claim("book", {"ABCDEFG": "claimed"})
    codes.keep_copy()
    spoil(codes.path)
    assert codes.find("ABCDEFG") == Target("book", "claimed")
    assert all(codes.find(code) == Target("book", path) for path, code in shown.items())
    assert codes.mint("new", "page") == codes.code_of("new", "page")


@pytest.mark.parametrize("spoil", [garbage, half, empty, Path.unlink])
def test_without_a_copy_minting_goes_on_and_the_damaged_file_is_kept(
    codes: CodeBook, spoil: Spoil, tmp_path: Path
) -> None:
    shown = fill(codes)
    spoil(codes.path)
    some = dict(list(shown.items())[::5])
    assert {path: codes.mint("book", path) for path in some} == some  # a page's first choice is the same for ever
    if spoil not in {empty, Path.unlink, zero_middle}:  # that page may not have been looked at
        assert (tmp_path / "codes.sqlite.damaged-1").stat().st_size


def test_what_can_be_read_of_a_damaged_file_is_saved(codes: CodeBook) -> None:
    shown = fill(codes)
    zero_middle(codes.path)
    saved = sum(codes.find(code) == Target("book", path) for path, code in shown.items())
    assert saved > len(shown) / 2


def test_many_threads_and_one_mending(codes: CodeBook, tmp_path: Path) -> None:
    shown = fill(codes)
    codes.keep_copy()
    garbage(codes.path)
    found: list[bool] = []
    others = [CodeBook(codes.path) for _ in range(8)]

    def look(own: CodeBook) -> None:
        found.append(all(own.find(code) == Target("book", path) for path, code in list(shown.items())))

    threads = [threading.Thread(target=look, args=(own,)) for own in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 8
    assert len(list(tmp_path.glob("*.damaged-?"))) == 1


def test_rows_that_nobody_can_have_written_are_not_saved(codes: CodeBook) -> None:
    fill(codes)
    with closing(sqlite3.connect(codes.path)) as database, database:
        database.execute("insert into codes values ('lower!!', 'x', 'y', 0), ('ABCDEFH', x'00ff', 'y', 0)")
        database.execute("drop index claimed_codes")
    assert codes.find("ABCDEFH") is None
    assert codes.mint("a", "b")
    with closing(sqlite3.connect(codes.path)) as database, database:
        assert database.execute("select count(*) from codes where name = 'x'").fetchone() == (0,)


def test_a_copy_never_loses_what_an_older_one_had(codes: CodeBook) -> None:
    shown = fill(codes)
    codes.keep_copy()
    with closing(sqlite3.connect(codes.path)) as database, database:
        database.execute("delete from codes where code > 'H'")  # a card that brings back an older state
    codes.keep_copy()
    assert all(codes.find(code) == Target("book", path) for path, code in shown.items())


@pytest.mark.parametrize("spoil", [garbage, half, empty])
def test_a_spoilt_copy_harms_nothing(codes: CodeBook, spoil: Spoil, tmp_path: Path) -> None:
    shown = fill(codes)
    codes.keep_copy()
    spoil(tmp_path / "codes.copy.sqlite")
    codes.mint("another", "page")
    codes.keep_copy()
    garbage(codes.path)
    assert all(codes.find(code) == Target("book", path) for path, code in shown.items())


def test_a_card_that_takes_no_writing_is_still_looked_up(codes: CodeBook, monkeypatch: pytest.MonkeyPatch) -> None:
    code = codes.mint("book", "page")
    connect = sqlite3.connect

    def refuse(database: object, **options: object) -> sqlite3.Connection:
        if options.get("uri"):
            return connect(database, **options)  # type: ignore[call-overload, no-any-return]
        error = sqlite3.OperationalError("disk I/O error")  # what SQLite says on a full card, already when it opens
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
        raise error

    monkeypatch.setattr(sqlite3, "connect", refuse)
    assert codes.find(code) == Target("book", "page")
    assert codes.mint("book", "page") == code
    with pytest.raises(CodesUnavailableError):
        codes.mint("book", "another")


def test_the_copy_is_replaced_whole(codes: CodeBook, tmp_path: Path) -> None:
    for number in range(3):
        codes.mint("book", str(number))
        codes.keep_copy()
    with closing(sqlite3.connect(tmp_path / "codes.copy.sqlite")) as database:
        assert database.execute("select count(*) from codes").fetchone() == (3,)
        assert database.execute("pragma journal_mode").fetchone() == ("delete",)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["codes.copy.sqlite", "codes.lock", "codes.sqlite"]
