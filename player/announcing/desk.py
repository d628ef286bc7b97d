"""The desk for people of the house: asking to speak, confirming an emergency, taking back, giving the all clear.

Whatever is beyond somebody's scope is refused with every reason and stands in the play log. The sound is made when it
is asked for, so that a confirmed emergency is heard at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from player.alerts.loudness import how_loud
from player.alerts.play_log import Result
from player.alerts.priorities import Announcement, Priority, Scope, Voice
from player.alerts.speaking import CONFIRM_WITHIN_S, Answer, Ground, Permission, Request, may_speak
from player.announcing.errors import DeskError
from player.announcing.items import Item, Stage
from player.announcing.microphones import require_microphone
from player.announcing.moments import house_time, surely_over, waited_s
from player.announcing.office import MOST_WAITING, Office, signal_of
from player.announcing.pace import Pace
from player.announcing.spoken import Spoken
from player.announcing.wishes import LONGEST_HEADLINE, LONGEST_TEXT, Wish, plain_text
from player.answers import sentence_json
from player.engine.commands import Withdraw
from player.errors import PlayerError, Sentence

LANGUAGE: Final = "vi"
FURTHEST: Final = timedelta(days=7)
ALL_CLEAR_WITHIN_S: Final = 24 * 3600.0
"""For how long after an emergency its all clear is as pressing as it was."""
MOST_A_MINUTE: Final = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a wish.

    Attributes:
        item: the announcement.
        answer: whether it was granted, or waits for somebody.
        reasons: why it waits.
    """

    item: Item
    answer: Answer
    reasons: tuple[Sentence, ...] = ()


class Desk:
    """The desk.

    Args:
        office: what it works with.
    """

    def __init__(self, office: Office) -> None:
        self._office = office
        self._pace = Pace(MOST_A_MINUTE)

    def ask(self, wish: Wish) -> Asked:
        """Take a wish.

        Raises:
            DeskError: it is refused, with every reason, or cannot be heard.
            PlayerError: it cannot be read out, or the card refused.
        """
        self._pace.keep(wish.author, self._office.clock.monotonic())
        spoken = self._spoken(wish)
        permission = self._permitted(spoken, wish)
        self._room_for_one(wish.priority)
        spoken, recording = self._with_sound(spoken, wish)
        return self._take(spoken, permission, wish.at, recording)

    def all_clear(self, author: str, text: str) -> Asked:
        """Say that a danger is over; what the house itself has warned of in the last day ends.

        After an emergency it is as pressing, and needs two of the named posts: who believes a false one goes back
        into the danger. Only its sender takes a signed warning back.

        Raises:
            DeskError: it is refused, with every reason.
            PlayerError: it cannot be read out, or the card refused.
        """
        self._pace.keep(author, self._office.clock.monotonic())
        words = plain_text(text[: LONGEST_TEXT * 8])
        if len(words) > LONGEST_TEXT:
            raise DeskError(
                HTTPStatus.BAD_REQUEST,
                Sentence(
                    "The text is too long: at most %(most)d letters. Make it shorter, or send two.", most=LONGEST_TEXT
                ),
            )
        ended = frozenset(item.key for item in self._own_emergencies())
        head = self._say(Sentence("All clear."))
        wish = Wish(
            author,
            text=f"{head} {words}".strip(),
            priority=Priority.EMERGENCY if ended else Priority.PREFERRED,
            scope=Scope.VILLAGE,
            headline=head,
            times=2,
        )
        spoken = self._spoken(wish)
        announcement = replace(spoken.announcement, replaces=ended)
        spoken = replace(spoken, announcement=announcement, all_clear=True, times=2)
        permission = self._permitted(spoken, wish)
        self._room_for_one(wish.priority)
        spoken, _ = self._with_sound(spoken, wish)
        return self._take(spoken, permission, None, "")

    def confirm(self, item: Item, author: str) -> Asked:
        """Confirm an emergency that another post has asked for.

        Raises:
            DeskError: it is refused, with every reason.
            PlayerError: the card refused.
        """
        office = self._office
        waited = waited_s(item.asked, office.stamp())
        if waited is None:
            office.let_go(item)
            office.tell(item.spoken, Result.MISSED)
            raise DeskError(
                HTTPStatus.CONFLICT,
                Sentence("The power failed since this was asked for, and nobody knows for how long."),
                Sentence("Ask for it again."),
            )
        spoken = item.spoken
        request = Request(
            spoken.announcement.scope, spoken.announcement.priority, spoken.author, author, waited_s=waited
        )
        permission = may_speak(request, office.config.rules, office.hour())
        if permission.answer is not Answer.GRANTED:
            late = waited > CONFIRM_WITHIN_S
            if late:
                office.let_go(item)
            office.tell(replace(spoken, approver=author), Result.MISSED if late else Result.REFUSED)
            raise _refused(permission.reasons)
        announcement = replace(spoken.announcement, asked=office.book.next_number())
        granted = replace(
            item,
            spoken=replace(spoken, announcement=announcement, approver=author, ground=_ground(permission)),
            stage=Stage.READY,
            confirmations=0,
            reasons=(),
        )
        office.put(granted, before=self._ending(granted))
        return Asked(granted, Answer.GRANTED)

    def withdraw(self, item: Item, author: str) -> None:
        """Take an announcement back.

        The head takes back what is no emergency, the named posts what is one of the house; what is signed only its
        sender.

        Raises:
            DeskError: it is refused.
            PlayerError: the card refused.
        """
        office, spoken = self._office, item.spoken
        if reason := self._may_not_withdraw(item, author):
            office.tell(replace(spoken, approver=author), Result.REFUSED)
            raise DeskError(
                HTTPStatus.FORBIDDEN, reason, Sentence('"Stop everything" on the remote silences the loudspeaker.')
            )
        office.door.post(Withdraw(item.key, author))
        office.let_go(item)
        if item.stage not in {Stage.READY, Stage.GIVEN}:
            office.tell(spoken, Result.STOPPED)

    def _may_not_withdraw(self, item: Item, author: str) -> Sentence | None:
        config, spoken = self._office.config, item.spoken
        signed = spoken.ground in {Ground.SIGNED, Ground.SIGNED_WARNING}
        if signed:
            return Sentence("This was sent and signed from outside; only its sender takes it back.")
        if item.stage is Stage.TO_CONFIRM and author and author == spoken.author:
            return None
        emergency = spoken.announcement.priority is Priority.EMERGENCY
        if author in (config.named if emergency else config.heads):
            return None
        if emergency:
            return Sentence("Only those named for emergencies may take this back.")
        return Sentence("Only the village head may take this back.")

    def _spoken(self, wish: Wish) -> Spoken:
        office, config = self._office, self._office.config
        emergency = wish.priority is Priority.EMERGENCY
        headline = wish.headline or self._headline(wish)
        announcement = Announcement(
            key=office.new_key(),
            priority=wish.priority,
            scope=wish.scope,
            asked=0,
            voice=Voice.LIVE if wish.microphone else Voice.RECORDED,
        )
        return Spoken(
            announcement=announcement,
            sound="",
            source=wish.source,
            wanted=config.level if wish.level is None else wish.level,
            by_hand=wish.at is None,
            author=wish.author,
            headline=headline,
            text="" if wish.text == headline else wish.text,
            language=LANGUAGE,
            times=1 if wish.microphone else wish.times or (config.repeats if emergency else 1),
            not_before=wish.at,
            until=self._horn_ends(wish),
        )

    def _horn_ends(self, wish: Wish) -> datetime | None:
        """When the hours of the village's loudspeaker end: what has waited that long is not heard after them."""
        now = self._office.wall()
        if now is None or wish.scope is not Scope.VILLAGE or wish.priority is Priority.EMERGENCY:
            return None
        start, horn = wish.at or house_time(now), self._office.config.rules.horn
        end = datetime.combine(start.date(), horn.end)
        return end if end > start else end + timedelta(days=1)

    def _headline(self, wish: Wish) -> str:
        first = wish.text.partition("\n")[0]
        first = first.partition(". ")[0]
        if wish.priority is Priority.EMERGENCY and not first:
            return self._say(Sentence("Emergency announcement"))
        return first if len(first) <= LONGEST_HEADLINE else f"{first[: LONGEST_HEADLINE - 1].rstrip()}…"

    def _permitted(self, spoken: Spoken, wish: Wish) -> Permission:
        office = self._office
        hour = office.hour()
        if wish.at is not None:
            hour = self._plannable(wish.at).time()
        priority, scope = spoken.announcement.priority, spoken.announcement.scope
        permission = may_speak(Request(scope, priority, wish.author), office.config.rules, hour)
        loudness = how_loud(
            priority, spoken.wanted, hour, office.quiet(), office.config.levels, by_hand=wish.at is None
        )
        reasons: list[str] = [*(permission.reasons if permission.answer is Answer.REFUSED else ())]
        if loudness.level is None:
            reasons.append(loudness.reason)
        if not reasons:
            return permission
        office.tell(replace(spoken, headline=spoken.headline or wish.recording), Result.REFUSED)
        raise _refused(reasons)

    def _plannable(self, at: datetime) -> datetime:
        now = self._office.wall()
        if now is None:
            raise DeskError(
                HTTPStatus.CONFLICT,
                Sentence("The hub does not know what time it is, so it can plan nothing."),
                Sentence("Say it now, or connect the hub to the internet for a moment."),
            )
        if not timedelta(minutes=-1) <= at - house_time(now) <= FURTHEST:
            raise DeskError(
                HTTPStatus.BAD_REQUEST,
                Sentence(
                    "An announcement can be planned for any time from now on, at most %(days)d days ahead.",
                    days=FURTHEST.days,
                ),
                Sentence("Choose another time."),
            )
        return at

    def _with_sound(self, spoken: Spoken, wish: Wish) -> tuple[Spoken, str]:
        office, key = self._office, spoken.announcement.key
        if wish.microphone:
            return replace(spoken, sound=require_microphone(office.config.microphone)), ""
        if wish.recording:
            office.recordings.keep(wish.recording)
            path = office.recordings.path_of(wish.recording)
            if path is None:
                office.recordings.release(wish.recording)
                raise DeskError(
                    HTTPStatus.NOT_FOUND,
                    Sentence("There is no such recording."),
                    Sentence("It may have become old. Record it again."),
                )
            try:
                sound = office.sounds.of_recording(key, signal_of(spoken), path)
            except PlayerError:
                office.recordings.release(wish.recording)
                raise
            return replace(spoken, sound=str(sound)), wish.recording
        needs_words = wish.priority is not Priority.EMERGENCY
        sound = office.sounds.of_words(key, signal_of(spoken), wish.text, LANGUAGE, needs_words=needs_words)
        return replace(spoken, sound=str(sound)), ""

    def _take(self, spoken: Spoken, permission: Permission, at: datetime | None, recording: str) -> Asked:
        office = self._office
        asked = replace(spoken.announcement, asked=office.book.next_number())
        spoken = replace(spoken, announcement=asked, ground=_ground(permission))
        reasons: tuple[object, ...] = ()
        if permission.answer is Answer.NEEDS_CONFIRMATION:
            stage, reasons = Stage.TO_CONFIRM, tuple(map(sentence_json, permission.reasons))
        else:
            stage = Stage.PLANNED if at is not None else Stage.READY
        item = Item(spoken, stage, office.stamp(), int(stage is Stage.TO_CONFIRM), recording, reasons=reasons)
        office.put(item, before=self._ending(item))
        return Asked(item, permission.answer, permission.reasons)

    def _ending(self, item: Item) -> list[Withdraw]:
        """What ends when this is heard: what it makes void, and whoever is at the microphone when another is."""
        ended = set(item.spoken.announcement.replaces)
        if item.spoken.announcement.voice is Voice.LIVE:
            ended |= {
                other.key
                for other in self._office.book.items(Stage.READY, Stage.GIVEN)
                if other.spoken.announcement.voice is Voice.LIVE and other.key != item.key
            }
        return [Withdraw(key, item.spoken.author) for key in sorted(ended)]

    def _own_emergencies(self) -> list[Item]:
        now = self._office.stamp()
        return [
            item
            for item in self._office.book.items(Stage.READY, Stage.GIVEN)
            if item.spoken.announcement.priority is Priority.EMERGENCY
            and item.spoken.ground == Ground.TWO_POSTS
            and not item.spoken.all_clear
            and not surely_over(item.asked, now, ALL_CLEAR_WITHIN_S)
        ]

    def _room_for_one(self, priority: Priority) -> None:
        """Refuse what is one too many; ordinary ones never take the room of an emergency."""
        emergency = priority is Priority.EMERGENCY
        waiting = [
            item
            for item in self._office.book.items(Stage.TO_CONFIRM, Stage.PLANNED, Stage.READY)
            if item.letter is None and (item.spoken.announcement.priority is Priority.EMERGENCY) == emergency
        ]
        if len(waiting) >= MOST_WAITING:
            raise DeskError(
                HTTPStatus.CONFLICT,
                Sentence("%(number)d announcements wait already.", number=len(waiting)),
                Sentence("Take one of them back first."),
            )

    def _say(self, sentence: Sentence) -> str:
        return self._office.words(sentence, LANGUAGE)


def _ground(permission: Permission) -> str:
    return permission.ground.value if permission.ground else ""


def _refused(reasons: Sequence[str]) -> DeskError:
    return DeskError(HTTPStatus.FORBIDDEN, reasons[0], reasons=reasons)
