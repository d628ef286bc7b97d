"""The one thread that works the screen: commands come through one queue, so nothing ever happens at the same time.

Buttons and the website only post; the thread decides. States: idle, playing, paused.
"""

import logging
import threading
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from queue import SimpleQueue

from player.engine.commands import Command, Play, Stop, TogglePause
from player.errors import ScreenError
from player.screen import Media, Screen

logger = logging.getLogger(__name__)


class State(StrEnum):
    """What the player does."""

    IDLE = "idle"
    PLAYING = "playing"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Status:
    """What the player does with which film, and the last thing the screen refused."""

    state: State = State.IDLE
    film: str = ""
    problem: str = ""


class Engine:
    """The player's engine.

    Args:
        screen: what to show films on; used by the engine's thread alone.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._commands: SimpleQueue[Command | threading.Event | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="player", daemon=True)
        self._status = Status()

    @property
    def status(self) -> Status:
        """What the player does now."""
        return self._status

    @property
    def alive(self) -> bool:
        """Whether the engine takes commands."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to take commands."""
        self._thread.start()

    def post(self, command: Command) -> None:
        """Ask for something; never waits."""
        self._commands.put(command)

    def settle(self, timeout_s: float = 5.0) -> bool:
        """Wait until everything posted before this call is done; False if it took longer than ``timeout_s``."""
        done = threading.Event()
        self._commands.put(done)
        return done.wait(timeout_s)

    def close(self) -> None:
        """Show nothing more and end the thread."""
        self._commands.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (command := self._commands.get()) is not None:
            if isinstance(command, threading.Event):
                command.set()
                continue
            try:
                self._status = self._obey(command)
            except ScreenError as error:
                logger.warning("%s %s", error.message, error.hint)
                self._status = Status(problem=error.message)
        self._status = Status()
        self._screen.stop()

    def _obey(self, command: Command) -> Status:
        match command, self._status.state:
            case Play(film), _:
                self._screen.play(Media(film), 1)
                return Status(State.PLAYING, Path(film).name)
            case Stop(), _:
                self._screen.stop()
                return Status()
            case TogglePause(), State.IDLE:
                logger.info("Nothing to play.")
                return self._status
            case TogglePause(), state:
                pause = state is State.PLAYING
                self._screen.hold(held=pause)
                return Status(State.PAUSED if pause else State.PLAYING, self._status.film)
            case _:
                return self._status
