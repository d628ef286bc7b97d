"""The one thread that works the screen: everything comes through one queue, so nothing ever happens at the same time.

Buttons, the website, the schedule and the screen itself only put something into the queue; the rules are
`player.engine.conductor`'s. The thread says that it is alive each time it has passed its loop.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

from player.engine.commands import Command
from player.engine.conductor import Conductor
from player.engine.house import House
from player.engine.status import Status
from player.errors import PlayerError, Sentence
from player.screen import Report, Tell

logger = logging.getLogger(__name__)

BUSY_TICK_S: Final = 0.1
"""While something is on, it is looked at this often, in seconds."""

IDLE_TICK_S: Final = 0.5
"""And so often while nothing is."""

SILENT_S: Final = 5.0
"""A thread that has not passed its loop for this time, in seconds, is not alive."""

MISTAKE_S: Final = 2.0
"""After a mistake of the rules the engine looks again after this time, in seconds, so that no log is flooded."""

CLOSE_S: Final = 15.0
"""So long whoever closes the engine waits for a thread that hangs, in seconds."""

Answer = TypeVar("Answer")


class EngineBusyError(PlayerError):
    """The engine does not answer."""


@dataclass(frozen=True, slots=True)
class _Question:
    """Something to be looked up by the engine's thread."""

    ask: Callable[[Conductor], Any]
    answer: Future[Any]


class Engine:
    """The player's engine.

    Args:
        build: puts together what the engine works with, in its thread; takes the function that the screen reports to.
    """

    def __init__(self, build: Callable[[Tell], House]) -> None:
        self._build = build
        self._queue: SimpleQueue[Command | Report | _Question | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="player", daemon=True)
        self._status = Status()
        self._passed_s = float("-inf")

    @property
    def status(self) -> Status:
        """What the player does now."""
        return self._status

    @property
    def alive(self) -> bool:
        """Whether the thread has passed its loop in the last seconds."""
        return self._thread.is_alive() and time.monotonic() - self._passed_s < SILENT_S

    def start(self) -> None:
        """Begin to take commands."""
        self._thread.start()

    def post(self, command: Command) -> None:
        """Ask for something; never waits."""
        self._queue.put(command)

    def command(self, command: Command) -> None:
        """Ask for something, and wait until it is done.

        Raises:
            PlayerError: why it is not done; `EngineBusyError` when the engine does not answer.
        """
        refusal = self.ask(lambda conductor: conductor.obey(command))
        if refusal is not None:
            raise refusal

    def tell(self, report: Report) -> None:
        """Report something of the screen; never waits."""
        self._queue.put(report)

    def ask(self, question: Callable[[Conductor], Answer], timeout_s: float = 3.0) -> Answer:
        """Have the engine's thread look something up, after everything posted before.

        Args:
            question: what to look up; must be quick.
            timeout_s: how long to wait, in seconds.

        Raises:
            EngineBusyError: it took longer, or the engine has ended.
        """
        answer: Future[Answer] = Future()
        self._queue.put(_Question(question, answer))
        try:
            return answer.result(timeout_s if self._thread.is_alive() else 0.0)
        except FutureTimeoutError:
            busy = Sentence("The player does not answer.")
            raise EngineBusyError(busy, Sentence("Try again in a moment.")) from None

    def later(self, act: Callable[[Conductor], object]) -> None:
        """Have the engine's thread do something; never waits, and nobody hears what became of it."""
        self._queue.put(_Question(act, Future()))

    def settle(self, timeout_s: float = 5.0) -> bool:
        """Wait until everything posted before this call is done; False if it took longer than ``timeout_s``."""
        try:
            self.ask(lambda conductor: None, timeout_s)
        except EngineBusyError:
            return False
        return True

    def photograph(self) -> bytes | None:
        """Return what is seen now as a JPEG; None when nothing can be seen.

        Raises:
            EngineBusyError: the engine does not answer.
        """
        return self.ask(lambda conductor: conductor.house.screen.photograph())

    def close(self) -> None:
        """Show nothing more and end the thread; what is on goes on with the next start."""
        self._queue.put(None)
        self._thread.join(CLOSE_S)

    def _run(self) -> None:
        try:
            conductor = Conductor(self._build(self.tell))
        except Exception:
            logger.exception("The player cannot be put together.")
            return
        self._safely(conductor.start)
        self._status, self._passed_s, ticked_s = conductor.status, time.monotonic(), time.monotonic()
        while True:
            tick_s = BUSY_TICK_S if conductor.restless else IDLE_TICK_S
            sound = True
            with contextlib.suppress(Empty):
                item = self._queue.get(timeout=max(0.0, ticked_s + tick_s - time.monotonic()))
                if item is None:
                    break
                sound = self._take(conductor, item)
            if time.monotonic() - ticked_s >= tick_s:
                sound = self._safely(conductor.tick) and sound
                ticked_s = time.monotonic() + (0.0 if sound else MISTAKE_S)
            self._status = conductor.status
            if sound:
                self._passed_s = time.monotonic()
        self._safely(conductor.close)

    def _take(self, conductor: Conductor, item: Command | Report | _Question) -> bool:
        match item:
            case Report():
                return self._safely(lambda: conductor.hear(item))
            case _Question(ask, answer):
                try:
                    result = ask(conductor)
                    self._status = conductor.status
                    answer.set_result(result)
                except Exception as error:
                    answer.set_exception(error)
                return True
        return self._safely(lambda: _obey(conductor, item))

    def _safely(self, act: Callable[[], None]) -> bool:
        """Do something; a mistake of the rules is told, and the engine goes on: nobody can mend it in the village."""
        try:
            act()
        except Exception:
            logger.exception("The engine has made a mistake.")
            return False
        return True


def _obey(conductor: Conductor, command: Command) -> None:
    conductor.obey(command)
