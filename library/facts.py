"""What a book, a film or a sound says of itself: plain values that are written to files and read back."""

import enum
from dataclasses import dataclass, replace
from typing import Any

from library.rights import Rights, Use


class Kind(enum.StrEnum):
    """What people do with it: read, watch or listen."""

    BOOK = "book"
    FILM = "film"
    SOUND = "sound"


@dataclass(frozen=True)
class Facts:
    """What something on the shelf says of itself.

    Attributes:
        edition: changes whenever any byte changes.
        subjects: what it is about, as its makers call it.
        rights: what is permitted; None where nothing is said.
    """

    name: str
    title: str
    language: str
    publisher: str
    creator: str
    description: str
    date: str
    uuid: str
    edition: str
    articles: int
    entries: int
    main_path: str
    has_cover: bool
    kind: str = Kind.BOOK.value
    subjects: tuple[str, ...] = ()
    rights: Rights | None = None

    def may_be_taken_home(self) -> bool:
        """Whether the hub offers it for download: unless its rights say otherwise."""
        return self.rights is None or self.rights.permit(Use.TAKE_HOME)


def facts_from(row: dict[str, Any]) -> Facts:
    """Facts out of their JSON form.

    Raises:
        TypeError: the row has other fields than facts have.
    """
    facts = Facts(**row)
    rights = Rights(**{**row["rights"], "uses": tuple(row["rights"]["uses"])}) if row.get("rights") else None
    return replace(facts, kind=Kind(facts.kind).value, subjects=tuple(facts.subjects), rights=rights)
