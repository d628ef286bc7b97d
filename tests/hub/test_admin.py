"""The administration as a browser meets it: logging in and out, forgeries, the first set-up, PINs, panels."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import argon2
import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.test import TestResponse

import hub
from hub import admin, guard, i18n, setup_code
from hub.accounts import Accounts
from hub.guard import current_user, require_role
from hub.pages import Panel
from hub.roles import Role

QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
TECHNICIAN_PIN, HEAD_PIN, EDITOR_PIN, NEW_PIN = "483920", "719356", "260471", "935028"
PINS = {
    Role.TECHNICIAN: TECHNICIAN_PIN,
    Role.VILLAGE_HEAD: HEAD_PIN,
    Role.CONTENT_EDITOR: EDITOR_PIN,
}
ORIGIN = "http://thuvien.lan:8080"


@dataclass(frozen=True)
class House:
    title: str = "Nhà văn hóa bản Trại Mới"
    place: str = "Xã Đồng Tiến, tỉnh Bắc Ninh"
    demo: bool = False


@dataclass(frozen=True)
class PlainPanel:
    key: str
    title: str
    roles: frozenset[str]
    text: str = ""
    fails: bool = False

    def render(self) -> Markup:
        if self.fails:
            raise RuntimeError("the player sleeps")
        return Markup("<p>{}</p>").format(self.text)


def raising() -> Panel:
    raise RuntimeError("no panel today")


PANELS: list[Callable[[], Panel]] = [
    lambda: PlainPanel("films", _("Films"), frozenset({"village-head", "content-editor"}), "<b>seven</b> films"),
    lambda: PlainPanel("pins", "GPIO", frozenset({"technician"}), "pin 17"),
    lambda: PlainPanel("broken", "Loudspeaker", frozenset({"village-head"}), fails=True),
    raising,
]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def accounts(tmp_path: Path, run: Path) -> Iterator[Accounts]:
    (tmp_path / "state").mkdir()
    opened = Accounts(tmp_path / "state", run, QUICK)
    yield opened
    opened.release()


def make_site(accounts: Accounts, **options: bool) -> Flask:
    app = Flask("village", template_folder=str(Path(hub.__file__).parent / "templates"))
    app.context_processor(lambda: {"house": House(), "asset": lambda name: f"/static/{name}"})
    i18n.init_app(app)
    admin.install(app, accounts, PANELS, **options)

    @app.get("/")
    def home() -> str:
        return render_template_string("{% extends 'base.html' %}")

    @app.post("/phat-loa")
    @require_role("village-head")
    def speak() -> str:
        user = current_user()
        return f"spoken by {user.role_name if user else 'nobody'}"

    return app


@pytest.fixture
def site(accounts: Accounts) -> Flask:
    return make_site(accounts)


@pytest.fixture
def village(accounts: Accounts) -> Accounts:
    for role, pin in PINS.items():
        accounts.set_pin(role, pin)
    return accounts


class Browser:
    """A test client that says where it comes from, as browsers do, and reads the token of the last page."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.token = ""

    def get(self, path: str) -> TestResponse:
        answer = self.client.get(path, base_url=ORIGIN)
        found = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
        if found:
            self.token = found[1]
        return answer

    def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> TestResponse:
        return self.client.post(
            path,
            base_url=ORIGIN,
            data={"csrf_token": self.token, **fields},
            headers={"Origin": ORIGIN} if headers is None else headers,
        )

    def log_in(self, role: Role, pin: str = "", target: str = "") -> TestResponse:
        self.get("/dang-nhap?lang=en")
        return self.post("/dang-nhap", role=role.value, pin=pin or PINS[role], next=target)

    def cookie(self, name: str) -> str:
        found = self.client.get_cookie(name, "thuvien.lan")
        return found.value if found else ""


@pytest.fixture
def browser(site: Flask) -> Browser:
    return Browser(site.test_client())


def text_of(answer: TestResponse) -> str:
    return html.unescape(answer.text)


# --- logging in and out


def test_log_in_leads_to_the_administration_and_out_again(village: Accounts, browser: Browser) -> None:
    page = browser.get("/dang-nhap?lang=en")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert [role.value for role in Role] == re.findall(r'type="radio" name="role" value="([^"]+)"', page.text)
    assert 'inputmode="numeric"' in page.text
    answer = browser.post("/dang-nhap", role="village-head", pin=HEAD_PIN)
    assert (answer.status_code, answer.location) == (303, "/quan-tri")
    frame = browser.get("/quan-tri")
    assert "You are logged in as: Village head" in text_of(frame)
    assert "(Village head)" in browser.get("/").text
    session = browser.cookie("hub_session")
    answer = browser.post("/dang-xuat")
    assert (answer.status_code, answer.location) == (303, "/")
    assert browser.cookie("hub_session") == ""
    assert village.role_of(session) is None
    assert browser.get("/quan-tri").location == "/dang-nhap?next=/quan-tri"


def test_cookies_stay_with_this_host_and_out_of_scripts(village: Accounts, browser: Browser) -> None:
    answers = [browser.get("/dang-nhap"), browser.log_in(Role.TECHNICIAN)]
    cookies = {
        line.partition("=")[0]: line
        for answer in answers
        for line in answer.headers.getlist("Set-Cookie")
        if line.startswith("hub_")
    }
    assert set(cookies) == {"hub_form", "hub_session", "hub_device"}
    for line in cookies.values():
        assert "HttpOnly" in line
        assert "SameSite=Strict" in line
        assert "Path=/" in line
        assert "Domain" not in line
        assert "Secure" not in line


def test_cookies_can_be_kept_to_https(village: Accounts) -> None:
    browser = Browser(make_site(village, secure_cookies=True).test_client())
    assert "Secure" in browser.get("/dang-nhap").headers["Set-Cookie"]


def test_page_for_readers_asks_nothing_and_gives_no_cookie(village: Accounts, browser: Browser) -> None:
    answer = browser.get("/")
    assert "Set-Cookie" not in answer.headers
    assert "Cache-Control" not in answer.headers


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"role": "village-head", "pin": "000000"}, 403, "This is not the PIN"),
        ({"role": "digital-team", "pin": "000000"}, 403, "This is not the PIN"),
        ({"role": "village-head", "pin": "9" * 10_000}, 403, "This is not the PIN"),
        ({"role": "village-head", "pin": "  "}, 400, "Type the PIN"),
        ({"role": "village-head"}, 400, "Type the PIN"),
        ({"role": "' or 1=1 --", "pin": HEAD_PIN}, 400, "Choose who you are"),
        ({"pin": HEAD_PIN}, 400, "Choose who you are"),
    ],
)
def test_wrong_log_in_is_told_kindly(
    village: Accounts, browser: Browser, fields: dict[str, str], status: int, words: str
) -> None:
    browser.get("/dang-nhap?lang=en")
    answer = browser.post("/dang-nhap", **fields)
    assert answer.status_code == status
    assert words in text_of(answer)
    assert browser.cookie("hub_session") == ""
    assert "000000" not in answer.text
    if fields.get("role") == "village-head":
        assert 'value="village-head" required checked' in answer.text


def test_too_many_tries_are_told_in_minutes_in_both_languages(village: Accounts, browser: Browser) -> None:
    for _attempt in range(3):
        assert browser.log_in(Role.VILLAGE_HEAD, "000000").status_code == 403
    answer = browser.log_in(Role.VILLAGE_HEAD)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 30
    assert "Wait 1 minute," in text_of(answer)
    browser.get("/dang-nhap?lang=vi")
    assert browser.post("/dang-nhap", role="village-head", pin=HEAD_PIN).status_code == 429


def test_password_with_letters_has_its_own_keyboard(village: Accounts, browser: Browser) -> None:
    page = browser.get("/dang-nhap?kieu=chu&next=/quan-tri/tai-khoan")
    assert "inputmode" not in page.text
    assert browser.post("/dang-nhap", role="village-head", pin="x", kieu="chu").text.count("inputmode") == 0


@pytest.mark.parametrize(
    ("target", "goal"),
    [
        ("/quan-tri/tai-khoan?xong=x", "/quan-tri/tai-khoan?xong=x"),
        ("/sach/gà/", "/sach/g%C3%A0/"),
        ("", "/quan-tri"),
        ("//evil.example", "/quan-tri"),
        ("/\\evil.example", "/quan-tri"),
        ("\\\\evil.example", "/quan-tri"),
        ("https://evil.example", "/quan-tri"),
        ("https:evil.example", "/quan-tri"),
        ("javascript:alert(1)", "/quan-tri"),
        ("evil.example", "/quan-tri"),
        ("/\t/evil.example", "/quan-tri"),
        ("/\r\nSet-Cookie: x=y", "/quan-tri"),
        ("/" + "x" * 1000, "/quan-tri"),
    ],
)
def test_log_in_leads_to_own_paths_only(village: Accounts, browser: Browser, target: str, goal: str) -> None:
    assert browser.log_in(Role.VILLAGE_HEAD, target=target).location == goal
    assert browser.client.get("/dang-nhap", query_string={"next": target}, base_url=ORIGIN).location == goal


def test_next_is_written_safely_into_the_page(village: Accounts, browser: Browser) -> None:
    page = browser.get('/dang-nhap?next=/"><script>alert(1)</script>')
    assert "<script>" not in page.text


def test_new_log_in_ends_the_old_session_of_the_browser(village: Accounts, browser: Browser) -> None:
    browser.log_in(Role.VILLAGE_HEAD)
    old = browser.cookie("hub_session")
    browser.get("/quan-tri")
    browser.post("/dang-nhap", role="technician", pin=TECHNICIAN_PIN)
    assert village.role_of(old) is None
    assert village.role_of(browser.cookie("hub_session")) is Role.TECHNICIAN


def test_planted_cookies_do_not_hide_the_right_session(village: Accounts, browser: Browser, site: Flask) -> None:
    browser.log_in(Role.VILLAGE_HEAD)
    cookies = f"hub_session=planted; hub_session={'x' * 5000}; hub_session={browser.cookie('hub_session')}"
    stranger = site.test_client(use_cookies=False)
    answer = stranger.get("/quan-tri", base_url=ORIGIN, headers={"Cookie": cookies})
    assert answer.status_code == 200


# --- forgeries


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "null"},
        {"Origin": "http://sach.thuvien.lan:8080"},
        {"Origin": "http://thuvien.lan"},
        {"Origin": "https://thuvien.lan:8080"},
        {"Origin": "http://thuvien.lan:8080.evil.example"},
        {"Origin": ""},
        {"Origin": "null", "Referer": f"{ORIGIN}/quan-tri"},
        {"Referer": "http://sach.thuvien.lan:8080/trang/x"},
        {"Referer": f"{ORIGIN}@evil.example/"},
        {"Referer": "http://[broken"},
        {},
    ],
    ids=str,
)
def test_form_from_elsewhere_is_refused(village: Accounts, browser: Browser, headers: dict[str, str]) -> None:
    browser.log_in(Role.VILLAGE_HEAD)
    browser.get("/quan-tri")
    answer = browser.post("/phat-loa", headers=headers)
    assert answer.status_code == 403
    assert "Please send this once more" in text_of(answer)
    assert browser.post("/dang-xuat", headers=headers).status_code == 403
    assert browser.get("/quan-tri").status_code == 200


@pytest.mark.parametrize("headers", [{"Origin": ORIGIN}, {"Referer": f"{ORIGIN}/quan-tri"}, {"Origin": ORIGIN.upper()}])
def test_form_from_the_hub_is_taken(village: Accounts, browser: Browser, headers: dict[str, str]) -> None:
    browser.log_in(Role.VILLAGE_HEAD)
    browser.get("/quan-tri")
    assert browser.post("/phat-loa", headers=headers).text == "spoken by Village head"


def test_token_can_come_in_a_header(village: Accounts, browser: Browser) -> None:
    browser.log_in(Role.VILLAGE_HEAD)
    browser.get("/quan-tri")
    headers = {"Origin": ORIGIN, guard.TOKEN_HEADER: browser.token}
    assert browser.client.post("/phat-loa", base_url=ORIGIN, json={}, headers=headers).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "0" * 64, "é", "x" * 5000])
def test_form_without_its_token_is_refused(village: Accounts, browser: Browser, token: str) -> None:
    browser.log_in(Role.VILLAGE_HEAD)
    assert browser.post("/phat-loa", csrf_token=token).status_code == 403
    assert browser.client.delete("/phat-loa", base_url=ORIGIN, headers={"Origin": ORIGIN}).status_code == 403


def test_token_belongs_to_one_browser_and_one_session(village: Accounts, site: Flask) -> None:
    one, other = Browser(site.test_client()), Browser(site.test_client())
    one.log_in(Role.VILLAGE_HEAD)
    before = one.token
    assert one.post("/phat-loa").status_code == 403  # the token of the time before logging in
    one.get("/quan-tri")
    assert one.token != before
    other.log_in(Role.VILLAGE_HEAD)
    other.token = one.token
    assert other.post("/phat-loa").status_code == 403


def test_planted_form_cookie_is_no_token_for_who_is_logged_in(village: Accounts, browser: Browser, site: Flask) -> None:
    stranger = Browser(site.test_client())
    stranger.get("/dang-nhap")
    browser.log_in(Role.VILLAGE_HEAD)
    browser.client.set_cookie("hub_form", stranger.cookie("hub_form"), domain="thuvien.lan")
    browser.token = stranger.token
    assert browser.post("/phat-loa").status_code == 403


def test_log_in_itself_needs_the_token(village: Accounts, browser: Browser) -> None:
    assert browser.post("/dang-nhap", role="village-head", pin=HEAD_PIN).status_code == 403
    assert browser.cookie("hub_session") == ""


def test_window_without_cookies_is_told_why(village: Accounts, site: Flask) -> None:
    page = site.test_client(use_cookies=False).post("/dang-nhap", base_url=ORIGIN, headers={"Origin": ORIGIN})
    assert page.status_code == 403
    assert f"{ORIGIN}/" in page.text


def test_looking_needs_no_token(site: Flask) -> None:
    client = site.test_client()
    for method in ("GET", "HEAD", "OPTIONS"):
        assert client.open("/", method=method, headers={"Origin": "null"}).status_code == 200


def test_large_bodies_are_refused(village: Accounts, browser: Browser) -> None:
    browser.get("/dang-nhap")
    assert browser.post("/dang-nhap", pin="9" * (guard.LARGEST_BODY + 1)).status_code == 413
    many = {f"field{number}": "x" for number in range(1000)}
    assert (
        browser.client.post(
            "/dang-nhap", base_url=ORIGIN, data=many, headers={"Origin": ORIGIN}, content_type="multipart/form-data"
        ).status_code
        == 413
    )


def test_limits_set_by_the_site_stay(accounts: Accounts) -> None:
    app = Flask("village")
    app.config["MAX_CONTENT_LENGTH"] = 1000
    guard.install(app, accounts)
    assert app.config["MAX_CONTENT_LENGTH"] == 1000
    assert app.config["MAX_FORM_PARTS"] == 100


# --- roles


def test_page_of_a_role_is_closed_to_others_and_open_to_the_technician(village: Accounts, site: Flask) -> None:
    for role, status in ((Role.CONTENT_EDITOR, 403), (Role.VILLAGE_HEAD, 200), (Role.TECHNICIAN, 200)):
        browser = Browser(site.test_client())
        browser.log_in(role)
        browser.get("/quan-tri")
        answer = browser.post("/phat-loa")
        assert answer.status_code == status
        if status == 403:
            assert "You are logged in as: Content editor" in text_of(answer)


def test_who_is_logged_out_is_led_to_log_in(village: Accounts, browser: Browser) -> None:
    assert browser.get("/quan-tri/tai-khoan?xong=x").location == "/dang-nhap?next=/quan-tri/tai-khoan%3Fxong%3Dx"
    browser.get("/dang-nhap")
    assert browser.post("/phat-loa").location == "/dang-nhap?next=/quan-tri"


# --- panels


def test_frame_shows_the_panels_of_the_role(village: Accounts, site: Flask, caplog: pytest.LogCaptureFixture) -> None:
    seen = {}
    for role in PINS:
        browser = Browser(site.test_client())
        browser.log_in(role)
        answer = browser.get("/quan-tri")
        assert answer.status_code == 200
        seen[role] = re.findall(r"<h2>([^<]+)</h2>", answer.text)
    assert seen == {
        Role.TECHNICIAN: ["Films", "GPIO", "Loudspeaker", "Something is missing here", "PINs"],
        Role.VILLAGE_HEAD: ["Films", "Loudspeaker", "PINs"],
        Role.CONTENT_EDITOR: ["Films", "PINs"],
    }
    assert "the player sleeps" in caplog.text
    assert "no panel today" in caplog.text


def test_panel_that_fails_rests_and_what_panels_say_is_escaped(village: Accounts, browser: Browser) -> None:
    browser.log_in(Role.VILLAGE_HEAD)
    page = browser.get("/quan-tri")
    assert "This part is resting" in text_of(page)
    assert "sleeps" not in page.text
    assert "&lt;b&gt;seven&lt;/b&gt; films" in page.text


# --- PINs


def test_technician_gives_a_role_its_pin(village: Accounts, browser: Browser) -> None:
    browser.log_in(Role.TECHNICIAN)
    assert "no PIN: cannot log in" in text_of(browser.get("/quan-tri/tai-khoan"))
    fields = {"role": "digital-team", "new": NEW_PIN, "again": NEW_PIN, "pin": TECHNICIAN_PIN, "do": "set"}
    answer = browser.post("/quan-tri/tai-khoan", **fields)
    assert (answer.status_code, answer.location) == (303, "/quan-tri/tai-khoan?xong=digital-team")
    page = text_of(browser.get(answer.location))
    assert "Done: Community digital team" in page
    assert "no PIN" not in page
    assert village.log_in("digital-team", NEW_PIN) is not None


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"again": "935029"}, 400, "not the same"),
        ({"new": "123456", "again": "123456"}, 400, "easily guessed"),
        ({"new": "12345", "again": "12345"}, 400, "6 digits or more"),
        ({"new": "ngan", "again": "ngan"}, 400, "8 letters or more"),
        ({"new": "9" * 200, "again": "9" * 200}, 400, "too long"),
        ({"new": "", "again": ""}, 400, "Type the new PIN"),
        ({"role": "nobody"}, 400, "Choose whose PIN"),
        ({"role": ""}, 400, "Choose whose PIN"),
        ({"pin": "000000"}, 403, "Your own PIN"),
        ({"pin": "9" * 10_000}, 403, "Your own PIN"),
    ],
)
def test_wrong_change_is_told_kindly_and_changes_nothing(
    village: Accounts, browser: Browser, fields: dict[str, str], status: int, words: str
) -> None:
    browser.log_in(Role.TECHNICIAN)
    browser.get("/quan-tri/tai-khoan")
    good = {"role": "content-editor", "new": NEW_PIN, "again": NEW_PIN, "pin": TECHNICIAN_PIN, "do": "set"}
    answer = browser.post("/quan-tri/tai-khoan", **{**good, **fields})
    assert answer.status_code == status
    assert words in text_of(answer)
    assert village.log_in("content-editor", EDITOR_PIN) is not None


def test_guessing_the_own_pin_on_a_phone_left_open_is_slow_too(village: Accounts, browser: Browser) -> None:
    browser.log_in(Role.TECHNICIAN)
    browser.get("/quan-tri/tai-khoan")
    fields = {"role": "content-editor", "new": NEW_PIN, "again": NEW_PIN, "pin": "000000"}
    answers = [browser.post("/quan-tri/tai-khoan", **fields).status_code for _attempt in range(5)]
    assert answers == [403, 403, 403, 429, 429]


def test_each_role_sets_what_it_may(village: Accounts, site: Flask) -> None:
    may = {}
    for role, pin in PINS.items():
        browser = Browser(site.test_client())
        browser.log_in(role)
        page = browser.get("/quan-tri/tai-khoan")
        may[role] = re.findall(r'type="radio" name="role" value="([^"]+)"', page.text)
        fields = {"role": "technician", "new": NEW_PIN, "again": NEW_PIN, "pin": pin}
        if role is not Role.TECHNICIAN:
            assert browser.post("/quan-tri/tai-khoan", **fields).status_code == 400
    assert may == {
        Role.TECHNICIAN: ["technician", "village-head", "content-editor", "digital-team"],
        Role.VILLAGE_HEAD: ["village-head", "content-editor", "digital-team"],
        Role.CONTENT_EDITOR: ["content-editor"],
    }


def test_own_new_pin_keeps_this_browser_and_ends_the_others(village: Accounts, site: Flask) -> None:
    one, other = Browser(site.test_client()), Browser(site.test_client())
    one.log_in(Role.VILLAGE_HEAD)
    other.log_in(Role.VILLAGE_HEAD)
    before = one.cookie("hub_session")
    one.get("/quan-tri/tai-khoan")
    answer = one.post("/quan-tri/tai-khoan", role="village-head", new=NEW_PIN, again=NEW_PIN, pin=HEAD_PIN)
    assert answer.status_code == 303
    assert one.get("/quan-tri/tai-khoan").status_code == 200
    assert one.cookie("hub_session") != before
    assert village.role_of(before) is None
    assert other.get("/quan-tri").status_code == 303
    assert village.log_in("village-head", HEAD_PIN) is None


def test_pin_is_taken_away(village: Accounts, site: Flask) -> None:
    editor, browser = Browser(site.test_client()), Browser(site.test_client())
    editor.log_in(Role.CONTENT_EDITOR)
    browser.log_in(Role.VILLAGE_HEAD)
    browser.get("/quan-tri/tai-khoan")
    answer = browser.post("/quan-tri/tai-khoan", role="content-editor", pin="000000", do="close")
    assert answer.status_code == 403
    answer = browser.post("/quan-tri/tai-khoan", role="content-editor", pin=HEAD_PIN, do="close")
    assert answer.status_code == 303
    assert editor.get("/quan-tri").status_code == 303
    assert not village.has_pin(Role.CONTENT_EDITOR)
    for role in ("village-head", "technician"):
        assert browser.post("/quan-tri/tai-khoan", role=role, pin=HEAD_PIN, do="close").status_code == 400
        assert village.has_pin(Role(role))


# --- the first set-up


def test_first_set_up_from_the_code_to_the_administration(accounts: Accounts, run: Path, browser: Browser) -> None:
    assert "This hub has no PINs yet" in text_of(browser.get("/dang-nhap?lang=en"))
    page = browser.get("/dat-ma-lan-dau")
    assert str(run / "setup-code") in text_of(page)
    code = setup_code.setup_code(run) or ""
    assert code
    assert code not in page.text
    for fields, status, words in (
        ({"code": "AAAA-AAAA", "new": NEW_PIN, "again": NEW_PIN}, 403, "not the set-up code"),
        ({"code": code, "new": NEW_PIN, "again": "1"}, 400, "not the same"),
        ({"code": code, "new": "111111", "again": "111111"}, 400, "easily guessed"),
        ({"code": "", "new": NEW_PIN, "again": NEW_PIN}, 403, "not the set-up code"),
    ):
        answer = browser.post("/dat-ma-lan-dau", **fields)
        assert answer.status_code == status
        assert words in text_of(answer)
        assert NEW_PIN not in answer.text
    answer = browser.post("/dat-ma-lan-dau", code=code.lower(), new=NEW_PIN, again=NEW_PIN)
    assert (answer.status_code, answer.location) == (303, "/quan-tri")
    assert "Technician" in browser.get("/quan-tri").text
    # It is closed now, with the right code too.
    assert browser.get("/dat-ma-lan-dau").location == "/dang-nhap"
    browser.get("/quan-tri")
    answer = browser.post("/dat-ma-lan-dau", code=code, new=HEAD_PIN, again=HEAD_PIN)
    assert (answer.status_code, answer.location) == (303, "/dang-nhap")
    assert accounts.log_in("technician", HEAD_PIN) is None
    assert accounts.log_in("technician", NEW_PIN) is not None


def test_set_up_codes_cannot_be_tried_for_ever(browser: Browser) -> None:
    browser.get("/dat-ma-lan-dau")
    answers = [
        browser.post("/dat-ma-lan-dau", code=f"AAAAAAA{n}", new=NEW_PIN, again=NEW_PIN).status_code for n in range(5)
    ]
    assert answers == [403, 403, 403, 429, 429]


def test_set_up_needs_the_token(run: Path, browser: Browser) -> None:
    code = setup_code.setup_code(run) or ""
    assert browser.post("/dat-ma-lan-dau", code=code, new=NEW_PIN, again=NEW_PIN).status_code == 403


# --- when the accounts cannot be used


def test_damaged_accounts_say_what_to_do_and_readers_notice_nothing(
    village: Accounts, browser: Browser, tmp_path: Path, run: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    browser.log_in(Role.VILLAGE_HEAD)
    village.release()
    (tmp_path / "state" / "accounts.sqlite").write_bytes(b"broken" * 1000)
    assert browser.get("/?lang=en").status_code == 200
    assert "were damaged and have been put aside" in text_of(browser.get("/dang-nhap"))
    assert "were damaged and have been put aside" in text_of(browser.get("/dat-ma-lan-dau"))
    code = setup_code.setup_code(run) or ""
    answer = browser.post("/dat-ma-lan-dau", code=code, new=NEW_PIN, again=NEW_PIN)
    assert answer.status_code == 303
    assert code not in caplog.text


def test_log_in_while_the_damage_is_found(village: Accounts, browser: Browser, tmp_path: Path) -> None:
    browser.get("/dang-nhap?lang=en")
    village.release()
    (tmp_path / "state" / "accounts.sqlite").write_bytes(b"broken" * 1000)
    answer = browser.post("/dang-nhap", role="village-head", pin=HEAD_PIN)
    assert answer.status_code == 503
    assert "The PINs of this hub were damaged" in text_of(answer)
    assert 'href="/dat-ma-lan-dau"' in answer.text
    assert browser.cookie("hub_session") == ""


def test_accounts_out_of_reach_let_nobody_in_and_readers_notice_nothing(tmp_path: Path, run: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    browser = Browser(make_site(Accounts(tmp_path / "file" / "state", run, QUICK)).test_client())
    browser.client.set_cookie("hub_session", "x" * 43, domain="thuvien.lan")
    assert browser.get("/?lang=en").status_code == 200
    assert browser.get("/quan-tri").location == "/dang-nhap?next=/quan-tri"
    answer = browser.get("/dang-nhap")
    assert answer.status_code == 503
    assert "Nobody can log in just now" in text_of(answer)
    assert str(tmp_path) not in answer.text
