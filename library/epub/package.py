"""What an EPUB says of itself: title, order of chapters (spine), and contents (EPUB 2 NCX, EPUB 3 nav)."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from lxml import etree

from library.epub import reasons
from library.epub.archive import EpubArchive
from library.epub.markup import EPUB_TYPE, parse_page, parse_xml
from library.errors import EpubError
from library.sayings import one_line

MOST_CHAPTERS: Final = 2000
MOST_LINES: Final = 3000
_DEEPEST_LINE: Final = 6
_CONTAINER: Final = "META-INF/container.xml"
_ENCRYPTION: Final = "META-INF/encryption.xml"
_ONLY_FONTS: Final = frozenset({"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"})
"""Ways to make fonts unreadable that lock nothing else (EPUB 3.3 OCF, section 4.4)."""
_PAGES: Final = frozenset(
    {"application/xhtml+xml", "text/html", "application/x-dtbook+xml", "image/svg+xml", "text/xml"}
)


@dataclass(frozen=True)
class Part:
    """One line of the manifest."""

    name: str
    media_type: str
    properties: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Line:
    """One line of the contents; ``part`` is the chapter's name in the file."""

    depth: int
    title: str
    part: str
    anchor: str


@dataclass
class Package:
    """What the package document says; ``left_out`` counts the chapters after the ``MOST_CHAPTERS`` of ``spine``."""

    title: str = ""
    creator: str = ""
    language: str = ""
    parts: dict[str, Part] = field(default_factory=dict)
    spine: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    left_out: int = 0
    cover: str | None = None
    hidden: frozenset[str] = frozenset()


def read_package(archive: EpubArchive) -> Package:
    """Read an EPUB's package document and contents.

    Raises:
        EpubError: with the reason why it cannot be opened.
    """
    hidden = _hidden(archive)
    name = _package_name(archive)
    try:
        root = parse_xml(archive.read(name))
    except EpubError as error:
        raise EpubError(error.message, reason=reasons.BROKEN) from error
    package = Package(
        title=_words(root, "title"), creator=_words(root, "creator"), language=_words(root, "language"), hidden=hidden
    )
    by_id: dict[str, str] = {}
    for item in _named(root, "item"):
        found, _anchor = archive.resolve(name, item.get("href") or "")
        if found is None or found in hidden:
            continue
        part = Part(
            found, (item.get("media-type") or "").strip().lower(), frozenset((item.get("properties") or "").split())
        )
        package.parts.setdefault(found, part)
        by_id.setdefault(item.get("id") or "", found)
        if "cover-image" in part.properties:
            package.cover = found
    spine = next(iter(_named(root, "spine")), None)
    chapters: dict[str, None] = {}
    for reference in _named(root, "itemref"):
        found = by_id.get(reference.get("idref") or "")
        known = package.parts[found].media_type if found else ""
        if found and (known in _PAGES or not known):
            chapters[found] = None
    in_order = list(chapters) or [part.name for part in package.parts.values() if part.media_type in _PAGES]
    package.spine, package.left_out = in_order[:MOST_CHAPTERS], len(in_order[MOST_CHAPTERS:])
    if package.cover is None:
        marks = [meta.get("content") or "" for meta in _named(root, "meta") if meta.get("name") == "cover"]
        package.cover = next((by_id[mark] for mark in marks if mark in by_id), None)
    package.lines = _lines(archive, package, by_id.get(spine.get("toc") or "") if spine is not None else None)
    return package


def _hidden(archive: EpubArchive) -> frozenset[str]:
    """Fonts that are made unreadable.

    Raises:
        EpubError: more than fonts is locked.
    """
    locked = EpubError("It is encrypted.", reason=reasons.LOCKED)
    if archive.locked:
        raise locked
    name = archive.find(_ENCRYPTION)
    if name is None:
        return frozenset()
    try:
        root = parse_xml(archive.read(name))
    except EpubError:
        raise locked from None
    hidden = set()
    for entry in _named(root, "EncryptedData"):
        ways = {method.get("Algorithm") for method in _named(entry, "EncryptionMethod")}
        if not ways or not ways <= _ONLY_FONTS:
            raise locked
        hidden |= {found for each in _named(entry, "CipherReference") if (found := archive.find(each.get("URI") or ""))}
    return frozenset(hidden)


def _package_name(archive: EpubArchive) -> str:
    name = archive.find(_CONTAINER)
    if name:
        try:
            for each in _named(parse_xml(archive.read(name)), "rootfile"):
                found, _anchor = archive.resolve("", each.get("full-path") or "")
                if found:
                    return found
        except EpubError:
            pass
    found = archive.find_ending(".opf")  # a careless maker forgot the container, but nobody can mistake the package
    if found is None:
        raise EpubError("There is no package document.", reason=reasons.BROKEN)
    return found


def _lines(archive: EpubArchive, package: Package, ncx: str | None) -> list[Line]:
    nav = next((part.name for part in package.parts.values() if "nav" in part.properties), None)
    ncx = ncx or next((p.name for p in package.parts.values() if p.media_type == "application/x-dtbncx+xml"), None)
    for name, read in ((nav, _nav_lines), (ncx, _ncx_lines)):
        if name is None:
            continue
        try:
            lines = read(archive, name, archive.read(name))
        except EpubError:
            continue
        if lines:
            return lines
    return []


def _nav_lines(archive: EpubArchive, name: str, data: bytes) -> list[Line]:
    """The lines of an EPUB 3 navigation document (EPUB 3.3, section 7)."""
    root = parse_page(data)
    navs = list(root.iter("nav"))
    chosen = [nav for nav in navs if "toc" in (nav.get(EPUB_TYPE) or nav.get("epub:type") or "").split()] or navs
    lines: list[Line] = []
    for item in chosen[0].iter("li") if chosen else ():
        label = next((child for child in item if child.tag in {"a", "span"}), None)
        if label is None:
            continue
        depth = sum(1 for ancestor in item.iterancestors("ol", "ul"))
        _append(lines, archive, name, depth, "".join(label.itertext()), label.get("href"))
    return lines


def _ncx_lines(archive: EpubArchive, name: str, data: bytes) -> list[Line]:
    """The lines of an EPUB 2 NCX (DAISY Z39.86-2005, section 8)."""
    lines: list[Line] = []
    for point in _named(parse_xml(data), "navPoint"):
        label = next((each for each in point if _local(each) == "navLabel"), None)
        content = next((each for each in point if _local(each) == "content"), None)
        depth = 1 + sum(1 for ancestor in point.iterancestors() if _local(ancestor) == "navPoint")
        words = "".join(label.itertext()) if label is not None else ""
        _append(lines, archive, name, depth, words, content.get("src") if content is not None else None)
    return lines


def _append(lines: list[Line], archive: EpubArchive, base: str, depth: int, words: str, reference: str | None) -> None:
    title = one_line(words)
    if not title or len(lines) >= MOST_LINES:
        return
    found, anchor = archive.resolve(base, reference) if reference else (None, "")
    lines.append(Line(min(depth, _DEEPEST_LINE), title, found or "", anchor[:500] if found else ""))


def _named(root: Any, name: str) -> list[Any]:
    return [element for element in root.iter(etree.Element) if _local(element) == name]


def _local(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _words(root: Any, name: str) -> str:
    """The first text of a Dublin Core element."""
    found = (one_line("".join(element.itertext())) for element in _named(root, name))
    return next((re.sub(r"\s+", " ", words) for words in found if words), "")
