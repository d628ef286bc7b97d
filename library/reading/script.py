"""Adds the reading desk's script to a book's page, in the variant of the page that is framed; pure bytes in and out.

The script tells the desk which page is shown, and makes letters larger and paper dark. It goes right behind ``<head>``,
so that a dark page is dark from its first moment, and once more at the end of an HTML page, where it also runs in pages
that have no head of their own; it does its work once. A page for which no place is found stays as it is.
"""

import re
from html import escape

_HEAD = re.compile(rb"<head(?:\s[^<>]{0,500})?>", re.IGNORECASE)
_FAR = 16 * 1024
"""Bytes: a head that begins later is not looked for."""
_WIDE = (b"\xfe\xff", b"\xff\xfe")  # byte-order marks of UTF-16, in which a tag would have to be written otherwise


def with_script(page: bytes, media_type: str, script: str) -> bytes:
    """The page with the script.

    Args:
        page: its bytes, in any encoding that writes ASCII as ASCII.
        media_type: ``text/html`` or ``application/xhtml+xml``, perhaps with parameters.
        script: the script's address.
    """
    if page.startswith(_WIDE) or "utf-16" in media_type.lower():
        return page
    tag = f'<script src="{escape(script)}"></script>'.encode("ascii")
    place = _behind_head(page)
    if place is not None:
        page = page[:place] + tag + page[place:]
    if media_type.lower().startswith("text/html"):  # nothing may follow the root of an XML document
        page += tag
    return page


def _behind_head(page: bytes) -> int | None:
    """Where the head begins, unless a comment stands open there."""
    beginning = page[:_FAR]
    found = _HEAD.search(beginning)
    if found is None or beginning.rfind(b"<!--", 0, found.start()) > beginning.rfind(b"-->", 0, found.start()):
        return None
    return found.end()
