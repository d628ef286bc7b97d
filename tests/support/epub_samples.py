"""EPUB files for tests, made part by part with zipfile: honest ones of both versions, and the parts of hostile ones."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
STYLE = """@font-face { font-family: "Tày"; src: url(fonts/tay.woff2) }
@import url("http://outside.example/a.css");
body { font-family: "Tày", serif; background: url(http://outside.example/b.png); margin: 1em }
h1 { text-align: center; color: black; position: fixed } .note { font-size: 6pt; font-style: italic }
p { text-indent: 1.5em }"""


def page(body: str, title: str = "Chương", head: str = "") -> str:
    """An XHTML chapter."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml" '
        'xmlns:epub="http://www.idpf.org/2007/ops" xml:lang="vi">'
        f"<head><title>{title}</title>{head}</head><body>{body}</body></html>"
    )


def png(width: int = 40, height: int = 30) -> bytes:
    """A plain green picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\x2c\x6e\x3f" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP file whose first part is EPUB's mark."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        for name, data in parts.items():
            made.writestr(name, data)
    return file.getvalue()


def many_parts(count: int) -> bytes:
    """A ZIP file with so many empty parts (PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12, 4.3.14 and 4.4.1.4)."""
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 10, 0, 0, 0, 33, 0, 0, 0, 7, 0)
    central = struct.pack("<4s6H3L5H2L", b"PK\1\2", 10, 10, 0, 0, 0, 33, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0)
    table = b"".join(central + b"x%06d" % number for number in range(count))
    stated = min(count, 0xFFFF)
    body = local + b"x000000"
    wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(table), len(body))
    wide += struct.pack("<4sLQL", b"PK\6\7", 0, len(body) + len(table), 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, stated, stated, len(table), 0xFFFFFFFF, 0)
    return body + table + wide + end


def package(manifest: str, spine: str, metadata: str = "", version: str = "3.0", more: str = "") -> str:
    """A package document."""
    return f"""<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="{version}"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title>Cây lúa nước ở bản</dc:title><dc:creator>Hội Nông dân</dc:creator><dc:language>vi</dc:language>{metadata}
</metadata><manifest>{manifest}</manifest><spine {more}>{spine}</spine></package>"""


def epub3(chapters: Mapping[str, str] | None = None, extra: Mapping[str, str | bytes] | None = None) -> bytes:
    """An EPUB 3 with a nested contents page, a style sheet, a picture and a drawing; file name → body of a chapter."""
    chapters = chapters or {
        "chuong 1.xhtml": '<h1 id="dau">Gieo mạ</h1><p>Bà con ngâm thóc giống hai ngày.&#160;Nước ấm.</p>'
        '<p><img src="images/m%E1%BA%A1.png" alt="Cây mạ"/> <a href="ch2.xhtml#nuoc">Xem chương hai</a></p>',
        "ch2.xhtml": '<h1>Cấy lúa</h1><h2 id="nuoc">Giữ nước</h2><p class="note">Giữ nước ba ngón tay.</p>'
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><title>Ruộng</title>'
        '<script>alert(1)</script><circle cx="10" cy="10" r="9" fill="green" onclick="alert(2)"/></svg>'
        '<p lang="km">ស្រូវ</p><p lang="tyz">Khẩu nặm đăm nà</p><p>' + "Lúa tốt nhờ nước. " * 60 + "</p>",
        "ch3.xhtml": '<h1>Gặt</h1><p><a href="chuong%201.xhtml#dau">Về đầu sách</a> '
        '<a href="https://outside.example/">ngoài</a></p>',
    }
    names = list(chapters)
    items = "".join(
        f'<item id="c{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(names)
    )
    manifest = (
        items + '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        '<item id="css" href="style.css" media-type="text/css"/>'
        '<item id="pic" href="images/mạ.png" media-type="image/png" properties="cover-image"/>'
        '<item id="svg" href="images/x.svg" media-type="image/svg+xml"/>'
    )
    nested = "".join(f'<li><a href="{name}">Mục {n}</a></li>' for n, name in enumerate(names[1:], start=2))
    nav = page(
        f'<nav epub:type="landmarks"><ol><li><a href="ch3.xhtml">Mốc</a></li></ol></nav>'
        f'<nav epub:type="toc"><ol><li><a href="{names[0]}">Mục 1</a><ol>{nested}</ol></li></ol></nav>'
    )
    link = '<link rel="stylesheet" type="text/css" href="style.css"/>'
    parts: dict[str, str | bytes] = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": package(manifest, "".join(f'<itemref idref="c{n}"/>' for n in range(len(names)))),
        "OEBPS/nav.xhtml": nav,
        "OEBPS/style.css": STYLE,
        "OEBPS/images/mạ.png": png(),
    }
    parts |= {f"OEBPS/{name}": page(body, head=link) for name, body in chapters.items()}
    return zipped(parts | dict(extra or {}))


def epub2() -> bytes:
    """An EPUB 2 with an NCX, named letters of HTML, and a chapter in an old encoding that is not well-formed."""
    ncx = """<?xml version="1.0"?><ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>
<navPoint id="a"><navLabel><text>Phần một</text></navLabel><content src="a.html"/>
<navPoint id="b"><navLabel><text>Chuyện con gà</text></navLabel><content src="b.html#ga"/></navPoint></navPoint>
</navMap></ncx>"""
    manifest = """<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>
<item id="a" href="a.html" media-type="application/xhtml+xml"/><item id="b" href="B.html" media-type="text/html"/>
<item id="gone" href="gone.html" media-type="application/xhtml+xml"/>"""
    old = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1252"><title/>'
    return zipped(
        {
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": package(
                manifest,
                '<itemref idref="a"/><itemref idref="b"/><itemref idref="gone"/>',
                version="2.0",
                more='toc="ncx"',
            ),
            "OEBPS/toc.ncx": ncx,
            "OEBPS/a.html": page("<p>Một&nbsp;hai &eacute; &amp; ba<br/></p><p id='x'/>"),
            "OEBPS/B.html": (old + "<body><a id='ga'/><p>Caf\xe9 <b>g\xe0<p>hai").encode("latin-1"),
        }
    )
