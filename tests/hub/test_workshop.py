"""The player in the administration: the picture of the television, the films put aside, the log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from remote_house import Phone, RemoteHouse

from hub.roles import Role

PAGE = "/quan-tri/ti-vi"
JPEG = b"\xff\xd8\xff\xe0" + bytes(100_000)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteHouse]:
    with RemoteHouse(tmp_path_factory.mktemp("house")).open() as house:
        yield house


@pytest.fixture
def house(opened: RemoteHouse) -> RemoteHouse:
    opened.player.reset()
    return opened


@pytest.fixture
def technician(house: RemoteHouse) -> Phone:
    return house.phone(Role.TECHNICIAN)


def test_the_administration_shows_the_television_to_the_technician_alone(house: RemoteHouse, technician: Phone) -> None:
    house.player.status["quarantined"] = 2
    page = technician.get("/quan-tri").text
    assert '<img src="/quan-tri/ti-vi/hinh"' in page
    assert "2 phim bị để riêng" in page
    for role in (Role.VILLAGE_HEAD, Role.CONTENT_EDITOR, Role.DIGITAL_TEAM):
        other = house.phone(role)
        assert "ti-vi/hinh" not in other.get("/quan-tri").text
        assert 'href="/dieu-khien"' in other.get("/quan-tri").text
        assert other.get(PAGE).status_code == 403
        assert other.get(f"{PAGE}/hinh").status_code == 403
    assert 'href="/quan-tri/lich-chieu"' in house.phone(Role.VILLAGE_HEAD).get("/quan-tri").text
    assert 'href="/quan-tri/lich-chieu"' not in house.phone(Role.DIGITAL_TEAM).get("/quan-tri").text


def test_the_picture_is_handed_on(house: RemoteHouse, technician: Phone) -> None:
    assert technician.get(f"{PAGE}/hinh").status_code == 404
    house.player.picture = JPEG
    answer = technician.get(f"{PAGE}/hinh")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/jpeg", JPEG)
    assert answer.headers["Cache-Control"] == "no-store"
    again = technician.get(f"{PAGE}/hinh", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_film_gets_another_try(house: RemoteHouse, technician: Phone) -> None:
    reason = {"msgid": "It does not answer.", "problem": "It does not answer."}
    house.player.quarantine = [{"film": "hong & hu.mp4", "reason": reason, "failures": 2, "since": "2026-11-25T08:00"}]
    page = technician.get(PAGE).text
    assert "hong &amp; hu.mp4" in page
    assert "Chưa trả lời." in page
    assert technician.press(PAGE, film="hong & hu.mp4").headers["Location"] == f"{PAGE}?xong=1"
    assert house.player.asked == [("/quarantine/forgive", {"film": "hong & hu.mp4"})]
    assert "hong" not in technician.get(f"{PAGE}?xong=1").text


def test_the_log_is_told_in_words(house: RemoteHouse, technician: Phone) -> None:
    house.player.log = [
        {"number": 1, "item": "trau.mp4", "source": "schedule", "author": "", "started": "2026-11-24T12:30:00+00:00",
         "result": "whole", "share": 1.0},
        {"number": 2, "item": "Lũ về", "source": "text", "author": "village-head", "approver": "technician",
         "ground": "two posts", "priority": 3, "started": "2026-11-24T20:00", "result": "stopped", "share": 0.41},
        {"number": 4, "item": "Lũ về", "source": "text", "author": "village-head", "approver": "technician",
         "ground": "withdrawn: digital-team", "started": "2026-11-24T20:00", "result": "stopped", "share": 0.0},
        {"number": 5, "item": "Bão", "source": "cap", "author": "tinh-bac-ninh", "ground": "signed warning",
         "started": "2026-11-24T20:00", "result": "whole", "share": 1.0},
        {"number": 3, "item": "x", "source": "new", "started": None, "result": "odd", "share": None},
    ]  # fmt: skip
    house.player.log += [{"item": "rung.mp4", "source": "remote", "started": "2026-11-24T20:00", "result": "cut"}]
    house.player.playing("rung.mp4")
    page = technician.get(PAGE).text
    assert "đang phát" in page
    assert "Thứ Ba 24/11, 19 giờ 30" in page
    assert "hết cả bài" in page
    assert "gõ chữ: Trưởng bản, Kỹ thuật viên (hai người cùng duyệt)" in page
    assert "Kỹ thuật viên (Tổ công nghệ số cộng đồng cho im)" in page
    assert "tinh-bac-ninh (cảnh báo có chữ ký)" in page
    assert "41 %" in page


def test_without_the_player_the_pages_stay_kind(tmp_path: Path) -> None:
    house = RemoteHouse(tmp_path)
    technician = house.phone(Role.TECHNICIAN)
    page = technician.get("/quan-tri")
    assert page.status_code == 200
    assert "Ti vi đang nghỉ" in page.text
    assert technician.get(PAGE).status_code == 503
    assert technician.get(f"{PAGE}/hinh").status_code == 503
    house.accounts.release()
