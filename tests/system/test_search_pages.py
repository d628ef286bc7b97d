"""The pages of search as a reader meets them: over the real website, and in Chromium with and without scripts."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from hub.config import HouseConfig, HubConfig, PathsConfig, WebConfig
from hub.site import create_site
from library.search import searching
from library.testing import Entry, bake_zim, fill_index, shelve

HUB = "localhost:8080"
TEXT = "<!DOCTYPE html><html><head><title>x</title></head><body><p>{}</p></body></html>"
BOOKS = {
    "trong-trot": (
        "vie",
        "Trồng trọt",
        {"Chăm vải thiều": "Tỉa vải thiều sau khi thu hoạch", "Đất đồi": "Giữ đất"},
    ),
    "farming": ("eng", "Farming", {"Lychee": "Prune after harvest. Vai thieu is a lychee."}),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shelf of two books, checked and taken in."""
    folder = tmp_path_factory.mktemp("searched")
    content, state = folder / "content", folder / "state"
    content.mkdir()
    state.mkdir()
    for name, (language, title, pages) in BOOKS.items():
        entries = {f"{heading}.html": Entry(TEXT.format(text), heading) for heading, text in pages.items()}
        facts = {"language": language, "title": title, "main_path": next(iter(entries))}
        bake_zim(content / f"{name}.zim", entries, name=name, metadata={"Tags": f"_category:{title}"}, **facts)
    shelve(content, state)
    assert fill_index(content, state, folder / "index") == 0
    return folder


Ask = Callable[[str], tuple[int, str]]


@pytest.fixture(scope="module")
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def origin(data: Path, port: int) -> Iterator[str]:
    """The whole website over that shelf, on a port of this machine."""
    house = HouseConfig(id="test", name="Thử", village_word="bản", commune="Mới", province="Bắc Ninh")
    config = HubConfig(house=house, paths=PathsConfig(data=data, run=data / "run"), web=WebConfig(port=port))
    server = make_server("127.0.0.1", port, create_site(config), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def ask(origin: str, port: int) -> Ask:
    import http.client

    def get(target: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", target, headers={"Host": f"localhost:{port}"})
        response = connection.getresponse()
        answer = response.status, response.read().decode()
        connection.close()
        return answer

    return get


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield opened
        opened.close()


def test_programs_get_results_with_title_book_address_and_snippet(ask: Ask) -> None:
    status, text = ask("/api/search?q=vai+thieu&limit=5")
    found = json.loads(text)
    assert (status, found["total"]) == (200, 2)
    assert all(list(result) == ["book", "snippet", "title", "url"] for result in found["results"])
    assert found["results"][0]["title"] == "Chăm vải thiều"
    assert {result["book"] for result in found["results"]} == {"Trồng trọt", "Farming"}
    assert all(ask(result["url"])[0] == 200 for result in found["results"])
    assert json.loads(ask("/api/search?q=vai+thieu&limit=1")[1])["results"] == found["results"][:1]
    assert json.loads(ask("/api/search?q=v%E1%BA%A3i+thi%E1%BB%81u&limit=5")[1])["results"][0]["book"] == "Trồng trọt"


def test_more_than_is_counted_is_said_to_people_and_to_programs(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    found = json.loads(ask("/api/search?q=vai+thieu")[1])
    assert (sorted(found), found["total"]) == (["results", "total"], 2)
    assert "Tìm thấy 2 chỗ" in ask("/tim?q=vai+thieu")[1]
    monkeypatch.setattr(searching, "COUNTED", 1)
    found = json.loads(ask("/api/search?q=vai+thieu")[1])
    assert (found["total"], found["at_least"]) == (1, True)
    assert "Tìm thấy hơn 1 chỗ" in ask("/tim?q=vai+thieu")[1]


def test_books_answer_by_their_own_words(ask: Ask) -> None:
    found = json.loads(ask("/api/search?q=trong+trot")[1])
    assert (found["results"][0]["title"], found["results"][0]["url"]) == ("Trồng trọt", "/sach/trong-trot/")


def test_suggestions_are_for_programs_too(ask: Ask) -> None:
    suggestions = json.loads(ask("/api/suggest?q=cham+va")[1])["suggestions"]
    assert [(each["title"], each["book"]) for each in suggestions] == [("Chăm vải thiều", "Trồng trọt")]
    assert json.loads(ask("/api/suggest")[1]) == {"suggestions": []}


def test_a_search_can_be_narrowed_down(ask: Ask) -> None:
    for narrow, there, not_there in (
        ("ngon-ngu=eng", "Lychee", "sau khi thu"),
        (f"chu-de={quote('Trồng trọt')}", "sau khi thu", "Lychee"),
        ("sach=farming", "Lychee", "sau khi thu"),
    ):
        status, text = ask(f"/tim?q=vai+thieu&{narrow}")
        assert status == 200
        assert there in text
        assert not_there not in text
    assert '<option value="vi" selected>Tiếng Việt</option>' in ask("/tim?q=vai+thieu&ngon-ngu=vie")[1]
    status, text = ask("/tim?q=vai+thieu&loai=film")
    assert "Không tìm thấy. Bà con thử gõ ít chữ hơn, hoặc mở tủ sách." in text
    for odd in ("ngon-ngu=%00", "loai=zzz", "sach=%2e%2e", "chu-de=" + "x" * 5000):
        assert ask(f"/tim?q=vai&{odd}")[0] == 200


@pytest.mark.parametrize(
    "query",
    ["", "%20", "%00", "%22", "'", "*", "NEAR", "a+NEAR+b", "-vai", "+%2Bvai", "%28", "%5C", "title%3Avai",
     "%F0%9F%98%80",
     "%E6%BC%A2%E5%AD%97", "%E1%9E%81%E1%9F%92%E1%9E%98%E1%9F%82%E1%9E%9A", "%FF%FE", "%ED%A0%80", "x" * 10_000,
     "vai+" * 2_500, "%CC%81" * 1000, "%3Cscript%3Ealert(1)%3C/script%3E", "%E2%80%AEvai", "a%0D%0Ab"],
    ids=range(24),
)  # fmt: skip
def test_nothing_that_is_typed_breaks_it(ask: Ask, query: str) -> None:
    for target in (f"/tim?q={query}", f"/api/search?q={query}&limit=x", f"/api/suggest?q={query}"):
        status, text = ask(target)
        assert status == 200, target[:60]
        assert "<script>alert" not in text
    page = ask(f"/tim?q={query}")[1]
    assert "vải thiều" in page or "vải</mark>" in page or "Không tìm thấy" in page or not query.strip("+%20")


@pytest.mark.parametrize("limit", ["-1", "0", "1000000", "9" * 400, "abc", ""])
def test_any_limit_gets_an_answer(ask: Ask, limit: str) -> None:
    status, text = ask(f"/api/search?q=vai&limit={limit}")
    assert status == 200
    assert len(json.loads(text)["results"]) <= 100


def test_readers_search_without_scripts(browser: Browser, origin: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 568})
    page = context.new_page()
    page.goto(origin)
    page.fill("#q", "vai thieu")
    page.click("#search button")
    assert page.inner_text("mark >> nth=0").lower() in {"vải", "vai"}
    assert "Tìm thấy 2 chỗ" in page.inner_text("main")
    page.click("summary")
    page.select_option("#lang", label="Tiếng Anh")
    page.click("details button")
    assert "Tìm thấy 1 chỗ" in page.inner_text("main")
    context.close()


@pytest.mark.parametrize("path", ["/", "/tu-sach", "/q/ABCDEFG", "/tim?q=zzz"])
def test_suggestions_help_whoever_types(browser: Browser, origin: str, path: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640})
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(origin + path)
    del problems[:]  # that a page is not found (404) is no mistake of it
    page.fill("#q", "")
    with page.expect_response(lambda response: response.url.endswith(("q=dat%20d", "q=dat+d"))):
        page.keyboard.type("dat d")  # lists of the first letters may come and go before this one
    page.wait_for_function("document.querySelector('#q-list li b')?.textContent === 'Đất đồi'")
    assert page.get_attribute("#q", "aria-expanded") == "true"
    assert page.evaluate("document.querySelector('#q-list li').getBoundingClientRect().height") >= 48
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#q", "aria-activedescendant") == "q-0"
    assert page.get_attribute("#q-0", "aria-selected") == "true"
    page.keyboard.press("Escape")
    assert page.get_attribute("#q", "aria-expanded") == "false"
    assert page.locator("#q-list").is_hidden()
    page.keyboard.press("Enter")  # nothing is chosen: the form is sent
    page.wait_for_url("**/tim?q=dat+d*")
    assert problems == []
    context.close()
