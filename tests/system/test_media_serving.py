"""Films and sounds over the whole website: pages, ranges, rights, codes; and Chromium plays them at a phone's size."""

from __future__ import annotations

import json
import re
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from films import describe, make_film, make_poster
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from library.media.picture_folder import LARGEST_SMALL
from library.testing import fill_index

HUB = "localhost:8080"
pytestmark = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="ffmpeg is not installed; ./run test installs it"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, make_site: Any) -> Any:
    content = tmp_path_factory.mktemp("content")
    film = make_film(content / "vai.mp4", "slow.mp4")
    make_poster(content / "vai.jpg")
    words = '[[subtitles]]\nlanguage = "{}"\nfile = "vai.{}.srt"\n'
    for tag, text in (("vi", "Xin chào"), ("en", "Hello")):
        (content / f"vai.{tag}.srt").write_text(f"1\n00:00:00,000 --> 00:00:04,000\n{text}\n", "utf-8")
    describe(film, more='poster = "vai.jpg"\n' + words.format("vi", "vi") + words.format("en", "en"))
    make_film(content / "quay.webm", "film.webm")
    describe(make_film(content / "hat.mp3", "sound.mp3"), uses='"hub"', title="Hát then")
    describe(make_film(content / "cam.mp4", "pieces.mp4"), uses='"web"')
    return make_site(content, tmp_path_factory.mktemp("data"))


def bytes_address(site: Any, page: str) -> str:
    found = re.search(r'<source src="([^"]+)" type="([^"]+)">', site.ask(page, host=HUB).text)
    assert found
    return found[1]


def test_the_page_of_a_film(site: Any) -> None:
    page = site.ask("/phim/vai/", host=HUB)
    assert page.status == 200
    for part in (
        "Trồng vải",
        "4\u00a0giây",
        "controls playsinline",
        'preload="metadata"',
        'srclang="vi"',
        "/phim/vai/tai-ve",
    ):
        assert part in page.text
    assert "<script" not in page.text.partition("<main")[2]
    assert site.ask("/am-thanh/vai/", host=HUB).headers["Location"] == "/phim/vai/"
    assert site.ask("/sach/vai/", host=HUB).status == 404
    assert site.ask("/trang/vai/").status == 404
    assert site.ask("/phim/nothing/", host=HUB).status == 404
    assert "iPhone" in site.ask("/phim/quay/", host=HUB).text
    poster = site.ask("/phim/vai/bia", host=HUB)
    assert (poster.status, poster.headers["Content-Type"]) == (200, "image/jpeg")
    shown = re.search(r'poster="(/phim/vai/bia/[0-9a-f]{12})"', page.text)
    assert shown is not None
    assert site.ask(shown[1], host=HUB).body == site.ask("/phim/vai/bia?v=0", host=HUB).body == poster.body
    assert site.ask("/phim/vai/bia/0", host=HUB).headers["Location"] == shown[1]
    assert site.ask("/phim/quay/bia/0", host=HUB).status == 404
    row = re.search(r'src="(/phim/vai/bia-nho/[0-9a-f]{12})"', site.ask("/tu-sach", host=HUB).text)
    assert row is not None
    small = site.ask(row[1], host=HUB)
    assert (small.status, small.headers["Content-Type"]) == (200, "image/jpeg")
    assert 0 < len(small.body) <= LARGEST_SMALL
    assert site.ask(row[1], host=HUB, headers={"If-None-Match": small.headers["ETag"]}).status == 304
    assert site.ask("/phim/quay/bia-nho/0", host=HUB).status == 404
    assert site.ask("/phim/vai/bia-nho/0", host=HUB).headers["Location"] == row[1]
    words = site.ask("/phim/vai/phu-de/1.vtt", host=HUB)
    assert words.headers["Content-Type"] == "text/vtt; charset=utf-8"
    assert words.text == "WEBVTT\n\n00:00:00.000 --> 00:00:04.000\nXin chào\n"
    assert site.ask("/phim/vai/phu-de/3.vtt", host=HUB).status == 404


@pytest.mark.parametrize(
    ("asked", "begins"),
    [
        ("", ""),
        ("?t=65", "#t=65"),
        ("?t=0", ""),
        ("?t=-5", ""),
        ("?t=99999999", ""),
        (f"?t={'9' * 6000}", ""),
        ("?t=x", ""),
    ],
)
def test_a_film_begins_where_the_address_says(site: Any, asked: str, begins: str) -> None:
    page = site.ask(f"/phim/vai/{asked}", host=HUB).text
    assert len(re.findall(rf'"/phim/vai/xem/[0-9a-f]+\.mp4{begins}"', page)) == 2


def test_what_is_said_leads_to_the_moment(site: Any) -> None:
    paths = site.config.paths
    assert fill_index(paths.content, paths.state, paths.index) == 0
    assert json.loads(site.ask("/api/search?q=xin%20chao", host=HUB).text)["results"] == [
        {"title": "Trồng vải", "book": "Trồng vải", "url": "/phim/vai/?t=0", "snippet": "Xin chào"}
    ]
    page = site.ask("/tim?q=xin%20chao", host=HUB).text
    assert re.search(
        r'href="/phim/vai/\?t=0"><span class="words"><b>Từ lúc 0:00</b> <span class="excerpt"><mark>Xin', page
    )
    assert "Chỉ tìm trong phim:" in site.ask("/tim?q=xin%20chao&sach=vai", host=HUB).text


def test_bytes_ranges_and_validators(site: Any) -> None:
    address = bytes_address(site, "/phim/vai/")
    data = (site.content / "vai.mp4").read_bytes()
    whole = site.ask(address, host=HUB)
    assert (whole.status, whole.body) == (200, data)
    assert whole.headers["Content-Type"] == "video/mp4"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in whole.headers["Content-Security-Policy"]
    assert "script-src" not in whole.headers["Content-Security-Policy"]
    tag = whole.headers["ETag"]
    head = site.ask(address, host=HUB, method="HEAD")
    assert (head.status, head.headers["Content-Length"], head.headers["Accept-Ranges"]) == (
        200,
        str(len(data)),
        "bytes",
    )
    for asked, expected in {"bytes=0-9": data[:10], "bytes=-7": data[-7:], "bytes=100-": data[100:]}.items():
        part = site.ask(address, host=HUB, headers={"Range": asked})
        assert (part.status, part.body) == (206, expected)
    assert site.ask(address, host=HUB, headers={"Range": f"bytes={len(data)}-"}).status == 416
    assert site.ask(address, host=HUB, headers={"If-None-Match": tag}).status == 304
    same = {"Range": "bytes=5-9", "If-Range": tag}
    assert site.ask(address, host=HUB, headers=same).body == data[5:10]
    assert site.ask(address, host=HUB, headers={**same, "If-Range": '"other"'}).body == data
    assert site.ask(re.sub(r"xem/.", "xem/z", address), host=HUB).status == 404, "another edition"


def test_rights_are_obeyed(site: Any) -> None:
    taken = site.ask("/phim/vai/tai-ve", host=HUB)
    assert (taken.status, taken.body) == (200, (site.content / "vai.mp4").read_bytes())
    assert taken.headers["Content-Disposition"].startswith('attachment; filename="vai.mp4"; filename*=UTF-8')
    for page in ("/am-thanh/hat/", "/phim/quay/"):
        assert "tai-ve" not in site.ask(page, host=HUB).text
        refused = site.ask(f"{page}tai-ve", host=HUB)
        assert refused.status == 403
        assert "nhà văn hóa" in refused.text
    assert site.ask("/phim/cam/", host=HUB).status == 404
    assert "cam.mp4" not in site.ask("/tu-sach", host=HUB).text


def test_the_shelf_shows_kinds_and_subjects(site: Any) -> None:
    everything = site.ask("/tu-sach", host=HUB).text
    assert all(title in everything for title in ("Trồng vải", "quay", "Hát then"))
    films = site.ask("/tu-sach?loai=phim", host=HUB).text
    assert "Hát then" not in films
    about = site.ask("/tu-sach?loai=phim&chu-de=N%C3%94NG%20nghi%E1%BB%87p", host=HUB).text
    assert "Trồng vải" in about
    assert ">quay<" not in about
    for odd in ("/tu-sach?loai=x", "/tu-sach?chu-de=%00", "/tu-sach?chu-de=" + "x" * 3000):
        assert site.ask(odd, host=HUB).status == 200
    assert "Chưa có gì" in site.ask("/tu-sach?loai=sach", host=HUB).text
    home = site.ask("/", host=HUB).text
    assert "/tu-sach?loai=phim" in home
    assert "2 phim" in home


def test_a_code_leads_there_in_one_step(site: Any) -> None:
    code = site.shelf.media()["vai"].code
    assert site.ask(f"/q/{code.lower()}", host=HUB).headers["Location"] == "/phim/vai/"
    page = site.ask("/phim/vai/ma", host=HUB)
    assert page.status == 200
    assert f"{code[:3]}-{code[3:]}" in page.text


@pytest.fixture
def address(site: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, site.door, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed; ./run test installs it")
def test_chromium_plays_seeks_and_shows_the_words(address: str, project: Path) -> None:
    play = """async () => {
      const film = document.querySelector("video, audio");
      film.muted = true;
      await film.play();
      film.currentTime = 2.5;
      await new Promise(done => film.onseeked = done);
      film.pause();
      const shown = [...(film.textTracks || [])].filter(track => track.mode === "showing");
      return [film.error, film.currentTime >= 2.5, film.videoWidth || 0,
              shown.map(track => track.language + ":" + track.activeCues[0].text)];
    }"""
    pictures = project / "artefacts" / "pages"
    pictures.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=options)
        page = browser.new_page(viewport={"width": 360, "height": 640}, locale="vi-VN")
        page.goto(f"{address}/phim/vai/?t=3")  # as the search leads there
        page.wait_for_function("document.querySelector('video').currentTime >= 3")
        page.goto(f"{address}/phim/vai/")
        assert page.evaluate(play) == [None, True, 320, ["vi:Xin chào"]]
        page.screenshot(path=pictures / "film-playing-360x640.png")
        assert page.evaluate("document.querySelector('video').getBoundingClientRect().width") <= 360
        page.click("a.button.big")  # the film alone, for telephones that play nothing inside a page
        page.locator("video").wait_for()
        end = time.monotonic() + 20  # not `wait_for_function`: the wall around the bytes forbids what it does
        while page.evaluate("document.querySelector('video').readyState") < 1:
            assert time.monotonic() < end
            page.wait_for_timeout(50)
        page.goto(f"{address}/phim/quay/")
        assert page.evaluate(play) == [None, True, 320, []]
        page.goto(f"{address}/am-thanh/hat/")
        assert page.evaluate(play)[:2] == [None, True]
        browser.close()
