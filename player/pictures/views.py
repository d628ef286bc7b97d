"""What the engine asks to see, one frozen description for each kind of picture; and the house's own signs on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Signs:
    """What is the same on every picture of a house; `hub` knows it.

    Attributes:
        house: its name, such as "Nhà văn hóa bản Trại Mới".
        place: where it stands, such as "Xã Đồng Tiến, tỉnh Bắc Ninh".
        origin: scheme, host and port of the library as phones reach it, such as "http://thuvien.lan"; empty where no
            phone can reach it: then no code of the library is shown.
        wifi: the text of the Wi-Fi's code ("WIFI:…"); empty: no code is shown.
        ssid: the Wi-Fi's name, as phones list it.
    """

    house: str
    place: str
    origin: str = ""
    wifi: str = ""
    ssid: str = ""


@dataclass(frozen=True, slots=True)
class Coming:
    """What the schedule plays next.

    Attributes:
        starts: when, in wall time of the house.
        plays: the title of the film, list or broadcast.
    """

    starts: datetime
    plays: str


@dataclass(frozen=True, slots=True)
class IdleView:
    """The screen while nothing plays.

    Attributes:
        now: the wall time of the house; None while the clock is not trusted: then neither clock nor date is shown.
            Only its minute counts.
        coming: what plays next; None: nothing is said of it.
    """

    now: datetime | None
    coming: Coming | None = None


class Tone(StrEnum):
    """How an announcement looks."""

    NOTICE = "notice"
    EMERGENCY = "emergency"
    ALL_CLEAR = "all clear"


@dataclass(frozen=True, slots=True)
class AnnouncementView:
    """An announcement's words, over the whole screen, while it is heard.

    Attributes:
        headline: in the largest letters.
        text: below it; a long one goes over several pages.
        tone: emergency, all clear or anything else.
        exercise: whether it is one, and must say so.
        language: of the words, a tag of BCP 47; decides what stands above them ("KHẨN CẤP" and "EMERGENCY").
        page: which page of a long text, counted on from 0 for ever: after the last page comes the first again.
    """

    headline: str
    text: str = ""
    tone: Tone = Tone.NOTICE
    exercise: bool = False
    language: str = "vi"
    page: int = 0


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A pause point's question, over the film that waits.

    Attributes:
        question: what is to be talked about.
        film: the film's title; may be empty.
        number: which pause point of the film, counted from 1.
        count: how many it has; 0: not said.
    """

    question: str
    film: str = ""
    number: int = 1
    count: int = 0


@dataclass(frozen=True, slots=True)
class HandoutView:
    """What people take home from a film: a title and a code.

    Attributes:
        title: of the hand-out.
        address: where it is read: a path of the library ("/q/K7M2QXA"), or a whole address.
        film: the title of the film that it belongs to; may be empty.
    """

    title: str
    address: str
    film: str = ""


@dataclass(frozen=True, slots=True)
class CornerView:
    """A small code over the film that plays.

    Attributes:
        address: where it leads: a path of the library, or a whole address.
    """

    address: str


View = IdleView | AnnouncementView | QuestionView | HandoutView | CornerView
