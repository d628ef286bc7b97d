"""The remote and the page of what is on: who may press, what the player is asked, what is said when it says no."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from remote_house import Phone, RemoteHouse

from hub.remote.line import PlayerLine
from hub.remote.now import Glance, now_from
from hub.roles import Role


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteHouse]:
    with RemoteHouse(tmp_path_factory.mktemp("house")).open() as house:
        yield house


@pytest.fixture
def house(opened: RemoteHouse) -> RemoteHouse:
    opened.player.reset()
    opened.forget()
    return opened


@pytest.fixture
def head(house: RemoteHouse) -> Phone:
    return house.phone(Role.VILLAGE_HEAD)


def test_villagers_see_what_is_on_and_what_comes_but_no_button(house: RemoteHouse) -> None:
    house.player.playing()
    house.player.status["next"] = {"starts": "2099-11-25T19:30", "plays": "Chăn nuôi", "broadcast": False}
    villager = house.phone()
    page = villager.get("/ti-vi")
    assert page.status_code == 200
    assert "Nuôi trâu vỗ béo" in page.text
    assert "1:05" in page.text
    assert "19 giờ 30" in page.text
    assert "Chăn nuôi" in page.text
    assert 'method="post"' not in page.text
    assert villager.get("/ti-vi/nay").get_json() == {
        "key": now_from(house.player.status).key, "playing": True, "position_ms": 65_000, "length_ms": 1_100_000,
    }  # fmt: skip


def test_the_home_page_leads_to_what_is_on(house: RemoteHouse) -> None:
    villager = house.phone()
    assert "Ti vi" in villager.get("/").text
    house.player.playing()
    house.forget()
    page = villager.get("/").text
    assert "Ti vi đang chiếu" in page
    assert "Nuôi trâu vỗ béo" in page


@pytest.mark.parametrize("path", ["/dieu-khien", "/dieu-khien/phim", "/dieu-khien/tat", "/dieu-khien/nay"])
def test_the_remote_asks_for_the_pin(house: RemoteHouse, path: str) -> None:
    answer = house.phone().get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/dang-nhap?next=/dieu-khien")


@pytest.mark.parametrize("role", list(Role))
def test_everybody_with_a_pin_may_use_the_television(house: RemoteHouse, role: Role) -> None:
    phone = house.phone(role)
    assert phone.press("/dieu-khien/chieu", "/dieu-khien", film="trau.mp4").status_code == 303
    assert house.player.asked == [("/play", {"film": "trau.mp4", "author": role.value})]


def test_a_press_without_pin_or_token_does_nothing(house: RemoteHouse, head: Phone) -> None:
    villager = house.phone()
    assert villager.post("/dieu-khien", do="silence").status_code == 403
    assert head.post("/dieu-khien", do="silence").status_code == 403
    assert head.post("/dieu-khien", do="silence", csrf_token="x" * 64).status_code == 403
    token = house.phone().get("/dang-nhap").text
    assert "csrf_token" in token
    assert house.player.asked == []


@pytest.mark.parametrize(
    ("pressed", "asked"),
    [
        ({"do": "hold"}, ("/hold", {"held": True})),
        ({"do": "go"}, ("/hold", {"held": False})),
        ({"do": "next"}, ("/next", {})),
        ({"do": "previous"}, ("/previous", {})),
        ({"do": "back"}, ("/seek", {"position_ms": -30_000, "relative": True})),
        ({"do": "forward"}, ("/seek", {"position_ms": 30_000, "relative": True})),
        ({"do": "seek", "minute": "2", "second": "5"}, ("/seek", {"position_ms": 125_000, "relative": False})),
        ({"do": "seek", "minute": "2", "second": ""}, ("/seek", {"position_ms": 120_000, "relative": False})),
        ({"do": "quieter", "level": "60"}, ("/level", {"level": 50})),
        ({"do": "louder", "level": "95"}, ("/level", {"level": 100})),
        ({"do": "stop"}, ("/stop", {"everything": False, "author": "village-head"})),
        ({"do": "silence"}, ("/stop", {"everything": True, "author": "village-head"})),
        ({"do": "count", "people": "42", "hands": ""}, ("/count", {"people": 42})),
        ({"do": "count", "people": "42", "hands": "17"}, ("/count", {"people": 42, "hands": 17})),
    ],
)
def test_each_button_asks_the_player_for_one_thing(
    house: RemoteHouse, head: Phone, pressed: dict[str, str], asked: tuple[str, dict[str, Any]]
) -> None:
    house.player.playing()
    answer = head.press("/dieu-khien", **pressed)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/dieu-khien")
    assert house.player.asked == [asked]


@pytest.mark.parametrize(
    "pressed",
    [
        {"do": ""},
        {"do": "explode"},
        {"do": "seek", "minute": "-1"},
        {"do": "seek", "minute": "1", "second": "75"},
        {"do": "seek", "minute": "9" * 30},
        {"do": "level", "level": "x"},
        {"do": "louder", "level": "101"},
        {"do": "count", "people": ""},
        {"do": "count", "people": "x"},
        {"do": "count", "people": "٣"},
        {"do": "count", "people": "100000"},
    ],
)
def test_what_cannot_be_used_is_said_on_the_page(house: RemoteHouse, head: Phone, pressed: dict[str, str]) -> None:
    answer = head.press("/dieu-khien", **pressed)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert house.player.asked == []


def test_the_pause_point_shows_its_question(house: RemoteHouse, head: Phone) -> None:
    house.player.playing(state="paused", pause_point={"number": 1, "at_ms": 60_000, "question": "Ai đã ủ cỏ?"})
    page = head.get("/dieu-khien").text
    assert "Ai đã ủ cỏ?" in page
    assert "Chiếu tiếp" in page


def test_what_is_read_afterwards_leads_to_the_shelf(house: RemoteHouse) -> None:
    handouts = [
        {"title": "Ủ cỏ", "code": "K7M2QXA"},
        {"title": "", "book": "lua", "page": "a b"},
        {"book": "ga"},
        7,
        {},
    ]
    house.player.playing(handouts=handouts)
    page = house.phone().get("/ti-vi").text
    found = re.findall(r'class="row" href="([^"]+)"', page)
    assert (found[0], found[2]) == ("/q/K7M2QXA", "/sach/ga/")
    assert found[1].startswith("/doc/lua/")


def test_the_code_of_what_is_read_afterwards_is_on_the_television_after_the_film(
    house: RemoteHouse, head: Phone
) -> None:
    house.player.playing(handouts=[{"title": "Ủ cỏ", "code": "K7M2QXA"}])
    page = head.get("/dieu-khien").text
    assert "Ủ cỏ" in page
    assert "Mã QR của tài liệu" not in page
    house.player.status |= {"state": "idle", "title": "", "film": ""}
    assert "Mã QR của tài liệu" in head.get("/dieu-khien").text


def test_what_troubles_the_player_is_said_in_the_readers_language(house: RemoteHouse, head: Phone) -> None:
    said = {"text": "x", "problem": "It does not answer.", "msgid": "It does not answer.", "arguments": {}, "hint": ""}
    house.player.status["problem"] = said
    assert "Chưa trả lời." in head.get("/dieu-khien").text
    assert "does not answer" in head.get("/dieu-khien?lang=en").text


def test_wrong_pins_are_counted_by_the_houses_doorkeeper(house: RemoteHouse) -> None:
    """Hundreds of tries from the remote's own way in: soon each is told to wait, and the player hears of none."""
    house.accounts.set_pin(Role.VILLAGE_HEAD, "719356")
    stranger = house.phone()
    way_in = stranger.get("/dieu-khien").headers["Location"]
    token = re.search(r'name="csrf_token" value="([^"]+)"', stranger.get(way_in).text)
    assert token
    form = {"csrf_token": token[1], "role": "village-head", "next": "/dieu-khien"}
    answers = [stranger.post("/dang-nhap", pin=f"{number:06}", **form).status_code for number in range(300)]
    assert set(answers) == {403, 429}
    assert answers.count(403) < 30
    assert answers[-250:] == [429] * 250
    assert stranger.get("/dieu-khien").status_code == 303
    assert house.player.asked == []


def test_only_what_may_be_shown_is_offered(house: RemoteHouse, head: Phone) -> None:
    for path in ("/dieu-khien", "/dieu-khien/phim"):
        page = head.get(path).text
        assert "Nuôi trâu vỗ béo" in page
        assert "Hát then mừng xuân" in page
        assert "Phim chỉ xem ở nhà" not in page
        assert "Phim hỏng" not in page
    refused = head.press("/dieu-khien/chieu", "/dieu-khien", film="nha.mp4")
    assert refused.status_code == 403
    assert "may not be shown" in refused.text


def test_films_are_found_without_marks(house: RemoteHouse, head: Phone) -> None:
    page = head.get("/dieu-khien/phim?q=trong+RUNG").text
    assert "Trồng rừng" in page
    assert "Nuôi trâu" not in page
    assert "Không có phim nào" in head.get("/dieu-khien/phim?q=zzz").text


def test_a_playlist_is_begun(house: RemoteHouse, head: Phone) -> None:
    assert head.press("/dieu-khien/chieu", "/dieu-khien", playlist="Chăn nuôi").status_code == 303
    assert house.player.asked == [("/play", {"playlist": "Chăn nuôi", "author": "village-head"})]
    assert head.press("/dieu-khien/chieu", "/dieu-khien").status_code == 400


def test_a_broadcast_of_the_schedule_is_shown(house: RemoteHouse, head: Phone) -> None:
    address = "http://xa.example/live.m3u8"
    house.player.week = [{"starts": f"2099-11-2{day}T18:00", "plays": address, "broadcast": True} for day in (6, 7)]
    page = head.get("/dieu-khien/phim").text
    assert page.count(f'value="{address}"') == 1
    assert head.press("/dieu-khien/chieu", "/dieu-khien/phim", broadcast=address).status_code == 303
    assert house.player.asked == [("/play", {"broadcast": address, "author": "village-head"})]


def test_silence_asks_once(house: RemoteHouse, head: Phone) -> None:
    house.player.playing()
    assert head.get("/dieu-khien/tat").status_code == 200
    assert house.player.asked == []
    assert head.press("/dieu-khien", "/dieu-khien/tat", do="silence").status_code == 303
    assert house.player.asked == [("/stop", {"everything": True, "author": "village-head"})]


@pytest.mark.parametrize(
    ("refusal", "status", "said"),
    [
        ((409, {"problem": "Nothing plays.", "hint": "Choose a film."}), 409, "Hãy chọn một phim."),
        ((404, {"problem": "x", "msgid": "No television is connected.", "arguments": {}}), 404, "Chưa nối ti vi"),
        ((403, {"reasons": ["One.", {"msgid": "It does not answer."}]}), 403, "Chưa trả lời."),
        ((429, {"problem": "Not so fast.", "hint": ""}), 429, "Not so fast."),
        ((500, "nonsense"), 502, "Ti vi chưa làm được việc này"),
    ],
)
def test_a_refusal_is_said_kindly(
    house: RemoteHouse, head: Phone, refusal: tuple[int, Any], status: int, said: str
) -> None:
    house.player.refusal = refusal
    answer = head.press("/dieu-khien", do="next")
    assert answer.status_code == status
    assert said in answer.text
    assert "Traceback" not in answer.text


def test_without_the_player_every_page_stays_kind(tmp_path: Path) -> None:
    house = RemoteHouse(tmp_path)
    head, villager = house.phone(Role.VILLAGE_HEAD), house.phone()
    assert villager.get("/").status_code == 200
    assert villager.get("/ti-vi").status_code == 200
    assert "Ti vi đang nghỉ" in villager.get("/ti-vi").text
    assert villager.get("/ti-vi/nay").status_code == 503
    for path in ("/dieu-khien", "/dieu-khien/phim"):
        answer = head.get(path)
        assert answer.status_code == 503
        assert "Ti vi đang nghỉ" in answer.text
    assert head.get("/dieu-khien/nay").status_code == 503
    answer = head.press("/dieu-khien", "/dieu-khien/tat", do="silence")
    assert answer.status_code == 503
    assert "Ti vi đang nghỉ" in answer.text


def test_halves_of_letters_spoil_no_page(house: RemoteHouse, head: Phone) -> None:
    house.player.films[0] |= {"film": "a\udcff.mp4", "title": "Trâu \ud83d"}
    house.player.status |= {"state": "playing", "title": "Trâu \udcff", "film": "a\udcff.mp4"}
    for path in ("/dieu-khien", "/dieu-khien/phim", "/ti-vi"):
        assert head.get(path).status_code == 200
        assert "Trâu ?" in head.get(path).text
    assert head.press("/dieu-khien/chieu", "/dieu-khien", film="a?.mp4").status_code == 404


def test_many_phones_ask_the_player_once(house: RemoteHouse) -> None:
    seconds = [100.0]
    glance = Glance(PlayerLine(house.socket), lambda: seconds[0])
    first = glance.look()
    house.player.playing()
    assert glance.look() is first
    seconds[0] += 2.1
    seen = glance.look()
    assert seen is not None
    assert seen.is_on


@pytest.mark.parametrize("answer", [None, [], "x", {}, {"state": 7, "playlist": "x", "handouts": [1, {}], "next": []}])
def test_an_odd_status_is_nothing_on(answer: object) -> None:
    now = now_from(answer)
    assert now.state == "idle"
    assert not now.is_on
