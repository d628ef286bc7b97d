"""Puts the player together: screen, panel, pictures, schedule, log and the engine that works them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

from flask import Flask

from hub.clock import SystemClock
from hub.config import ConfigError, HubConfig
from hub.errors import Sentence as HubSentence
from hub.folders import make_writable
from hub.picture_wall import open_easel
from hub.schedule_file import NAME, load_schedule, save_schedule
from hub.system import atomic_write
from player.alerts.play_log import PlayLog
from player.alerts.priorities import Programme
from player.engine.counts import Counts
from player.engine.house import House, Settings
from player.engine.kept import WaitingFolder
from player.engine.logbook import Logbook
from player.engine.memory import Memory
from player.engine.planner import Planner
from player.engine.ports import Clock, Panel, Pictures
from player.engine.quarantine import failures_file
from player.engine.thread import Engine
from player.errors import Sentence
from player.films import Film, Films
from player.pins.panel import Panel as PinPanel
from player.pins.panel import header_pins, imaginary_pins
from player.schedule.seen import seen_file
from player.screen import Tell
from player.service import ScheduleRefusedError, create_app
from player.vlc.opening import open_screen

LOG = "plays.sqlite"
"""What was played, when, on whose word."""


@contextmanager
def open_player(config: HubConfig) -> Iterator[Flask]:
    """Run the player for as long as its site is served.

    Args:
        config: the hub's configuration.
    """
    state = config.paths.state
    make_writable(state)
    make_writable(state / "player")
    clock = SystemClock(pretend=config.house.demo)
    films = Films(config.paths.content, undescribed=config.player.undescribed == "show")
    counts = Counts(state / "player" / "counts.sqlite")
    with ExitStack() as stack:
        panel = stack.enter_context(PinPanel(config.player.pins, imaginary_pins if config.house.demo else header_pins))
        easel = open_easel(config)
        easel.start()
        stack.callback(easel.close)
        engine = Engine(partial(_house, config, clock, films, counts, panel, easel))
        engine.start()
        stack.callback(engine.close)
        panel.listen(engine.post)
        yield create_app(
            engine,
            films,
            screen=config.player.screen,
            log=state / LOG,
            counts=counts,
            save_schedule=partial(_save_schedule, state),
        )


def page_of(config: HubConfig) -> Callable[[Film], str]:
    """Return what tells the page of a film on the shelf, a path of the library; empty where it is not shown there."""
    words = {Programme.FILM: "phim", Programme.SOUND: "am-thanh"}
    return lambda film: f"/{words[film.kind]}/{quote(film.name)}/" if film.name and "hub" in film.uses else ""


def _house(
    config: HubConfig, clock: Clock, films: Films, counts: Counts, panel: Panel, pictures: Pictures, tell: Tell
) -> House:
    """Put together what the engine works with; in its thread."""
    state, amplifier = config.paths.state, config.player.amplifier
    own = state / "player"
    return House(
        screen=open_screen(config.player, tell),
        clock=clock,
        films=films,
        planner=Planner(state / NAME, partial(load_schedule, state), seen_file(own / "seen.json", atomic_write), clock),
        memory=Memory(own / "playback.json", atomic_write),
        failures=failures_file(own / "failures.json", atomic_write),
        waiting=WaitingFolder(own / "waiting", atomic_write),
        logbook=Logbook(lambda: PlayLog(state / LOG), clock),
        counts=counts,
        settings=Settings(
            level=config.player.level,
            warm_up_s=amplifier.warm_up,
            amplifier_rest_s=amplifier.rest_after,
            amplifier_in_hall=amplifier.hall,
        ),
        panel=panel,
        pictures=pictures,
        page_of=page_of(config),
    )


def _save_schedule(state: Path, data: bytes) -> None:
    try:
        save_schedule(state, data)
    except ConfigError as error:
        problems = [Sentence("%(where)s: %(what)s", where=one.path, what=_said(one.wrong)) for one in error.problems]
        raise ScheduleRefusedError(problems or [_said(error.message)], _said(error.hint)) from error


def _said(sentence: str) -> str:
    """The hub's sentence as the player's (docs/decisions/0019)."""
    if not isinstance(sentence, HubSentence):
        return sentence
    return Sentence(sentence.msgid, **{name: _part(part) for name, part in sentence.arguments.items()})


def _part(part: object) -> object:
    return _said(part) if isinstance(part, str) else part
