"""The timetable's pages: what is added and taken out, what is wrong with it, and who may."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from remote_house import Phone, RemoteHouse
from werkzeug.test import TestResponse

from hub.remote import plans
from hub.roles import Role

PAGE, TEXT = "/quan-tri/lich-chieu", "/quan-tri/lich-chieu/van-ban"
WEEKLY: dict[str, Any] = {
    "kind": "weekly", "days": ["tuesday", "monday"], "at": "19:30", "until": "20:30", "playlist": "Chăn nuôi",
    "broadcast": "", "grace": "10",
}  # fmt: skip
LIST = {"kind": "playlist", "name": "Chăn nuôi", "film:rung.mp4": "2", "film:trau.mp4": "1", "repeat": "all"}


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


def add(phone: Phone, fields: dict[str, Any]) -> TestResponse:
    found = re.search(r'name="mark" value="([0-9a-f]+)"', phone.get(PAGE).text)
    assert found
    return phone.press(PAGE, do="add", mark=found[1], **fields)


def written(house: RemoteHouse) -> dict[str, Any]:
    assert house.player.schedule
    return tomllib.loads(house.player.schedule.read_text("utf-8"))


def test_the_head_makes_a_list_and_plans_it(house: RemoteHouse, head: Phone) -> None:
    assert add(head, LIST).headers["Location"] == f"{PAGE}?xong=1"
    assert add(head, WEEKLY).status_code == 303
    assert add(head, {"kind": "quiet", "starts": "21:30", "ends": "5:00"}).status_code == 303
    dated = {"kind": "dated", "date": "2027-02-21", "at": "08:00", "until": "11:00", "playlist": "", "grace": ""}
    assert add(head, dated | {"broadcast": "http://xa.example/live.m3u8", "alone": "yes"}).status_code == 303
    assert written(house) == {
        "playlist": [{"name": "Chăn nuôi", "films": ["trau.mp4", "rung.mp4"], "repeat": "all"}],
        "weekly": [{"days": ["monday", "tuesday"], "at": "19:30", "until": "20:30", "playlist": "Chăn nuôi",
                    "grace_minutes": 10}],
        "dated": [{"date": "2027-02-21", "at": "08:00", "until": "11:00", "broadcast": "http://xa.example/live.m3u8",
                   "alone": True}],
        "quiet": [{"starts": "21:30", "ends": "05:00"}],
    }  # fmt: skip
    page = head.get(f"{PAGE}?xong=1").text
    assert "Thứ Hai, Thứ Ba, 19 giờ 30 – 20 giờ 30" in page
    assert "21 giờ 30 – 5 giờ 00" in page
    assert "Chủ Nhật, 21/2/2027" in page
    assert "Đài phát trực tiếp" in page


def test_something_is_taken_out(house: RemoteHouse, head: Phone) -> None:
    add(head, {"kind": "quiet", "starts": "21:30", "ends": "05:00"})
    mark = re.findall(r'name="mark" value="([0-9a-f]+)"', head.get(PAGE).text)[0]
    gone = {"do": "remove", "kind": "quiet", "place": "0"}
    assert head.press(PAGE, mark="0" * 16, **gone).status_code == 400
    assert head.press(PAGE, mark=mark, **gone | {"place": "1"}).status_code == 400
    assert head.press(PAGE, mark=mark, **gone | {"kind": "x"}).status_code == 400
    assert len(written(house)["quiet"]) == 1
    assert head.press(PAGE, mark=mark, **gone).status_code == 303
    assert written(house) == {}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (WEEKLY | {"days": []}, "Hãy chọn những thứ trong tuần."),
        (WEEKLY | {"at": "25:00"}, "Hãy ghi giờ"),
        (WEEKLY | {"at": ""}, "Hãy ghi giờ"),
        (WEEKLY | {"until": "nine"}, "Hãy ghi giờ"),
        (WEEKLY | {"playlist": ""}, "Hãy chọn một danh sách phát"),
        (WEEKLY | {"broadcast": "http://x.example"}, "Hãy chọn một danh sách phát"),
        (WEEKLY | {"grace": "many"}, "Hãy ghi số phút"),
        (LIST | {"name": " "}, "Hãy đặt tên"),
        ({"kind": "playlist", "name": "x"}, "Hãy đánh số"),
        (LIST | {"film:rung.mp4": "first"}, "Hãy ghi thứ tự"),
        ({"kind": "dated", "date": "", "at": "08:00", "playlist": "x"}, "Hãy chọn ngày."),
        ({"kind": "song"}, "Hãy bấm các nút"),
    ],
)
def test_what_is_missing_is_said(house: RemoteHouse, head: Phone, fields: dict[str, Any], said: str) -> None:
    answer = add(head, fields)
    assert answer.status_code == 400
    assert said in answer.text
    assert house.player.asked == []


def test_every_problem_of_the_checks_is_shown_and_nothing_is_lost(house: RemoteHouse, head: Phone) -> None:
    answer = add(head, WEEKLY | {"playlist": "", "broadcast": "ftp://x", "until": "19:00"})
    assert answer.status_code == 400
    alert = answer.text[answer.text.index('role="alert"') :]
    assert alert.count("<p>") >= 2
    assert 'value="ftp://x"' in answer.text
    assert "<details open" in answer.text or 'fold" open' in answer.text
    assert house.player.asked == []


def test_the_technician_writes_the_text(house: RemoteHouse, head: Phone) -> None:
    technician = house.phone(Role.TECHNICIAN)
    assert head.get(TEXT).status_code == 403
    text = '# of the technician\n[[quiet]]\nstarts = "22:00"\nends = "05:00"\n'
    assert technician.press(TEXT, text=text.replace("\n", "\r\n")).status_code == 303
    assert house.player.schedule
    assert house.player.schedule.read_text("utf-8") == text
    assert "of the technician" in technician.get(TEXT).text
    wrong = technician.press(TEXT, text='[[quiet]]\nstarts = "99"\n')
    assert wrong.status_code == 400
    assert "starts = &#34;99&#34;" in wrong.text, "what was typed is there to be mended"
    assert house.player.schedule.read_text("utf-8") == text


def test_a_broken_file_is_told_and_can_be_mended(house: RemoteHouse, head: Phone) -> None:
    assert house.player.schedule
    house.player.schedule.write_text("[[quiet]\nstarts = ", "utf-8")
    answer = head.get(PAGE)
    assert answer.status_code == 503
    assert 'role="alert"' in answer.text
    assert "[[quiet]" in house.phone(Role.TECHNICIAN).get(TEXT).text


@pytest.mark.parametrize("role", [Role.DIGITAL_TEAM, None])
def test_others_may_not(house: RemoteHouse, role: Role | None) -> None:
    answer = house.phone(role).get(PAGE)
    assert answer.status_code == (303 if role is None else 403)


def test_without_the_player_the_page_stays_kind(tmp_path: Path) -> None:
    house = RemoteHouse(tmp_path)
    head = house.phone(Role.VILLAGE_HEAD)
    answer = head.get(PAGE)
    assert answer.status_code == 503
    assert "Ti vi đang nghỉ" in answer.text
    assert add(head, {"kind": "quiet", "starts": "21:30", "ends": "05:00"}).status_code == 503
    house.accounts.release()


def test_texts_are_written_as_toml_reads_them() -> None:
    nasty = 'a"b\\c\n\t\x7fđ – 😀'
    tree = plans.tidy({"playlist": [{"name": nasty, "films": [nasty, "b"]}], "weekly": 7, "dated": ["x"], "more": 1})
    assert tomllib.loads(plans.text_of(tree)) == {"playlist": [{"name": nasty, "films": [nasty, "b"]}]}
