"""The engine's thread: one queue, an answer for whoever waits, and a mistake that ends nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from player.engine.commands import Play, Stop, TogglePause
from player.engine.conductor import Conductor
from player.engine.house import House
from player.engine.status import State
from player.engine.thread import Engine, EngineBusyError
from player.errors import ScreenMissingError
from player.films import UnknownFilmError
from player.screen import NoScreen, Tell
from player.testing import FakeClock, FakeScreen, pretend_house

FILM = "ga-tha-doi.mp4"


@pytest.fixture
def screen() -> FakeScreen:
    return FakeScreen()


@pytest.fixture
def engine(screen: FakeScreen, tmp_path: Path) -> Iterator[Engine]:
    engine = engine_of(tmp_path, screen)
    engine.start()
    yield engine
    engine.close()


def engine_of(folder: Path, screen: object) -> Engine:
    (folder / "content").mkdir()
    (folder / "content" / FILM).write_bytes(b"film")

    def build(tell: Tell) -> House:
        if isinstance(screen, FakeScreen):
            screen.tell = tell
        return pretend_house(folder, screen, FakeClock())

    return Engine(build)


def test_commands_are_obeyed_in_their_order(engine: Engine, screen: FakeScreen) -> None:
    for command in (Play(FILM), TogglePause(), TogglePause(), TogglePause()):
        engine.post(command)
    assert engine.settle()
    assert (engine.status.state, engine.status.film, screen.held) == (State.PAUSED, FILM, True)


def test_whoever_waits_hears_why_not(engine: Engine) -> None:
    engine.command(Play(FILM))
    with pytest.raises(UnknownFilmError):
        engine.command(Play("other.mp4"))
    assert engine.status.film == FILM


def test_without_a_screen_nothing_pretends_to_play(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, NoScreen())
    engine.start()
    with pytest.raises(ScreenMissingError):
        engine.command(Play(FILM))
    assert engine.status.state is State.IDLE
    engine.close()


def test_closing_clears_the_screen(screen: FakeScreen, tmp_path: Path) -> None:
    engine = engine_of(tmp_path, screen)
    assert not engine.alive
    engine.start()
    engine.command(Play(FILM))
    assert engine.alive
    engine.close()
    assert screen.closed
    assert not engine.alive
    with pytest.raises(EngineBusyError):
        engine.command(Stop())


def test_a_thread_that_hangs_is_not_alive(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine.settle()
    go_on = threading.Event()
    monkeypatch.setattr("player.engine.thread.SILENT_S", -1.0)
    assert not engine.alive
    monkeypatch.undo()
    with pytest.raises(EngineBusyError):
        engine.ask(lambda conductor: go_on.wait(5), timeout_s=0.05)
    go_on.set()
    assert engine.settle()
    assert engine.alive


def test_a_mistake_is_told_and_the_next_command_is_obeyed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def wrong(conductor: Conductor, command: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(Conductor, "_obey", wrong)
        engine.post(Play(FILM))
        assert engine.settle()
    assert "The engine has made a mistake." in caplog.text
    engine.command(Play(FILM))
    assert engine.status.film == FILM


def test_a_mistake_at_each_look_is_told_now_and_then(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def wrong(conductor: Conductor) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Conductor, "tick", wrong)
    for _ in range(200):
        engine.command(Play(FILM))
    assert len(caplog.records) < 10


def test_many_threads_may_post(engine: Engine, screen: FakeScreen) -> None:
    def press() -> None:
        for _ in range(50):
            engine.post(Play(FILM))
            engine.post(TogglePause())

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert engine.settle(30)
    assert len(screen.history) == 200
    assert engine.status.state in {State.PLAYING, State.STARTING, State.PAUSED}
