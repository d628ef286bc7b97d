"""Announcements: keeps those that wait, has one said as often as it is to be, and shows its words meanwhile.

One whose sound is broken is given up, so that those behind it are heard; the words of an emergency stay to be read.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from player.alerts.play_log import Entry, Result
from player.alerts.priorities import Announcement, Fate, Priority, Scope, Voice
from player.announcing.spoken import Spoken
from player.engine import judging
from player.engine.amplifier import Amplifier
from player.engine.choosing import Choice, Moment, choose, is_over
from player.engine.house import House
from player.engine.judging import Trial
from player.engine.kept import MOST_WAITING, Kept, after_power_cut
from player.engine.logbook import Line
from player.errors import PlayerError, ScreenError, Sentence
from player.pictures.views import AnnouncementView, Tone
from player.screen import Happening, Media, Report

logger = logging.getLogger(__name__)

LINGER_S: Final = 15.0
"""So long the words of an emergency stay after they were heard, in seconds."""

UNHEARD_LINGER_S: Final = 120.0
"""And so long where they could not be heard."""

PAGE_S: Final = 12.0
"""A long text is shown page by page, each for so many seconds."""

_TRIES: Final = 2
_AGAIN_S: Final = 1.0


class AnnouncementError(PlayerError):
    """An announcement that was not heard."""


class Phase(Enum):
    """Where an announcement is."""

    WARMING = "the amplifier warms up"
    SPEAKING = "it is heard"
    BETWEEN = "it was said, and is said once more"
    LINGERING = "it was said, and its words can still be read"


@dataclass(slots=True)
class Speaking:
    """The announcement whose turn it is. Moments are of the monotonic clock, in seconds.

    Attributes:
        kept: what is said.
        level: how loud.
        line: its line of the log.
        phase: where it is.
        until_s: when the phase ends, unless it speaks.
        began_s: when its turn began.
        generation: of its sound.
        trial: how its sound has played so far.
        failures: how often its sound failed.
    """

    kept: Kept
    level: int
    line: Line
    phase: Phase
    until_s: float
    began_s: float
    generation: int = 0
    trial: Trial | None = None
    failures: int = 0

    @property
    def spoken(self) -> Spoken:
        """The announcement."""
        return self.kept.spoken

    @property
    def share(self) -> float:
        """How much of it has been said, from 0 to 1."""
        part = self.trial.share if self.trial and self.phase is Phase.SPEAKING else 0.0
        return min(1.0, (self.kept.said + part) / max(1, self.spoken.times))


class Speaker:
    """What is announced.

    Args:
        house: what it works with.
        amplifier: is switched on before.
    """

    def __init__(self, house: House, amplifier: Amplifier) -> None:
        self._house = house
        self._amplifier = amplifier
        self._unsaved: list[Kept] = []
        self.waiting: list[Kept] = []
        self.turn: Speaking | None = None
        self.problem: PlayerError | None = None

    @property
    def announcement(self) -> Announcement | None:
        """What is being said; None when nothing is, also while words can only be read, and during a silent test."""
        speaks = self.turn is not None and self.turn.phase is not Phase.LINGERING and not self.tests
        return self.turn.spoken.announcement if self.turn and speaks else None

    @property
    def tests(self) -> bool:
        """Whether a silent test goes through; whatever is to be heard breaks it off."""
        return self.turn is not None and self.turn.spoken.silent

    @property
    def amplified(self) -> bool:
        """Whether the amplifier is needed now."""
        return self.announcement is not None and self.needs_amplifier(self.announcement)

    def view(self, now_s: float) -> AnnouncementView | None:
        """The words to be seen now; None: none."""
        if self.turn is None or self.tests or not (self.turn.spoken.headline or self.turn.spoken.text):
            return None
        spoken = self.turn.spoken
        emergency = spoken.announcement.priority is Priority.EMERGENCY
        if not spoken.headline and not emergency:
            return None
        tone = Tone.ALL_CLEAR if spoken.all_clear else Tone.EMERGENCY if emergency else Tone.NOTICE
        page = int((now_s - self.turn.began_s) / PAGE_S)  # of one page alone, every number is that page
        return AnnouncementView(spoken.headline, spoken.text, tone, spoken.exercise, spoken.language, page)

    # What is asked.

    def load(self) -> None:
        """Take up again what was to be heard before the power failed."""
        now, trusted = self._house.clock.now().timestamp(), self._house.clock.trusted()
        for kept in self._house.waiting.load():
            again = after_power_cut(kept, now, trusted=trusted)
            if again is None:
                self._give_up(kept, Result.MISSED, Sentence("The power failed before it could be heard."))
            else:
                self.waiting.append(again)

    def ask(self, spoken: Spoken) -> None:
        """Have an announcement wait for its turn; an emergency is kept on the card only after it has begun."""
        key = spoken.announcement.key
        turn = self.turn.spoken.announcement.key if self.announcement and self.turn else None
        if self._house.waiting.was_heard(key) or key == turn or key in self._keys():
            logger.info("The announcement %s is known already.", key)
            return
        kept = Kept(spoken, self._house.clock.now().timestamp())
        emergency = spoken.announcement.priority is Priority.EMERGENCY
        if len(self.waiting) >= MOST_WAITING and not emergency:
            reason = Sentence("%(most)d announcements wait already.", most=MOST_WAITING)
            self._give_up(kept, Result.REFUSED, reason)
            return
        self.waiting.append(kept)
        self._unsaved.append(kept)
        if not emergency:
            self.save()

    def save(self) -> None:
        """Keep on the card what was asked for since."""
        for kept in self._unsaved:
            if kept in self.waiting or (self.turn and self.turn.kept is kept):
                self._keep(kept)
        self._unsaved.clear()

    def withdraw(self, key: str, author: str = "") -> None:
        """Have an announcement heard no further, or not at all."""
        if self.turn and self.turn.spoken.announcement.key == key:
            self._silence(author)
        for kept in [kept for kept in self.waiting if kept.spoken.announcement.key == key]:
            self._drop(kept, Result.STOPPED, author)
        self._done(key)

    def clear(self, author: str = "") -> None:
        """Have nothing heard any more, not even an emergency."""
        self._silence(author)
        for kept in list(self.waiting):
            self._drop(kept, Result.STOPPED, author)

    def suspend(self) -> None:
        """The player ends: what is not heard to its end is heard after the next start."""
        if self.turn:
            self._house.logbook.end(self.turn.line, Result.PREEMPTED, self.turn.share)
            self.turn = None
            self._hush()

    # Whose turn it is.

    def choice(self, moment: Moment) -> Choice:
        """Whose turn it would be; those that are not heard any more are dropped."""
        choice = choose(self.waiting, moment, self._house.settings.levels)
        for gone in choice.gone:
            if gone.result is Result.REFUSED:
                self.problem = AnnouncementError(gone.reason, Sentence("An emergency can be announced at any hour."))
            self._drop(gone.kept, gone.result)
        return choice

    def begin(self, kept: Kept, level: int) -> None:
        """Give an announcement its turn; a silent one goes the same way, at level 0 and without the amplifier."""
        if self.turn and self.turn.phase is Phase.LINGERING:
            self.turn = None
        self.waiting.remove(kept)
        self.problem = None
        spoken, now_s = kept.spoken, self._now_s()
        amplified = self.needs_amplifier(spoken.announcement) and not spoken.silent
        warm_s = self._amplifier.want(now_s) if amplified else now_s
        level = 0 if spoken.silent else level
        line = self._house.logbook.start(self._entry(spoken))
        self.turn = Speaking(kept, level, line, Phase.WARMING, warm_s, now_s)
        if warm_s <= now_s:
            self._say()

    def break_off(self, fate: Fate) -> None:
        """Another has its turn: what is said is said again from its beginning afterwards, or never."""
        turn = self.turn
        if turn is None:
            return
        if fate is Fate.STARTS_OVER:
            self._house.logbook.end(turn.line, Result.PREEMPTED, turn.share)
            self.waiting.append(turn.kept)
            self.turn = None
            self._hush()
        else:
            self.finish(Result.PREEMPTED, linger_s=0.0)

    def finish(self, result: Result, *, linger_s: float) -> None:
        """Its turn is over."""
        turn = self.turn
        if turn is None:
            return
        share = 1.0 if result is Result.WHOLE else turn.share
        result = Result.SILENT if result is Result.WHOLE and turn.spoken.silent else result
        self._house.logbook.end(turn.line, result, share)
        self._hush()
        self._done(turn.spoken.announcement.key)
        if linger_s:
            turn.phase, turn.until_s = Phase.LINGERING, self._now_s() + linger_s
        else:
            self.turn = None

    # What happens.

    def hear(self, report: Report) -> None:
        """Take note of what the screen reports of the sound."""
        turn = self.turn
        if turn is None or turn.trial is None or turn.phase is not Phase.SPEAKING:
            return
        if report.generation != turn.generation:
            return
        look = self._house.screen.listen()
        look = look if look and look.generation == turn.generation else None
        if report.happening is Happening.FAILED:
            self._failed(turn, judging.CANNOT_BE_PLAYED)
            return
        turn.trial, reason = judging.ended(turn.trial, look, self._now_s())
        if reason is None:
            self._said(turn)
        else:
            self._failed(turn, reason)

    def tick(self, moment: Moment) -> None:
        """Look how it goes on."""
        turn, now_s = self.turn, self._now_s()
        if turn is None:
            return
        if turn.phase is Phase.SPEAKING and turn.trial:
            look = self._house.screen.listen()
            look = look if look and look.generation == turn.generation else None
            turn.trial, reason = judging.looked(turn.trial, look, now_s)
            if reason is not None:
                self._failed(turn, reason)
        elif now_s < turn.until_s:
            return
        elif turn.phase is Phase.LINGERING:
            self.turn = None
        elif turn.phase is Phase.BETWEEN and is_over(turn.spoken, moment):
            self.finish(Result.WHOLE, linger_s=self._linger_s(turn))
        else:
            self._say()

    # How it is done.

    def _say(self) -> None:
        turn = self.turn
        if turn is None:
            return
        now_s, spoken = self._now_s(), turn.spoken
        live = spoken.announcement.voice is Voice.LIVE
        turn.generation, turn.phase = next(self._house.generations), Phase.SPEAKING
        turn.trial = judging.begun(now_s, stream="://" in spoken.sound, live=live)
        try:
            self._house.screen.speak(Media(spoken.sound, level=turn.level), turn.generation)
        except ScreenError as error:
            self._failed(turn, Sentence(error.message) if not isinstance(error.message, Sentence) else error.message)

    def _said(self, turn: Speaking) -> None:
        turn.kept = replace(turn.kept, said=turn.kept.said + 1)
        if turn.kept.said < turn.spoken.times:
            turn.phase, turn.until_s = Phase.BETWEEN, self._now_s() + max(0.0, turn.spoken.pause_s)
            self._keep(turn.kept)
        else:
            self.finish(Result.WHOLE, linger_s=self._linger_s(turn))

    def _failed(self, turn: Speaking, reason: Sentence) -> None:
        turn.failures += 1
        emergency = turn.spoken.announcement.priority is Priority.EMERGENCY
        logger.warning("The announcement %s: %s", turn.spoken.announcement.key, reason)
        if emergency and turn.failures < _TRIES:
            self._hush()
            turn.phase, turn.until_s = Phase.BETWEEN, self._now_s() + _AGAIN_S
            return
        if turn.spoken.silent:
            self.problem = AnnouncementError(
                Sentence("The silent test of the loudspeaker has failed: %(reason)s", reason=reason),
                Sentence("Look whether the hub has a screen and a sound card, and start the player again."),
            )
        else:
            self.problem = AnnouncementError(
                Sentence("An announcement could not be heard: %(reason)s", reason=reason),
                Sentence("Record it once more, and listen to it before it is sent."),
            )
        self.finish(Result.FAILED, linger_s=UNHEARD_LINGER_S if emergency else 0.0)

    def _linger_s(self, turn: Speaking) -> float:
        return LINGER_S if turn.spoken.announcement.priority is Priority.EMERGENCY else 0.0

    def needs_amplifier(self, announcement: Announcement) -> bool:
        """Whether an announcement is for the whole village, or the hall has its loudspeakers from there, too."""
        return announcement.scope is not Scope.HALL or self._house.settings.amplifier_in_hall

    def _keys(self) -> set[str]:
        return {kept.spoken.announcement.key for kept in self.waiting}

    def _entry(self, spoken: Spoken) -> Entry:
        zone = self._house.clock.now().tzinfo
        planned = spoken.not_before.replace(tzinfo=zone) if spoken.not_before else None
        return Entry(
            item=spoken.headline or spoken.announcement.key,
            source=spoken.source,
            priority=spoken.announcement.priority,
            author=spoken.author,
            approver=spoken.approver,
            ground=spoken.ground,
            planned=planned,
        )

    def _silence(self, author: str) -> None:
        """End what is heard; who did so stands in a line of its own, since that of its start is never changed."""
        turn = self.turn
        if turn is None:
            return
        heard = turn.phase is not Phase.LINGERING
        self.finish(Result.STOPPED, linger_s=0.0)
        if heard and author:
            self._house.logbook.note(_withdrawn(self._entry(turn.spoken), author), Result.STOPPED)

    def _drop(self, kept: Kept, result: Result, author: str = "") -> None:
        self.waiting.remove(kept)
        self._house.logbook.note(_withdrawn(self._entry(kept.spoken), author), result)
        self._done(kept.spoken.announcement.key)

    def _give_up(self, kept: Kept, result: Result, reason: Sentence) -> None:
        self.problem = AnnouncementError(reason, Sentence("Ask for it once more if it is still needed."))
        self._house.logbook.note(self._entry(kept.spoken), result)
        self._done(kept.spoken.announcement.key)

    def _keep(self, kept: Kept) -> None:
        try:
            self._house.waiting.save(kept)
        except OSError as error:
            logger.warning("An announcement cannot be kept for the next start: %s", error.strerror)

    def _done(self, key: str) -> None:
        try:
            self._house.waiting.done(key)
        except OSError as error:
            logger.warning("That an announcement is over cannot be kept: %s", error.strerror)

    def _hush(self) -> None:
        try:
            self._house.screen.hush()
        except ScreenError as error:
            logger.warning("%s %s", error.message, error.hint)

    def _now_s(self) -> float:
        return self._house.clock.monotonic()


def _withdrawn(entry: Entry, author: str) -> Entry:
    """What the log says of something that a post took back; as it is where nobody knows which."""
    return replace(entry, ground=f"withdrawn: {author}") if author else entry
