"""Reading as villagers do, with and without scripts: the bar, letters, night, memory; and books that mean ill."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reading_house import NAME, RULES, House, open_house

from library.testing import Entry, bake_zim

playwright_sync = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: ./run test installs it"
)
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: ./run test installs it")

HOSTS = [NAME, "127.0.0.1"]
ANDROID = "Mozilla/5.0 (Linux; Android 9; SM-J260G) AppleWebKit/537.36 Chrome/96.0.4664.45 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 12_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
LONG = "<p>Vải thiều.</p>" * 400
HOSTILE = """<!doctype html><title>x</title><h1>Trang lạ</h1><a id=go href="https://example.invalid/">đi</a><script>
const say = (path, more) => parent.postMessage({hub: 'page', key: 'la', path, at: 0.5, hello: true, ...more}, '*');
addEventListener('load', async () => {
  for (const path of ['javascript:alert(1)', '//evil.example/', 'http://evil.example/', '../../quan-tri', '/quan-tri',
    '..', '%2e%2e/%2e%2e/quan-tri', 'x'.repeat(5_000_000), '<img src=x onerror=alert(1)>', '\\ud800', ''])
    { say(path); await new Promise(done => setTimeout(done, 20)); }
  for (const said of [null, 7, 'page', [], {hub: 'page'}, {hub: 'page', key: 'vuon', path: 'a.html'}])
    parent.postMessage(said, '*');
  say({toString: 1}); say(['a']); say('index.html', {at: 'x'.repeat(100)}); say('index.html', {at: NaN});
  try { top.location = 'http://evil.example/'; } catch (refused) {}
  try { top.document.title = 'mine'; } catch (refused) {}
  const inner = document.createElement('iframe');
  inner.src = location.href;
  if (parent === top) document.body.append(inner);
  const fake = document.createElement('nav');
  fake.className = 'bar'; fake.style = 'position:fixed;bottom:0;left:0;right:0;height:99px;background:red';
  document.body.append(fake);
  for (let number = 0; number < 10_000; number++) say('made-up-' + number);
  if (parent === top) console.log('all tried');
});
</script>"""


def fill(content: Path) -> None:
    names = ["a", "b", "c"]
    links = "".join(f'<li><a href="{name}.html">{name.upper()}</a>' for name in names)
    entries = {
        "index.html": Entry(
            f"<!doctype html><html><head><title>Vườn</title></head><h1>Vườn</h1>{links}</html>", "Vườn"
        ),
        **{
            f"{name}.html": Entry(
                f"<!doctype html><html><head><title>{name}</title><style>p {{ font-size: 12px }}</style></head>"
                f"<h1>Bài {name.upper()}</h1>{LONG}<h2 id=cuoi>Cuối</h2>"
                f"<a id=other href='../la/index.html'>sách khác</a>"
                f"<a id=pdf href='x.pdf'>tài liệu</a></html>",
                f"Bài {name.upper()}",
            )
            for name in names
        },
        "dark.html": Entry("<!doctype html><style>body{background:#111;color:#eee}</style><h1>Tối</h1>", "Tối"),
        "x.pdf": Entry(b"%PDF-1.4", mimetype="application/pdf", front=False),
        "p.png": Entry(b"\x89PNG\r\n\x1a\n", mimetype="image/png", front=False),
    }
    bake_zim(content / "vuon.zim", entries, name="vuon", title="Vườn nhà", main_path="index.html")
    bake_zim(
        content / "la.zim", {"index.html": Entry(HOSTILE, "Lạ")}, name="la", title="Sách lạ", main_path="index.html"
    )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("reading"), fill) as opened:
        yield opened


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright_sync.sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="module")
def browser(chromium: Any) -> Iterator[Any]:
    opened = chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", RULES])
    yield opened
    opened.close()


@contextlib.contextmanager
def phone(browser: Any, **more: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 320, "height": 568}, has_touch=True, is_mobile=True, **more)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    try:
        yield page
        assert not [error for error in wrong if "made-up" not in error], wrong
    finally:
        context.close()


def framed(page: Any, heading: str) -> Any:
    frame = page.frame_locator("#page")
    frame.get_by_role("heading", name=heading, exact=True).wait_for()
    return frame


def bar(page: Any, words: str) -> Any:
    return page.locator(".bar").get_by_text(words, exact=True)


@pytest.mark.parametrize(("host", "agent"), [(NAME, ANDROID), ("127.0.0.1", IPHONE)], ids=["android", "iphone"])
def test_without_scripts_everything_reads(house: House, browser: Any, host: str, agent: str) -> None:
    with phone(browser, java_script_enabled=False, user_agent=agent) as page:
        page.goto(f"{house.hub(host)}/sach/vuon/")
        assert page.locator("[data-read-on]").is_hidden()
        page.get_by_role("link", name="Đọc sách").tap()
        framed(page, "Vườn").get_by_role("link", name="A").tap()
        framed(page, "Bài A")
        bar(page, "Sau").tap()
        framed(page, "Bài A")
        bar(page, "Sau").tap()
        framed(page, "Bài B")
        assert page.url == f"{house.hub(host)}/doc/vuon/b.html"
        assert page.locator("#letters").is_hidden(), "what needs scripts is not shown without"
        bar(page, "Trước").tap()
        framed(page, "Bài A")
        bar(page, "Mục lục").tap()
        page.wait_for_url("**/sach/vuon/#contents")
        page.go_back()
        bar(page, "Tủ sách").tap()
        page.wait_for_url("**/tu-sach")


@pytest.mark.parametrize("host", HOSTS)
def test_the_bar_follows_the_reader(house: House, browser: Any, host: str) -> None:
    with phone(browser, user_agent=ANDROID) as page:
        page.goto(f"{house.hub(host)}/doc/vuon/")
        framed(page, "Vườn").get_by_role("link", name="B").tap()
        page.wait_for_url("**/doc/vuon/b.html")
        assert page.title() == "Bài B · Vườn nhà"
        assert page.locator("#before").get_attribute("href") == "/doc/vuon/a.html"
        assert page.locator("#after").get_attribute("href") == "/doc/vuon/c.html"
        page.go_back()
        page.wait_for_url("**/doc/vuon/index.html")
        assert page.locator("#before").get_attribute("href") is None
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.goto(f"{house.hub(host)}/doc/vuon/a.html#cuoi")
        frame = page.frames[1]
        frame.wait_for_function("scrollY > 500")
        frame.locator("#pdf").tap()
        page.wait_for_url("**/tai-lieu/vuon/x.pdf")
        page.goto(f"{house.hub(host)}/doc/vuon/a.html")
        framed(page, "Bài A").locator("#other").tap()
        page.wait_for_url("**/doc/la/index.html")


@pytest.mark.parametrize("host", HOSTS)
def test_letters_and_night_reach_the_page_and_stay(house: House, browser: Any, host: str) -> None:
    with phone(browser, color_scheme="light") as page:
        page.goto(f"{house.hub(host)}/doc/vuon/a.html")
        framed(page, "Bài A")
        wide = "document.querySelector('p').getBoundingClientRect().height"
        before = page.frames[1].evaluate(wide)
        page.locator("#letters summary").tap()
        for _ in range(3):
            page.locator("#larger").tap()
        assert page.locator("#size").inner_text() == "150 %"
        page.frames[1].wait_for_function(f"{wide} > {before * 1.3}")
        page.locator("[data-choose-theme=dark]").first.tap()
        turned = "getComputedStyle(document.documentElement).filter"
        page.frames[1].wait_for_function(f"{turned} === 'invert(1)'")
        page.locator("#paper").uncheck()
        page.frames[1].wait_for_function(f"{turned} === 'none'")
        page.locator("#paper").check()
        page.goto(f"{house.hub(host)}/doc/vuon/b.html")
        framed(page, "Bài B")
        page.frames[1].wait_for_function(f"{turned} === 'invert(1)' && {wide} > {before * 1.3}")
        page.goto(f"{house.hub(host)}/doc/vuon/dark.html")
        framed(page, "Tối")
        page.wait_for_timeout(400)
        assert page.frames[1].evaluate(turned) == "none", "a dark page stays as it is"
        page.goto(f"{house.hub(host)}/tu-sach")
        assert page.get_attribute("html", "data-theme") == "dark"
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.locator(".foot [data-choose-theme=light]").tap()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark


@pytest.mark.parametrize("host", HOSTS)
def test_a_phone_remembers_where_its_reader_was(house: House, chromium: Any, tmp_path: Path, host: str) -> None:
    def opened() -> Any:
        size = {"width": 360, "height": 640}
        flags = ["--no-sandbox", "--disable-gpu", RULES]
        return chromium.launch_persistent_context(
            tmp_path / "phone", executable_path=CHROMIUM, args=flags, viewport=size
        )

    context = opened()
    page = context.new_page()
    page.goto(f"{house.hub(host)}/doc/vuon/index.html")
    framed(page, "Vườn").get_by_role("link", name="B").click()
    page.wait_for_url("**/doc/vuon/b.html")
    page.frames[1].evaluate("scrollTo(0, 4000)")
    page.wait_for_function("() => JSON.parse(localStorage['hub.reading']).vuon.at > 0.1")
    assert context.cookies() == []
    context.close()

    context = opened()
    page = context.new_page()
    page.goto(f"{house.hub(host)}/")
    assert "Vườn nhà · Bài B" in page.locator("[data-read-on]").inner_text()
    page.goto(f"{house.hub(host)}/sach/vuon/")
    page.get_by_role("link", name="Đọc tiếp").click()
    page.wait_for_url("**/doc/vuon/b.html")
    framed(page, "Bài B")
    page.frames[1].wait_for_function("scrollY > 2000")
    page.evaluate("localStorage['hub.reading'] = JSON.stringify({vuon: {address: '/doc/vuon/gone.html', when: 1}})")
    page.goto(f"{house.hub(host)}/doc/vuon/gone.html?tiep")
    assert page.url == f"{house.hub(host)}/sach/vuon/", "a page that is gone leads to its book"
    for spoilt in ("[]", "{", "null", '{"vuon": null}', '{"vuon": {"address": "javascript:alert(1)"}}', '{"vuon": 7}'):
        page.evaluate("spoilt => { localStorage['hub.reading'] = spoilt; }", spoilt)
        page.goto(f"{house.hub(host)}/sach/vuon/")
        assert page.locator("[data-read-on]").is_hidden(), spoilt
    context.close()


@pytest.mark.parametrize("host", HOSTS)
def test_a_hostile_book_stays_in_its_frame(house: House, browser: Any, host: str) -> None:
    with phone(browser) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        address = f"{house.hub(host)}/doc/la/index.html"
        # To look into the frame would count as a tap in it, after which it may lead the whole window away.
        with page.expect_console_message(lambda said: said.text == "all tried", timeout=60_000):
            page.goto(address)
        page.wait_for_timeout(800)
        assert page.url == address
        assert page.title() == "Lạ · Sách lạ"
        assert page.evaluate("document.getElementById('before').hasAttribute('href')") is False
        kept = json.loads(page.evaluate("localStorage['hub.reading']"))
        assert list(kept) == ["la"]
        assert (kept["la"]["address"], kept["la"]["title"]) == ("/doc/la/index.html", "Lạ")
        assert len(page.context.pages) == 1
        lookups = [url for url in asked if "/api/doc/" in url]
        assert len(lookups) <= 25, "ten thousand words are a few questions"
        strangers = [url for url in asked if not url.startswith((house.hub(host), house.books(host)))]
        assert strangers == []
        found = page.evaluate("document.elementFromPoint(160, 550).closest('a').getAttribute('href')")
        assert found == "/sach/la/#contents", "the real bar stands below whatever the book draws"


def test_only_the_framed_page_itself_is_listened_to(house: House, browser: Any) -> None:
    with phone(browser) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url.partition("trang=")[2]))
        page.goto(f"{house.hub(NAME)}/doc/vuon/a.html")
        framed(page, "Bài A")
        say = "top.postMessage({hub: 'page', key: 'vuon', path: '%s', at: 0, hello: false}, '*')"
        page.evaluate(say % "b.html")  # from another window
        page.evaluate("document.body.append(Object.assign(document.createElement('iframe'), {name: 'stranger'}))")
        page.frame("stranger").evaluate(say % "dark.html")
        inner = "document.body.append(Object.assign(document.createElement('iframe'), {name: 'inner'}))"
        page.frames[1].evaluate(inner)  # of the book's origin, yet not the page
        page.frame("inner").evaluate(say % "index.html")
        page.wait_for_timeout(700)
        page.frames[1].evaluate(say % "c.html")
        page.wait_for_url("**/doc/vuon/c.html")
        assert [path for path in asked if path] == ["c.html"]


@pytest.mark.parametrize("host", HOSTS)
def test_what_is_framed_and_what_is_not(house: House, browser: Any, host: str) -> None:
    with phone(browser) as page:
        page.goto(f"{house.hub(host)}/doc/vuon/p.png")
        assert page.locator("#page").get_attribute("src") == f"{house.books(host)}/trang/vuon/p.png"
        page.goto(f"{house.hub(host)}/doc/vuon/x.pdf")
        assert "/tai-lieu/vuon/x.pdf" in page.url
        page.goto(f"{house.books(host)}/doc-trang/vuon/a.html#cuoi")
        page.wait_for_url(f"{house.hub(host)}/doc/vuon/a.html#cuoi")
        answer = page.goto(f"{house.books(host)}/doc-trang/vuon/none.html")
        assert answer.status == 404
        assert re.search(r"frame-ancestors 'self' http://[^;]+", answer.headers["content-security-policy"])
        exact = page.request.get(f"http://127.0.0.1:{house.port}/trang/vuon/a.html").body()
        assert b"<script" not in exact, "a book's own address gives its exact bytes"
