"""How books are served: exact bytes under any path, ranges, validators, compression, walls, and kind answers."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from markupsafe import Markup

from library.codes.code_book import CodeBook, hashed_code, spoken
from library.errors import ShelfUnavailableError
from library.shelf import Shelf
from library.slugs import slug
from library.testing import Crafted, Entry, bake_zim, craft_zim

if TYPE_CHECKING:
    from tests.system.conftest import Answer, Site

    MakeSite = Callable[[Path, Path], Site]

HUB = "localhost:8080"
NFC, NFD = (unicodedata.normalize(form, "ướt") for form in ("NFC", "NFD"))
TEXT = "<p>Vải thiều Lục Ngạn</p>" * 400
FILM = bytes(range(256)) * 4000
ODD = [
    "a b.html", "a?b=c&d.html", "a#b.html", "50%.html", "a%20b.html", "a%2Fb.html", NFC, NFD, "/leading", "//two",
    "a//b", "trailing/", "a;b=c", "a+b", "a&b", "a'b\"c", "<script>", "a\\b", "a:b", "@a", "~a", "😀", "\x01control",
    "tab\there", "..dots", "...", "a..b", "%", "%%", "%zz", "lang", "C/inner", "A/inner", "x" * 1000,
]  # fmt: skip


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("content")
    bake_zim(
        folder / "main_2024-01.zim",
        {
            "main.html": Entry(TEXT, "Trang đầu"),
            "tiny.txt": Entry("a", mimetype="text/plain", front=False),
            "empty.txt": Entry("", mimetype="text/plain", front=False),
            "latin.html": Entry("café".encode("latin-1")),
            "stated.html": Entry("<p>x</p>", mimetype="text/html; charset=utf-8"),
            "p.png": Entry(b"\x89PNG\r\n\x1a\n" + bytes(3000), mimetype="image/png"),
            "film.webm": Entry(FILM, mimetype="video/webm", compress=False),
            "packed.webm": Entry(FILM, mimetype="video/webm", compress=True),
            "s.css": Entry("p{}" * 400, mimetype="text/css", front=False),
        },
        name="main",
        title="Sách chính",
        main_path="main.html",
        redirects={"cũ": ("Cũ", "main.html"), "cũ nữa": ("Cũ nữa", "cũ")},
        metadata={"X-Hub-Codes": json.dumps({"K7M2QXA": "film.webm", "K7M2QXB": "removed.html"}), "Date": "2024-01-01"},
    )
    bake_zim(folder / "odd.zim", {path: Entry(f"this is {path!r}", "Odd") for path in ODD}, name="odd")
    bake_zim(folder / "named.zim", {"x y": Entry("named")}, name="Tủ sách/bản Trại Mới?")
    bake_zim(folder / "Không tên_2024-05.zim", {"x": Entry("no name")}, name=None)
    craft_zim(
        folder / "crafted.zim",
        [
            Crafted("C/main", b"<p>main</p>"),
            Crafted("C/evil", b"evil", "text/html\r\nX-Evil: 1\r\n\r\n<script>"),
            Crafted("C/none", b"none", "none"),
            Crafted("C/self", redirect="C/self"),
            Crafted("C/loop1", redirect="C/loop2"),
            Crafted("C/loop2", redirect="C/loop1"),
            *(Crafted(f"C/step{n:02}", redirect=f"C/step{n + 1:02}") for n in range(40)),
            Crafted("C/step40", b"the end"),
            Crafted("M/Name", b"crafted"),
        ],
        version=(6, 1),
        main="C/loop1",
    )
    craft_zim(folder / "pathless.zim", [Crafted("C/", b"at no path"), Crafted("C/x", b"x")], version=(6, 1), main="C/")
    (folder / "broken.zim").write_bytes(b"ZIM\x04" + bytes(200))
    return folder


@pytest.fixture(scope="module")
def site(content: Path, tmp_path_factory: pytest.TempPathFactory, make_site: MakeSite) -> Site:
    return make_site(content, tmp_path_factory.mktemp("data"))


def film(site: Site, **headers: str) -> Answer:
    return site.page("main", "film.webm", headers={name.replace("_", "-"): text for name, text in headers.items()})


def test_odd_paths_lead_to_their_own_bytes(site: Site, address_of: Callable[[str, str], str]) -> None:
    assert set(site.books()) >= {"odd", "main", "crafted"}
    for path in ODD:
        for answer in (site.page("odd", path), site.ask(address_of("odd", path))):
            assert (answer.status, answer.body) == (200, f"this is {path!r}".encode()), path
    assert NFC != NFD
    listed = site.ask("/sach/odd/", host=HUB).text
    assert listed.count('href="/doc/odd/') >= len(ODD)


def test_every_link_of_a_books_page_works(site: Site) -> None:
    from html import unescape

    text = site.ask("/sach/odd/", host=HUB).text
    links = {unescape(link) for link in re.findall(r'href="([^"]*)"', text)}
    reads = {link for link in links if link.startswith("/doc/odd/")}
    codes = {link for link in links if "/ma" in link}
    assert len(reads) >= len(ODD)
    assert len(codes) >= len(ODD)
    for link in reads:
        desk = site.ask(link, host=HUB)
        assert desk.status == 200, link
        framed = unescape(re.findall(r'<iframe[^>]* src="([^"]*)"', desk.text)[0])
        assert framed.startswith("http://sach.localhost:8080/doc-trang/odd/")
        assert site.ask(framed.removeprefix("http://sach.localhost:8080")).status == 200, link
        assert site.ask(link).headers["Location"] == f"http://{HUB}{link}", "the desk stands on the hub's own host"
    for link in codes:
        assert site.ask(link, host=HUB).status == 200, link


def test_names_that_are_no_address(site: Site) -> None:
    name = "Tủ sách/bản Trại Mới?"
    assert site.books()[slug(name)] == "named.zim"
    assert site.page(slug(name), "x y").body == b"named"
    assert site.ask(f"/sach/{slug(name)}/", host=HUB).status == 200
    assert site.page(slug("Không tên"), "x").body == b"no name"


def test_one_range(site: Site) -> None:
    for asked, start, stop in (
        ("bytes=0-0", 0, 1),
        ("bytes=5-9", 5, 10),
        ("bytes=100-", 100, len(FILM)),
        ("bytes=-7", len(FILM) - 7, len(FILM)),
        (f"bytes=-{len(FILM) * 2}", 0, len(FILM)),
        (f"bytes=10-{10**30}", 10, len(FILM)),
        ("bytes=300000-700000", 300000, 700001),
    ):
        answer = film(site, Range=asked)
        assert answer.status == 206, asked
        assert answer.body == FILM[start:stop], asked
        assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(FILM)}"
        assert answer.headers["Content-Length"] == str(stop - start)
        assert answer.headers["Accept-Ranges"] == "bytes"


def test_a_range_beyond_the_end(site: Site) -> None:
    for asked in (f"bytes={len(FILM)}-", f"bytes={10**40}-"):
        answer = film(site, Range=asked)
        assert (answer.status, answer.body) == (416, b"")
        assert answer.headers["Content-Range"] == f"bytes */{len(FILM)}"
    assert site.page("main", "empty.txt", headers={"Range": "bytes=0-"}).status == 416
    assert site.page("main", "empty.txt").status == 200


def test_other_ranges_get_the_whole_page(site: Site) -> None:
    for asked in ("bytes=0-1,4-5", "bytes=9-5", "bytes=a-b", "bytes", "lines=1-2", "bytes=" + "9" * 6000 + "-", "\xff"):
        answer = film(site, Range=asked)
        assert answer.status == 200, asked[:20]
        assert len(answer.body) == len(FILM)


def test_if_range(site: Site) -> None:
    tag = film(site).headers["ETag"]
    for condition, status in (
        (tag, 206),
        (f"W/{tag}", 200),
        ('"other"', 200),
        ("Mon, 23 Nov 2026 20:00:00 GMT", 200),
        ("rubbish", 200),
    ):
        answer = film(site, Range="bytes=1-2", If_Range=condition)
        assert answer.status == status, condition
        assert answer.body == (FILM[1:3] if status == 206 else FILM)


def test_ranges_of_texts_are_of_the_plain_bytes(site: Site) -> None:
    answer = site.page("main", "main.html", headers={"Range": "bytes=3-9", "Accept-Encoding": "gzip"})
    assert (answer.status, answer.body) == (206, TEXT.encode()[3:10])
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize(
    "path", ["main.html", "film.webm", "packed.webm", "empty.txt", "tiny.txt", "latin.html", "cũ", "no"]
)
@pytest.mark.parametrize("headers", [{}, {"Accept-Encoding": "gzip"}, {"Range": "bytes=0-0"}, {"If-None-Match": "*"}])
def test_head_says_what_get_says(site: Site, path: str, headers: dict[str, str]) -> None:
    got, asked = (site.page("main", path, headers=headers, method=method) for method in ("GET", "HEAD"))
    assert asked.status == got.status
    assert asked.headers == got.headers
    assert asked.body == b""


def test_validators(site: Site) -> None:
    plain = site.page("main", "main.html")
    packed = site.page("main", "main.html", headers={"Accept-Encoding": "gzip"})
    tags = plain.headers["ETag"], packed.headers["ETag"]
    assert all(re.fullmatch(r'"[!-~]+"', tag) for tag in tags)  # strong
    assert tags[0] != tags[1]
    others = {site.page("main", path).headers["ETag"] for path in ("film.webm", "s.css", "p.png")}
    assert len({*tags, *others}) == 5
    for accepted, tag in (({}, tags[0]), ({"Accept-Encoding": "gzip"}, tags[1])):
        for condition in (tag, f'"a", {tag}, "b"', "*", f"W/{tag}"):
            answer = site.page("main", "main.html", headers={**accepted, "If-None-Match": condition})
            assert (answer.status, answer.body) == (304, b""), condition
            assert answer.headers["ETag"] == tag
            assert answer.headers["Vary"] == "Accept-Encoding"
            assert answer.headers["Cache-Control"]
        for condition in ('"a"', "rubbish", ""):
            assert site.page("main", "main.html", headers={**accepted, "If-None-Match": condition}).status == 200
    assert film(site, If_None_Match=film(site).headers["ETag"], Range="bytes=0-1").status == 304


@pytest.mark.parametrize(
    ("accepted", "zipped"),
    [
        ("gzip", True), ("deflate, gzip;q=0.5", True), ("*", True), ("GZIP", True), ("gzip, br, zstd", True),
        ("", False), ("identity", False), ("gzip;q=0", False), ("gzip;q=0.0, *", False), ("br", False),
        ("*;q=0", False), ("gzip;q=rubbish", None), (";;;,,,", False),
    ],
)  # fmt: skip
def test_texts_are_compressed_only_where_asked(site: Site, accepted: str, zipped: bool | None) -> None:
    for _ in range(2):  # made, then kept
        answer = site.page("main", "main.html", headers={"Accept-Encoding": accepted})
        assert answer.headers["Vary"] == "Accept-Encoding"
        if zipped is not None:
            assert (answer.headers.get("Content-Encoding") == "gzip") is zipped
        body = gzip.decompress(answer.body) if "Content-Encoding" in answer.headers else answer.body
        assert body == TEXT.encode()
        assert answer.headers["Content-Length"] == str(len(answer.body))


def test_pictures_and_films_stay_as_they_are(site: Site) -> None:
    for path in ("p.png", "film.webm", "packed.webm"):
        answer = site.page("main", path, headers={"Accept-Encoding": "gzip"})
        assert "Content-Encoding" not in answer.headers
    assert site.page("main", "packed.webm", headers={"Range": "bytes=-5"}).body == FILM[-5:]


def test_media_types(site: Site) -> None:
    for path, expected in (
        ("main.html", "text/html; charset=utf-8"),
        ("stated.html", "text/html; charset=utf-8"),
        ("s.css", "text/css; charset=utf-8"),
        ("tiny.txt", "text/plain; charset=utf-8"),
        ("latin.html", "text/html"),
        ("p.png", "image/png"),
        ("film.webm", "video/webm"),
    ):
        for accepted in ("", "gzip"):
            answer = site.page("main", path, headers={"Accept-Encoding": accepted})
            assert answer.headers["Content-Type"] == expected, path


def test_a_media_type_cannot_break_a_header(site: Site) -> None:
    answer = site.page("crafted", "evil")
    assert (answer.status, answer.body) == (200, b"evil")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert "X-Evil" not in answer.headers
    assert site.page("crafted", "none").headers["Content-Type"] == "application/octet-stream"


def test_redirects_take_one_step(site: Site) -> None:
    for path in ("cũ", "cũ nữa"):
        answer = site.page("main", path)
        assert (answer.status, answer.headers["Location"]) == (302, "/trang/main/main.html")
    assert site.ask("/trang/main/").headers["Location"] == "/trang/main/main.html"
    assert site.ask("/trang/main").headers["Location"] == "/trang/main/main.html"


def test_redirects_in_a_circle_end(site: Site) -> None:
    for path in ("self", "loop1", "loop2", "step00"):
        assert site.page("crafted", path).status == 404, path
    assert site.page("crafted", "step38").headers["Location"] == "/trang/crafted/step40"
    assert site.ask("/trang/crafted/").status == 302  # the main page is a circle: the first article takes its place
    assert site.ask("/sach/crafted/", host=HUB).status == 200


def test_a_main_page_without_a_path(site: Site) -> None:
    assert site.ask("/trang/pathless/").body == b"at no path"


def test_walls_around_books(site: Site) -> None:
    for path in ("main.html", "film.webm", "cũ", "p.png"):
        for headers in ({}, {"Range": "bytes=0-0"}, {"If-None-Match": "*"}, {"Range": "bytes=99999999-"}):
            answer = site.page("main", path, headers=headers)
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'self' http://sach.localhost:8080" in policy
            assert "frame-ancestors 'self' http://localhost:8080" in policy
            assert "sandbox" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("host", ["192.168.4.1:8080", "127.0.0.1", "[::1]:8080", "[fe80::1]"])
def test_books_are_sandboxed_where_there_is_only_an_address(site: Site, host: str) -> None:
    for path in ("main.html", "film.webm", "s.css"):
        answer = site.page("main", path, host=host)
        assert answer.status == 200
        sandbox = answer.headers["Content-Security-Policy"].split(";")[0].split()
        assert sandbox[0] == "sandbox"
        assert "allow-scripts" in sandbox
        assert "allow-same-origin" not in sandbox
        assert "allow-top-navigation" not in sandbox
        assert f"http://{host}" in answer.headers["Content-Security-Policy"]
    assert site.ask("/", host=host).status == 200
    assert f"http://{host}/trang/main/" in site.ask("/api/shelf", host=host).text
    assert f"http://{host}/q/" in site.ask("/sach/main/ma", host=host).text


def test_no_cookie_comes_from_the_books_host(site: Site) -> None:
    from hub.statics import FOLDER

    static = next(path for path in FOLDER.iterdir() if path.suffix == ".css").name
    for target in ("/trang/main/main.html", "/trang/none/x", "/", f"/static/{static}", "/static/none", "/static/"):
        for query in ("", "?lang=en", "?lang=vi"):
            for method in ("GET", "POST", "HEAD"):
                answer = site.ask(target + query, method=method)
                assert "Set-Cookie" not in answer.headers, (target, query, method)


def test_the_hubs_own_pages_are_not_on_the_books_host(site: Site) -> None:
    for target in (
        "/",
        "/tu-sach",
        "/q/K7M2QXA",
        "/quan-tri?a=b&c=%20d",
        "/healthz",
        "/dang-nhap",
        "/trang",
        "//evil.com",
    ):
        answer = site.ask(target)
        assert (answer.status, answer.headers["Location"]) == (302, f"http://localhost:8080{target}")
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert site.ask("/dang-nhap", method=method).status in {405, 421}


def test_book_pages_on_the_hubs_host_lead_to_the_books_host(site: Site) -> None:
    for target in (
        "/trang/main/main.html",
        "/trang/odd/a%3Fb=c&d.html?x=1&y=%20",
        f"/trang/main/{'%C3%A1' * 10}",
        "/trang/",
    ):
        answer = site.ask(target, host=HUB)
        assert answer.status == 302
        assert answer.headers["Location"] == f"http://sach.localhost:8080{target}"
    assert site.ask("/trang/main/main.html", host="localhost").headers["Location"] == (
        "http://sach.localhost/trang/main/main.html"
    )
    assert site.ask("/trang/main/x", host=HUB, method="POST").status in {405, 421}


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil", "", "localhost:8080:1", "a b", "<script>", "sach.sach.localhost", "x" * 3000,
     "localhost\xff", "[::1", "[zz]", "..", "localhost:999999", "sach.127.0.0.1", "đ"],
)  # fmt: skip
def test_an_unknown_host_is_told_where_the_library_is(site: Site, host: str) -> None:
    host = host.encode("utf-8").decode("latin-1")
    for target in ("/", "/trang/main/main.html", "/healthz", "/tu-sach", "/q/K7M2QXA"):
        answer = site.ask(target, host=host)
        assert answer.status == 421, target
        assert "http://localhost:8080/" in answer.text
        assert "<script>" not in answer.text
        assert "Set-Cookie" not in answer.headers


def test_books_can_only_be_read(site: Site) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        for target in ("/trang/main/main.html", "/trang/none"):
            answer = site.ask(target, method=method)
            assert answer.status == 405
            assert answer.headers["Allow"] == "GET, HEAD"
    for target in ("/", "/tu-sach", "/q/K7M2QXA", "/api/shelf"):
        assert site.ask(target, host=HUB, method="POST").status in {400, 403, 405}


WRONG = [
    "/trang/main/..%2f..%2fetc/passwd", "/trang/..%2f..%2fetc/passwd", "/trang/main/%00", "/trang/%00/x",
    "/trang/main/main.html%00.png", "/trang/main/../main.zim", "/trang/../main_2024-01.zim",
    "/trang/main_2024-01.zim/x", "/trang/broken.zim/x", "/trang/main/nothing", "/trang//", "/trang///x",
    "/trang/main//main.html",
]  # fmt: skip


@pytest.mark.parametrize("target", WRONG)
def test_what_is_not_there(site: Site, target: str) -> None:
    for host in ("sach.localhost:8080", "10.0.0.1"):
        answer = site.ask(target, host=host)
        assert answer.status == 404
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "/tu-sach" in answer.text
        assert str(site.content) not in answer.text


@pytest.mark.parametrize("host", ["sach.localhost:8080", HUB, "10.0.0.1"])
def test_walls_around_the_hubs_own_pages(site: Site, host: str) -> None:
    for target in ("/trang/main/nothing", "/trang/none", "/nothing", "/tu-sach", "/api/nothing"):
        answer = site.ask(target, host=host)
        if answer.status != 302:
            assert "default-src 'self'" in answer.headers["Content-Security-Policy"], target
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_addresses_that_make_no_sense(site: Site) -> None:
    for target in (b"/trang/main/\xff\xfe", b"/trang/main/%ff%fe", b"/trang/%c3%28/x", b"/trang/main/%ed%a0%80"):
        assert site.ask(target).status == 400, target
    for target in ("/trang/main/" + "x" * 5000, "/trang/" + "%C3%A1" * 5000):
        assert site.ask(target).status == 414
    for target in (
        "/tim?q=" + "x" * 100_000,
        "/tu-sach?" + "a=b&" * 30_000,
        "/tim?q=%ff%fe%00",
        "/tim?" + "q" * 50_000,
    ):
        assert site.ask(target, host=HUB).status in {200, 400, 413, 414}, target[:20]
    for target in (b"/\xff", b"/%ff%fe", b"/%00", "/" + "x" * 100_000, "/..%2f..%2fetc/passwd", "/static/..%2fweb.py",
                   "/static/%00", "/static/../web.py", "/sach/%00/", "/sach/none/", "/sach/main/bia", "/sach/none/ma",
                   "/sach/main/ma?trang=nothing", "/sach/main/ma?trang=%00", "/sach/main/ma?trang=%ff",
                   "/sach/main/ma?trang=" + "x" * 20_000):  # fmt: skip
        answer = site.ask(target, host=HUB)
        assert answer.status in {400, 404, 414}, target[:40]
        assert "/tu-sach" in answer.text, target[:40]
    for page in ("0", "-1", "99999999999999999999", "x", "", "%00", "9" * 6000, "١"):
        assert site.ask(f"/sach/odd/?trang={page}", host=HUB).status == 200, page[:30]


def test_codes_lead_in_one_step(site: Site) -> None:
    def follow(code: str, place: str = "/q/") -> str:
        answer = site.ask(f"{place}{code}", host=HUB)
        assert answer.status == 302, code
        return answer.headers["Location"]

    book = hashed_code("main", "")
    for typed in (book, spoken(book), book.lower(), f"%20{book}%20"):
        assert follow(typed) == follow(typed, "/Q/") == "/sach/main/"  # labels are printed in capitals
    assert follow("k7m-2qxa") == "/tai-lieu/main/film.webm"  # claimed by the book
    assert follow("K7M2QXB") == "/sach/main/"  # claimed for a page that is not there: its book is the next best
    for path in ("main.html", "cũ", "tiny.txt"):
        text = site.ask(f"/sach/main/ma?trang={path.replace('ũ', '%C5%A9')}", host=HUB).text
        code = hashed_code("main", path)
        assert spoken(code) in text
        assert f"http://localhost:8080/q/{code}" in text
        assert "<svg" in text
        expected = "main.html" if path == "cũ" else path
        assert follow(code) == f"/doc/main/{expected}"
        assert site.ask(f"/doc/main/{expected}", host=HUB).status == 200, "one step, and no more"
    codes = CodeBook(site.config.paths.state / "codes.sqlite")
    for path in ODD:
        location = follow(codes.mint("odd", path))
        assert location.startswith("/doc/odd/")
        there = location.replace("/doc/", "/trang/", 1)
        assert site.ask(there).body == f"this is {path!r}".encode(), path
    assert follow(codes.mint("main", "gone in this edition.html")) == "/sach/main/"


@pytest.mark.parametrize(
    "typed",
    [
        "0000000",
        "K7M2QXU",
        "x",
        "%00",
        "%ff",
        "a/b",
        "<script>alert(1)</script>",
        "đ" * 7,
        "x" * 5000,
        "%F0%9F%98%80",
        "..",
        "%2e%2e%2f",
    ],
)
def test_an_unknown_code_gets_a_kind_page(site: Site, typed: str) -> None:
    answer = site.ask(f"/q/{typed}", host=HUB)
    assert answer.status == 404
    assert "Sách chính" in answer.text  # the shelf
    assert 'name="q"' in answer.text  # a search box
    assert "<script>alert" not in answer.text


def test_the_code_of_a_book_that_is_not_here(site: Site) -> None:
    codes = CodeBook(site.config.paths.state / "codes.sqlite")
    for path in ("", "x"):
        assert site.ask(f"/q/{codes.mint('not here', path)}", host=HUB).status == 404


def test_codes_of_books_work_without_the_table(content: Path, tmp_path: Path, make_site: MakeSite) -> None:
    site = make_site(content, tmp_path)
    path = tmp_path / "state/codes.sqlite"
    for name in ("codes.sqlite", "codes.sqlite-wal", "codes.sqlite-shm"):
        (tmp_path / "state" / name).unlink(missing_ok=True)
    path.write_bytes(b"no database" * 1000)
    assert site.ask(f"/q/{hashed_code('main', '')}", host=HUB).headers["Location"] == "/sach/main/"
    assert site.ask("/q/0000000", host=HUB).status == 404
    assert site.ask("/sach/main/ma", host=HUB).status == 200
    assert site.ask("/sach/main/ma?trang=main.html", host=HUB).status == 200, "the table is made anew"
    assert site.ask("/tu-sach", host=HUB).status == 200


def test_the_list_for_programs(site: Site) -> None:
    answer = site.ask("/api/shelf", host=HUB)
    assert answer.headers["Content-Type"] == "application/json"
    rows = {row["file"]: row for row in json.loads(answer.body)["books"]}
    assert set(rows) == {path.name for path in site.content.iterdir()}
    row = rows["main_2024-01.zim"]
    assert set(row) == {
        "kind", "name", "title", "language", "file", "uuid", "state", "reason", "pages", "url", "code", "id",
        "subjects", "rights", "cover",
    }  # fmt: skip
    assert (row["kind"], row["subjects"], row["rights"], row["cover"]) == ("book", [], None, "")
    assert row["id"].startswith("urn:uuid:")
    assert (row["name"], row["title"], row["language"], row["state"], row["reason"]) == (
        "main", "Sách chính", "vie", "ready", "",
    )  # fmt: skip
    assert row["code"] == hashed_code("main", "")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", row["uuid"])
    assert site.ask(row["pages"].removeprefix("http://sach.localhost:8080") + "tiny.txt").body == b"a"
    assert site.ask(row["url"].removeprefix("http://localhost:8080"), host=HUB).status == 200
    broken = rows["broken.zim"]
    assert broken["state"] == "quarantined"
    assert broken["reason"]
    assert (broken["pages"], broken["url"]) == ("", "")


def test_the_status_page_says_why_a_file_is_not_on_the_shelf(site: Site) -> None:
    assert "broken.zim" in site.ask("/trang-thai", host=HUB).text
    assert "broken.zim" not in site.ask("/tu-sach", host=HUB).text


def striptags(page: str) -> str:
    return Markup(page).striptags()


def test_search_finds_with_and_without_marks(site: Site) -> None:
    for query in ("Sách%20chính", "sach%20chinh", "SACH", "trang%20dau"):
        assert "Sách chính" in striptags(site.ask(f"/tim?q={query}", host=HUB).text)
    for query in ("", "%20", "%00", "'", '"', "<b>zz", "*", "AND%20OR%20NOT", "a%20" * 3000, "%F0%9F%98%80"):
        answer = site.ask(f"/tim?q={query}", host=HUB)
        assert answer.status == 200
        assert "<b>zz" not in answer.text


def test_a_shelf_that_cannot_be_read(tmp_path: Path, make_site: MakeSite) -> None:
    site = make_site(tmp_path / "none", tmp_path)
    assert site.ask("/healthz", host=HUB).status == 503
    assert site.ask("/", host=HUB).status == 200
    assert site.ask("/tu-sach", host=HUB).status == 200
    assert str(tmp_path) not in site.ask("/tu-sach", host=HUB).text
    for broken in (b"", b"[]", b"{", b'{"books": 5, "problem": ""}', b'{"books": [{}], "problem": ""}', b"\xff", None):
        if broken is None:
            (tmp_path / "state/shelf.json").unlink()
        else:
            (tmp_path / "state/shelf.json").write_bytes(broken)
        for target, status in {
            "/": 200,
            "/tu-sach": 200,
            "/trang-thai": 200,
            "/api/shelf": 200,
            "/sach/a/": 404,
        }.items():
            assert site.ask(target, host=HUB).status == status, "what was read last is still served"
        newcomer = Shelf(tmp_path / "none", tmp_path / "state/shelf.json")
        with pytest.raises(ShelfUnavailableError):
            newcomer.listing()
