"""What the desk does by itself once a second: what is due is heard, what nobody confirmed lapses, a test once a month.

Nothing that depends on the hour happens while the clock is not trusted.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import time, timedelta
from typing import Final

from player.alerts.loudness import Hours
from player.alerts.play_log import Entry, Result
from player.alerts.priorities import Announcement, Priority, Scope, Voice
from player.alerts.speaking import CONFIRM_WITHIN_S, Ground
from player.announcing.desk import LANGUAGE
from player.announcing.items import Item, Stage
from player.announcing.journal import TEST
from player.announcing.moments import house_time, surely_over
from player.announcing.office import Office
from player.announcing.signals import Signal
from player.announcing.spoken import Spoken
from player.announcing.warning_desk import WarningDesk
from player.engine.commands import Withdraw
from player.errors import PlayerError, Sentence

logger = logging.getLogger(__name__)

EVERY_S: Final = 1.0
LOOK_EVERY_S: Final = 5.0
"""How often the engine is asked what has been heard."""
JUDGE_EVERY_S: Final = 30.0
"""How long a warning is left alone after it could not be judged anew."""
GRACE: Final = timedelta(minutes=30)
"""For how long after its time a planned announcement is still heard; later it is missed."""
GIVEN_S: Final = 24 * 3600.0
"""For how long the desk remembers what the engine has."""
UNSIGNED_S: Final = 24 * 3600.0
"""For how long an unsigned warning waits for those who may confirm it."""
MOST_GIVEN: Final = 50
TEST_HOURS: Final = Hours(time(9), time(16))
"""When the silent test of the month may be."""
TEST_NOTE: Final = "silent test"


class Rounds:
    """Goes around the desk.

    Args:
        office: what the desk works with.
        warnings: judges warnings anew.
    """

    def __init__(self, office: Office, warnings: WarningDesk) -> None:
        self._office = office
        self._warnings = warnings
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)
        self._told: set[str] = set()
        self._next_look = 0.0
        self._judge_at_s: dict[str, float] = {}

    def start(self) -> None:
        """Sweep up what a power cut left, then go around until `stop`."""
        self._office.sounds.sweep({item.key for item in self._office.book.items()})
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            self.go()
            self._ended.wait(EVERY_S)

    def go(self) -> None:
        """Go around once; a thing that fails is told once and does not hold up the others."""
        for name, errand in (
            ("given", self._deliver),
            ("due", self._due),
            ("lapsed", self._lapsed),
            ("heard", self._heard),
            ("test", self._silent_test),
        ):
            try:
                errand()
                self._told.discard(name)
            except PlayerError as error:
                if name not in self._told:
                    logger.error("%s %s", error.message, error.hint)
                self._told.add(name)
            except Exception:  # a mistake of ours: nobody can mend it in the village, and the others still go round
                if name not in self._told:
                    logger.exception("The desk has made a mistake.")
                self._told.add(name)

    def _deliver(self) -> None:
        self._office.deliver()

    def _due(self) -> None:
        """Have planned announcements heard, and warnings judged that take effect, or wait for a trusted clock."""
        office = self._office
        now = office.wall()
        if now is None:
            return
        here = house_time(now)
        for item in office.book.items(Stage.PLANNED):
            due = item.spoken.not_before
            if due is None or due <= here:
                self._fire(item, missed=due is not None and here > due + GRACE)
        for item in office.book.items(Stage.LATER):
            if item.spoken.not_before is None or item.spoken.not_before <= here:
                self._judge_again(item)
        for item in office.book.items(Stage.TO_CONFIRM):
            if item.letter is not None and item.spoken.ground == Ground.SIGNED_WARNING:
                self._judge_again(item)

    def _judge_again(self, item: Item) -> None:
        """Judge a warning anew, but not every second: each time costs a child, and the card may be full for hours."""
        now_s = self._office.clock.monotonic()
        if now_s < self._judge_at_s.get(item.key, now_s):
            return
        self._judge_at_s[item.key] = now_s + JUDGE_EVERY_S
        self._warnings.judge_again(item)
        del self._judge_at_s[item.key]

    def _fire(self, item: Item, *, missed: bool) -> None:
        office = self._office
        with office.turn:
            if office.book.item(item.key) is None:
                return
            if missed:
                office.let_go(item)
                office.tell(item.spoken, Result.MISSED)
                return
            office.put(replace(item, stage=Stage.READY))

    def _lapsed(self) -> None:
        """Let go of what nobody confirmed in time."""
        office = self._office
        now = office.stamp()
        wall = office.wall()
        for item in office.book.items(Stage.TO_CONFIRM):
            if item.letter is None:
                over = surely_over(item.asked, now, CONFIRM_WITHIN_S)
            else:
                until = item.spoken.until
                ended = wall is not None and until is not None and house_time(wall) >= until
                over = ended or surely_over(item.asked, now, UNSIGNED_S)
            if over:
                office.let_go(item)
                office.tell(item.spoken, Result.MISSED)

    def _heard(self) -> None:
        """Free the sounds of what has been heard, switch a forgotten microphone off, forget what is old."""
        office = self._office
        now = office.stamp()
        if now.monotonic_s < self._next_look:
            return
        self._next_look = now.monotonic_s + LOOK_EVERY_S
        given = office.book.items(Stage.GIVEN)
        surplus = {item.key for item in given[: max(0, len(given) - MOST_GIVEN)]}
        for item in given:
            live = item.spoken.announcement.voice is Voice.LIVE
            limit_s = office.config.microphone_minutes * 60.0 if live else GIVEN_S
            if item.key in surplus or surely_over(item.asked, now, limit_s) or (live and office.heard(item.key)):
                office.door.post(Withdraw(item.key))
                office.let_go(item)
            elif office.heard(item.key) and item.spoken.announcement.priority is not Priority.EMERGENCY:
                office.let_go(item)
            elif office.heard(item.key) and item.recording:  # an emergency stays: the all clear is about it
                office.release(item)
                office.book.keep(replace(item, recording=""))
            elif office.heard(item.key):
                office.sounds.forget(item.key)
        wall = office.wall()
        if wall is not None:
            office.book.forget(wall)

    def _silent_test(self) -> None:
        """Once in a calendar month, by day: carry an announcement through to the end without a sound."""
        office = self._office
        now = office.wall()
        if now is None or not TEST_HOURS.hold(house_time(now).time()):
            return
        month = f"{house_time(now):%Y-%m}"
        if office.book.note(TEST_NOTE) == month:
            return
        try:
            spoken = self._test(month)
        except PlayerError as error:
            logger.error("The silent test of %s failed: %s %s", month, error.message, error.hint)
            office.book.write_note(TEST_NOTE, month)
            office.note(Entry(f"silent-test-{month}", TEST), Result.FAILED)
            return
        with office.turn:
            item = Item(spoken, Stage.READY, office.stamp())
            office.book.write_note(TEST_NOTE, month)
            office.put(item)

    def _test(self, month: str) -> Spoken:
        office = self._office
        words = office.words(Sentence("This is the silent test of the loudspeaker."), LANGUAGE)
        key = f"silent-test-{month}"
        sound = office.sounds.of_words(key, Signal.ORDINARY, words, LANGUAGE)
        announcement = Announcement(key, Priority.ORDINARY, Scope.HALL, office.book.next_number())
        return Spoken(
            announcement=announcement,
            sound=str(sound),
            source=TEST,
            wanted=0,
            by_hand=False,
            text=words,
            silent=True,
        )
