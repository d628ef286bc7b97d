"""Tells from the first bytes of a picture what it is and how large it says it is: PNG, JPEG and WebP, nothing else.

Sources: PNG specification, section 11.2.1; ITU-T T.81, annex B (JPEG); RFC 9649 (WebP).
"""

import struct
from dataclasses import dataclass

LARGEST_PICTURE = 1024 * 1024
"""Bytes; phones load it over the house's Wi-Fi, many at once."""
LARGEST_SIDE = 2048
"""Pixels; a picture of some kilobytes may unpack to gigabytes in a reader's telephone."""
_JPEG_SIZES = frozenset({0xC0, 0xC1, 0xC2})
_MOST_SEGMENTS = 200


@dataclass(frozen=True)
class Picture:
    """What a picture says of itself: its media type, width and height in pixels."""

    mimetype: str
    width: int
    height: int

    @property
    def is_modest(self) -> bool:
        """Whether a telephone can show it."""
        return 0 < self.width <= LARGEST_SIDE and 0 < self.height <= LARGEST_SIDE


def picture_of(data: bytes) -> Picture | None:
    """What a picture says of itself; None where it is no picture that every browser shows."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
            return Picture("image/png", *struct.unpack_from(">II", data, 16))
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return _webp(data)
    except (struct.error, IndexError):
        return None
    return None


def _jpeg(data: bytes) -> Picture | None:
    position = 2
    for _ in range(_MOST_SEGMENTS):
        marker, length = struct.unpack_from(">HH", data, position)
        if marker < 0xFF01:
            return None
        if marker & 0xFF in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", data, position + 5)
            return Picture("image/jpeg", width, height)
        position += 2 + length
    return None


def _webp(data: bytes) -> Picture | None:
    form = data[12:16]
    if form == b"VP8X":
        sides = [int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27)]
    elif form == b"VP8L" and data[20] == 0x2F:
        bits = struct.unpack_from("<I", data, 21)[0]
        sides = [(bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1]
    elif form == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        sides = [side & 0x3FFF for side in struct.unpack_from("<HH", data, 26)]
    else:
        return None
    return Picture("image/webp", *sides) if len(data) >= 30 else None
