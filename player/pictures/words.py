"""Turns what the engine asks to see into the words of a picture: nothing of it is left to be decided by the brush."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from player.errors import Sentence
from player.pictures.dates import Say, clock, day, lunar_day, when
from player.pictures.views import AnnouncementView, HandoutView, IdleView, QuestionView, Signs, Tone

_HTTP: Final = "http://"


@dataclass(frozen=True, slots=True)
class CodeSheet:
    """A code with what stands beside it.

    Attributes:
        text: what the code says.
        title: what it is for.
        name: what can be typed instead: an address, or the Wi-Fi's name.
    """

    text: str
    title: str
    name: str


@dataclass(frozen=True, slots=True)
class IdleSheet:
    """The words of the idle screen; `clock` is empty while the clock is not trusted, and `note` then says so."""

    house: str
    place: str
    clock: str
    dates: tuple[str, ...]
    coming: str
    plays: str
    note: str
    codes: tuple[CodeSheet, ...]


@dataclass(frozen=True, slots=True)
class AnnouncementSheet:
    """The words of an announcement; `banner` is empty for an ordinary one."""

    banner: str
    headline: str
    text: str
    tone: Tone
    exercise: str
    page: int


@dataclass(frozen=True, slots=True)
class QuestionSheet:
    """The words of a pause question."""

    title: str
    question: str
    film: str
    place: str
    note: str


@dataclass(frozen=True, slots=True)
class HandoutSheet:
    """The words of a hand-out."""

    title: str
    lead: str
    film: str
    code: CodeSheet


Sheet = IdleSheet | AnnouncementSheet | QuestionSheet | HandoutSheet


def idle(view: IdleView, signs: Signs, say: Say) -> IdleSheet:
    """The words of the idle screen."""
    codes = []
    if signs.wifi:
        codes.append(CodeSheet(signs.wifi, say(Sentence("Join the Wi-Fi")), signs.ssid))
    if signs.origin:
        codes.append(CodeSheet(f"{signs.origin}/", say(Sentence("Open the shelf")), typed(signs.origin)))
    unset = (Sentence("The clock is not set yet."), Sentence("Books and films work all the same."))
    note = "\n".join(map(say, unset)) if view.now is None else ""
    coming = plays = ""
    if view.now is not None and view.coming is not None:
        coming = say(Sentence("Next: %(time)s", time=when(view.coming.starts, view.now, say)))
        plays = view.coming.plays
    return IdleSheet(
        house=signs.house,
        place=signs.place,
        clock=clock(view.now, say) if view.now else "",
        dates=tuple(filter(None, (day(view.now, say), lunar_day(view.now, say)))) if view.now else (),
        coming=coming,
        plays=plays,
        note=note,
        codes=tuple(codes),
    )


def announcement(view: AnnouncementView, say: Say) -> AnnouncementSheet:
    """The words of an announcement."""
    banner = {
        Tone.EMERGENCY: Sentence("EMERGENCY"),
        Tone.ALL_CLEAR: Sentence("ALL CLEAR"),
        Tone.NOTICE: Sentence("ANNOUNCEMENT"),
    }[view.tone]
    exercise = Sentence("EXERCISE")
    return AnnouncementSheet(
        banner=_both(banner, view.language, say),
        headline=view.headline.strip(),
        text=view.text.strip(),
        tone=view.tone,
        exercise=_both(exercise, view.language, say) if view.exercise else "",
        page=view.page,
    )


def question(view: QuestionView, say: Say) -> QuestionSheet:
    """The words of a pause question."""
    place = Sentence("Question %(number)s of %(count)s", number=view.number, count=view.count)
    return QuestionSheet(
        title=say(Sentence("Let us talk:")),
        question=view.question,
        film=view.film,
        place=say(place) if view.count > 1 else "",
        note=say(Sentence("The film waits for you.")),
    )


def handout(view: HandoutView, signs: Signs, say: Say) -> HandoutSheet:
    """The words of a hand-out."""
    address = reached(view.address, signs)
    scanned, looked_up = Sentence("Scan the code, take it home:"), Sentence("Read on, on the bookcase:")
    return HandoutSheet(
        title=view.title,
        lead=say(scanned if address else looked_up),
        film=view.film,
        code=CodeSheet(address, "", typed(address)),
    )


def reached(address: str, signs: Signs) -> str:
    """The whole address of a path of the library; a whole address as it is; empty where no phone can reach it."""
    if not address.startswith("/"):
        return address
    return f"{signs.origin}{address}" if signs.origin else ""


def typed(address: str) -> str:
    """An address as people type it: without "http://" and a slash at the end."""
    return address.removeprefix(_HTTP).rstrip("/")


def _both(sentence: Sentence, language: str, say: Say) -> str:
    """A heading in the television's language, and in English, too, for whoever is spoken to in English."""
    said = say(sentence)
    return f"{said} · {sentence}" if language.lower().startswith("en") and said != sentence else said
