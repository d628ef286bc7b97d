"""Tells from a few bytes what kind of film or sound a file is, how long it must be to be whole, and where its index is.

Only the outermost structure is read, with a limit on how often; what lies inside is left to a library in a child
process. Sources: ISO/IEC 14496-12 (boxes), RFC 8794 and RFC 9559 (EBML, Matroska), RFC 3533 (Ogg), RFC 9639 (FLAC),
Microsoft's RIFF, ISO/IEC 11172-3 (MPEG audio), id3.org (ID3v2).
"""

import enum
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

from library.media.sound_lengths import FIRST_FRAME, STREAM_INFO, flac_is_cut, mp3_length

Read = Callable[[int, int], bytes]
"""Reads so many bytes (the second) from a position (the first); fewer where the file ends before."""

MOST_BOXES = 20_000
FEW_BOXES = 64
_HEAD = max(64, FIRST_FRAME, STREAM_INFO)
_LARGEST_OGG_PAGE = 27 + 255 + 255 * 255
_FLAC_TAIL = 1 << 16
_BOX_NAME = re.compile(rb"[ -~\xa9]{4}")
_FIRST_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"}
_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_DOC_TYPE = b"\x42\x82"


class Container(enum.StrEnum):
    """How picture and sound are wrapped."""

    MP4 = "mp4"
    WEBM = "webm"
    MATROSKA = "mkv"
    OGG = "ogg"
    WAV = "wav"
    FLAC = "flac"
    MP3 = "mp3"
    AAC = "aac"


@dataclass(frozen=True)
class Shape:
    """The outermost structure of a file.

    Attributes:
        container: how picture and sound are wrapped.
        complete_size: bytes that a whole file has, as far as its beginning tells; 0 where it does not.
        damage: what is wrong with it, for a technician; empty when nothing is.
        has_index: whether there is an index; without one nothing can be played.
        index_first: whether the index stands before picture and sound.
    """

    container: Container
    complete_size: int = 0
    damage: str = ""
    has_index: bool = True
    index_first: bool = True


def shape_of(read: Read, size: int, most_boxes: int = MOST_BOXES) -> Shape | None:
    """The shape of a file of ``size`` bytes; None where it is no film or sound that is known here.

    Args:
        read: reads from the file.
        size: bytes of the file.
        most_boxes: how many boxes of an MP4 file are looked at; those behind are not.
    """
    head = read(0, _HEAD)
    if head[:4] == _EBML:
        return _matroska(read, size)
    if head[:4] == b"OggS":
        return _ogg(read, size)
    if head[:4] == b"fLaC":
        return _flac(read, head, size)
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        stated = struct.unpack_from("<I", head, 4)[0]
        return Shape(Container.WAV, 8 + stated if 0 < stated < 0xFFFFFFFF else 0)
    if head[:3] == b"ID3" and len(head) >= 10:
        return _tagged(read, head, size)
    if len(head) >= 8 and head[4:8] in _FIRST_BOXES:
        return _mp4(read, size, most_boxes)
    return _bare_audio(head, 0)


def _mp4(read: Read, size: int, most_boxes: int) -> Shape:
    position, seen = 0, []
    for _ in range(most_boxes):
        header = read(position, 16)
        if len(header) < 8:
            break
        length, name = struct.unpack(">I4s", header[:8])
        smallest = 8
        if length == 1 and len(header) == 16:
            length, smallest = struct.unpack_from(">Q", header, 8)[0], 16
        elif length == 0:  # up to the end of the file, wherever that is
            length = max(8, size - position)
        if length < smallest or not _BOX_NAME.fullmatch(name):
            return Shape(Container.MP4, damage=f"no box at byte {position}", has_index=b"moov" in seen)
        seen.append(name)
        position += length
        if position >= size:
            break
    has_index = b"moov" in seen
    first = has_index and (b"mdat" not in seen or seen.index(b"moov") < seen.index(b"mdat"))
    # A few bytes too many behind the last box harm nobody; a box cut short does.
    return Shape(Container.MP4, position if position >= size else 0, has_index=has_index, index_first=first)


def _matroska(read: Read, size: int) -> Shape | None:
    header = _element(read, 0)
    if header is None or header[1] > 4096:
        return None
    start, length = header
    inside = read(start, length)
    at = inside.find(_DOC_TYPE)
    kind = inside[at + 3 : at + 3 + (inside[at + 2] & 0x7F)] if 0 <= at < len(inside) - 2 else b""
    container = {b"webm": Container.WEBM, b"matroska": Container.MATROSKA}.get(kind.rstrip(b"\0"))
    if container is None:
        return None
    if read(start + length, 4) != _SEGMENT:
        return Shape(container, damage="no segment") if size > start + length + 4 else Shape(container, size + 1)
    segment = _element(read, start + length)
    unknown = segment is None or segment[1] < 0
    return Shape(container, 0 if unknown or segment is None else segment[0] + segment[1])


def _element(read: Read, position: int) -> tuple[int, int] | None:
    """Where the content of an EBML element with an id of four bytes begins, and its length (-1: not stated)."""
    data = read(position + 4, 8)
    if not data or not data[0]:
        return None
    width = 9 - data[0].bit_length()
    if len(data) < width:
        return None
    value = int.from_bytes(data[:width], "big") & ((1 << 7 * width) - 1)
    return position + 4 + width, -1 if value == (1 << 7 * width) - 1 else value


def _ogg(read: Read, size: int) -> Shape:
    """An Ogg file is whole when its last page ends where the file ends."""
    start = max(0, size - _LARGEST_OGG_PAGE)
    tail = read(start, size - start)
    at = len(tail)
    while (at := tail.rfind(b"OggS", 0, at)) >= 0:
        lengths = tail[at + 27 : at + 27 + tail[at + 26]] if at + 26 < len(tail) else b""
        if lengths and len(lengths) == tail[at + 26]:
            end = start + at + 27 + len(lengths) + sum(lengths)
            return Shape(Container.OGG, end if end >= size else 0)
        if at + 27 >= len(tail) or tail[at + 26]:  # a page's header that is itself cut
            return Shape(Container.OGG, size + 1)
    return Shape(Container.OGG, damage="no page at the end")


def _flac(read: Read, head: bytes, size: int) -> Shape:
    """FLAC says how many samples it has; which ones a frame holds stands in each, also in the last one."""
    start = max(0, size - _FLAC_TAIL)
    is_cut = flac_is_cut(head, read(start, size - start), all_read=start == 0)
    return Shape(Container.FLAC, size + 1 if is_cut else 0)


def _tagged(read: Read, head: bytes, size: int) -> Shape | None:
    """What stands behind an ID3v2 tag; its length has seven bits in each byte."""
    length = 0
    for byte in head[6:10]:
        length = length << 7 | byte & 0x7F
    behind = read(10 + length, _HEAD)
    if len(behind) < 4:
        return Shape(Container.MP3, 10 + length + 4)
    if behind[:4] == b"fLaC":
        return _flac(read, behind, size)
    return _bare_audio(behind, 10 + length) or Shape(Container.MP3)  # padding may follow; the child looks closer


def _bare_audio(data: bytes, at: int) -> Shape | None:
    """A sound that begins with a frame of its own, at this byte of the file."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return None
    layer = data[1] >> 1 & 3
    if layer == 0:
        return Shape(Container.AAC) if data[1] & 0xF0 == 0xF0 else None
    if data[2] >> 4 == 0xF or data[2] >> 2 & 3 == 3 or data[1] >> 3 & 3 == 1:
        return None
    stated = mp3_length(data)
    return Shape(Container.MP3, at + stated if stated else 0)
