"""What everybody at the desk works with, and the one way from the desk to the engine.

Nothing is lost between the two: an announcement stands in the book as ready before the engine is asked, and as given
only when the engine has taken it; whatever stands there as ready after a start is posted again. The engine takes a key
that it knows already for what it is.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Final, Protocol

from player.alerts.cap_judging import Seen
from player.alerts.loudness import Hours
from player.alerts.play_log import Entry, Result
from player.alerts.priorities import Priority
from player.announcing.book import Book, BookError
from player.announcing.config import SpeakingConfig
from player.announcing.items import Item, Stage
from player.announcing.moments import Stamp, house_time, stamp, trusted_wall
from player.announcing.signals import Signal
from player.announcing.sounds import Recordings, Sounds
from player.announcing.spoken import Spoken
from player.engine.commands import Announce, Command, Withdraw
from player.engine.ports import Clock

logger = logging.getLogger(__name__)

MOST_WAITING: Final = 30
"""How many announcements may be on the desk that have not been heard."""

Note = Callable[[Entry, Result], None]
"""Writes a line of the play log about what was not played; raises nothing."""

Words = Callable[[str, str], str]
"""Says a sentence in a language: takes both, returns the text."""


class Door(Protocol):
    """The engine, as the desk sees it."""

    def post(self, command: Command) -> None:
        """Ask for something; never waits."""

    def settle(self, timeout_s: float = 5.0) -> bool:
        """Wait until everything posted before is done and on the card; False if it took longer."""


def no_quiet_hours() -> Hours:
    """Return hours that never hold."""
    return Hours(time(0), time(0))


def not_heard(key: str) -> bool:
    """Whether an announcement has been heard, or is not to be any more: never."""
    return False


def new_key() -> str:
    """Return a key that no other announcement has."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Office:
    """What the desk works with.

    Attributes:
        config: what the house has set.
        book: what is remembered.
        sounds: where sounds are made and kept.
        recordings: the recordings of the house.
        door: the engine.
        clock: the clocks.
        boot: tells this start of the machine from every other.
        note: writes into the play log.
        words: says sentences in a language.
        quiet: the quiet hours.
        heard: whether the engine is done with the announcement of a key.
        new_key: makes keys.
        turn: held whenever the book is read in order to be written.
    """

    config: SpeakingConfig
    book: Book
    sounds: Sounds
    recordings: Recordings
    door: Door
    clock: Clock
    boot: str
    note: Note
    words: Words
    quiet: Callable[[], Hours] = no_quiet_hours
    heard: Callable[[str], bool] = not_heard
    new_key: Callable[[], str] = new_key
    turn: threading.RLock = field(default_factory=threading.RLock)
    posted: set[str] = field(default_factory=set)

    def stamp(self) -> Stamp:
        """Return this moment."""
        return stamp(self.clock, self.boot)

    def wall(self) -> datetime | None:
        """Return the time, in the zone of the house; None where it is not trusted."""
        return trusted_wall(self.clock)

    def hour(self) -> time | None:
        """Return the time of day; None where it is not trusted."""
        now = self.wall()
        return None if now is None else house_time(now).time()

    def send(self, item: Item, *extra: Command) -> None:
        """Give the engine what stands in the book as ready; `deliver` makes sure that it has arrived.

        Args:
            item: which.
            extra: what is asked before it.
        """
        for command in extra:
            self.door.post(command)
        self.door.post(Announce(item.spoken))
        self.posted.add(item.key)

    def put(
        self,
        item: Item,
        *seen: tuple[Seen, datetime],
        drop: Collection[str] = (),
        before: Sequence[Command] = (),
    ) -> None:
        """Keep an item and, where it is ready, give it to the engine: an emergency even where the card is full.

        Args:
            item: which.
            seen: warnings to be remembered, each with the time from which on it may be forgotten.
            drop: keys of items that go.
            before: what the engine is asked before it.

        Raises:
            BookError: the card refused, and it is no emergency that is ready.
        """
        with self.turn:
            try:
                self.book.keep(item, *seen, drop=drop)
            except BookError as error:
                if item.stage is not Stage.READY or item.spoken.announcement.priority is not Priority.EMERGENCY:
                    raise
                logger.error("An emergency is heard, and not kept: %s %s", error.message, error.hint)
            if item.stage is Stage.READY:
                self.send(item, *before)

    def deliver(self) -> None:
        """Post what is ready and was not posted since the start, and mark as given what the engine has taken."""
        with self.turn:
            ready = self.book.items(Stage.READY)
            for item in ready:
                if item.key not in self.posted:
                    self.send(item, *(Withdraw(key) for key in sorted(item.spoken.announcement.replaces)))
        if not ready or not self.door.settle(2.0):
            return
        with self.turn:
            for item in ready:
                now = self.book.item(item.key)
                if now is not None and now.stage is Stage.READY:
                    self.book.keep(replace(now, stage=Stage.GIVEN))

    def let_go(self, item: Item) -> None:
        """Take an item, its sound and its hold on a recording away."""
        self.book.drop(item.key)
        self.posted.discard(item.key)
        self.release(item)

    def release(self, item: Item) -> None:
        """Take an item's sound and its hold on a recording away."""
        self.sounds.forget(item.key)
        if item.recording:
            self.recordings.release(item.recording)

    def tell(self, spoken: Spoken, result: Result) -> None:
        """Write into the play log what was not played."""
        self.note(entry_of(spoken), result)


def entry_of(spoken: Spoken) -> Entry:
    """Return what the play log says of an announcement."""
    return Entry(
        item=spoken.headline or spoken.announcement.key,
        source=spoken.source,
        priority=spoken.announcement.priority,
        author=spoken.author,
        approver=spoken.approver,
        ground=spoken.ground,
        planned=spoken.not_before,
    )


def signal_of(spoken: Spoken) -> Signal:
    """Return what is heard before its words."""
    if spoken.all_clear:
        return Signal.ALL_CLEAR
    return (Signal.ORDINARY, Signal.PREFERRED, Signal.EMERGENCY)[spoken.announcement.priority - 1]
