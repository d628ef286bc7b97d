"""A real browser on a phone inside the village's network: from the first probe to a book, and what https-first says."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from namespaces import missing, until
from village import HUB, NAME, Phone, Village, open_village

from captive_portal import probes
from captive_portal.phones import Answer
from library.baking import Entry, bake_zim

playwright_sync = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: ./run test installs it"
)

CHROMIUM = shutil.which("chromium")
NEEDED = missing("nft", "dnsmasq", "nginx", "conntrack", "busybox", "bridge", "chromium")
pytestmark = pytest.mark.skipif(bool(NEEDED), reason=NEEDED)

WELCOME = f"http://{NAME}/chao"
BOOKS = f"http://sach.{NAME}"
PUBLIC = "tin-tuc.com.vn"
ASK_BEFORE_HTTP = {"https_first_balanced_mode_enabled": True}  # what Chrome 154 has without being asked
ALWAYS_SECURE = {"https_only_mode_enabled": True}  # a person chose it: private sites, too
WARNING = re.compile("ERR_BLOCKED_BY_CLIENT")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONES = {
    "android": (
        "Mozilla/5.0 (Linux; Android 7.0; SM-J730G; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0"
        " Chrome/51.0.2704.91 Mobile Safari/537.36",
        (360, 640),
        ("connectivitycheck.gstatic.com", "/generate_204"),
        ("Vào Internet", f"{WELCOME}/xong", "Internet đang mở"),
    ),
    "iphone": (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
        (390, 844),
        ("captive.apple.com", "/hotspot-detect.html"),
        ("Mở tủ sách", f"http://{NAME}/", "Nhà văn hóa làng Thử"),
    ),
}


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    content = tmp_path_factory.mktemp("books")
    page = Entry("<title>Nuôi gà</title><h1>Nuôi gà đồi</h1><p>Chọn giống, làm chuồng.", "Nuôi gà")
    bake_zim(content / "ga.zim", {"trang": page}, name="nuoi-ga", title="Nuôi gà", main_path="trang")
    with open_village(tmp_path_factory.mktemp("village"), content) as opened:
        first = opened.phone()
        until(lambda: json.loads(first.get(NAME, "/api/shelf").body)["books"], 30, "a book is ready")
        yield opened


@contextlib.contextmanager
def browsing(
    phone: Phone, folder: Path, preferences: Mapping[str, object] | None = None, **options: object
) -> Iterator[playwright_sync.Page]:
    """A browser that runs on the phone: all that it asks leaves by the phone's Wi-Fi, its name server included."""
    program = folder / "chromium"
    program.write_text(f'#!/bin/sh\nexec ip netns exec {phone.name} {shlex.quote(CHROMIUM or "")} "$@"\n')
    program.chmod(0o755)
    profile = folder / "profile" / "Default"
    profile.mkdir(parents=True)
    (profile / "Preferences").write_text(json.dumps(preferences or {}))
    with playwright_sync.sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile.parent, executable_path=program, args=FLAGS, locale="vi-VN", **options
        )
        try:
            yield context.pages[0]
        finally:
            context.close()


@pytest.mark.parametrize("system", PHONES)
def test_joins_sees_the_page_taps_and_reads_a_book(village: Village, tmp_path: Path, system: str) -> None:
    """As in the small window in which phones join: no scripts, and no cookie is kept from one page to the next."""
    agent, (width, height), (host, path), (button, end, heading) = PHONES[system]
    phone = village.phone()
    sheet = {"user_agent": agent, "viewport": {"width": width, "height": height}, "java_script_enabled": False}
    with browsing(phone, tmp_path, **sheet, is_mobile=True, has_touch=True) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"http://{host}{path}")
        assert page.url == WELCOME
        page.context.clear_cookies()
        with page.expect_response(end) as ended:
            page.get_by_role("button", name=button).tap()
        page.wait_for_url(end)
        assert (ended.value.status, ended.value.request.is_navigation_request()) == (200, True)
        assert heading in page.locator("h1").inner_text()
        page.goto(f"http://{NAME}/sach/nuoi-ga/")
        page.locator(".contents a.read").first.tap()
        page.wait_for_url(re.compile(f"^http://{re.escape(NAME)}/doc/nuoi-ga/"))
        assert page.frame_locator("#page").locator("h1").inner_text() == "Nuôi gà đồi"
    assert {urlsplit(url).hostname for url in asked} <= {host, NAME, f"sach.{NAME}"}
    said = phone.get(host, path)
    if system == "android":
        assert (said.status, said.headers["X-Internet"]) == (204, "yes")
    else:
        expected = probes.reply(host, path, Answer.SUCCESS, WELCOME)
        assert expected is not None
        assert (said.status, said.body) == (expected.status, expected.body)


def opens(page: playwright_sync.Page, address: str) -> bool:
    """Whether a new tab opens an address; if not, it must be the browser that put a warning before it."""
    with contextlib.closing(page.context.new_page()) as tab:
        try:
            answer = tab.goto(address)
        except playwright_sync.Error as error:
            assert WARNING.search(error.message), error.message
            return False
        assert answer is not None
        assert answer.status == 200, address
        return True


OURS = [
    f"http://{NAME}/",
    "http://thuvien/",
    f"{BOOKS}/trang/nuoi-ga/trang",
    "http://sach.thuvien/trang/nuoi-ga/trang",
    f"http://{HUB}/",
    WELCOME,
]


def test_no_warning_stands_before_the_hubs_pages(village: Village, tmp_path: Path) -> None:
    """With what Chrome 154 and later do by themselves: they ask before a public site is opened over http."""
    phone = village.phone()
    with browsing(phone, tmp_path, ASK_BEFORE_HTTP) as page:
        assert {address: opens(page, address) for address in OURS} == dict.fromkeys(OURS, True)
        # A probe's host is a public name: Chrome itself warns, though not the small window in which phones open it.
        assert not opens(page, "http://www.msftconnecttest.com/redirect")
        phone.post("/chao/internet")
        assert not opens(page, f"http://{PUBLIC}/"), "the browser warns of nothing: this test proves nothing"
        assert opens(page, f"http://{NAME}/")


def test_chromes_strictest_setting_warns_of_the_hub_too(village: Village, tmp_path: Path) -> None:
    """No name and no number helps somebody who wants to be warned of private sites; decision 0008 says so."""
    with browsing(village.phone(), tmp_path, ALWAYS_SECURE) as page:
        assert {address: opens(page, address) for address in OURS} == dict.fromkeys(OURS, False)
