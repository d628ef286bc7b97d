"""What a book, a film or a sound says of itself: plain values that are written to files and read back."""

import enum
from dataclasses import dataclass, fields, replace
from typing import Any

from library.media.facts import MediaFacts, media_facts_from
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
        media: what else is known of a film or a sound; None for a book.
        small_picture: what the picture for rows is called (``library.media.picture_folder``); "" where there is none.
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
    media: MediaFacts | None = None
    small_picture: str = ""

    def may_be_taken_home(self) -> bool:
        """Whether the hub offers it for download: a film only where its rights say so, a book unless they do not."""
        return self.rights.permit(Use.TAKE_HOME) if self.rights else self.kind == Kind.BOOK


def facts_from(row: dict[str, Any]) -> Facts:
    """Facts out of their JSON form; what another version of the hub wrote lacks something and is not taken.

    Raises:
        TypeError, KeyError: the row has other fields than facts have.
    """
    if missing := {field.name for field in fields(Facts)} - set(row):
        raise KeyError(*missing)
    facts = Facts(**{**row, "media": media_facts_from(row["media"]) if row.get("media") else None})
    rights = Rights(**{**row["rights"], "uses": tuple(row["rights"]["uses"])}) if row.get("rights") else None
    return replace(facts, kind=Kind(facts.kind).value, subjects=tuple(facts.subjects), rights=rights)
