"""Books as pages show them: every value a text or a number, in the reader's language."""

import math
from dataclasses import dataclass
from urllib.parse import quote

from flask_babel import format_decimal, get_locale
from flask_babel import gettext as _

from library.codes.code_book import spoken
from library.details import told
from library.facts import Facts
from library.languages import language_names
from library.listing import Listed
from library.reading.opening import reading_address
from library.sayings import one_line
from library.slugs import slug

_PLACES = {"film": "phim", "sound": "am-thanh"}


@dataclass(frozen=True)
class BookView:
    """One book or file, ready for a template; `detail` says more of `reason`, to a technician."""

    name: str
    title: str
    language: str
    publisher: str
    description: str
    size: str
    pages: int
    state: str
    reason: str
    detail: str
    url: str
    read_url: str
    cover_url: str | None
    small_cover_url: str | None
    code: str | None
    file: str
    slug: str
    kind: str
    duration: str
    subjects: tuple[str, ...]


def view(listed: Listed) -> BookView:
    """What a page shows of one line of the list."""
    facts = listed.facts
    key = slug(listed.name)
    url = item_address(listed.kind, key)
    media = facts.media if facts else None
    return BookView(
        name=listed.name,
        title=facts.title if facts else one_line(listed.file),
        language=language_names(facts.language, get_locale()) if facts else "",
        publisher=said(facts.publisher) or said(facts.creator) if facts else "",
        description=said(facts.description) if facts else "",
        size=size_text(listed.stamp.size),
        pages=facts.articles if facts else 0,
        state=listed.state.value,
        reason=_(listed.reason) if listed.reason else "",
        detail=told(listed.detail, _),
        url=url if facts else "",
        read_url=(url if media else reading_address(key, facts.main_path)) if facts else "",
        cover_url=f"{url}bia/{cover_version(facts)}" if facts and facts.has_cover else None,
        small_cover_url=f"{url}bia-nho/{cover_version(facts)}" if facts and facts.small_picture else None,
        code=spoken(listed.code) if listed.code else None,
        file=one_line(listed.file),
        slug=key,
        kind=listed.kind,
        duration=duration_text(media.duration_s) if media else "",
        subjects=facts.subjects if facts else (),
    )


def cover_version(facts: Facts) -> str:
    """What tells the pictures of one edition from those of the next, in their addresses.

    It stands in the path, since nginx keeps nothing that has a query.
    """
    return facts.edition[:12]


def said(text: str) -> str:
    """What a book says of itself, unless it only fills a form that must not be empty."""
    return "" if text.strip().casefold() in {"n/a", "-", "none", "unknown"} else text


def book_address(key: str) -> str:
    """The address of a book's own page on the hub's site."""
    return f"/sach/{quote(key)}/"


def item_address(kind: str, key: str) -> str:
    """The address of the page of a book, a film or a sound on the hub's site."""
    return f"/{_PLACES.get(kind, 'sach')}/{quote(key)}/"


def duration_text(seconds: float) -> str:
    """How long something takes, as people say it: ``1 giờ 05 phút``; empty where it is not known."""
    minutes = round(seconds / 60)
    if seconds <= 0:
        return ""
    if seconds < 60:
        return str(_("%(seconds)d seconds", seconds=math.ceil(seconds)))
    if minutes < 60:
        return str(_("%(minutes)d min", minutes=minutes))
    return str(_("%(hours)d h %(minutes)s min", hours=minutes // 60, minutes=f"{minutes % 60:02}"))


def clock_text(seconds: int) -> str:
    """A moment in a film, as players show it: ``1:05``, ``1:02:05``."""
    minutes, hours = seconds // 60 % 60, seconds // 3600
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def size_text(size: int) -> str:
    """Bytes as people read them: ``3,2 MB``."""
    number, unit = float(size), "byte"
    for larger in ("kB", "MB", "GB"):
        if number < 1000:
            break
        number, unit = number / 1000, larger
    return f"{format_decimal(number, '#,##0.#' if number < 10 else '#,##0')} {unit}"
