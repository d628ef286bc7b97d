"""Writes feeds of the catalogue as OPDS 2.0: JSON that describes things as Readium's Web Publication Manifest does.

A feed without anything in it is none (the schema asks for one thing or one way on), so an empty one leads back.
"""

import json
import re
from typing import Any, Final

from library.facts import Kind
from library.opds.catalogue import HTML_TYPE, Publication, written
from library.opds.feeds import PAGE, PER_PAGE, ROOT, Feed, Signpost
from library.opds.terms import ACQUISITION_TYPE, GET, IMAGE, JSON_TYPE, NAVIGATION_TYPE, Frame, neighbours, page_query

_TYPES: Final = {
    Kind.BOOK.value: "https://schema.org/Book",
    Kind.FILM.value: "https://schema.org/VideoObject",
    Kind.SOUND.value: "https://schema.org/AudioObject",
}
_WHOLE_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def write_feed(feed: Feed, frame: Frame) -> bytes:
    """A feed as a JSON document."""
    document: dict[str, Any] = {"metadata": _about(feed), "links": _links(feed, frame)}
    if feed.signposts:
        document["navigation"] = [_signpost(post, frame) for post in feed.signposts]
    if feed.publications:
        document["publications"] = [_publication(thing) for thing in feed.publications]
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _about(feed: Feed) -> dict[str, Any]:
    about: dict[str, Any] = {"title": feed.title, "modified": written(feed.updated)}
    if feed.page:
        about |= {"numberOfItems": feed.total, "itemsPerPage": PER_PAGE, "currentPage": feed.page}
    return about


def _links(feed: Feed, frame: Frame) -> list[dict[str, Any]]:
    page = page_query(feed)
    atom = ACQUISITION_TYPE if feed.target.holds_things else NAVIGATION_TYPE
    links = [
        _link("self", frame.address(feed.target, *page), JSON_TYPE),
        _link("start", frame.address(ROOT), JSON_TYPE),
        *([_link("up", frame.address(ROOT), JSON_TYPE)] if feed.target.path else []),
        {**_link("search", frame.search, JSON_TYPE), "templated": True},
        _link("alternate", frame.other_address(feed.target, *page), atom),
        _link("alternate", frame.page_url, HTML_TYPE),
    ]
    return links + [
        _link(relation, frame.address(feed.target, (PAGE, str(number))), JSON_TYPE)
        for relation, number in neighbours(feed)
    ]


def _signpost(post: Signpost, frame: Frame) -> dict[str, Any]:
    link = {**_link(post.relation, frame.address(post.target), JSON_TYPE), "title": post.title}
    if post.count:
        link["properties"] = {"numberOfItems": post.count}
    return link


def _publication(thing: Publication) -> dict[str, Any]:
    about: dict[str, Any] = {
        "@type": _TYPES[thing.kind],
        "identifier": thing.id,
        "title": thing.title,
        "modified": written(thing.updated),
        "published": thing.published if _WHOLE_DAY.fullmatch(thing.published) else "",
        "language": list(thing.languages),
        "author": [{"name": thing.author}] if thing.author else [],
        "publisher": [{"name": thing.publisher}] if thing.publisher else [],
        "description": thing.description,
        "subject": list(thing.subjects),
        "rights": thing.rights,
        "duration": thing.duration_s,
    }
    links = []
    for way in thing.ways:
        link = _link(GET, way.url, way.media_type)
        link |= {name: value for name, value in (("title", way.title), ("size", way.size)) if value}
        links.append(link)
    if all(way.url != thing.page_url for way in thing.ways):
        links.append(_link("alternate", thing.page_url, HTML_TYPE))
    document: dict[str, Any] = {"metadata": {name: said for name, said in about.items() if said}, "links": links}
    if thing.cover_url:
        pictures = [(thing.cover_url, thing.cover_type), (thing.small_url, thing.small_type)]
        document["images"] = [_link(IMAGE, url, media_type) for url, media_type in pictures if url]
    return document


def _link(relation: str, url: str, media_type: str) -> dict[str, Any]:
    return {"rel": relation, "href": url, "type": media_type}
