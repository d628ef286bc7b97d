"""Writes feeds of the catalogue as OPDS 1.2 (Atom, RFC 4287), and the description of its search (OpenSearch 1.1).

Some readers take XML apart by hand: there are no prefixes on Atom's own elements, no references but the five of XML
itself, and the first link of an entry that leads on is the way on.
"""

from collections.abc import Iterable
from typing import Final

from lxml import etree

from library.opds.catalogue import HTML_TYPE, Publication, urn, written
from library.opds.feeds import PAGE, PER_PAGE, ROOT, Feed, Signpost
from library.opds.terms import (
    ACQUISITION_TYPE,
    DESCRIPTION_TYPE,
    GET,
    IMAGE,
    JSON_TYPE,
    NAVIGATION_TYPE,
    Frame,
    neighbours,
    page_query,
)

_ATOM: Final = "http://www.w3.org/2005/Atom"
_TERMS: Final = "http://purl.org/dc/terms/"
_SEARCH: Final = "http://a9.com/-/spec/opensearch/1.1/"
_SUBJECTS: Final = "https://village-hub.invalid/subjects"


def write_feed(feed: Feed, frame: Frame) -> bytes:
    """A feed as an Atom document."""
    feed_type = ACQUISITION_TYPE if feed.target.holds_things else NAVIGATION_TYPE
    top = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM, "dc": _TERMS, "opensearch": _SEARCH})
    _add(top, "id", urn(frame.house_id, feed.target.address(*page_query(feed))))
    _add(top, "title", feed.title)
    _add(top, "updated", written(feed.updated))
    _add(_add(top, "author"), "name", frame.house)
    page = page_query(feed)
    _link(top, "self", frame.address(feed.target, *page), feed_type)
    _link(top, "start", frame.address(ROOT), NAVIGATION_TYPE)
    if feed.target.path:
        _link(top, "up", frame.address(ROOT), NAVIGATION_TYPE)
    _link(top, "search", frame.search, DESCRIPTION_TYPE)
    _link(top, "alternate", frame.other_address(feed.target, *page), JSON_TYPE)
    _link(top, "alternate", frame.page_url, HTML_TYPE)
    for relation, number in neighbours(feed):
        _link(top, relation, frame.address(feed.target, (PAGE, str(number))), feed_type)
    if feed.page:
        _add(top, "totalResults", str(feed.total), _SEARCH)
        _add(top, "startIndex", str((feed.page - 1) * PER_PAGE + 1), _SEARCH)
        _add(top, "itemsPerPage", str(PER_PAGE), _SEARCH)
    for post in feed.signposts:
        _add_signpost(top, post, frame)
    for thing in feed.publications:
        _add_publication(top, thing)
    return _document(top)


def write_description(name: str, about: str, templates: Iterable[tuple[str, str]]) -> bytes:
    """The description of the search.

    Args:
        name: what the catalogue is called; programs show 16 letters of it.
        about: what can be found.
        templates: media type and whole address, with ``{searchTerms}`` in it, of each way to search.
    """
    top = etree.Element(f"{{{_SEARCH}}}OpenSearchDescription", nsmap={None: _SEARCH})
    _add(top, "ShortName", name[:16], _SEARCH)
    _add(top, "Description", about[:1024], _SEARCH)
    _add(top, "InputEncoding", "UTF-8", _SEARCH)
    _add(top, "OutputEncoding", "UTF-8", _SEARCH)
    for media_type, template in templates:
        etree.SubElement(top, f"{{{_SEARCH}}}Url", type=media_type, template=template)
    return _document(top)


def _add_signpost(top: etree._Element, post: Signpost, frame: Frame) -> None:
    entry = _add(top, "entry")
    kind = ACQUISITION_TYPE if post.target.holds_things else NAVIGATION_TYPE
    _link(entry, post.relation, frame.address(post.target), kind)
    _add(entry, "title", post.title)
    _add(entry, "id", urn(frame.house_id, post.target.address(), "entry"))
    _add(entry, "updated", written(post.updated))
    _add(entry, "content", post.note).set("type", "text")


def _add_publication(top: etree._Element, thing: Publication) -> None:
    entry = _add(top, "entry")
    _add(entry, "title", thing.title)
    _add(entry, "id", thing.id)
    _add(entry, "updated", written(thing.updated))
    if thing.author:
        _add(_add(entry, "author"), "name", thing.author)
    for subject in thing.subjects:
        etree.SubElement(entry, f"{{{_ATOM}}}category", term=subject, label=subject, scheme=_SUBJECTS)
    if thing.rights:
        _add(entry, "rights", thing.rights)
    if thing.description:
        _add(entry, "summary", thing.description)
    for name, value in (
        *(("language", tag) for tag in thing.languages),
        ("issued", thing.published),
        ("publisher", thing.publisher),
        ("rights", thing.rights),
        ("identifier", thing.id),
    ):
        if value:
            _add(entry, name, value, _TERMS)
    for way in thing.ways:
        link = _link(entry, GET, way.url, way.media_type)
        if way.title:
            link.set("title", way.title)
        if way.size:
            link.set("length", str(way.size))
    if thing.cover_url:
        _link(entry, IMAGE, thing.cover_url, thing.cover_type)
    if thing.small_url:
        _link(entry, f"{IMAGE}/thumbnail", thing.small_url, thing.small_type)
    if all(way.url != thing.page_url for way in thing.ways):
        _link(entry, "alternate", thing.page_url, HTML_TYPE)


def _add(parent: etree._Element, name: str, text: str = "", space: str = _ATOM) -> etree._Element:
    element = etree.SubElement(parent, f"{{{space}}}{name}")
    if text:
        element.text = text
    return element


def _link(parent: etree._Element, relation: str, url: str, media_type: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_ATOM}}}link", rel=relation, href=url, type=media_type)


def _document(top: etree._Element) -> bytes:
    data: bytes = etree.tostring(top, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return data
