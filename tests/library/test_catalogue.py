"""What the catalogue says of things: times, identifiers, languages; films, sounds and documents; pages without end."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from hub import i18n
from library.facts import Facts, Kind
from library.listing import Listed, Stamp, State
from library.media.facts import Companion, MediaFacts
from library.opds.catalogue import (
    Document,
    document_publication,
    edition_time,
    language_tags,
    latest,
    publication,
    rights_line,
    urn,
    written,
)
from library.opds.feeds import PER_PAGE
from library.opds.pages import House, OpdsPages
from library.rights import Rights
from library.serving.take_home import media_ways
from library.shelf import Shelf
from library.views import item_address
from library.web import SlugConverter

SECURE = "https://thu-vien.tinh.example"
TAKEN = Rights("Hội Nông dân", "CC BY 4.0", ("hub", "take-home"))
MTIME = 1_700_000_000 * 10**9


def line(name: str, **more: object) -> Listed:
    facts = Facts(
        name=name, title=f"Tên {name}", language="vie", publisher="", creator="", description="", date="", uuid="",
        edition=f"edition-of-{name}", articles=1, entries=1, main_path="a", has_cover=False,
    )  # fmt: skip
    facts = replace(facts, **more)  # type: ignore[arg-type]
    return Listed(f"{name}.zim", State.READY, "", "", Stamp(1000, MTIME, 1, ""), "ABCDEFG", facts)


FILM = line(
    "lua", kind="film", rights=TAKEN, has_cover=True, subjects=("Trồng trọt",),
    media=MediaFacts(mimetype="video/mp4", duration_s=61.5, poster=Companion("lua.jpg", 1, 1, "image/jpeg")),
)  # fmt: skip
KEPT_SOUND = line("cheo", kind="sound", media=MediaFacts(mimetype="audio/mpeg", duration_s=9))


def feeds(folder: Path, lines: list[Listed], inside: Mapping[str, list[Document]] | None = None) -> Flask:
    shelf = folder / "shelf.json"
    shelf.write_text(json.dumps({"books": [asdict(one) for one in lines], "problem": ""}), encoding="utf-8")
    app = Flask("feeds")
    app.url_map.converters["slug"] = SlugConverter
    i18n.init_app(app)
    pages = OpdsPages(
        Shelf(folder, shelf),
        House("trai-moi", "Nhà văn hóa bản Trại Mới"),
        hub_origin=lambda: SECURE,
        find=lambda typed: [one.name for one in lines if typed in one.name] * 2 + ["gone"],
        ways=[media_ways],
        inside=None if inside is None else lambda key, _line: inside.get(key, []),
    )
    pages.install(app)
    return app


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("2024-03-05", "2024-03-05T00:00:00Z"),
        ("2024-03", "2024-03-01T00:00:00Z"),
        ("2024", "2024-01-01T00:00:00Z"),
        (" 0999-01-01T10:00", "0999-01-01T00:00:00Z"),
        ("2024-13-01", "2023-11-14T22:13:20Z"),
        ("0000-01-01", "2023-11-14T22:13:20Z"),
        ("hôm qua", "2023-11-14T22:13:20Z"),
        ("20240305", "2023-11-14T22:13:20Z"),
        ("", "2023-11-14T22:13:20Z"),
    ],
)
def test_the_time_is_the_editions_own(date: str, time: str) -> None:
    assert written(edition_time(date, MTIME)) == time


@given(st.text(max_size=40), st.integers(-(2**63), 2**63))
def test_any_edition_has_a_time(date: str, mtime_ns: int) -> None:
    assert datetime.fromisoformat(written(edition_time(date, mtime_ns)))


def test_nothing_has_no_time() -> None:
    assert latest([]) == datetime(1970, 1, 1, tzinfo=UTC)


def test_a_name_is_the_same_on_every_hub() -> None:
    assert urn("vai") == "urn:uuid:" + urn("vai")[9:]
    assert urn("vai") == urn("vai") != urn("vai", "a")
    assert urn("a", "b") != urn("ab")
    assert urn("vai") == publication(line("vai", edition="other"), "u", "", ()).id
    assert urn("\ud800").isascii()


def test_languages_become_tags() -> None:
    assert language_tags("vie,tyz;hmv") == ("vi", "tyz", "hmv")
    assert language_tags("vi_VN, zh-Hant,vie,vi") == ("vi-VN", "zh-Hant", "vi")
    assert language_tags("Tiếng Việt, xxxx, e") == ()
    assert language_tags("") == ()


@given(st.text(max_size=60))
def test_any_stated_language_is_a_tag_or_nothing(stated: str) -> None:
    assert all(tag.isascii() and 2 <= len(tag) <= 12 for tag in language_tags(stated))


def test_rights_in_one_line() -> None:
    assert rights_line(None) == ""
    assert rights_line(Rights("A\nB", "", ())) == "A B"
    assert rights_line(TAKEN) == "CC BY 4.0 · Hội Nông dân"


def test_a_document_borrows_from_its_book() -> None:
    book = line("vai", creator="Hội", date="2024-03-05", rights=TAKEN)
    found = document_publication(book, Document("", "s/a.pdf", "application/pdf", "http://b/a.pdf", 9), "http://h/")
    assert (found.title, found.description, found.author) == ("s/a.pdf", "Tên vai", "Hội")
    assert found.id != urn("vai")
    assert [way.media_type for way in found.ways] == ["application/pdf"]


def test_films_and_sounds(tmp_path: Path) -> None:
    client = feeds(tmp_path, [FILM, KEPT_SOUND]).test_client()
    things = {
        thing["metadata"]["title"]: thing for thing in client.get("/opds/v2/tat-ca").get_json(True)["publications"]
    }
    film, sound = things["Tên lua"], things["Tên cheo"]
    assert film["metadata"]["@type"] == "https://schema.org/VideoObject"
    assert film["metadata"]["duration"] == 61.5
    assert film["images"][0]["href"] == f"{SECURE}/phim/lua/bia/edition-of-l"
    assert film["images"][0]["type"] == "image/jpeg"
    assert [(link["href"], link["type"]) for link in film["links"]] == [
        (f"{SECURE}/phim/lua/tai-ve", "video/mp4"),
        (f"{SECURE}/phim/lua/", "text/html"),
    ]
    assert [(link["href"], link["type"]) for link in sound["links"]] == [(f"{SECURE}/am-thanh/cheo/", "text/html")]
    assert item_address(Kind.SOUND, "cheo") == "/am-thanh/cheo/"
    kinds = client.get("/opds/v2/loai").get_json(True)["navigation"]
    assert [(kind["title"], kind["properties"]["numberOfItems"]) for kind in kinds] == [("Phim", 1), ("Âm thanh", 1)]
    (only,) = client.get(kinds[0]["href"].removeprefix(SECURE)).get_json(True)["publications"]
    assert only["metadata"]["title"] == "Tên lua"


def test_every_address_is_the_one_the_reader_came_by(tmp_path: Path) -> None:
    client = feeds(tmp_path, [FILM, *(line(f"n{number}") for number in range(40))]).test_client()
    for target in ("/opds", "/opds/tat-ca", "/opds/moi?trang=2", "/opds/chu-de", "/opds/tim?q=lua"):
        top = etree.fromstring(client.get(target).data)
        links = [link.get("href") for link in top.iter("{*}link")]
        assert len(links) > 5
        assert all(link.startswith(f"{SECURE}/") for link in links)
    description = etree.fromstring(client.get("/opds/tim.xml").data)
    assert all(url.get("template").startswith(f"{SECURE}/") for url in description.iter("{*}Url"))


def test_pages_follow_each_other(tmp_path: Path) -> None:
    lines = [line(f"n{number:03}") for number in range(2 * PER_PAGE + 1)]
    client = feeds(tmp_path, lines).test_client()
    target, seen, pages = "/opds/v2/tat-ca?lang=en", [], 0
    while target:
        feed = client.get(target).get_json(True)
        pages += 1
        assert feed["metadata"]["currentPage"] == pages
        assert feed["metadata"]["numberOfItems"] == len(lines)
        seen += [thing["metadata"]["title"] for thing in feed["publications"]]
        links = {link["rel"]: link["href"] for link in feed["links"]}
        assert ("next" in links, "previous" in links) == (pages < 3, pages > 1)
        assert "lang=en" in links["first"]
        target = links.get("next", "").removeprefix(SECURE)
    assert seen == [one.facts.title for one in lines if one.facts]


def test_the_newest_come_first(tmp_path: Path) -> None:
    old, new = line("a"), line("b")
    new = replace(new, stamp=replace(new.stamp, mtime_ns=MTIME + 1))
    top = etree.fromstring(feeds(tmp_path, [old, new]).test_client().get("/opds/moi").data)
    assert [title.text for title in top.iterfind("{*}entry/{*}title")] == ["Tên b", "Tên a"]


def test_what_is_found_twice_or_gone_is_listed_once(tmp_path: Path) -> None:
    top = etree.fromstring(feeds(tmp_path, [FILM, line("a")]).test_client().get("/opds/tim?q=l").data)
    assert [title.text for title in top.iterfind("{*}entry/{*}title")] == ["Tên lua"]


def test_a_language_is_one_choice_however_it_is_written(tmp_path: Path) -> None:
    client = feeds(tmp_path, [line("a"), line("b", language="vi"), line("c", language="eng")]).test_client()
    choices = client.get("/opds/v2/ngon-ngu").get_json(True)["navigation"]
    assert [choice["title"] for choice in choices] == ["Tiếng Anh", "Tiếng Việt"]
    for asked in (choices[1]["href"], "/opds/v2/tat-ca?ngon-ngu=vie", "/opds/v2/tat-ca?ngon-ngu=vi"):
        found = client.get(asked).get_json(True)["publications"]
        assert {one["metadata"]["title"] for one in found} == {"Tên a", "Tên b"}, asked


def test_an_empty_shelf_leads_back(tmp_path: Path) -> None:
    client = feeds(tmp_path, []).test_client()
    for target in ("/opds/v2/tat-ca", "/opds/v2/moi", "/opds/v2/tim?query=x", "/opds/v2/chu-de", "/opds/v2/loai"):
        feed = client.get(target).get_json(True)
        assert [link["href"] for link in feed["navigation"]] == [f"{SECURE}/opds/v2"], target
        assert feed["metadata"]["modified"] == "1970-01-01T00:00:00Z"
    assert client.get("/opds/tai-lieu").status_code == 404


def test_documents_inside_books(tmp_path: Path) -> None:
    inside = {
        name: [Document("D", "d.epub", "application/epub+zip", f"http://sach/{name}/d.epub")]
        for name in ("vai", "kept")
    }
    kept = line("kept", rights=Rights("H", "L", ("hub",)))
    client = feeds(tmp_path, [line("vai"), kept], inside).test_client()
    (thing,) = client.get("/opds/v2/tai-lieu").get_json(True)["publications"]
    assert thing["links"][0]["href"] == "http://sach/vai/d.epub"


def test_answers_that_are_known_are_not_sent_again(tmp_path: Path) -> None:
    client = feeds(tmp_path, [FILM]).test_client()
    for target in ("/opds", "/opds/v2", "/opds/tim.xml"):
        first = client.get(target)
        assert "Last-Modified" not in first.headers
        assert client.get(target, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
        assert client.head(target).data == b""
    assert client.get("/opds?lang=en").data != client.get("/opds").data


@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_a_book_says_can_be_written(title: str, more: str) -> None:
    from library.opds import atom_feeds, json_feeds
    from library.opds.feeds import Feed, Target
    from library.opds.terms import Frame

    said = line(title or "x", title=title, description=more, creator=more, subjects=(title, more), date=more)
    said = replace(said, facts=replace(said.facts, rights=Rights(more, title, ())))  # type: ignore[type-var]
    feed = Feed(Target("x", holds_things=True), "t", edition_time("", 0), (), (publication(said, "u", "c", ()),), 1, 1)
    frame = Frame("h", "i", "http://h/opds", "http://h/opds/v2", "http://h/", "http://h/s")
    (entry,) = etree.fromstring(atom_feeds.write_feed(feed, frame)).iterfind("{*}entry")
    (thing,) = json.loads(json_feeds.write_feed(feed, frame))["publications"]
    assert (entry.findtext("{*}title") or "") == thing["metadata"]["title"] != ""


@pytest.mark.parametrize("root", ["/opds", "/opds/v2"])
def test_no_letter_of_a_book_or_of_an_address_spoils_a_feed(tmp_path: Path, root: str) -> None:
    bad = "\x01\ufffe x\uffff\x1b\ud800"
    words = dict.fromkeys(("title", "creator", "publisher", "description", "date", "language"), bad)
    client = feeds(tmp_path, [line("x", **words, subjects=(bad, "\ufffe"), rights=Rights(bad, bad, ()))]).test_client()
    waiting, seen = [root], set()
    asked = quote(bad, errors="replace")
    waiting += [f"{root}/tat-ca?{name}={asked}" for name in ("loai", "ngon-ngu", "chu-de")]
    waiting += [f"{root}/tim?q={asked}", f"{root}/tim?query={asked}", f"{root}/moi?lang={asked}"]
    while waiting:
        target = waiting.pop()
        seen.add(target)
        answer = client.get(target)
        assert answer.status_code == 200, target
        assert not {"\x01", "\ufffe", "\uffff", "\x1b"} & set(answer.text), target
        _ = json.loads(answer.text) if root.endswith("v2") else etree.fromstring(answer.data)
        found = re.findall(rf'"{SECURE}({root}(?!/v2)[^"{{]*)"', unescape(answer.text))
        waiting += [link for link in found if link not in seen]
    assert len(seen) > 10
