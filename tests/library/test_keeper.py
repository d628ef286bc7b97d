"""The keeper lets whole, sound books onto the shelf, says why others are not there, and checks nothing twice."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from library import reasons
from library.admission import Checker
from library.codes.code_book import CodeBook, Target, hashed_code
from library.config import LibraryConfig
from library.inspection import Verdict, inspect
from library.keeper import Keeper, create_app
from library.listing import Listed, State, read_listing
from library.looking import look_at
from library.testing import Entry, bake_zim, damage, split_zim
from library.zim_tables import parts_of

SETTLE, PATIENCE = 3.0, 120.0


class FakeCheck:
    """Inspects in this process when it is told to; remembers what it was asked, and that only one at a time."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bool]] = []
        self.under_way: tuple[Path, bool] | None = None
        self.finished = False
        self.verdict: Verdict | None = None

    @property
    def busy(self) -> bool:
        return self.under_way is not None

    def start(self, path: Path, size: int, *, whole: bool) -> None:
        assert not self.busy
        assert size == sum(part.stat().st_size for part in parts_of(path))
        self.under_way, self.finished = (path, whole), False
        self.asked.append((path.name, whole))

    def poll(self) -> Verdict | None:
        if self.under_way is None or not self.finished:
            return None
        (path, whole), self.under_way = self.under_way, None
        return self.verdict or inspect(path, whole=whole)

    def stop(self) -> None:
        self.under_way = None


class House:
    """A keeper with clocks that are turned by hand."""

    def __init__(self, folder: Path) -> None:
        self.content, self.state = folder / "content", folder / "state"
        self.content.mkdir()
        self.state.mkdir()
        self.now, self.wall = 1000.0, time.time()
        self.open()

    def open(self) -> None:
        """As after a restart of the machine."""
        self.check = FakeCheck()
        config = LibraryConfig(settle_s=SETTLE, patience_s=PATIENCE)
        self.keeper = Keeper(
            self.content, self.state, config, self.check, self.write, lambda: self.now, lambda: self.wall
        )

    def write(self, path: Path, data: bytes) -> None:
        path.write_bytes(data)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.wall += seconds

    def look(self, seconds: float = 0.0) -> dict[str, Listed]:
        """Let time pass and look once; by file."""
        self.pass_time(seconds)
        self.keeper.tick()
        assert read_listing(self.state / "shelf.json") == self.keeper.listing
        return {line.file: line for line in self.keeper.listing.books}

    def settle(self) -> dict[str, Listed]:
        """Look until every file has been decided about."""
        self.look()
        lines = self.look(SETTLE + 0.1)
        for _ in range(100):
            if not self.check.busy:
                break
            self.check.finished = True
            lines = self.look()
        return lines

    def bake(self, file: str, text: str = "text", **options: object) -> Path:
        options = {"name": Path(file).stem, **options}
        return bake_zim(self.content / file, {"a.html": Entry(text, "A")}, **options)  # type: ignore[arg-type]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_book_comes_onto_the_shelf(house: House) -> None:
    assert house.look() == {}
    house.bake("a.zim", title="Sách A")
    line = house.look()["a.zim"]
    assert (line.state, line.reason) == (State.CHECKING, reasons.COPYING)
    line = house.look(SETTLE + 0.1)["a.zim"]
    assert (line.state, line.reason) == (State.CHECKING, reasons.TO_BE_CHECKED)
    assert house.check.asked == [("a.zim", True)]
    assert house.look()["a.zim"].state is State.CHECKING
    house.check.finished = True
    line = house.look()["a.zim"]
    assert (line.state, line.reason, line.name, line.code) == (State.READY, "", "a", hashed_code("a", ""))
    assert line.facts
    assert line.facts.title == "Sách A"


def test_a_restart_checks_nothing_again(house: House) -> None:
    house.bake("a.zim")
    damage(house.bake("b.zim"), 200, b"\xff" * 50)
    before = house.settle()
    assert [before[file].state for file in ("a.zim", "b.zim")] == [State.READY, State.QUARANTINED]
    house.open()
    assert house.look() == before
    assert house.settle() == before
    assert house.check.asked == []


@pytest.mark.parametrize("reason", sorted(reasons.PASSING))
def test_what_may_lie_with_the_machine_is_tried_again_after_a_restart(house: House, reason: str) -> None:
    house.bake("a.zim")
    house.check.verdict = Verdict(None, reason)
    assert house.settle()["a.zim"].reason == reason
    assert house.settle()["a.zim"].reason == reason
    assert len(house.check.asked) == 1, "but not as long as the hub runs"
    house.open()
    assert house.settle()["a.zim"].state is State.READY


def test_codes_that_could_not_be_recorded_are_taken_after_a_restart(house: House) -> None:
    table = house.state / "codes.sqlite"
    table.mkdir()
    house.bake("a.zim", metadata={"X-Hub-Codes": '{"K7M2QXA": "a.html"}'})
    assert house.settle()["a.zim"].state is State.READY
    table.rmdir()
    house.open()
    house.settle()
    assert CodeBook(table).find("K7M2QXA") == Target("a", "a.html")


def test_a_changed_file_is_checked_again(house: House) -> None:
    path = house.bake("a.zim", "one")
    first = house.settle()["a.zim"]
    house.bake("a.zim", "two")
    line = house.look()["a.zim"]
    assert line.state is State.CHECKING
    second = house.settle()["a.zim"]
    assert second.state is State.READY
    assert first.facts
    assert second.facts
    assert first.facts.edition != second.facts.edition
    os.utime(path)  # only its time: still checked again, since nobody knows
    assert house.settle()["a.zim"].state is State.READY
    assert house.check.asked == [("a.zim", True)] * 3


def test_a_file_in_quarantine_may_be_mended(house: House) -> None:
    damage(house.bake("a.zim"), 200, b"\xff" * 50)
    line = house.settle()["a.zim"]
    assert (line.state, line.reason) == (State.QUARANTINED, reasons.DAMAGED)
    house.bake("a.zim")
    assert house.settle()["a.zim"].state is State.READY


def test_a_file_is_left_alone_while_it_is_copied(house: House) -> None:
    whole = bake_zim(house.content.parent / "a.zim", {"a": Entry(os.urandom(20_000))}, name="a").read_bytes()
    target = house.content / "a.zim"
    for end in range(0, len(whole), 1500):
        target.write_bytes(whole[:end])
        os.utime(target, (house.wall, house.wall))
        line = house.look(PATIENCE / 2)["a.zim"]
        assert (line.state, line.reason) == (State.CHECKING, reasons.COPYING)
    assert house.look(PATIENCE * 0.9)["a.zim"].reason == reasons.COPYING
    target.write_bytes(whole)
    os.utime(target, (house.wall, house.wall))
    assert house.look()["a.zim"].reason == reasons.COPYING
    assert house.check.asked == []
    assert house.settle()["a.zim"].state is State.READY


def test_a_copy_that_stands_still_is_refused_until_it_goes_on(house: House) -> None:
    whole = house.bake("a.zim").read_bytes()
    path = house.content / "a.zim"
    path.write_bytes(whole[:500])
    house.look()
    line = house.look(PATIENCE + 1)["a.zim"]
    assert (line.state, line.reason) == (State.QUARANTINED, reasons.INCOMPLETE)
    assert str(len(whole)) in line.detail
    assert house.check.asked == []
    path.write_bytes(whole)
    assert house.look()["a.zim"].reason == reasons.COPYING
    assert house.settle()["a.zim"].state is State.READY


def test_the_parts_of_a_book_may_come_one_by_one(house: House) -> None:
    first, *others = split_zim(house.bake("a.zim", os.urandom(3000).hex()), 1000)
    contents = [path.read_bytes() for path in others]
    for path in others:
        path.unlink()
    for path, content in zip(others, contents, strict=True):
        assert house.look(PATIENCE / 2)[first.name].reason == reasons.COPYING
        path.write_bytes(content)
        os.utime(path, (house.wall, house.wall))
    assert house.settle()[first.name].state is State.READY
    others[-1].unlink()
    assert house.look()[first.name].state is State.CHECKING
    assert house.look(PATIENCE + 1)[first.name].reason == reasons.INCOMPLETE


def test_a_file_replaced_while_it_is_checked_is_checked_anew(house: House) -> None:
    house.bake("a.zim", "one")
    house.look()
    house.look(SETTLE + 1)
    assert house.check.busy
    house.bake("a.zim", "two")
    house.check.finished = True
    assert house.look()["a.zim"].state is State.CHECKING
    assert house.settle()["a.zim"].state is State.READY
    assert len(house.check.asked) == 2


def test_a_file_removed_while_it_is_checked_is_forgotten(house: House) -> None:
    house.bake("b.zim")
    house.look()
    house.look(SETTLE + 1)
    assert house.check.busy
    (house.content / "b.zim").unlink()
    house.check.finished = True
    assert house.look() == {}
    assert not house.check.busy


def test_a_verified_file_skips_the_checksum_but_not_the_probe(house: House) -> None:
    house.bake("a.zim")
    house.bake("b.zim")
    house.keeper.refresh(["a.zim", "not here.zim"])
    lines = house.settle()
    assert sorted(house.check.asked) == [("a.zim", False), ("b.zim", True)]
    assert all(line.state is State.READY for line in lines.values())
    house.bake("a.zim", "changed since")
    house.settle()
    assert house.check.asked[-1] == ("a.zim", True)


def test_the_smallest_is_checked_first(house: House) -> None:
    for size, file in ((3000, "a.zim"), (10, "b.zim"), (900, "c.zim")):
        house.bake(file, os.urandom(size).hex())
    house.settle()
    assert [file for file, _ in house.check.asked] == ["b.zim", "c.zim", "a.zim"]


def test_only_the_newest_edition_is_listed(house: House) -> None:
    house.bake("a_2024-01.zim", name="a", metadata={"Date": "2024-01-01"})
    assert list(house.settle()) == ["a_2024-01.zim"]
    house.bake("a_2024-06.zim", name="a", metadata={"Date": "2024-06-01"})
    assert set(house.look()) == {"a_2024-01.zim", "a_2024-06.zim"}  # the old one is served until the new one is sound
    assert list(house.settle()) == ["a_2024-06.zim"]
    damage(house.bake("a_2024-09.zim", name="a", metadata={"Date": "2024-09-01"}), 200, b"\xff" * 50)
    lines = house.settle()
    assert {file: line.state for file, line in lines.items()} == {
        "a_2024-06.zim": State.READY,
        "a_2024-09.zim": State.QUARANTINED,
    }
    (house.content / "a_2024-06.zim").unlink()
    assert house.look()["a_2024-01.zim"].state is State.READY
    assert len(house.check.asked) == 3


def test_a_code_outlives_editions(house: House) -> None:
    house.bake("a_2024-01.zim", name="a", metadata={"X-Hub-Codes": json.dumps({"K7M2QXA": "a.html"})})
    house.settle()
    codes = CodeBook(house.state / "codes.sqlite")
    page = codes.mint("a", "other.html")
    (house.content / "a_2024-01.zim").unlink()
    house.bake("a_2024-06.zim", name="a", metadata={"Date": "2024-06"})
    line = house.settle()["a_2024-06.zim"]
    assert line.code == hashed_code("a", "")
    assert codes.code_of("a", "a.html") == "K7M2QXA"
    assert codes.code_of("a", "other.html") == page


def test_strange_things_in_the_folder(house: House) -> None:
    content = house.content
    good = house.bake("good.zim")
    outside = house.content.parent / "outside.zim"
    good.rename(outside)
    (content / "link.zim").symlink_to(outside)
    (content / "dangling.zim").symlink_to(content / "nothing")
    (content / "loop.zim").symlink_to(content / "loop.zim")
    (content / "folder.zim").mkdir()
    (content / "folder.zimaa").mkdir()
    (content / "empty.zim").touch()
    os.mkfifo(content / "pipe.zim")
    (content / "text.zim").write_text("This is no book. " * 20)
    (content / "short.zim").write_text("no")
    (content / "null.zim").symlink_to("/dev/null")
    (content / "UPPER.ZIM").write_bytes(outside.read_bytes() + b"")
    for ignored in ("._good.zim", ".hidden.zim", "notes.txt", "a.zim.part", "b.zimab", "zim"):
        (content / ignored).write_text("ignored")
    Path(os.fsdecode(os.fsencode(content) + b"/Tr\xe1\xba.zim")).write_bytes(outside.read_bytes())
    Path(os.fsdecode(os.fsencode(content) + b"/new\nline.zim")).write_bytes(b"")
    house.look()
    house.pass_time(PATIENCE + 1)
    lines = house.settle()
    found = {file: (line.state.value, line.reason) for file, line in lines.items()}
    refused = State.QUARANTINED.value
    assert found.pop("Tr??.zim") == (refused, reasons.UNREADABLE)
    assert {file for file, (state, _) in found.items() if state == "ready"} <= {"link.zim", "UPPER.ZIM"}
    assert len({file for file, (state, _) in found.items() if state == "ready"}) == 1  # both are one book
    for file in ("link.zim", "UPPER.ZIM"):
        found.pop(file, None)
    assert found == {
        "dangling.zim": (refused, reasons.DANGLING),
        "loop.zim": (refused, found["loop.zim"][1]),
        "folder.zim": (refused, reasons.NOT_A_FILE),
        "folder.zimaa": (refused, reasons.NOT_A_FILE),
        "empty.zim": (refused, reasons.EMPTY),
        "new\nline.zim": (refused, reasons.EMPTY),
        "pipe.zim": (refused, reasons.NOT_A_FILE),
        "null.zim": (refused, reasons.NOT_A_FILE),
        "text.zim": (refused, reasons.NOT_ZIM),
        "short.zim": (refused, reasons.NOT_ZIM),
    }
    assert found["loop.zim"][1] in {reasons.DANGLING, reasons.UNREADABLE}


def test_a_folder_that_is_missing_or_a_file(house: House) -> None:
    house.bake("a.zim")
    house.settle()
    house.content.rename(house.content.parent / "away")
    assert house.look() == {}
    assert "content" in house.keeper.listing.problem
    house.content.write_text("a file")
    assert house.look() == {}
    assert house.keeper.listing.problem
    house.content.unlink()
    (house.content.parent / "away").rename(house.content)
    assert house.look()["a.zim"].state is State.READY
    assert house.keeper.listing.problem == ""
    assert len(house.check.asked) == 1


@pytest.mark.skipif(os.geteuid() == 0 and not hasattr(os, "seteuid"), reason="rights cannot be given up here")
def test_what_may_not_be_read_is_said(tmp_path: Path) -> None:
    """In a child, since root may read everything and must become somebody else first."""
    script = """
        import json, os, sys
        from pathlib import Path
        from library.keeper import look_at
        if os.geteuid() == 0:
            os.setgroups([])
            os.setegid(65534)
            os.seteuid(65534)
        look = look_at(Path(sys.argv[1]) / "secret.zim")
        print(json.dumps([look.problem, look.detail]))
    """
    secret = tmp_path / "secret.zim"
    secret.write_bytes(b"ZIM\x04" + bytes(200))
    secret.chmod(0)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), tmp_path], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [reasons.UNREADABLE, "Permission denied"]


@pytest.mark.parametrize("damage_to", ["garbage", "truncated", "other table", "folder"])
def test_lost_verdicts_only_cost_time(house: House, damage_to: str, caplog: pytest.LogCaptureFixture) -> None:
    house.bake("a.zim")
    house.settle()
    table = house.state / "verdicts.sqlite"
    for leftover in house.state.glob("verdicts.sqlite-*"):
        leftover.unlink()
    match damage_to:
        case "garbage":
            table.write_bytes(os.urandom(20_000))
        case "truncated":
            os.truncate(table, 5000)
        case "other table":
            table.unlink()
            with closing(sqlite3.connect(table)) as database, database:
                database.execute("create table verdicts (something)")
        case "folder":
            table.unlink()
            table.mkdir()
    house.open()
    assert house.settle()["a.zim"].state is State.READY
    assert house.check.asked == [("a.zim", True)]
    assert "verdicts" in caplog.text
    assert house.settle()["a.zim"].state is State.READY
    assert len(house.check.asked) == 1
    if damage_to in {"garbage", "truncated"}:  # it mends itself
        house.open()
        assert house.settle()["a.zim"].state is State.READY
        assert house.check.asked == []


def test_the_list_is_written_only_when_it_changes(house: House) -> None:
    written: list[bytes] = []
    house.write = lambda path, data: written.append(data) or path.write_bytes(data)  # type: ignore[assignment,func-returns-value]
    house.open()
    house.look()
    house.look()
    assert len(written) == 1
    house.bake("a.zim")
    house.settle()
    count = len(written)
    for _ in range(3):
        house.look(10)
    assert len(written) == count
    (house.state / "shelf.json").unlink()
    house.look()
    assert len(written) == count + 1


def test_a_full_card_is_waited_out(house: House, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    good, house.write = house.write, refuse  # type: ignore[method-assign]
    house.open()
    house.keeper._config = LibraryConfig(scan_interval_s=0.1)
    house.keeper.start()
    try:
        assert house.keeper.alive
        assert "No space left" in caplog.text
        house.keeper._write = good
        wait_for((house.state / "shelf.json").exists)
    finally:
        house.keeper.stop()


def test_hostile_words_stay_one_line_and_do_no_harm(house: House, caplog: pytest.LogCaptureFixture) -> None:
    claims = {"K7M2QXA": "\ud800", "K7M2QXB": "\0", "K7M2QXC": "a.html"}
    house.bake(
        "a.zim",
        name="a\nb\r\x1b[31m",
        title="x" * 100_000,
        metadata={"X-Hub-Codes": json.dumps(claims), "Description": b"\xff\xfe\0", "Date": "\n", "Publisher": "<b>"},
    )
    with caplog.at_level(logging.INFO):
        line = house.settle()["a.zim"]
    assert line.state is State.READY
    assert house.keeper._codes.find("K7M2QXC")
    assert len(house.check.asked) == 1


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Callable[..., Keeper]]:
    """Starts keepers with the real checker, and stops them."""
    (tmp_path / "content").mkdir()
    (tmp_path / "state").mkdir()
    running: list[Keeper] = []

    def write(path: Path, data: bytes) -> None:
        path.write_bytes(data)

    def start(**settings: float) -> Keeper:
        config = LibraryConfig.model_validate({"scan_interval_s": 0.1, "settle_s": 0.0, **settings})
        keeper = Keeper(tmp_path / "content", tmp_path / "state", config, Checker(config), write)
        keeper.start()
        running.append(keeper)
        return keeper

    yield start
    for keeper in running:
        keeper.stop()


def test_the_real_keeper_at_work(real: Callable[..., Keeper], tmp_path: Path) -> None:
    content = tmp_path / "content"
    keeper = real()
    assert read_listing(tmp_path / "state/shelf.json").books == ()
    bake_zim(content / "a.zim", {"a": Entry("a")}, name="a")
    bake_zim(content / "b.zim", {"b": Entry("b")}, name="b")
    damage(content / "b.zim", 150, b"\xff\xff")

    def states() -> dict[str, State]:
        return {line.file: line.state for line in keeper.listing.books}

    wait_for(lambda: states() == {"a.zim": State.READY, "b.zim": State.QUARANTINED})
    (content / "a.zim").unlink()
    wait_for(lambda: "a.zim" not in states())
    client = create_app(keeper).test_client()
    assert client.get("/healthz").json == {"ok": True}
    counts = {"ready": 0, "checking": 0, "quarantined": 1}
    assert client.get("/status").json == {"problem": "", "played": 0, "filling": "", **counts}
    for verified in ([], ["a.zim"], ["..", "", "a\0b", "x" * 5000, "\ud800"]):
        assert client.post("/refresh", json={"verified": verified}).status_code == 202, verified
    for wrong in ({"verified": "a"}, {"verified": [1]}, {"verified": ["a/b"]}):
        assert client.post("/refresh", json=wrong).status_code == 400
    assert client.post("/refresh", data="rubbish").status_code == 202
    time.sleep(0.3)
    assert keeper.alive
    keeper.stop()
    assert not keeper.alive
    assert client.get("/healthz").status_code == 503


def test_looking_at_a_name_that_no_file_can_have() -> None:
    assert look_at(Path("/tmp/a\0b.zim")).problem == reasons.UNREADABLE
    assert look_at(Path("/tmp") / ("x" * 5000)).problem == reasons.UNREADABLE
