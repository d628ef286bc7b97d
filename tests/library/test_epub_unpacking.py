"""EPUB files of all kinds made ready: honest ones, careless ones, locked ones, and those that were made to harm."""

from __future__ import annotations

import io
import stat
import struct
import zipfile

import epub_samples
import pytest

from library.epub import reasons
from library.epub.archive import MOST_PARTS, EpubArchive, Place
from library.epub.markup import letters, parse_page
from library.epub.pack import Pack, PackedLine
from library.epub.unpacking import unpack
from library.errors import EpubError


def opened(data: bytes) -> Pack:
    return Pack(unpack(io.BytesIO(data)))


def test_an_epub_3_has_its_contents_chapters_and_pictures() -> None:
    data = epub_samples.epub3()
    pack = opened(data)
    book = pack.book
    assert (book.problem, book.title, book.creator, book.language) == ("", "Cây lúa nước ở bản", "Hội Nông dân", "vi")
    assert [(line.depth, line.title, line.chapter) for line in book.lines] == [
        (1, "Mục 1", 0),
        (2, "Mục 2", 1),
        (2, "Mục 3", 2),
    ]
    picture = book.resources[book.cover or 0]
    assert picture.place is not None
    raw = data[picture.place.start : picture.place.start + picture.place.packed]
    assert picture.place.unpack(raw) == epub_samples.png()
    assert "Khẩu nặm đăm nà" in pack.read("c1").decode()
    assert ".chapter p{text-indent:1.5em}" in pack.read("s0").decode()


def test_an_epub_2_is_read_in_its_old_encoding_and_with_named_letters() -> None:
    pack = opened(epub_samples.epub2())
    assert pack.book.lines == (PackedLine(1, "Phần một", 0, ""), PackedLine(2, "Chuyện con gà", 1, "x-ga"))
    assert "é &amp; ba" in pack.read("c0").decode()
    assert "Café <b>gà</b>" in pack.read("c1").decode()
    assert len(pack.book.chapters) == 2, "a missing chapter is left out"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("Tiếng Việt", "utf-8"), ("Tiếng Việt", "utf-8-sig"), ("Tiếng Việt và chữ", "utf-16"), ("Café", "windows-1252")],
)
def test_letters_in_whatever_encoding(text: str, encoding: str) -> None:
    assert letters(text.encode(encoding)) == text


def test_a_declared_encoding_counts_unless_it_is_a_trick() -> None:
    assert letters(b'<?xml version="1.0" encoding="koi8-r"?>' + "корень".encode("koi8-r")).endswith("корень")
    assert letters(b'<?xml version="1.0" encoding="rot13"?>\xe9').endswith("é")
    assert letters(b'<?xml version="1.0" encoding="utf-7"?>+ADw-script+AD4-').endswith("+ADw-script+AD4-")


def entity_bomb(kind: str) -> str:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    use = '<p title="&l9;">x</p>' if kind == "attribute" else "<p>&l9;</p>"
    return f'<!DOCTYPE html [<!ENTITY l0 "lol">{levels}]><html xmlns="http://www.w3.org/1999/xhtml"><body><p>còn</p>{use}</body></html>'


@pytest.mark.parametrize("kind", ["text", "attribute"])
def test_a_billion_laughs_are_not_laughed(kind: str) -> None:
    pack = opened(epub_samples.epub3({"a.xhtml": ""}, {"OEBPS/a.xhtml": entity_bomb(kind)}))
    assert len(pack.read("c0")) < 100_000


@pytest.mark.parametrize("where", ["OEBPS/a.xhtml", "OEBPS/book.opf", "META-INF/container.xml", "OEBPS/nav.xhtml"])
def test_nothing_outside_is_read(where: str, tmp_path: object) -> None:
    entity = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>'
    body = f'{entity}<html xmlns="http://www.w3.org/1999/xhtml"><body><p>a&e;b</p></body></html>'
    pack = opened(epub_samples.epub3({"a.xhtml": "<p>a</p>"}, {where: body}))
    texts = b"".join(pack.read(name) for name in pack._zip.namelist())
    assert b"root:" not in texts


def bomb() -> bytes:
    return epub_samples.epub3({"a.xhtml": "<p>a</p>"}, {f"OEBPS/{n}.bin": b"\0" * 8_000_000 for n in range(12)})


def large_chapter() -> bytes:
    return epub_samples.epub3({"a.xhtml": "<p>" + "lúa " * 1_400_000 + "</p>", "b.xhtml": "<p>b</p>"})


def lying_size() -> bytes:
    """A chapter that says it unpacks to ten bytes."""
    data = bytearray(epub_samples.epub3({"a.xhtml": "<p>" + "x" * 5000 + "</p>"}))
    at = data.rfind(b"OEBPS/a.xhtml") - 46
    struct.pack_into("<I", data, at + 24, 10)
    return bytes(data)


def locked() -> bytes:
    encryption = """<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"
 xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData>
<e:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>
<e:CipherData><e:CipherReference URI="OEBPS/a.xhtml"/></e:CipherData></e:EncryptedData></encryption>"""
    return epub_samples.epub3({"a.xhtml": "<p>a</p>"}, {"META-INF/encryption.xml": encryption})


def password() -> bytes:
    data = bytearray(epub_samples.epub3())
    at = data.rfind(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", reasons.BROKEN),
        (b"%PDF-1.4", reasons.BROKEN),
        (epub_samples.epub3()[:900], reasons.BROKEN),
        (epub_samples.zipped({"a.txt": "a"}), reasons.BROKEN),
        (epub_samples.zipped({"META-INF/container.xml": epub_samples.CONTAINER}), reasons.BROKEN),
        (epub_samples.zipped({"a.opf": "<package/>"}), reasons.EMPTY),
        (epub_samples.zipped({"a.opf": "\0\xff" * 50}), reasons.BROKEN),
        (bomb(), reasons.TOO_LARGE),
        (epub_samples.many_parts(MOST_PARTS + 1), reasons.TOO_LARGE),
        (lying_size(), reasons.EMPTY),
        (locked(), reasons.LOCKED),
        (password(), reasons.LOCKED),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value[:40],
)  # fmt: skip
def test_what_cannot_be_opened_says_why(data: bytes, problem: str) -> None:
    assert opened(data).book.problem == problem


def test_one_damaged_or_huge_chapter_spoils_only_itself() -> None:
    pack = opened(large_chapter())
    assert pack.book.problem == ""
    assert pack.read("c0") == b""
    assert pack.read("c1") == b"<p>b</p>"


def test_chapters_beyond_the_most_are_counted_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    assert opened(epub_samples.epub3()).book.left_out == 0
    monkeypatch.setattr("library.epub.package.MOST_CHAPTERS", 2)
    book = opened(epub_samples.epub3()).book
    assert (len(book.chapters), book.left_out) == (2, 1)


def test_more_text_than_can_be_kept_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("library.epub.unpacking.LARGEST_TEXT", 1000)
    assert opened(epub_samples.epub3()).book.problem == reasons.TOO_LARGE


def test_deep_pages_end() -> None:
    deep = "<div>" * 20_000 + "<p>sâu</p>"
    pack = opened(epub_samples.epub3({"a.xhtml": deep, "b.xhtml": "<p>b</p>"}))
    assert pack.read("c1") == b"<p>b</p>"


def test_only_fonts_made_unreadable_lock_nothing() -> None:
    encryption = """<encryption xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData>
<e:EncryptionMethod Algorithm="http://www.idpf.org/2008/embedding"/>
<e:CipherData><e:CipherReference URI="OEBPS/fonts/tay.woff2"/></e:CipherData></e:EncryptedData></encryption>"""
    extra = {"META-INF/encryption.xml": encryption, "OEBPS/fonts/tay.woff2": b"wOF2" + b"x" * 50}
    pack = opened(epub_samples.epub3(extra=extra))
    assert pack.book.problem == ""


def test_a_font_of_the_book_is_served_and_named() -> None:
    pack = opened(epub_samples.epub3(extra={"OEBPS/fonts/tay.woff2": b"wOF2" + b"x" * 50}))
    (number,) = [n for n, each in enumerate(pack.book.resources) if each.media_type == "font/woff2"]
    assert f'font-family:"Tày";src:url(r{number})' in pack.read("s0").decode()
    assert '.chapter{font-family:"Tày", serif' in pack.read("s0").decode()
    assert "font-family" not in opened(epub_samples.epub3()).read("s0").decode(), "a font that is not there"


def test_names_lead_nowhere_outside() -> None:
    body = '<p><img src="../../../../etc/passwd"/><img src="/etc/passwd"/><img src="file:///etc/passwd"/>còn</p>'
    extra = {"../../evil.png": epub_samples.png(), "/etc/passwd": epub_samples.png(), "a" * 3000: b"x"}
    pack = opened(epub_samples.epub3({"a.xhtml": body}, extra))
    assert "etc" not in pack.read("c0").decode()


def test_a_part_without_a_name_is_none() -> None:
    spoilt = epub_samples.epub3(extra={"OEBPS/x": "x"}).replace(b"OEBPS/x", b"\0EPUB/x")  # zipfile cuts names there
    assert "" in zipfile.ZipFile(io.BytesIO(spoilt)).namelist()
    assert Pack(unpack(io.BytesIO(spoilt))).book.problem == ""


def test_a_link_in_the_file_is_no_part() -> None:
    file = io.BytesIO(epub_samples.epub3({"a.xhtml": "<p>a</p>", "b.xhtml": "<p>b</p>"}))
    link = zipfile.ZipInfo("OEBPS/b.xhtml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(file, "a") as made, pytest.warns(UserWarning, match="Duplicate"):
        made.writestr(link, "/etc/passwd")
    assert "passwd" not in str([opened(file.getvalue()).read(f"c{n}") for n in range(2)])


def test_a_picture_that_is_none_is_not_served() -> None:
    body = '<p>còn <img src="images/x.png"/></p>'
    pack = opened(epub_samples.epub3({"a.xhtml": body}, {"OEBPS/images/x.png": "<script>alert(1)</script>"}))
    assert "src" not in pack.read("c0").decode()
    nested = opened(epub_samples.epub3({"a.xhtml": body}, {"OEBPS/images/x.png": epub_samples.zipped({"x": "y"})}))
    assert "src" not in nested.read("c0").decode()


def test_a_part_never_unpacks_to_more_than_was_admitted() -> None:
    data = epub_samples.epub3({"a.xhtml": "<p>a</p>"}, {"OEBPS/x": b"\0" * 100_000})
    place = EpubArchive(io.BytesIO(data)).place("OEBPS/x")
    raw = data[place.start : place.start + place.packed]
    assert place.unpack(raw) == b"\0" * 100_000
    with pytest.raises(EpubError):
        Place(place.start, place.packed, 10, True).unpack(raw)
    with pytest.raises(EpubError):
        place.unpack(b"no deflated bytes")


def test_pages_that_are_not_well_formed_are_read_as_html() -> None:
    root = parse_page(b"<html><head><title/></head><body><a id='x'/><p>m\xe1\xbb\x99t<p>hai<script/>ba</body>")
    assert [element.tag for element in root.iter("p")] == ["p", "p"]
