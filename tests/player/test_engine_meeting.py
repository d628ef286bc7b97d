"""Meeting mode: films wait at their questions, numbers are kept, hand-outs are shown; and what else is seen."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from stage import Stage, described

from player.engine.commands import Count, Hold, Play, PlayList, Seek, Stop, TogglePause
from player.engine.counts import Counted, CountError, CountFileError, Counts
from player.engine.status import State
from player.films import Film
from player.pictures.views import HandoutView, IdleView, QuestionView
from player.testing import EVENING

QUESTIONS = """
[[pause]]
at = "00:10"
question = "Nhà ai nuôi gà?"
[[pause]]
at = "00:30"
question = "Chuồng làm thế nào?"
[[handout]]
title = "Lịch tiêm phòng"
code = "K7M-2QXA"
[[handout]]
book = "tu-sach"
page = "pages/ga mái.html"
"""


def page_of(film: Film) -> str:
    return f"/phim/{film.name}/"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    plan = {
        "playlist": [{"name": "Hội", "films": ["ga.mp4", "b.mp4"]}],
        "weekly": [{"days": ["wednesday"], "at": "19:01", "playlist": "Hội"}],
    }
    stage = Stage(tmp_path, schedule=plan, page_of=page_of)
    text = described("Nuôi gà", name="ga")
    stage.film("ga.mp4", text + QUESTIONS)
    stage.film("b.mp4")
    return stage


def test_a_film_waits_at_its_questions(stage: Stage) -> None:
    stage.obey(Play("ga.mp4"))
    stage.wait(10.5)
    assert (stage.state, stage.screen.held) == (State.PAUSED, True)
    assert stage.status.pause_point is not None
    assert (stage.status.pause_point.number, stage.status.pause_point.question) == (1, "Nhà ai nuôi gà?")
    assert stage.pictures.views["question"] == QuestionView("Nhà ai nuôi gà?", "Nuôi gà", 1, 2)
    assert stage.screen.pictures["cover"] is not None
    stage.obey(Count(30, 12), Count(30))
    stage.wait(600, step_s=1)
    stage.obey(TogglePause())
    stage.wait(1)
    assert (stage.state, stage.status.pause_point, stage.screen.pictures["cover"]) == (State.PLAYING, None, None)
    stage.wait(25)
    assert stage.status.pause_point is not None
    assert stage.status.pause_point.number == 2
    stage.obey(Hold(held=False))
    stage.wait(40)
    assert stage.state is State.IDLE
    stage.obey(Count(28, 0))
    counts = stage.house.counts.newest()
    assert [(one.film, one.question, one.people, one.hands) for one in counts] == [
        ("ga.mp4", None, 28, 0),
        ("ga.mp4", 1, 30, None),
        ("ga.mp4", 1, 30, 12),
    ]
    assert counts[0].clock_trusted


def test_going_to_another_moment_passes_questions_over_or_asks_them_again(stage: Stage) -> None:
    stage.obey(Play("ga.mp4"))
    stage.wait(1)
    stage.obey(Seek(29_000))
    stage.wait(2)
    assert stage.status.pause_point is not None
    assert stage.status.pause_point.number == 2
    stage.obey(Seek(9_000))
    stage.wait(0.5)
    assert stage.state is State.PLAYING
    stage.wait(1)
    assert stage.status.pause_point is not None
    assert stage.status.pause_point.number == 1


def test_an_announcement_over_a_question(stage: Stage) -> None:
    stage.obey(Play("ga.mp4"))
    stage.wait(10.5)
    stage.say("tin", headline="Họp thôn")
    stage.wait(1)
    assert "announcement" in str(stage.screen.pictures["cover"])
    stage.wait(5)
    assert "question" in str(stage.screen.pictures["cover"])
    assert stage.screen.held


def test_a_planned_film_waits_for_nobody(stage: Stage) -> None:
    stage.wait(61)
    assert (stage.status.film, stage.status.playlist and stage.status.playlist.name) == ("ga.mp4", "Hội")
    stage.wait(45)
    assert stage.state is State.PLAYING


def test_hand_outs_are_shown_for_some_minutes_or_until_the_next(stage: Stage) -> None:
    stage.obey(Play("ga.mp4"), Seek(50_000))
    stage.wait(1)
    assert [one.code for one in stage.status.handouts] == ["K7M-2QXA", ""]
    stage.wait(12)
    assert stage.pictures.views["handout"] == HandoutView("Lịch tiêm phòng", "/q/K7M-2QXA", "Nuôi gà")
    assert "handout" in str(stage.screen.pictures["backdrop"])
    stage.wait(20)
    assert stage.pictures.views["handout"].address == "/doc/tu-sach/pages/ga%20m%C3%A1i.html"
    assert len(stage.status.handouts) == 2
    stage.house.key_of = lambda book: f"key-of-{book}"
    stage.wait(1)
    assert stage.pictures.views["handout"].address == "/doc/key-of-tu-sach/pages/ga%20m%C3%A1i.html"
    stage.wait(300, step_s=1)
    assert "idle" in str(stage.screen.pictures["backdrop"])
    assert stage.status.handouts == ()


def test_hand_outs_of_a_film_that_was_stopped_are_not_shown(stage: Stage) -> None:
    stage.obey(Play("ga.mp4"))
    stage.wait(2)
    stage.obey(Stop())
    stage.wait(1)
    assert "idle" in str(stage.screen.pictures["backdrop"])


def test_a_list_goes_on_at_once(stage: Stage) -> None:
    stage.obey(PlayList("Hội"), Seek(50_000))
    stage.wait(12)
    assert stage.status.film == "b.mp4"
    assert "handout" not in stage.pictures.views


def test_the_code_in_the_corner_belongs_to_the_film(stage: Stage) -> None:
    stage.obey(Play("ga.mp4"))
    stage.wait(1)
    assert stage.pictures.views["corner"] == "/phim/ga/"
    assert stage.screen.pictures["corner"] is not None
    stage.obey(Play("b.mp4"))
    assert "corner" not in stage.screen.pictures


@pytest.mark.parametrize("trusted", [True, False])
def test_the_idle_screen(tmp_path: Path, trusted: bool) -> None:
    plan = {
        "playlist": [{"name": "Hội", "films": ["b.mp4"]}],
        "weekly": [{"days": ["friday"], "at": "19:30", "playlist": "Hội"}],
    }
    stage = Stage(tmp_path, schedule=plan, trusted=trusted)
    stage.wait(70)
    view = stage.pictures.views["idle"]
    assert isinstance(view, IdleView)
    if trusted:
        assert view.now == EVENING.replace(tzinfo=None, minute=1)
        assert view.coming is not None
        assert view.coming.plays == "Hội"
    else:
        assert view == IdleView(None, None)


def test_without_a_film_nothing_is_counted(stage: Stage) -> None:
    stage.obey(Count(3))
    assert stage.house.counts.newest() == []


def test_people_are_counted_when_they_have_talked(tmp_path: Path) -> None:
    """The head ends the film, the hall talks for an hour, then hands go up; next morning nothing belongs to it."""
    stage = Stage(tmp_path)
    stage.film("ga.mp4", described("Nuôi gà", name="ga") + QUESTIONS)
    stage.obey(Play("ga.mp4"))
    stage.wait(3)
    stage.obey(Stop())
    stage.wait(3600, step_s=60)
    stage.obey(Count(40, 31))
    stage.wait(3 * 3600, step_s=600)
    stage.obey(Count(1))
    (counted,) = stage.house.counts.newest()
    assert (counted.film, counted.question, counted.people, counted.hands) == ("ga.mp4", None, 40, 31)


@pytest.mark.parametrize(("people", "hands"), [(-1, None), (5001, None), (3, 4), (3, -1), (1 << 70, None)])
def test_numbers_that_cannot_be_are_refused(stage: Stage, people: int, hands: int | None) -> None:
    stage.obey(Play("ga.mp4"), Count(people, hands))
    assert stage.status.problem is not None
    assert isinstance(stage.status.problem, CountError)
    assert stage.house.counts.newest() == []


def test_counts_are_never_changed_and_hold_nobodys_name(tmp_path: Path) -> None:
    path = tmp_path / "counts.sqlite"
    counts = Counts(path)
    assert counts.newest() == []
    counts.add(Counted(EVENING, False, "ga.mp4", 1, 20, 3))
    with sqlite3.connect(path) as database:
        with pytest.raises(sqlite3.IntegrityError, match="only added"):
            database.execute("update counts set people = 3")
        columns = [row[1] for row in database.execute("pragma table_info(counts)")]
    database.close()
    assert columns == ["number", "at", "clock_trusted", "film", "question", "people", "hands"]
    path.write_bytes(b"no database at all, but long enough to look like one" * 100)
    with pytest.raises(CountFileError):
        counts.add(Counted(EVENING, False, "ga.mp4", 1, 20, 3))
    with pytest.raises(CountFileError):
        counts.newest()
