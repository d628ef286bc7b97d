"""Everything the engine works with, in one place, and what the technician has set about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time
from itertools import count
from pathlib import Path
from urllib.parse import quote

from player.alerts.loudness import Hours, Levels
from player.engine.counts import Counts
from player.engine.kept import WaitingFolder
from player.engine.logbook import Logbook
from player.engine.memory import Memory
from player.engine.planner import Planner
from player.engine.ports import Clock, NoPanel, NoPictures, NoTelevision, Panel, Pictures, Television
from player.engine.quarantine import Failures
from player.films import Film, Films
from player.schedule.state_file import StateFile
from player.screen import Screen


@dataclass(frozen=True, slots=True)
class Settings:
    """What may be set about the engine.

    Attributes:
        levels: how loud it may be.
        level: how loud a programme is at first, from 0 to 100.
        warm_up_s: how long before a word the amplifier is switched on, in seconds.
        amplifier_rest_s: how long after the last sound it is switched off, in seconds.
        amplifier_in_hall: whether the amplifier feeds the hall's loudspeakers, too.
        horn: the hours in which programmes may be heard in the whole village.
        television_rest_s: how long after the last picture the television is put to rest, in seconds.
    """

    levels: Levels = field(default_factory=Levels)
    level: int = 80
    warm_up_s: float = 1.5
    amplifier_rest_s: float = 5.0
    amplifier_in_hall: bool = False
    horn: Hours = field(default_factory=lambda: Hours(time(0, 0), time.max))
    television_rest_s: float = 300.0


def _no_page(film: Film) -> str:
    return ""


def _as_brought(words: Path) -> Path | None:
    return words


def _perhaps(address: str) -> bool:
    return True


def _stay_on() -> None:
    """A machine that nobody may switch off from here."""


@dataclass(slots=True)
class House:
    """The engine's collaborators; used by its thread alone.

    Attributes:
        screen: what plays and speaks.
        clock: what time it is.
        films: the content folder.
        planner: the schedule.
        memory: what is on, for the next start.
        failures: the file of films that failed.
        waiting: the announcements that are to be heard.
        logbook: the play log.
        counts: what was counted in the hall.
        settings: what the technician has set.
        panel: lights and amplifier.
        television: its switch.
        pictures: what is seen besides films.
        page_of: the address of a film's page, for the code in the corner; empty: none is shown.
        key_of: how a book, known by its name, is called in the library's addresses.
        words_of: a file of subtitles as the screen can read it, made of one as it was brought; None: it cannot be.
        linked: whether there is a way to the address of a stream.
        power_off: switches the machine off.
        boot: tells this start of the machine from every other.
        generations: the numbers of what is played and said.
    """

    screen: Screen
    clock: Clock
    films: Films
    planner: Planner
    memory: Memory
    failures: StateFile[Failures]
    waiting: WaitingFolder
    logbook: Logbook
    counts: Counts
    settings: Settings = field(default_factory=Settings)
    panel: Panel = field(default_factory=NoPanel)
    television: Television = field(default_factory=NoTelevision)
    pictures: Pictures = field(default_factory=NoPictures)
    page_of: Callable[[Film], str] = _no_page
    key_of: Callable[[str], str] = quote
    words_of: Callable[[Path], Path | None] = _as_brought
    linked: Callable[[str], bool] = _perhaps
    power_off: Callable[[], None] = _stay_on
    boot: str = ""
    generations: count[int] = field(default_factory=lambda: count(1))
