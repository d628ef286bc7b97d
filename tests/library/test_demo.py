"""The demo shelf is whole: its links lead somewhere, its words can be read, its film plays, and it is baked once."""

import json
import os
import re
import shutil
import subprocess
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import pytest
from libzim.reader import Archive

from library import demo
from library.rights import Rights, Use, rights_in_metadata

LEGAL_NAMESPACES = "http://www.w3.org/2000/svg"
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")


def run(args: Sequence[str]) -> str:
    return subprocess.run(args, check=True, capture_output=True, text=True).stdout


class Page(HTMLParser):
    """What a test wants to know about a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.pictures: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.problems: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.problems += self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        self.links += [values[name] or "" for name in ("href", "src", "poster") if name in values]
        self.pictures += [
            values[name] or "" for name in ("src", "poster") if name in values and tag in ("img", "video")
        ]
        if tag == "img" and "alt" not in values:
            self.problems.append("a picture without alt")
        if tag not in ("meta", "link", "img", "source"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        if "main" in self._open:
            self.words += data.split()


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    said: list[str] = []
    books = demo.bake(tmp_path_factory.mktemp("content"), run, said.append)
    assert said[0] == "Baking the demo book tu-sach-demo_vi.zim."
    return books


@pytest.fixture(scope="module", params=[0, 1], ids=["tu-sach", "handbook"])
def archive(request: pytest.FixtureRequest, shelf: list[Path]) -> Archive:
    return Archive(shelf[request.param])


def texts(archive: Archive, mimetype: str) -> dict[str, str]:
    entries = (archive._get_entry_by_id(number) for number in range(archive.all_entry_count))
    items = [entry.get_item() for entry in entries if not entry.is_redirect]
    return {item.path: bytes(item.content).decode() for item in items if item.mimetype == mimetype}


def article_texts(archive: Archive) -> Iterator[tuple[str, Page]]:
    for path, html in texts(archive, "text/html").items():
        if path.startswith("pages/"):
            yield path, Page(html)


def test_both_books_open_and_say_who_they_are(shelf: list[Path]) -> None:
    facts = []
    for path in shelf:
        archive = Archive(path)
        assert archive.check()
        assert archive.main_entry.get_item().path == "index.html"
        assert bytes(archive.get_illustration_item(48).content).startswith(b"\x89PNG")
        for fact in ("Title", "Creator", "Publisher", "Description", "LongDescription", "Date", "Tags", "License"):
            assert archive.get_metadata(fact).decode(), fact
        rights = rights_in_metadata(archive.get_metadata("X-Hub-Rights").decode())
        assert rights == Rights(archive.get_metadata("Creator").decode(), "CC BY-SA 4.0", tuple(Use))
        assert len(archive.get_metadata("Title").decode()) <= 30
        assert len(archive.get_metadata("Description").decode()) <= 80
        facts.append((path.name, archive.get_metadata("Name").decode(), archive.get_metadata("Language").decode()))
    assert facts == [
        ("tu-sach-demo_vi.zim", "tu-sach-demo_vi", "vie"),
        ("village-handbook-demo_en.zim", "village-handbook-demo_en", "eng"),
    ]


def test_there_is_something_to_read(shelf: list[Path]) -> None:
    vietnamese, english = (list(article_texts(Archive(path))) for path in shelf)
    assert len(vietnamese) >= 14
    assert len(english) >= 6
    assert [(path, len(page.words)) for path, page in vietnamese + english if not 250 <= len(page.words) <= 600] == []


def test_every_link_leads_to_an_entry_of_the_same_book(archive: Archive) -> None:
    lost = []
    for path, html in texts(archive, "text/html").items():
        page = Page(html)
        assert page.problems == [], path
        for link in page.links:
            parts = urlsplit(link)
            assert not parts.scheme and not parts.netloc and not parts.path.startswith("/"), (path, link)
            target = os.path.normpath(PurePosixPath(path).parent / unquote(parts.path))
            if not archive.has_entry_by_path(target):
                lost.append((path, link))
    assert lost == []


def test_every_page_has_a_picture_with_a_title_and_is_used(archive: Archive) -> None:
    shown = set()
    for path, page in article_texts(archive):
        assert page.pictures, path
        shown |= {PurePosixPath(picture).name for picture in page.pictures}
    drawings = texts(archive, "image/svg+xml")
    for path, svg in drawings.items():
        assert re.search(r"<title>[^<]+</title>", svg), path
    main = Page(texts(archive, "text/html")["index.html"])
    assert {PurePosixPath(path).name for path in drawings} <= shown | {
        PurePosixPath(picture).name for picture in main.pictures
    }


def test_nothing_leads_outside(archive: Archive) -> None:
    for mimetype in ("text/html", "text/css", "image/svg+xml"):
        for path, text in texts(archive, mimetype).items():
            outside = r"https?://|[\"'(]\s*//|@import|<script|<iframe|\son\w+="
            assert not re.search(outside, text.replace(LEGAL_NAMESPACES, "")), path


def test_all_text_is_composed_unicode(archive: Archive) -> None:
    for mimetype in ("text/html", "text/css", "image/svg+xml"):
        for path, text in texts(archive, mimetype).items():
            assert unicodedata.is_normalized("NFC", text), path
    for fact in archive.metadata_keys:
        if not fact.startswith("Illustration"):
            assert unicodedata.is_normalized("NFC", archive.get_metadata(fact).decode()), fact


def test_the_books_say_that_they_are_demos(shelf: list[Path]) -> None:
    for path, words in zip(shelf, ("Đây là sách chạy thử.", "This is a demo book."), strict=True):
        assert words in texts(Archive(path), "text/html")["index.html"]


def test_pages_can_be_turned_from_the_first_to_the_last(archive: Archive) -> None:
    pages = texts(archive, "text/html")
    cards = [link for link in Page(pages["index.html"]).links if link.startswith("pages/")]
    turned = [cards[0]]
    while found := re.search(r'rel="next" href="([^"]+)"', pages[turned[-1]]):
        assert f'rel="prev" href="{PurePosixPath(turned[-1]).name}"' in pages[f"pages/{found[1]}"]
        turned.append(f"pages/{found[1]}")
    assert turned == cards
    assert set(turned) == {path for path in pages if path.startswith("pages/")}


def test_pages_on_illness_lead_to_the_health_station(shelf: list[Path]) -> None:
    pages = texts(Archive(shelf[0]), "text/html")
    for path in ("tre-sot", "tieu-chay", "ran-can"):
        assert "trạm y tế" in pages[f"pages/{path}.html"]
        assert "115" in pages[f"pages/{path}.html"]


@needs_ffmpeg
@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")
def test_the_film_plays_everywhere(shelf: list[Path], tmp_path: Path) -> None:
    archive = Archive(shelf[0])
    path = "video/mot-ngay-o-ban.mp4"
    content = bytes(archive.get_entry_by_path(path).get_item().content)
    assert 100_000 < len(content) < 700_000
    assert 0 < content.index(b"moov") < content.index(b"mdat")
    assert content in shelf[0].read_bytes()  # stored as it is, so that ranges of it can be read
    film = tmp_path / "film.mp4"
    film.write_bytes(content)
    shown = "stream=codec_name,pix_fmt,profile,width,height:format=duration"
    told = json.loads(run(["ffprobe", "-v", "error", "-show_entries", shown, "-of", "json", str(film)]))
    picture, sound = told["streams"]
    assert (picture["codec_name"], picture["pix_fmt"], picture["width"], picture["height"]) == (
        "h264",
        "yuv420p",
        640,
        360,
    )
    assert "Baseline" in picture["profile"]
    assert sound["codec_name"] == "aac"
    assert float(told["format"]["duration"]) == pytest.approx(12, abs=0.2)
    assert "<video controls" in texts(archive, "text/html")["pages/mot-ngay-o-ban.html"]


@pytest.mark.skipif(shutil.which("zimcheck") is None, reason="zimcheck (Debian: zim-tools) is not installed")
def test_zimcheck_finds_nothing_wrong(shelf: list[Path]) -> None:
    # Not its --integrity: it wants the title table that libzim 9.4 and later no longer write (format 6.3).
    checks = ["--checksum", "--metadata", "--favicon", "--main", "--redundant", "--redirect_loop"]
    for path in shelf:
        told = subprocess.run(
            ["zimcheck", *checks, "--url_internal", "--url_external", "--empty", path],
            check=False,
            capture_output=True,
            text=True,
        )
        assert told.returncode == 0, told.stdout + told.stderr


def without_film(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _program: None)


def no_run(args: Sequence[str]) -> str:
    raise AssertionError(f"nothing is to be run, but {args} was")


def test_a_second_call_touches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_film(monkeypatch)
    books = demo.bake(tmp_path / "new" / "content", no_run, lambda _: None)
    before = [path.stat().st_mtime_ns for path in books]
    said: list[str] = []
    assert demo.bake(tmp_path / "new" / "content", no_run, said.append) == books
    assert said == []
    assert [path.stat().st_mtime_ns for path in books] == before
    assert sorted(path.name for path in books[0].parent.iterdir()) == sorted(path.name for path in books)


def test_without_ffmpeg_the_book_comes_without_its_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_film(monkeypatch)
    said: list[str] = []
    archive = Archive(demo.bake(tmp_path, no_run, said.append)[0])
    assert "ffmpeg is not installed, so tu-sach-demo_vi.zim comes without its film." in said
    assert not archive.has_entry_by_path("video/mot-ngay-o-ban.mp4")
    page = texts(archive, "text/html")["pages/mot-ngay-o-ban.html"]
    assert "<video" not in page
    assert "chưa có phim" in page


def test_a_film_that_fails_is_tried_again_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: f"/usr/bin/{program}")

    def failing(args: Sequence[str]) -> str:
        raise RuntimeError("no such encoder")

    said: list[str] = []
    demo.bake(tmp_path, failing, said.append)
    assert any("no such encoder" in line for line in said)

    def working(args: Sequence[str]) -> str:
        Path(args[-1]).write_bytes(b"film")
        return ""

    archive = Archive(demo.bake(tmp_path, working, said.append)[0])
    assert bytes(archive.get_entry_by_path("video/mot-ngay-o-ban.mp4").get_item().content) == b"film"
    assert demo.bake(tmp_path, no_run, no_run)


def test_changed_words_are_baked_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_film(monkeypatch)
    words = tmp_path / "words"
    shutil.copytree(demo.CONTENT, words)
    monkeypatch.setattr(demo, "CONTENT", words)
    first = [Archive(path).uuid for path in demo.bake(tmp_path / "content", no_run, lambda _: None)]
    page = words / "handbook" / "pages" / "on-the-hills.html"
    page.write_text(page.read_text("utf-8").replace("beautiful", "lovely"), "utf-8")
    books = demo.bake(tmp_path / "content", no_run, lambda _: None)
    assert Archive(books[0]).uuid == first[0]
    assert Archive(books[1]).uuid != first[1]
    assert "lovely" in texts(Archive(books[1]), "text/html")["pages/on-the-hills.html"]


def test_a_broken_or_interrupted_bake_is_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_film(monkeypatch)
    (tmp_path / "tu-sach-demo_vi.zim").write_bytes(b"ZIM")
    (tmp_path / ".tu-sach-demo_vi.zim.0123abcd.baking").write_bytes(b"half")
    (tmp_path / ".tu-sach-demo_vi.zim.0123abcd.baking.tmp").write_bytes(b"half")
    (tmp_path / "own-book.zim").write_bytes(b"not ours")
    books = demo.bake(tmp_path, no_run, lambda _: None)
    assert all(Archive(path).check() for path in books)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own-book.zim", *sorted(path.name for path in books)]


def test_two_demos_at_once_bake_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_film(monkeypatch)
    said: list[str] = []
    demos = [threading.Thread(target=demo.bake, args=(tmp_path, no_run, said.append)) for _ in range(3)]
    for each in demos:
        each.start()
    for each in demos:
        each.join()
    assert sum(line.startswith("Baking") for line in said) == 2
    assert len(list(tmp_path.iterdir())) == 2
