"""Texts made ready for sending: their full media type, and their compressed form, made once and kept in memory."""

import gzip
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass

_NAME = r"[A-Za-z0-9!#$&^_.+-]{1,100}"  # RFC 6838, section 4.2
_MEDIA_TYPE = re.compile(rf"({_NAME}/{_NAME})((?:;[\x20-\x7e]*)?)")
_TEXTUAL = re.compile(r"text/.*|application/(javascript|x-javascript|ecmascript|json|xml|wasm)|.*\+(xml|json)")
_COMPRESSIBLE = re.compile(
    r"font/(ttf|otf)|application/(vnd\.ms-fontobject|x-font-ttf)|image/(bmp|x-icon|vnd\.microsoft\.icon)"
)
LARGEST_COMPRESSED = 8 * 1024 * 1024
_LEVEL = 6


def media_type(stated: str) -> str:
    """The media type as a book states it, or the safest one when it is none (a header must not be broken by it)."""
    match = _MEDIA_TYPE.fullmatch(stated.strip())
    return match[0] if match else "application/octet-stream"


def is_text(mimetype: str) -> bool:
    """Whether pages of this media type are text, so that their letters' encoding must be said."""
    return _TEXTUAL.fullmatch(mimetype.partition(";")[0].strip().lower()) is not None


def is_compressible(mimetype: str) -> bool:
    """Whether compressing pages of this media type pays."""
    return is_text(mimetype) or _COMPRESSIBLE.fullmatch(mimetype.partition(";")[0].strip().lower()) is not None


def with_charset(mimetype: str, data: bytes) -> str:
    """The media type with ``charset=utf-8`` where the text is UTF-8 and nothing is said; else the page knows best."""
    if not is_text(mimetype) or "charset" in mimetype.lower():
        return mimetype
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return mimetype
    return f"{mimetype}; charset=utf-8"


@dataclass(frozen=True)
class Packed:
    """A page ready to send: validator of its plain bytes, media type, and the bytes, in gzip form if that is smaller."""

    tag: str
    content_type: str
    data: bytes
    zipped: bool

    def plain(self) -> bytes:
        """The page's own bytes."""
        return gzip.decompress(self.data) if self.zipped else self.data


class PackedPages:
    """Compressed pages by edition and path, the least recently used dropped first; safe to use from several threads.

    Args:
        limit: bytes of compressed pages to keep.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._pages: OrderedDict[tuple[str, str], Packed] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, str]) -> Packed | None:
        """The page, if it is kept."""
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def pack(self, key: tuple[str, str], mimetype: str, data: bytes, tag: str) -> Packed:
        """Make a page ready and keep it; ``tag`` is the validator of its plain bytes."""
        zipped = gzip.compress(data, _LEVEL, mtime=0)
        smaller = len(zipped) < len(data)
        page = Packed(tag, with_charset(mimetype, data), zipped if smaller else data, smaller)
        with self._lock:
            if key in self._pages:
                self._held -= _weight(key, self._pages.pop(key))
            self._held += _weight(key, page)
            self._pages[key] = page
            while self._held > self._limit:
                self._held -= _weight(*self._pages.popitem(last=False))
        return page


def _weight(key: tuple[str, str], page: Packed) -> int:
    return 1000 + 2 * len(key[1]) + len(page.data)
