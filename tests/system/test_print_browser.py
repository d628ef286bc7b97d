"""Printing in a real browser: the editor logs in, chooses a book, and the PDF that comes down can be scanned."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import paper
import pytest
from playwright.sync_api import sync_playwright
from print_site import PINS, make_site
from printed_shelf import make_shelf
from werkzeug.serving import make_server

from hub.roles import Role

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed; ./run test installs it")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_pdf_comes_down(tmp_path: Path, scripts: bool) -> None:
    site, accounts = make_site(make_shelf(tmp_path), "http://thuvien.lan")
    server = make_server("127.0.0.1", 0, site, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            context = browser.new_context(java_script_enabled=scripts, accept_downloads=True)
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/dang-nhap?next=/quan-tri/nhan")
            page.check(f"input[name=role][value={Role.CONTENT_EDITOR.value}]")
            page.fill("input[name=pin]", PINS[Role.CONTENT_EDITOR])
            page.click("main form button")
            page.select_option("#sticker-book", "vai")
            page.fill("#sticker-pages", "1-3")
            with page.expect_download() as coming:
                page.click("form[action$='tem.pdf'] button")
            assert coming.value.suggested_filename == "tem.pdf"
            pdf = Path(coming.value.path()).read_bytes()
            browser.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        accounts.release()
    (sheet,) = paper.pixels(pdf, tmp_path)
    assert len(paper.codes(sheet)) == 6
