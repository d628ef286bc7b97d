"""What holds whatever happens: commands, bad files, announcements, power cuts and clocks in any order."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from stage import Stage, described

from player.alerts.priorities import Priority, Scope, Voice
from player.engine.commands import (
    Count,
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
    Withdraw,
)
from player.engine.status import State
from player.engine.wish import Hold as Why
from player.testing import BLACK, CUT, GARBAGE, MISSING, NEVER_ANSWERS, STALLS, STREAM, Script

FILMS = ["a.mp4", "b.mp4", "c.mp4", "song.mp3"]
ADDRESS = "http://xa.example/live.m3u8"
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
PLAN: dict[str, Any] = {
    "playlist": [
        {"name": "none", "films": ["a.mp4", "gone.mp4", "b.mp4", "song.mp3"]},
        {"name": "all", "films": ["c.mp4", "a.mp4", "b.mp4"], "repeat": "all"},
        {"name": "one", "films": ["b.mp4"], "repeat": "one"},
    ],
    "weekly": [
        {
            "days": DAYS,
            "at": f"{hour:02}:{minute:02}",
            "until": f"{hour:02}:{minute + 8:02}",
            "grace_minutes": 5,
            **what,
        }
        for hour in range(6, 21)
        for minute, what in (
            (3, {"playlist": "all"}),
            (23, {"broadcast": ADDRESS}),
            (43, {"playlist": "none", "then": "idle"}),
        )
    ],
    "quiet": [{"starts": "21:30", "ends": "05:00"}],
}
SCRIPTS = [Script(), Script(length_ms=400), GARBAGE, CUT, MISSING, BLACK, NEVER_ANSWERS, STALLS, Script(starts=False)]


class Player(RuleBasedStateMachine):
    """A player whose files, people and power do as they like."""

    def __init__(self) -> None:
        super().__init__()
        self._temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self._temporary.name)
        self.asked = 0
        self.stage: Stage

    def teardown(self) -> None:
        self._temporary.cleanup()

    @initialize(trusted=st.booleans())
    def begin(self, trusted: bool) -> None:
        self.stage = Stage(self.folder, schedule=PLAN, scripts={"m3u8": STREAM}, trusted=trusted)
        self.stage.films(*FILMS)
        question = '[[pause]]\nat = "00:05"\nquestion = "?"\n[[handout]]\ncode = "K7M2QXA"\n'
        (self.folder / "content" / "a.toml").write_text(described() + question, "utf-8")

    @rule(film=st.sampled_from([*FILMS, "gone.mp4"]), script=st.sampled_from(SCRIPTS))
    def spoil(self, film: str, script: Script) -> None:
        self.stage.screen.scripts[film] = script

    @rule(film=st.sampled_from(FILMS), text=st.binary(min_size=1, max_size=3))
    def change(self, film: str, text: bytes) -> None:
        (self.folder / "content" / film).write_bytes(text)

    @rule(film=st.sampled_from([*FILMS, "gone.mp4", "../x"]))
    def play(self, film: str) -> None:
        self.stage.obey(Play(film))

    @rule(name=st.sampled_from(["none", "all", "one", "gone"]), place=st.integers(0, 5))
    def play_list(self, name: str, place: int) -> None:
        self.stage.obey(PlayList(name, place))

    @rule(
        command=st.one_of(
            st.just(TogglePause()),
            st.just(PlayBroadcast(ADDRESS)),
            st.builds(Hold, held=st.booleans()),
            st.builds(Step, forward=st.booleans()),
            st.builds(Seek, position_ms=st.integers(-90_000, 90_000), relative=st.booleans()),
            st.builds(SetLevel, level=st.integers(0, 100)),
            st.builds(Stop, everything=st.booleans()),
            st.builds(Count, people=st.integers(-1, 50), hands=st.none() | st.integers(0, 60)),
            st.builds(Forgive, film=st.sampled_from(FILMS)),
        )
    )
    def command(self, command: Any) -> None:
        self.stage.obey(command)

    @rule(
        priority=st.sampled_from(Priority),
        scope=st.sampled_from(Scope),
        live=st.booleans(),
        times=st.integers(1, 3),
        by_hand=st.booleans(),
        good=st.booleans(),
        same=st.integers(0, 4),
    )
    def announce(
        self, priority: Priority, scope: Scope, live: bool, times: int, by_hand: bool, good: bool, same: int
    ) -> None:
        self.asked += same > 0
        key = f"k{self.asked}-{priority}"
        if not good:
            self.stage.screen.scripts[f"{key}.wav"] = GARBAGE
        voice = Voice.LIVE if live and priority is not Priority.EMERGENCY else Voice.RECORDED
        self.stage.say(
            key, priority, scope=scope, voice=voice, times=times, by_hand=by_hand, asked=self.asked, headline=key
        )

    @precondition(lambda self: self.asked)
    @rule(back=st.integers(0, 3), priority=st.sampled_from([Priority.ORDINARY, Priority.PREFERRED]))
    def withdraw(self, back: int, priority: Priority) -> None:
        self.stage.obey(Withdraw(f"k{self.asked - back}-{priority}"))

    @rule(seconds=st.sampled_from([0.1, 1.0, 7.0, 30.0]))
    def wait(self, seconds: float) -> None:
        self.stage.wait(seconds, step_s=0.1 if seconds <= 1 else 0.5)

    @rule(minutes=st.integers(-30, 900))
    def jump(self, minutes: int) -> None:
        """The clock is set."""
        self.stage.clock.time += type(self.stage.clock.time - self.stage.clock.time)(minutes=minutes)

    @rule(trusted=st.booleans())
    def trust(self, trusted: bool) -> None:
        self.stage.clock.is_trusted = trusted

    @rule(fails=st.booleans())
    def screen(self, fails: bool) -> None:
        self.stage.screen.fails = fails

    @rule()
    def power_cut(self) -> None:
        before = self.stage
        wish, on = before.conductor.programme.wish, before.conductor.programme.on
        were_on = {on.file} if on else set()
        while wish:  # what a plan interrupted goes on where the plan does not
            were_on.add(wish.walk.film or "")
            wish = wish.back
        self.stage = Stage(
            self.folder,
            schedule=PLAN,
            scripts=before.screen.scripts,
            now=before.clock.time,
            trusted=before.clock.is_trusted,
        )
        film = self.stage.status.film
        now = self.stage.conductor.programme.wish
        fired = now is not None and now.planned is not None
        assert not film or fired or film in were_on, "a wrong film goes on"

    @invariant()
    def the_screen_does_what_the_rules_say(self) -> None:
        if not hasattr(self, "stage"):
            return
        programme, screen = self.stage.conductor.programme, self.stage.screen
        assert not programme.on or programme.wish
        assert programme.level <= 80
        if screen.fails:
            return
        if programme.on:
            assert screen.programme is not None
            assert screen.held == bool(programme.holds)
        elif not self.stage.reports:
            assert screen.programme is None
        if self.stage.conductor.speaker.turn is None:
            assert screen.announcement is None
            assert Why.ANNOUNCEMENT not in programme.holds
            assert not programme.quietly
            assert not programme.silent

    @invariant()
    def nothing_but_an_emergency_is_heard_in_quiet_hours(self) -> None:
        if hasattr(self, "stage") and self.stage.status.quiet:
            self.stage.wait(0.1)
            on = self.stage.conductor.programme.on
            assert on is None or self.stage.screen.held or not self.stage.status.quiet

    @invariant()
    def what_plays_is_told(self) -> None:
        if hasattr(self, "stage"):
            status, turn = self.stage.status, self.stage.conductor.speaker.turn
            assert (status.state is State.ANNOUNCING) == (turn is not None)
            assert (status.state is State.IDLE) <= (status.film == "")


Player.TestCase.settings = settings(
    max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestPlayer = Player.TestCase
