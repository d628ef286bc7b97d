"""Opens the desk: brings its rooms together, with what a power cut left, and goes around until it is closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from flask import Blueprint

from player.alerts.loudness import Hours
from player.announcing.book import Book
from player.announcing.cap_apart import AlertReader
from player.announcing.config import SpeakingConfig
from player.announcing.desk import Desk
from player.announcing.journal import last_test
from player.announcing.moments import boot_id
from player.announcing.office import Door, Note, Office, Words, no_quiet_hours, not_heard
from player.announcing.orders import OrderDesk
from player.announcing.rounds import Rounds
from player.announcing.signers import Signers, Verifier
from player.announcing.sounds import NoRecordings, Recordings, Say, Sounds
from player.announcing.warning_desk import WarningDesk
from player.announcing.web import desk_pages
from player.engine.ports import Clock
from player.schedule.state_file import AtomicWriter

BOOK: Final = "announcements.sqlite"
SOUNDS: Final = "announcements"
SIGNERS: Final = "signers.toml"


def nobody_speaks() -> str:
    """Return the key of what is heard now: none."""
    return ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the desk needs of the rest of the hub.

    Attributes:
        state: the folder of the player's lasting files.
        log: the play log.
        write: writes a file atomically.
        door: the engine.
        clock: the clocks.
        note: writes into the play log.
        say: reads a text out.
        words: says a sentence in a language.
        spare: a folder in memory for sounds of emergencies that the card refuses; None where there is none.
        recordings: the recordings of the house.
        quiet: the quiet hours.
        heard: whether the engine is done with the announcement of a key.
        speaking: the key of what is heard now.
        verifier: knows the keys; None: those of ``signers.toml`` in the state folder.
        boot: tells this start of the machine from every other.
    """

    state: Path
    log: Path
    write: AtomicWriter
    door: Door
    clock: Clock
    note: Note
    say: Say
    words: Words
    spare: Path | None = None
    recordings: Recordings = field(default_factory=NoRecordings)
    quiet: Callable[[], Hours] = no_quiet_hours
    heard: Callable[[str], bool] = not_heard
    speaking: Callable[[], str] = nobody_speaks
    verifier: Verifier | None = None
    boot: Callable[[], str] = boot_id


@contextmanager
def open_desk(config: SpeakingConfig, around: Surroundings) -> Iterator[Blueprint]:
    """Open the desk; yields its part of the player's site.

    Args:
        config: what the house has set.
        around: what it needs.

    Raises:
        BookError: its book cannot be opened.
    """
    with Book(around.state / BOOK) as book:
        office = Office(
            config=config,
            book=book,
            sounds=Sounds(around.state / SOUNDS, around.say, around.write, around.spare),
            recordings=around.recordings,
            door=around.door,
            clock=around.clock,
            boot=around.boot(),
            note=around.note,
            words=around.words,
            quiet=around.quiet,
            heard=around.heard,
        )
        for item in book.items():
            if item.recording:
                around.recordings.keep(item.recording)
        verifier = around.verifier or Signers(around.state / SIGNERS)
        warnings = WarningDesk(office, AlertReader(), verifier)
        rounds = Rounds(office, warnings)
        rounds.start()
        try:
            last: Callable[[], dict[str, Any] | None] = partial(last_test, around.log)
            orders = OrderDesk(office, verifier)
            yield desk_pages(office, Desk(office), warnings, orders, around.speaking, last)
        finally:
            rounds.stop()
