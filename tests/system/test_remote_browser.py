"""The remote, the loudspeaker and the timetable in Chromium: on four screens, with and without scripts."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from fake_player import FakePlayer
from measure import MEASURE
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from remote_house import RemoteHouse

from hub.roles import Role

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed; ./run test installs it")

SCREENS = [(320, 568), (360, 640), (390, 844), (1280, 720)]
LONG = os.environ.get("HUB_LONG") == "1"
DARK = {"television", "remote-question", "remote-speaking", "loudspeaker", "timetable", "player"}
"""Pages that are looked at in the dark, too; with `./run test --long` all are."""
Prepare = Callable[[RemoteHouse], None]


def playing(house: RemoteHouse) -> None:
    handouts = [{"title": "Cách ủ chua cỏ cho trâu bò", "code": "K7M2QXA", "page": ""}, {"book": "lua", "page": "a"}]
    house.player.playing(
        playlist={"name": "Chăn nuôi", "place": 0, "films": ["trau.mp4", "rung.mp4"]}, handouts=handouts,
        next={"starts": "2099-12-01T19:30", "plays": "Chăn nuôi", "broadcast": False},
    )  # fmt: skip


def asking(house: RemoteHouse) -> None:
    question = {"number": 1, "at_ms": 60_000, "question": "Nhà ai đã ủ chua cỏ cho trâu ăn mùa đông này?"}
    house.player.playing(state="paused", pause_point=question)


def speaking(house: RemoteHouse) -> None:
    player = house.player
    player.recordings = {"r1": b"RIFF"}
    player.status |= {
        "state": "announcing", "announcement": {"key": "k0", "priority": 3, "headline": "Lũ về", "source": "text"},
        "waiting": 2, "clock_trusted": False, "quiet": True, "problem": {"text": "No sound is heard.", "hint": ""},
    }  # fmt: skip
    player.speaking = {"key": "k0", "headline": "Tiêm phòng gà thứ Bảy", "priority": 1, "author": "village-head"}
    text = "Lũ đang về trên suối Đồng. Bà con ở thôn dưới lên nhà văn hóa ngay, mang theo nước uống và đèn pin."
    common = {"priority": 3, "reasons": [], "left_s": 800}
    player.to_confirm = [
        {"key": "k1", "text": text, "author": "content-editor", **common},
        {"key": "k3", "text": text, "author": "village-head", **common},
    ]
    why = {"msgid": "These are quiet hours.", "arguments": {}}
    player.waiting = [
        {"key": "k2", "headline": "Họp bàn việc làm đường", "priority": 1, "author": "village-head",
         "at": "2099-11-27T18:00", "reasons": [why]}
    ]  # fmt: skip


def planned(house: RemoteHouse) -> None:
    player = house.player
    assert player.schedule
    example = Path(__file__).parents[2] / "docs" / "schedule.example.toml"
    player.schedule.write_text(example.read_text("utf-8"), "utf-8")
    player.week = [
        {"starts": "2099-11-26T18:00", "plays": "http://xa.example/live.m3u8", "broadcast": True},
        {"starts": "2099-12-01T19:30", "plays": "Chăn nuôi", "broadcast": False},
    ]
    picture = io.BytesIO()
    Image.new("RGB", (960, 540), "#335577").save(picture, "JPEG")
    player.picture = picture.getvalue()
    player.status["quarantined"] = 1
    player.quarantine = [
        {"film": "chan-nuoi/phim-hong-tai-ve-chua-het_2026-03.mp4", "reason": "It ended after 12 ms.", "failures": 2,
         "since": "2026-11-25T08:00"}
    ]  # fmt: skip
    player.log = [
        {"item": "chan-nuoi/trau.mp4", "source": "schedule", "started": "2026-11-24T12:30:00+00:00", "result": "whole",
         "share": 1.0},
        {"item": "Lũ về", "source": "text", "author": "village-head", "approver": "technician", "priority": 3,
         "started": "2026-11-24T20:00", "result": "cut", "share": None},
    ]  # fmt: skip


def microphone_open(house: RemoteHouse) -> None:
    house.player.speaking = {"key": "k1", "headline": "", "priority": 1, "source": "microphone", "author": "x"}


def nothing(house: RemoteHouse) -> None:
    """As the player begins."""


HEAD, TECHNICIAN = Role.VILLAGE_HEAD, Role.TECHNICIAN
PAGES: dict[str, tuple[str, Role | None, Prepare]] = {
    "home-on-air": ("/", None, playing),
    "television": ("/ti-vi", None, playing),
    "television-idle": ("/ti-vi", None, nothing),
    "remote": ("/dieu-khien", HEAD, playing),
    "remote-idle": ("/dieu-khien?xong=silence", HEAD, nothing),
    "remote-question": ("/dieu-khien", HEAD, asking),
    "remote-speaking": ("/dieu-khien", HEAD, speaking),
    "remote-english": ("/dieu-khien?lang=en", HEAD, asking),
    "remote-films": ("/dieu-khien/phim", HEAD, nothing),
    "remote-stop": ("/dieu-khien/tat", HEAD, nothing),
    "loudspeaker": ("/loa?xong=xin", HEAD, speaking),
    "loudspeaker-record": ("/loa/ghi-am", HEAD, nothing),
    "loudspeaker-hear": ("/loa/nghe/r1", HEAD, speaking),
    "loudspeaker-type": ("/loa/go-chu", HEAD, nothing),
    "loudspeaker-microphone": ("/loa/micro", HEAD, nothing),
    "loudspeaker-microphone-open": ("/loa/micro", HEAD, microphone_open),
    "timetable": ("/quan-tri/lich-chieu?xong=1", HEAD, planned),
    "timetable-text": ("/quan-tri/lich-chieu/van-ban", TECHNICIAN, planned),
    "player": ("/quan-tri/ti-vi", TECHNICIAN, planned),
    "administration-player": ("/quan-tri", TECHNICIAN, planned),
}
OPENED = "for (const one of document.querySelectorAll('details')) one.open = true"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteHouse]:
    with RemoteHouse(tmp_path_factory.mktemp("house")).open() as opened:
        yield opened


@pytest.fixture(scope="module")
def address(house: RemoteHouse) -> Iterator[str]:
    with house.web() as address:
        yield address


@pytest.fixture
def player(house: RemoteHouse) -> FakePlayer:
    house.player.reset()
    house.forget()
    return house.player


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def sessions(house: RemoteHouse) -> dict[Role, dict[str, str]]:
    return {role: house.cookies(role) for role in (HEAD, TECHNICIAN, Role.CONTENT_EDITOR)}


@pytest.fixture
def browse(browser: Browser, address: str, sessions: dict[Role, dict[str, str]]) -> Iterator[Callable[..., Page]]:
    contexts: list[BrowserContext] = []

    def open_page(role: Role | None = HEAD, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 360, "height": 640}, **options})
        contexts.append(context)
        if role:
            context.add_cookies([{"name": k, "value": v, "url": address} for k, v in sessions[role].items()])
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


def broken(page: Page, rules: dict[str, Any]) -> dict[str, str]:
    """What axe finds, by the names of its rules."""
    found = Axe().run(page, options={"resultTypes": ["violations"]} | rules).response["violations"]
    return {one["id"]: one["nodes"][0]["html"][:150] for one in found}


@pytest.mark.parametrize("name", PAGES)
def test_every_page_on_every_screen(
    house: RemoteHouse, player: FakePlayer, address: str, browse: Callable[..., Page], name: str, project: Path
) -> None:
    path, role, prepare = PAGES[name]
    prepare(house)
    pictures = project / "artefacts" / "pages"
    pictures.mkdir(parents=True, exist_ok=True)
    page = browse(role, bypass_csp=True)  # for the tests' own style
    page.goto(address + path)
    page.evaluate("document.fonts.ready")
    page.evaluate(OPENED)
    wrong = {}
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        if width == 360:
            page.screenshot(path=pictures / f"{name}-{width}x{height}-light.png", full_page=True)
        if found := page.evaluate(MEASURE):
            wrong[str(width)] = found
    if name in DARK or LONG:
        page.emulate_media(color_scheme="dark")
        wrong |= broken(page, {"runOnly": ["color-contrast"]})
        page.screenshot(path=pictures / f"{name}-1280x720-dark.png", full_page=True)
        page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 320, "height": 568})
    wrong |= broken(page, {})
    page.add_style_tag(content="html { font-size: 200% !important }")
    if found := page.evaluate(MEASURE):
        wrong["large letters"] = found
    assert wrong == {}


def test_the_buttons_of_the_remote_are_large(player: FakePlayer, address: str, browse: Callable[..., Page]) -> None:
    player.playing()
    page = browse(viewport={"width": 320, "height": 568})
    page.goto(f"{address}/dieu-khien")
    heights = page.evaluate(
        "[...document.querySelectorAll('main button, main a.button')].map(one => one.getBoundingClientRect().height)"
    )
    assert len(heights) > 10
    assert min(heights) >= 56


@pytest.mark.parametrize("scripts", [True, False])
def test_an_evening_with_the_remote(
    player: FakePlayer, address: str, browse: Callable[..., Page], scripts: bool
) -> None:
    page = browse(java_script_enabled=scripts)
    page.goto(f"{address}/dieu-khien/phim")
    page.fill("#q", "trau")
    page.get_by_role("button", name="Tìm").click()
    page.get_by_role("button", name="Chiếu Nuôi trâu vỗ béo").click()
    expect(page.locator("#now h2")).to_have_text("Nuôi trâu vỗ béo")
    page.get_by_role("button", name="Tạm dừng").click()
    expect(page.locator(".state")).to_contain_text("Đang tạm dừng")
    page.get_by_role("button", name="Chiếu tiếp").click()
    page.get_by_role("button", name="Tới 30 giây").click()
    page.get_by_role("button", name="To thêm").click()
    expect(page.locator(".level b")).to_have_text("70")
    page.get_by_text("Đến phút khác").click()
    page.get_by_label("Phút").fill("5")
    page.get_by_role("button", name="Đến đó").click()
    expect(page.locator(".clock b")).to_contain_text("5:0")
    page.get_by_text("Đếm người dự").click()
    page.get_by_label("Số người").fill("42")
    page.get_by_label("Số cánh tay giơ").fill("17")
    page.get_by_role("button", name="Ghi số").click()
    expect(page.get_by_role("status")).to_have_text("Đã ghi. Cảm ơn bác.")
    page.get_by_role("link", name="Tắt hết").click()
    page.get_by_role("button", name="Đúng, tắt hết").click()
    expect(page.locator("#now h2")).to_have_text("Chưa chiếu phim nào")
    assert player.asked == [
        ("/play", {"film": "trau.mp4", "author": "village-head"}),
        ("/hold", {"held": True}),
        ("/hold", {"held": False}),
        ("/seek", {"position_ms": 30_000, "relative": True}),
        ("/level", {"level": 70}),
        ("/seek", {"position_ms": 300_000, "relative": False}),
        ("/count", {"people": 42, "hands": 17}),
        ("/stop", {"everything": True, "author": "village-head"}),
    ]


@pytest.mark.parametrize(("field", "scripts"), [("#now", False), ("#kept", True)])
def test_a_recording_is_sent_both_ways(
    player: FakePlayer, address: str, browse: Callable[..., Page], scripts: bool, field: str
) -> None:
    """With the recorder that the phone offers, or with a recording that is there."""
    page = browse(java_script_enabled=scripts)
    page.goto(f"{address}/loa")
    page.get_by_role("link", name="Ghi âm").click()
    chosen = {"name": "tin.wav", "mimeType": "audio/wav", "buffer": b"RIFF" + bytes(600_000)}
    page.set_input_files(field, chosen)  # type: ignore[arg-type]
    form = page.locator("form", has=page.locator(field))
    form.locator("button").click()
    expect(page.locator("audio")).to_have_attribute("src", "/loa/ban-ghi/r1")
    page.get_by_label("Ưu tiên").check()
    page.get_by_label("Trong nhà văn hóa").check()
    page.get_by_label("Nói gọn vài chữ").fill("Họp bản")
    page.get_by_role("button", name="Phát lên loa").click()
    expect(page.get_by_role("status")).to_contain_text("Đã gửi")
    expect(page.locator("main")).to_contain_text("Họp bản")
    said = player.asked[-1][1]
    assert (said["recording"], said["priority"], said["scope"]) == ("r1", 2, "hall")
    assert len(player.recordings["r1"]) == 600_004
    page.get_by_role("button", name="Gỡ").click()
    expect(page.get_by_role("status")).to_have_text("Đã gỡ.")


def test_an_emergency_is_typed_and_confirmed_by_a_second_person(
    player: FakePlayer, address: str, browse: Callable[..., Page]
) -> None:
    page = browse(java_script_enabled=False)
    page.goto(f"{address}/loa/go-chu")
    page.get_by_label("Bà con sẽ nghe gì").fill("Lũ về, bà con lên nhà văn hóa")
    page.get_by_role("button", name="Nghe thử trước").click()
    expect(page.locator("main")).to_contain_text("(đọc lên)")
    page.get_by_label("Khẩn cấp").check()
    page.get_by_role("button", name="Phát lên loa").click()
    expect(page.locator("#confirm")).to_contain_text("Chính bác đã xin phát")
    second = browse(Role.CONTENT_EDITOR, java_script_enabled=False)
    second.goto(f"{address}/loa")
    second.get_by_role("button", name="Đúng thế, phát đi").click()
    expect(second.get_by_role("status")).to_have_text("Đã đồng ý. Loa phát ngay.")
    assert player.asked[-1][1] == {"author": "content-editor"}


def test_the_head_plans_an_evening(player: FakePlayer, address: str, browse: Callable[..., Page]) -> None:
    page = browse(java_script_enabled=False)
    page.goto(f"{address}/quan-tri/lich-chieu")
    page.get_by_text("Lập danh sách phát").click()
    page.get_by_label("Tên gọi").fill("Chăn nuôi")
    page.get_by_label("Nuôi trâu vỗ béo").fill("1")
    page.locator("details[open]").get_by_role("button", name="Thêm").click()
    page.get_by_text("Thêm mục hằng tuần").click()
    form = page.locator("details[open]")
    form.get_by_label("Thứ Ba").check()
    form.get_by_label("Bắt đầu lúc").fill("19:30")
    form.get_by_label("Danh sách phát").select_option("Chăn nuôi")
    form.get_by_role("button", name="Thêm").click()
    expect(page.get_by_role("status")).to_have_text("Đã đổi lịch chiếu.")
    expect(page.locator("main")).to_contain_text("Thứ Ba, 19 giờ 30")
    page.get_by_role("button", name="Bỏ Chăn nuôi").first.click()
    assert player.schedule
    assert "weekly" not in player.schedule.read_text("utf-8")


def test_the_place_in_the_film_moves_and_what_changes_is_shown(
    player: FakePlayer, address: str, browse: Callable[..., Page]
) -> None:
    player.playing(position_ms=65_000)
    page = browse()
    page.goto(f"{address}/dieu-khien")
    player.status["position_ms"] = 125_000
    expect(page.locator(".clock b")).to_contain_text("2:0", timeout=10_000)
    assert page.evaluate("document.querySelector('progress').value") >= 125_000
    player.playing("rung.mp4")
    expect(page.locator("#now h2")).to_contain_text("Trồng rừng", timeout=10_000)


def test_who_types_is_not_disturbed(player: FakePlayer, address: str, browse: Callable[..., Page]) -> None:
    player.playing()
    page = browse()
    page.goto(f"{address}/dieu-khien")
    page.get_by_text("Đếm người dự").click()
    page.get_by_label("Số người").fill("42")
    player.playing("rung.mp4", position_ms=300_000)
    expect(page.locator(".clock b")).to_contain_text("5:0", timeout=10_000)
    assert page.get_by_label("Số người").input_value() == "42"
    expect(page.get_by_role("link", name="Vừa có thay đổi")).to_be_visible()


def test_a_page_that_nobody_sees_asks_for_nothing(
    player: FakePlayer, address: str, browse: Callable[..., Page]
) -> None:
    player.playing()
    page = browse()
    page.clock.install()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/nay") else None)
    page.goto(f"{address}/dieu-khien")
    with page.expect_request("**/nay"):
        page.clock.run_for(3100)
    hide = "value => {Object.defineProperty(document, 'hidden', {value, configurable: true});"
    hide += "document.dispatchEvent(new Event('visibilitychange'))}"
    page.evaluate(hide, True)
    before = len(asked)
    page.clock.run_for(60_000)
    assert len(asked) == before
    with page.expect_request("**/nay"):
        page.evaluate(hide, False)


@pytest.mark.parametrize(
    ("path", "role"), [("/ti-vi", None), ("/dieu-khien", HEAD), ("/loa", HEAD), ("/loa/ghi-am", HEAD)]
)
def test_first_load_is_light(
    player: FakePlayer, address: str, browse: Callable[..., Page], path: str, role: Role | None
) -> None:
    player.playing()
    page = browse(role)
    sizes: list[int] = []
    page.on("requestfinished", lambda asked: sizes.append(asked.sizes()["responseBodySize"]))
    elsewhere: list[str] = []
    page.on("request", lambda asked: None if asked.url.startswith(address) else elsewhere.append(asked.url))
    page.goto(address + path)
    page.wait_for_load_state()
    page.evaluate("document.fonts.ready")
    assert len(sizes) > 4
    assert sum(sizes) <= 40_000, f"{sum(sizes)} bytes in {len(sizes)} requests"
    assert [url for url in elsewhere if not url.startswith("data:")] == []
