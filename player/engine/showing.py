"""What is seen: words of an announcement, a question of a film, its hand-outs, the idle screen; and the television."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from player.alerts.priorities import Programme as Kind
from player.engine.display import Display
from player.engine.house import House
from player.engine.programme import Programme
from player.engine.speaking import Speaker
from player.films import Film
from player.pictures.views import Coming, HandoutView, IdleView, QuestionView
from player.sidecar import Handout

HANDOUT_S: Final = 300.0
"""So long a film's hand-outs stay on the screen after it, in seconds."""

HANDOUT_TURN_S: Final = 20.0
"""Where there are several, each stays for so many seconds."""

HELD_S: Final = 3600.0
"""A film that is held for longer lets the television rest, in seconds; it is woken when the film goes on."""


class Showing:
    """Decides which picture is seen. Moments are of the monotonic clock, in seconds.

    Args:
        house: what it works with.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._display = Display(house.screen, house.pictures)
        self._since_s = 0.0
        self._seen_s: float | None = house.clock.monotonic()
        self._words_of = ""
        self.film: Film | None = None

    def look(self, programme: Programme, now_s: float) -> None:
        """Take note of the film that has just ended: its hand-outs are shown for some minutes."""
        film = None if programme.on else programme.shown
        if film is not None and self.film is film and now_s - self._since_s >= HANDOUT_S:
            film = programme.shown = None
        if film is not self.film:
            self.film, self._since_s = film, now_s

    def show(self, programme: Programme, speaker: Speaker, now_s: float) -> None:
        """Have seen what is to be seen now."""
        on, house = programme.on, self._house
        words = speaker.view(now_s)
        if words is None and on and on.pause and on.film:
            number, pause = on.pause
            self._display.cover(QuestionView(pause.question, on.title, number, len(on.film.pauses)))
        else:
            self._display.cover(words)
        if on and on.film and on.kind is Kind.FILM and on.seen and (address := house.page_of(on.film)):
            self._display.corner(on.generation, address)
        handout = self._handout(now_s)
        if on is None:
            self._display.backdrop(handout or self._idle())
        key = speaker.turn.spoken.announcement.key if words and speaker.turn else ""
        if key and key != self._words_of:
            house.television.wake()
        self._words_of = key
        seen = words or handout or (on and not programme.holds)
        patience_s = HELD_S if on else house.settings.television_rest_s
        self._let_television_rest(now_s, patience_s, seen=bool(seen))

    def _let_television_rest(self, now_s: float, patience_s: float, *, seen: bool) -> None:
        if seen:
            self._seen_s = now_s
        elif self._seen_s is not None and now_s - self._seen_s > patience_s:
            self._seen_s = None
            self._house.television.rest()

    def _idle(self) -> IdleView:
        clock, coming = self._house.clock, self._house.planner.comes_next
        now = clock.now().replace(tzinfo=None, second=0, microsecond=0) if clock.trusted() else None
        return IdleView(now, Coming(coming.start, coming.item.plays) if coming and now else None)

    def _handout(self, now_s: float) -> HandoutView | None:
        if self.film is None or not self.film.handouts:
            return None
        handouts = self.film.handouts
        handout = handouts[int((now_s - self._since_s) / HANDOUT_TURN_S) % len(handouts)]
        return HandoutView(handout.title or self.film.title, self._address(handout), self.film.title)

    def _address(self, handout: Handout) -> str:
        """Where a hand-out is read: a path of the library."""
        if handout.code:
            return f"/q/{quote(handout.code)}"
        key = self._house.key_of(handout.book)
        return f"/doc/{key}/{quote(handout.page)}" if handout.page else f"/sach/{key}/"
