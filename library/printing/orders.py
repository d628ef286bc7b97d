"""What is to be printed: plain values that go to the press, a process of its own, as JSON."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from library.printing.wifi_code import Network


@dataclass(frozen=True)
class House:
    """Whose house it is, and how its hub is reached.

    Attributes:
        title: such as "Nhà văn hóa bản Trại Mới".
        place: commune and province.
        origin: what codes of the hub itself lead to, without a slash at the end.
        name: what people type into a browser.
        number: the numeric address, for phones that do not know the name; may be empty.
        network: the Wi-Fi.
        home: the public https address at which books are read at home; empty where there is none.
    """

    title: str
    place: str
    origin: str
    name: str
    number: str
    network: Network
    home: str = ""


@dataclass(frozen=True)
class Label:
    """One thing with a code.

    Attributes:
        title: what it is.
        note: the book a page is in, or who made it.
        code: as people write it, such as ``K7M-2QXA``.
        kind: of `library.facts.Kind`.
        about: a few sentences.
    """

    title: str
    code: str
    note: str = ""
    kind: str = "book"
    about: str = ""


@dataclass(frozen=True)
class Shelf:
    """A subject with what belongs to it."""

    subject: str
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Order:
    """One PDF: stickers, or posters.

    Attributes:
        sheet: of `library.printing.sheets.SHEETS`; empty for posters.
        stickers: one for each.
        skip: places of the first sheet that are used already.
        cut_marks: whether fine lines show where to cut plain paper.
        wifi: whether there is a poster of the Wi-Fi.
        shelves: posters of subjects.
        lessons: posters for a class, each of one book or page.
    """

    house: House
    sheet: str = ""
    stickers: tuple[Label, ...] = ()
    skip: int = 0
    cut_marks: bool = True
    wifi: bool = False
    shelves: tuple[Shelf, ...] = ()
    lessons: tuple[Label, ...] = ()

    def to_json(self) -> bytes:
        """For the press."""
        return json.dumps(asdict(self)).encode()


def order_from(document: bytes) -> Order:
    """An order out of its JSON form.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    row: dict[str, Any] = json.loads(document)
    house = House(**{**row["house"], "network": Network(**row["house"]["network"])})
    return Order(
        **{
            **row,
            "house": house,
            "stickers": _labels(row["stickers"]),
            "lessons": _labels(row["lessons"]),
            "shelves": tuple(Shelf(shelf["subject"], _labels(shelf["labels"])) for shelf in row["shelves"]),
        }
    )


def _labels(rows: list[dict[str, Any]]) -> tuple[Label, ...]:
    return tuple(Label(**row) for row in rows)


def address(origin: str, code: str) -> str:
    """What the code of a book says; hyphens are for people."""
    return f"{origin}/q/{code.replace('-', '')}"
