"""Puts the player together: screen, panel, pictures, schedule, log and the engine that works them."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import time
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import quote

from flask import Blueprint, Flask

from hub.clock import SystemClock
from hub.config import ConfigError, HubConfig
from hub.errors import Sentence as HubSentence
from hub.folders import make_writable
from hub.interpreter import said
from hub.picture_wall import open_easel
from hub.power import power_off_of
from hub.schedule_file import NAME, load_schedule, save_schedule
from hub.system import atomic_write
from hub.way_out import may_be_reached
from library.slugs import slug
from player.alerts.loudness import Hours, Levels
from player.alerts.play_log import PlayLog
from player.alerts.priorities import Programme
from player.announcing.moments import boot_id
from player.announcing.opening import Surroundings, open_desk
from player.engine.counts import Counts
from player.engine.house import House, Settings
from player.engine.kept import WaitingFolder
from player.engine.logbook import Logbook
from player.engine.memory import Memory
from player.engine.planner import Planner
from player.engine.ports import NoPictures, NoTelevision, Panel, Pictures, Television
from player.engine.quarantine import failures_file
from player.engine.thread import Engine
from player.errors import Sentence
from player.films import Film, Films
from player.mpris.bus import session_bus
from player.pins.panel import Panel as PinPanel
from player.pins.panel import header_pins, imaginary_pins
from player.recordings.opening import open_studio
from player.recordings.web import create_blueprint
from player.schedule.seen import seen_file
from player.screen import Tell
from player.service import ScheduleRefusedError, create_app
from player.subtitles.converting import SubtitleFolder
from player.subtitles.reading import SubtitlesError
from player.television.switching import CecTelevision
from player.vlc.opening import open_screen

logger = logging.getLogger(__name__)

LOG = "plays.sqlite"
"""What was played, when, on whose word."""

FOLDER = "player"
"""Of the player's own lasting files, in the folder of the hub's."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the engine shares with the rest of the player's process."""

    config: HubConfig
    clock: SystemClock
    films: Films
    planner: Planner
    waiting: WaitingFolder
    counts: Counts
    panel: Panel
    television: Television
    pictures: Pictures


@contextmanager
def open_player(config: HubConfig) -> Iterator[Flask]:
    """Run the player for as long as its site is served.

    Args:
        config: the hub's configuration.
    """
    paths, player = config.paths, config.player
    own = paths.state / FOLDER
    for folder in (paths.run, paths.state, own, paths.recordings):
        make_writable(folder)
    clock = SystemClock(pretend=config.house.demo)
    with ExitStack() as stack:
        panel = stack.enter_context(PinPanel(player.pins, imaginary_pins if config.house.demo else header_pins))
        pictures: Pictures = NoPictures()
        television: Television = NoTelevision()
        if player.screen != "none":
            pictures = _started(stack, open_easel(config))
        if player.screen == "window" and not config.house.demo:
            television = _started(stack, CecTelevision(player.television, config.house.name))
        reader = partial(load_schedule, paths.state)
        parts = Parts(
            config,
            clock,
            Films(paths.content, undescribed=player.undescribed == "show"),
            Planner(paths.state / NAME, reader, seen_file(own / "seen.json", atomic_write), clock),
            WaitingFolder(own / "waiting", atomic_write),
            Counts(own / "counts.sqlite"),
            panel,
            television,
            pictures,
        )
        engine = _started(stack, Engine(partial(house, parts)))
        if bus := session_bus(os.environ):
            from player.mpris.presence import Presence  # noqa: PLC0415 - 3 MB that a hub without a desktop does without

            _started(stack, Presence(lambda: engine.status, engine.post, bus, config.house.title))
        panel.listen(engine.post)
        yield create_app(
            engine,
            parts.films,
            screen=player.screen,
            log=paths.state / LOG,
            counts=parts.counts,
            save_schedule=partial(_save_schedule, paths.state),
            blueprints=stack.enter_context(_speaking(parts, engine)),
        )


@contextmanager
def _speaking(parts: Parts, engine: Engine) -> Iterator[tuple[Blueprint, ...]]:
    """Open the recordings and the desk of announcements; yields their parts of the site."""
    config, clock = parts.config, parts.clock
    paths, player = config.paths, config.player
    studio, recordings, reader = open_studio(
        player.voice,
        player.recordings,
        paths.recordings,
        paths.run / "recordings",
        atomic_write,
        lambda: clock.now() if clock.trusted() else None,
    )
    never = Hours(time(), time())
    around = Surroundings(
        state=paths.state / FOLDER,
        log=paths.state / LOG,
        write=atomic_write,
        door=engine,
        clock=clock,
        note=lambda entry, result: engine.later(lambda conductor: conductor.house.logbook.note(entry, result)),
        say=reader.say,
        words=said,
        spare=paths.run / "announcements",
        recordings=recordings,
        quiet=lambda: parts.planner.quiet() or next(iter(parts.planner.schedule.quiet_hours), never),
        heard=parts.waiting.was_heard,
        speaking=lambda: engine.status.announcement.key if engine.status.announcement else "",
    )
    with open_desk(player.speaking, around) as desk:
        yield create_blueprint(studio, recordings), desk


def page_of(config: HubConfig) -> Callable[[Film], str]:
    """Return what tells the page of a film on the shelf, a path of the library; empty where it is not shown there."""
    words = {Programme.FILM: "phim", Programme.SOUND: "am-thanh"}
    return lambda film: f"/{words[film.kind]}/{quote(film.name)}/" if film.name and "hub" in film.uses else ""


def words_of(config: HubConfig) -> Callable[[Path], Path | None]:
    """Return what makes subtitles ready for the screen; None where they cannot be read, and the log says why."""
    folder = SubtitleFolder(config.paths.run / "subtitles", atomic_write)

    def ready(source: Path) -> Path | None:
        try:
            return folder.ready(source)
        except SubtitlesError as error:
            logger.warning("%s: %s %s", source.name, error.message, error.hint)
            return None

    return ready


def house(parts: Parts, tell: Tell) -> House:
    """Put together what the engine works with; in its thread."""
    config = parts.config
    state, amplifier, speaking = config.paths.state, config.player.amplifier, config.player.speaking
    return House(
        screen=open_screen(config.player, tell),
        clock=parts.clock,
        films=parts.films,
        planner=parts.planner,
        memory=Memory(state / FOLDER / "playback.json", atomic_write),
        failures=failures_file(state / FOLDER / "failures.json", atomic_write),
        waiting=parts.waiting,
        logbook=Logbook(lambda: PlayLog(state / LOG), parts.clock),
        counts=parts.counts,
        settings=Settings(
            levels=Levels(speaking.loudest, speaking.emergency),
            level=config.player.level,
            warm_up_s=amplifier.warm_up,
            amplifier_rest_s=amplifier.rest_after,
            amplifier_in_hall=amplifier.hall,
            horn=speaking.rules.horn,
        ),
        panel=parts.panel,
        television=parts.television,
        pictures=parts.pictures,
        page_of=page_of(config),
        key_of=slug,
        words_of=words_of(config),
        linked=may_be_reached,
        power_off=power_off_of(demo=config.house.demo),
        boot=boot_id(),
    )


class _Startable(Protocol):
    def start(self) -> None: ...

    def close(self) -> None: ...


_Part = TypeVar("_Part", bound=_Startable)


def _started(stack: ExitStack, part: _Part) -> _Part:
    part.start()
    stack.callback(part.close)
    return part


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
