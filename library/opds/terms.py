"""What both ways to write the catalogue share: media types, relations of links, whole addresses (specs.opds.io)."""

from dataclasses import dataclass
from typing import Final

from library.opds.feeds import PAGE, Feed, Target

NAVIGATION_TYPE: Final = "application/atom+xml;profile=opds-catalog;kind=navigation"
ACQUISITION_TYPE: Final = "application/atom+xml;profile=opds-catalog;kind=acquisition"
DESCRIPTION_TYPE: Final = "application/opensearchdescription+xml"
JSON_TYPE: Final = "application/opds+json"
GET: Final = "http://opds-spec.org/acquisition/open-access"
IMAGE: Final = "http://opds-spec.org/image"


@dataclass(frozen=True)
class Frame:
    """What all feeds of one answer share.

    Attributes:
        house: what the hub is called; with ``house_id`` it makes the identifiers of feeds its own.
        root, other_root: the whole addresses of the catalogue's roots, of this kind and of the other.
        page_url: the address of the shelf for people.
        search: the template of search, in the way of this kind; the description's address for OPDS 1.2.
        mark: what every address of a feed carries on, such as the language: ``(("lang", "en"),)``.
    """

    house: str
    house_id: str
    root: str
    other_root: str
    page_url: str
    search: str
    mark: tuple[tuple[str, str], ...] = ()

    def address(self, target: Target, *more: tuple[str, str]) -> str:
        """The whole address of a feed."""
        return _joined(self.root, target.address(*more, *self.mark))

    def other_address(self, target: Target, *more: tuple[str, str]) -> str:
        """The same feed in the other kind."""
        return _joined(self.other_root, target.address(*more, *self.mark))


def neighbours(feed: Feed) -> list[tuple[str, int]]:
    """The pages around the one of a feed: relation (RFC 5005) and number."""
    if feed.pages < 2:
        return []
    around = [("first", 1), ("previous", feed.page - 1), ("next", feed.page + 1), ("last", feed.pages)]
    return [(relation, number) for relation, number in around if 1 <= number <= feed.pages]


def page_query(feed: Feed) -> tuple[tuple[str, str], ...]:
    """The part of a query that names the page of a feed; nothing for the first."""
    return ((PAGE, str(feed.page)),) if feed.page > 1 else ()


def _joined(root: str, address: str) -> str:
    return f"{root}/{address}" if address and not address.startswith("?") else root + address
