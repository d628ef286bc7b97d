"""The loudspeaker's pages: recording, typing, the microphone, the second person, and what is refused."""

from __future__ import annotations

import io
import re
import tracemalloc
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from remote_house import ORIGIN, Phone, RemoteHouse

from hub.remote.wishes import WrongWishError, read_wish
from hub.roles import Role

SOUND = b"RIFF" + bytes(4000)
WISH = {"priority": "1", "scope": "village", "headline": "Tiêm phòng gà", "level": "80", "times": "", "at": ""}
SAID: dict[str, Any] = {
    "priority": 1, "scope": "village", "headline": "Tiêm phòng gà", "level": 80, "times": None, "at": None,
    "author": "village-head",
}  # fmt: skip


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteHouse]:
    with RemoteHouse(tmp_path_factory.mktemp("house")).open() as house:
        yield house


@pytest.fixture
def house(opened: RemoteHouse) -> RemoteHouse:
    opened.player.reset()
    return opened


@pytest.fixture
def head(house: RemoteHouse) -> Phone:
    return house.phone(Role.VILLAGE_HEAD)


def upload(phone: Phone, data: bytes, name: str = "tin.wav") -> Any:
    return phone.press("/loa/ghi-am", sound=(io.BytesIO(data), name))


@pytest.mark.parametrize("path", ["", "/ghi-am", "/go-chu", "/micro", "/nghe/r1", "/ban-ghi/r1"])
def test_villagers_are_led_to_log_in(house: RemoteHouse, path: str) -> None:
    answer = house.phone().get(f"/loa{path}")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/dang-nhap")


def test_a_recording_is_heard_before_it_is_sent(house: RemoteHouse, head: Phone) -> None:
    form = head.get("/loa/ghi-am").text
    recorder, chooser = re.findall(r"<input [^>]*type=\"file\"[^>]*>", form)
    assert 'accept="audio/*" capture=' in recorder
    assert 'accept="audio/*,' in chooser
    assert "capture" not in chooser
    sent = upload(head, SOUND)
    assert sent.status_code == 303
    assert sent.headers["Location"] == "/loa/nghe/r1"
    assert house.player.recordings == {"r1": SOUND}
    assert 'src="/loa/ban-ghi/r1"' in head.get("/loa/nghe/r1").text
    assert head.get("/loa/ban-ghi/r1").data == SOUND
    part = head.get("/loa/ban-ghi/r1", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data, part.headers["Content-Range"]) == (206, b"RIFF", "bytes 0-3/4004")
    assert head.get("/loa/ban-ghi/none").status_code == 404
    answer = head.press("/loa/nghe/r1", do="send", **WISH)
    assert answer.headers["Location"] == "/loa?xong=gui"
    assert house.player.asked == [("/announcements", {"recording": "r1", **SAID})]
    assert "Đã gửi" in head.get("/loa?xong=gui").text


def test_a_recording_can_be_thrown_away(house: RemoteHouse, head: Phone) -> None:
    upload(head, SOUND)
    assert head.press("/loa/nghe/r1", do="drop").headers["Location"] == "/loa"
    assert house.player.recordings == {}


@pytest.mark.parametrize(
    ("data", "name", "status", "said"),
    [
        (b"", "", 400, "Hãy ghi âm trước"),
        (b"MZ this is a program", "tin.exe", 415, "This is no sound."),
        (b"\0" * ((32 << 20) + 1), "dai.wav", 413, "32 MB"),
        (b"\0" * ((33 << 20) + 1), "dai.wav", 413, "32 MB"),
    ],
)
def test_what_is_no_recording_is_refused_kindly(
    house: RemoteHouse, head: Phone, data: bytes, name: str, status: int, said: str
) -> None:
    answer = upload(head, data, name)
    assert answer.status_code == status
    assert said in answer.text
    assert 'type="file"' in answer.text
    assert house.player.recordings == {}


def test_a_stranger_cannot_send_a_large_file(house: RemoteHouse) -> None:
    villager = house.phone()
    token = re.search(r'name="csrf_token" value="([^"]+)"', villager.get("/dang-nhap").text)
    assert token
    answer = villager.post("/loa/ghi-am", csrf_token=token[1], sound=(io.BytesIO(bytes(100_000)), "x.wav"))
    assert answer.status_code == 413
    assert house.player.recordings == {}


def test_a_large_recording_does_not_fill_the_memory(house: RemoteHouse, head: Phone, tmp_path: Path) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', head.get("/loa/ghi-am").text)
    assert token
    edge, size = "b0undary", 30 << 20
    before = (
        f'--{edge}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token[1]}\r\n--{edge}\r\n'
        'Content-Disposition: form-data; name="sound"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\nRIFF'
    ).encode()
    after = f"\r\n--{edge}--\r\n".encode()

    body = tmp_path / "body"
    with body.open("wb") as file:
        file.write(before)
        file.seek(size, io.SEEK_CUR)
        file.write(after)
    house.player.recordings_kept = False
    tracemalloc.start()
    with body.open("rb") as file:
        answer = head.client.post(
            "/loa/ghi-am", base_url=ORIGIN, input_stream=file, content_type=f"multipart/form-data; boundary={edge}",
            headers={"Origin": ORIGIN},
        )  # fmt: skip
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.status_code == 303
    assert house.player.received == size + 4
    assert peak < 12 << 20, "10 MB of them are what the stand-in's server takes to read the end of a request"


def test_a_text_is_heard_before_it_is_sent(house: RemoteHouse, head: Phone) -> None:
    page = head.press("/loa/go-chu", do="hear", text="Mời BÀ CON họp")
    assert page.status_code == 200
    assert "mời bà con họp (đọc lên)" in page.text
    assert 'src="/loa/ban-ghi/spoken"' in page.text
    answer = head.press("/loa/go-chu", do="send", text="Mời BÀ CON họp", recording="spoken", spoken="…", **WISH)
    assert answer.headers["Location"] == "/loa?xong=gui"
    assert house.player.asked[-1] == ("/announcements", {"text": "Mời BÀ CON họp", **SAID})


@pytest.mark.parametrize("text", ["", "   ", "a" * 3001])
def test_a_text_has_a_length(house: RemoteHouse, head: Phone, text: str) -> None:
    answer = head.press("/loa/go-chu", do="hear", text=text)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert house.player.asked == []


def test_the_microphone_opens_and_closes(house: RemoteHouse, head: Phone) -> None:
    assert head.press("/loa/micro", do="start", **WISH).headers["Location"].startswith("/loa/micro")
    assert house.player.asked == [("/announcements", {"microphone": True, **SAID})]
    house.player.speaking = {"key": "k1", "headline": "", "priority": 1, "source": "microphone"}
    page = head.get("/loa/micro").text
    assert "Thôi nói" in page
    head.press("/loa", "/loa/micro", do="withdraw", key="k1")
    assert house.player.asked[-1] == ("/announcements/k1/withdraw", {"author": "village-head"})


def test_an_emergency_takes_two(house: RemoteHouse, head: Phone) -> None:
    answer = head.press("/loa/go-chu", do="send", text="Lũ về", **WISH | {"priority": "3"})
    assert answer.headers["Location"] == "/loa?xong=xin"
    own = head.get("/loa?xong=xin").text
    assert "người thứ hai" in own
    assert 'value="confirm"' not in own
    key = house.player.to_confirm[0]["key"]
    second = house.phone(Role.CONTENT_EDITOR)
    assert 'value="confirm"' in second.get("/loa").text
    assert second.press("/loa", do="confirm", key=key).headers["Location"] == "/loa?xong=confirm"
    assert house.player.asked[-1] == (f"/announcements/{key}/confirm", {"author": "content-editor"})


def test_nobody_fills_in_a_form_in_vain(house: RemoteHouse, head: Phone) -> None:
    """The head says everything, those who are named warn only, others are told before they begin."""
    waiting = {"key": "k", "headline": "Lũ", "priority": 3, "author": "village-head"}
    house.player.to_confirm = [waiting]
    seen = {}
    for role in Role:
        phone = house.phone(role)
        form = phone.get("/loa/nghe/r1").text
        offered = re.findall(r'name="priority" value="(\d)"', form)
        page = phone.get("/loa").text
        seen[role] = (offered, 'href="/loa/ghi-am"' in page, 'value="confirm"' in page, "không được phát loa" in page)
    assert seen == {
        Role.VILLAGE_HEAD: (["1", "2", "3"], True, False, False),
        Role.TECHNICIAN: (["3"], True, True, False),
        Role.CONTENT_EDITOR: (["3"], True, True, False),
        Role.DIGITAL_TEAM: ([], False, False, True),
    }


def test_who_is_the_first_to_confirm_an_unsigned_warning_is_not_told_that_it_is_heard(
    house: RemoteHouse, head: Phone
) -> None:
    house.player.to_confirm = [{"key": "u-1", "headline": "Lũ quét", "priority": 3, "confirmations": 2}]
    assert head.press("/loa", do="confirm", key="u-1").headers["Location"] == "/loa?xong=xin"


def test_what_waits_can_be_taken_back(house: RemoteHouse, head: Phone) -> None:
    house.player.waiting = [{"key": "a/b c", "headline": "Họp thôn", "priority": 1, "author": "village-head"}]
    page = head.get("/loa").text
    assert "Họp thôn" in page
    assert head.press("/loa", do="withdraw", key="k7").status_code == 303
    assert house.player.asked[-1] == ("/announcements/k7/withdraw", {"author": "village-head"})


def test_a_house_without_a_microphone_offers_none(house: RemoteHouse, head: Phone) -> None:
    assert 'href="/loa/micro"' in head.get("/loa").text
    house.player.microphone = False
    assert 'href="/loa/micro"' not in head.get("/loa").text
    page = head.get("/loa/micro").text
    assert "chưa có micro" in page
    assert 'value="start"' not in page


def test_it_is_told_why_something_waits_and_how_long_it_may(house: RemoteHouse, head: Phone) -> None:
    why = {"problem": "These are quiet hours.", "msgid": "These are quiet hours.", "arguments": {}}
    house.player.waiting = [{"key": "k1", "headline": "Họp", "priority": 1, "reasons": [why], "left_s": None}]
    flood = {"headline": "Lũ", "text": "Nước lên nhanh.", "priority": 3, "reasons": [], "left_s": 601}
    house.player.to_confirm = [{"key": "k2", **flood}]
    page = head.get("/loa").text
    assert "Nước lên nhanh." in page
    assert "Đang giờ yên tĩnh." in page
    assert "còn 11 phút" in page


def test_all_clear(house: RemoteHouse, head: Phone) -> None:
    assert head.press("/loa", do="all-clear", text="Hết lũ rồi.").headers["Location"] == "/loa?xong=all-clear"
    assert house.player.asked == [("/all-clear", {"author": "village-head", "text": "Hết lũ rồi."})]
    house.player.all_clear = "needs confirmation"
    assert head.press("/loa", do="all-clear", text="Hết lũ rồi.").headers["Location"] == "/loa?xong=xin"
    assert head.press("/loa", do="all-clear", text=" ").status_code == 400
    assert head.press("/loa", do="sing").status_code == 400


def test_every_reason_of_a_refusal_is_told(house: RemoteHouse, head: Phone) -> None:
    house.player.refusal = (403, {"reasons": [{"msgid": "These are quiet hours."}, "The horn is for the head."]})
    upload(head, SOUND)
    answer = head.press("/loa/nghe/r1", do="send", **WISH)
    assert answer.status_code == 403
    assert "Đang giờ yên tĩnh." in answer.text
    assert "The horn is for the head." in answer.text
    assert "Tiêm phòng gà" in answer.text, "what was filled in stays"


def test_without_the_player_the_pages_stay_kind(tmp_path: Path) -> None:
    house = RemoteHouse(tmp_path)
    head = house.phone(Role.VILLAGE_HEAD)
    for path in ("/loa", "/loa/micro"):
        answer = head.get(path)
        assert answer.status_code == 503
        assert "Ti vi đang nghỉ" in answer.text
    assert upload(head, SOUND).status_code == 503
    assert head.press("/loa/go-chu", do="hear", text="Mời họp").status_code == 503
    assert head.get("/loa/ban-ghi/r1").status_code == 503
    house.accounts.release()


NOW = datetime(2026, 11, 25, 17, 0)  # noqa: DTZ001 - wall time of the house


@pytest.mark.parametrize(
    "change",
    [
        {"priority": "4"}, {"priority": ""}, {"scope": "commune"}, {"scope": ""}, {"level": "101"}, {"level": "-1"},
        {"level": "x"}, {"times": "6"}, {"times": "0"}, {"times": "٣"}, {"at": "tomorrow"}, {"at": "2026-11-25T16:00"},
        {"at": "2030-01-01T10:00"}, {"at": "2026-11-25T18:00+07:00"},
    ],
)  # fmt: skip
def test_a_wish_that_cannot_be(opened: RemoteHouse, change: dict[str, str]) -> None:
    with pytest.raises(WrongWishError):
        read_wish(WISH | change, NOW)


def test_a_wish_for_later() -> None:
    assert read_wish(WISH | {"at": "2026-11-25 18:30"}, NOW).at == "2026-11-25T18:30"
    assert read_wish(WISH | {"headline": "  x \n y " + "z" * 500}, NOW).headline.startswith("x y zzz")
