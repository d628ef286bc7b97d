"""What a real browser's visit counts: reading on, turning pages and loading again are one opening."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from reading_house import RULES, open_house

from library.testing import Entry, bake_zim

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed; ./run test installs it")


def fill(content: Path) -> None:
    pages = {
        "a": Entry("<p>Một <a href='b'>sang trang</a></p>", "Một"),
        "b": Entry("<p>Hai <a href='a'>về trang đầu</a></p>", "Hai"),
        "c": Entry("<p>Ba</p>", "Ba"),
    }
    bake_zim(content / "vai.zim", pages, name="vai", title="Vải thiều", main_path="a")
    bake_zim(content / "ga.zim", pages, name="ga", title="Nuôi gà", main_path="a")


def test_a_visit_with_a_browser(tmp_path: Path) -> None:
    with open_house(tmp_path, fill) as house, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", RULES])
        page = browser.new_page(viewport={"width": 360, "height": 640})
        page.goto(f"{house.hub()}/sach/vai/")
        page.goto(f"{house.hub()}/sach/vai/")
        page.get_by_role("link", name="Đọc sách").first.click()
        page.wait_for_url("**/doc/vai/a")
        page.reload()
        book = next(frame for frame in page.frames if "sach." in frame.url)
        book.click("a")
        page.wait_for_url("**/doc/vai/b")
        page.reload()
        page.locator("a[rel=next]").first.click()
        page.wait_for_url("**/doc/vai/c")
        page.go_back()
        page.goto(f"{house.hub()}/sach/ga/")
        page.get_by_role("link", name="Đọc sách").first.click()
        page.wait_for_url("**/doc/ga/a")
        browser.close()
        lines = (tmp_path / "run" / "openings").read_text(encoding="utf-8").splitlines()
    assert Counter(tuple(json.loads(line)[1:]) for line in lines) == {("vai", "book"): 1, ("ga", "book"): 1}
