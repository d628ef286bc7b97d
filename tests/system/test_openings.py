"""Openings counted by the real website: what counts, who may see the numbers, and that nobody is in the file."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from hub import guard
from hub.accounts import Accounts
from hub.openings import collector_of, file_of, spool_of
from hub.roles import Role
from library.openings.days import day_of
from library.openings.pages import OpeningsPages
from library.testing import Entry, bake_zim

if TYPE_CHECKING:
    from tests.system.conftest import Answer, Site

HUB = "localhost:8080"
DOCUMENT = "/tai-lieu/vai/d.pdf"
PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 9) Chrome/96 Mobile", "X-Real-IP": "10.10.10.77"}


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
    assert ask(site, f"/q/{code}").headers["Location"] == "/sach/vai/"
    ask(site, "/tu-sach")
    ask(site, "/sach/vai/")
    assert ask(site, DOCUMENT).status == 200
    ask(site, DOCUMENT, Cache_Control="max-age=0")
    ask(site, DOCUMENT, Purpose="prefetch")
    ask(site, DOCUMENT, User_Agent="KOReader (LuaSocket 3.0)")
    site.ask(DOCUMENT, host=HUB, method="HEAD", headers=PHONE)
    for path in ("/opds", "/opds/v2/tat-ca", "/tai-ve/vai.zim", "/tai-lieu/other/d.pdf", "/tai-lieu/vai/missing.pdf"):
        ask(site, path)
    assert counted(site) == {("vai", "code"): 1, ("vai", "document"): 1}


def test_reading_on_is_no_new_opening(site: Site) -> None:
    own_page = f"http://{HUB}/sach/vai/"
    assert ask(site, "/doc/vai/a", Referer=own_page).status == 200
    ask(site, "/doc/vai/b", Referer=f"http://{HUB}/doc/vai/a")
    ask(site, "/doc/vai/a", Referer=own_page, Cache_Control="max-age=0")
    assert ask(site, "/doc/vai/missing").status == 404
    assert counted(site) == {("vai", "book"): 1}
    first = ask(site, "/doc/vai/", Referer=own_page).headers["Location"]
    assert counted(site) == {("vai", "book"): 1}, "only led on"
    assert ask(site, first, Referer=own_page).status == 200
    assert ask(site, "/doc/vai/d.pdf").status == 302
    assert counted(site) == {("vai", "book"): 2}


def test_nobody_is_in_the_files(site: Site) -> None:
    secrets = {
        "X_Forwarded_For": "203.0.113.9",
        "Cookie": "lang=vi; sid=0123456789abcdef",
        "Referer": f"http://{HUB}/tim?q=benh-kin",
        "Accept_Language": "km-KH",
    }
    for _ in range(3):
        assert ask(site, DOCUMENT, **secrets).status == 200
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
    assert ask(site, DOCUMENT).status == 200


def signed_in(site: Site, role: Role) -> str:
    """The cookie of somebody who looks after the hub."""
    accounts = Accounts(site.config.paths.state, site.config.paths.run)
    return f"{guard.SESSION_COOKIE}={accounts.enter(role).session}"


def test_only_those_who_look_after_the_hub_see_the_numbers(site: Site) -> None:
    answer = ask(site, "/quan-tri/luot-mo.csv")
    assert answer.status == 303
    assert answer.headers["Location"].startswith("/dang-nhap")
    for role in Role:
        cookie = signed_in(site, role)
        may = role is not Role.DIGITAL_TEAM
        assert ask(site, "/quan-tri/luot-mo.csv", Cookie=cookie).status == (200 if may else 403), role
        assert ('id="openings"' in ask(site, "/quan-tri", Cookie=cookie).text) == may, role


def test_the_panel_and_the_table(site: Site) -> None:
    cookie = signed_in(site, Role.VILLAGE_HEAD)
    assert "Chưa có lượt mở nào" in ask(site, "/quan-tri", Cookie=cookie).text
    tally = {(day_of(time.time()), "vai", "document"): 1234, (day_of(time.time()), "@gone", "book"): 5}
    file = file_of(site.config)
    file.add(tally, 1)
    file.close()
    text = ask(site, "/quan-tri/luot-mo.csv", Cookie=cookie).text
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows[0] == ["day", "kind", "name", "title", "openings"]
    assert rows[1][1:] == ["book", "'@gone", "", "5"]
    assert rows[2][1:] == ["document", "vai", "'=Vải thiều", "1234"]
    page = ask(site, "/quan-tri", Cookie=cookie).text
    assert page.count("1.234") == 4  # by kind and by title, in 7 and in 30 days
    assert "=Vải thiều" in page
    assert "không còn trong tủ sách" in page
    for part in site.config.paths.state.glob("openings.sqlite-*"):
        part.unlink()
    (site.config.paths.state / "openings.sqlite").write_bytes(b"damaged" * 1000)
    assert "Sổ đếm đang nghỉ" in ask(site, "/quan-tri", Cookie=cookie).text
    assert ask(site, "/quan-tri/luot-mo.csv", Cookie=cookie).status == 503
    assert ask(site, DOCUMENT).status == 200


def test_a_clock_that_is_wrong_makes_no_days(site: Site) -> None:
    pages = OpeningsPages(site.shelf, spool_of(site.config), file_of(site.config), lambda: 1000.0)
    app = Flask("counting")
    app.after_request(pages.count)
    app.add_url_rule("/tai-lieu/<key>/d.pdf", "document", lambda key: key)
    assert app.test_client().get("/tai-lieu/vai/d.pdf", headers=PHONE).status_code == 200
    collector_of(site.config).collect()
    (row,) = file_of(site.config).rows()
    assert (row.day, row.count) == ("unknown", 1)
