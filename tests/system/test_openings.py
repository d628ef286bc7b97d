"""Openings counted by the real website: what counts, who may see the numbers, and that nobody is in the file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hub.openings import collector_of, file_of
from library.testing import Entry, bake_zim

if TYPE_CHECKING:
    from tests.system.conftest import Answer, Site

HUB = "localhost:8080"
PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 9) Chrome/96 Mobile", "X-Real-IP": "10.10.10.77"}
ADMIN = {"Cookie": "", "User-Agent": PHONE["User-Agent"]}


@pytest.fixture
def site(tmp_path: Path, open_site: Callable[[Path], Site]) -> Site:
    content = tmp_path / "content"
    content.mkdir()
    pages = {"a": Entry("<p>a</p>", "A"), "b": Entry("<p>b</p>", "B")}
    pages["d.pdf"] = Entry(b"%PDF-1.4", "D", mimetype="application/pdf")
    bake_zim(content / "vai.zim", pages, name="vai", title="=Vải thiều", main_path="a")
    site = open_site(content)
    site.config.paths.run.mkdir(exist_ok=True)
    return site


def ask(site: Site, path: str, **headers: str) -> Answer:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return site.ask(path, host=HUB, headers=PHONE | more)


def counted(site: Site) -> dict[tuple[str, str], int]:
    collector_of(site.config).collect()
    found: dict[tuple[str, str], int] = {}
    for row in file_of(site.config).rows():
        found[row.name, row.kind] = found.get((row.name, row.kind), 0) + row.count
    return found


def test_a_visit_is_counted_once(site: Site) -> None:
    (code,) = [line.code for line in site.shelf.listing().books]
    led = ask(site, f"/q/{code}").headers["Location"]
    assert led == "/sach/vai/"
    shelf_page = f"http://{HUB}/sach/vai/"
    ask(site, "/tu-sach")
    ask(site, "/sach/vai/")
    first = ask(site, "/doc/vai/a", Referer=shelf_page)
    assert first.status == 200
    ask(site, "/doc/vai/b", Referer=f"http://{HUB}/doc/vai/a")
    ask(site, "/doc/vai/b", Referer=f"http://{HUB}/doc/vai/a", Cache_Control="max-age=0")
    ask(site, "/doc/vai/a", Referer=shelf_page, Purpose="prefetch")
    site.ask("/doc/vai/a", host=HUB, method="HEAD", headers=PHONE)
    for path in ("/opds", "/opds/v2/tat-ca", "/tai-ve/vai.zim", "/doc/other/a", "/doc/vai/missing"):
        ask(site, path)
    assert counted(site) == {("vai", "code"): 1, ("vai", "book"): 1}
    assert ask(site, "/tai-lieu/vai/d.pdf").status == 200
    assert counted(site) == {("vai", "code"): 1, ("vai", "book"): 1, ("vai", "document"): 1}


def test_nobody_is_in_the_files(site: Site) -> None:
    secrets = {
        "X_Forwarded_For": "203.0.113.9",
        "Cookie": "lang=vi; sid=0123456789abcdef",
        "Referer": f"http://{HUB}/tim?q=benh-kin",
        "Accept_Language": "km-KH",
    }
    for _ in range(3):
        ask(site, "/doc/vai/a", **secrets)
    paths = site.config.paths
    while_waiting = (paths.run / "openings").read_bytes()
    counted(site)
    files = [path for path in paths.state.iterdir() if path.name.startswith("openings.sqlite")]
    assert files
    kept = while_waiting + b"".join(path.read_bytes() for path in files)
    assert b"vai" in kept
    for trace in (b"10.10.10.77", b"127.0.0.1", b"203.0.113.9", b"0123456789abcdef", b"benh-kin", b"km-KH", b"Mozilla"):
        assert trace not in kept, trace
    assert not re.search(rb"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}|\d{1,3}(?:\.\d{1,3}){3}", kept)
    assert not re.search(rb"\d\d:\d\d", kept), "no time of the day"


def test_a_page_is_worth_more_than_its_count(site: Site) -> None:
    (site.config.paths.run / "openings").mkdir()
    assert ask(site, "/doc/vai/a").status == 200


def test_only_those_who_look_after_the_hub_see_the_numbers(site: Site) -> None:
    answer = ask(site, "/quan-tri/luot-mo.csv")
    assert answer.status == 303
    assert answer.headers["Location"].startswith("/dang-nhap")


def test_the_panel_and_the_table(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub import guard

    seen = guard.User(guard.roles.Role.VILLAGE_HEAD)
    monkeypatch.setattr(guard, "current_user", lambda: seen)
    monkeypatch.setattr("hub.admin.current_user", lambda: seen)
    for _ in range(1234):
        site.ask("/doc/vai/a", host=HUB, headers=PHONE)
    counted(site)
    rows = list(csv.reader(io.StringIO(ask(site, "/quan-tri/luot-mo.csv").text.removeprefix("\ufeff"))))
    assert rows[0] == ["day", "kind", "name", "title", "openings"]
    assert rows[1][1:] == ["book", "vai", "'=Vải thiều", "1234"]
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", rows[1][0])
    page = ask(site, "/quan-tri").text
    assert "1.234" in page
    assert "=Vải thiều" in page
    (site.config.paths.state / "openings.sqlite-wal").unlink(missing_ok=True)
    (site.config.paths.state / "openings.sqlite").write_bytes(b"damaged" * 1000)
    assert "Sổ đếm đang nghỉ" in ask(site, "/quan-tri").text
    assert ask(site, "/quan-tri/luot-mo.csv").status == 503
