"""The demo as people meet it: a real browser, a real hub, the demo shelf; screenshots go to artefacts/."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from PIL import Image

playwright_sync = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: ./run test installs it"
)

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: ./run test installs it")

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BOOK = "tu-sach-demo_vi"
LONG = os.environ.get("HUB_LONG") == "1"


@dataclass
class Demo:
    """A running demo, and what it said on its terminal."""

    origin: str
    port: int
    said: list[str] = field(default_factory=list)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterator[Demo]:
    """`hub demo` with the demo shelf, as `./run demo` starts it."""
    port = free_port()
    folder = tmp_path_factory.mktemp("cache")
    process = subprocess.Popen(
        [sys.executable, "-m", "hub.cli", "demo", "--port", str(port), "--address", "127.0.0.1"],
        cwd=project,
        env={**os.environ, "XDG_CACHE_HOME": str(folder), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    running = Demo(f"http://localhost:{port}", port)
    ready = threading.Event()

    def listen() -> None:
        for line in process.stdout or ():
            running.said.append(line)
            if "Ctrl-C" in line:
                ready.set()
        ready.set()

    reader = threading.Thread(target=listen)
    reader.start()
    try:
        assert ready.wait(120), "".join(running.said)
        assert process.poll() is None, "".join(running.said)
        wait_for_books(running.origin)
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(30) == 0, "".join(running.said)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            reader.join()
            if process.stdout:
                process.stdout.close()


def wait_for_books(origin: str) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{origin}/api/shelf", timeout=10) as answer:
            if answer.read().count(b'"ready"') >= 2:
                return
        threading.Event().wait(0.1)
    raise AssertionError("the demo shelf did not become ready")


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright_sync.Browser]:
    with playwright_sync.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def artefacts(project: Path) -> Path:
    folder = project / "artefacts"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_home_to_book_to_page_and_back(demo: Demo, browser: playwright_sync.Browser, scripts: bool) -> None:
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 360, "height": 640})
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(demo.origin)
    assert page.locator("html").get_attribute("lang") == "vi"
    page.get_by_role("link", name="Tủ sách").first.click()
    page.get_by_role("link", name=re.compile("Tủ sách bản làng")).first.click()
    assert page.url == f"{demo.origin}/sach/{BOOK}/"
    first = page.locator(".contents a.read").first
    title = first.inner_text()
    first.click()
    assert page.url.startswith(f"{demo.origin}/doc/{BOOK}/")
    framed = page.frame_locator("#page")
    assert framed.locator("h1").first.inner_text().strip() == title.strip()
    page.get_by_role("link", name="Sau").click()
    framed.get_by_role("heading", name="Chăm vải thiều sau thu hoạch", level=1).wait_for()
    page.get_by_role("link", name="Mục lục").click()
    page.wait_for_url(f"{demo.origin}/sach/{BOOK}/#contents")
    page.go_back()
    page.go_back()
    page.go_back()
    assert page.url == f"{demo.origin}/sach/{BOOK}/"
    hosts = {urlsplit(url).hostname for url in asked if url.startswith("http")}
    assert hosts <= {"localhost", "sach.localhost"}, "a page asked somebody outside the hub"
    context.close()


def test_a_scanned_code_opens_its_page(demo: Demo, browser: playwright_sync.Browser, artefacts: Path) -> None:
    """The way a student comes: the QR picture as a camera sees it, the address in it, the page."""
    image = pytest.importorskip("PIL.Image", reason="pillow is not installed")
    zbar = pytest.importorskip("pyzbar.pyzbar", reason="zbar's library is not installed: ./run test installs it")
    page = browser.new_page(viewport={"width": 360, "height": 640})
    page.goto(f"{demo.origin}/sach/{BOOK}/")
    third = page.locator(".contents li").nth(2)
    title = third.locator("a.read").inner_text().strip()
    third.locator("a.mark").click()
    picture = page.locator(".label svg").first.screenshot(path=artefacts / "code.png")
    (read,) = zbar.decode(image.open(io.BytesIO(picture)))
    address = read.data.decode()
    assert re.fullmatch(rf"{re.escape(demo.origin)}/q/[0-9A-HJKMNP-TV-Z]{{7}}", address)
    phone = browser.new_context(java_script_enabled=False)
    opened = phone.new_page()
    answer = opened.goto(address)
    assert answer is not None
    assert answer.status == 200
    assert opened.locator("h1").first.inner_text().strip() == title
    phone.close()
    page.close()


def test_the_terminal_shows_codes_that_can_be_scanned(demo: Demo) -> None:
    image = pytest.importorskip("PIL.Image", reason="pillow is not installed")
    zbar = pytest.importorskip("pyzbar.pyzbar", reason="zbar's library is not installed: ./run test installs it")
    rows = [line.rstrip("\n") for line in demo.said if set(line.strip()) and set(line) <= set(" █▀▄\n")]
    width = max(map(len, rows))
    drawn = image.new("L", (width * 4, len(rows) * 8), 0)
    for y, row in enumerate(rows):
        for x, letter in enumerate(row):
            for half, filled in enumerate({"█": (1, 1), "▀": (1, 0), "▄": (0, 1)}.get(letter, (0, 0))):
                if filled:
                    drawn.paste(255, (x * 4, y * 8 + half * 4, x * 4 + 4, y * 8 + half * 4 + 4))
    assert demo.origin in {code.data.decode() for code in zbar.decode(drawn)}


def test_a_wrong_code_is_met_kindly(demo: Demo, browser: playwright_sync.Browser) -> None:
    page = browser.new_page()
    answer = page.goto(f"{demo.origin}/q/UUUUUUU")
    assert answer is not None
    assert answer.status == 404
    assert page.get_by_role("search").count() == 1
    assert page.get_by_role("link", name=re.compile("Tủ sách bản làng")).count() >= 1
    page.close()


def test_search_without_marks(demo: Demo, browser: playwright_sync.Browser) -> None:
    page = browser.new_page()
    page.goto(demo.origin)
    page.get_by_role("searchbox").fill("ga doi")
    page.get_by_role("button", name="Tìm").click()
    assert page.locator("main a", has_text=re.compile("gà đồi", re.IGNORECASE)).count() >= 1
    page.close()


def test_the_film_plays(demo: Demo, browser: playwright_sync.Browser) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed, so the demo shelf has no film")
    page = browser.new_page()
    page.goto(f"{demo.origin}/sach/{BOOK}/")
    page.locator(".contents a.read", has_text=re.compile("phim", re.IGNORECASE)).first.click()
    page.frame_locator("#page").locator("video").wait_for()
    played = page.frames[1].evaluate(
        """async () => {
            const film = document.querySelector('video'); film.muted = true;
            await film.play();
            film.currentTime = film.duration - 2;
            await new Promise((done) => film.addEventListener('seeked', done, {once: true}));
            const before = film.currentTime;
            await new Promise((done) => setTimeout(done, 700));
            return film.currentTime - before;
        }"""
    )
    assert played > 0
    page.close()


def test_english_is_one_tap_away_and_stays(demo: Demo, browser: playwright_sync.Browser) -> None:
    page = browser.new_page()
    page.goto(demo.origin)
    page.get_by_role("link", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_role("link", name="Bookcase").first.click()
    assert page.locator("html").get_attribute("lang") == "en"
    page.close()


def test_the_technician_sets_a_pin_and_looks_after_the_hub(
    demo: Demo, browser: playwright_sync.Browser, artefacts: Path
) -> None:
    """First set-up with the code from the terminal, on a phone without scripts; then the administration."""
    (line,) = [line for line in demo.said if "dat-ma-lan-dau" in line]
    code = line.rsplit(" ", 1)[-1].strip()
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 640})
    page = context.new_page()
    page.goto(f"{demo.origin}/quan-tri")
    page.goto(f"{demo.origin}/dat-ma-lan-dau")
    page.locator("#code").fill(code)
    page.locator("#new").fill("482915")
    page.locator("#again").fill("482915")
    page.locator("main form button[type=submit]").first.click()
    page.goto(f"{demo.origin}/quan-tri")
    if urlsplit(page.url).path == "/dang-nhap":
        page.locator("input[value=technician]").check()
        page.locator("#pin").fill("482915")
        page.locator("main form button[type=submit]").first.click()
    assert urlsplit(page.url).path == "/quan-tri"
    assert page.locator("section.panel#library").count() == 1
    page.screenshot(path=artefacts / "administration.png", full_page=True)
    (session,) = [cookie for cookie in context.cookies() if cookie["name"] not in {"lang"} and cookie["httpOnly"]][:1]
    assert session["sameSite"] == "Strict"
    assert session["domain"] == "localhost"
    again = page.goto(f"{demo.origin}/dat-ma-lan-dau")
    assert again is not None
    assert page.locator("#code").count() == 0, "the set-up is closed once there is a technician"
    page.goto(f"{demo.origin}/quan-tri")
    page.locator('form[action="/dang-xuat"] button').click()
    page.goto(f"{demo.origin}/quan-tri")
    assert urlsplit(page.url).path == "/dang-nhap"
    context.close()


AGENTS = {
    "iphone": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Mobile/15E148",
    "android": "Mozilla/5.0 (Linux; Android 7.0; SM-J730G; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0"
    " Chrome/51.0.2704.91 Mobile Safari/537.36",
}
SHEETS = {"iphone": (390, 844), "android": (360, 640)}


@pytest.mark.parametrize("phone", AGENTS)
def test_from_the_welcome_page_to_the_internet_and_to_a_book(
    demo: Demo, browser: playwright_sync.Browser, artefacts: Path, phone: str
) -> None:
    """As in the small window in which a phone joins: no script, and no cookie is kept from one page to the next."""
    width, height = SHEETS[phone]
    context = browser.new_context(
        java_script_enabled=False,
        user_agent=AGENTS[phone],
        locale="vi-VN",
        is_mobile=True,
        has_touch=True,
        device_scale_factor=2,
        viewport={"width": width, "height": height},
    )
    page = context.new_page()

    def tap(role: Literal["button", "link"], name: str, path: str) -> None:
        context.clear_cookies()
        page.get_by_role(role, name=re.compile(name)).first.tap()
        page.wait_for_url(re.compile(path))

    page.goto(f"{demo.origin}/chao?lang=en")
    assert page.get_by_role("button", name="Go on the Internet").is_visible()
    context.clear_cookies()
    page.goto(f"{demo.origin}/chao")
    page.screenshot(path=artefacts / f"welcome-{phone}.png")
    tap("button", "Vào Internet", "/chao/xong$")
    assert "Internet đang mở" in page.locator("h1").inner_text()
    page.screenshot(path=artefacts / f"internet-open-{phone}.png")
    tap("link", "Còn bao nhiêu phút", "/chao$")
    assert "Internet đang mở" in page.locator("main").inner_text()
    tap("button", "để dành phút", "/chao$")
    page.get_by_role("button", name="Vào Internet").wait_for()
    tap("button", "Mở tủ sách", f"{demo.origin}/$")
    tap("link", "Tủ sách", "/tu-sach$")
    tap("link", "Tủ sách bản làng", f"/sach/{BOOK}/$")
    page.locator(".contents a.read").first.tap()
    page.wait_for_url(re.compile(f"/doc/{BOOK}/"))
    assert page.frame_locator("#page").locator("h1").first.inner_text().strip()
    context.close()


def test_weight_of_the_first_visit(demo: Demo, browser: playwright_sync.Browser) -> None:
    """Bytes over the wire, headers included, for a phone that was never here."""
    context = browser.new_context(viewport={"width": 360, "height": 640})
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    received: list[float] = []
    wire.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(demo.origin, wait_until="networkidle")
    assert 5_000 < sum(received) <= 60_000
    context.close()


def pages_to_look_at() -> dict[str, str]:
    return {
        "home": "/",
        "welcome": "/chao",
        "shelf": "/tu-sach",
        "book": f"/sach/{BOOK}/",
        "code": f"/sach/{BOOK}/ma",
        "search": "/tim?q=ga",
        "nothing-found": "/tim?q=zzzz",
        "unknown-code": "/q/UUUUUUU",
        "not-found": "/khong-co",
        "status": "/trang-thai",
        "login": "/dang-nhap",
    }


def test_the_picture_of_the_readme_shows_the_demo(
    demo: Demo, browser: playwright_sync.Browser, artefacts: Path, project: Path
) -> None:
    """Made anew in artefacts/home.png, to be looked at and copied to docs/ whenever these pages have changed."""
    context = browser.new_context(viewport={"width": 360, "height": 720}, device_scale_factor=1.5)
    page = context.new_page()
    paths = ("/", f"/sach/{BOOK}/", f"/doc/{BOOK}/pages/ga-doi.html", f"/sach/{BOOK}/ma?trang=pages/ga-doi.html")
    shots = []
    for path in paths:
        page.goto(demo.origin + path, wait_until="networkidle")
        shots.append(Image.open(io.BytesIO(page.screenshot())))
    context.close()
    gap = 24
    whole = Image.new("RGB", (len(shots) * (shots[0].width + gap) - gap, shots[0].height), "#8b7f70")
    for number, shot in enumerate(shots):
        whole.paste(shot, (number * (shot.width + gap), 0))
    whole.save(artefacts / "home.png")
    with Image.open(project / "docs" / "home.png") as shown:
        assert shown.size == whole.size


@pytest.mark.parametrize(("width", "height", "scheme"), [(320, 568, "light"), (1280, 720, "dark")])
def test_every_page_fits_the_screen(
    demo: Demo, browser: playwright_sync.Browser, artefacts: Path, width: int, height: int, scheme: str
) -> None:
    """The real pages with the demo shelf: nothing too wide, no tiny letter or target; with --long pictures of all."""
    problems = []
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    for name, path in pages_to_look_at().items():
        page.goto(demo.origin + path)
        if LONG or name == "home":
            page.screenshot(path=artefacts / f"{name}-{width}x{height}-{scheme}.png", full_page=True)
        problems += [f"{name} {width}: {problem}" for problem in page.evaluate(LOOK)]
    context.close()
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("width", [320, 1280])
def test_names_without_a_blank_make_no_page_wider(demo: Demo, browser: playwright_sync.Browser, width: int) -> None:
    """Files are called anything; titles come from books."""
    page = browser.new_page(viewport={"width": width, "height": 568})
    wide = {}
    for name, path in pages_to_look_at().items():
        page.goto(demo.origin + path)
        wide[name] = page.evaluate(LENGTHEN)
    page.close()
    assert wide == dict.fromkeys(wide, 0)


LENGTHEN = """() => {
    const names = '.book h1, .row b, .row .note, .table th[scope=row], .table th a, .table .file, .contents .read';
    for (const element of document.querySelectorAll(names)) {
        const text = [...element.childNodes].find((node) => node.nodeType === 3 && node.textContent.trim());
        if (text) text.textContent = 'a'.repeat(200);
    }
    return document.documentElement.scrollWidth - document.documentElement.clientWidth;
}"""


LOOK = """() => {
    const problems = [];
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (wide > 0) problems.push(`${wide} px wider than the screen`);
    for (const element of document.querySelectorAll('body *')) {
        const box = element.getBoundingClientRect();
        const style = getComputedStyle(element);
        if (!box.width || !box.height || style.visibility === 'hidden' || element.closest('svg')) continue;
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        const words = element.textContent.trim().slice(0, 30);
        const where = `<${element.tagName.toLowerCase()} class="${element.className}"> ${words}`;
        if (own && parseFloat(style.fontSize) < 16) problems.push(`${style.fontSize} letters: ${where}`);
        if (own && element.scrollWidth > element.clientWidth + 1 && style.overflowX !== 'visible'
            && style.clip === 'auto' && style.clipPath === 'none')
            problems.push(`cut off: ${where}`);
            const targets = 'a[href], button, label:has(input), select, textarea, input:not([type=hidden])';
        const target = element.matches(targets) && !(element.matches('input') && element.closest('label'));
        const inText = element.matches('p a, li a, td a') && style.display === 'inline';
        if (target && !inText && box.top >= 0 && Math.min(box.width, box.height) < 47.5)
            problems.push(`target of ${box.width.toFixed()} x ${box.height.toFixed()} px: ${where}`);
    }
    return problems;
}"""


def test_a_book_by_address_is_kept_in_a_sandbox(demo: Demo, browser: playwright_sync.Browser) -> None:
    """A phone that came by IP address: the page works, and reaches neither cookies nor storage."""
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{demo.port}/trang/{BOOK}/")
    assert page.locator("h1").first.inner_text().strip()
    assert page.evaluate("self.origin") == "null"
    reached = page.evaluate("() => { try { document.cookie; return true } catch { return false } }")
    assert reached is False
    page.close()
