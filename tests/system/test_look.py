"""How the pages look in a real browser: nothing cut off, nothing tiny, nothing heavy, nothing hard to tell apart.

Every page is drawn with sample contents (long words, missing covers, one to six tiles) on five screens, light and dark.
For whoever changes a page to look at, a picture of it is left in `artefacts/pages`; with `./run test --long` one for
each screen.
"""

from __future__ import annotations

import itertools
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, render_template, render_template_string, request
from flask_babel import gettext
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from measure import MEASURE
from playwright.sync_api import Browser, Page, sync_playwright
from portal_gate import OnePhoneGate
from werkzeug.serving import make_server

import hub
import library
from captive_portal.asking import GateDesk
from captive_portal.config import CaptivePortalConfig, RetentionConfig
from captive_portal.web import PortalPages, Surroundings
from hub import i18n, weight
from hub.admin import RoleView, ShownPanel
from hub.portal import phone_language
from hub.statics import Statics
from library.arranging import arrange
from library.codes import qr
from library.documents.pages import Frame
from library.epub import reasons
from library.epub.pack import PackedBook, PackedChapter
from library.media.facts import MediaFacts
from library.openings.file import OpeningsRow
from library.openings.pages import summary
from library.rights_words import RightsView
from library.search.pages import Choice, Group, Item, PageLine
from library.search.searching import Wish

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed; ./run test installs it")

SCREENS = [(320, 568), (360, 640), (390, 844), (768, 1024), (1280, 720)]
PHONES = {(360, 640), (390, 844)}
LONG = os.environ.get("HUB_LONG") == "1"
SCHEMES: list[Literal["light", "dark"]] = ["light", "dark"]
PAGES = {
    "home": "/?tiles=1",
    "home-full": "/?tiles=6&standing=captive",
    "welcome": "/chao?standing=captive",
    "welcome-offline": "/chao?standing=captive&backhaul=down&used=8",
    "welcome-expired": "/chao-khoa?standing=expired",
    "welcome-day-over": "/chao?standing=expired&day=0",
    "welcome-online": "/chao?standing=online&session=2700",
    "welcome-silent": "/chao?silent=1",
    "internet-open": "/chao/xong?standing=online&session=3600",
    "welcome-tapped-offline": "/chao/xong?standing=welcomed&backhaul=down",
    "administration-portal": "/quan-tri?standing=online&radio=held",
    "shelf": "/tu-sach",
    "shelf-empty": "/tu-sach?empty=1",
    "shelf-films": "/tu-sach?loai=phim&chu-de=Cây ăn quả",
    "film": "/phim/vai/",
    "film-for-helpers": "/phim/vai/?offer=1",
    "sound": "/phim/vai/?sound=1",
    "not-to-take-home": "/phim/vai/tai-ve",
    "book": "/sach/vai/",
    "reading": "/doc/vai/a",
    "reading-alone": "/doc/vai/alone?lang=en",
    "reading-letters": "/doc/vai/letters",
    "reading-letters-english": "/doc/vai/letters?lang=en",
    "code": "/sach/vai/ma",
    "epub": "/tai-lieu/vai/lua.epub",
    "epub-chapter": "/mo/vai/lua.epub!/c1",
    "epub-problem": "/mo/vai/lua.epub!/c2",
    "document-problem": "/tai-lieu/vai/hong.epub",
    "pdf": "/tai-lieu/vai/lua.pdf",
    "clip": "/tai-lieu/vai/lua.webm",
    "unknown-code": "/q/ABCDEFG",
    "found": "/tim?q=vai",
    "not-found": "/tim?q=zzz",
    "status": "/trang-thai",
    "problem": "/problem",
    "log-in": "/dang-nhap",
    "set-up": "/dat-ma-lan-dau",
    "administration": "/quan-tri",
    "administration-openings": "/quan-tri?openings",
    "accounts": "/quan-tri/tai-khoan",
    "print": "/quan-tri/nhan",
    "print-trouble": "/quan-tri/nhan?sach=vai&trouble=1",
    "form": "/form",
    "welcome-english": "/chao?standing=captive&lang=en",
}
BROKEN = {"resultTypes": ["violations"]}
RULES: dict[tuple[int, str], dict[str, Any]] = {
    (320, "light"): BROKEN,
    (1280, "dark"): BROKEN if LONG else BROKEN | {"runOnly": ["color-contrast"]},  # the rest is the same in the dark
}
VARIANTS = {name for name in PAGES if name.startswith(("welcome-", "administration-", "reading-", "print-"))}
TILES = [
    ("Tủ sách", "128 cuốn", "books"),
    ("Phim nhà nông", "36 phim", "films"),
    ("Loa truyền thanh", "Nghe lại tin đã phát", "loudspeaker"),
    ("Lễ hội, phong tục", "Bài hát, nghề cũ", "festival"),
    ("Hỏi – đáp", "Hỏi xã, hỏi tỉnh", "question"),
    ("Nhờ giúp", "Dịch vụ công, điện thoại", "help"),
]
FORM = """{% extends "base.html" %}{% block main %}<h1>Đăng nhập</h1>
<form class="panel" method="post"><p class="problem" role="alert">Mã PIN chưa đúng. Bà con thử lại nhé.</p>
<div class="field"><label for="a">Vai trò</label><select id="a"><option>Trưởng bản</option></select></div>
<div class="field"><label for="b">Mã PIN</label><p class="hint">Ít nhất 6 số</p><input id="b" type="password"></div>
<div class="field"><label class="choice"><input type="checkbox">Giữ đăng nhập</label></div>
<button>Vào</button><button class="quiet" type="button">Thôi</button><button class="danger">Xóa</button></form>
<p class="notice">Mất mạng từ 14 giờ 20. Bà con vẫn đọc sách, xem phim được.</p>{% endblock %}"""


def book(name: str, title: str, **more: object) -> SimpleNamespace:
    facts = {
        "name": name, "title": title, "language": "tiếng Việt", "publisher": "Hội Nông dân xã Đồng Tiến",
        "description": "Chọn giống, trồng và chăm cây vải thiều trên đất đồi, từ lúc đào hố tới khi thu hoạch.",
        "size": "3,2 MB", "pages": 1248, "state": "ready", "reason": "", "detail": "",
        "url": f"/sach/{name}/", "read_url": "/x", "slug": name,
        "cover_url": None, "code": "7K3 9QXA", "file": f"{name}_2026-03.zim",
        "kind": "book", "duration": "", "subjects": (),
    }  # fmt: skip
    shown = facts | more
    return SimpleNamespace(**shown, small_cover_url=shown["cover_url"])


BOOKS = [
    book("vai", "Kỹ thuật trồng vải thiều trên đất đồi"),
    book("ga", "Nuôi gà đồi Yên Thế", pages=12, language="tiếng Tày"),
    book("wiki", "Bách khoa toàn thư mở Wikipedia tiếng Việt", cover_url="/static/pictures/lychees.svg"),
]
MEDIA = [
    book("p", "Trồng vải thiều trên đất đồi, phần một: đào hố", kind="film", duration="12 phút", pages=0,
         url="/phim/vai/", subjects=("Nông nghiệp", "Cây ăn quả")),
    book("s", "Hát then", kind="sound", duration="45 giây", pages=0, url="/am-thanh/s/", subjects=("Ca hát",)),
]  # fmt: skip
BAD = book(
    "bad", "invalid.bad_checksum_in_a_file_with_a_long_name.zim",
    state="quarantined", reason="Tệp bị hỏng.", detail="12 / 80 bytes",
)  # fmt: skip

RIGHTS = RightsView("Trung tâm Khuyến nông tỉnh Bắc Ninh", "CC BY-NC 4.0", ["xem tại đây"], ["chép về nhà"])


def sample_portal(retention: RetentionConfig) -> PortalPages:
    """The real portal before a gate whose one phone stands as the address of the page says."""

    def ask(method: str, target: str) -> tuple[int, dict[str, Any]]:
        said = request.args
        gate = OnePhoneGate(
            backhaul=said.get("backhaul", "up"),
            standing=said.get("standing", "captive"),
            session_seconds=said.get("session", type=int),
            day_seconds=said.get("day", 45 * 60, type=int),
            used=said.get("used", 7, type=int),
            radio_trouble=said.get("radio", ""),
            radio_problem="NetworkManager uses wlan0 for itself." if "radio" in said else "",
            silent="silent" in said or "standing" not in said,
        )
        return gate.ask(method, target)

    here = Surroundings(
        phone_address=lambda: OnePhoneGate.address,
        typed_addresses=lambda: ("thuvien.lan", "10.10.10.1"),
        portal_origin=lambda: "http://thuvien.lan",
        phone_language=phone_language,
    )
    never_resting = GateDesk(ask, itertools.count(step=3600.0).__next__)
    return PortalPages(never_resting, here, CaptivePortalConfig(), retention, has_way_out=True)


def show_documents(app: Flask) -> None:
    """The pages around documents inside books, and a chapter of one."""
    title = "Kỹ thuật gieo mạ khay và cấy lúa hàng rộng hàng hẹp trên ruộng bậc thang"
    frame = Frame(title, BOOKS[0].title, "/sach/vai/", "3,2 MB", "/x", "/x", "/x", RIGHTS)
    chapters = (PackedChapter("Gieo mạ", ()), PackedChapter("Cấy lúa", ()), PackedChapter("", ()))
    epub = PackedBook("", title, "Hội Nông dân xã", "vi", chapters)
    bound = replace(frame, download_url="")

    @app.get("/tai-lieu/vai/lua.epub")
    def one_epub() -> str:
        lines = [(1, "Phần một", ""), (2, "Gieo mạ khay", "/x"), (3, title, "/x"), (1, "Phần hai", "/x")]
        words = {"language": "Tiếng Việt", "lines": lines, "first": "/x", "cover": "/static/pictures/lychees.svg"}
        return render_template("library/epub.html", frame=frame, book=epub, **words)

    @app.get("/mo/vai/lua.epub!/c1")
    def one_chapter() -> str:
        text = "<h1>Cấy lúa</h1><p>" + "Bà con cấy lúa khi mạ được ba lá, nước xâm xấp. " * 20 + "</p>"
        table = "<table><tr><td>Giống</td><td>Ngày</td></tr></table>"
        html = Markup(f"{text}{table}<p><img src='/static/pictures/forest.svg' alt=''></p>")
        words = {"number": 2, "html": html, "sheets": [], "around": ["/x", "/x"], "contents_url": "/x"}
        return render_template("library/chapter.html", book=epub, chapter=chapters[1], **words)

    @app.get("/mo/vai/lua.epub!/c2")
    def bad_chapter() -> str:
        return render_template("library/chapter_problem.html", url="/x", reason=reasons.LOCKED)

    @app.get("/tai-lieu/vai/hong.epub")
    def bad_epub() -> str:
        return render_template("library/document_problem.html", frame=bound, problem=gettext(reasons.BROKEN))

    @app.get("/tai-lieu/vai/lua.pdf")
    def one_pdf() -> str:
        return render_template("library/pdf.html", frame=frame, viewer="/mo/vai/lua.epub!/c1")

    @app.get("/tai-lieu/vai/lua.webm")
    def one_clip() -> str:
        words = {"is_film": True, "media_type": "video/webm", "poster": "/static/pictures/films.svg", "tracks": []}
        return render_template("library/clip.html", frame=frame, not_on_apple=True, **words)


def sample_numbers() -> Markup:
    """The panel of the count of openings, with everything it can say."""
    names = ("vai", "ga", "wiki", "gone")
    titles = {one.name: one.title for one in BOOKS}
    rows = [OpeningsRow("2026-11-25", name, "book", 1248 // (2 * place + 1)) for place, name in enumerate(names)]
    rows += [OpeningsRow("2026-11-25", "vai", kind, 37) for kind in ("document", "film", "sound", "code")]
    periods = [summary(rows, days, titles) for days in (7, 30)]
    words = {"without_day": 12, "no_day": True, "problem": True, "table": "/quan-tri/luot-mo.csv"}
    return Markup(render_template("library/openings.html", periods=periods, **words))


def sample_site() -> Flask:
    """The real templates, style and drawings, with sample contents."""
    app = Flask("hub", root_path=str(Path(hub.__file__).parent))
    folders = (Path(hub.__file__).parent / "templates", Path(library.__file__).parent / "templates")
    app.jinja_loader = ChoiceLoader([FileSystemLoader(folder) for folder in folders])  # type: ignore[assignment]
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    house = SimpleNamespace(title="Nhà văn hóa bản Trại Mới", place="Xã Đồng Tiến, tỉnh Bắc Ninh", demo=True, id="x")
    app.context_processor(lambda: {"house": house, "user": None, "csrf_token": lambda: ""})
    portal = sample_portal(RetentionConfig())
    portal.install(app)
    sealed = sample_portal(RetentionConfig(lease_log="sealed", public_key="age1" + "q" * 58))
    app.add_url_rule("/chao-khoa", view_func=sealed.show_welcome)
    i18n.init_app(app)
    Statics().install(app)
    weight.install(app)

    @app.get("/")
    def home() -> str:
        shown = TILES[: request.args.get("tiles", 6, type=int)]
        tiles = [
            {"numeral": number, "title": title, "note": note, "url": "/tu-sach", "picture": picture}
            for number, (title, note, picture) in enumerate(shown, start=1)
        ]
        return render_template(
            "home.html", leads=[lead for lead in [portal.lead()] if lead], tiles=tiles, new_books=BOOKS
        )

    @app.get("/tu-sach")
    def shelf() -> str:
        items, waiting = [*BOOKS, *MEDIA], [book("new", "Sách thuốc nam")]
        if request.args.get("empty"):
            items, waiting = [], []
        shown = arrange(items, request.args.get("loai", ""), request.args.get("chu-de", ""))
        return render_template("library/shelf.html", shelf=shown, waiting=waiting)

    @app.get("/phim/vai/")
    def film() -> str:
        words = {"url": "/phu-de.vtt", "language": "tyz", "label": "Tiếng Tày", "default": False}
        return render_template(
            "library/film.html",
            item=MEDIA["sound" in request.args],
            media=MediaFacts(width=640, height=360, plays_on_iphones="sound" in request.args),
            mimetype="video/webm",
            bytes_url="/static/favicon.svg",
            download_url=None if "sound" in request.args else "/phim/vai/tai-ve",
            tracks=[words, words],
            rights=RIGHTS,
            handouts=[("Lịch chăm vải theo tháng", "/q/K7M2QXA")],
            offer=render_template("remote/offer.html", film="vai.webm") if "offer" in request.args else "",
        )

    @app.get("/phim/vai/tai-ve")
    def not_to_take_home() -> str:
        return render_template("library/not_to_take_home.html", item=MEDIA[0], rights=None)

    @app.get("/sach/vai/")
    def one_book() -> str:
        titles = ("Tỉa cành", "Phòng sâu đục cuống quả và bệnh sương mai trong mùa mưa", "Thu hoạch")
        lines = [(title, "/x", "/sach/vai/ma?trang=x") for title in titles]
        urls = (None, "?trang=2")
        return render_template(
            "library/book.html",
            book=BOOKS[0],
            contents=lines,
            page=1,
            pages=3,
            page_urls=urls,
            subjects=("nông nghiệp", "cây ăn quả"),
            rights=RightsView("Hội Nông dân xã Đồng Tiến", "CC BY-SA 4.0", ["đọc tại tủ sách này"], ["phát trên loa"]),
            file_url="/tai-ve/vai.zim",
        )

    show_documents(app)

    @app.get("/doc/vai/<path>")
    def reading(path: str) -> str:
        neighbours = {} if path == "alone" else {"title": "Thu hoạch", "address": "/doc/vai/x"}
        page = {"title": "Tỉa cành", "path": path, "address": f"/doc/vai/{path}"}
        text = render_template(
            "library/reading.html",
            book=BOOKS[0],
            page=page | {"previous": None, "next": neighbours or None},
            frame_url="/framed",
            books_origin=request.host_url.rstrip("/"),
            walled=True,
        )
        return text.replace('<details id="letters"', '<details open id="letters"') if path == "letters" else text

    @app.get("/framed")
    def framed() -> str:
        return "<!doctype html><html lang=vi><title>Tỉa cành</title><h1>Tỉa cành</h1><p>Sau khi hái quả, tỉa cành khô."

    @app.get("/sach/vai/ma")
    def code() -> str:
        address = "http://nha-van-hoa.lan/q/7K39QXA"
        words = {
            "title": "Tỉa cành",
            "book_title": BOOKS[0].title,
            "code": "7K3 9QXA",
            "address": address,
            "kind": "book",
        }
        return render_template(
            "library/code.html",
            qr_svg=Markup(qr.svg(address)),
            read_url="/x",
            back_url="/sach/vai/",
            only_here=True,
            **words,
        )

    @app.get("/q/<typed>")
    def unknown_code(typed: str) -> str:
        return render_template("library/unknown_code.html", typed=typed * 5, books=BOOKS)

    @app.get("/tim")
    def search() -> str:
        query = request.args["q"]
        found = query == "vai"
        lines = [
            PageLine(
                Markup("Tỉa cành <mark>vải</mark> sau thu hoạch"),
                Markup("… mỗi cây <mark>vải</mark> cần được tỉa cành ngay sau khi thu quả, để cây nghỉ và ra lộc …"),
                "/x",
            )
        ]
        return render_template(
            "library/search.html",
            query=query,
            wish=Wish(query),
            items=[Item(any_book, Markup("Trồng <mark>vải</mark>")) for any_book in BOOKS * 5] if found else [],
            others=[Item(any_item, Markup("Vai trò")) for any_item in MEDIA] if found else [],
            groups=[Group(BOOKS[0], lines * 3, "/x")] if found else [],
            one=None,
            everywhere_url="/tim",
            total=4 if found else 0,
            at_least=False,
            waiting=2 if found else 0,
            book_languages=[Choice("vie", "Tiếng Việt", False), Choice("rad", "Tiếng Ê Đê", False)],
            subjects=[Choice("Trồng trọt", "Trồng trọt", False), Choice("Sức khỏe", "Sức khỏe", False)],
            kinds=[Choice("book", "Sách", False), Choice("film", "Phim", False)],
        )

    @app.get("/trang-thai")
    def status() -> str:
        services = [("Tủ sách", True, "3 cuốn đọc được"), ("Cổng Wi-Fi", False, "Chưa trả lời.")]
        return render_template(
            "status.html",
            services=services,
            books=[*BOOKS, BAD],
            problem="",
            storage="Còn trống 21 GB trong 32 GB.",
            checked_at="20:15",
        )

    @app.get("/problem")
    def problem() -> str:
        links = [("Tủ sách", "/tu-sach"), ("Trang chủ", "/")]
        return render_template(
            "error.html", status=404, heading="Trang này không có ở đây", advice="Bà con mở tủ sách nhé.", links=links
        )

    roles = [
        RoleView("head", "Trưởng thôn, bản", "Báo tin cho bà con", "loudspeaker"),
        RoleView("team", "Tổ công nghệ số cộng đồng", "Giúp bà con dùng máy", "help", has_pin=False),
    ]

    @app.get("/dang-nhap")
    def log_in() -> str:
        words = {"set_up_url": "/dat-ma-lan-dau", "damaged": False, "problem": "Mã PIN chưa đúng.", "next": "/quan-tri"}
        return render_template("login.html", roles=roles, chosen="head", letters=False, **words)

    @app.get("/dat-ma-lan-dau")
    def set_up() -> str:
        words = {"damaged": True, "problem": "", "code": "", "code_file": "/var/lib/hub/state/first-set-up-code"}
        return render_template("first_setup.html", **words)

    @app.get("/quan-tri")
    def administration() -> str:
        added = portal.panel()
        panels = [ShownPanel(added.key, added.title, added.render())] if "standing" in request.args else []
        if "openings" in request.args:
            panels = [ShownPanel("openings", "Bà con mở gì", sample_numbers())]
        panels += [ShownPanel("accounts", "Mã PIN", Markup(render_template("accounts_panel.html")))]
        return render_template("admin.html", panels=panels, user=SimpleNamespace(role="head", role_name="Trưởng bản"))

    @app.get("/quan-tri/tai-khoan")
    def accounts() -> str:
        return render_template(
            "accounts.html", accounts=roles, settable=roles, chosen="team", own="head", done="Trưởng bản", problem=""
        )

    @app.get("/quan-tri/nhan")
    def print_room() -> str:
        keys = {"vai": BOOKS[0].title, "wiki": f"{BOOKS[2].title}, bản đầy đủ có hình ảnh và bản đồ"}
        trouble = "trouble" in request.args
        notices = "Mật khẩu Wi-Fi sẽ in trên giấy: ai nhìn thấy cũng vào được."
        return render_template(
            "labels.html",
            choices=[(key, SimpleNamespace(title=title)) for key, title in keys.items()],
            subjects=["nông nghiệp", "chăn nuôi"],
            problem="Sách không có trang ấy. Hãy ghi số trong mục lục, ví dụ 1-8, 12." if trouble else "",
            notices=[notices] if trouble else [],
            ssid="Nhà văn hóa Trại Mới",
            looked_up=request.args.get("sach", ""),
            lines=[SimpleNamespace(title=title) for title in ("Tỉa cành", "Thu hoạch")] if trouble else [],
            form=request.form,
        )

    @app.get("/form")
    def form() -> str:
        return render_template_string(FORM)

    return app


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, sample_site(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_on_every_screen(browser: Browser, address: str, name: str, project: Path) -> None:
    """Each page is loaded once, and then turned and darkened like a phone; a variant is drawn on phones only."""
    pictures = project / "artefacts" / "pages"
    pictures.mkdir(parents=True, exist_ok=True)
    context = browser.new_context()
    page = context.new_page()
    page.goto(address + PAGES[name])
    page.evaluate("document.fonts.ready")
    wrong = {}
    for (width, height), scheme in itertools.product(SCREENS, SCHEMES):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        seen = f"{name}-{width}x{height}-{scheme}"
        drawn = name not in VARIANTS or (width, height) in PHONES if LONG else (width, scheme) == (360, "light")
        if drawn:
            page.screenshot(path=pictures / f"{seen}.png", full_page=True)
        if found := page.evaluate(MEASURE):
            wrong[seen] = found
        if (rules := RULES.get((width, scheme))) is None:
            continue
        if broken := Axe().run(page, options=rules).response["violations"]:
            wrong[f"{seen} axe"] = [f"{found['id']}: {found['nodes'][0]['html'][:120]}" for found in broken]
    page.emulate_media(color_scheme="light")
    page.add_style_tag(content="html { font-size: 200% !important }")
    for width in (320, 360):  # WCAG 2.2, 1.4.4 and 1.4.10: large letters, and no need to push the page to and fro
        page.set_viewport_size({"width": width, "height": 568})
        if found := page.evaluate(MEASURE):
            wrong[f"{name}-{width} large letters"] = found
    context.close()
    assert wrong == {}


def test_pages_of_a_chapter_are_turned_from_one_line(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 640})
    page.goto(f"{address}{PAGES['epub-chapter']}")
    tops = page.evaluate("[...document.querySelectorAll('header .turn .button')].map(one => one.offsetTop)")
    page.close()
    assert len(tops) == 3
    assert len(set(tops)) == 1


@pytest.mark.parametrize("tiles", range(1, 7))
@pytest.mark.parametrize("width", [320, 768])
def test_tiles_fill_their_rows_whatever_their_number(browser: Browser, address: str, tiles: int, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 640})
    page.goto(f"{address}/?tiles={tiles}")
    whole = page.evaluate("document.querySelector('.tiles').clientWidth")
    boxes = page.evaluate("[...document.querySelectorAll('.tile')].map(tile => tile.getBoundingClientRect().toJSON())")
    found = page.evaluate(MEASURE)
    page.close()
    assert found == []
    rows: dict[int, list[dict[str, float]]] = {}
    for box in boxes:
        rows.setdefault(round(box["y"]), []).append(box)
    for row in rows.values():
        gaps = 16 * len(row)
        assert whole - gaps <= sum(box["width"] for box in row) <= whole
        assert len({round(box["height"]) for box in row}) == 1


@pytest.mark.parametrize(
    ("path", "most"),
    [("/?tiles=6", 60_000)]
    + [(page, 40_000) for page in ("/tu-sach", "/sach/vai/", "/chao?standing=captive", "/q/ABCDEFG")],
)
def test_first_load_is_light(browser: Browser, address: str, path: str, most: int) -> None:
    context = browser.new_context()
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[int] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    elsewhere: list[str] = []
    page.on("request", lambda asked: None if asked.url.startswith(address) else elsewhere.append(asked.url))
    page.goto(address + path)
    page.wait_for_load_state("networkidle")
    context.close()
    assert len(sizes) > 4
    assert sum(sizes) <= most, f"{sum(sizes)} bytes in {len(sizes)} requests"
    assert [url for url in elsewhere if not url.startswith("data:")] == []


def test_letters_that_a_phone_lacks_come_with_the_pages_that_have_them(browser: Browser, address: str) -> None:
    page = browser.new_page()
    fetched: list[str] = []
    page.on("request", lambda asked: fetched.append(asked.url) if "/fonts/" in asked.url else None)
    page.goto(f"{address}/tim?q=zzz")
    page.wait_for_load_state("networkidle")
    assert not [url for url in fetched if "khmer" in url]
    page.goto(f"{address}/tim?q=សៀវភៅ")
    page.wait_for_function("document.fonts.check('18px \"Hub Khmer\"', 'ស')")
    page.wait_for_load_state("networkidle")
    page.close()
    assert [url for url in fetched if "khmer" in url]


def test_languages_are_switched_without_scripts(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 568})
    page: Page = context.new_page()
    page.goto(f"{address}/tim?q=zzz")
    assert "Không tìm thấy" in page.inner_text("main")
    page.click("text=English")
    assert "Nothing found" in page.inner_text("main")
    page.click("text=Home")
    assert page.get_attribute("html", "lang") == "en"
    page.fill("#q", "vai")
    page.click("button[type=submit]")
    assert "places found" in page.inner_text("main")
    page.click("text=Tiếng Việt")
    assert page.url.endswith("/tim?q=vai&lang=vi")
    assert page.get_attribute("html", "lang") == "vi"
    context.close()


def test_keyboard_reaches_the_page_first(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "tile"
    page.close()
