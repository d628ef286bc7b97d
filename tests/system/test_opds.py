"""The catalogue for programs: walked as KOReader and Thorium do, judged by the published schemas, on every host."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import opds_schemas
import pytest
from lxml import etree
from opds_readers import Got, KoReader, Thorium

from library.testing import Entry, bake_zim, split_zim

if TYPE_CHECKING:
    from tests.system.conftest import Site

HUB = "http://localhost:8080"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xfc\xcf\xc0P\x0f\x00\x04\x85\x01\x80\x84\xa9\x8c!\x00\x00\x00\x00IEND\xaeB`\x82"
)
HOSTILE = "\x07Vải ]]> <b>&amp;\u202e thiều\ufffe\x1f" + "a" * 10_000
RIGHTS = {"holder": "Hội Nông dân", "licence": "CC BY-SA 4.0", "uses": ["hub", "take-home"]}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, make_site: Callable[[Path, Path], Site]) -> Site:
    content = tmp_path_factory.mktemp("content")
    page = {"a": Entry("<p>Vải thiều Lục Ngạn</p>", "Trang đầu")}
    documents = {
        "s/vai.epub": Entry(b"PK\x03\x04 epub", "Cây vải", mimetype="application/epub+zip", front=False),
        "s/ga.pdf": Entry(b"%PDF-1.4 ga", "Nuôi gà", mimetype="application/pdf"),
    }
    bake_zim(
        content / "vai.zim",
        {**page, **documents},
        name="vai",
        title="Kỹ thuật trồng vải thiều",
        language="vie,tyz",
        metadata={
            "Date": "2024-03-05",
            "Creator": "Hội Nông dân",
            "Tags": "Trồng trọt;Cây ăn quả",
            "X-Hub-Rights": json.dumps(RIGHTS),
        },
        illustration_png=PNG,
    )
    kept = json.dumps({**RIGHTS, "uses": ["hub"]})
    bake_zim(
        content / "kept.zim", page | documents, name="kept", title="Chỉ đọc ở đây", metadata={"X-Hub-Rights": kept}
    )
    bake_zim(content / "hostile.zim", page, name="hostile", title=HOSTILE, metadata={"Description": HOSTILE})
    bake_zim(content / "named.zim", page, name="Tủ sách/bản Trại Mới?", title="Tên lạ")
    bake_zim(content / "parts.zim", {"a": Entry("x" * 9000, compress=False)}, name="parts", title="Nhiều phần")
    split_zim(content / "parts.zim", 4000)
    data = tmp_path_factory.mktemp("data")
    site = make_site(content, data)
    add_lines(data / "state" / "shelf.json", 34)
    return site


def add_lines(shelf: Path, count: int) -> None:
    """Put more books on the list, without their files: enough for a second page."""
    listing = json.loads(shelf.read_bytes())
    model = next(line for line in listing["books"] if line["facts"]["name"] == "kept")
    for number in range(count):
        words = {"name": f"n{number}", "title": f"Sách số {number:02}", "edition": f"edition-{number}"}
        facts = {**model["facts"], **words}
        listing["books"].append({**model, "file": f"n{number}.zim", "facts": facts})
    shelf.write_text(json.dumps(listing), encoding="utf-8")


def fetch_from(site: Site) -> Callable[[str, str, Mapping[str, str]], Got]:
    def fetch(method: str, url: str, headers: Mapping[str, str]) -> Got:
        parts = urlsplit(url)
        assert parts.scheme == "http"
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        answer = site.ask(target, host=parts.netloc, method=method, headers=headers)
        return Got(answer.status, answer.headers, answer.body)

    return fetch


def every_feed(site: Site, root: str, host: str = "localhost:8080") -> Iterator[tuple[str, bytes, str]]:
    """Every feed that can be reached from a root, with its media type."""
    waiting, seen = [root], set()
    while waiting:
        target = waiting.pop()
        if target in seen:
            continue
        seen.add(target)
        answer = site.ask(target, host=host)
        assert answer.status == 200, target
        kind = answer.headers["Content-Type"]
        yield target, answer.body, kind
        if kind.startswith("application/opds+json"):
            document = json.loads(answer.body)
            links = [*document["links"], *document.get("navigation", [])]
        else:
            links = [dict(link.attrib) for link in etree.fromstring(answer.body).iter("{*}link")]
        for link in links:
            if link["type"] == kind or (link["rel"] != "alternate" and link["type"].startswith("application/atom+xml")):
                found = urlsplit(link["href"])
                assert found.netloc == host
                if "{" not in link["href"]:
                    waiting.append(found.path + (f"?{found.query}" if found.query else ""))


@pytest.mark.parametrize("root", ["/opds", "/opds/v2"])
def test_koreader_walks_from_the_root_to_a_book(site: Site, root: str) -> None:
    reader = KoReader(fetch_from(site))
    first = reader.open(HUB + root)
    titles = [item.title for item in first.items]
    assert titles == ["Tất cả", "Mới về", "Tài liệu", "Theo loại", "Theo ngôn ngữ", "Theo chủ đề"]
    everything = reader.everything(first.items[0].url)
    assert len(everything) == 39
    assert len({item.title for item in everything}) == 39
    documents = {item.title: item for item in reader.everything(first.items[2].url)}
    assert set(documents) == {"Cây vải", "Nuôi gà"}
    assert reader.download(documents["Cây vải"]).body == b"PK\x03\x04 epub"
    assert reader.download(documents["Nuôi gà"]).body == b"%PDF-1.4 ga"
    found = reader.search(first, "vai thieu")
    assert found.items[0].title == "Kỹ thuật trồng vải thiều"
    assert found.items[0].cover.startswith(f"{HUB}/sach/vai/bia")
    assert [item.url for item in reader.search(first, "zzzz").items] in ([], [HUB + root])


@pytest.mark.parametrize("root", ["/opds", "/opds/v2"])
def test_thorium_walks_from_the_root_to_a_book(site: Site, root: str) -> None:
    reader = Thorium(fetch_from(site))
    first = reader.open(HUB + root)
    subjects = reader.open(first.items[5].url)
    assert [item.title for item in subjects.items] == ["Cây ăn quả", "Trồng trọt"]
    (book,) = reader.open(subjects.items[0].url).items
    assert book.title == "Kỹ thuật trồng vải thiều"
    assert book.ways == [(f"{HUB}/tai-ve/vai.zim", "application/x-zim")]
    assert reader.search(first, "VẢI thiều").items[0].title == book.title
    languages = reader.open(first.items[4].url)
    assert [item.title for item in languages.items] == ["Tiếng Tày", "Tiếng Việt"]


@pytest.mark.parametrize("root", ["/opds", "/opds/v2"])
def test_every_feed_keeps_the_published_schema(site: Site, root: str, project: Path) -> None:
    schemas = opds_schemas.beside(project)
    if not schemas.is_dir():
        pytest.skip(f"the published schemas are not at {schemas}")
    atom, feed = opds_schemas.atom_validator(schemas), opds_schemas.json_validator(schemas, "feed")
    found = [f"{root}/tim?q={typed}&query={typed}" for typed in ("zzzz", "vai", "%3Cb%3E%22%00%F0%9F%98%80")]
    feeds = [feed for start in (root, f"{root}/moi?lang=en", *found) for feed in every_feed(site, start)]
    assert len(feeds) > 10
    assert b"/sach/vai/" in {target: body for target, body, _ in feeds}[found[1]]
    for target, body, _kind in feeds:
        if body.startswith(b"<"):
            assert atom.validate(etree.fromstring(body)), (target, atom.error_log.last_error)
        else:
            assert [error.message for error in feed.iter_errors(json.loads(body))] == [], target


def test_a_slip_in_a_feed_is_found(site: Site, project: Path) -> None:
    schemas = opds_schemas.beside(project)
    if not schemas.is_dir():
        pytest.skip(f"the published schemas are not at {schemas}")
    atom, feed = opds_schemas.atom_validator(schemas), opds_schemas.json_validator(schemas, "feed")
    xml = site.ask("/opds/tat-ca", host="localhost:8080").body
    for slip in (
        (b"<updated>", b"<updated>yesterday "),
        (b'href="http', b'href="ht tp'),
        (b"open-access", b"buy"),
        (b'type="image/png"', b'type="png"'),
        (b"<id>", b"<name>x</name><id>"),
    ):
        assert xml.replace(*slip, 1) != xml
        assert not atom.validate(etree.fromstring(xml.replace(*slip, 1))), slip
    good = json.loads(site.ask("/opds/v2/tat-ca", host="localhost:8080").body)
    thing = good["publications"][0]
    for bad in (
        {**good, "publications": []},
        {**good, "links": []},
        {**good, "publications": [{**thing, "links": [{"rel": "alternate", "href": "/x"}]}]},
        {**good, "publications": [{**thing, "metadata": {**thing["metadata"], "language": ["Tiếng Việt"]}}]},
    ):
        assert not feed.is_valid(bad)


def test_what_a_book_says_is_in_both_feeds(site: Site) -> None:
    entry = next(
        one
        for one in etree.fromstring(
            site.ask("/opds/tat-ca?chu-de=tr%E1%BB%93ng+tr%E1%BB%8Dt", host="localhost:8080").body
        ).iter("{*}entry")
    )
    said = {etree.QName(child).localname: child.text for child in entry if child.text and child.text.strip()}
    assert said["updated"] == "2024-03-05T00:00:00Z"
    assert said["issued"] == "2024-03-05"
    assert said["rights"] == "CC BY-SA 4.0 · Hội Nông dân"
    assert [child.text for child in entry.iter("{http://purl.org/dc/terms/}language")] == ["vi", "tyz"]
    document = json.loads(site.ask("/opds/v2/tat-ca?chu-de=tr%E1%BB%93ng+tr%E1%BB%8Dt", host="localhost:8080").body)
    (thing,) = document["publications"]
    about = thing["metadata"]
    assert about["identifier"] == said["id"] == said["identifier"]
    assert about["modified"] == said["updated"]
    assert about["language"] == ["vi", "tyz"]
    assert about["subject"] == ["Trồng trọt", "Cây ăn quả"]
    assert about["rights"] == said["rights"]
    assert about["author"] == [{"name": "Hội Nông dân"}]


def test_the_list_for_programs_says_the_same(site: Site) -> None:
    rows = {row["name"]: row for row in json.loads(site.ask("/api/shelf", host="localhost:8080").body)["books"]}
    things = json.loads(site.ask("/opds/v2/tat-ca", host="localhost:8080").body)["publications"]
    known = {thing["metadata"]["identifier"]: thing for thing in things}
    row, thing = rows["vai"], known[rows["vai"]["id"]]
    assert row["subjects"] == thing["metadata"]["subject"]
    assert row["cover"] == thing["images"][0]["href"]
    assert row["rights"] == RIGHTS | {"proof": ""}
    picture = site.ask(row["cover"].removeprefix(HUB), host="localhost:8080")
    assert (picture.body, picture.headers["Content-Type"]) == (PNG, thing["images"][0]["type"])


def test_hostile_words_break_nothing(site: Site) -> None:
    titles = [item.title for item in KoReader(fetch_from(site)).everything(f"{HUB}/opds/tat-ca")]
    (hostile,) = [title for title in titles if "thiều" in title and "]]>" in title]
    assert len(hostile) <= 300
    assert not {"\x07", "\x1f", "\u202e", "\ufffe"} & set(hostile)
    assert "<b>&amp;" in hostile
    from urllib.parse import quote

    for typed in (
        '"',
        "*",
        "NEAR -x",
        "\x00\x1b",
        "😀",
        "ក" * 10_000,
        "]]>",
        "%zz",
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    ):
        for path in ("/opds/tim?q=", "/opds/v2/tim?query="):
            answer = site.ask(path + quote(typed, errors="replace"), host="localhost:8080")
            assert answer.status == 200, typed
            _ = json.loads(answer.body) if "v2" in path else etree.fromstring(answer.body)
    for target in (
        "/opds?trang=-1",
        "/opds/tat-ca?trang=99999999999999999999",
        "/opds/tat-ca?loai=%00&trang=x",
        "/opds/v2/moi?lang=%22",
    ):
        assert site.ask(target, host="localhost:8080").status == 200, target
    assert site.ask("/opds/anything", host="localhost:8080").status == 404


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"])
@pytest.mark.parametrize("root", ["/opds", "/opds/v2"])
def test_addresses_stay_on_the_host_they_were_asked_at(site: Site, host: str, root: str) -> None:
    feeds = list(every_feed(site, root, host))
    assert len(feeds) > 5
    assert all(f"http://{host}{root}".encode() in body for _target, body, _kind in feeds)


def test_a_book_is_taken_home_whole_or_in_parts(site: Site) -> None:
    for key, files in (("vai", "vai.zim"), ("parts", "parts.zim??")):
        original = b"".join(path.read_bytes() for path in sorted(site.content.glob(files)))
        answer = site.ask(f"/tai-ve/{key}.zim", host="localhost:8080")
        assert answer.headers["Content-Type"] == "application/x-zim"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{key}.zim"'
        assert hashlib.sha256(answer.body).digest() == hashlib.sha256(original).digest()
        rest = site.ask(f"/tai-ve/{key}.zim", host="localhost:8080", headers={"Range": "bytes=3990-4010"})
        assert (rest.status, rest.body) == (206, original[3990:4011])
        head = site.ask(f"/tai-ve/{key}.zim", host="localhost:8080", method="HEAD")
        assert head.headers["Content-Length"] == str(len(original))
        again = site.ask(f"/tai-ve/{key}.zim", host="localhost:8080", headers={"If-None-Match": head.headers["ETag"]})
        assert again.status == 304


def test_what_may_not_be_taken_home_is_only_read_here(site: Site) -> None:
    assert site.ask("/tai-ve/kept.zim", host="localhost:8080").status == 404
    for root in ("/opds", "/opds/v2"):
        things = {item.title: item for item in KoReader(fetch_from(site)).everything(f"{HUB}{root}/tat-ca")}
        assert things["Chỉ đọc ở đây"].ways == [(f"{HUB}/sach/kept/", "text/html")]


def test_feeds_know_each_other_and_the_shelf_knows_them(site: Site) -> None:
    page = etree.HTML(site.ask("/tu-sach", host="localhost:8080").text)
    known = {(link.get("type"), link.get("href")) for link in page.iter("link") if link.get("rel") == "alternate"}
    assert known == {
        ("application/atom+xml;profile=opds-catalog;kind=navigation", "/opds"),
        ("application/opds+json", "/opds/v2"),
    }
    for target, body, _kind in every_feed(site, "/opds"):
        links = etree.fromstring(body).findall("{*}link[@rel='alternate']")
        (other,) = [link.get("href") for link in links if link.get("type") == "application/opds+json"]
        answer = site.ask(other.removeprefix(HUB), host="localhost:8080")
        assert answer.status == 200
        back = [link["href"] for link in json.loads(answer.body)["links"] if "atom+xml" in link["type"]]
        assert back == [HUB + target] or "trang=1" in target
    answer = site.ask("/opds/tat-ca", host="localhost:8080")
    assert answer.headers["Content-Type"] == "application/atom+xml;profile=opds-catalog;kind=acquisition"
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert site.ask("/opds/tat-ca", host="localhost:8080", headers=tag).status == 304
