"""The baker's files are what libzim and openZIM's own checker read, and a failure leaves nothing behind."""

import shutil
import subprocess
from pathlib import Path
from uuid import UUID

import pytest
from libzim.reader import Archive

from library.testing import Entry, bake_zim, damage, split_zim

PAGES = {
    "bài/vải thiều.html": Entry("<title>Vải</title>Chín đỏ", "Vải thiều"),
    "style.css": Entry("p{}", mimetype="text/css", front=False),
    "film.mp4": Entry(b"\0" * 3000, mimetype="video/mp4", compress=False),
}


def test_what_was_given_can_be_read_back(tmp_path: Path) -> None:
    book = bake_zim(
        tmp_path / "a.zim",
        PAGES,
        name="a_vi",
        title="Sách",
        main_path="bài/vải thiều.html",
        redirects={"cũ": ("Cũ", "bài/vải thiều.html")},
        illustration_png=b"\x89PNG",
        metadata={"Date": "2026-01-01", "X-Hub-Codes": b"{}"},
        uuid=UUID(int=7),
    )
    archive = Archive(book)
    assert archive.check()
    assert archive.uuid == UUID(int=7)
    assert archive.main_entry.get_item().path == "bài/vải thiều.html"
    assert archive.get_entry_by_path("cũ").get_redirect_entry().path == "bài/vải thiều.html"
    assert archive.get_metadata("Name") == b"a_vi"
    assert archive.get_metadata("Language") == b"vie"
    assert archive.get_metadata("X-Hub-Codes") == b"{}"
    assert bytes(archive.get_illustration_item(48).content) == b"\x89PNG"
    for path, entry in PAGES.items():
        item = archive.get_entry_by_path(path).get_item()
        wanted = entry.content.encode() if isinstance(entry.content, str) else entry.content
        assert bytes(item.content) == wanted
        assert item.mimetype == entry.mimetype
    assert archive.article_count == 1


def test_a_book_may_have_no_name_and_no_main_page(tmp_path: Path) -> None:
    archive = Archive(bake_zim(tmp_path / "a.zim", PAGES, name=None, language=""))
    assert not archive.has_main_entry
    assert set(archive.metadata_keys) & {"Name", "Title", "Language"} == set()


def test_a_file_is_streamed_in(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    with film.open("wb") as file:
        file.truncate(5_000_000)
        file.seek(4_000_000)
        file.write(b"here")
    book = bake_zim(tmp_path / "a.zim", {"f": Entry(film, mimetype="video/mp4", compress=False)}, name="a")
    assert bytes(Archive(book).get_entry_by_path("f").get_item().content) == film.read_bytes()
    assert book.stat().st_size > 5_000_000


def test_the_same_uuid_gives_the_same_file(tmp_path: Path) -> None:
    first, second = (
        bake_zim(tmp_path / name, PAGES, name="a", uuid=UUID(int=3)).read_bytes() for name in ("1.zim", "2.zim")
    )
    different = sum(a != b for a, b in zip(first, second, strict=True))
    assert different <= 32  # Xapian's own number, and the checksum over it


def test_a_failure_leaves_the_older_file_and_no_litter(tmp_path: Path) -> None:
    book = bake_zim(tmp_path / "a.zim", PAGES, name="a")
    before = book.read_bytes()
    with pytest.raises(RuntimeError):
        bake_zim(book, PAGES | {"lost": Entry(tmp_path / "lost.mp4")}, name="a")
    assert [path.name for path in tmp_path.iterdir()] == ["a.zim"]
    assert book.read_bytes() == before
    with pytest.raises(OSError, match="Unable to write"):
        bake_zim(tmp_path / "none" / "a.zim", PAGES, name="a")


def test_baking_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    print("before")
    bake_zim(tmp_path / "a.zim", PAGES, name="a")
    print("after")
    assert capfd.readouterr() == ("before\nafter\n", "")


def test_damage_is_found(tmp_path: Path) -> None:
    book = bake_zim(tmp_path / "a.zim", PAGES, name="a")
    size = book.stat().st_size
    damage(book, -100, b"\xff\xff")
    assert book.stat().st_size == size
    assert not Archive(book).check()


def test_a_split_book_reads_the_same(tmp_path: Path) -> None:
    book = bake_zim(tmp_path / "a.zim", PAGES, name="a")
    size = book.stat().st_size
    parts = split_zim(book, size // 2 + 1)
    assert [part.name for part in parts] == ["a.zimaa", "a.zimab"]
    assert sum(part.stat().st_size for part in parts) == size
    assert not book.exists()
    assert Archive(book).has_entry_by_path("style.css")
    with pytest.raises(ValueError, match="cannot be cut"):
        split_zim(parts[0], 0)


@pytest.mark.skipif(shutil.which("zimcheck") is None, reason="zimcheck (Debian: zim-tools) is not installed")
def test_zimcheck_finds_nothing_wrong(tmp_path: Path) -> None:
    book = bake_zim(tmp_path / "a.zim", PAGES, name="a", title="Sách", main_path="bài/vải thiều.html")
    subprocess.run(["zimcheck", "-C", "-P", "-U", "-L", book], check=True, capture_output=True)
