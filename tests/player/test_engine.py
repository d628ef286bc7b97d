"""The player's engine: one thread, one queue, three states."""

import threading
from collections.abc import Iterator

import pytest

from player.engine.commands import Command, Play, Stop, TogglePause
from player.engine.thread import Engine, State, Status
from player.screen import NoScreen
from player.testing import FakeScreen

FILM = "ga-tha-doi.mp4"


@pytest.fixture
def screen() -> FakeScreen:
    return FakeScreen()


@pytest.fixture
def engine(screen: FakeScreen) -> Iterator[Engine]:
    engine = Engine(screen)
    engine.start()
    yield engine
    engine.close()


@pytest.mark.parametrize(
    ("commands", "state", "shown", "held"),
    [
        ([], State.IDLE, None, False),
        ([Play(FILM)], State.PLAYING, FILM, False),
        ([Play(FILM), TogglePause()], State.PAUSED, FILM, True),
        ([Play(FILM), TogglePause(), TogglePause()], State.PLAYING, FILM, False),
        ([Play(FILM), TogglePause(), Play(FILM)], State.PLAYING, FILM, False),
        ([Play(FILM), TogglePause(), Stop()], State.IDLE, None, False),
        ([TogglePause()], State.IDLE, None, False),
        ([Stop(), Stop()], State.IDLE, None, False),
    ],
)
def test_commands(
    engine: Engine, screen: FakeScreen, commands: list[Command], state: State, shown: str | None, held: bool
) -> None:
    for command in commands:
        engine.post(command)
    assert engine.settle()
    assert engine.status == Status(state, shown or "")
    assert (screen.programme.source if screen.programme else None, screen.held) == (shown, held)


def test_a_screen_that_fails_leaves_the_player_idle_and_says_why(engine: Engine, screen: FakeScreen) -> None:
    screen.fails = True
    engine.post(Play(FILM))
    assert engine.settle()
    assert engine.status == Status(problem="The screen does not answer.")
    screen.fails = False
    engine.post(Play(FILM))
    assert engine.settle()
    assert engine.status == Status(State.PLAYING, FILM)


def test_without_a_screen_nothing_pretends_to_play() -> None:
    engine = Engine(NoScreen())
    engine.start()
    engine.post(Play(FILM))
    assert engine.settle()
    assert engine.status.state is State.IDLE
    assert "no screen" in engine.status.problem
    engine.post(Stop())
    assert engine.settle()
    assert engine.status == Status()
    engine.close()


def test_closing_clears_the_screen(screen: FakeScreen) -> None:
    engine = Engine(screen)
    engine.start()
    engine.post(Play(FILM))
    engine.close()
    assert screen.programme is None
    assert [media.source for media in screen.history] == [FILM]
    assert not engine.alive


def test_many_threads_may_post(engine: Engine, screen: FakeScreen) -> None:
    def press() -> None:
        for _ in range(200):
            engine.post(Play(FILM))
            engine.post(TogglePause())

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert engine.settle()
    assert len(screen.history) == 800
    assert engine.status.state in {State.PLAYING, State.PAUSED}
