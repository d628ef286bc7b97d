"""Codes are the same on every hub and in every edition, survive what a village does to a computer, and are never
given to another page."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.codes.code_book import (
    ALPHABET,
    MOST_SALTS,
    CodeBook,
    Target,
    choices,
    hashed_code,
    normalise,
    parse_codes,
    spoken,
)
from library.errors import CodesUnavailableError


@pytest.fixture
def codes(tmp_path: Path) -> CodeBook:
    return CodeBook(tmp_path / "codes.sqlite")


def occupy(codes: CodeBook, code: str, name: str = "somebody", path: str = "else") -> None:
    """Give a code to a page as if its hash had been that."""
    codes.mint("warm", "up")
    with closing(sqlite3.connect(codes.path)) as database, database:
        database.execute("insert into codes values (?, ?, ?, 0)", (code, name, path))


def test_the_hash_never_changes() -> None:
    """Boards are printed: these codes must come out the same for as long as the project lives."""
    assert hashed_code("tu-sach", "") == "QVBQJTJ"
    assert hashed_code("tu-sach", "vai-thieu.html") == "Z7SBZC0"
    assert hashed_code("tu-sach", "vai-thieu.html", 1) == "EHSFJ92"
    assert hashed_code("wikipedia_vi_all", "A/Bắc_Giang") == "NFAJ3CV"


@given(st.text(), st.text(), st.integers(0, MOST_SALTS - 1))
def test_every_code_can_be_typed_back(name: str, path: str, salt: int) -> None:
    code = hashed_code(name, path, salt)
    assert len(code) == 7
    assert set(code) <= set(ALPHABET)
    assert not set(code) & set("OILU")
    assert normalise(spoken(code).lower()) == code


def test_what_people_type() -> None:
    assert normalise("k7m-2qxa") == "K7M2QXA"
    assert normalise("  K7M 2QXA\n") == "K7M2QXA"
    assert normalise("ooolIil") == "0001111"
    assert normalise("O0I1L-a-z") == "00111AZ"
    for typed in (
        "K7M2QXA.",
        "k7m\u20132qxa/",
        "K7M_2QXA",
        "\u200bK7M\u00a02QXA\u200b",
        "Ｋ７Ｍ２ＱＸＡ",
        "(K7M-2QXA)",
    ):
        assert normalise(typed) == "K7M2QXA", typed
    for wrong in ("", "K7M2QX", "K7M2QXAA", "K7M2QXU", "K7M2QX!", "đ" * 7, "K7M2QX\0", "٣" * 7, "-" * 64, "K" * 10**6):
        assert normalise(wrong) is None, wrong


def test_a_code_is_minted_once_and_is_the_first_choice(codes: CodeBook) -> None:
    assert codes.code_of("a", "x") is None
    code = codes.mint("a", "x")
    assert code == hashed_code("a", "x")
    assert codes.mint("a", "x") == code == codes.code_of("a", "x")
    assert codes.find(code) == Target("a", "x")
    assert codes.find("0000000") is None


def test_reading_makes_no_file(codes: CodeBook) -> None:
    assert codes.find("0000000") is None
    assert codes.code_of("a", "x") is None
    assert not codes.path.exists()


def test_a_collision_takes_the_next_hash(codes: CodeBook) -> None:
    first, second, third, *_ = choices("a", "x")
    occupy(codes, first)
    occupy(codes, second, path="other")
    assert codes.mint("a", "x") == third
    assert codes.find(first) == Target("somebody", "else")
    assert codes.mint("a", "x") == third


def test_no_free_code_is_said_clearly(codes: CodeBook) -> None:
    for number, code in enumerate(choices("a", "x")):
        occupy(codes, code, path=str(number))
    with pytest.raises(CodesUnavailableError, match="No free code"):
        codes.mint("a", "x")
    assert codes.mint("a", "y") == hashed_code("a", "y")


@pytest.mark.parametrize("million", [100_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_a_million_pages(codes: CodeBook, million: int) -> None:
    """Every code unique, stable, found again, and the first choice but for the few collisions that 2^35 codes allow.

    Every day a tenth of it, the whole million with ``--long``.
    """
    paths = [f"A/Bài_viết_số_{number}.html" for number in range(million)]
    assert codes.mint_all(Target("wikipedia_vi_all", path) for path in paths) == million
    with closing(sqlite3.connect(codes.path)) as database, database:
        owners = dict(database.execute("select code, path from codes"))
    assert len(owners) == len(set(owners.values())) == million
    moved = [path for path in paths if owners.get(hashed_code("wikipedia_vi_all", path)) != path]
    expected = million**2 / 2 / 2**35  # 14.6 of a million
    assert len(moved) <= 4 * expected + 4
    assert moved or expected < 1
    for path in moved:
        code = codes.code_of("wikipedia_vi_all", path)
        assert code in list(choices("wikipedia_vi_all", path))[1:]
        assert owners[code] == path
    for path in paths[:: million // 50]:
        code = codes.mint("wikipedia_vi_all", path)
        assert codes.find(code) == Target("wikipedia_vi_all", path)
    assert codes.mint_all(Target("wikipedia_vi_all", path) for path in paths[:1000]) == 0


def test_a_claim_wins_inside_its_book(codes: CodeBook) -> None:
    minted = codes.mint("a", "x")
    assert codes.claim("a", {"K7M2QXA": "x", "0000001": "y"}) == []
    assert codes.code_of("a", "x") == codes.mint("a", "x") == "K7M2QXA"
    assert codes.mint("a", "y") == "0000001"
    assert codes.find(minted) == Target("a", "x")  # what is on a board already stays alive
    assert codes.claim("a", {minted: "z"}) == []
    assert codes.find(minted) == Target("a", "z")
    assert codes.claim("a", {"K7M2QXA": "x", "0000001": "y"}) == []  # the next edition says the same


def test_a_claim_takes_no_other_books_code(codes: CodeBook) -> None:
    code = codes.mint("school", "lesson")
    assert codes.claim("hostile", {code: "trap", "0000001": "fine"}) == [code]
    assert codes.find(code) == Target("school", "lesson")
    assert codes.find("0000001") == Target("hostile", "fine")


def test_a_claim_takes_its_own_hash_back(codes: CodeBook) -> None:
    """The province has minted a code that this hub gave to another page meanwhile: the hub agrees with the province."""
    first, second, *_ = choices("a", "x")
    occupy(codes, first, "b", "y")
    assert codes.mint("a", "x") == second
    assert codes.claim("a", {first: "x"}) == []
    assert codes.find(first) == Target("a", "x")
    assert codes.code_of("a", "x") == first
    assert codes.find(second) == Target("a", "x")


def test_what_is_claimed_stays_claimed(codes: CodeBook) -> None:
    first = hashed_code("a", "x")
    assert codes.claim("b", {first: "y"}) == []
    assert codes.claim("a", {first: "x"}) == [first]
    assert codes.find(first) == Target("b", "y")
    assert codes.mint("a", "x") != first


def test_claims_are_read_with_care() -> None:
    assert parse_codes('{"k7m-2qxa": "A/x", "K7M2QXU": "wrong letter", "0000001": 5, "0000002": "a\\u0000b"}') == {
        "K7M2QXA": "A/x"
    }
    assert parse_codes('{"0000003": "\\ud800", "ooooooo": "bài"}') == {"0000000": "bài"}
    for broken in ("", "[]", "null", "{", "[" * 100_000, '"' + "x" * 10**6, "{1: 2}", "NaN", '{"a": ' * 50_000):
        assert parse_codes(broken) == {}


@given(st.text())
def test_claims_of_any_text_do_no_harm(text: str) -> None:
    parse_codes(text)


def test_claimed_codes_can_always_be_stored(codes: CodeBook) -> None:
    text = json.dumps({"0000001": "\ud800", "0000002": "\0", "0000003": "đ", "0000004": ""})
    assert codes.claim("a", parse_codes(text)) == []
    assert codes.find("0000003") == Target("a", "đ")


MINTER = """
import sys
from pathlib import Path
from library.codes.code_book import CodeBook
codes = CodeBook(Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    print(number, codes.mint("book", str(number)), flush=True)
"""


def minter(path: Path, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", MINTER, path, str(count)], stdout=subprocess.PIPE, text=True)


def test_processes_mint_at_once(codes: CodeBook) -> None:
    workers = [minter(codes.path, 60) for _ in range(4)]
    told = [worker.communicate(timeout=60)[0].splitlines() for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 4
    assert len(told[0]) == 60
    assert told.count(told[0]) == 4  # all were told the same


def test_a_killed_process_loses_no_code_that_was_shown(codes: CodeBook) -> None:
    shown: dict[str, str] = {}
    for rounds in range(3):
        worker = minter(codes.path, 100_000)
        assert worker.stdout
        for _ in range(len(shown) + 15 + rounds):
            number, code = worker.stdout.readline().split()
            shown[number] = code
        os.kill(worker.pid, signal.SIGKILL)
        rest, _ = worker.communicate()
        shown.update(line.split() for line in rest.splitlines() if line.count(" ") == 1 and len(line.split()[1]) == 7)
        assert all(codes.find(code) == Target("book", number) for number, code in shown.items())
    with closing(sqlite3.connect(codes.path)) as database, database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("obstacle", ["folder", "missing folder"])
def test_an_unusable_table_is_said_clearly(tmp_path: Path, obstacle: str) -> None:
    path = tmp_path / "codes.sqlite"
    match obstacle:
        case "folder":
            path.mkdir()
        case "missing folder":
            path = tmp_path / "none" / "codes.sqlite"
    codes = CodeBook(path)
    with pytest.raises(CodesUnavailableError) as caught:
        codes.mint("a", "x")
    assert caught.value.hint
    assert str(path) in caught.value.message
