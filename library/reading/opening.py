"""Where an entry of a book is opened, by its media type: pages in the reading desk, everything else where it belongs.

Every link of the library to an entry goes through here. Whoever does not know the media type yet links to
`reading_address`, which leads on where the entry is no page.
"""

from urllib.parse import quote

from library.documents.addresses import document_address
from library.reading.ways import Way, way_of
from library.serving.pages import entry_address

__all__ = ["READING_PREFIX", "Way", "opening_address", "reading_address", "way_of"]

READING_PREFIX = "/doc/"


def reading_address(key: str, path: str) -> str:
    """The address on the hub's site at which a page of a book is read; the path "" stands for its first page."""
    return READING_PREFIX + key + "/" + quote(path, safe="/:@!$&'()*+,;=~")


def opening_address(key: str, path: str, media_type: str, books_origin: str) -> str:
    """The address at which an entry is opened: a path on the hub's site, or a whole address on the books' one.

    Args:
        key: the book's slug.
        path: the entry's path.
        media_type: as the book states it.
        books_origin: scheme, host and port where the bytes of books are served.
    """
    if way_of(media_type) in {Way.PAGE, Way.SHOWN}:
        return reading_address(key, path)
    if way_of(media_type) is Way.FILE:
        return books_origin + entry_address(key, path)
    return document_address(key, path)
