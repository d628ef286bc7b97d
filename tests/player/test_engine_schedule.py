"""The plan: what starts at its time, what goes on afterwards, quiet hours, power cuts, a schedule with mistakes."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from stage import Stage

from player.engine.commands import Hold, Play, PlayList, Seek, Stop, TogglePause
from player.engine.kept import WaitingFolder
from player.engine.status import State
from player.errors import PlayerError, Sentence
from player.schedule.config import ScheduleConfig
from player.testing import HOUSE_TIME, NEVER_ANSWERS, STREAM, Script

DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
ADDRESS = "http://xa.example/live.m3u8"
PLAN: dict[str, Any] = {
    "playlist": [
        {"name": "Chăn nuôi", "films": ["a.mp4", "b.mp4"], "repeat": "all"},
        {"name": "Ngắn", "films": ["a.mp4"]},
    ],
    "weekly": [
        {"days": DAYS, "at": "19:02", "until": "19:04", "playlist": "Chăn nuôi", "grace_minutes": 2},
        {"days": DAYS, "at": "19:10", "until": "19:12", "broadcast": ADDRESS, "grace_minutes": 2},
        {"days": DAYS, "at": "19:20", "until": "19:22", "playlist": "Ngắn", "then": "idle", "grace_minutes": 2},
    ],
    "quiet": [{"starts": "21:30", "ends": "05:00"}],
}


def staged(folder: Path, **more: Any) -> Stage:
    scripts = {"long.mp4": Script(length_ms=7_200_000), "live.m3u8": STREAM, **more.pop("scripts", {})}
    stage = Stage(folder, schedule=more.pop("schedule", PLAN), scripts=scripts, **more)
    stage.films("a.mp4", "b.mp4", "long.mp4")
    return stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return staged(tmp_path)


def at(hour: int, minute: int) -> datetime:
    return datetime(2026, 11, 25, hour, minute, tzinfo=HOUSE_TIME)


def test_a_list_starts_at_its_time_and_ends_at_its_end(stage: Stage) -> None:
    assert stage.status.following is not None
    assert (stage.status.following.starts, stage.status.following.plays) == (
        at(19, 2).replace(tzinfo=None),
        "Chăn nuôi",
    )
    stage.wait(121, step_s=1)
    assert (stage.status.film, stage.status.playlist and stage.status.playlist.name) == ("a.mp4", "Chăn nuôi")
    stage.wait(62, step_s=0.5)
    assert stage.status.film == "b.mp4"
    stage.wait(60, step_s=0.5)
    assert stage.state is State.IDLE
    assert stage.log.lines[0][0].planned == at(19, 2)
    assert stage.log.lines[0][0].source == "schedule"


def test_afterwards_what_was_on_goes_on_at_its_frame(stage: Stage) -> None:
    stage.obey(Play("long.mp4"), Seek(600_000))
    stage.wait(119)
    left_ms = stage.screen.position_ms
    stage.wait(130)
    assert stage.status.film == "long.mp4"
    assert left_ms <= stage.screen.history[-1].start_ms <= left_ms + 2500
    assert stage.log.results()[0] == ("long.mp4", "preempted")


def test_what_was_held_before_is_held_afterwards(stage: Stage) -> None:
    stage.obey(Play("long.mp4"))
    stage.wait(10)
    stage.obey(TogglePause())
    stage.wait(240, step_s=0.5)
    assert (stage.state, stage.status.film, stage.screen.held) == (State.PAUSED, "long.mp4", True)


@pytest.mark.parametrize("now", [at(19, 21)])
def test_then_idle(tmp_path: Path, now: datetime) -> None:
    stage = staged(tmp_path, now=at(19, 19))
    stage.obey(Play("long.mp4"))
    stage.wait(130, step_s=0.5)
    assert stage.status.film == ""
    assert stage.log.results() == [("long.mp4", "preempted"), ("a.mp4", "whole")]


def test_a_broadcast_and_back(tmp_path: Path) -> None:
    stage = staged(tmp_path, now=at(19, 9))
    stage.obey(Play("long.mp4"))
    stage.wait(70)
    assert (stage.status.kind, stage.panel.on) == ("stream", True)
    stage.wait(115)
    assert (stage.status.film, stage.state) == ("long.mp4", State.PLAYING)
    assert stage.log.results()[1] == (ADDRESS, "whole")


def test_without_a_link_what_was_on_goes_on(tmp_path: Path) -> None:
    stage = staged(tmp_path, now=at(19, 9), scripts={"live.m3u8": NEVER_ANSWERS})
    stage.obey(Play("long.mp4"))
    stage.wait(115, step_s=0.5)
    assert (stage.status.film, stage.state) == ("long.mp4", State.PLAYING)


def test_where_there_is_no_way_to_it_a_broadcast_is_not_waited_for(tmp_path: Path) -> None:
    stage = staged(tmp_path, now=at(19, 9), linked=lambda address: False)
    stage.obey(Play("long.mp4"))
    stage.wait(63)
    assert (stage.status.film, stage.state) == ("long.mp4", State.PLAYING)
    assert stage.log.results()[1] == (ADDRESS, "failed")
    assert "no way to the internet" in str(stage.status.problem)


def test_nothing_starts_on_a_clock_that_is_not_trusted(tmp_path: Path) -> None:
    stage = staged(tmp_path, trusted=False)
    stage.wait(180, step_s=1)
    assert stage.screen.history == []
    stage.clock.is_trusted = True
    stage.wait(2)
    assert stage.screen.history == [], "nobody knows what was played before"


def test_a_missed_one_plays_within_its_grace_and_is_logged_after_it(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    stage.wait(1)
    again = staged(tmp_path, now=at(19, 3))
    again.wait(1)
    assert again.status.film == "a.mp4"
    late = staged(tmp_path, now=at(19, 16))
    late.wait(1)
    assert ("http://xa.example/live.m3u8", "missed") in late.log.results()
    assert staged(tmp_path, now=at(19, 17)).log.results() == [], "it is told once"


def test_what_fired_does_not_fire_again_after_a_power_cut(tmp_path: Path) -> None:
    stage = staged(tmp_path, now=at(19, 1))
    stage.wait(65, step_s=0.5)
    assert stage.status.film == "a.mp4"
    stage.obey(Stop())
    again = staged(tmp_path, now=at(19, 3))
    again.wait(5)
    assert again.status.film == ""


def test_a_card_that_refuses_fires_nothing_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(tmp_path, now=at(19, 1))
    stage.wait(1)

    def refuse(state: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stage.house.planner._file, "save", refuse)
    stage.wait(70)
    assert stage.screen.history == []
    assert "cannot be kept" in str(stage.status.problem)
    monkeypatch.undo()
    stage.wait(2)
    assert (stage.status.film, stage.status.problem) == ("a.mp4", None)


def test_a_plan_that_starts_while_somebody_speaks_begins_afterwards(tmp_path: Path) -> None:
    stage = staged(tmp_path, now=at(19, 1))
    stage.wait(57)
    stage.say("tin")
    stage.wait(4)
    assert stage.screen.history == []
    stage.wait(2)
    assert stage.status.film == "a.mp4"


def test_a_schedule_with_mistakes_changes_nothing_until_it_is_mended(tmp_path: Path) -> None:
    plan: list[ScheduleConfig | PlayerError] = [ScheduleConfig.model_validate(PLAN)]

    def read() -> ScheduleConfig:
        if isinstance(plan[-1], PlayerError):
            raise plan[-1]
        return plan[-1]

    stage = staged(tmp_path)
    stage.house.planner._read = read
    path = tmp_path / "state" / "schedule.toml"
    path.write_text("wrong")
    plan.append(PlayerError(Sentence("schedule.toml has 1 problem."), "Look."))
    stage.wait(4)
    assert str(stage.status.problem) == "schedule.toml has 1 problem."
    assert stage.house.planner.playlist("Ngắn") is not None
    path.write_text("right again")
    plan.append(ScheduleConfig())
    stage.wait(4)
    assert (stage.status.problem, stage.status.following) == (None, None)


def test_quiet_hours_end_the_programme_and_refuse_another(tmp_path: Path) -> None:
    stage = staged(tmp_path, now=at(21, 29))
    stage.obey(Play("long.mp4"))
    stage.wait(30)
    assert stage.state is State.PLAYING
    stage.wait(31)
    assert (stage.state, stage.status.quiet) == (State.IDLE, True)
    for command in (Play("long.mp4"), PlayList("Ngắn"), TogglePause()):
        stage.obey(command)
        assert "quiet hours, until 05:00" in str(stage.status.problem)
        assert stage.state is State.IDLE
    assert stage.log.results()[1:] == [("long.mp4", "refused"), ("Ngắn", "refused")]


def test_where_the_clock_is_not_trusted_a_person_answers_for_the_hour(tmp_path: Path) -> None:
    stage = staged(tmp_path, now=at(22, 0), trusted=False)
    stage.obey(Play("long.mp4"))
    stage.wait(5)
    assert stage.state is State.PLAYING


def later(stage: Stage, minutes: float = 1, **more: Any) -> Stage:
    """The player after a power cut."""
    return staged(stage.folder, now=stage.clock.time + timedelta(minutes=minutes), **more)


def test_a_film_goes_on_three_seconds_earlier(stage: Stage) -> None:
    stage.obey(PlayList("Chăn nuôi", place=1))
    stage.wait(25)
    again = later(stage)
    assert again.status.film == "b.mp4"
    assert 16_900 <= again.screen.history[0].start_ms <= 17_200
    again.wait(50)
    assert again.status.film == "a.mp4", "the list goes on"


def test_a_farewell_keeps_the_very_frame(stage: Stage) -> None:
    stage.obey(Play("long.mp4"))
    stage.wait(25)
    stage.conductor.close()
    assert 21_900 <= later(stage).screen.history[0].start_ms <= 22_000


@pytest.mark.parametrize("minutes", [31, -5])
def test_what_was_left_long_ago_does_not_go_on(stage: Stage, minutes: float) -> None:
    stage.obey(Play("long.mp4"))
    stage.wait(25)
    again = later(stage, minutes)
    assert again.state is State.IDLE
    again.obey(TogglePause())
    assert again.status.film == "long.mp4", "but somebody may ask for it"


def test_what_was_stopped_or_changed_does_not_go_on(stage: Stage) -> None:
    stage.obey(Play("long.mp4"))
    stage.wait(5)
    stage.obey(Stop())
    assert later(stage).state is State.IDLE
    stage.obey(Play("long.mp4"))
    stage.wait(5)
    (stage.folder / "content" / "long.mp4").write_bytes(b"another film")
    assert Stage(stage.folder, now=stage.clock.time).state is State.IDLE


def test_what_was_held_goes_on_held(stage: Stage) -> None:
    stage.obey(Play("long.mp4"))
    stage.wait(5)
    stage.obey(TogglePause())
    again = later(stage)
    again.wait(2)
    assert (again.state, again.screen.held) == (State.PAUSED, True)
    again.obey(Hold(held=False))
    assert not again.screen.held


@pytest.mark.parametrize("trusted", [True, False])
def test_in_quiet_hours_it_goes_on_held(tmp_path: Path, trusted: bool) -> None:
    stage = staged(tmp_path, now=at(21, 25))
    stage.obey(Play("long.mp4"))
    stage.wait(5)
    again = later(stage, 10, trusted=trusted)
    again.wait(2)
    assert (again.state, again.screen.held) == (State.PAUSED, True)
    again.obey(TogglePause())
    assert again.screen.held is trusted, "without a trusted clock a person answers for the hour"


def test_a_plan_that_was_on_ends_at_its_end_after_a_power_cut(tmp_path: Path) -> None:
    stage = staged(tmp_path, now=at(19, 1))
    stage.wait(80)
    again = later(stage, 0.5)
    again.wait(1)
    assert again.status.film == "a.mp4"
    again.wait(90, step_s=0.5)
    assert again.state is State.IDLE
    assert later(stage, 5).status.film == "", "its end has passed"


def test_a_power_cut_in_a_broadcast_does_not_lose_what_was_on_before(tmp_path: Path) -> None:
    stage = staged(tmp_path, now=at(19, 9))
    stage.obey(Play("long.mp4", author="village-head"), Seek(600_000))
    stage.wait(90)
    assert stage.status.kind == "stream"
    again = later(stage, 0.5)
    assert again.status.film == "long.mp4"
    assert 600_000 <= again.screen.history[0].start_ms <= 660_000
    assert again.log.lines[0][0].author == "village-head"


def test_a_power_cut_in_a_planned_list_does_not_lose_what_was_on_before(tmp_path: Path) -> None:
    stage = staged(tmp_path, now=at(19, 1))
    stage.obey(Play("long.mp4"), Seek(600_000), TogglePause())
    stage.wait(80)
    assert stage.status.film == "a.mp4"
    again = later(stage, 0.5)
    again.wait(1)
    assert again.status.film == "a.mp4"
    again.wait(90, step_s=0.5)
    assert (again.status.film, again.state, again.screen.held) == ("long.mp4", State.PAUSED, True)
    late = later(stage, 5)
    late.wait(1)
    assert (late.status.film, late.state) == ("long.mp4", State.PAUSED), "its plan ended while there was no power"


def test_the_television_stays_off_when_the_power_is_back_in_quiet_hours(tmp_path: Path) -> None:
    stage = staged(tmp_path, now=at(21, 25))
    stage.obey(Play("long.mp4"))
    stage.wait(5)
    again = later(stage, 10, trusted=False)
    again.wait(2)
    assert again.television.woken == 0
    again.obey(TogglePause())
    assert again.television.woken == 1


def test_a_film_that_ends_the_player_each_time_is_left_out(stage: Stage) -> None:
    stage.obey(Play("long.mp4"))
    stages = [stage]
    for _ in range(3):
        stages.append(later(stages[-1], 0.1))
    assert [one.status.film for one in stages] == ["long.mp4", "long.mp4", "long.mp4", ""]
    assert stages[-1].status.quarantined == 1


def test_power_that_comes_and_goes_puts_no_film_into_quarantine(tmp_path: Path) -> None:
    stage = staged(tmp_path, boot="0")
    stage.obey(Play("long.mp4"))
    for number in range(3):
        stage = later(stage, 0.1, boot=str(number + 1))
    assert (stage.status.film, stage.status.quarantined) == ("", 0), "it is left alone, for it might be the film"
    stage.obey(TogglePause())
    assert stage.status.film == "long.mp4"


def test_a_film_that_only_waits_for_words_is_not_blamed(stage: Stage) -> None:
    stage.obey(Play("long.mp4"))
    stage.wait(30)
    stage.say("tin", times=5)
    for _ in range(5):
        stage = later(stage, 0.1)
        assert (stage.status.film, stage.status.quarantined, stage.status.waiting) == ("", 0, 0)
    stage.wait(60)
    assert stage.status.film == "long.mp4"


def test_a_card_that_refuses_is_told_and_the_film_plays(tmp_path: Path) -> None:
    def refuse(path: Path, data: bytes) -> None:
        raise OSError(30, "Read-only file system")

    stage = staged(tmp_path, write=refuse)
    stage.obey(Play("long.mp4"))
    stage.wait(15)
    stage.say("tin")
    stage.wait(6)
    assert stage.state is State.PLAYING
    assert "cannot be kept" in str(stage.status.problem)
    assert stage.panel.light == "fault"
    assert [Path(media.source).stem for media in stage.screen.heard] == ["tin"]


def test_a_log_that_refuses_stops_nothing_and_is_caught_up(tmp_path: Path) -> None:
    from player.alerts.play_log import PlayLogError

    stage = staged(tmp_path)
    stage.log.error = PlayLogError(Sentence("The card is full."), "Look.")
    stage.say("tin")
    stage.wait(6)
    stage.obey(Play("a.mp4"))
    stage.wait(2)
    assert stage.state is State.PLAYING
    assert str(stage.status.problem) == "The card is full."
    assert stage.log.lines == []
    stage.log.error = None
    stage.wait(31)
    assert (stage.log.results(), stage.status.problem) == ([("tin", "whole"), ("a.mp4", "")], None)


def test_old_keys_are_forgotten(tmp_path: Path) -> None:
    folder = WaitingFolder(tmp_path / "waiting", lambda path, data: path.write_bytes(data))
    folder.load()
    for number in range(400):
        folder.done(str(number))
    assert (folder.was_heard("0"), folder.was_heard("399")) == (False, True)
