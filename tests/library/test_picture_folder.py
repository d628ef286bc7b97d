"""Pictures for rows are files of their own: written once, made again when lost, gone with their book, never wrong."""

from __future__ import annotations

import errno
import io
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from library.config import LibraryConfig
from library.inspection import Verdict, inspect
from library.keeper import Keeper
from library.listing import State, read_listing
from library.media.picture_folder import PictureFolder, folder_in, picture_name, picture_type, read_picture
from library.testing import Entry, bake_zim


def cover(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (48, 48), colour).save(buffer, "PNG")
    return buffer.getvalue()


RED, BLUE = cover("red"), cover("blue")


class Card:
    """Writes files, remembers which, and can be full or lose its power in the middle."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.is_full = False
        self.dies_at = ""

    def write(self, path: Path, data: bytes) -> None:
        if self.is_full:
            raise OSError(errno.ENOSPC, "no space left")
        if self.dies_at and path.name.endswith(self.dies_at):
            raise KeyboardInterrupt  # the power is cut: nothing below here is ever run
        path.write_bytes(data)
        self.written.append(path.name)


class AtOnce:
    """Checks in this process, when it is asked how far it is."""

    def __init__(self) -> None:
        self.path: Path | None = None
        self.checked: list[str] = []

    @property
    def busy(self) -> bool:
        return self.path is not None

    def start(self, path: Path, _size: int, *, whole: bool) -> None:
        self.path = path
        self.checked.append(path.name)

    def poll(self) -> Verdict | None:
        path, self.path = self.path, None
        return inspect(path, whole=True) if path else None

    def stop(self) -> None:
        self.path = None


class House:
    """A keeper of one folder."""

    def __init__(self, folder: Path) -> None:
        self.content, self.state = folder / "content", folder / "state"
        self.content.mkdir()
        self.state.mkdir()
        self.card = Card()
        self.open()

    def open(self) -> None:
        self.check = AtOnce()
        config = LibraryConfig(settle_s=0, patience_s=0)
        self.keeper = Keeper(self.content, self.state, config, self.check, self.card.write)

    def bake(self, file: str, picture: bytes | None) -> None:
        bake_zim(self.content / file, {"a.html": Entry(file, "A")}, name=Path(file).stem, illustration_png=picture)

    def settle(self) -> list[str]:
        """Look until everything is checked; returns the names of the pictures that the list tells of."""
        for _ in range(30):
            self.keeper.tick()
            if all(line.state is not State.CHECKING for line in self.keeper.listing.books):
                break
        listing = read_listing(self.state / "shelf.json")
        assert listing == self.keeper.listing
        return [line.facts.small_picture for line in listing.books if line.facts]

    def pictures(self) -> dict[str, bytes]:
        folder = folder_in(self.state)
        return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_picture_is_written_once_and_the_list_only_names_it(house: House) -> None:
    house.bake("a.zim", RED)
    house.bake("b.zim", None)
    assert house.settle() == [picture_name(RED), ""]
    assert house.pictures() == {picture_name(RED): RED}
    listed = (house.state / "shelf.json").read_bytes()
    assert len(listed) < 2500
    house.bake("c.zim", BLUE)
    house.open()
    assert house.settle() == [picture_name(RED), "", picture_name(BLUE)]
    assert house.check.checked == ["c.zim"]
    assert [name for name in house.card.written if name != "shelf.json"] == [picture_name(RED), picture_name(BLUE)]


def test_it_goes_with_its_book_and_stays_with_another_that_has_the_same(house: House) -> None:
    for file, picture in (("a.zim", RED), ("b.zim", RED), ("c.zim", BLUE)):
        house.bake(file, picture)
    house.settle()
    (house.content / "a.zim").unlink()
    (house.content / "c.zim").unlink()
    assert house.settle() == [picture_name(RED)]
    assert house.pictures() == {picture_name(RED): RED}
    (house.content / "b.zim").unlink()
    house.settle()
    assert house.pictures() == {}


def test_while_something_is_checked_nothing_goes(house: House) -> None:
    house.bake("a.zim", RED)
    house.settle()
    (house.state / "verdicts.sqlite").unlink()
    house.open()
    house.keeper.tick()
    assert house.pictures() == {picture_name(RED): RED}
    assert house.settle() == [picture_name(RED)]
    assert house.card.written.count(picture_name(RED)) == 1


def lose(folder: Path, _picture: Path) -> None:
    shutil.rmtree(folder)


def empty(_folder: Path, picture: Path) -> None:
    picture.write_bytes(b"")


def spoil(_folder: Path, picture: Path) -> None:
    picture.write_bytes(RED[:-1] + b"\0")


def swap(_folder: Path, picture: Path) -> None:
    picture.write_bytes(BLUE)


@pytest.mark.parametrize("harm", [lose, empty, spoil, swap])
def test_a_lost_or_spoilt_one_is_made_again_without_another_check(
    house: House, harm: Callable[[Path, Path], None]
) -> None:
    house.bake("a.zim", RED)
    house.settle()
    folder = folder_in(house.state)
    harm(folder, folder / picture_name(RED))
    assert read_picture(folder, picture_name(RED)) is None
    house.open()
    assert house.settle() == [picture_name(RED)]
    assert house.pictures() == {picture_name(RED): RED}
    assert house.check.checked == []


def test_a_folder_that_is_lost_under_way_is_made_again(house: House) -> None:
    house.bake("a.zim", RED)
    house.settle()
    shutil.rmtree(folder_in(house.state))
    house.settle()
    assert house.pictures() == {picture_name(RED): RED}


def test_on_a_full_card_the_list_tells_of_no_picture(house: House) -> None:
    house.bake("a.zim", RED)
    house.settle()
    house.bake("b.zim", BLUE)
    shutil.rmtree(folder_in(house.state))
    house.card.is_full = True
    with pytest.raises(OSError, match="no space"):  # the list itself cannot be written either
        house.settle()
    house.card.is_full = False
    assert house.settle() == [picture_name(RED), picture_name(BLUE)]


def test_without_a_place_for_the_folder_books_are_read_all_the_same(house: House) -> None:
    folder_in(house.state).write_bytes(b"")
    house.bake("a.zim", RED)
    assert house.settle() == [""]
    folder_in(house.state).unlink()
    assert house.settle() == [picture_name(RED)]


@pytest.mark.parametrize("file", [".png", "shelf.json"])
def test_a_power_cut_leaves_no_list_with_a_picture_that_is_not_there(house: House, file: str) -> None:
    house.bake("a.zim", RED)
    house.card.dies_at = file
    with pytest.raises(KeyboardInterrupt):
        house.settle()
    if (house.state / "shelf.json").exists():
        named = {line.facts.small_picture for line in read_listing(house.state / "shelf.json").books if line.facts}
        assert named <= set(house.pictures())
    (folder_in(house.state)).mkdir(exist_ok=True)
    (folder_in(house.state) / f".{picture_name(RED)}.1.xyz.tmp").write_bytes(RED[:9])
    house.card.dies_at = ""
    house.open()
    assert house.settle() == [picture_name(RED)]
    assert house.pictures() == {picture_name(RED): RED}


def test_a_list_and_a_table_of_an_older_hub_are_made_anew(house: House) -> None:
    house.bake("a.zim", RED)
    house.settle()
    path = house.state / "shelf.json"
    document = json.loads(path.read_bytes())
    for line in document["books"]:
        del line["facts"]["small_picture"]
        line["facts"]["small_cover"] = "iVBORw0KGgo="
    path.write_text(json.dumps(document), "utf-8")
    with closing(sqlite3.connect(house.state / "verdicts.sqlite")) as table, table:
        table.execute("update verdicts set facts = replace(facts, 'small_picture', 'small_cover')")
        table.execute("drop table small_pictures")
    house.open()
    assert house.settle() == [picture_name(RED)]
    assert house.check.checked == ["a.zim"]


def test_names_lead_out_of_no_folder(tmp_path: Path) -> None:
    (tmp_path / "small-pictures").mkdir()
    (tmp_path / "secret.png").write_bytes(RED)
    for name in ("../secret.png", "", ".", "/etc/passwd", "a.png", f"{'0' * 24}.png", f"{'0' * 24}.svg"):
        assert read_picture(tmp_path / "small-pictures", name) is None


@given(st.binary(max_size=200))
def test_only_pictures_have_names(data: bytes) -> None:
    name = picture_name(data)
    assert bool(name) == bool(picture_type(name))


def test_types_are_told_by_names() -> None:
    assert picture_type(picture_name(RED)) == "image/png"
    assert picture_name(RED + bytes(5000)) == ""
    assert picture_type("đ" * 24 + ".png") == picture_type("") == ""


def test_what_is_found_elsewhere_must_be_the_same(tmp_path: Path) -> None:
    kept = PictureFolder(tmp_path / "small-pictures", Path.write_bytes, lambda _name: BLUE)
    assert kept.hold({picture_name(RED)}) == frozenset()
    assert kept.hold({picture_name(BLUE)}) == {picture_name(BLUE)}
