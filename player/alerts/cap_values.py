"""Reads single values of a warning: times, numbers, addresses, points and references to other messages.

Each function returns the value or raises ``ValueError`` with a sentence. They are a little stricter than XML Schema
where its types leave room that nobody needs (year 0, numbers of a hundred digits, hour 24).
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import datetime
from decimal import Decimal
from typing import Final

from player.alerts.cap import Circle, Identity, Point
from player.errors import Sentence

MOST_REFERENCES: Final = 50
MOST_POINTS: Final = 2000
_BLANKS: Final = " \t\n\r"
_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00)"
)
_LANGUAGE: Final = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,6})?")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,6}(\.[0-9]{1,15})?")
_LETTER: Final = r"[A-Za-z0-9._~!$&'()*+,;=@-]|%[0-9A-Fa-f]{2}|[^\W_a-zA-Z0-9]"
_HOST: Final = r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?"
_ADDRESS: Final = re.compile(
    rf"([A-Za-z][A-Za-z0-9+.-]*:(//{_HOST}(?=[/?#]|$))?/?(({_LETTER}|:)({_LETTER}|[:/])*)?|/?(({_LETTER})({_LETTER}|/)*)?)"
    rf"(\?({_LETTER}|[:/?])*)?(#({_LETTER}|[:/?])*)?"
)
_NAME: Final = re.compile(r"[^\s,<&]{1,200}")
_STEERING: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def text(value: str) -> str:
    """Return the text in NFC, without letters that steer instead of being read; line ends become plain ones."""
    return unicodedata.normalize("NFC", _STEERING.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))).strip()


def name(value: str) -> str:
    """Return an identifier or a sender, which may hold no blanks, commas, ``<`` or ``&`` (CAP 1.2, 3.2.1)."""
    if not _NAME.fullmatch(value) or _STEERING.search(value):
        raise ValueError(Sentence("1 to 200 letters without blanks, commas, < and & must stand here"))
    return value


def moment(value: str) -> datetime:
    """Return a time as the standard wants it, as in 2026-11-25T18:00:00+07:00."""
    value = value.strip(_BLANKS)
    try:
        if not _TIME.fullmatch(value):
            raise ValueError
        found = datetime.strptime(value, "%Y-%m-%dT%H:%M:%S%z")
        found.timestamp()
    except (ValueError, OverflowError):
        raise ValueError(Sentence("a time such as 2026-11-25T18:00:00+07:00 must stand here")) from None
    return found


def language(value: str) -> str:
    """Return the code of a language (RFC 3066), in small letters."""
    value = value.strip(_BLANKS)
    if not _LANGUAGE.fullmatch(value):
        raise ValueError(Sentence("the code of a language, such as vi-VN, must stand here"))
    return value.lower()


def size(value: str) -> int:
    """Return a number of bytes."""
    value = value.strip(_BLANKS)
    if not _INTEGER.fullmatch(value):
        raise ValueError(Sentence("a whole number must stand here"))
    return int(value)


def height(value: str) -> Decimal:
    """Return a number with or without a fraction."""
    value = value.strip(_BLANKS)
    if not _DECIMAL.fullmatch(value):
        raise ValueError(Sentence("a number must stand here"))
    return Decimal(value)


def address(value: str) -> str:
    """Return a web address or another URI; it is shown, never fetched."""
    value = value.strip(_BLANKS)
    if len(value) > 2000 or not _ADDRESS.fullmatch(value):
        raise ValueError(Sentence("a web address must stand here"))
    return value


def polygon(value: str) -> tuple[Point, ...]:
    """Return the corners of a polygon: four or more points, the last of them the first again."""
    corners = tuple(_point(each) for each in value.split()[: MOST_POINTS + 1])
    if not 4 <= len(corners) <= MOST_POINTS or corners[0] != corners[-1]:
        raise ValueError(
            Sentence("4 to %(most)d points must stand here, the last of them the first again", most=MOST_POINTS)
        )
    return corners


def circle(value: str) -> Circle:
    """Return a circle: a point, a blank, and a radius in kilometres."""
    match value.split():
        case [centre, radius] if _NUMBER.fullmatch(radius) and float(radius) >= 0:
            return Circle(_point(centre), float(radius))
    raise ValueError(Sentence("a point and a radius in kilometres, such as 21.03,105.85 10, must stand here"))


def references(value: str) -> tuple[Identity, ...]:
    """Return the earlier messages that are named, each as ``sender,identifier,sent``."""
    parts = [each.split(",") for each in value.split()]
    if len(parts) > MOST_REFERENCES or any(len(part) != 3 for part in parts):
        raise ValueError(
            Sentence("at most %(most)d messages, each as sender,identifier,sent, may stand here", most=MOST_REFERENCES)
        )
    return tuple(Identity(name(sender), name(identifier), moment(sent)) for sender, identifier, sent in parts)


def _point(value: str) -> Point:
    parts = value.split(",")
    if len(parts) == 2 and all(map(_NUMBER.fullmatch, parts)):
        latitude, longitude = map(float, parts)
        if math.fabs(latitude) <= 90 and math.fabs(longitude) <= 180:
            return Point(latitude, longitude)
    raise ValueError(Sentence("%(value)s is no point such as 21.03,105.85", value=value[:40]))
