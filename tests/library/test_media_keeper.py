"""Films and sounds on the shelf: with their descriptions, by their rights, never half copied, never two bytes mixed."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from films import describe, make_film, make_poster

from library import reasons
from library.admission import Checker
from library.codes.code_book import hashed_code
from library.config import LibraryConfig
from library.details import told
from library.errors import BookChangedError, BookNotFoundError
from library.inspection import inspect
from library.keeper import Keeper
from library.listing import Listed, Stamp, State
from library.looking import look_at
from library.media.files import MediaFiles
from library.media.joining import join
from library.shelf import Shelf
from library.testing import Entry, bake_zim

pytestmark = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="ffmpeg is not installed; ./run test installs it"
)


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film") / "x.mp4", "slow.mp4")


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film") / "x.mp4", "fast.mp4")


class House:
    """A real keeper with real checks over one folder, looking when it is told to."""

    def __init__(self, folder: Path, film: Path) -> None:
        self.content, self.state, self.film = folder / "content", folder / "state", film
        self.content.mkdir()
        self.state.mkdir()
        self.checked: list[str] = []
        self.open()

    def open(self) -> None:
        config = LibraryConfig(settle_s=0, patience_s=0)
        checked = self.checked

        class Noted(Checker):
            def start(self, path: Path, size: int, *, whole: bool) -> None:
                checked.append(path.name)
                super().start(path, size, whole=whole)

        checker = Noted(config)
        self.keeper = Keeper(self.content, self.state, config, checker, write)
        self.shelf = Shelf(self.content, self.state / "shelf.json")

    def put(self, file: str) -> Path:
        return Path(shutil.copy(self.film, self.content / file))

    def look(self) -> dict[str, Listed]:
        """Look until every file has been decided about."""
        for _ in range(3000):
            self.keeper.tick()
            if all(line.state is not State.CHECKING for line in self.keeper.listing.books):
                return {line.file: line for line in self.keeper.listing.books}
            time.sleep(0.01)
        raise TimeoutError


def write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


@pytest.fixture
def house(tmp_path: Path, film: Path) -> House:
    return House(tmp_path, film)


def test_a_film_with_all_that_belongs_to_it(house: House) -> None:
    path = house.put("vai.mp4")
    make_poster(house.content / "vai.jpg")
    (house.content / "vai.vi.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nXin chào\n", "utf-8")
    more = 'poster = "vai.jpg"\n[[subtitles]]\nlanguage = "vi"\nfile = "vai.vi.srt"\n'
    describe(path, more=more)
    (house.content / "hub.toml").write_text("x = 1")
    lines = house.look()
    assert list(lines) == ["vai.mp4"]
    line = lines["vai.mp4"]
    assert (line.state, line.name, line.code, line.kind) == (State.READY, "vai", hashed_code("vai", ""), "film")
    assert line.facts is not None
    assert line.facts.media is not None
    assert (line.facts.title, line.facts.subjects, line.facts.has_cover) == ("Trồng vải", ("Nông nghiệp",), True)
    assert line.facts.may_be_taken_home()
    assert (line.facts.media.mimetype, line.facts.media.starts_at_once) == ("video/mp4", False)
    assert [words.language for words in line.facts.media.subtitles] == ["vi"]
    assert house.shelf.ready() == {}
    assert list(house.shelf.media()) == list(house.shelf.everything()) == ["vai"]
    with pytest.raises(BookNotFoundError):
        house.shelf.open("vai")


def test_a_changed_description_shows_without_checking_the_film_again(house: House) -> None:
    path = house.put("vai.mp4")
    describe(path)
    before = house.look()["vai.mp4"]
    assert house.checked == ["vai.toml", "vai.mp4"]
    describe(path, title="Tên mới", uses='"hub"')
    house.keeper.tick()
    assert house.keeper.listing.books[0].state is State.READY, "it stays while its description is checked"
    for _ in range(1000):
        after = house.look()["vai.mp4"]
        if after.facts and after.facts.title == "Tên mới":
            break
        time.sleep(0.01)
    assert house.checked == ["vai.toml", "vai.mp4", "vai.toml"]
    assert before.facts
    assert after.facts
    assert before.facts.media
    assert after.facts.media
    assert after.facts.title == "Tên mới"
    assert not after.facts.may_be_taken_home()
    assert after.facts.edition != before.facts.edition
    assert after.facts.media.edition == before.facts.media.edition
    house.open()
    assert house.look()["vai.mp4"] == after
    assert len(house.checked) == 3


def test_a_poster_that_comes_later_is_noticed(house: House) -> None:
    describe(house.put("vai.mp4"), more='poster = "vai.jpg"')
    line = house.look()["vai.mp4"]
    assert (line.state, line.reason) == (State.QUARANTINED, reasons.BAD_DESCRIPTION)
    assert told(line.detail) == "vai.toml: vai.jpg: the file is not there"
    make_poster(house.content / "vai.jpg")
    assert house.look()["vai.mp4"].state is State.READY


def test_what_is_not_permitted_is_not_shown(house: House) -> None:
    describe(house.put("vai.mp4"), uses='"web"')
    line = house.look()["vai.mp4"]
    assert (line.state, line.reason, line.detail) == (State.QUARANTINED, reasons.NOT_PERMITTED, "Hội Nông dân")
    assert house.shelf.everything() == {}


def test_files_of_one_name(house: House) -> None:
    bake_zim(house.content / "vai.zim", {"a.html": Entry("a", "A")}, name="vai")
    house.put("vai.mp4")
    shutil.copy(house.film, house.content / "ga_2026-01.mp4")
    shutil.copy(house.film, house.content / "ga_2026-03.mp4")
    shutil.copy(house.film, house.content / "bo.mp4")
    shutil.copy(house.film, house.content / "bo.m4v")
    lines = house.look()
    assert {file: line.state.value for file, line in lines.items()} == {
        "vai.zim": "ready", "vai.mp4": "quarantined", "ga_2026-03.mp4": "ready", "bo.mp4": "ready",
        "bo.m4v": "quarantined",
    }  # fmt: skip
    assert (lines["vai.mp4"].reason, lines["vai.mp4"].detail) == (reasons.NAME_TAKEN, "vai.zim")
    assert (lines["bo.m4v"].reason, lines["bo.m4v"].detail) == (reasons.NAME_TAKEN, "bo.mp4")


def test_a_film_that_is_copied_slowly_waits(tmp_path: Path, film: Path) -> None:
    data = film.read_bytes()
    path = tmp_path / "x.mp4"
    for part in (10, 100, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:part])
        look = look_at(path)
        assert look.problem or look.stamp.size < look.expected
    path.write_bytes(data)
    assert look_at(path).expected == len(data)


def test_names_and_links_of_every_kind(house: House) -> None:
    house.put("._rác.mp4")
    (house.content / "cũ.avi").write_bytes(b"RIFF" + bytes(100))
    (house.content / "đâu.mp4").symlink_to(house.content / "không có")
    (house.content / "thư mục.mp4").mkdir()
    os.mkfifo(house.content / "ống.mp4")
    (house.content / os.fsdecode(b"\xff\xfe.mp4")).write_bytes(b"x")
    lines = house.look()
    assert {file: line.reason for file, line in lines.items()} == {
        "cũ.avi": reasons.FOREIGN_FORMAT, "đâu.mp4": reasons.DANGLING, "thư mục.mp4": reasons.NOT_A_FILE,
        "ống.mp4": reasons.NOT_A_FILE, "??.mp4": reasons.UNREADABLE,
    }  # fmt: skip


def swap_by_renaming(path: Path, data: bytes) -> None:
    beside = path.with_name(".new")
    beside.write_bytes(data)
    beside.replace(path)


@pytest.mark.parametrize("swap", [swap_by_renaming, Path.write_bytes])
def test_bytes_of_two_films_are_never_mixed(house: House, other: Path, swap: Callable[[Path, bytes], object]) -> None:
    path = house.put("vai.mp4")
    first = path.read_bytes()
    house.look()
    files = MediaFiles(house.shelf)
    listed, _, _ = files.find("vai")
    pieces = files.bytes_of(listed).chunks(0, listed.stamp.size)
    got = next(pieces)
    swap(path, other.read_bytes())
    with contextlib.suppress(BookChangedError):
        for piece in pieces:
            got += piece
    assert first.startswith(got)
    with pytest.raises(BookChangedError):
        files.bytes_of(listed).chunks(0, 10)
    house.look()
    listed, _, _ = files.find("vai")
    assert b"".join(files.bytes_of(listed).chunks(5, listed.stamp.size - 5)) == other.read_bytes()[5:]


def test_no_file_stays_open_when_nobody_reads(house: House) -> None:
    house.put("vai.mp4")
    house.look()
    files = MediaFiles(house.shelf)
    listed, _, _ = files.find("vai")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        pieces = files.bytes_of(listed).chunks(0, 10)
        pieces.close()  # type: ignore[attr-defined]
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_sidecars_that_wait_make_their_films_wait(film: Path) -> None:
    facts = inspect(film, whole=True).facts
    stamp = Stamp(1, 1, 1, "")
    line = Listed("x.mp4", State.READY, "", "", stamp, "", facts)
    sidecar = Listed("x.toml", State.CHECKING, reasons.COPYING, "", stamp, "", None)
    joined = join([line, sidecar], {})
    assert [(one.state, one.reason, one.facts) for one in joined] == [(State.CHECKING, reasons.COPYING, None)]
    assert facts
    told = join([line, sidecar], {"x.toml": replace(facts, title="X")})
    assert [one.facts.title for one in told if one.facts] == ["X"]
