"""The portal on the real site with the real gate's service: a phone's way in, what is refused, a silent gate."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from werkzeug.serving import make_server
from werkzeug.test import Client, TestResponse

from captive_portal.allowances import AllowancesInMemory
from captive_portal.config import CaptivePortalConfig, CertificateConfig, InternetConfig, RetentionConfig
from captive_portal.gate import Limits
from captive_portal.gatekeeper import Gatekeeper
from captive_portal.pretend import PretendWall, invented_mac
from captive_portal.service import create_app
from hub.config import HouseConfig, HubConfig, PathsConfig, WebConfig
from hub.site import create_site
from hub.uplink_config import BackhaulConfig, UplinkConfig

PHONE = "10.10.10.7"
SHEET = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"


class TestClock:
    """Runs when it is told to."""

    __test__ = False

    def __init__(self) -> None:
        self.now_s = 1000.0

    def running(self) -> float:
        return self.now_s

    def wall(self) -> float:
        return 1_795_500_000.0 + self.now_s


@dataclass
class House:
    """A site, its gate, and phones that ask."""

    config: HubConfig
    clock: TestClock = field(default_factory=TestClock)

    def __post_init__(self) -> None:
        portal = self.config.captive_portal
        limits = Limits.of(portal.internet)
        wall = PretendWall(self.clock)
        self.keeper = Gatekeeper(limits, wall, AllowancesInMemory(), self.clock, invented_mac)
        self.keeper.tick()
        self.keeper.set_backhaul("up")
        self.config.paths.run.mkdir(parents=True, exist_ok=True)
        self.config.paths.state.mkdir(parents=True, exist_ok=True)
        gate = create_app(portal, self.keeper, retention=self.config.retention)
        self.server = make_server(f"unix://{self.config.paths.socket('gate')}", 0, gate, threaded=True)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        self.client = Client(create_site(self.config), use_cookies=False)

    def close_gate(self) -> None:
        """The gate ends; its socket stays, as after a crash."""
        if self.thread.is_alive():
            self.server.shutdown()
            self.thread.join()
            self.server.server_close()

    def pass_minutes(self, minutes: int) -> None:
        """Time passes while the phone is there."""
        for _ in range(2 * minutes):
            self.clock.now_s += 30
            self.keeper.look(PHONE)
            self.keeper.tick()

    def get(self, path: str, phone: str = PHONE, **headers: str) -> TestResponse:
        return self._ask("GET", path, phone, headers)

    def tap(self, path: str, phone: str = PHONE, **headers: str) -> TestResponse:
        return self._ask("POST", path, phone, headers)

    def _ask(self, method: str, path: str, phone: str, headers: dict[str, str]) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(
            path,
            method=method,
            base_url="http://thuvien.lan",
            headers={"X-Real-IP": phone, "User-Agent": SHEET, **named},
        )


@pytest.fixture
def open_house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    houses: list[House] = []

    def open_one(retention: RetentionConfig | None = None, **portal: object) -> House:
        folder = tmp_path / f"hub{len(houses)}"
        config = HubConfig(
            house=HouseConfig(id="test", name="Thử", village_word="bản", commune="Mới", province="Bắc Ninh"),
            paths=PathsConfig(data=folder, run=folder / "run"),
            web=WebConfig(name="thuvien.lan", other_names=["thuvien"]),
            captive_portal=CaptivePortalConfig(**({"mode": "outside-ap", "interface": "eth1"} | portal)),  # type: ignore[arg-type] # settings of many types
            uplink=UplinkConfig(order=["ethernet"]),
            backhaul=BackhaulConfig(probe_url="http://probe.example/hub"),
            retention=retention or RetentionConfig(),
        )
        houses.append(House(config))
        return houses[-1]

    yield open_one
    for house in houses:
        house.close_gate()


@pytest.fixture
def house(open_house: Callable[..., House]) -> House:
    return open_house()


def test_a_phone_on_its_way_in(house: House) -> None:
    """No cookie, no script, no token: all that is known of the phone is its address."""
    welcome = house.get("/chao")
    assert welcome.status_code == 200
    assert welcome.headers["Cache-Control"] == "no-store"
    assert "<script" not in welcome.text
    assert 'action="/chao/tu-sach"' in welcome.text
    assert 'action="/chao/internet"' in welcome.text
    assert "Hôm nay còn 3 giờ, 500\u00a0MB" in welcome.text
    assert "thuvien.lan/" in welcome.text
    assert "10.10.10.1" in welcome.text
    assert house.get("/chao/xong").location == "/chao"
    tapped = house.tap("/chao/internet")
    assert (tapped.status_code, tapped.location) == (303, "/chao/xong")
    done = house.get("/chao/xong")
    assert done.status_code == 200
    assert "Còn 1 giờ" in done.text
    again = house.get("/chao")
    assert "Internet đang mở" in again.text
    assert 'action="/chao/internet"' not in again.text
    assert house.tap("/chao/nghi").location == "/chao"
    assert 'action="/chao/internet"' in house.get("/chao").text
    other = house.get("/chao", phone="10.10.10.8")
    assert "Internet đang mở" not in other.text


def test_the_library_is_one_tap_and_closes_no_internet(house: House) -> None:
    assert house.tap("/chao/tu-sach").location == "/"
    assert house.keeper.look(PHONE).visit.stage.value == "welcomed"
    house.tap("/chao/internet")
    assert house.tap("/chao/tu-sach").location == "/"
    assert house.keeper.look(PHONE).visit.stage.value == "online"


@pytest.mark.parametrize("path", ["/chao/internet", "/chao/tu-sach", "/chao/nghi"])
def test_a_tap_is_only_a_tap_when_it_is_posted(house: House, path: str) -> None:
    answer = house.get(path)
    assert (answer.status_code, answer.location) == (303, "/chao")
    assert house.keeper.look(PHONE).visit.stage.value == "captive"


def test_what_is_left_is_said_and_when_it_is_over(open_house: Callable[..., House]) -> None:
    house = open_house(internet=InternetConfig(session_minutes=30, daily_minutes=45, daily_megabytes=0))
    assert "Hôm nay còn 45 phút" in house.get("/chao").text
    house.tap("/chao/internet")
    house.pass_minutes(10)
    assert "Còn 20 phút" in house.get("/chao").text
    house.pass_minutes(20)
    over = house.get("/chao").text
    assert "Lần này hết giờ rồi" in over
    assert "Hôm nay còn 15 phút" in over
    house.tap("/chao/internet")
    house.pass_minutes(15)
    spent = house.get("/chao").text
    assert "mai lại có" in spent
    assert 'action="/chao/internet"' not in spent
    assert 'action="/chao/tu-sach"' in spent
    assert house.tap("/chao/internet").location == "/chao?chua=1"
    assert house.get("/chao?chua=1").status_code == 200


def test_without_limits_one_tap_says_how_long_it_lasts(open_house: Callable[..., House]) -> None:
    house = open_house(internet=InternetConfig(session_minutes=90, daily_minutes=0, daily_megabytes=0))
    assert "Mỗi lần chạm được 1 giờ 30 phút" in house.get("/chao").text


def test_without_a_link_the_books_stay(house: House) -> None:
    house.keeper.set_backhaul("down")
    welcome = house.get("/chao").text
    assert "Lúc này chưa có Internet" in welcome
    assert 'action="/chao/internet"' not in welcome
    assert 'action="/chao/tu-sach"' in welcome
    assert house.tap("/chao/internet").location == "/chao?chua=1"
    house.tap("/chao/tu-sach")
    assert "Lúc này chưa có Internet" in house.get("/chao/xong").text
    house.keeper.set_backhaul("up")
    assert "Lúc này chưa có Internet" not in house.get("/chao/xong").text


def test_home_leads_to_what_the_phone_can_do(house: House) -> None:
    assert 'action="/chao/internet"' in house.get("/").text
    house.tap("/chao/internet")
    assert "Internet đang mở" in house.get("/").text
    house.keeper.set_backhaul("down")
    assert "/chao" not in house.get("/").text
    other = house.get("/", phone="10.10.10.9").text
    assert "Ở lại Wi-Fi này" in other
    assert 'action="/chao/tu-sach"' in other
    assert "/chao" not in house.get("/", phone="").text


def test_a_silent_gate_takes_no_book_away(house: House) -> None:
    house.close_gate()
    welcome = house.get("/chao")
    assert welcome.status_code == 200
    assert "Cổng Wi-Fi đang dừng" in welcome.text
    assert 'action="/chao/internet"' not in welcome.text
    assert house.tap("/chao/tu-sach").location == "/"
    assert house.tap("/chao/internet").location == "/chao?chua=1"
    assert house.get("/chao/xong").status_code == 200
    assert house.get("/").status_code == 200
    assert "/chao" not in house.get("/").text
    asked = house.get("/api/captive-portal")
    assert asked.status_code == 503
    assert asked.headers["Retry-After"]
    assert "Chưa trả lời" in house.get("/trang-thai").text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://sach.thuvien.lan"},
        {"Origin": "null"},
        {"Origin": "http://thuvien.lan:8080"},
        {"Origin": "https://thuvien.lan"},
        {"Origin": ""},
        {"Origin": "http://elsewhere.example"},
        {"Referer": "http://sach.thuvien.lan/trang/x/"},
        {"Referer": "http://[broken"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "cross-site", "Origin": "http://thuvien.lan"},
    ],
    ids=str,
)
def test_no_page_from_elsewhere_taps_for_a_person(house: House, headers: dict[str, str]) -> None:
    assert house.tap("/chao/internet", **headers).status_code == 403
    assert house.keeper.look(PHONE).visit.stage.value in {"new", "captive"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://thuvien.lan"},
        {"Referer": "http://thuvien.lan/chao"},
        {"Sec_Fetch_Site": "same-origin", "Origin": "http://thuvien.lan"},
        {"Sec_Fetch_Site": "none"},
    ],
    ids=str,
)
def test_the_small_windows_own_pages_may_tap(house: House, headers: dict[str, str]) -> None:
    assert house.tap("/chao/internet", **headers).location == "/chao/xong"


@pytest.mark.parametrize("path", ["/dang-nhap", "/dat-ma-lan-dau", "/dang-xuat", "/quan-tri/tai-khoan"])
def test_every_other_form_keeps_its_token(house: House, path: str) -> None:
    assert house.tap(path, Origin="http://thuvien.lan").status_code == 403
    assert house.tap(path).status_code == 403


def test_the_language_is_carried_where_no_cookie_is_kept(house: House) -> None:
    welcome = house.get("/chao?lang=en")
    assert "Go on the Internet" in welcome.text
    assert 'action="/chao/internet?lang=en"' in welcome.text
    tapped = house.tap("/chao/internet?lang=en")
    assert tapped.location == "/chao/xong?lang=en"
    done = house.get("/chao/xong?lang=en")
    assert "The Internet is open" in done.text
    assert 'href="/?lang=en"' in done.text
    house.keeper.set_backhaul("down")
    assert house.tap("/chao/internet?lang=en").location == "/chao?lang=en&chua=1"
    assert house.tap("/chao/tu-sach?lang=%0d%0aX").location == "/?lang=%0D%0AX"
    assert house.tap("/chao/tu-sach?lang=" + "a" * 99).location == "/"


@pytest.mark.parametrize(
    ("accepted", "line"),
    [
        ("en-GB,en;q=0.9", "Read this page in English"),
        ("en", "Read this page in English"),
        ("vi-VN,vi;q=0.9,en;q=0.8", ""),
        ("zh-CN,zh;q=0.9,en;q=0.1", ""),
        ("*", ""),
        ("", ""),
        (";;q=,", ""),
    ],
)
def test_a_phone_in_another_language_is_offered_it(house: House, accepted: str, line: str) -> None:
    page = house.get("/chao", Accept_Language=accepted).text
    assert '<html lang="vi"' in page
    assert ("Read this page in English" in page) == bool(line)


def test_a_vietnamese_phone_finds_back_from_english(house: House) -> None:
    assert "Đọc trang này bằng tiếng Việt" in house.get("/chao?lang=en", Accept_Language="vi-VN").text


def test_phones_that_ask_over_http_are_told(house: House) -> None:
    """RFC 8908."""
    asked = house.get("/api/captive-portal")
    assert asked.content_type == "application/captive+json"
    assert "private" in asked.headers["Cache-Control"]
    assert asked.get_json() == {
        "captive": True,
        "user-portal-url": "http://thuvien.lan/chao",
        "venue-info-url": "http://thuvien.lan/",
    }
    house.tap("/chao/internet")
    told = house.get("/api/captive-portal").get_json()
    assert (told["captive"], told["seconds-remaining"], told["can-extend-session"]) == (False, 3600, True)
    assert told["bytes-remaining"] == 500_000_000


def test_with_a_certificate_phones_are_sent_to_its_name(open_house: Callable[..., House]) -> None:
    certificate = CertificateConfig(name="hub.tinh.example", file=Path("/etc/hub.pem"), key=Path("/etc/hub.key"))
    house = open_house(certificate=certificate)
    told = house.get("/api/captive-portal").get_json()
    assert told["user-portal-url"] == "https://hub.tinh.example/chao"


@pytest.mark.parametrize(("proto", "scheme"), [("https", "https"), ("", "http"), ("HTTPS, http", "http")])
def test_nginx_says_whether_somebody_came_over_https(open_house: Callable[..., House], proto: str, scheme: str) -> None:
    certificate = CertificateConfig(name="hub.tinh.example", file=Path("/etc/hub.pem"), key=Path("/etc/hub.key"))
    house = open_house(certificate=certificate)

    def tap(origin: str) -> int:
        headers = {"X-Real-IP": PHONE, "X-Forwarded-Proto": proto, "Origin": origin}
        return house.client.post("/chao/tu-sach", base_url="http://hub.tinh.example", headers=headers).status_code

    wrong = {"https": "http", "http": "https"}[scheme]
    assert tap(f"{scheme}://hub.tinh.example") == 303
    assert tap(f"{wrong}://hub.tinh.example") == 403
    books = house.client.get("/trang/vai/x", base_url="http://hub.tinh.example")
    assert books.location == "http://sach.thuvien.lan/trang/vai/x"


def test_without_nginx_nobody_claims_to_have_come_over_https(open_house: Callable[..., House]) -> None:
    house = open_house(mode="pretend")
    assert house.tap("/chao/internet", X_Forwarded_Proto="https", Origin="https://thuvien.lan").status_code == 403


@pytest.mark.parametrize("said", ["", "10.10.10.7, 10.10.10.8", "fe80::1", "../status", "10.10.10.7\t"])
def test_an_odd_address_gets_the_books_and_no_more(house: House, said: str) -> None:
    assert house.get("/chao", phone=said).status_code == 200
    taken = house.tap("/chao/internet", phone=said)
    assert taken.location in {"/chao?chua=1", "/chao/xong"}
    assert (taken.location == "/chao/xong") == (said.strip() == PHONE)


def test_where_no_nginx_stands_before_nobody_says_who_he_is(open_house: Callable[..., House]) -> None:
    """In a demonstration whoever is connected is the phone, whatever header it sends."""
    house = open_house(mode="pretend")
    house.tap("/chao/internet", phone="10.10.10.8")
    assert house.keeper.look("10.10.10.8").visit.stage.value == "captive"
    assert house.keeper.look("127.0.0.1").visit.stage.value == "captive"


def test_a_sealed_list_is_said(open_house: Callable[..., House]) -> None:
    assert "Không ai ghi lại" in open_house().get("/chao").text
    sealed = RetentionConfig(lease_log="sealed", public_key="age1" + "q" * 58, keep_days=30)
    page = open_house(retention=sealed).get("/chao").text
    assert "sau 30 ngày thì xóa" in page
    assert "Không ai ghi lại" not in page


def test_the_status_page_and_the_administration_say_how_the_gate_is(house: House) -> None:
    house.tap("/chao/internet")
    assert "Đang có Internet." in house.get("/trang-thai").text
    house.keeper.set_backhaul("login")
    assert "đòi đăng nhập riêng" in house.get("/trang-thai").text


def test_an_unknown_host_is_no_portal(house: House) -> None:
    answer = house.client.get("/chao", base_url="http://connectivitycheck.gstatic.com")
    assert answer.status_code == 421
    assert "http://thuvien.lan/" in answer.text


def test_the_whole_page_is_light(house: House) -> None:
    assert len(house.get("/chao", Accept_Encoding="gzip").data) < 4_000
