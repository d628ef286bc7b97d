"""A hostile book and a hostile phone against the whole website: each fault that was found once stays mended."""

from __future__ import annotations

import io
import lzma
import random
import re
import resource
import struct
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from library.admission import Checker
from library.codes.code_book import hashed_code
from library.config import LibraryConfig
from library.errors import PageTooLargeError
from library.keeper import Keeper
from library.listing import read_listing
from library.testing import Crafted, Entry, bake_zim, craft_zim
from library.zim_tables import MAGIC, PartedFile, ZimTables

HUB = "localhost:8080"
MEGABYTE = 1024 * 1024
NO_PAGE = 0xFFFFFFFF
Open = Callable[[Path], Any]
"""Opens a whole website over the ZIM files of a folder; see conftest.py."""


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A folder for hostile books."""
    folder = tmp_path / "books"
    folder.mkdir()
    return folder


def bake_bomb(path: Path, *, unpacked: int, name: str = "bomb", compression: str = "zstd") -> Path:
    """A small file, one cluster of which unpacks to ``unpacked`` bytes before a page of some letters is reached."""
    entries = {
        "index.html": Entry("<p>harmless", "Home", compress=False),
        "a-zeros.bin": Entry(bytes(unpacked), mimetype="application/octet-stream", compress=True),
        "page.html": Entry("<p>after the zeros", "Page", compress=True),
    }
    return bake_zim(
        path,
        entries,
        name=name,
        title=name,
        main_path="index.html",
        compression=compression,
        cluster_bytes=2 * unpacked,
    )


def test_a_small_file_does_not_unpack_into_all_memory(content: Path, open_any_site: Open) -> None:
    bomb = bake_bomb(content / "bomb.zim", unpacked=80 * MEGABYTE)
    assert bomb.stat().st_size < MEGABYTE
    site = open_any_site(content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert site.page("bomb", "page.html").status == 503
    assert site.page("bomb", "a-zeros.bin").status == 503
    assert site.page("bomb", "index.html").body == b"<p>harmless"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024  # KiB


def test_a_cluster_larger_than_usual_can_still_be_read(content: Path, open_any_site: Open) -> None:
    bake_bomb(content / "large.zim", unpacked=8 * MEGABYTE, name="large")
    site = open_any_site(content)
    assert site.page("large", "page.html").body == b"<p>after the zeros"
    assert len(site.page("large", "a-zeros.bin").body) == 8 * MEGABYTE


@pytest.mark.parametrize(("zeros", "refused"), [(MEGABYTE, False), (60 * MEGABYTE, True)])
def test_pages_compressed_as_xz_are_measured_too(tmp_path: Path, zeros: int, refused: bool) -> None:
    offsets = struct.pack("<III", 12, 12 + zeros, 12 + zeros + 4)
    cluster = b"\x04" + lzma.compress(offsets + bytes(zeros) + b"page")  # our baker writes no xz
    dirent = struct.pack("<HBcIII", 0, 0, b"C", 0, 0, 1) + b"page\0\0"
    fields = (MAGIC, 6, 1, bytes(16), 1, 1, 80, 0, 88, 80, NO_PAGE, NO_PAGE, 96 + len(dirent) + len(cluster))
    header = struct.pack("<IHH16sIIQQQQIIQ", *fields)
    pointers = struct.pack("<QQ", 96, 96 + len(dirent))
    file = tmp_path / "xz.zim"
    file.write_bytes(header + pointers + dirent + cluster)
    tables = ZimTables(PartedFile([file]))
    with pytest.raises(PageTooLargeError) if refused else nullcontext():
        tables.ensure_modest(tables.place(0))


@pytest.mark.parametrize("spoilt", [b"", b"\0" * 900, b'{"books": [', b'[{"books": 1}]', bytes(range(256))])
def test_a_spoilt_list_of_books_stops_no_reader_and_is_written_anew(
    content: Path, open_site: Open, spoilt: bytes
) -> None:
    bake_zim(content / "a.zim", {"a.html": Entry("<p>a", "A")}, name="a", title="A")
    site = open_site(content)
    state = site.config.paths.state
    assert site.page("a", "a.html").status == 200
    (state / "shelf.json").write_bytes(spoilt)
    assert site.page("a", "a.html").status == 200
    assert site.ask("/tu-sach", HUB).status == 200
    config = LibraryConfig(settle_s=0)
    keeper = Keeper(content, state, config, Checker(config), lambda path, data: path.write_bytes(data))
    for _ in range(3):
        keeper.tick()
    assert [line.file for line in read_listing(state / "shelf.json").books] == ["a.zim"]
    (state / "shelf.json").write_bytes(spoilt)
    keeper.tick()
    assert [line.file for line in read_listing(state / "shelf.json").books] == ["a.zim"]


@pytest.mark.parametrize("file", ["codes.sqlite", "verdicts.sqlite", "accounts.sqlite"])
@pytest.mark.parametrize("spoilt", [b"", bytes(20_000), bytes(range(1, 255)) * 80])
def test_a_spoilt_database_stops_no_reader(content: Path, open_site: Open, file: str, spoilt: bytes) -> None:
    bake_zim(content / "a.zim", {"a.html": Entry("<p>a", "A")}, name="a", title="A")
    site = open_site(content)
    book, page = hashed_code("a", ""), hashed_code("a", "a.html")
    assert site.ask("/sach/a/ma?trang=a.html", HUB).status == 200
    (site.config.paths.state / file).write_bytes(spoilt)
    for address in ("/", "/tu-sach", "/sach/a/", "/tim?q=a", "/trang-thai", "/api/shelf", "/sach/a/ma?trang=a.html"):
        assert site.ask(address, HUB).status == 200
    assert site.ask(f"/q/{book}", HUB).headers["Location"] == "/sach/a/"
    assert site.ask(f"/q/{page}", HUB).headers["Location"].endswith("/doc/a/a.html")
    assert site.page("a", "a.html").status == 200


@pytest.mark.parametrize("host", ["localhost:99999", "localhost:65536", "localhost:8080@evil", "[::1]:70000"])
def test_a_host_with_an_impossible_port_is_a_stranger(content: Path, open_site: Open, host: str) -> None:
    site = open_site(content)
    assert site.ask("/trang/a", host).status == 421
    assert site.ask("/", "localhost:").status == 200


def begin(site: Any, path: str, said: list[str] | None = None) -> Iterable[bytes]:
    """Ask the books' host and read nothing yet."""
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "HTTP_HOST": f"sach.{HUB}", "QUERY_STRING": ""}
    environ |= {"SERVER_NAME": "x", "SERVER_PORT": "80", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO()}
    answer: Iterable[bytes] = site.door(environ, lambda status, headers, exc_info=None: (said or []).append(status))
    return answer


def test_a_target_that_is_no_path_is_refused(content: Path, open_site: Open) -> None:
    said = [""]
    begin(open_site(content), "*", said)
    assert said[1] == "400 BAD REQUEST"


@pytest.mark.parametrize("name", ["If-Modified-Since", "If-Unmodified-Since", "If-Range"])
@pytest.mark.parametrize("year", ["9" * 20, "0000", "2000 00:00:00 +9999999999999999"])
def test_dates_beyond_all_calendars_are_not_obeyed(content: Path, open_site: Open, name: str, year: str) -> None:
    bake_zim(content / "a.zim", {"a.html": Entry("<p>a", "A")}, name="a", title="A")
    site = open_site(content)
    headers = {name: f"Mon, 01 Jan {year} 00:00:00 GMT", "Range": "bytes=0-1"}
    assert site.page("a", "a.html", headers=headers).status in {200, 206}
    assert site.ask("/static/hub.css", HUB, headers=headers).status in {200, 206}


def test_many_slow_readers_of_unpacked_pages_share_them(content: Path, open_any_site: Open) -> None:
    data = random.Random(1).randbytes(MEGABYTE) * 20
    film = Entry(data, mimetype="video/mp4", compress=True)
    bake_zim(content / "a.zim", {"a.html": Entry("<p>a", "A"), "film.mp4": film}, name="a", title="A")
    site = open_any_site(content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    stalled = [begin(site, "/trang/a/film.mp4") for _ in range(10)]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 90 * 1024  # KiB; 10 × 20 MB were 200 more
    assert b"".join(stalled[3]) == data


HOSTILE = '\x1b[31m"><script>alert(1)</script>\u202e\u2028\n' + "word " * 9000


def test_what_a_book_says_of_itself_stays_one_line_of_words(content: Path, open_any_site: Open) -> None:
    said = dict.fromkeys(("Publisher", "Creator", "Description", "Date"), HOSTILE)
    bake_zim(
        content / "a.zim", {"a.html": Entry("<p>a", "A")}, name="a", title=HOSTILE, language=HOSTILE, metadata=said
    )
    (content / f"b{HOSTILE[:60].replace('/', '')}.zim").write_bytes(b"junk")
    site = open_any_site(content)
    for address in (
        "/",
        "/tu-sach",
        "/trang-thai",
        "/sach/a/",
        "/sach/a/ma",
        "/tim?q=word",
        "/q/1111111",
        "/api/shelf",
    ):
        answer = site.ask(address, HUB)
        assert len(answer.body) < 20_000, address
        assert not {"\x1b", "\u202e", "\u2028"} & set(answer.text)
        scripts = [] if address.startswith("/api/") else re.findall("<script[^>]*>", answer.text)
        assert all(
            re.fullmatch(r'<script src="/static/[a-z-]+\.js\?v=[0-9a-f]{10}"( defer)?>', tag) for tag in scripts
        ), scripts
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_titles_of_megabytes_make_no_page_of_megabytes(content: Path, open_any_site: Open) -> None:
    entries = [Crafted(f"A/{number}.html", b"<p>", title="Y" * 500_000) for number in range(4)]
    entries += [Crafted(f"A/{'z' * 5000}", b"<p>"), Crafted("M/Name", b"a", mimetype="text/plain")]
    craft_zim(content / "a.zim", entries, main="A/0.html")
    site = open_any_site(content)
    for address in ("/sach/a/", "/sach/a/ma?trang=1.html", "/tim?q=yyy"):
        assert len(site.ask(address, HUB).body) < 30_000
    assert site.ask("/sach/a/", HUB).text.count('<li><a class="read"') == 4


@pytest.mark.parametrize(("side", "status"), [(48, 200), (30_000, 404)])
def test_a_cover_that_unpacks_to_gigabytes_is_none(content: Path, open_any_site: Open, side: int, status: int) -> None:
    head = b"IHDR" + struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    picture = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + bytes(4)
    bake_zim(content / "a.zim", {"a.html": Entry("<p>a", "A")}, name="a", title="A", illustration_png=picture)
    site = open_any_site(content)
    assert site.ask("/sach/a/bia", HUB).status == status
    assert site.ask("/sach/a/bia/0", HUB).status == (302 if status == 200 else status)


@pytest.mark.parametrize(
    "path", ["../../quan-tri", "//evil.example/x", "\\\\evil.example", "javascript:alert(1)", "%2e%2e"]
)
def test_no_path_in_a_book_leads_to_another_machine(content: Path, open_site: Open, path: str) -> None:
    entries = {path: Entry("<p>x", "X"), "b": Entry("<p>y", "Y")}
    bake_zim(content / "a.zim", entries, name="a", title="A", main_path=path, redirects={"r": ("R", path)})
    site = open_site(content)
    for address in ("/trang/a", "/trang/a/", "/trang/a/r"):
        assert site.ask(address).headers["Location"].startswith("/trang/a/")
    page = site.ask("/sach/a/", HUB).text
    assert all(
        link.startswith((f"http://sach.{HUB}/trang/a/", "/", "#main")) for link in re.findall('href="([^"]*)"', page)
    )
    assert not re.search('href="(//|/[\\\\])', page)
    assert site.page("a", path).body == b"<p>x"
