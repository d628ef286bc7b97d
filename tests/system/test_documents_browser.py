"""Documents in a real browser: an EPUB without scripts, a PDF drawn by pdf.js, a film with subtitles."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import quote, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import epub_samples
import pikepdf
import pytest
from fpdf import FPDF

from library.documents.pdf_program import PdfProgram
from library.testing import Entry, bake_zim

playwright_sync = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: ./run test installs it"
)
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None or not PdfProgram().is_there, reason="Chromium or libjs-pdf is not installed: ./run test does"
)
EPUB, PDF = "application/epub+zip", "application/pdf"
HOSTILE = """<h1>Đầu</h1><script>document.title = 'ran'</script><img src="x" onerror="document.title = 'ran'"/>
<img src="http://outside.example/a.png"/><p style="background:url(http://outside.example/b.png)">còn đây</p>"""
VTT = "WEBVTT\n\n00:00.000 --> 00:09.000\nPhụ đề bà con ơi\n"


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Handler(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


def pdf(pages: int, filler: int = 0) -> bytes:
    """A PDF with a large red field on each page; ``filler`` bytes of something that no page shows."""
    made = FPDF()
    made.set_font("helvetica", size=40)
    for number in range(1, pages + 1):
        made.add_page()
        made.set_fill_color(200, 30, 30)
        made.rect(20, 60, 170, 100, style="F")
        made.cell(text=f"Trang {number}")
    data = bytes(made.output())
    if not filler:
        return data
    with pikepdf.open(io.BytesIO(data)) as opened:
        opened.make_stream(b"")
        opened.Root.Ballast = opened.make_stream(bytes(range(256)) * (filler // 256))
        out = io.BytesIO()
        opened.save(out, compress_streams=False)
    return out.getvalue()


def rebuilt(change: Callable[[pikepdf.Pdf], None], **save: Any) -> bytes:
    with pikepdf.open(io.BytesIO(pdf(1))) as opened:
        change(opened)
        out = io.BytesIO()
        opened.save(out, **save)
    return out.getvalue()


def with_script(opened: pikepdf.Pdf) -> None:
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1); document.title = 'ran'")
    opened.Root.OpenAction = opened.make_indirect(script)
    opened.pages[0].AA = pikepdf.Dictionary(O=opened.make_indirect(script))


def with_many_pages(opened: pikepdf.Pdf) -> None:
    opened.Root.Pages.Count = 20_000


def film(folder: Path) -> dict[str, Entry]:
    """Ten seconds of colours with a tone, in the two ways browsers know."""
    if shutil.which("ffmpeg") is None:
        return {}
    source = ["-f", "lavfi", "-i", "testsrc=size=160x120:rate=10:duration=10", "-f", "lavfi", "-i", "sine=duration=10"]
    made = {}
    for name, codec, kind in (("a.mp4", "libx264", "video/mp4"), ("b.webm", "libvpx", "video/webm")):
        options = (
            ["-c:v", codec, "-pix_fmt", "yuv420p", "-movflags", "+faststart"] if "264" in codec else ["-c:v", codec]
        )
        command = ["ffmpeg", "-loglevel", "error", "-y", *source, *options, "-shortest", str(folder / name)]
        subprocess.run(command, check=True, timeout=120)
        made[f"phim/{name}"] = Entry(folder / name, f"Phim {name}", kind, front=False)
    return made


@dataclass
class House:
    """A running website and every Range that was asked of it."""

    origin: str
    books: str
    sent: dict[str, int] = field(default_factory=dict)
    artefacts: Path = Path()


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, make_site: Callable[[Path, Path], Any], project: Path
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("documents")
    content = folder / "zim"
    content.mkdir()
    files = {
        "ba trang.pdf": pdf(3), "lớn.pdf": pdf(2, 50_000_000), "cụt.pdf": pdf(1)[:400],
        "rác.pdf": b"%PDF-1.7\n" + b"x" * 4000,
        "rỗng.pdf": b"", "khóa.pdf": rebuilt(lambda _: None, encryption=pikepdf.Encryption(owner="a", user="b")),
        "lệnh.pdf": rebuilt(with_script), "nhiều.pdf": rebuilt(with_many_pages),
    }  # fmt: skip
    entries = {name: Entry(data, name, PDF, front=False) for name, data in files.items()}
    entries |= {
        "index.html": Entry("<p>Sách", "Đầu"),
        "lúa.epub": Entry(epub_samples.epub3(), "Cây lúa", EPUB, front=False),
        "độc.epub": Entry(epub_samples.epub3({"a.xhtml": HOSTILE}), "Độc", EPUB, front=False),
        "phim/a.vi.vtt": Entry(VTT, "", "text/vtt", front=False),
        "phim/a.jpg": Entry(epub_samples.png(160, 120), "", "image/png", front=False),
        **film(folder),
    }
    bake_zim(content / "a.zim", entries, name="a", title="Sách nhà nông", main_path="index.html")
    site = make_site(content, folder / "data")
    running = House("", "", artefacts=project / "artefacts" / "documents")
    running.artefacts.mkdir(parents=True, exist_ok=True)

    def counted(environ: Any, start_response: Any) -> Any:
        name = environ["PATH_INFO"].rpartition("/")[2]
        for piece in (body := site.door(environ, start_response)):
            running.sent[name] = running.sent.get(name, 0) + len(piece)
            yield piece
        getattr(body, "close", lambda: None)()

    server = Server(("127.0.0.1", 0), Handler)
    server.set_app(counted)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    port = server.server_port
    running.origin, running.books = f"http://localhost:{port}", f"http://sach.localhost:{port}"
    yield running
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--mute-audio"]
    flags.append("--autoplay-policy=no-user-gesture-required")
    with playwright_sync.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield chromium
        chromium.close()


def test_an_epub_is_read_without_scripts(house: House, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    refused: list[str] = []
    page.on("requestfailed", lambda request: refused.append(request.url))

    def tap(name: str, leads_to: str) -> None:
        page.get_by_role("link", name=name).first.tap()
        page.wait_for_url(re.compile(leads_to))

    page.goto(f"{house.origin}/sach/a/")
    tap("Cây lúa", f"^{house.origin}/tai-lieu/")
    page.screenshot(path=house.artefacts / "epub.png", full_page=True)
    tap("Đọc từ đầu", f"^{house.books}/.*!/c0$")
    assert page.locator("h1").inner_text() == "Gieo mạ"
    assert page.locator("article img").bounding_box()["width"] > 30
    page.screenshot(path=house.artefacts / "chapter.png")
    tap("Xem chương hai", "!/c1#x-nuoc$")
    page.screenshot(path=house.artefacts / "chapter-two.png")
    tap("Sau", "!/c2$")
    assert page.locator("h1").inner_text() == "Gặt"
    tap("Mục lục", f"^{house.origin}/tai-lieu/")
    assert {urlsplit(url).hostname for url in asked} == {"localhost", "sach.localhost"}
    fonts = {url for url in asked if url.startswith(f"{house.books}/static/fonts/")}
    assert fonts, "a chapter has the house's letters"
    assert not fonts & set(refused)
    context.close()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_hostile_epub_runs_nothing(house: House, browser: Any, host: str) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{house.origin.replace('localhost', host)}/mo/a/{quote('độc.epub')}!/c0")
    assert "còn đây" in page.inner_text("article")
    assert page.title() != "ran"
    assert page.evaluate("document.querySelectorAll('script').length") == 0
    assert [url for url in asked if "outside" in url] == []
    page.close()


def until(page: Any, expression: str) -> None:
    """Wait until it is true; playwright's own way evaluates strings, which the viewer's policy forbids."""
    for _ in range(600):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(expression)


EVAL = """() => new Promise((done) => setTimeout(() => {
  try { done(eval('1')); } catch (error) { done('refused'); }
}))"""
REDS = """() => {
  let most = 0;
  for (const canvas of document.querySelectorAll('canvas')) {
    const dots = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let reds = 0;
    for (let at = 0; at < dots.length; at += 4) if (dots[at] > 150 && dots[at + 1] < 80) reds += 1;
    most = Math.max(most, reds / (dots.length / 4));
  }
  return most;
}"""


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_pdf_is_drawn_page_after_page(house: House, browser: Any, host: str) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 640})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{house.origin.replace('localhost', host)}/tai-lieu/a/{quote('ba trang.pdf')}")
    frame = page.frame_locator("iframe.document")
    frame.locator("canvas").first.wait_for()
    page.screenshot(path=house.artefacts / f"pdf-{host}.png", full_page=True)
    page.goto(page.locator("iframe.document").get_attribute("src"))
    page.locator("canvas").first.wait_for()
    assert 0.15 < page.evaluate(REDS) < 0.5
    assert page.inner_text("#count") == "3"
    wide = page.locator(".sheet").first.bounding_box()["width"]
    page.click("#larger")
    until(page, f"(document.querySelector('canvas') || {{}}).width > {wide * 1.1}")
    page.screenshot(path=house.artefacts / f"pdf-viewer-{host}.png")
    page.locator(".sheet").nth(2).scroll_into_view_if_needed()
    until(page, "document.querySelectorAll('.sheet')[2].querySelector('canvas') !== null")
    until(page, "document.getElementById('here').textContent !== '1'")
    assert {urlsplit(url).hostname for url in asked if url.startswith("http")} <= {"localhost", "sach.localhost", host}
    assert page.evaluate(EVAL) == "refused"
    page.close()


def test_a_large_pdf_shows_its_first_page_before_it_is_here(house: House, browser: Any) -> None:
    page = browser.new_page()
    page.goto(f"{house.books}/mo/a/{quote('lớn.pdf')}!/xem")
    page.locator("canvas").first.wait_for()
    assert page.evaluate(REDS) > 0.1
    name = "lớn.pdf".encode().decode("latin-1")
    assert house.sent[name] < 10_000_000
    page.close()


def test_a_pdf_that_cannot_be_shown_says_so(house: House, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 640})
    for name, words in {"cụt.pdf": "hỏng", "rác.pdf": "hỏng", "rỗng.pdf": "hỏng", "khóa.pdf": "mật khẩu"}.items():
        page.goto(f"{house.books}/mo/a/{quote(name)}!/xem")
        until(page, f"document.getElementById('notice').textContent.includes({words!r})")
        assert page.get_by_role("link", name="Mở tệp PDF").is_visible(), name
    page.screenshot(path=house.artefacts / "pdf-problem.png")
    page.close()


def test_a_strange_pdf_still_shows_its_page(house: House, browser: Any) -> None:
    page = browser.new_page()
    for name in ("lệnh.pdf", "nhiều.pdf"):
        page.goto(f"{house.books}/mo/a/{quote(name)}!/xem")
        page.locator("canvas").first.wait_for()
        assert page.evaluate(REDS) > 0.1
        assert page.title() == name
        assert page.locator(".sheet").count() <= 60
    page.close()


def test_a_phone_that_is_too_old_for_the_program_is_offered_the_file(house: House, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 640})
    page.route("**/build/pdf.js", lambda route: route.fulfill(body="let a ??? b", content_type="text/javascript"))
    page.goto(f"{house.books}/mo/a/{quote('ba trang.pdf')}!/xem")
    until(page, "document.getElementById('notice').textContent.includes('thử mở chính tệp')")
    assert page.get_by_role("link", name="Mở tệp PDF").is_visible()
    page.close()


def test_without_scripts_a_pdf_is_offered_as_a_file(house: House, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{house.origin}/tai-lieu/a/{quote('ba trang.pdf')}")
    page.screenshot(path=house.artefacts / "pdf-without-scripts.png", full_page=True)
    frame = page.frame_locator("iframe.document")
    assert "JavaScript" in frame.locator("noscript").inner_text()
    assert page.get_by_role("link", name="Mở tệp PDF").first.is_visible()
    context.close()


PLAY = """async () => {
  const film = document.querySelector('video');
  film.muted = true;
  await film.play();
  while (film.currentTime < 0.5) await new Promise((done) => setTimeout(done, 50));
  film.currentTime = 7;
  await new Promise((done) => film.addEventListener('seeked', done, {once: true}));
  const before = film.currentTime;
  while (film.currentTime <= before) await new Promise((done) => setTimeout(done, 50));
  return before;
}"""


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", 'video/mp4; codecs="avc1.42E01E"'), ("b.webm", "video/webm")])
def test_a_film_plays_from_any_place_with_subtitles(house: House, browser: Any, name: str, codec: str) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed: ./run test installs it")
    page = browser.new_page(viewport={"width": 360, "height": 640})
    page.goto(f"{house.origin}/tai-lieu/a/phim/{name}")
    page.screenshot(path=house.artefacts / f"film-{name}.png", full_page=True)
    if not page.evaluate(f"document.createElement('video').canPlayType({codec!r})"):
        pytest.skip(f"this build of Chromium has no {codec}")
    assert page.evaluate(PLAY) >= 6.9
    if name == "a.mp4":
        until(page, "document.querySelector('video').textTracks[0].activeCues?.length === 1")
        words = page.evaluate("document.querySelector('video').textTracks[0].activeCues[0].text")
        assert words == "Phụ đề bà con ơi"
    page.close()
