"""What the status page says of each part of the hub, and of the search: what readers will find now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from hub import i18n, status
from hub.errors import SocketError
from library.errors import ShelfUnavailableError
from library.search.indexing import Filling
from library.search.searching import Progress


@pytest.fixture
def app() -> Flask:
    made = Flask("village")
    i18n.init_app(made)
    return made


@pytest.fixture
def vietnamese(app: Flask) -> Iterator[None]:
    with app.test_request_context("/"):
        yield


@pytest.mark.parametrize(
    ("answer", "in_vietnamese", "in_english"),
    [
        ({"ready": 1, "played": 0}, "Đang đọc được 1 cuốn sách.", "1 book can be read."),
        (
            {"ready": 1202, "played": 2},
            "Đang đọc được 1.200 cuốn sách. 2 phim, âm thanh phát được.",
            "1,200 books can be read. 2 films and sounds can be played.",
        ),
        ({"ready": 3, "played": 1}, "Đang đọc được 2 cuốn sách. 1 phim, âm thanh phát được.", "1 film or sound can"),
    ],
)
def test_the_shelf_tells_books_from_films(
    app: Flask, tmp_path: Path, answer: dict[str, Any], in_vietnamese: str, in_english: str
) -> None:
    for language, said in (("vi", in_vietnamese), ("en", in_english)):
        with app.test_request_context(), force_locale(language):
            report = status.look({"shelf": tmp_path}, tmp_path, lambda *_: (200, answer), lambda: Progress(0, 0))
            assert said in report.services[1][2]


def search_line(progress: Callable[[], Progress], filling: str | None) -> tuple[bool, str]:
    def ask(_socket: Path, _target: str) -> tuple[int, dict[str, Any]]:
        if filling is None:
            raise SocketError("nobody listens", "")
        return 200, {"ready": 3, "filling": filling} if filling else {"ready": 3}

    name, is_well, said = status.look({"shelf": Path("shelf.sock")}, Path("/"), ask, progress).services[-1]
    assert name == "Tìm kiếm"
    return is_well, said


@pytest.mark.usefixtures("vietnamese")
@pytest.mark.parametrize("filling", [*Filling, "", None])
def test_when_everything_is_found_it_is_ready_whoever_else_rests(filling: str | None) -> None:
    assert search_line(lambda: Progress(50, 50), filling) == (True, "Sẵn sàng.")
    assert search_line(lambda: Progress(0, 0), filling) == (True, "Sẵn sàng.")


@pytest.mark.usefixtures("vietnamese")
@pytest.mark.parametrize(
    ("filling", "is_well", "more"),
    [
        (Filling.UNDER_WAY, True, ""),
        (Filling.SETTLED, True, ""),  # the list is a moment newer
        (Filling.FAILED, False, "tự làm lại"),
        ("", False, "đang chờ"),
        (None, False, "đang chờ"),
    ],
)
def test_until_then_it_says_how_far_it_is(filling: str | None, is_well: bool, more: str) -> None:
    found_well, said = search_line(lambda: Progress(12, 1250), filling)
    assert found_well is is_well
    assert "12 trên 1.250 cuốn" in said
    assert more in said


@pytest.mark.usefixtures("vietnamese")
def test_a_shelf_that_cannot_be_read_is_said() -> None:
    def fail() -> Progress:
        raise ShelfUnavailableError("no list", "")

    assert search_line(fail, Filling.UNDER_WAY) == (False, "Tủ sách chưa sẵn sàng.")


@pytest.mark.parametrize(
    ("more", "said", "not_said"),
    [
        ({"screen": "none", "clock_trusted": True}, ["Chưa nối ti vi."], ["Sắp chiếu", "phim bị để riêng"]),
        ({"screen": "hidden"}, ["Đã nối ti vi.", "chưa chắc mấy giờ"], ["Chưa nối"]),
        (
            {"screen": "window", "state": "paused", "title": "Nuôi trâu", "clock_trusted": True},
            ["Ti vi đang chiếu: Nuôi trâu."],
            ["chưa chắc"],
        ),
        (
            {"screen": "window", "next": {"starts": "2099-12-01T19:30", "plays": "Chăn nuôi"}, "quarantined": 2},
            ["Sắp chiếu: Thứ Ba 1/12, 19 giờ 30, Chăn nuôi.", "2 phim bị để riêng"],
            [],
        ),
        (
            {"screen": "window", "problem": {"problem": "x", "msgid": "It does not answer.", "arguments": {}}},
            ["Chưa trả lời."],
            [],
        ),
    ],
)
def test_the_player_is_told_truthfully(
    app: Flask, tmp_path: Path, more: dict[str, Any], said: list[str], not_said: list[str]
) -> None:
    with app.test_request_context("/"):
        report = status.look({"player": tmp_path}, tmp_path, lambda *_: (200, more), lambda: Progress(0, 0))
    sentence = report.services[1][2]
    assert [words for words in said if words not in sentence] == []
    assert [words for words in not_said if words in sentence] == []
