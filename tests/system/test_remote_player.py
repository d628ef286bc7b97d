"""The remote's pages with the real player behind them: libvlc plays, espeak-ng reads, the schedule is checked."""

from __future__ import annotations

import io
import shutil
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from films import describe, make_film
from namespaces import until
from remote_house import Phone, RemoteHouse

from hub.roles import Role
from player.announcing.config import SpeakingConfig
from player.config import PlayerConfig

NEEDED = [name for name in ("ffmpeg", "espeak-ng") if shutil.which(name) is None]
pytestmark = pytest.mark.skipif(bool(NEEDED), reason=f"not installed: {NEEDED}")
WISH = {"priority": "1", "scope": "hall", "headline": "Họp bản", "level": "", "times": "1", "at": ""}
SHOWN = '"hub", "public screening"'


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteHouse]:
    config = PlayerConfig(screen="hidden", sound="none", speaking=SpeakingConfig(named=["village-head", "technician"]))
    house = RemoteHouse(tmp_path_factory.mktemp("house"), config)
    content = house.config.paths.content
    pause = '[[pause]]\nat = "00:02"\nquestion = "Nhà ai đã ủ cỏ?"\n'
    describe(make_film(content / "trau.mp4", "fast.mp4"), uses=SHOWN, title="Nuôi trâu")
    trau = content / "trau.toml"
    trau.write_text(trau.read_text("utf-8") + pause, "utf-8")
    describe(make_film(content / "rieng.mp4", "fast.mp4"), uses='"hub"', title="Chỉ xem ở nhà")
    with house.open_really():
        yield house


@pytest.fixture(scope="module")
def head(house: RemoteHouse) -> Phone:
    return house.phone(Role.VILLAGE_HEAD)


@pytest.fixture(scope="module")
def technician(house: RemoteHouse) -> Phone:
    return house.phone(Role.TECHNICIAN)


def test_a_film_waits_at_its_question_and_goes_on(house: RemoteHouse, head: Phone, technician: Phone) -> None:
    page = head.get("/dieu-khien").text
    assert "Nuôi trâu" in page
    assert "Chỉ xem ở nhà" not in page
    assert head.press("/dieu-khien/chieu", "/dieu-khien", film="trau.mp4").status_code == 303
    until(lambda: "Nhà ai đã ủ cỏ?" in head.get("/dieu-khien").text, 20, "the question")
    picture = technician.get("/quan-tri/ti-vi/hinh")
    assert (picture.status_code, picture.mimetype) == (200, "image/jpeg")
    assert head.press("/dieu-khien", do="count", people="42", hands="17").status_code == 303
    assert head.press("/dieu-khien", do="go").status_code == 303
    until(lambda: "Nhà ai đã ủ cỏ?" not in head.get("/dieu-khien").text, 20, "the film goes on")
    until(lambda: "Chưa chiếu phim nào" in head.get("/dieu-khien").text, 20, "the end of the film")
    log = technician.get("/quan-tri/ti-vi").text
    assert "trau.mp4" in log
    assert "điều khiển: Trưởng bản" in log


@pytest.mark.parametrize("wish", ["hold", "go", "next", "previous", "back", "stop"])
def test_a_button_that_has_nothing_to_do_is_no_trouble(head: Phone, wish: str) -> None:
    answer = head.press("/dieu-khien", do=wish)
    assert answer.status_code in {303, 409}
    assert answer.status_code == 303 or 'role="alert"' in answer.text


def test_every_button_is_understood_while_a_film_is_on(head: Phone) -> None:
    head.press("/dieu-khien/chieu", "/dieu-khien", film="trau.mp4")
    until(lambda: "Đang chiếu" in head.get("/dieu-khien").text, 20, "the film")
    for wish in (
        {"do": "hold"},
        {"do": "back"},
        {"do": "forward"},
        {"do": "quieter", "level": "80"},
        {"do": "silence"},
    ):
        assert head.press("/dieu-khien", **wish).status_code == 303, wish
    seek = head.press("/dieu-khien", do="seek", minute="0", second="1")
    assert seek.status_code in {303, 409}


def test_what_may_not_be_shown_is_refused_in_vietnamese(head: Phone) -> None:
    refused = head.press("/dieu-khien/chieu", "/dieu-khien", film="rieng.mp4")
    assert refused.status_code == 403
    alert = refused.text[refused.text.index('role="alert"') :][:600]
    assert "không" in alert or "chưa" in alert
    assert head.press("/dieu-khien/chieu", "/dieu-khien", film="gone.mp4").status_code == 404
    assert head.press("/dieu-khien/chieu", "/dieu-khien", playlist="gone").status_code == 404


def test_a_text_is_heard_first_then_sent_and_taken_back(head: Phone) -> None:
    page = head.press("/loa/go-chu", do="hear", text="Mời bà con 19h30 đến họp.")
    assert "mười chín giờ ba mươi" in page.text
    recording = page.text.split("/loa/ban-ghi/")[1].split('"')[0]
    part = head.get(f"/loa/ban-ghi/{recording}", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, b"RIFF")
    sent = head.press("/loa/go-chu", do="send", text="Mời bà con 19h30 đến họp.", **WISH | {"at": ""})
    assert sent.headers["Location"] == "/loa?xong=gui"


def test_a_recording_is_converted_and_sent(head: Phone) -> None:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes([0, 0x30, 0, 0xD0]) * 4000)  # a high tone: silence would be refused
    answer = head.press("/loa/ghi-am", sound=(io.BytesIO(sound.getvalue()), "tin.wav"))
    assert answer.status_code == 303, answer.text
    place = answer.headers["Location"]
    assert head.get(place).status_code == 200
    assert head.press(place, do="send", **WISH).headers["Location"] == "/loa?xong=gui"
    refused = head.press("/loa/ghi-am", sound=(io.BytesIO(b"MZ" + bytes(5000)), "tin.exe"))
    assert refused.status_code == 415
    assert 'role="alert"' in refused.text


def test_an_emergency_needs_the_second_post(house: RemoteHouse, head: Phone, technician: Phone) -> None:
    wish = WISH | {"priority": "3", "headline": "Lũ về"}
    assert (
        head.press("/loa/go-chu", do="send", text="Lũ về, lên chỗ cao.", **wish).headers["Location"] == "/loa?xong=xin"
    )
    page = head.get("/loa").text
    assert "Chính bác đã xin phát" in page
    waits = technician.get("/loa").text.split('id="confirm"')[1]
    key = waits.split('name="key" value="')[1].split('"')[0]
    again = head.press("/loa", do="confirm", key=key)
    assert again.status_code in {403, 409}
    assert technician.press("/loa", do="confirm", key=key).headers["Location"] == "/loa?xong=confirm"
    until(lambda: "khẩn cấp" in house.phone().get("/ti-vi").text or house.forget() or False, 20, "the emergency")
    head.press("/dieu-khien", "/dieu-khien/tat", do="silence")
    other = house.phone(Role.DIGITAL_TEAM)
    refused = other.press("/loa/go-chu", do="send", text="Alo", **WISH)
    assert refused.status_code == 403
    assert 'role="alert"' in refused.text


def test_the_schedule_is_checked_and_kept(house: RemoteHouse, head: Phone) -> None:
    page = "/quan-tri/lich-chieu"

    def add(**fields: str) -> tuple[int, str]:
        mark = head.get(page).text.split('name="mark" value="')[1].split('"')[0]
        answer = head.press(page, do="add", mark=mark, **fields)
        return answer.status_code, answer.text

    assert add(kind="playlist", name="Tối", **{"film:trau.mp4": "1"})[0] == 303
    assert add(kind="weekly", days="tuesday", at="19:30", until="20:00", playlist="Tối")[0] == 303
    status, text = add(kind="weekly", days="tuesday", at="19:40", until="20:00", playlist="Tối")
    assert status == 400
    assert 'role="alert"' in text
    shown = head.get(page).text
    assert "Thứ Ba" in shown
    assert "19 giờ 30" in shown
    assert "Tối" in house.phone().get("/ti-vi").text or house.forget() is None
    file = Path(house.config.paths.state / "schedule.toml")
    assert file.read_text("utf-8").count("[[weekly]]") == 1


def test_the_status_page_tells_of_the_player(house: RemoteHouse) -> None:
    assert "Đã nối ti vi." in house.phone().get("/trang-thai").text
