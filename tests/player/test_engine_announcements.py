"""Announcements: who goes first, what becomes of the programme, how loud, and what a power cut may not lose."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from stage import Stage, spoken

from player.alerts.loudness import Hours, Levels
from player.alerts.priorities import Priority, Scope, Voice
from player.engine.commands import Announce, PlayBroadcast, PlayList, PowerOff, SetLevel, Stop, TogglePause, Withdraw
from player.engine.house import Settings
from player.engine.kept import MOST_WAITING
from player.engine.status import State
from player.pictures.views import AnnouncementView, Tone
from player.testing import EVENING, GARBAGE, HOUSE_TIME, MISSING, NEVER_ANSWERS, STREAM, Script

QUIET = {"quiet": [{"starts": "21:30", "ends": "05:00"}]}
NIGHT = datetime(2026, 11, 25, 23, 0, tzinfo=HOUSE_TIME)
URGENT, EMERGENCY = Priority.PREFERRED, Priority.EMERGENCY


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, scripts={"live.m3u8": STREAM, "song.mp3": Script(has_video=False)})


def heard(stage: Stage) -> list[str]:
    return [Path(media.source).stem for media in stage.screen.heard]


def test_a_film_waits_and_goes_on_at_its_frame(stage: Stage) -> None:
    stage.play("a.mp4", 10)
    stage.say("tin", headline="Họp thôn")
    frame = stage.screen.position_ms
    assert (stage.state, stage.screen.held, stage.status.film) == (State.ANNOUNCING, True, "a.mp4")
    stage.wait(2)
    assert stage.screen.pictures["cover"] is not None
    assert stage.pictures.views["announcement"] == AnnouncementView("Họp thôn")
    stage.wait(3.5)
    assert (stage.state, stage.screen.held, stage.screen.pictures["cover"]) == (State.PLAYING, False, None)
    assert len(stage.screen.history) == 1, "it was not opened anew"
    assert stage.screen.position_ms - frame < 700
    assert stage.log.results() == [("a.mp4", ""), ("Họp thôn", "whole")]


def test_what_the_user_held_stays_held(stage: Stage) -> None:
    stage.play("a.mp4", 5)
    stage.obey(TogglePause())
    stage.say("tin")
    stage.wait(6)
    assert (stage.state, stage.screen.held) == (State.PAUSED, True)
    stage.say("khác", asked=2)
    stage.wait(1)
    stage.obey(TogglePause())
    assert stage.screen.held, "somebody speaks"
    stage.wait(5)
    assert not stage.screen.held


def test_sound_goes_on_quietly_and_is_held_for_an_emergency(stage: Stage) -> None:
    stage.play("song.mp3", 5)
    stage.say("tin", scope=Scope.HALL)
    assert (stage.screen.held, stage.screen.level) == (False, 28)
    stage.wait(1)
    stage.say("lũ", EMERGENCY, asked=2, headline="Lũ về")
    assert (stage.screen.held, heard(stage)) == (True, ["tin", "lũ"])
    stage.wait(6)
    assert stage.screen.held, "its words can still be read"
    stage.wait(15)
    assert heard(stage) == ["tin", "lũ", "tin"], "what was cut is said again from its beginning"
    stage.wait(6)
    assert (stage.state, stage.screen.held, stage.screen.level) == (State.PLAYING, False, 80)
    assert [line for line in stage.log.results() if line[0] != "song.mp3"] == [
        ("tin", "preempted"),
        ("Lũ về", "whole"),
        ("tin", "whole"),
    ]


def test_a_stream_is_broken_off_for_an_emergency_and_joined_again(stage: Stage) -> None:
    stage.obey(PlayBroadcast("http://xa.example/live.m3u8"))
    stage.wait(5)
    stage.say("tin")
    assert (stage.screen.programme is not None, stage.screen.level) == (True, 28)
    stage.wait(6)
    assert stage.screen.level == 80
    stage.say("lũ", EMERGENCY, asked=2)
    assert stage.screen.programme is None
    stage.wait(22)
    assert (stage.state, stage.status.kind) == (State.PLAYING, "stream")


def test_an_emergency_is_repeated_and_its_words_are_seen(stage: Stage) -> None:
    stage.play("a.mp4", 5)
    frame = stage.screen.position_ms
    stage.say("lũ", EMERGENCY, times=3, pause_s=2.0, headline="Lũ về", text="Chạy lên đồi.", exercise=True)
    for _ in range(3):
        stage.wait(6)
        assert stage.state is State.ANNOUNCING
        assert stage.screen.pictures["cover"] is not None
        assert stage.pictures.views["announcement"].tone is Tone.EMERGENCY
        assert stage.pictures.views["announcement"].exercise
        stage.wait(1)
    assert heard(stage) == ["lũ"] * 3
    stage.wait(30)
    assert (stage.state, stage.screen.pictures["cover"]) == (State.PLAYING, None)
    assert stage.screen.position_ms - frame < 18_000


def test_the_order_of_speaking(stage: Stage) -> None:
    stage.say("một")
    stage.say("hai", asked=2)
    stage.say("ưu tiên", URGENT, asked=3)
    assert heard(stage) == ["một", "ưu tiên"], "it cuts an ordinary one"
    stage.say("của xã", URGENT, asked=4, scope=Scope.COMMUNE)
    stage.wait(30)
    assert heard(stage) == ["một", "ưu tiên", "của xã", "một", "hai"]


def test_a_person_at_the_microphone_is_not_said_again(stage: Stage) -> None:
    stage.screen.scripts["hw:1"] = Script(length_ms=0, has_video=False)
    stage.say("trực tiếp", voice=Voice.LIVE, sound="alsa://hw:1")
    stage.wait(120)
    assert stage.state is State.ANNOUNCING
    stage.say("lũ", EMERGENCY, asked=2)
    stage.wait(40)
    assert stage.log.results() == [("trực tiếp", "preempted"), ("lũ", "whole")]


@pytest.mark.parametrize("script", [GARBAGE, MISSING, NEVER_ANSWERS, Script(length_ms=60_000, ends_ms=3000)])
def test_one_that_cannot_be_heard_does_not_block_those_behind_it(stage: Stage, script: Script) -> None:
    stage.screen.scripts["hỏng.wav"] = script
    stage.say("hỏng")
    stage.say("tốt", asked=2)
    stage.wait(12)
    assert stage.log.results() == [("hỏng", "failed"), ("tốt", "whole")]
    assert stage.state is State.IDLE


def test_an_emergency_that_cannot_be_heard_is_tried_once_more_and_can_be_read(stage: Stage) -> None:
    stage.screen.scripts["lũ.wav"] = GARBAGE
    stage.say("lũ", EMERGENCY, headline="Lũ về", times=3)
    stage.wait(60)
    assert heard(stage) == ["lũ"] * 2
    assert stage.screen.pictures["cover"] is not None
    assert "could not be heard" in str(stage.status.problem)
    stage.say("sau", EMERGENCY, asked=2)
    assert heard(stage)[-1] == "sau"


def test_a_screen_that_fails_blocks_nothing(stage: Stage) -> None:
    stage.screen.fails = True
    stage.say("một")
    stage.say("hai", asked=2)
    stage.wait(2)
    assert stage.log.results() == [("một", "failed"), ("hai", "failed")]


@pytest.mark.parametrize(
    ("scope", "hall", "switched"),
    [(Scope.HALL, False, False), (Scope.HALL, True, True), (Scope.VILLAGE, False, True), (Scope.COMMUNE, False, True)],
)
def test_the_amplifier_is_on_before_and_off_after(tmp_path: Path, scope: Scope, hall: bool, switched: bool) -> None:
    stage = Stage(tmp_path, settings=Settings(warm_up_s=1.5, amplifier_rest_s=5, amplifier_in_hall=hall))
    began = stage.clock.seconds
    stage.say("tin", scope=scope)
    assert stage.panel.on is switched
    assert (len(stage.screen.heard) == 1) is not switched
    stage.wait(20)
    assert len(stage.screen.heard) == 1
    assert not stage.panel.on
    if switched:
        (on_s, _), (off_s, _) = stage.panel.switched
        assert on_s == began
        assert 11.4 < off_s - began < 11.8
    else:
        assert stage.panel.switched == []


def test_what_is_for_the_hall_is_not_heard_in_the_village(tmp_path: Path) -> None:
    """The film that waited goes on at once, so the amplifier does not rest first; nor is a sound of the hall ducked."""
    scripts = {"nhạc.mp3": Script(has_video=False)}
    stage = Stage(tmp_path, scripts=scripts, settings=Settings(warm_up_s=0, amplifier_rest_s=5))
    stage.play("a.mp4", 3)
    stage.say("tin")
    assert (stage.panel.on, stage.screen.held) == (True, True)
    stage.wait(5.3)
    assert (stage.panel.on, stage.screen.held) == (False, False)
    stage.play("nhạc.mp3", 3)
    stage.say("tin hai", asked=2)
    assert (stage.panel.on, stage.screen.held) == (True, True)
    stage.say("trong nhà", scope=Scope.HALL, asked=3)
    stage.wait(5.3)
    assert (stage.status.announcement is not None, stage.panel.on) == (True, False)


@pytest.mark.parametrize(("hour", "trusted", "amplified"), [(19, True, True), (22, True, False), (22, False, True)])
def test_programmes_keep_to_the_hours_of_the_horn(tmp_path: Path, hour: int, trusted: bool, amplified: bool) -> None:
    horn, now = Hours(time(5), time(21)), EVENING.replace(hour=hour)
    stage = Stage(tmp_path, scripts={"live.m3u8": STREAM}, settings=Settings(horn=horn), now=now, trusted=trusted)
    stage.obey(PlayBroadcast("http://xa.example/live.m3u8"))
    stage.wait(3)
    assert (stage.state, stage.panel.on) == (State.PLAYING, amplified)


def test_an_amplifier_that_is_on_makes_nobody_wait(tmp_path: Path) -> None:
    stage = Stage(tmp_path, settings=Settings(warm_up_s=1.5))
    stage.say("một")
    stage.wait(7)
    stage.say("hai", asked=2)
    assert heard(stage) == ["một", "hai"]


@pytest.mark.parametrize(
    ("priority", "wanted", "now", "trusted", "by_hand", "level"),
    [
        (Priority.ORDINARY, 60, EVENING, True, True, 60),
        (Priority.ORDINARY, 100, EVENING, True, True, 70),
        (URGENT, 100, EVENING, True, True, 70),
        (EMERGENCY, 10, EVENING, True, True, 95),
        (Priority.ORDINARY, 60, NIGHT, True, True, None),
        (URGENT, 60, NIGHT, True, False, None),
        (EMERGENCY, 60, NIGHT, True, True, 95),
        (Priority.ORDINARY, 60, NIGHT, False, True, 60),
        (Priority.ORDINARY, 60, EVENING, False, False, None),
        (EMERGENCY, 60, NIGHT, False, False, 95),
    ],
)
def test_how_loud_is_decided_when_it_is_heard(
    tmp_path: Path, priority: Priority, wanted: int, now: datetime, trusted: bool, by_hand: bool, level: int | None
) -> None:
    settings = Settings(warm_up_s=0, levels=Levels(loudest=70, emergency=95))
    stage = Stage(tmp_path, schedule=QUIET, now=now, trusted=trusted, settings=settings)
    stage.say("tin", priority, wanted=wanted, by_hand=by_hand)
    assert [media.level for media in stage.screen.heard] == ([] if level is None else [level])


def test_quiet_hours_refuse_a_person_and_let_a_plan_wait(tmp_path: Path) -> None:
    stage = Stage(tmp_path, schedule=QUIET, now=NIGHT)
    stage.say("người")
    stage.say("máy", asked=2, by_hand=False)
    assert stage.log.results() == [("người", "refused")]
    assert "quiet hours, until 05:00" in str(stage.status.problem)
    assert stage.status.waiting == 1
    stage.clock.move(6 * 3600)
    stage.wait(1)
    assert heard(stage) == ["máy"]


def test_hours_that_it_names(stage: Stage) -> None:
    wall = EVENING.replace(tzinfo=None)
    stage.say("chờ", not_before=wall + timedelta(minutes=2), until=wall + timedelta(minutes=9))
    stage.say("quá", asked=2, not_before=wall + timedelta(minutes=1), until=wall + timedelta(seconds=30))
    stage.wait(115)
    assert heard(stage) == []
    assert stage.log.results() == [("quá", "missed")]
    stage.wait(10)
    assert heard(stage) == ["chờ"]
    assert stage.log.lines[-1][0].planned == EVENING + timedelta(minutes=2)


def test_what_names_an_hour_waits_for_a_clock_that_is_trusted(tmp_path: Path) -> None:
    stage = Stage(tmp_path, trusted=False)
    wall = EVENING.replace(tzinfo=None)
    stage.say("hẹn", not_before=wall - timedelta(minutes=2))
    stage.say("lũ", EMERGENCY, asked=2, not_before=wall + timedelta(hours=1))
    assert heard(stage) == ["lũ"], "lives may depend on it"
    stage.clock.is_trusted = True
    stage.wait(22)
    assert heard(stage) == ["lũ", "hẹn"]


def test_a_silent_one_goes_through_without_a_sound(stage: Stage) -> None:
    """The silent test: it goes through the screen as any other, at level 0, and the log says how."""
    stage.play("a.mp4", 2)
    stage.say("thử", silent=True, scope=Scope.VILLAGE, headline="Thử loa", text="Thử")
    stage.wait(1)
    assert [(media.source, media.level) for media in stage.screen.heard] == [("/recordings/thử.wav", 0)]
    assert (stage.state, stage.screen.held, stage.panel.switched) == (State.PLAYING, False, [])
    assert "announcement" not in stage.pictures.views
    stage.wait(6)
    assert stage.log.results()[1:] == [("Thử loa", "silent")]
    stage.say("tin", asked=2)
    stage.say("thử lại", silent=True, asked=3)
    stage.wait(6)
    assert (stage.state, stage.screen.held) == (State.PLAYING, False), "a film does not wait for a test"


def test_a_silent_one_that_fails_is_told_and_whatever_is_to_be_heard_goes_first(stage: Stage) -> None:
    stage.screen.scripts["hỏng.wav"] = GARBAGE
    stage.say("hỏng", silent=True)
    stage.wait(6)
    assert stage.log.results() == [("hỏng", "failed")]
    assert "silent test" in str(stage.status.problem)
    stage.say("thử", silent=True, asked=2)
    stage.wait(1)
    stage.say("tin", asked=3)
    assert heard(stage)[-1] == "tin"
    assert stage.status.problem is None
    stage.wait(20)
    assert stage.log.results()[1:] == [("thử", "preempted"), ("tin", "whole"), ("thử", "silent")]


def test_taken_back(stage: Stage) -> None:
    stage.say("một")
    stage.say("hai", asked=2)
    stage.say("ba", asked=3)
    stage.obey(Withdraw("hai", "village-head"), Withdraw("một"), Withdraw("không có"))
    assert heard(stage) == ["một", "ba"]
    stage.wait(6)
    assert stage.log.results() == [("một", "stopped"), ("hai", "stopped"), ("ba", "whole")]
    stage.say("hai", asked=4)
    assert stage.status.waiting == 0, "what was taken back is not heard later"


def test_what_makes_another_void(stage: Stage) -> None:
    stage.say("lũ", EMERGENCY)
    stage.wait(1)
    stage.say("hết lũ", EMERGENCY, asked=2, replaces=["lũ"], all_clear=True, headline="Hết lũ")
    assert heard(stage) == ["lũ", "hết lũ"]
    stage.wait(0.2)
    assert stage.pictures.views["announcement"].tone is Tone.ALL_CLEAR
    stage.wait(30)
    assert heard(stage) == ["lũ", "hết lũ"]


def test_stopping_ends_an_emergency_only_when_everything_is_to_stop(stage: Stage) -> None:
    stage.play("a.mp4")
    stage.say("lũ", EMERGENCY, times=3)
    stage.say("tin", asked=2)
    stage.obey(Stop())
    assert (stage.state, stage.screen.programme) == (State.ANNOUNCING, None)
    stage.obey(Stop(everything=True, author="technician"))
    assert (stage.state, stage.status.waiting, stage.screen.announcement) == (State.IDLE, 0, None)
    silenced = [(entry.item, entry.ground) for entry, *_ in stage.log.lines if entry.ground.startswith("withdrawn")]
    assert silenced == [("lũ", "withdrawn: technician"), ("tin", "withdrawn: technician")]
    stage.wait(60)
    assert heard(stage) == ["lũ"]


def test_commands_meanwhile_are_obeyed_afterwards(tmp_path: Path) -> None:
    stage = Stage(tmp_path, schedule={"playlist": [{"name": "Hội", "films": ["a.mp4", "b.mp4"]}]})
    stage.films("a.mp4", "b.mp4")
    stage.say("tin")
    stage.obey(PlayList("Hội"), SetLevel(30))
    stage.wait(2)
    assert stage.screen.history == []
    stage.wait(4)
    assert (stage.state, stage.status.film, stage.screen.level) == (State.PLAYING, "a.mp4", 30)


def test_no_more_wait_than_is_good(stage: Stage) -> None:
    for number in range(MOST_WAITING + 3):
        stage.say(f"tin {number}", asked=number)
    stage.say("lũ", EMERGENCY, asked=99)
    assert heard(stage)[-1] == "lũ"
    assert [result for _, result in stage.log.results()].count("refused") == 2


def test_the_same_key_is_heard_once(stage: Stage) -> None:
    for _ in range(3):
        stage.say("tin")
    stage.wait(20)
    stage.say("tin")
    stage.wait(6)
    assert heard(stage) == ["tin"]
    again = Stage(stage.folder)
    again.say("tin")
    assert heard(again) == []


def after_a_power_cut(stage: Stage, minutes: float = 1, *, trusted: bool = True) -> Stage:
    """The player as it is some minutes later, without any farewell."""
    return Stage(stage.folder, now=stage.clock.time + timedelta(minutes=minutes), trusted=trusted, schedule=QUIET)


def test_a_power_cut_loses_none_that_was_granted(stage: Stage) -> None:
    stage.say("một")
    stage.say("hai", asked=2)
    stage.wait(1)
    again = after_a_power_cut(stage)
    again.wait(12)
    assert heard(again) == ["một", "hai"]
    assert heard(after_a_power_cut(again)) == []


@pytest.mark.parametrize(
    ("priority", "minutes", "trusted", "said"),
    [
        (EMERGENCY, 5, True, True),
        (EMERGENCY, 5, False, True),
        (EMERGENCY, 40, True, False),
        (Priority.ORDINARY, 5, True, True),
        (Priority.ORDINARY, 5, False, False),
        (Priority.ORDINARY, 4 * 60, True, False),
        (Priority.ORDINARY, 13 * 60, True, False),
    ],
)
def test_what_is_said_again_after_a_power_cut(
    stage: Stage, priority: Priority, minutes: float, trusted: bool, said: bool
) -> None:
    stage.say("tin", priority, times=3)
    stage.wait(9)  # once whole, and a part of the second time
    again = after_a_power_cut(stage, minutes, trusted=trusted)
    again.wait(30)
    assert len(heard(again)) == (2 if said else 0), "what was said whole is not said again"


@pytest.mark.parametrize(("hours", "said"), [(1, True), (13, False)])
def test_what_a_power_cut_left_is_not_heard_days_later_when_the_clock_is_trusted_again(
    stage: Stage, hours: float, said: bool
) -> None:
    stage.say("tin")
    again = after_a_power_cut(stage, 5, trusted=False)
    again.wait(hours * 3600, step_s=600)
    assert (heard(again), again.status.waiting) == ([], 1)
    again.clock.is_trusted = True
    again.wait(5)
    assert (len(heard(again)), again.log.results()) == ((1, [("tin", "")]) if said else (0, [("tin", "missed")]))


def test_a_person_at_the_microphone_is_gone_after_a_power_cut(stage: Stage) -> None:
    stage.obey(Announce(replace(spoken("live", voice=Voice.LIVE, sound="alsa://hw:1"))))
    again = after_a_power_cut(stage)
    again.wait(2)
    assert (heard(again), again.log.results()) == ([], [("live", "missed")])


def test_long_words_and_long_keys_outlive_a_power_cut(stage: Stage) -> None:
    keys = [f"{number}-" + "khóa" * 500 for number in range(300)]
    for key in keys:
        stage.house.waiting.done(key)
    stage.say("đang nói", voice=Voice.LIVE, sound="alsa://hw:1")
    stage.say("x" * 3000, asked=2, sound="/recordings/dài.wav", headline="Lũ", text="ữ" * 200_000)
    again = after_a_power_cut(stage)
    assert heard(again) == ["dài"]
    assert all(again.house.waiting.was_heard(key) for key in keys[-290:])


def test_damaged_files_of_waiting_announcements_lose_only_themselves(stage: Stage) -> None:
    stage.say("đang nói")
    stage.say("một", asked=2)
    stage.say("hai", asked=3)
    files = sorted((stage.folder / "state" / "waiting").glob("*.waiting"))
    assert len(files) == 3
    files[0].write_bytes(b"\x00" * 50)
    again = after_a_power_cut(stage)
    again.wait(12)
    assert len(heard(again)) == 2


def test_switching_off_keeps_what_waits_and_ends_the_rest(stage: Stage) -> None:
    stage.play("a.mp4", 5)
    stage.say("tin")
    stage.obey(PowerOff())
    assert (stage.state, stage.off, stage.panel.on, stage.television.awake) == (State.OFF, [True], False, False)
    assert stage.screen.programme is None
    again = after_a_power_cut(stage)
    assert (again.status.film, heard(again)) == ("", ["tin"])


def test_the_television_is_woken_for_words_and_rests_later(stage: Stage) -> None:
    stage.wait(302, step_s=1)
    assert not stage.television.awake
    stage.say("tin", headline="Họp thôn")
    assert stage.television.awake
    stage.wait(310, step_s=1)
    assert not stage.television.awake


def test_the_television_rests_while_a_film_is_held_for_long(stage: Stage) -> None:
    stage.play("a.mp4")
    stage.obey(TogglePause())
    stage.wait(3500, step_s=10)
    assert stage.television.awake
    stage.wait(200, step_s=10)
    assert not stage.television.awake
    stage.obey(TogglePause())
    assert (stage.television.awake, stage.screen.held) == (True, False)
