"""Texts made ready for sending: their full media type, and their compressed form, made once and kept in memory."""

import codecs
import re
from dataclasses import dataclass

from isal import isal_zlib

from library.kept_values import Kept, Key

_NAME = r"[A-Za-z0-9!#$&^_.+-]{1,100}"  # RFC 6838, section 4.2
_MEDIA_TYPE = re.compile(rf"({_NAME}/{_NAME})((?:;[\x20-\x7e]*)?)")
_TEXTUAL = re.compile(r"text/.*|application/(javascript|x-javascript|ecmascript|json|xml|wasm)|.*\+(xml|json)")
_COMPRESSIBLE = re.compile(
    r"font/(ttf|otf)|application/(vnd\.ms-fontobject|x-font-ttf)|image/(bmp|x-icon|vnd\.microsoft\.icon)"
)
LARGEST_COMPRESSED = 8 * 1024 * 1024
_GZIP = 31  # zlib's number for gzip's format (RFC 1952), without a time in it
_PIECE = 16 * 1024
_LEVEL = 2  # of ISA-L: a fifth larger than zlib's 6 at the most, in a tenth of its time


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
    return f"{mimetype}; charset=utf-8" if _is_utf8(data) else mimetype


def _is_utf8(data: bytes) -> bool:
    """Whether the text is UTF-8, seen piece by piece: the letters of a whole page would take fresh memory each time."""
    decode = codecs.getincrementaldecoder("utf-8")().decode
    try:
        for start in range(0, len(data), _PIECE):
            decode(data[start : start + _PIECE])
        decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


@dataclass(frozen=True)
class Packed:
    """A page ready to send: validator of its plain bytes, media type, and its bytes, in gzip form if that is less."""

    tag: str
    content_type: str
    data: bytes
    zipped: bool


class PackedPages:
    """Pages compressed once and kept, and unpacked again for the rare reader who does not take gzip.

    Args:
        limit: bytes to keep; a quarter of them for pages unpacked again.
    """

    def __init__(self, limit: int) -> None:
        self._packed: Kept[Packed] = Kept(limit - limit // 4)
        self._plain: Kept[bytes] = Kept(limit // 4)

    @property
    def weight(self) -> int:
        """Bytes that the kept pages weigh now."""
        return self._packed.weight + self._plain.weight

    def get(self, key: Key) -> Packed | None:
        """The page, if it is kept."""
        return self._packed.get(key)

    def pack(self, key: Key, mimetype: str, data: bytes, tag: str) -> Packed:
        """Make a page ready and keep it; ``tag`` is the validator of its plain bytes."""
        zipped = isal_zlib.compress(data, _LEVEL, _GZIP)
        smaller = len(zipped) < len(data)
        page = Packed(tag, with_charset(mimetype, data), zipped if smaller else data, smaller)
        self._packed.keep(key, page, len(page.data))
        return page

    def plain(self, key: Key, page: Packed) -> bytes:
        """A packed page's own bytes."""
        if not page.zipped:
            return page.data
        data = self._plain.get(key)
        if data is None:
            data = isal_zlib.decompress(page.data, _GZIP)
            self._plain.keep(key, data, len(data))
        return data
