"""The addresses of documents: on the hub's site the pages around them, on the books' site what they hold.

What a document holds is named by numbers after ``!/``, never by names of its own: ``/mo/<book>/<path>!/c3``.
"""

from typing import Final
from urllib.parse import quote

PAGE_PREFIX: Final = "/tai-lieu/"
CONTENT_PREFIX: Final = "/mo/"
SUBTITLES_PREFIX: Final = "/phu-de/"
INSIDE: Final = "!/"
VIEWER: Final = "xem"
DOWNLOAD: Final = "tai"


def document_address(key: str, path: str) -> str:
    """The address on the hub's site of the page around a document."""
    return PAGE_PREFIX + key + "/" + _quoted(path)


def content_address(key: str, path: str, part: str) -> str:
    """The address, on the books' site, of a part of a document."""
    return CONTENT_PREFIX + key + "/" + _quoted(path) + INSIDE + part


def subtitles_address(key: str, path: str) -> str:
    """The address on the hub's site of subtitles, as WebVTT."""
    return SUBTITLES_PREFIX + key + "/" + _quoted(path)


def _quoted(path: str) -> str:
    return quote(path, safe="/:@!$&'()*+,;=~")
