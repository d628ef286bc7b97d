"""Chooses what of the shelf is printed, and sees that every page has its code before it is on paper."""

import re
from collections.abc import Collection, Sequence
from typing import Final

from library.codes.code_book import CodeBook, Target, spoken
from library.errors import Sentence
from library.listing import Listed
from library.page import ContentsLine
from library.printing import orders
from library.printing.errors import NothingToPrintError, PageNumbersError, UnknownChoiceError
from library.printing.orders import Label
from library.shelf import Shelf
from library.views import said

ALL: Final = "all"
_MOST_NUMBERS: Final = 2000
_RANGE: Final = re.compile(r"(\d{1,6})(?:\s*[-–]\s*(\d{1,6}))?")


class Chooser:
    """Makes labels of what is on a shelf.

    Args:
        shelf: books, films and sounds.
        codes: their codes.
    """

    def __init__(self, shelf: Shelf, codes: CodeBook) -> None:
        self._shelf = shelf
        self._codes = codes

    def everything(self) -> tuple[Label, ...]:
        """A label for all that can be read, seen or heard, in the order of the titles.

        Raises:
            NothingToPrintError: there is nothing.
            ShelfUnavailableError: the shelf cannot be read.
        """
        labels = tuple(_label(listed) for listed in self._shelf.everything().values())
        if not labels:
            raise NothingToPrintError(
                Sentence("There is nothing on the shelf yet."), Sentence("Copy books into the content folder first.")
            )
        return labels

    def choices(self) -> list[tuple[str, Label]]:
        """How everything is called in addresses, with its label.

        Raises:
            ShelfUnavailableError: the shelf cannot be read.
        """
        return [(key, _label(listed)) for key, listed in self._shelf.everything().items()]

    def books(self, keys: Collection[str]) -> tuple[Label, ...]:
        """A label for each of these, as they are called in addresses or by the letters of their codes.

        Raises:
            UnknownChoiceError: one is not there.
            ShelfUnavailableError: the shelf cannot be read.
        """
        return tuple(_label(self.listed(key)) for key in keys)

    def subjects(self) -> tuple[str, ...]:
        """The subjects that anything is about.

        Raises:
            ShelfUnavailableError: the shelf cannot be read.
        """
        return tuple(subject for subject in self._by_subject() if subject)

    def shelves(self, wanted: Sequence[str] = ()) -> tuple[orders.Shelf, ...]:
        """What belongs to each subject; what has none stands under "", at the end.

        Args:
            wanted: only these subjects; all where empty.

        Raises:
            UnknownChoiceError: nothing is about one of them.
            NothingToPrintError: there is nothing at all.
            ShelfUnavailableError: the shelf cannot be read.
        """
        self.everything()
        found = self._by_subject()
        folded = {subject.casefold(): subject for subject in found}
        for subject in wanted:
            if subject.casefold() not in folded:
                known = ", ".join(f'"{name}"' for name in found if name) or Sentence("none")
                raise UnknownChoiceError(
                    Sentence('Nothing on the shelf is about "%(subject)s".', subject=subject),
                    Sentence("There are: %(known)s.", known=known),
                )
        chosen = [folded[subject.casefold()] for subject in wanted] or list(found)
        return tuple(orders.Shelf(subject, tuple(_label(listed) for listed in found[subject])) for subject in chosen)

    def pages(self, key: str, numbers: str) -> tuple[Label, ...]:
        """A label for pages of one book; codes that are new are kept before this returns.

        Args:
            key: the book.
            numbers: lines of its table of contents, such as ``1-8, 12``, or ``all``.

        Raises:
            UnknownChoiceError: there is no such book.
            PageNumbersError: it has no such page.
            BookChangedError, ShelfUnavailableError, CodesUnavailableError: what is needed cannot be read.
        """
        listed = self.listed(key)
        if listed.kind != "book":
            raise PageNumbersError(
                Sentence("%(key)s has no pages: it is no book.", key=key), Sentence("Leave the pages out.")
            )
        lines = self.contents(key)
        chosen = [lines[number - 1] for number in numbers_of(numbers, len(lines))]
        self._codes.mint_all(Target(listed.name, line.path) for line in chosen)
        book = _label(listed)
        return tuple(
            Label(line.title, self._code(listed.name, line.path), note=book.title, about=book.about) for line in chosen
        )

    def _code(self, name: str, path: str) -> str:
        return spoken(self._codes.code_of(name, path) or self._codes.mint(name, path))

    def contents(self, key: str) -> list[ContentsLine]:
        """A book's table of contents, as far as it can be printed."""
        _listed, book = self._shelf.open(self.key_of(key))
        return book.contents(0, _MOST_NUMBERS)

    def listed(self, key: str) -> Listed:
        """What the list says of it.

        Raises:
            UnknownChoiceError: it is not there.
        """
        return self._shelf.everything()[self.key_of(key)]

    def key_of(self, asked: str) -> str:
        """How it is called in addresses, out of that, its name, or the letters of its code.

        Raises:
            UnknownChoiceError: it is not there.
        """
        everything = self._shelf.everything()
        letters = asked.replace("-", "").upper()
        for key, listed in everything.items():
            if asked in {key, listed.name} or letters == listed.code:
                return key
        known = ", ".join(list(everything)[:20]) or Sentence("none")
        more = ", …" if len(everything) > 20 else ""
        raise UnknownChoiceError(
            Sentence('There is nothing called "%(name)s" on the shelf.', name=asked[:80]),
            Sentence("There are: %(known)s%(more)s.", known=known, more=more),
        )

    def _by_subject(self) -> dict[str, list[Listed]]:
        found: dict[str, list[Listed]] = {}
        for listed in self._shelf.everything().values():
            for subject in (listed.facts.subjects if listed.facts else ()) or ("",):
                found.setdefault(subject, []).append(listed)
        return dict(sorted(found.items(), key=lambda pair: (not pair[0], pair[0].casefold())))


def numbers_of(text: str, most: int) -> list[int]:
    """The numbers that were asked for, such as ``1-8, 12``, each once, from 1 on.

    Raises:
        PageNumbersError: they cannot be read, or there are not so many pages.
    """
    if text.strip().lower() == ALL:
        text = f"1-{most}" if most else ""
    found: dict[int, None] = {}
    for part in filter(None, (part.strip() for part in text[:5000].split(","))):
        match = _RANGE.fullmatch(part)
        first = int(match[1]) if match else 0
        last = int(match[2] or match[1]) if match else 0
        if not 1 <= first <= last <= most:
            raise PageNumbersError(
                Sentence(
                    '"%(page)s" is no page of this book: its table of contents has %(most)d lines.',
                    page=part[:40],
                    most=most,
                ),
                Sentence("Write numbers of its lines, such as 1-8, 12; or: all."),
            )
        found.update(dict.fromkeys(range(first, last + 1)))
    if not found:
        raise PageNumbersError(
            Sentence("No page was chosen."),
            Sentence("Write numbers of the table of contents, such as 1-8, 12; or: all."),
        )
    return list(found)


def _label(listed: Listed) -> Label:
    facts = listed.facts
    if facts is None:
        return Label(listed.file, spoken(listed.code))
    note = said(facts.publisher) or said(facts.creator)
    return Label(facts.title, spoken(listed.code), note, facts.kind, said(facts.description))
