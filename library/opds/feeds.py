"""The feeds of the catalogue, before anybody writes them down: what each is called, holds and leads to. Pure rules.

A feed either leads on (navigation) or holds things to get (acquisition); addresses are paths below the catalogue's
root, with a query where a feed is narrowed down.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from library.facts import Kind
from library.languages import language_names, told_apart
from library.listing import Listed
from library.opds.catalogue import Publication, edition_time, latest
from library.sayings import one_line

ALL: Final = "tat-ca"
NEW: Final = "moi"
DOCUMENTS: Final = "tai-lieu"
FOUND: Final = "tim"
KINDS: Final = "loai"
LANGUAGES: Final = "ngon-ngu"
SUBJECTS: Final = "chu-de"
PAGE: Final = "trang"
PER_PAGE: Final = 30
MOST_NEW: Final = 60
_MOST_CHOICES: Final = 200

Shelved = Mapping[str, Listed]
"""What is on the shelf, by slug."""


@dataclass(frozen=True)
class Target:
    """A feed, named by its path below the root ("" is the root itself) and what it is narrowed down to."""

    path: str = ""
    query: tuple[tuple[str, str], ...] = ()
    holds_things: bool = False

    def address(self, *more: tuple[str, str]) -> str:
        """The path with its query, and further parts of that."""
        parts = [*self.query, *more]
        return self.path + (f"?{urlencode(parts, errors='replace')}" if parts else "")


@dataclass(frozen=True)
class Signpost:
    """A line of a feed that leads on; ``relation`` says how, ``count`` how many things are there."""

    title: str
    note: str
    target: Target
    updated: datetime
    count: int
    relation: str = "subsection"


@dataclass(frozen=True)
class Feed:
    """One feed.

    Attributes:
        target: itself.
        signposts: where it leads.
        publications: what it holds, of this page.
        page, total: its number, from 1, and how many things there are on all pages; both 0 where it only leads on.
        typed: what was searched for.
    """

    target: Target
    title: str
    updated: datetime
    signposts: tuple[Signpost, ...] = ()
    publications: tuple[Publication, ...] = ()
    page: int = 0
    total: int = 0
    typed: str = ""

    @property
    def pages(self) -> int:
        """How many pages it has."""
        return max(1, math.ceil(self.total / PER_PAGE))


ROOT: Final = Target()


def root(shelved: Shelved, title: str, *, with_documents: bool) -> Feed:
    """The first feed: everything, what is new, and the ways to choose.

    Args:
        shelved: what is on the shelf.
        title: the catalogue's name.
        with_documents: whether there may be documents inside books.
    """
    moment = updated(shelved.values())
    count = len(shelved)
    things = ngettext("%(num)d item", "%(num)d items", count)
    posts = [
        Signpost(_("Everything"), things, Target(ALL, holds_things=True), moment, count),
        Signpost(
            _("New on the shelf"),
            _("What came last"),
            Target(NEW, holds_things=True),
            moment,
            min(count, MOST_NEW),
            "http://opds-spec.org/sort/new",
        ),
    ]
    if with_documents:
        note = _("EPUB and PDF inside books, to take home one by one")
        posts.append(Signpost(_("Documents"), note, Target(DOCUMENTS, holds_things=True), moment, 0))
    for name in (KINDS, LANGUAGES, SUBJECTS):
        choices = _choices(shelved, name)
        if choices:
            note = one_line(", ".join(text for _value, text, _count in choices), 120)
            posts.append(Signpost(section_title(name), note, Target(name), moment, len(choices)))
    return Feed(ROOT, title, moment, tuple(posts))


def section(shelved: Shelved, name: str) -> Feed:
    """The choices of one kind: the kinds of things, their languages, their subjects."""
    posts = [
        Signpost(
            text,
            ngettext("%(num)d item", "%(num)d items", count),
            Target(ALL, ((name, value),), holds_things=True),
            updated(narrowed(shelved, {name: value}).values()),
            count,
        )
        for value, text, count in _choices(shelved, name)
    ]
    return Feed(Target(name), section_title(name), updated(shelved.values()), tuple(posts or [_way_back(shelved)]))


def section_title(name: str) -> str:
    """What the choices of one kind are called."""
    titles: dict[str, str] = {KINDS: _("By kind"), LANGUAGES: _("By language"), SUBJECTS: _("By subject")}
    return titles[name]


def kind_name(kind: str) -> str:
    """What things of one kind are called."""
    names: dict[str, str] = {Kind.BOOK.value: _("Books"), Kind.FILM.value: _("Films"), Kind.SOUND.value: _("Sounds")}
    return names[kind]


def narrowed(shelved: Shelved, wish: Mapping[str, str]) -> dict[str, Listed]:
    """What is of a kind, in a language, about a subject; an empty or missing wish leaves all."""
    kind, language, subject = (wish.get(name, "") for name in (KINDS, LANGUAGES, SUBJECTS))
    return {
        key: line
        for key, line in shelved.items()
        if line.facts
        and (not kind or line.kind == kind)
        and (not language or set(told_apart(language)) & set(told_apart(line.facts.language)))
        and (not subject or subject.casefold() in {said.casefold() for said in line.facts.subjects})
    }


def newest(shelved: Shelved) -> list[str]:
    """The slugs of what came last, the latest first; as far as files tell, which keep their time when copied."""
    return sorted(shelved, key=lambda key: (-shelved[key].mtime_ns, key))[:MOST_NEW]


def wish_title(wish: Mapping[str, str]) -> str:
    """What a feed that is narrowed down is called."""
    kind, language, subject = (wish.get(name, "") for name in (KINDS, LANGUAGES, SUBJECTS))
    words = [
        kind_name(kind) if kind in set(Kind) else one_line(kind, 60),
        one_line(language_names(language, get_locale()), 60),
        one_line(subject, 100),
    ]
    return " · ".join(filter(None, words)) or _("Everything")


def holding(
    target: Target,
    title: str,
    publications: Sequence[Publication],
    page: int,
    total: int,
    shelved: Shelved,
    typed: str = "",
) -> Feed:
    """A feed of things to get, one page of it; an empty one leads back to the root.

    Args:
        target: the feed, whatever page.
        title: what it is called.
        publications: the things of this page.
        page: its number, from 1.
        total: how many things there are on all pages.
        shelved: what is on the shelf, by slug.
        typed: what was searched for.
    """
    moment = latest(thing.updated for thing in publications)
    posts = () if publications else (_way_back(shelved),)
    return Feed(target, title, moment, posts, tuple(publications), page, total, typed)


def updated(lines: Iterable[Listed]) -> datetime:
    """When the newest edition among some things was made; long ago where there are none."""
    return latest(edition_time(line.date, line.mtime_ns) for line in lines)


def _way_back(shelved: Shelved) -> Signpost:
    note = _("There is nothing here yet")
    return Signpost(_("Back to the whole catalogue"), note, ROOT, updated(shelved.values()), 0)


def _choices(shelved: Shelved, name: str) -> list[tuple[str, str, int]]:
    """Value, words and number of things, for each choice; the most frequent subjects, in the order of the alphabet."""
    facts = [line.facts for line in shelved.values() if line.facts]
    if name == KINDS:
        counted = Counter(one.kind for one in facts)
        return [(kind.value, kind_name(kind), counted[kind.value]) for kind in Kind if counted[kind.value]]
    if name == LANGUAGES:
        counted = Counter(code for one in facts for code in told_apart(one.language))
        frequent = counted.most_common(_MOST_CHOICES)
        named = [(code, one_line(language_names(code, get_locale()), 60), count) for code, count in frequent]
        return sorted(named, key=lambda choice: choice[1].casefold())
    written: dict[str, str] = {}
    counted = Counter()
    for one in facts:
        for said in {said.casefold(): said for said in one.subjects if one_line(said)}.values():
            written.setdefault(said.casefold(), said)
            counted[said.casefold()] += 1
    return [
        (written[folded], one_line(written[folded]), count)
        for folded, count in sorted(counted.most_common(_MOST_CHOICES))
    ]
