"""The engine's rules, without its thread: what each command, report and look at the clock leads to.

One programme and one announcement; a person, a plan and a button ask for them, and the announcement goes first. Every
method is called from one thread.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from player.alerts.play_log import Entry, Result
from player.alerts.priorities import Announcement, Fate, Priority, decide
from player.alerts.priorities import Programme as Kind
from player.engine import commands
from player.engine.amplifier import Amplifier
from player.engine.choosing import Moment
from player.engine.commands import Command
from player.engine.counts import Counted
from player.engine.house import House
from player.engine.planner import ends_in_s
from player.engine.ports import Light
from player.engine.programme import Programme
from player.engine.refusals import NothingOnError, UnknownListError, nothing_on, quiet_hours
from player.engine.resuming import resume
from player.engine.showing import Showing
from player.engine.speaking import Speaker
from player.engine.status import Status, counted
from player.engine.telling import Refusals, status_of
from player.engine.wish import Hold, Wish, alone
from player.errors import PlayerError, ScreenError, Sentence
from player.films import Film, UnknownFilmError
from player.schedule.due import Occurrence
from player.schedule.order import Walk
from player.screen import Report

logger = logging.getLogger(__name__)


COUNTED_S: Final = 3 * 3600.0
"""For so long after a film a count belongs to it: people talk, and are counted in the end; in seconds."""

_BEGINNING = (commands.Play, commands.PlayList, commands.PlayBroadcast)


class Conductor:
    """Decides what plays and who speaks.

    Args:
        house: what it works with.
    """

    def __init__(self, house: House) -> None:
        self.house = house
        settings = house.settings
        self.amplifier = Amplifier(house.panel, settings.warm_up_s, settings.amplifier_rest_s)
        self.programme = Programme(house)
        self.speaker = Speaker(house, self.amplifier)
        self.showing = Showing(house)
        self.status = Status()
        self._problem: PlayerError | None = None
        self._rejoin: Wish | None = None
        self._room = False
        self._off = False
        self._counted: tuple[Film | None, float] = (None, 0.0)
        self._lit: Light | None = None

    # What happens.

    def start(self) -> None:
        """Take up again what was on before the last end."""
        self.programme.playable.load()
        self.house.planner.load()
        self.amplifier.off()
        self.speaker.load()
        self._let_speak()  # before the film, which waits for the end of it
        resume(self.house, self.programme)
        self.tick()

    def obey(self, command: Command) -> PlayerError | None:
        """Do what somebody asks.

        Returns:
            Why it is not done, which the status tells, too; None when it is.
        """
        if self._off:
            return nothing_on()
        self._problem = refusal = None
        try:
            self._obey(command)
            if isinstance(command, _BEGINNING) and self.programme.wish is None:
                refusal = self.programme.problem
        except (NothingOnError, UnknownFilmError, UnknownListError) as error:
            refusal = error  # nothing is wrong with the player: only whoever asked is told
        except PlayerError as error:
            self._problem = refusal = error
            self._note_refusal(command, error)
            logger.info("%s %s", error.message, error.hint)
        self._let_speak()
        self.speaker.save()
        self._tell()
        return refusal

    def hear(self, report: Report) -> None:
        """Take note of what the screen reports."""
        self.programme.hear(report)
        self.speaker.hear(report)
        self._let_speak()
        self._tell()

    def tick(self) -> None:
        """Look at the clock, at the programme and at the announcement."""
        if self._off:
            return
        moment = self._moment()
        self.programme.tick()
        self.speaker.tick(moment)
        self._look_at_plan()
        if moment.quiet and self.programme.wish and Hold.QUIET not in self.programme.holds:
            self.programme.end()
            self._problem = quiet_hours(moment.quiet)
        self._let_speak()
        self._tell()

    def close(self) -> None:
        """End in order: what is on goes on with the next start."""
        if not self._off:
            self.speaker.suspend()
            self.programme.suspend()
        self.house.logbook.close()
        self.amplifier.off()
        self.house.panel.show(Light.DARK)
        self.house.screen.close()

    @property
    def restless(self) -> bool:
        """Whether something is on that must be looked at often."""
        return self.programme.on is not None or self.speaker.turn is not None

    @property
    def going_on(self) -> set[int]:
        """The numbers of the lines of the log that are not ended yet."""
        turn, on = self.speaker.turn, self.programme.on
        return {line.number for line in (turn and turn.line, on and on.line) if line and line.ended is None}

    # Commands.

    def _obey(self, command: Command) -> None:  # noqa: PLR0912 - one line for each command
        programme = self.programme
        match command:
            case commands.Play(film, source, author):
                self._refuse_in_quiet_hours()
                playable = programme.playable.film(film)
                programme.begin(alone(playable.file, source=source, author=author))
            case commands.PlayList(name, place, source, author):
                self._refuse_in_quiet_hours()
                programme.begin(self._list(name, place, source, author))
            case commands.PlayBroadcast(address, source, author):
                self._refuse_in_quiet_hours()
                programme.begin(Wish(address=address, source=source, author=author))
            case commands.TogglePause():
                self._hold(held=not programme.holds - {Hold.ANNOUNCEMENT}, toggled=True)
            case commands.Hold(held):
                self._hold(held=held, toggled=False)
            case commands.Step(forward):
                self._step(forward=forward)
            case commands.Seek(position_ms, relative):
                programme.seek(position_ms, relative=relative)
            case commands.SetLevel(level):
                programme.set_level(level)
            case commands.Stop(everything, _, author):
                self._stop(everything=everything, author=author)
            case commands.Announce(spoken):
                self.speaker.ask(spoken)
            case commands.Withdraw(key, author):
                self.speaker.withdraw(key, author)
            case commands.Count(people, hands):
                self._count(people, hands)
            case commands.Forgive(film):
                programme.forgive(film)
            case commands.PowerOff():
                self._power_off()

    def _note_refusal(self, command: Command, error: PlayerError) -> None:
        """A line of the log for what may not be played."""
        match command:
            case (
                commands.Play(item, source, author)
                | commands.PlayList(item, _, source, author)
                | commands.PlayBroadcast(item, source, author)
            ):
                self.house.logbook.note(Entry(item, source, author=author), Result.REFUSED)

    def _hold(self, *, held: bool, toggled: bool) -> None:
        programme = self.programme
        if programme.wish is None:
            if not toggled or programme.last is None:
                raise nothing_on()
            self._refuse_in_quiet_hours()
            programme.begin(programme.last)
            return
        if held:
            programme.hold(Hold.USER)
            programme.keep()
            return
        if Hold.QUIET in programme.holds:
            self._refuse_in_quiet_hours()
        for why in (Hold.USER, Hold.QUIET, Hold.QUESTION):
            programme.release(why)
        self.house.television.wake()
        programme.keep()

    def _step(self, *, forward: bool) -> None:
        if Hold.QUIET in self.programme.holds:
            self._refuse_in_quiet_hours()
        self.programme.step(forward=forward)

    def _stop(self, *, everything: bool, author: str) -> None:
        self._rejoin = None
        self.programme.end()
        if everything:
            self.speaker.clear(author)

    def _count(self, people: int, hands: int | None) -> None:
        film, until_s = self._counted
        if film is None or self.house.clock.monotonic() >= until_s:
            raise NothingOnError(
                Sentence("There is no film that the count could belong to."),
                Sentence("Count while a film waits at its question, or soon after it."),
            )
        pause = self.programme.on.pause if self.programme.on else None
        now, trusted = self.house.clock.now(), self.house.clock.trusted()
        self.house.counts.add(Counted(now, trusted, film.file, pause[0] if pause else None, people, hands))

    def _power_off(self) -> None:
        self.speaker.suspend()
        self.programme.end()
        self.amplifier.off()
        self.house.panel.show(Light.DARK)
        self.house.television.rest()
        self._off = True
        self._tell()
        self.house.power_off()

    def _list(self, name: str, place: int, source: str, author: str) -> Wish:
        found = self.house.planner.playlist(name)
        if found is None:
            unknown = Sentence("There is no playlist %(name)s.", name=name[:200])
            raise UnknownListError(unknown, Sentence("Choose another one."))
        place = place if 0 <= place < len(found.films) else 0
        return Wish(Walk(tuple(found.films), place, found.repeat), playlist=found.name, source=source, author=author)

    def _refuse_in_quiet_hours(self) -> None:
        if quiet := self._moment().quiet:
            raise quiet_hours(quiet)

    # The plan.

    def _look_at_plan(self) -> None:
        planned = self.house.planner.look()
        for missed in planned.missed:
            self.house.logbook.note(
                Entry(missed.item.plays, "schedule", planned=self._zoned(missed.start)), Result.MISSED
            )
        if planned.fires:
            self._fire(planned.fires)

    def _fire(self, occurrence: Occurrence) -> None:
        item, now_s = occurrence.item, self.house.clock.monotonic()
        lasts_s = ends_in_s(occurrence, self.house.planner.wall())
        back = (self.programme.left() or self._rejoin) if item.goes_back else None
        self._rejoin = None
        common = {
            "source": "schedule",
            "planned": self._zoned(occurrence.start),
            "ends_s": None if lasts_s is None else now_s + lasts_s,
            "back": back,
        }
        found = None if item.is_broadcast else self.house.planner.playlist(item.plays)
        if item.is_broadcast:
            self.programme.begin(Wish(address=item.plays, **common), result=Result.PREEMPTED)  # type: ignore[arg-type]
        elif found:
            walk = Walk(tuple(found.films), 0, found.repeat)
            self.programme.begin(Wish(walk, playlist=found.name, **common), result=Result.PREEMPTED)  # type: ignore[arg-type]

    # Announcements.

    def _let_speak(self) -> None:
        """Give the announcement that goes first its turn; the programme makes room, or gets it back."""
        for _ in range(len(self.speaker.waiting) + 1):
            choice = self.speaker.choice(self._moment())
            if choice.following is None:
                break
            announcement, speaking = choice.following.spoken.announcement, self.speaker.announcement
            if speaking:
                verdict = decide(announcement, speaking)
                if not verdict.speaks_now:
                    break
                self.speaker.break_off(verdict.fate)
            elif self.speaker.tests:
                if choice.following.spoken.silent:
                    break
                self.speaker.break_off(Fate.STARTS_OVER)
            elif self.speaker.turn and announcement.priority is not Priority.EMERGENCY:
                break  # the words of an emergency can still be read
            if not choice.following.spoken.silent:
                self._make_room(announcement)
            self.speaker.begin(choice.following, choice.level)
        if self._room and (self.speaker.turn is None or self.speaker.tests):
            self._give_room_back()

    def _make_room(self, announcement: Announcement) -> None:
        programme = self.programme
        self._room = True
        programme.be_silent(silent=True)
        if programme.on is None:
            return
        match decide(announcement, programme.on.kind).fate:
            case Fate.WAITS:
                programme.hold(Hold.ANNOUNCEMENT)
            case Fate.DUCKS if self._stays_in_hall(announcement):
                programme.hold(Hold.ANNOUNCEMENT)
            case Fate.DUCKS:
                programme.be_quiet(quietly=True)
            case Fate.STOPS:
                self._rejoin = programme.left()
                programme.end(Result.PREEMPTED)

    def _give_room_back(self) -> None:
        self._room = False
        self.programme.be_silent(silent=False)
        self.programme.release(Hold.ANNOUNCEMENT)
        self.programme.be_quiet(quietly=False)
        rejoin, self._rejoin = self._rejoin, None
        if rejoin and self.programme.wish is None:
            self.programme.begin(rejoin)

    def _tell(self) -> None:
        """Light, amplifier, television, pictures, the log and the status, as things are now."""
        now_s = self.house.clock.monotonic()
        if self.programme.on and self.programme.on.film:
            self._counted = (self.programme.on.film, now_s + COUNTED_S)
        self.showing.look(self.programme, now_s)
        sounds = self.programme.on is not None and not self.programme.holds
        self.amplifier.tick(
            now_s,
            wanted=self.speaker.amplified or self._programme_amplified(),
            heard=sounds or self.speaker.announcement is not None,
        )
        self.status = counted(
            self.status,
            status_of(
                self.house,
                self.programme,
                self.speaker,
                self.showing.film,
                Refusals(off=self._off, quiet=self._moment().quiet is not None, problem=self._problem),
            ),
        )
        if not self._off:
            self.showing.show(self.programme, self.speaker, now_s)
            self._light()
        self.house.logbook.catch_up()

    def _programme_amplified(self) -> bool:
        on = self.programme.on
        if on is None or self.programme.holds:
            return False
        settings, clock = self.house.settings, self.house.clock
        if settings.amplifier_in_hall:
            return True
        if clock.trusted() and not settings.horn.hold(clock.now().time()):
            return False
        if on.kind is Kind.STREAM:
            return True
        return on.kind is Kind.SOUND and on.film is not None and on.film.loudspeaker

    def _stays_in_hall(self, announcement: Announcement) -> bool:
        """Whether a sound is not for the village, which an announcement over it is: they cannot be heard apart."""
        on = self.programme.on
        held = on is not None and on.kind is Kind.SOUND and not self._programme_amplified()
        return held and self.speaker.needs_amplifier(announcement)

    def _light(self) -> None:
        ill = self.house.logbook.problem or self.house.memory.problem or isinstance(self.programme.problem, ScreenError)
        busy = self.programme.on or self.speaker.announcement
        light = Light.FAULT if ill else Light.PLAYING if busy else Light.READY
        if light is not self._lit:
            self._lit = light
            self.house.panel.show(light)

    def _moment(self) -> Moment:
        trusted = self.house.clock.trusted()
        quiet = self.house.planner.quiet() if trusted else None
        return Moment(self.house.planner.wall(), trusted, quiet, self.house.clock.now().timestamp())

    def _zoned(self, wall: datetime) -> datetime:
        return wall.replace(tzinfo=self.house.clock.now().tzinfo)
