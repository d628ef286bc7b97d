"""What counts as an opening, told from a request and its answer: which thing, and in which way. Pure rules.

Openings are counted, never people: nothing of a request is kept but the thing that was opened. So whoever opens a book
twice counts twice, except where the browser itself says that it only loads a page again.
"""

import enum
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from library.reading.opening import READING_PREFIX


class OpeningKind(enum.StrEnum):
    """In which way something was opened."""

    BOOK = "book"
    DOCUMENT = "document"
    FILM = "film"
    SOUND = "sound"
    CODE = "code"
    """A code on a board or label was followed; what it led to counts by itself where it is then read."""


_PLACES: Final = {
    READING_PREFIX: OpeningKind.BOOK,
    "/tai-lieu/": OpeningKind.DOCUMENT,
    "/phim/": OpeningKind.FILM,
    "/am-thanh/": OpeningKind.SOUND,
}
_CODES: Final = ("/q/", "/Q/")
_INSIDE_A_BOOK: Final = (READING_PREFIX, "/tai-lieu/")
_LED_TO: Final = re.compile(r"/(?:sach|doc|tai-lieu|trang|mo|phim|am-thanh)/([^/?#]+)")
_BROWSERS: Final = ("mozilla/", "opera/")
_PROGRAMS: Final = re.compile(r"bot|crawl|spider|slurp|preview|monitor", re.IGNORECASE)


def opening_of(
    method: str, path: str, headers: Mapping[str, str], status: int, location: str = ""
) -> tuple[str, OpeningKind] | None:
    """The slug of what was opened, and how; None where a request opened nothing.

    Args:
        method: the HTTP method.
        path: the path that was asked for, decoded.
        headers: of the request; names in any case.
        status: of the answer.
        location: where the answer leads, if it leads on.
    """
    if method != "GET" or not _is_a_reader(headers):
        return None
    if path.startswith(_CODES):
        found = _LED_TO.match(urlsplit(location).path) if 300 <= status < 400 else None
        return (found[1], OpeningKind.CODE) if found else None
    place = next((place for place in _PLACES if path.startswith(place)), "")
    slug, slash, rest = path.removeprefix(place).partition("/")
    if not place or not slash or status != 200:
        return None
    kind = _PLACES[place]
    came_from = urlsplit(headers.get("Referer", "")).path
    if kind in {OpeningKind.FILM, OpeningKind.SOUND}:
        return (slug, kind) if not rest else None  # below its page are bytes, poster, subtitles
    if kind is OpeningKind.BOOK and came_from.startswith(tuple(f"{inside}{slug}/" for inside in _INSIDE_A_BOOK)):
        return None  # reading on
    return slug, kind


def _is_a_reader(headers: Mapping[str, str]) -> bool:
    """Whether somebody looks at what was asked for, for the first time, as far as the request says."""
    agent = headers.get("User-Agent", "")
    if not agent.lower().startswith(_BROWSERS) or _PROGRAMS.search(agent):
        return False
    purposes = " ".join(headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")).lower()
    if "prefetch" in purposes or "prerender" in purposes or "preview" in purposes:
        return False
    again = headers.get("Cache-Control", "").lower()
    return "max-age=0" not in again and "no-cache" not in again
