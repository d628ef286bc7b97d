"""How people meet an entry of a book: as a page, a picture, a document, a film; told by its media type."""

import enum

from library.facts import Kind

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


def kind_of(media_type: str) -> Kind:
    """Whether an entry is read, watched or heard."""
    if way_of(media_type) is not Way.MEDIA:
        return Kind.BOOK
    return Kind.FILM if media_type.lower().lstrip().startswith("video/") else Kind.SOUND
