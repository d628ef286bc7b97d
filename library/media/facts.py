"""What is known of a film or a sound beside what all items of the shelf have: its bytes, and what belongs to it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Companion:
    """A file that belongs to a film, as it was when it was checked.

    Attributes:
        file: its name in the content folder.
        size: bytes.
        mtime_ns: its modification time.
        mimetype: what it was found to be.
    """

    file: str
    size: int
    mtime_ns: int
    mimetype: str


@dataclass(frozen=True)
class Subtitles:
    """The words of a film in one language (BCP 47); ``label`` is what the player's menu shows, if its makers say."""

    language: str
    label: str
    companion: Companion


@dataclass(frozen=True)
class Pause:
    """A moment (seconds from the start) at which a screening halts, and the question that is then talked about."""

    at_s: float
    question: str


@dataclass(frozen=True)
class Handout:
    """What people take home from a screening: a short code, or a page of a book."""

    title: str
    code: str = ""
    book: str = ""
    page: str = ""


@dataclass(frozen=True)
class MediaFacts:
    """What is known of one film or sound.

    Attributes:
        edition: a hash of all its bytes.
        mimetype: what its first bytes say it is; its name does not count.
        suffix: how the name of a file of this kind ends.
        codecs: how picture and sound are packed, such as ``("H.264 High@L4", "AAC LC")``.
        width, height: pixels; 0 for a sound.
        duration_s: seconds; 0 where that is not known.
        starts_at_once: whether its index stands in front, so that it plays while it still loads.
        plays_on_iphones: whether every iPhone of the last ten years plays it.
        described: whether it has a description file; without one nothing but watching here is permitted.
    """

    edition: str = ""
    mimetype: str = ""
    suffix: str = ""
    codecs: tuple[str, ...] = ()
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    starts_at_once: bool = True
    plays_on_iphones: bool = True
    described: bool = False
    poster: Companion | None = None
    subtitles: tuple[Subtitles, ...] = ()
    pauses: tuple[Pause, ...] = ()
    handouts: tuple[Handout, ...] = ()


def media_facts_from(row: dict[str, Any]) -> MediaFacts:
    """The same out of its JSON form.

    Raises:
        TypeError, KeyError: the row has other fields.
    """
    subtitles = ({**one, "companion": Companion(**one["companion"])} for one in row["subtitles"])
    parts: dict[str, Any] = {
        "codecs": tuple(row["codecs"]),
        "poster": Companion(**row["poster"]) if row["poster"] else None,
        "subtitles": tuple(Subtitles(**one) for one in subtitles),
        "pauses": tuple(Pause(**one) for one in row["pauses"]),
        "handouts": tuple(Handout(**one) for one in row["handouts"]),
    }
    return MediaFacts(**{**row, **parts})
