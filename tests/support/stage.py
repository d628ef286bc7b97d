"""A whole player without a thread and without waiting: its rules, a screen in memory and a clock that is moved."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from player.alerts.priorities import Announcement, Priority, Scope, Voice
from player.announcing.spoken import Spoken
from player.engine.commands import Announce, Command, Play
from player.engine.conductor import Conductor
from player.engine.house import Settings
from player.engine.status import State, Status
from player.schedule.config import ScheduleConfig
from player.screen import Report
from player.testing import (
    EVENING,
    FakeClock,
    FakeLog,
    FakePanel,
    FakePictures,
    FakeScreen,
    FakeTelevision,
    Script,
    pretend_house,
)

STEP_S = 0.1


class Stage:
    """A player on a stage.

    Args:
        folder: holds its files; a second stage in the same folder is the player after a power cut.
        schedule: what is planned, as schedule.toml says it.
        scripts: how films and sounds behave.
        now: what time it is.
        trusted: whether that is known to be right.
    """

    def __init__(
        self,
        folder: Path,
        *,
        schedule: Mapping[str, Any] | None = None,
        scripts: Mapping[str, Script] | None = None,
        now: datetime = EVENING,
        trusted: bool = True,
        settings: Settings | None = None,
        **more: Any,
    ) -> None:
        self.folder = folder
        self.clock = FakeClock(now, trusted=trusted)
        self.reports: deque[Report] = deque()
        self.screen = FakeScreen(self.reports.append, self.clock.monotonic, scripts)
        self.panel = FakePanel(self.clock.monotonic)
        self.television = FakeTelevision()
        self.pictures = FakePictures()
        self.log = FakeLog()
        self.off: list[bool] = []
        self.house = pretend_house(
            folder,
            self.screen,
            self.clock,
            schedule=ScheduleConfig.model_validate(schedule or {}),
            log=more.pop("open_log", lambda: self.log),
            settings=settings,
            panel=self.panel,
            television=self.television,
            pictures=self.pictures,
            power_off=lambda: self.off.append(True),
            **more,
        )
        self.conductor = Conductor(self.house)
        self.conductor.start()

    @property
    def status(self) -> Status:
        return self.conductor.status

    @property
    def state(self) -> State:
        return self.status.state

    def film(self, name: str, description: str = "") -> str:
        """Put a film into the content folder, with a description where one is given."""
        path = self.folder / "content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(b"film")
        if description:
            path.with_suffix(".toml").write_text(description, encoding="utf-8")
        return name

    def films(self, *names: str) -> None:
        for name in names:
            self.film(name)

    def obey(self, *commands: Command) -> None:
        for command in commands:
            self.conductor.obey(command)
            self._hear()

    def play(self, name: str, seconds: float = 1.0) -> None:
        """Play a film for a while."""
        self.film(name)
        self.obey(Play(name))
        self.wait(seconds)

    def say(self, key: str, priority: Priority = Priority.ORDINARY, **more: Any) -> None:
        self.obey(Announce(spoken(key, priority, **more)))

    def wait(self, seconds: float, step_s: float = STEP_S) -> None:
        """Let time pass, in steps as the thread takes them."""
        for _ in range(round(seconds / step_s)):
            self.clock.move(step_s)
            self.screen.work()
            self._hear()
            self.conductor.tick()
            self._hear()

    def _hear(self) -> None:
        while self.reports:
            self.conductor.hear(self.reports.popleft())


def spoken(key: str, priority: Priority = Priority.ORDINARY, **more: Any) -> Spoken:
    """An announcement of five seconds, from the village."""
    announcement = Announcement(
        key,
        priority,
        more.pop("scope", Scope.VILLAGE),
        more.pop("asked", 1),
        more.pop("voice", Voice.RECORDED),
        replaces=frozenset(more.pop("replaces", ())),
    )
    return Spoken(announcement, more.pop("sound", f"/recordings/{key}.wav"), more.pop("source", "recording"), **more)


def described(title: str = "Nuôi gà", uses: str = '"hub", "public screening"', more: str = "", name: str = "x") -> str:
    """The text of a description file."""
    return (
        f'name = "{name}"\ntitle = "{title}"\nlanguage = "vi"\n{more}\n'
        f'[rights]\nholder = "Xã"\nlicence = "CC0"\nuses = [{uses}]\n'
    )
