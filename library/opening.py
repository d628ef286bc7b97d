"""Where an entry of a book is opened, by its media type: pages in the reading desk, everything else where it belongs.

Every link of the library to an entry goes through here. Whoever does not know the media type yet links to
`reading_address`, which leads on where the entry is no page.
"""

import enum
from urllib.parse import quote

from library.document_addresses import document_address
from library.pages import entry_address

READING_PREFIX = "/doc/"
_EPUB = "application/epub+zip"
_PDF = "application/pdf"


class Way(enum.Enum):
    """How people meet an entry."""

    PAGE = "a page with a reading bar, which it can talk to"
    SHOWN = "a picture or plain text, framed as it is below the reading bar"
    PDF = "a PDF document"
    EPUB = "an EPUB document"
    MEDIA = "a film or a sound"
    FILE = "anything else: its own bytes"


def way_of(media_type: str) -> Way:
    """How an entry of this media type is met; parameters such as ``charset`` do not count."""
    kind = media_type.partition(";")[0].strip().lower()
    if kind in {"text/html", "application/xhtml+xml"}:
        return Way.PAGE
    if kind == "text/plain" or kind.startswith("image/"):
        return Way.SHOWN
    if kind in {_PDF, _EPUB}:
        return Way.PDF if kind == _PDF else Way.EPUB
    return Way.MEDIA if kind.startswith(("video/", "audio/")) else Way.FILE


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
