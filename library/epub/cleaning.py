"""Makes a chapter of an EPUB fit to be served: by allow-list, without scripts, forms, frames, or anything from outside.

Two steps: the chapter is read as a tree and its drawings become pictures of their own; what is left goes through nh3,
whose word is the last. Every reference is written anew (``c3#x-note``, ``r7``), so none of the book's own survives.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import nh3
from lxml import etree

from library.epub.allowed import DRAWING_PROPERTIES, GONE, SHAPE_ATTRIBUTES, SHAPES, TAGS
from library.epub.markup import parse_page, parse_xml
from library.epub.styles import Styles
from library.errors import EpubError
from library.sayings import one_line

ANCHOR: Final = "x-"
"""What every anchor of a book begins with, so that it is none of the hub's own."""
_SVG: Final = "{http://www.w3.org/2000/svg}"
_LINK: Final = "{http://www.w3.org/1999/xlink}href"
_MATH: Final = "{http://www.w3.org/1998/Math/MathML}math"
_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_ATTRIBUTES: Final[dict[str, set[str]]] = {
    "*": {"id", "class", "lang", "dir", "title", "style"},
    "a": {"href", "name"},
    "img": {"src", "alt", "width", "height"},
    "audio": {"src"},
    "video": {"src", "poster", "width", "height"},
    "source": {"src", "type"},
    "ol": {"start", "type", "reversed"},
    "li": {"value"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "time": {"datetime"},
}
_FIXED: Final = {"img": {"loading": "lazy"}, "audio": {"controls": "", "preload": "none"}}
_FIXED_VIDEO: Final = {"video": {"controls": "", "preload": "none", "playsinline": ""}}
_LONGEST_VALUE: Final = 2000


class References(Protocol):
    """Where the references of one part lead."""

    def to_page(self, reference: str) -> str | None:
        """The address of a page of the book, with its anchor; None where there is none."""

    def to_picture(self, reference: str) -> str | None:
        """The address of a picture of the book."""

    def to_sound(self, reference: str) -> str | None:
        """The address of a sound or film of the book."""

    def to_sheet(self, reference: str) -> int | None:
        """The number of a style sheet of the book."""

    def keep_drawing(self, drawing: bytes) -> str | None:
        """Keep a drawing that stood among the text, and give its address; None where there is no room."""


@dataclass
class Chapter:
    """A chapter, clean: its HTML, what it calls itself, and the numbers of its style sheets."""

    html: str
    title: str = ""
    sheets: list[int] = field(default_factory=list)


def clean_chapter(data: bytes, references: References, styles: Styles) -> Chapter:
    """Read a chapter and keep what is harmless.

    Args:
        data: as it stands in the EPUB.
        references: where its references lead.
        styles: cleans ``style`` attributes.

    Raises:
        EpubError: it cannot be read as a page.
    """
    root = parse_page(data)
    if root.tag == f"{_SVG}svg":  # EPUB allows a drawing as a page
        address = references.keep_drawing(clean_drawing(etree.tostring(root)))
        return Chapter(_sanitise(f'<p><img src="{address}" alt=""></p>', references, styles) if address else "")
    body = next(root.iter("body"), root)
    title = next((one_line("".join(element.itertext())) for element in root.iter("title")), "")
    links = [link for link in root.iter("link") if "stylesheet" in (link.get("rel") or "").lower().split()]
    sheets = [number for link in links if (number := references.to_sheet(link.get("href") or "")) is not None]
    _settle_drawings(body, references)
    for element in body.iter(etree.Element):
        if (language := element.get(_LANGUAGE)) and not element.get("lang"):
            element.set("lang", language)
    heading = next((one_line("".join(element.itertext())) for element in body.iter("h1", "h2", "h3")), "")
    text = etree.tostring(body, method="html", encoding="unicode", with_tail=False)
    return Chapter(_sanitise(text, references, styles), heading or title, sheets)


def _sanitise(text: str, references: References, styles: Styles) -> str:
    def rewrite(tag: str, attribute: str, value: str) -> str | None:
        if len(value) > _LONGEST_VALUE:
            return None
        if attribute in {"href", "src", "poster"}:
            return _where(tag, attribute)(value)
        if attribute == "name":
            return ANCHOR + value
        if attribute == "style":
            return styles.clean_declarations(value) or None
        return value

    def _where(tag: str, attribute: str) -> Callable[[str], str | None]:
        if tag == "a":
            return references.to_page
        return references.to_picture if tag == "img" or attribute == "poster" else references.to_sound

    return str(
        nh3.clean(
            text,
            tags=set(TAGS),
            clean_content_tags=set(GONE),
            attributes=_ATTRIBUTES,
            attribute_filter=rewrite,
            link_rel=None,
            url_schemes=set(),
            set_tag_attribute_values=_FIXED | _FIXED_VIDEO,
            id_prefix=ANCHOR,
        )
    )


def _settle_drawings(body: Any, references: References) -> None:
    """Put pictures in the place of drawings, and words in the place of formulas."""
    found = [element for element in body.iter(etree.Element) if element.tag in {f"{_SVG}svg", "svg", _MATH, "math"}]
    for element in found:
        if element.getparent() is None or not _is_below(element, body):
            continue
        replacement = etree.Element("span")
        replacement.tail = element.tail
        if element.tag in {_MATH, "math"}:
            replacement.text = element.get("alttext") or " ".join("".join(element.itertext()).split())
        else:
            _draw(element, replacement, references)
        element.getparent().replace(element, replacement)


def _is_below(element: Any, body: Any) -> bool:
    return any(ancestor is body for ancestor in element.iterancestors())


def _draw(element: Any, replacement: Any, references: References) -> None:
    """A drawing that only shows pictures becomes these; any other one a drawing in a file of its own."""
    pictures = [each for each in element.iter(etree.Element) if each.tag in {f"{_SVG}image", "image", "img"}]
    label = next((one_line("".join(each.itertext())) for each in element.iter(f"{_SVG}title", f"{_SVG}desc")), "")
    for each in pictures:
        replacement.append(
            etree.Element("img", src=each.get(_LINK) or each.get("href") or each.get("src") or "", alt=label)
        )
    if pictures:
        return
    element.tail = None
    try:
        address = references.keep_drawing(clean_drawing(etree.tostring(element)))
    except EpubError:
        return
    if address:
        # The references of a chapter are rewritten afterwards; this one is handed through by its own name.
        replacement.append(etree.Element("img", src=address, alt=label))


def clean_drawing(data: bytes) -> bytes:
    """An SVG drawing with only shapes, words and gradients: no script, no link, nothing from outside.

    Raises:
        EpubError: it cannot be read, or is no drawing.
    """
    root = parse_xml(data)
    if etree.QName(root).localname != "svg":
        raise EpubError("A picture is no drawing.")
    for element in list(root.iter(etree.Element)):
        name = etree.QName(element).localname
        if name == "style":
            text = Styles(scope="", properties=DRAWING_PROPERTIES).clean("".join(element.itertext()))
            element.clear(keep_tail=False)
            element.text = text
        elif name not in SHAPES and element is not root and element.getparent() is not None:
            element.getparent().remove(element)
            continue
        _keep_shape_attributes(element)
        element.tag = _SVG + name
    text_root = etree.Element(
        f"{_SVG}svg", root.attrib, nsmap={None: _SVG[1:-1], "xlink": "http://www.w3.org/1999/xlink"}
    )
    text_root.text = root.text
    text_root.extend(list(root))
    etree.cleanup_namespaces(text_root, keep_ns_prefixes=["xlink"])
    return bytes(etree.tostring(text_root, encoding="utf-8"))


def _keep_shape_attributes(element: Any) -> None:
    for name, value in list(element.attrib.items()):
        if name in {"href", _LINK}:
            keep = value.startswith("#")
        elif name == "style":
            declared = Styles(scope="", properties=DRAWING_PROPERTIES).clean_declarations(value)
            element.set("style", declared)
            keep = bool(declared)
        else:
            inner = value.replace(" ", "").replace("url(#", "")
            keep = name in SHAPE_ATTRIBUTES and not any(sign in inner for sign in ("url(", "\\", "@", "//"))
        if not keep:
            del element.attrib[name]
