"""The easel: the engine asks and never waits; a child draws, and may fail, hang or be cut short."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from threading import Event

import pytest

from hub.system import atomic_write
from player.pictures.easel import Easel
from player.pictures.orders import KINDS, decode, encode
from player.pictures.views import (
    AnnouncementView,
    Coming,
    CornerView,
    HandoutView,
    IdleView,
    QuestionView,
    Signs,
    Tone,
    View,
)

SIGNS = Signs("Nhà văn hóa bản Trại Mới", "Xã Đồng Tiến", "http://thuvien.lan", "WIFI:T:nopass;S:a;;", "a")
at = datetime.fromisoformat
STAND_IN = """
import json, os, sys, time
order = json.load(sys.stdin)
words = order["view"].get("headline", "") or order["view"].get("question", "")
os.write(1, b"") if words != "hangs" else time.sleep(600)
if words == "fails":
    sys.exit("no ink")
if words == "lies":
    os.write(1, b"1\\nGIF89a"); sys.exit(0)
pages = 3 if order["kind"] == "announcement" else 1
os.write(1, b"%d\\n\\x89PNG\\r\\n\\x1a\\n" % pages + json.dumps(order).encode())
"""
"""Draws nothing, but keeps to the rules: one order in, pages and a PNG's first bytes out."""

Make = Callable[..., Easel]


class Bell:
    """Rings whenever a picture is ready."""

    def __init__(self) -> None:
        self._event = Event()

    def __call__(self) -> None:
        self._event.set()

    def wait(self) -> None:
        assert self._event.wait(20)
        self._event.clear()


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def easel(tmp_path: Path, bell: Bell) -> Iterator[Make]:
    opened: list[Easel] = []

    def make(command: list[str] | None = None, patience_s: float = 20.0) -> Easel:
        command = command or [sys.executable, "-c", STAND_IN]
        made = Easel(command, tmp_path / "pictures", SIGNS, atomic_write, bell, patience_s)
        made.start()
        opened.append(made)
        return made

    yield make
    for made in opened:
        made.close()


@pytest.mark.parametrize(
    "view",
    [
        IdleView(at("2026-11-25T18:40"), Coming(at("2026-11-25T19:30"), "Chăn nuôi")),
        IdleView(at("2026-11-25T18:40+07:00")),
        IdleView(None),
        AnnouncementView("Lũ", "Chạy đi.", Tone.EMERGENCY, True, "km", 3),
        QuestionView("Đất dốc?", "Vải", 2, 3),
        HandoutView("Lịch", "/q/K7M2QXA", "Vải"),
        CornerView("/phim/vai/"),
    ],
)
def test_an_order_arrives_as_it_was_sent(view: View) -> None:
    assert decode(encode(view, SIGNS)) == (view, SIGNS)


def test_what_is_no_order_is_refused() -> None:
    for data in (b"", b"[]", b'{"kind": "film", "view": {}, "signs": {"house": "", "place": ""}}'):
        with pytest.raises((ValueError, KeyError, TypeError)):
            decode(data)
    assert set(KINDS) == {IdleView, AnnouncementView, QuestionView, HandoutView, CornerView}


def test_a_picture_is_asked_for_until_it_is_there(easel: Make, bell: Bell) -> None:
    wall = easel()
    view = QuestionView("Đất dốc?")
    assert wall.question(view) is None
    bell.wait()
    path = wall.question(view)
    assert path is not None
    assert b"\\u0110\\u1ea5t" in path.read_bytes()
    assert wall.question(view) == path


def test_the_last_minute_stays_until_the_next_is_drawn(easel: Make, bell: Bell) -> None:
    wall = easel()
    assert wall.idle(IdleView(at("2026-11-25T18:40:03"))) is None
    bell.wait()
    first = wall.idle(IdleView(at("2026-11-25T18:40:59")))
    assert first is not None  # seconds do not count
    assert wall.idle(IdleView(at("2026-11-25T18:41:00"))) == first
    bell.wait()
    second = wall.idle(IdleView(at("2026-11-25T18:41:00")))
    assert second not in {None, first}
    assert first.exists()


def test_another_question_is_not_answered_with_the_last_one(easel: Make, bell: Bell) -> None:
    wall = easel()
    wall.question(QuestionView("Một?"))
    bell.wait()
    assert wall.question(QuestionView("Hai?")) is None
    assert wall.announcement(AnnouncementView("Hai?")) is None


def test_pages_come_round(easel: Make, bell: Bell) -> None:
    wall = easel()
    pages = []
    for page in range(3):
        wall.announcement(AnnouncementView("Lũ", page=page))
        bell.wait()
        pages.append(wall.announcement(AnnouncementView("Lũ", page=page)))
    assert len(set(pages)) == 3
    assert wall.announcement(AnnouncementView("Lũ", page=5)) == pages[2]
    assert wall.announcement(AnnouncementView("Lũ", page=3)) == pages[2]  # until the first is there again
    bell.wait()
    assert wall.announcement(AnnouncementView("Lũ", page=3)) == pages[0]


@pytest.mark.parametrize("words", ["fails", "lies"])
def test_what_cannot_be_drawn_is_none_and_a_line_in_the_log(
    easel: Make, bell: Bell, caplog: pytest.LogCaptureFixture, words: str
) -> None:
    wall = easel()
    view = AnnouncementView(words)
    with caplog.at_level(logging.WARNING):
        assert wall.announcement(view) is None
        bell.wait()
    assert wall.announcement(view) is None
    assert "cannot be drawn" in caplog.text
    wall.question(QuestionView("Một?"))  # the next is drawn all the same
    bell.wait()
    assert wall.question(QuestionView("Một?")) is not None
    assert wall.announcement(view) is None


def test_a_child_that_hangs_is_ended(easel: Make, bell: Bell, caplog: pytest.LogCaptureFixture) -> None:
    wall = easel(patience_s=0.3)
    wall.announcement(AnnouncementView("hangs"))
    bell.wait()
    assert wall.announcement(AnnouncementView("hangs")) is None
    assert "longer than 0.3 s" in caplog.text


def test_a_program_that_is_not_there_is_a_line_in_the_log(
    easel: Make, bell: Bell, caplog: pytest.LogCaptureFixture
) -> None:
    wall = easel(["/nowhere/painter"])
    assert wall.idle(IdleView(None)) is None
    bell.wait()
    assert "No such file" in caplog.text


def test_it_closes_while_a_child_hangs(easel: Make, tmp_path: Path) -> None:
    mark = tmp_path / "started"
    wall = easel([sys.executable, "-c", f"open({str(mark)!r}, 'w').close()\nimport time; time.sleep(600)"])
    wall.idle(IdleView(None))
    end = time.monotonic() + 20
    while not mark.exists() and time.monotonic() < end:
        time.sleep(0.01)
    wall.close()
    assert wall.idle(IdleView(None)) is None


def test_a_warning_is_drawn_before_everything_else(easel: Make, bell: Bell, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    waits = f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.01)\n"
    wall = easel([sys.executable, "-c", waits + STAND_IN])
    wall.idle(IdleView(None))
    wall.question(QuestionView("Một?"))
    wall.announcement(AnnouncementView("Lũ"))
    gate.touch()
    while len(drawn := sorted((tmp_path / "pictures").glob("*.png"), key=lambda file: file.stat().st_mtime_ns)) < 3:
        bell.wait()
    kinds = [path.name.partition("-")[0] for path in drawn]
    assert kinds.index("announcement") < kinds.index("question")


def test_a_warning_does_not_wait_for_the_idle_screen(
    easel: Make, bell: Bell, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mark = tmp_path / "started"
    slow = f"import os, sys, time\nfirst = not os.path.exists({str(mark)!r})\nopen({str(mark)!r}, 'w').close()\n"
    wall = easel([sys.executable, "-c", slow + "time.sleep(600 if first else 0)\n" + STAND_IN])
    wall.idle(IdleView(None))
    end = time.monotonic() + 20
    while not mark.exists() and time.monotonic() < end:
        time.sleep(0.01)
    wall.announcement(AnnouncementView("Lũ"))
    bell.wait()
    assert wall.announcement(AnnouncementView("Lũ")) is not None
    while wall.idle(IdleView(None)) is None:
        bell.wait()  # the idle screen is drawn after it
    assert caplog.text == ""


def test_no_code_is_asked_for_that_leads_nowhere(tmp_path: Path, bell: Bell) -> None:
    wall = Easel(["/nowhere"], tmp_path, Signs("Nhà văn hóa", "Xã"), atomic_write, bell)
    assert wall.corner("/phim/vai/") is None
    assert wall._wanted == {}
    wall.close()


def test_files_do_not_pile_up(easel: Make, bell: Bell, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "idle-old.png").touch()
    wall = easel()
    for number in range(9):
        wall.question(QuestionView(f"{number}?"))
        bell.wait()
    assert len(list(folder.iterdir())) == 6
    last = wall.question(QuestionView("8?"))
    assert last is not None
    assert last.exists()


def test_the_real_child_draws_and_dies_with_its_parent(easel: Make, bell: Bell) -> None:
    wall = easel([sys.executable, "-m", "hub.painter", str(os.getpid())])
    view = IdleView(at("2026-11-25T18:40"), Coming(at("2026-11-25T19:30"), "Chăn nuôi"))
    wall.idle(view)
    bell.wait()
    path = wall.idle(view)
    assert path is not None
    assert path.read_bytes()[16:24] == bytes.fromhex("0000078000000438")  # 1920 × 1080
