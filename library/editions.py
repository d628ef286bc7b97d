"""Which book a file is, and which of several files of one book is the newest: pure rules on names and dates."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, TypeVar

_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
_DATE_AT_END = re.compile(rf"(?:[-_. ]?{_YEAR}-{_MONTH}(?:-{_DAY})?|[-_. ]{_YEAR}{_MONTH}(?:{_DAY})?)$", re.ASCII)
"""A number that can be no date stays: ``bài_000001.zim`` and ``bài_000002.zim`` are two books."""


class Edition(Protocol):
    """What has to be known of a file to tell which is newer."""

    @property
    def name(self) -> str:
        """The book's name, the same in every edition."""

    @property
    def date(self) -> str:
        """The edition's own date (ISO 8601), possibly empty."""

    @property
    def file(self) -> str:
        """The file's name in the content folder."""

    @property
    def mtime_ns(self) -> int:
        """The file's modification time, nanoseconds."""


E_ = TypeVar("E_", bound=Edition)


def stem_without_date(path: Path) -> str:
    """The name of a book that does not say its own: its file's stem without the date at the end.

    ``wikibooks_vi_all_2017-02.zim`` and ``wikibooks_vi_all_2018-05.zim`` are editions of one book.
    """
    stem = re.sub(r"\.zim(aa)?$", "", path.name, flags=re.IGNORECASE)
    return _DATE_AT_END.sub("", stem) or stem


def newest_of_each(editions: Iterable[E_]) -> dict[str, E_]:
    """The newest edition by name: by its own date, then by the file's name, then by the file's time.

    A file's time comes last because clocks in villages are wrong and copying changes it.
    """
    newest: dict[str, E_] = {}
    for edition in editions:
        rival = newest.get(edition.name)
        if rival is None or _age(edition) > _age(rival):
            newest[edition.name] = edition
    return newest


def _age(edition: Edition) -> tuple[str, str, int]:
    date = edition.date if re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", edition.date) else ""
    return date, edition.file, edition.mtime_ns
