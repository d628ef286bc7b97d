"""The programme: what each command leads to, how progress is judged, and which films are left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from stage import Stage, described

from player.engine.commands import (
    Command,
    Forgive,
    Hold,
    Play,
    PlayBroadcast,
    PlayList,
    Seek,
    SetLevel,
    Step,
    Stop,
    TogglePause,
)
from player.engine.status import State
from player.testing import BLACK, CUT, GARBAGE, MISSING, NEVER_ANSWERS, STALLS, STREAM, Script

LISTS = {
    "playlist": [
        {"name": "Chăn nuôi", "films": ["a.mp4", "b.mp4", "c.mp4"]},
        {"name": "Hội", "films": ["a.mp4", "b.mp4"], "repeat": "all"},
        {"name": "Một", "films": ["a.mp4"], "repeat": "one"},
    ]
}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path, schedule=LISTS)
    stage.films("a.mp4", "b.mp4", "c.mp4")
    return stage


def shown(stage: Stage) -> str | None:
    return Path(stage.screen.programme.source).name if stage.screen.programme else None


@pytest.mark.parametrize(
    ("commands", "state", "film", "held"),
    [
        ([], State.IDLE, None, False),
        ([Play("a.mp4")], State.PLAYING, "a.mp4", False),
        ([Play("a.mp4"), TogglePause()], State.PAUSED, "a.mp4", True),
        ([Play("a.mp4"), Hold(held=True), Hold(held=True)], State.PAUSED, "a.mp4", True),
        ([Play("a.mp4"), Hold(held=True), Hold(held=False)], State.PLAYING, "a.mp4", False),
        ([Play("a.mp4"), TogglePause(), TogglePause()], State.PLAYING, "a.mp4", False),
        ([Play("a.mp4"), TogglePause(), Play("b.mp4")], State.PLAYING, "b.mp4", False),
        ([Play("a.mp4"), TogglePause(), Stop()], State.IDLE, None, False),
        ([TogglePause()], State.IDLE, None, False),
        ([Stop(), Stop()], State.IDLE, None, False),
        ([Play("a.mp4"), Stop(), TogglePause()], State.PLAYING, "a.mp4", False),
        ([Step()], State.IDLE, None, False),
        ([Play("a.mp4"), Step()], State.PLAYING, "a.mp4", False),
        ([PlayList("Chăn nuôi")], State.PLAYING, "a.mp4", False),
        ([PlayList("Chăn nuôi", place=1)], State.PLAYING, "b.mp4", False),
        ([PlayList("Chăn nuôi"), Step()], State.PLAYING, "b.mp4", False),
        ([PlayList("Chăn nuôi"), Step(), Step(forward=False)], State.PLAYING, "a.mp4", False),
        ([PlayList("Chăn nuôi"), Step(forward=False)], State.PLAYING, "a.mp4", False),
        ([PlayList("Chăn nuôi", place=2), Step()], State.IDLE, None, False),
        ([PlayList("Hội", place=1), Step()], State.PLAYING, "a.mp4", False),
        ([PlayList("Chăn nuôi"), TogglePause(), Step()], State.PLAYING, "b.mp4", False),
        ([PlayBroadcast("http://xa.example/live.m3u8")], State.PLAYING, "live.m3u8", False),
        ([Seek(1000), SetLevel(20)], State.IDLE, None, False),
    ],
)
def test_commands(stage: Stage, commands: list[Command], state: State, film: str | None, held: bool) -> None:
    stage.screen.scripts["live.m3u8"] = STREAM
    stage.obey(*commands)
    stage.wait(1)
    assert (stage.state, shown(stage), stage.screen.held) == (state, film, held)


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (Play("nowhere.mp4"), "There is no film nowhere.mp4."),
        (Play("../state/playback.json"), "There is no film"),
        (Play("/etc/passwd"), "There is no film"),
        (PlayList("Trồng trọt"), "There is no playlist Trồng trọt."),
    ],
)
def test_what_is_not_there_is_told_to_who_asked_and_nothing_else_changes(
    stage: Stage, command: Command, problem: str
) -> None:
    stage.play("a.mp4")
    refusal = stage.conductor.obey(command)
    assert refusal is not None
    assert problem in refusal.message
    assert stage.status.problem is None
    assert len(stage.log.lines) == 1
    assert (stage.state, shown(stage)) == (State.PLAYING, "a.mp4")


def test_seeking_stays_inside_of_the_film(stage: Stage) -> None:
    stage.play("a.mp4", 5)
    for command, position_ms in (
        (Seek(30_000), 30_000),
        (Seek(-10_000, relative=True), 20_000),
        (Seek(-99_000, relative=True), 0),
        (Seek(999_000), 59_000),
    ):
        stage.obey(command)
        assert stage.screen.position_ms == position_ms
    stage.wait(0.5)
    assert stage.state is State.PLAYING


def test_the_level_stays_within_the_loudest_and_holds_for_the_next_film(stage: Stage) -> None:
    stage.obey(SetLevel(100))
    assert stage.status.level == 80
    stage.obey(SetLevel(30), Play("a.mp4"))
    assert stage.screen.level == 30


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (GARBAGE, "It cannot be played."),
        (MISSING, "It cannot be played."),
        (CUT, "It ends too early."),
        (BLACK, "Its picture cannot be shown."),
        (Script(stalls_ms=7_000), "It stands still."),
        (Script(starts=False), "It does not start."),
        (Script(length_ms=10_000, ends_ms=8_000), "It ends too early."),
    ],
)
def test_a_bad_film_is_found_and_left_out_after_two_failures(stage: Stage, script: Script, reason: str) -> None:
    stage.screen.scripts["a.mp4"] = script
    for failures in (1, 2):
        stage.obey(Play("a.mp4"))
        stage.wait(25)
        assert stage.state is State.IDLE
        assert stage.status.problem is not None
        assert reason in stage.status.problem.message
        assert stage.status.quarantined == failures // 2
    played = len(stage.screen.history)
    stage.obey(Play("a.mp4"))
    assert "twice" in str(stage.status.problem)
    assert len(stage.screen.history) == played
    assert stage.log.results() == [("a.mp4", "failed"), ("a.mp4", "failed"), ("a.mp4", "refused")]
    again = Stage(stage.folder, schedule=LISTS)
    assert again.status.quarantined == 1, "it outlives the next start"
    again.obey(Forgive("a.mp4"), Play("a.mp4"))
    again.wait(1)
    assert again.state is State.PLAYING


def test_a_film_with_other_content_is_tried_again(stage: Stage) -> None:
    stage.screen.scripts["a.mp4"] = GARBAGE
    for _ in range(2):
        stage.obey(Play("a.mp4"))
        stage.wait(1)
    (stage.folder / "content" / "a.mp4").write_bytes(b"another film")
    del stage.screen.scripts["a.mp4"]
    stage.obey(Play("a.mp4"))
    stage.wait(1)
    assert (stage.state, stage.status.quarantined) == (State.PLAYING, 0)


def test_a_film_played_whole_is_forgiven(stage: Stage) -> None:
    stage.screen.scripts["a.mp4"] = CUT
    stage.obey(Play("a.mp4"))
    stage.wait(25)
    del stage.screen.scripts["a.mp4"]
    stage.obey(Play("a.mp4"))
    stage.wait(61)
    stage.screen.scripts["a.mp4"] = CUT
    stage.obey(Play("a.mp4"))
    stage.wait(25)
    assert stage.status.quarantined == 0


@pytest.mark.parametrize(
    "script", [Script(length_ms=300), Script(length_ms=1000, has_video=False), Script(length_ms=0, ends_ms=3000)]
)
def test_short_films_and_those_that_do_not_say_their_length_are_good(stage: Stage, script: Script) -> None:
    stage.screen.scripts["a.mp4"] = script
    stage.obey(Play("a.mp4"))
    stage.wait(5)
    assert stage.log.results() == [("a.mp4", "whole")]


def test_the_length_of_a_film_is_known_once_it_was_played(stage: Stage) -> None:
    stage.screen.scripts["b.mp4"] = GARBAGE
    for name in ("a.mp4", "b.mp4"):
        stage.play(name)
    assert stage.conductor.programme.lengths == {"a.mp4": 60_000}


def test_a_film_that_is_held_for_an_hour_is_not_bad(stage: Stage) -> None:
    stage.play("a.mp4")
    stage.obey(TogglePause())
    stage.wait(3600, step_s=1.0)
    stage.obey(TogglePause())
    stage.wait(1)
    assert stage.state is State.PLAYING


def test_a_list_goes_on_behind_its_bad_films_and_ends(stage: Stage) -> None:
    stage.screen.scripts |= {"b.mp4": GARBAGE}
    stage.obey(PlayList("Chăn nuôi"))
    stage.wait(125)
    assert stage.log.results() == [("a.mp4", "whole"), ("b.mp4", "failed"), ("c.mp4", "whole")]
    assert stage.state is State.IDLE
    assert stage.status.playlist is None


@pytest.mark.parametrize("name", ["Hội", "Một"])
def test_when_all_are_bad_the_idle_screen_shows_and_nothing_spins(stage: Stage, name: str) -> None:
    stage.screen.scripts |= dict.fromkeys(("a.mp4", "b.mp4", "c.mp4"), GARBAGE)
    stage.obey(PlayList(name))
    stage.wait(1200, step_s=0.5)
    assert stage.state is State.IDLE
    assert len(stage.screen.history) <= 4
    assert "None of the films" in str(stage.status.problem)
    (stage.folder / "content" / "a.mp4").write_bytes(b"a better film")
    del stage.screen.scripts["a.mp4"]
    stage.wait(301, step_s=0.5)
    assert (stage.state, shown(stage)) == (State.PLAYING, "a.mp4")


def test_files_that_are_not_there_are_passed_over(stage: Stage) -> None:
    (stage.folder / "content" / "a.mp4").unlink()
    stage.obey(PlayList("Chăn nuôi"))
    stage.wait(1)
    assert shown(stage) == "b.mp4"
    assert stage.status.quarantined == 0


@pytest.mark.parametrize("script", [NEVER_ANSWERS, STALLS, MISSING])
def test_a_stream_that_is_lost_is_joined_again_and_then_given_up(stage: Stage, script: Script) -> None:
    stage.screen.scripts["live.m3u8"] = script
    stage.obey(PlayBroadcast("http://xa.example/live.m3u8"))
    stage.wait(200)
    assert stage.state is State.IDLE
    assert len(stage.screen.history) == 3
    assert stage.status.quarantined == 0
    assert "could not be played" in str(stage.status.problem)


def test_a_screen_that_fails_leaves_the_player_idle_and_blames_no_film(stage: Stage) -> None:
    stage.screen.fails = True
    stage.obey(PlayList("Hội"))
    stage.wait(60)
    assert stage.state is State.IDLE
    assert "The screen does not answer." in str(stage.status.problem)
    assert stage.panel.light == "fault"
    stage.screen.fails = False
    stage.obey(PlayList("Hội"))
    stage.wait(1)
    assert (stage.state, stage.status.problem, stage.panel.light) == (State.PLAYING, None, "playing")


def test_a_screen_that_fails_while_a_film_is_on_plays_nothing_any_more(stage: Stage) -> None:
    stage.play("a.mp4")
    stage.screen.fails = True
    stage.obey(TogglePause())
    stage.wait(1)
    assert (stage.state, stage.status.film, stage.log.results()) == (State.IDLE, "", [("a.mp4", "failed")])
    stage.obey(Seek(5))
    stage.screen.fails = False
    stage.obey(TogglePause())
    stage.wait(1)
    assert (stage.state, stage.status.quarantined) == (State.PLAYING, 0)


@pytest.mark.parametrize("held", [True, False])
def test_a_screen_that_loses_a_film_silently(stage: Stage, held: bool) -> None:
    stage.play("a.mp4")
    stage.obey(Hold(held=held))
    stage.screen.stop()
    stage.wait(3)
    assert (stage.state, stage.status.quarantined) == (State.IDLE, 0)
    assert "lost the film" in str(stage.status.problem)


def test_a_television_that_is_gone_puts_no_film_in_quarantine(tmp_path: Path) -> None:
    films = [f"{number}.mp4" for number in range(5)]
    stage = Stage(tmp_path, schedule={"playlist": [{"name": "Hội", "films": films, "repeat": "all"}]})
    stage.films(*films)
    stage.screen.scripts |= dict.fromkeys(films, BLACK)
    stage.obey(PlayList("Hội"))
    stage.wait(300)
    assert stage.status.quarantined == 0
    assert "One film after the other" in str(stage.status.problem)
    stage.screen.scripts.clear()
    stage.wait(150)
    assert (stage.state, stage.status.problem) == (State.PLAYING, None)


def test_late_words_about_the_last_film_are_dropped(stage: Stage) -> None:
    stage.screen.scripts["a.mp4"] = Script(length_ms=2000)
    stage.obey(Play("a.mp4"))
    stage.wait(1)
    stage.clock.move(1.5)
    stage.screen.work()  # its end lies in the queue
    stage.obey(Play("b.mp4"))
    stage.wait(1)
    assert (stage.state, shown(stage)) == (State.PLAYING, "b.mp4")
    assert stage.log.results() == [("a.mp4", "stopped"), ("b.mp4", "")]


@pytest.mark.parametrize(
    ("name", "uses", "played"),
    [
        ("x.mp4", '"hub", "public screening"', True),
        ("x.mp4", '"hub", "take-home"', False),
        ("x.mp4", '"hub", "loudspeaker"', False),
        ("x.mp3", '"loudspeaker"', True),
        ("x.mp3", '"public screening"', True),
        ("x.mp3", '"hub", "web"', False),
    ],
)
def test_rights_are_obeyed(stage: Stage, name: str, uses: str, played: bool) -> None:
    stage.film(name, described(uses=uses))
    stage.obey(Play(name))
    stage.wait(1)
    assert (stage.state is State.PLAYING) is played
    assert played or "may not be shown in public" in str(stage.status.problem)
