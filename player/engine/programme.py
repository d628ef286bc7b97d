"""The programme: plays films of a list one after the other and streams, judges their progress, and holds them.

Whoever asks decides what; here stands what follows from it. A film that fails twice is left out (quarantine); when all
of a list are bad, it waits longer and longer before it looks again.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from player.alerts.play_log import Result
from player.alerts.priorities import Programme as Kind
from player.engine import judging
from player.engine.house import House
from player.engine.keeping import playback_of
from player.engine.memory import SAVE_S
from player.engine.playable import Playable, UnplayableError
from player.engine.refusals import NothingOnError, nothing_on
from player.engine.wish import Hold, On, Wish
from player.errors import PlayerError, ScreenError, Sentence
from player.films import Film
from player.schedule import order
from player.schedule.order import Walk
from player.schedule.playback import Playback
from player.screen import Happening, Look, Media, Report

logger = logging.getLogger(__name__)

QUIETLY: Final = 0.35
"""How much of its level is left to a programme below an announcement: about 15 decibels less."""

STREAM_TRIES: Final = 3
"""So often a stream is joined before it is given up."""

DARK_FILMS: Final = 3
"""When so many films in a row have no picture, it is not the films."""

_STREAM_AGAIN_S: Final = 5.0
_HELD_AGAIN_S: Final = 1.0
_GONE_S: Final = 2.0


class Programme:
    """What plays when nobody announces anything.

    Args:
        house: what it works with.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self.playable = Playable(house.films, house.failures)
        self._tries = 0
        self._dark: set[str] = set()
        self._again_s: float | None = None
        self._began_s = 0.0
        self.wish: Wish | None = None
        self.on: On | None = None
        self.last: Wish | None = None
        self.shown: Film | None = None
        self.holds: set[Hold] = set()
        self.lengths: dict[str, int] = {}
        self.level = min(house.settings.level, house.settings.levels.loudest)
        self.quietly = False
        self.silent = False
        self.problem: PlayerError | None = None

    # What is asked.

    def begin(self, wish: Wish, *, result: Result = Result.STOPPED) -> None:
        """Play something instead of whatever is on.

        Args:
            wish: what.
            result: how what is on ends, for the log.
        """
        self._leave(result)
        self.wish, self.problem, self.shown, self._tries = wish, None, None, 0
        self._began_s = self._now_s()
        self.holds = set(wish.held)
        if wish.address:
            self._join()
        elif wish.walk.film is None:
            self._go(order.look_again(wish.walk, self.playable.bad(wish.walk)))
        else:
            self._go(wish.walk)

    def end(self, result: Result = Result.STOPPED, share: float | None = None) -> None:
        """End the programme and its list."""
        self._leave(result, share)
        self.wish, self._again_s, self.shown = None, None, None
        self.holds.clear()
        self._stop()
        self._house.memory.clear()

    def suspend(self) -> None:
        """The player ends: what is on goes on with its next start."""
        if self.on:
            self._fresh(self.on)
            self.keep()
        self._leave(Result.STOPPED)
        self._stop()

    def finish(self) -> None:
        """The plan's end has come: what was on before goes on, from its frame."""
        back = self.wish.back if self.wish else None
        share = 1.0 if self.on and self.on.kind is Kind.STREAM else None
        self.end(Result.WHOLE if share else Result.STOPPED, share)
        if back is not None:
            self.begin(back)

    def step(self, *, forward: bool) -> None:
        """Go to the next film of the list, or to the one before; a film alone stays.

        Raises:
            NothingOnError: there is no list.
        """
        if self.wish is None or self.wish.address or not self.wish.playlist:
            raise NothingOnError(Sentence("There is no other film in the list."), Sentence("Choose a film."))
        walk = (order.next_film if forward else order.previous_film)(self.wish.walk, self.playable.bad(self.wish.walk))
        if walk.film is None and walk.failures == 0 and not forward:
            return
        self._leave(Result.STOPPED)
        self.holds.clear()
        self._go(walk)

    def seek(self, position_ms: int, *, relative: bool) -> None:
        """Go to another moment of the film.

        Raises:
            NothingOnError: there is none.
        """
        if self.on is None or self.on.kind is Kind.STREAM:
            raise nothing_on()
        on = self.on
        where = position_ms + (on.trial.position_ms if relative else 0)
        last = on.trial.length_ms - 1000 if on.trial.length_ms else where
        where = max(0, min(where, last))
        if self._ask(lambda: self._house.screen.seek(where)):
            on.trial, on.passed_ms = judging.moved_to(on.trial, self._now_s(), where), where
            self.release(Hold.QUESTION)
            self.keep()

    def set_level(self, level: int) -> None:
        """Make it this loud from now on, within the house's loudest level."""
        self.level = max(0, min(level, self._house.settings.levels.loudest))
        self._tell_level()

    def be_quiet(self, *, quietly: bool) -> None:
        """Go on quietly below an announcement, or as before."""
        if self.quietly != quietly:
            self.quietly = quietly
            self._tell_level()

    def be_silent(self, *, silent: bool) -> None:
        """Begin nothing new for as long as somebody speaks."""
        self.silent = silent

    def hold(self, why: Hold) -> None:
        """Hold it at its frame."""
        was_held = bool(self.holds)
        self.holds.add(why)
        if self.on and not was_held:
            self._tell_hold()

    def release(self, why: Hold) -> None:
        """Take away one reason to hold it; it goes on when that was the last."""
        if why not in self.holds:
            return
        self.holds.discard(why)
        if self.on and why is Hold.QUESTION:
            self.on.pause = None
        if self.on and not self.holds:
            self._tell_hold()

    def forgive(self, film: str) -> None:
        """Take a film out of quarantine."""
        self.playable.forgive(film)
        if self._again_s is not None:
            self._again_s = self._now_s()

    # What happens.

    def hear(self, report: Report) -> None:
        """Take note of what the screen reports; late words about other generations are dropped."""
        on = self.on
        if on is None or report.generation != on.generation:
            return
        look = self._house.screen.look()
        look = look if look and look.generation == on.generation else None
        if report.happening is Happening.FAILED:
            self._failed(judging.CANNOT_BE_PLAYED)
            return
        on.trial, reason = judging.ended(on.trial, look, self._now_s())
        if reason is None:
            self._ended()
        else:
            self._failed(reason)

    def tick(self) -> None:
        """Look how it goes on."""
        now_s = self._now_s()
        if self.wish and self.wish.ends_s is not None and now_s >= self.wish.ends_s:
            self.finish()
        elif self.on:
            self._look(self.on, now_s)
        elif self.wish and self._again_s is not None and now_s >= self._again_s and not self.silent:
            self._again_s = None
            if self.wish.address:
                self._join()
            elif self.wish.walk.film is None:
                walk = order.look_again(self.wish.walk, self.playable.bad(self.wish.walk))
                self._go(walk, paused=True)
            else:
                self._start(self.wish.walk.film)

    def left(self) -> Wish | None:
        """What is on, so that it can go on later from its frame; None when nothing is."""
        if self.wish is None:
            return None
        if self.on:
            self._fresh(self.on)
        start_ms = self.on.trial.position_ms if self.on and self.on.film else self.wish.start_ms
        held = frozenset(self.holds & {Hold.USER, Hold.QUIET, Hold.QUESTION})
        return replace(self.wish, start_ms=start_ms, held=held - {Hold.QUESTION} | ({Hold.USER} if held else set()))

    def keep(self) -> None:
        """Keep what is on, or is to begin as soon as nobody speaks, for the next start; and what goes on after it.

        A broadcast is not joined again; what goes on after it does so at once.
        """
        on, wish = self.on, self.wish
        if on:
            on.saved_s = self._now_s()
        kept = self._kept(wish, on, held=bool(self.holds - {Hold.ANNOUNCEMENT}))
        back = self._kept(wish.back, None, held=bool(wish.back.held)) if wish and wish.back else None
        if kept:
            self._house.memory.save(kept.model_copy(update={"back": back}))
        elif back:
            self._house.memory.save(back)
        else:
            self._house.memory.clear()

    def _kept(self, wish: Wish | None, on: On | None, *, held: bool) -> Playback | None:
        """What is kept of a wish; None of a stream, and of a film that may not be played."""
        film = on.film if on else self._coming(wish)
        if wish is None or film is None:
            return None
        house = self._house
        return playback_of(
            wish,
            on,
            film,
            level=self.level,
            held=held,
            began_s=self._began_s,
            now_s=self._now_s(),
            now=house.clock.now().timestamp(),
            boot=house.boot,
        )

    def _coming(self, wish: Wish | None) -> Film | None:
        """The film that is to begin; None: none that may be played."""
        try:
            return self.playable.film(wish.walk.film) if wish and wish.walk.film else None
        except PlayerError:
            return None

    @property
    def starting(self) -> bool:
        """Whether it was asked for, and nobody has seen it play yet."""
        return self.on is not None and not self.on.trial.started

    # How it is done.

    def _fresh(self, on: On) -> Look | None:
        """Look where it is."""
        look = self._house.screen.look()
        look = look if look and look.generation == on.generation else None
        on.trial, _ = judging.looked(on.trial, look, self._now_s())
        return look

    def _look(self, on: On, now_s: float) -> None:
        look = self._fresh(on)
        on.gone_s = None if look else on.gone_s or now_s
        if on.gone_s is not None and now_s - on.gone_s >= _GONE_S:
            self._lost(ScreenError(Sentence("The screen has lost the film."), Sentence("Start it once more.")))
            return
        on.trial, reason = judging.looked(on.trial, look, now_s)
        if reason is not None:
            self._failed(reason)
            return
        if on.trial.started and not on.seen:
            on.seen = True
            self._dark = set()
            if on.film:
                self.lengths[on.file] = on.trial.length_ms
            self._tell_level()
        if self.holds and look and look.playing and now_s - on.told_s >= _HELD_AGAIN_S:
            self._tell_hold()
        if self.wish and self.wish.by_hand and not self.holds and (question := on.question()):
            on.pause = question
            self.hold(Hold.QUESTION)
            self.keep()
        if now_s - on.saved_s >= SAVE_S and not self.holds:
            self.keep()

    def _go(self, walk: Walk, *, paused: bool = False) -> None:
        """Be at this place of the list; ``paused``: the pause before its film is over."""
        if self.wish is None:
            return
        first = walk == self.wish.walk
        self.wish = replace(self.wish, walk=walk, start_ms=self.wish.start_ms if first else 0)
        if walk.film is None and (walk.place >= 0 or not self.wish.playlist):
            self._over()
        elif walk.film is None or (walk.pause_s and not paused) or self.silent:
            self._stop()
            self._again_s = self._now_s() + walk.pause_s
            self.keep()
            if walk.film is None and self.wish:
                self.problem = UnplayableError(
                    Sentence("None of the films of %(playlist)s can be played.", playlist=self.wish.name),
                    Sentence("The technician's page tells why, and lets them be tried again."),
                )
        else:
            self._start(walk.film)

    def _start(self, name: str) -> None:
        wish = self.wish
        if wish is None:
            return
        try:
            film = self.playable.film(name)
        except PlayerError as error:
            self.problem = error
            self._go(order.after_failure(wish.walk, self.playable.bad(wish.walk)))
            return
        subtitles = self._house.words_of(film.subtitles) if film.subtitles else None
        media = Media(str(film.path), wish.start_ms, subtitles, self._loud())
        self._play(film.kind, media, film.title, film)

    def _join(self) -> None:
        if self.wish and self.silent:
            self._stop()
            self.keep()
            self._again_s = self._now_s()
        elif self.wish and not self._house.linked(self.wish.address):
            self._house.logbook.note(self.wish.entry(self.wish.address), Result.FAILED)
            self.problem = UnplayableError(
                Sentence("There is no way to the internet, so the broadcast cannot be heard."),
                Sentence("Look at the cable or the modem."),
            )
            self._over()
        elif self.wish:
            self._tries += 1
            self._play(Kind.STREAM, Media(self.wish.address, level=self._loud()), self.wish.address, None)

    def _play(self, kind: Kind, media: Media, title: str, film: Film | None) -> None:
        wish, house = self.wish, self._house
        if wish is None:
            return
        generation, now_s = next(house.generations), self._now_s()
        entry = wish.entry(film.file if film else wish.address)
        trial = judging.begun(now_s, media.start_ms, stream=kind is Kind.STREAM)
        on = On(kind, generation, trial, house.logbook.start(entry), title, film, passed_ms=media.start_ms)
        self.on, self._again_s, self.last = on, None, wish.once_more
        if wish.attempts:
            self.keep()  # what ends the player must be known before it does
        if (film is None or kind is Kind.FILM) and Hold.QUIET not in self.holds:
            house.television.wake()
        if not self._ask(lambda: house.screen.play(media, generation)):
            return
        if self.holds:
            self._tell_hold()
        self.keep()

    def _ended(self) -> None:
        on, wish = self.on, self.wish
        if on is None or wish is None:
            return
        self._house.logbook.end(on.line, Result.WHOLE, 1.0)
        if on.film:
            self.playable.forgive(on.film.file)
        self.on, self.problem = None, None
        self.holds -= {Hold.QUESTION}
        self.shown = on.film
        self._go(order.after_end(wish.walk, self.playable.bad(wish.walk)))

    def _failed(self, reason: Sentence) -> None:
        on, wish = self.on, self.wish
        if on is None or wish is None:
            return
        self._house.logbook.end(on.line, Result.FAILED, on.trial.share)
        logger.warning("%s: %s", on.film.file if on.film else wish.address, reason)
        self.problem = UnplayableError(
            Sentence("%(title)s could not be played: %(reason)s", title=on.title, reason=reason),
            Sentence("Look at the file, or at the link to the internet."),
        )
        self.on = None
        if on.film:
            self._blame(on.film, reason)
            self._go(order.after_failure(wish.walk, self.playable.bad(wish.walk)))
        elif self._tries < STREAM_TRIES:
            self._stop()
            self._again_s = self._now_s() + _STREAM_AGAIN_S
        else:
            self._over()

    def _blame(self, film: Film, reason: Sentence) -> None:
        """Count a failure; when one film after the other has no picture, it is the television, and none is to blame."""
        self._dark = self._dark | {film.file} if reason == judging.NO_PICTURE else set()
        if len(self._dark) >= DARK_FILMS:
            self.problem = UnplayableError(
                Sentence("One film after the other has no picture."), Sentence("Look at the television and its cable.")
            )
        else:
            self.playable.failed(film, reason, self._house.clock.now().timestamp())

    def _over(self) -> None:
        """It has come to its end by itself."""
        wish, shown, problem = self.wish, self.shown, self.problem
        self.end()
        if wish and wish.back:
            self.begin(wish.back)
        else:
            self.shown = shown
        self.problem = self.problem or problem

    def _leave(self, result: Result, share: float | None = None) -> None:
        if self.on:
            self._house.logbook.end(self.on.line, result, self.on.trial.share if share is None else share)
            self.on = None
        self._again_s = None

    def _tell_hold(self) -> None:
        on, now_s, held = self.on, self._now_s(), bool(self.holds)
        if on and self._ask(lambda: self._house.screen.hold(held=held)):
            on.trial, on.told_s = judging.hold(on.trial, now_s, held=held), now_s

    def _tell_level(self) -> None:
        if self.on:
            self._ask(lambda: self._house.screen.set_level(self._loud()))

    def _loud(self) -> int:
        return round(self.level * QUIETLY) if self.quietly else self.level

    def _ask(self, act: Callable[[], None]) -> bool:
        """Have the screen do something; one that refuses plays nothing any more, as its port says."""
        try:
            act()
        except ScreenError as error:
            self._lost(error)
            return False
        return True

    def _lost(self, error: ScreenError) -> None:
        """The screen plays nothing any more."""
        logger.warning("%s %s", error.message, error.hint)
        self._leave(Result.FAILED)
        self.wish, self.shown, self.problem = None, None, error
        self.holds.clear()
        self._house.memory.clear()
        with contextlib.suppress(ScreenError):
            self._house.screen.stop()

    def _stop(self) -> None:
        self._ask(self._house.screen.stop)

    def _now_s(self) -> float:
        return self._house.clock.monotonic()
