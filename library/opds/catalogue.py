"""What is on the shelf as a catalogue for programs states it: plain values, the same for every way to write them.

Times are those of the edition, never the hub's, whose clock may be wrong. Identifiers come from names, so that all hubs
and all editions call a book the same.
"""

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from babel.core import get_global

from library.facts import Kind
from library.languages import stated_languages
from library.listing import Listed
from library.media.picture_folder import picture_type
from library.rights import Rights
from library.sayings import LONGEST_SAYING, one_line

ZIM_TYPE: Final = "application/x-zim"
HTML_TYPE: Final = "text/html"
PNG_TYPE: Final = "image/png"
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NAMES: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://village-hub.invalid/catalogue")
_FILLERS: Final = {"n/a", "-", "none", "unknown"}
_DATE: Final = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?![\d])", re.ASCII)
_TAG: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|\d{3}))?", re.ASCII)


@dataclass(frozen=True)
class Acquisition:
    """One way to get something: an address, what is there (media type), its bytes (0: not known), and a word for it."""

    url: str
    media_type: str
    size: int = 0
    title: str = ""


@dataclass(frozen=True)
class Document:
    """A document inside a book that can be taken home by itself; ``url`` is a whole address."""

    title: str
    path: str
    media_type: str
    url: str
    size: int = 0


@dataclass(frozen=True)
class Publication:
    """One thing of the shelf, or one document inside it.

    Attributes:
        id: a URN that no edition changes.
        updated: when its edition was made (UTC).
        published: the date its makers state ("2024-01"), or "".
        languages: BCP 47 tags.
        rights: what is permitted, in one line, or "".
        page_url: where people read about it.
        cover_url, cover_type: a picture, or "".
        small_url, small_type: the same for rows, or "".
        ways: how to get it; never empty.
        duration_s: seconds, of a film or a sound; 0 where that is not known.
    """

    id: str
    title: str
    updated: datetime
    published: str
    languages: tuple[str, ...]
    author: str
    publisher: str
    description: str
    subjects: tuple[str, ...]
    kind: str
    rights: str
    page_url: str
    cover_url: str
    cover_type: str
    small_url: str
    small_type: str
    ways: tuple[Acquisition, ...]
    duration_s: float = 0.0


def urn(*names: str) -> str:
    """The identifier of what has these names (RFC 9562, version 5): the same on every hub, for ever."""
    return uuid.uuid5(_NAMES, "\0".join(names).encode("utf-8", "replace").decode()).urn


def publication(listed: Listed, page_url: str, cover_url: str, ways: Sequence[Acquisition]) -> Publication:
    """Something on the shelf.

    Args:
        listed: it; its facts are known.
        page_url: the whole address of its own page.
        cover_url: the whole address of its cover, or "".
        ways: how to take it home; where there are none, its page is the way to read it.
    """
    facts = listed.facts
    assert facts is not None  # noqa: S101 - whatever is ready has facts
    small_type = picture_type(facts.small_picture) if cover_url else ""
    return Publication(
        id=urn(facts.name),
        title=_line(facts.title) or _line(facts.name) or "?",
        updated=edition_time(facts.date, listed.mtime_ns),
        published=_stated_date(facts.date),
        languages=language_tags(facts.language),
        author=_line(facts.creator),
        publisher=_line(facts.publisher),
        description=_line(facts.description, LONGEST_SAYING),
        subjects=tuple(filter(None, map(_line, facts.subjects))),
        kind=Kind(facts.kind).value,
        rights=rights_line(facts.rights),
        page_url=page_url,
        cover_url=cover_url,
        cover_type=facts.media.poster.mimetype if facts.media and facts.media.poster else PNG_TYPE,
        small_url=f"{page_url}bia-nho/{facts.edition[:12]}" if small_type else "",
        small_type=small_type,
        ways=tuple(ways) or (Acquisition(page_url, HTML_TYPE),),
        duration_s=facts.media.duration_s if facts.media else 0.0,
    )


def document_publication(listed: Listed, document: Document, page_url: str) -> Publication:
    """A document inside a book, which lends it what it does not say of itself."""
    facts = listed.facts
    assert facts is not None  # noqa: S101 - whatever is ready has facts
    around = publication(listed, page_url, "", ())
    title = _line(document.title) or _line(document.path) or around.title
    way = Acquisition(document.url, document.media_type, document.size)
    return replace(
        around,
        id=urn(facts.name, document.path),
        title=title,
        description=around.title,
        ways=(way,),
        duration_s=0.0,
    )


def edition_time(date: str, mtime_ns: int) -> datetime:
    """When an edition was made: the day its makers state, else the time of its file, which travels with copies.

    Args:
        date: as a book states it: a year, a month or a day.
        mtime_ns: the file's modification time, nanoseconds since 1970.
    """
    found = _DATE.match(date.strip())
    if found:
        try:
            return datetime(int(found[1]), int(found[2] or 1), int(found[3] or 1), tzinfo=UTC)
        except ValueError:
            pass
    try:
        return datetime.fromtimestamp(mtime_ns // 10**9, UTC)
    except (OverflowError, ValueError, OSError):
        return LONG_AGO


def latest(times: Iterable[datetime]) -> datetime:
    """The latest of some times; long ago where there are none."""
    return max(times, default=LONG_AGO)


def language_tags(stated: str) -> tuple[str, ...]:
    """BCP 47 tags for what a book states (ISO 639 codes or tags: ``"vie,tyz"``); what is no such code is left out."""
    tags = []
    for code in stated_languages(stated):
        primary, _, rest = code.replace("_", "-").partition("-")
        short = get_global("language_aliases").get(primary.lower(), primary.lower())
        tag = f"{short}-{rest}" if rest else str(short)
        if _TAG.fullmatch(tag):
            tags.append(tag)
    return tuple(dict.fromkeys(tags))


def rights_line(rights: Rights | None) -> str:
    """What is permitted, in one line: the licence and who holds the rights; "" where nothing is stated."""
    return " · ".join(filter(None, (_line(rights.licence), _line(rights.holder)))) if rights else ""


def written(moment: datetime) -> str:
    """A time as both kinds of feeds write it (RFC 3339)."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _stated_date(date: str) -> str:
    """The part of a stated date that is one, written with two digits for months and days."""
    found = _DATE.match(date.strip())
    if not found:
        return ""
    try:
        datetime(int(found[1]), int(found[2] or 1), int(found[3] or 1), tzinfo=UTC)
    except ValueError:
        return ""
    return "-".join([found[1], *(f"{int(part):02}" for part in found.groups()[1:] if part)])


def _line(text: str, longest: int = 300) -> str:
    line = one_line(text, longest)
    return "" if line.casefold() in _FILLERS else line
