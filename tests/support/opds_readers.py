"""Two readers that walk a catalogue as KOReader and Thorium do, written from what these do, not from how.

KOReader takes XML apart by hand: no namespaces, decimal references only, relations and types compared as text. It asks
for a feed's headers first, follows ``next`` by itself, and makes its search address by putting "%s" in place of what
stands in braces. Thorium resolves addresses, goes by the first link of an entry that leads on, and makes its own search
address only where a template looks as it expects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urljoin, urlsplit
from xml.parsers import expat

READABLE = {"application/epub+zip": "epub", "application/pdf": "pdf", "text/html": "html"}


@dataclass(frozen=True)
class Got:
    """An answer of the hub."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Fetch = Callable[[str, str, Mapping[str, str]], Got]
"""Method, whole address, headers."""


@dataclass
class Item:
    """A line of a reader's list."""

    title: str
    url: str = ""
    ways: list[tuple[str, str]] = field(default_factory=list)
    cover: str = ""
    text: str = ""


@dataclass
class Shown:
    """What a reader shows of a feed."""

    items: list[Item]
    next: str = ""
    search: str = ""


class KoReader:
    """Walks either kind of feed."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    def open(self, url: str) -> Shown:
        headers = {"Accept-Encoding": "identity", "Accept": "application/opds+json, application/atom+xml, */*"}
        head = self._fetch("HEAD", url, headers)
        assert head.status == 200
        assert "Last-Modified" not in head.headers, "it would keep a feed for as long as this stays the same"
        got = self._fetch("GET", url, headers)
        assert got.status == 200, url
        text = got.body.decode()
        return self._of_json(json.loads(text), url) if re.match(r"\s*{", text) else self._of_xml(text, url)

    def everything(self, url: str) -> list[Item]:
        """A feed with all its pages."""
        items: list[Item] = []
        while url:
            shown = self.open(url)
            items += shown.items
            url = shown.next
        return items

    def search(self, shown: Shown, typed: str) -> Shown:
        assert "%s" in shown.search
        return self.open(shown.search.replace("%s", quote(typed, safe="")))

    def download(self, item: Item) -> Got:
        """The first way of an item whose kind it can read."""
        way = next(url for url, kind in item.ways if kind in READABLE)
        assert self._fetch("HEAD", way, {}).status == 200
        return self._fetch("GET", way, {"Accept-Encoding": "identity"})

    def _of_xml(self, text: str, url: str) -> Shown:
        assert not re.search(r"&#x", text), "it knows decimal references only"
        top = _flat(text)
        shown = Shown([])
        for link in top.get("link", []):
            if "application/opensearchdescription+xml" in link["type"]:
                described = _flat(self._fetch("GET", urljoin(url, link["href"]), {}).body.decode())
                template = next(one["template"] for one in described["Url"] if "application/atom+xml" in one["type"])
                shown.search = urljoin(url, template.replace("{searchTerms}", "%s"))
                assert "{" not in shown.search
            elif "application/atom+xml" in link["type"] and link["rel"] == "next":
                shown.next = urljoin(url, link["href"])
        for entry in top.get("entry", []):
            item = Item(entry["title"], text=entry.get("content") or entry.get("summary", ""))
            for link in entry.get("link", []):
                address = urljoin(url, link["href"])
                leads_on = link["rel"] in {"subsection", "http://opds-spec.org/sort/new"}
                if "application/atom+xml" in link["type"] and leads_on:
                    item.url = address
                elif link["rel"].startswith("http://opds-spec.org/acquisition"):
                    item.ways.append((address, link["type"]))
                elif link["rel"] == "http://opds-spec.org/image":
                    item.cover = address
                elif link["rel"] not in {"alternate", "http://opds-spec.org/image/thumbnail"}:
                    assert link["type"] not in READABLE, "it would offer this as a download"
            shown.items.append(item)
        return shown

    def _of_json(self, document: dict[str, Any], url: str) -> Shown:
        shown = Shown([])
        for link in document["links"]:
            if link["rel"] == "search":
                assert "query" not in re.sub(r"{.*}", "", link["href"])
                shown.search = urljoin(url, re.sub(r"{.*}", "?query=%s", link["href"]))
            elif link["rel"] == "next":
                shown.next = urljoin(url, link["href"])
        shown.items += [Item(line["title"], urljoin(url, line["href"])) for line in document.get("navigation", [])]
        for thing in document.get("publications", []):
            about = thing["metadata"]
            item = Item(about["title"], text=about.get("description", ""))
            item.ways = [
                (urljoin(url, link["href"]), link["type"])
                for link in thing["links"]
                if link["rel"].startswith("http://opds-spec.org/acquisition")
            ]
            item.cover = thing["images"][0]["href"] if "images" in thing else ""
            shown.items.append(item)
        return shown


class Thorium:
    """Walks either kind of feed; XML must begin with its declaration."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    def open(self, url: str) -> Shown:
        got = self._fetch("GET", url, {})
        kind = got.headers["Content-Type"]
        assert kind.startswith(("application/opds+json", "application/atom+xml")), kind
        if got.body.startswith(b"<?xml"):
            top = _flat(got.body.decode())
            shown = Shown([])
            for entry in top.get("entry", []):
                links = entry["link"]
                ways = [link for link in links if link["rel"].startswith("http://opds-spec.org/acquisition")]
                item = Item(entry["title"], "" if ways else urljoin(url, links[0]["href"]))
                item.ways = [(link["href"], link["type"]) for link in ways]
                shown.items.append(item)
            search = [link for link in top["link"] if link["rel"] == "search"]
            described = _flat(self._fetch("GET", urljoin(url, search[0]["href"]), {}).body.decode())
            template = next(one["template"] for one in described["Url"] if "application/atom+xml" in one["type"])
            assert urlsplit(template).netloc, "it does not resolve this address"
            assert "{searchTerms}" in urlsplit(template).query
            shown.search = template
            return shown
        document = json.loads(got.body)
        shown = Shown([Item(line["title"], urljoin(url, line["href"])) for line in document.get("navigation", [])])
        for thing in document.get("publications", []):
            links = [link for link in thing["links"] if link["rel"].startswith("http://opds-spec.org/acquisition")]
            ways = [(urljoin(url, link["href"]), link["type"]) for link in links]
            shown.items.append(Item(thing["metadata"]["title"], ways=ways))
        (search,) = [link["href"] for link in document["links"] if link["rel"] == "search"]
        path, brace, rest = urljoin(url, search).partition("{")
        assert (brace, rest) == ("{", "?query}"), "it takes no other template"
        shown.search = path + "?query={searchTerms}"
        return shown

    def search(self, shown: Shown, typed: str) -> Shown:
        return self.open(shown.search.replace("{searchTerms}", quote(typed, safe="")))


def _flat(text: str) -> dict[str, Any]:
    """XML as a tree of dictionaries, names as they are written; the root's own content."""
    stack: list[Any] = [{}]
    parser = expat.ParserCreate()

    def begin(name: str, attributes: dict[str, str]) -> None:
        stack.append({**attributes, "": ""})

    def letters(data: str) -> None:
        stack[-1][""] += data

    def end(name: str) -> None:
        found = stack.pop()
        words = found.pop("")
        value = found or words
        if name in {"entry", "link", "Url"}:
            stack[-1].setdefault(name, []).append(value)
        else:
            stack[-1].setdefault(name, value)

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler = letters
    parser.Parse(text.encode(), True)
    (root,) = stack[0].values()
    assert isinstance(root, dict)
    return root
