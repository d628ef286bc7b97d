"""Reads the XML and XHTML of untrusted EPUB files: no entity is fetched, none may swell, depth is bounded."""

import re
from html.entities import html5
from typing import Any, Final

from lxml import etree, html

from library.errors import EpubError

XHTML: Final = "http://www.w3.org/1999/xhtml"
EPUB_TYPE: Final = "{http://www.idpf.org/2007/ops}type"
_XML_ITSELF: Final = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,40};)")
_CLOSED_AT_ONCE = re.compile(
    r"<(a|abbr|b|big|blockquote|cite|code|div|em|h[1-6]|i|iframe|li|ol|p|script|section|small|span|strong|style|sub|sup"
    r"|table|tbody|td|textarea|th|title|tr|u|ul)((?:\s[^<>]*?)?)/>",
    re.IGNORECASE,
)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([A-Za-z0-9._-]{1,40})""", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,1000}\?>")
_LETTERS = re.compile(
    r"utf-?8|utf-?16(-?(le|be))?|us-ascii|(windows|cp)-?125\d|iso-?8859-?\d+|koi8-r|gb2312|gbk|gb18030|big5"
    r"|shift_?jis|euc-(jp|kr)|tis-620",
    re.IGNORECASE,
)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def letters(data: bytes) -> str:
    """A part's text, in the encoding that its first bytes or its declarations name, else UTF-8, else windows-1252."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, "replace").lstrip("\ufeff")
    if data[:40].count(b"\0") > 10:
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", "replace")
    try:
        return data.decode("utf-8")  # what is valid as UTF-8 is UTF-8, whatever a declaration says
    except UnicodeDecodeError:
        pass
    for pattern in (_DECLARED, _META):
        stated = pattern.search(data[:2048])
        if stated and _LETTERS.fullmatch(name := stated[1].decode()) and not name.lower().startswith("utf"):
            return data.decode(name, "replace")
    repaired = data.decode("utf-8", "replace")
    return repaired if repaired.count("\ufffd") * 50 < len(repaired) else data.decode("windows-1252", "replace")


def parse_xml(data: bytes) -> Any:
    """The root of an XML part, mended where it is a little broken.

    Raises:
        EpubError: it cannot be read.
    """
    root = _xml(letters(data), recover=True)
    if root is None:
        raise EpubError("A part is no XML.")
    return root


def parse_page(data: bytes) -> Any:
    """The root of a page: read as XHTML, or as HTML where it is not well-formed; names without namespaces for XHTML.

    Raises:
        EpubError: it cannot be read.
    """
    text = letters(data)
    root = _xml(text, recover=False)
    if root is None:
        text = _CLOSED_AT_ONCE.sub(r"<\1\2></\1>", _DECLARATION.sub("", text))
        root = _html(text)
    for element in root.iter(etree.Element):
        namespace, _, name = element.tag.rpartition("}")
        if namespace in {"", "{" + XHTML}:
            try:
                element.tag = name.rpartition(":")[2].lower()
            except ValueError:  # what HTML calls an element may be no name at all
                element.tag = "span"
    return root


def _xml(text: str, *, recover: bool) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )
    plain = _NAMED.sub(_named_letter, _NOT_XML.sub("", _DECLARATION.sub("", text)))
    try:
        root = etree.fromstring(plain.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root is None:
        return None
    etree.strip_tags(root, etree.Entity)  # what a document type declares is not ours to expand
    return root


def _html(text: str) -> Any:
    parser = html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        root = html.document_fromstring(_NOT_XML.sub("", text).encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise EpubError(f"A page cannot be read: {error}") from error
    return root


def _named_letter(match: re.Match[str]) -> str:
    """A letter that HTML knows by name; XML has only five such names."""
    name = match[1]
    return match[0] if name in _XML_ITSELF or name not in html5 else html5[name].translate(_ESCAPED)


_ESCAPED = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;"}
