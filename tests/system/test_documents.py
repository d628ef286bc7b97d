"""Documents inside books, asked as a browser asks: EPUB chapters, PDFs, films with subtitles, and hostile files."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import epub_samples
import pytest
from fpdf import FPDF

from library.documents.pdf_program import PdfProgram
from library.testing import Entry, bake_zim

HUB, BOOKS = "localhost:8080", "sach.localhost:8080"
EPUB, PDF = "application/epub+zip", "application/pdf"
SRT = "1\n00:00:01,000 --> 00:00:02,500\nXin chào <font color=red>bà con</font>\n"


def pdf() -> bytes:
    made = FPDF()
    made.add_page()
    made.set_font("helvetica", size=40)
    made.cell(text="Trang mot")
    return bytes(made.output())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, make_site: Callable[[Path, Path], Any]) -> Any:
    folder = tmp_path_factory.mktemp("documents")
    content = folder / "zim"
    content.mkdir()
    entries = {
        "index.html": Entry("<p>Sách", "Đầu"),
        "sach/lúa nước.epub": Entry(epub_samples.epub3(), "Cây lúa", EPUB, front=False),
        "cu.epub": Entry(epub_samples.epub2(), "Sách cũ", EPUB, front=False),
        "nén.epub": Entry(epub_samples.epub3(), "Nén", EPUB, front=False, compress=True),
        "hỏng.epub": Entry(b"PK\x03\x04" + b"x" * 500, "Hỏng", EPUB, front=False),
        "tai lieu.pdf": Entry(pdf(), "Tài liệu", PDF, front=False),
        "phim.mp4": Entry(b"\0" * 70_000, "Phim", "video/mp4", front=False),
        "phim.jpg": Entry(b"\xff\xd8\xff", "", "image/jpeg", front=False),
        "phim.vi.srt": Entry(SRT, "", "text/plain", front=False),
        "cu.webm": Entry(b"\0" * 100, "Phim cũ", "video/webm", front=False),
        "loa.mp3": Entry(b"\0" * 100, "Tiếng loa", "audio/mpeg", front=False),
    }
    bake_zim(content / "a.zim", entries, name="a", title="Sách A", main_path="index.html")
    rights = '{"holder": "Nhà xuất bản", "licence": "giữ bản quyền", "uses": ["hub"]}'
    bake_zim(content / "b.zim", entries, name="b", title="Sách B", metadata={"X-Hub-Rights": rights})
    return make_site(content, folder / "data")


def where(address: str) -> tuple[str, str]:
    """Host and target of an address."""
    parts = urlsplit(address)
    return parts.netloc or HUB, parts.path + (f"?{parts.query}" if parts.query else "")


def links(text: str) -> dict[str, str]:
    return {
        re.sub("<.*?>", "", words).strip(): to
        for to, words in re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', text, re.DOTALL)
    }


def ask(site: Any, address: str, **more: Any) -> Any:
    host, target = where(address)
    return site.ask(target, host=host, **more)


def test_from_the_book_to_a_chapter_and_back(site: Any) -> None:
    book = site.ask("/sach/a/", host=HUB)
    assert "Cây lúa" in book.text
    cover = site.ask(f"/tai-lieu/a/{quote('sach/lúa nước.epub')}", host=HUB)
    assert cover.status == 200
    assert "Cây lúa nước ở bản" in cover.text
    found = links(cover.text)
    first = ask(site, found["Mục 1"])
    assert first.status == 200
    assert "Bà con ngâm thóc" in first.text
    policy = first.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "script" not in policy.replace("allow-scripts", "script")
    base = found["Mục 1"].rpartition("/")[0]
    (picture,) = re.findall(r'<img src="(r\d+)"', first.text)
    sent = ask(site, f"{base}/{picture}")
    assert sent.body == epub_samples.png()
    assert sent.headers["Content-Type"] == "image/png"
    (inner,) = re.findall(r'href="(c1#x-nuoc)"', first.text)
    second = ask(site, f"{base}/{inner.partition('#')[0]}")
    assert 'id="x-nuoc"' in second.text
    assert "ស្រូវ" in second.text
    (number,) = re.findall(r'src="(r\d+)"', second.text)
    drawn = ask(site, f"{base}/{number}")
    assert b"<circle" in drawn.body
    assert b"script" not in drawn.body
    assert b"onclick" not in drawn.body
    around = links(second.text)
    assert around["‹ Trước"] == urlsplit(found["Mục 1"]).path
    assert ask(site, around["Mục lục"]).status == 200
    style = re.findall(r'href="([^"]*!/s0)"', second.text)
    assert "outside" not in ask(site, f"http://{BOOKS}{style[0]}").text


@pytest.mark.parametrize("path", ["cu.epub", "nén.epub"])
def test_older_and_packed_epubs_open_too(site: Any, path: str) -> None:
    page = site.ask(f"/tai-lieu/a/{quote(path)}", host=HUB)
    assert page.status == 200
    start = f"/mo/a/{quote(path)}!/"
    chapters = [site.ask(f"{start}c{number}") for number in range(2)]
    assert [chapter.status for chapter in chapters] == [200, 200]
    pictures = re.findall(r'src="(r\d+)"', "".join(chapter.text for chapter in chapters))
    assert all(site.ask(start + picture).status == 200 for picture in pictures)
    assert bool(pictures) == (path == "nén.epub")


def test_what_is_not_there_is_said_kindly(site: Any) -> None:
    start = f"/mo/a/{quote('sach/lúa nước.epub')}!/"
    for part in ("c3", "c99999", "s7", "r77", "x", "c", "", "c-1", "../c0", "c0/c0"):
        assert site.ask(start + part).status == 404, part
    for target in ("/mo/a/", "/mo/a/!/c0", "/mo/zzz/x!/c0", "/mo/a/index.html!/c0", "/mo/a/tai%20lieu.pdf!/c0"):
        assert site.ask(target).status == 404, target
    broken = site.ask(f"/tai-lieu/a/{quote('hỏng.epub')}", host=HUB)
    assert broken.status == 422
    assert "bị hỏng" in broken.text
    assert site.ask(f"/mo/a/{quote('hỏng.epub')}!/c0").status == 422


def test_contents_live_on_the_books_site_only(site: Any) -> None:
    target = "/mo/a/cu.epub!/c0"
    led = site.ask(target, host=HUB)
    assert led.status == 302
    assert led.headers["Location"] == f"http://{BOOKS}{target}"
    by_address = site.ask(target, host="10.10.10.1:8080")
    assert "sandbox" in by_address.headers["Content-Security-Policy"]
    assert "allow-same-origin" not in by_address.headers["Content-Security-Policy"]
    assert "allow-scripts" not in by_address.headers["Content-Security-Policy"]


def test_a_chapter_that_is_known_is_not_sent_again(site: Any) -> None:
    first = site.ask("/mo/a/cu.epub!/c0")
    again = site.ask("/mo/a/cu.epub!/c0", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    packed = site.ask("/mo/a/cu.epub!/c0", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.body) == first.body
    assert packed.headers["ETag"] != first.headers["ETag"]
    english = site.ask("/mo/a/cu.epub!/c0?lang=en")
    assert english.headers["ETag"] != first.headers["ETag"]
    assert "Next" in english.text


def test_taking_home_follows_the_rights(site: Any) -> None:
    free, bound = (site.ask(f"/tai-lieu/{key}/tai%20lieu.pdf", host=HUB) for key in "ab")
    assert "Tải về máy" in free.text
    assert "Tải về máy" not in bound.text
    assert "Nhà xuất bản" in bound.text
    assert site.ask("/mo/b/tai%20lieu.pdf!/tai").status == 404
    taken = site.ask("/mo/a/tai%20lieu.pdf!/tai")
    assert taken.status == 200
    assert taken.body.startswith(b"%PDF")
    assert taken.headers["Content-Disposition"].startswith('attachment; filename="tai lieu.pdf"')
    part = site.ask("/mo/a/tai%20lieu.pdf!/tai", headers={"Range": "bytes=0-3"})
    assert (part.status, part.body) == (206, b"%PDF")


def test_a_pdf_is_shown_by_a_program_of_the_hubs_own(site: Any) -> None:
    page = site.ask("/tai-lieu/a/tai%20lieu.pdf", host=HUB)
    assert "Mở tệp PDF" in page.text
    (viewer,) = re.findall(r'<iframe [^>]*src="(.*?)"', page.text)
    shown = ask(site, viewer)
    assert "<noscript>" in shown.text
    policy = shown.headers["Content-Security-Policy"]
    assert "unsafe-eval" not in policy
    assert "script-src 'self'" in policy
    for name in ("program", "worker"):
        (address,) = re.findall(rf'data-{name}="(.*?)"', shown.text)
        assert site.ask(address).body[:3] == b"/**"
        packed = site.ask(address, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert packed.body[:2] == b"\x1f\x8b"
    version = address.split("/")[3]
    for name in ("build/pdf.sandbox.js", "web/viewer.html", "../../etc/passwd", "web/cmaps/../../build/pdf.js.map"):
        assert site.ask(f"/static/pdf/{version}/{name}").status == 404
    assert site.ask(f"/static/pdf/{version}/web/cmaps/78-H.bcmap").status == 200


def test_a_folder_without_the_program_is_seen(tmp_path: Path) -> None:
    assert not PdfProgram(tmp_path).is_there
    assert PdfProgram().is_there


def test_where_the_program_is_missing_the_file_is_offered(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PdfProgram, "is_there", property(lambda self: False))
    page = site.ask("/tai-lieu/a/tai%20lieu.pdf", host=HUB)
    assert "<iframe" not in page.text
    assert "chưa tự mở được tệp PDF" in page.text
    assert links(page.text)["Mở tệp PDF"] == f"http://{BOOKS}/trang/a/tai%20lieu.pdf"
    assert site.ask("/mo/a/tai%20lieu.pdf!/xem").status == 404


def test_english_goes_along_to_the_books_site(site: Any) -> None:
    page = site.ask("/tai-lieu/a/cu.epub", host=HUB, headers={"Cookie": "lang=en"})
    chapter = ask(site, links(page.text)["Read from the beginning"])
    assert "Contents" in links(chapter.text)
    assert "English" in ask(site, links(chapter.text)["Contents"]).text
    assert "Mục lục" in site.ask("/mo/a/cu.epub!/c0?lang=%22%3E%3Cscript").text


def test_a_film_has_its_picture_subtitles_and_a_word_for_iphones(site: Any) -> None:
    film = site.ask("/tai-lieu/a/phim.mp4", host=HUB)
    assert 'playsinline preload="metadata"' in film.text
    assert f'poster="http://{BOOKS}/trang/a/phim.jpg"' in film.text
    assert "iPhone" not in film.text
    (track,) = re.findall(r'<track [^>]*src="(.*?)"', film.text)
    sent = ask(site, track)
    assert sent.headers["Content-Type"].startswith("text/vtt")
    assert sent.text == "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nXin chào bà con\n"
    old = site.ask("/tai-lieu/a/cu.webm", host=HUB)
    assert "iPhone" in old.text
    assert "Bà con bấm nút Tải về máy bên dưới" in old.text
    assert "Tải về máy" in old.text
    assert "<audio" in site.ask("/tai-lieu/a/loa.mp3", host=HUB).text


@pytest.mark.parametrize(
    ("path", "verb"),
    [("sach/lúa nước.epub", "Đọc"), ("tai lieu.pdf", "Đọc"), ("phim.mp4", "Xem phim"), ("loa.mp3", "Nghe")],
)
def test_a_document_has_a_code_to_share_and_its_rights(site: Any, path: str, verb: str) -> None:
    address = f"/tai-lieu/b/{quote(path)}"
    page = site.ask(address, host=HUB)
    assert "Bà con được: đọc, xem tại tủ sách này." in page.text
    code = ask(site, links(page.text)["Mã để chia sẻ"])
    assert "Trong sách: Sách B" in code.text
    assert links(code.text)["Về trang của sách"] == "/sach/b/"
    assert links(code.text)[verb] == address
    (followed,) = re.findall(r"http://[^/]+(/q/[0-9A-Z]{7})<", code.text)
    assert site.ask(followed, host=HUB).headers["Location"] == address


def test_the_book_lists_what_its_contents_do_not_show(site: Any) -> None:
    text = site.ask("/sach/a/", host=HUB).text
    for title in ("Cây lúa", "Tài liệu", "Phim cũ", "Tiếng loa"):
        assert title in text


@pytest.mark.parametrize("path", ["cu.epub", "tai lieu.pdf", "phim.mp4"])
def test_the_reading_desk_leads_to_the_page_around_a_document(site: Any, path: str) -> None:
    led = site.ask(f"/doc/a/{quote(path)}", host=HUB)
    assert led.status == 302
    assert urlsplit(led.headers["Location"]).path == f"/tai-lieu/a/{quote(path)}"
