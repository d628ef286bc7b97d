"""Arranges the shelf's page: books, films and sounds in groups, fewer where a reader asks for a kind or subject.

Pure rules on what is shown; nothing is read here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from flask_babel import gettext as _

from library.facts import Kind
from library.views import BookView

KIND_WORDS: Final = {"sach": Kind.BOOK, "phim": Kind.FILM, "am-thanh": Kind.SOUND}
"""The word in ``/tu-sach?loai=…`` → the kind."""
_MOST_SUBJECTS = 100


@dataclass(frozen=True)
class Choice:
    """One thing a reader may choose; ``chosen`` is the one just now."""

    text: str
    value: str
    url: str
    chosen: bool


@dataclass(frozen=True)
class Arranged:
    """The shelf as it is shown: what may be chosen, and the groups (heading, items) of what was."""

    kinds: tuple[Choice, ...]
    subjects: tuple[Choice, ...]
    groups: tuple[tuple[str, tuple[BookView, ...]], ...]
    kind_word: str
    is_filtered: bool


def arrange(items: Sequence[BookView], kind_word: str = "", subject: str = "") -> Arranged:
    """Arrange everything that can be read, watched and heard.

    Args:
        items: all of it, in the order in which it is shown.
        kind_word: one of ``KIND_WORDS``, or empty for all kinds; other words choose nothing.
        subject: what it shall be about; empty for everything.
    """
    kind = KIND_WORDS.get(kind_word)
    kind_word = kind_word if kind else ""
    subject = " ".join(subject.split()).casefold()
    headings = {Kind.BOOK: _("Books"), Kind.FILM: _("Films"), Kind.SOUND: _("Sounds")}
    there = [one for one in Kind if any(item.kind == one for item in items)]
    of_kind = [item for item in items if kind is None or item.kind == kind]
    names: dict[str, str] = {}
    for item in of_kind:
        for name in item.subjects:
            names.setdefault(name.casefold(), name)
    if subject and subject not in names:
        subject = ""
    chosen = [item for item in of_kind if not subject or subject in {name.casefold() for name in item.subjects}]
    words = {one: word for word, one in KIND_WORDS.items()}
    kinds = [Choice(_("All"), "", _url("", subject), kind is None)]
    kinds += [Choice(headings[one], words[one], _url(words[one], ""), kind is one) for one in there]
    subjects = [Choice(_("Everything"), "", _url(kind_word, ""), not subject)]
    subjects += [
        Choice(names[key], names[key], _url(kind_word, names[key]), key == subject)
        for key in sorted(names)[:_MOST_SUBJECTS]
    ]
    groups = ((headings[one], tuple(item for item in chosen if item.kind == one)) for one in Kind)
    return Arranged(
        kinds=tuple(kinds) if len(there) > 1 else (),
        subjects=tuple(subjects) if names else (),
        groups=tuple(group for group in groups if group[1]),
        kind_word=kind_word,
        is_filtered=kind is not None or bool(subject),
    )


def _url(kind_word: str, subject: str) -> str:
    asked = {"loai": kind_word, "chu-de": subject}
    query = urlencode({key: value for key, value in asked.items() if value})
    return f"/tu-sach?{query}" if query else "/tu-sach"
