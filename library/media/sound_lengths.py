"""Tells from the bytes of an MP3 or FLAC file how long it says it is, so that one cut short is not taken for whole.

Neither has an outermost structure. But most programs that write MP3 put the length into the first frame (the headers
"Xing", "Info" and "VBRI"), and FLAC says how many samples there are, and in each frame which ones it holds. Where
nothing is said, nothing is guessed. Sources: ISO/IEC 11172-3 and 13818-3 (frames), Gabriel Bouvigne's description of
the Xing and LAME headers, Fraunhofer IIS for VBRI; RFC 9639, sections 8.2 and 9.1 (FLAC).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

FIRST_FRAME: Final = 64
"""Bytes of an MP3 file's first frame in which its length stands."""
STREAM_INFO: Final = 42
"""Bytes at a FLAC file's beginning in which its length stands."""
_LARGEST_MP3_FRAME: Final = 1441
_XING_AT: Final = {(True, False): 36, (True, True): 21, (False, False): 21, (False, True): 13}
_VBRI_AT: Final = 36
_UNKNOWN: Final = 0xFFFFFFFF
_RATES: Final = (0, 88200, 176400, 192000, 8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000)
_DEPTHS: Final = {1: 8, 2: 12, 4: 16, 5: 20, 6: 24, 7: 32}
_LONGEST_HEADER: Final = 16


def mp3_length(frame: bytes) -> int:
    """The least bytes, from the first frame on, that a whole MP3 file has; 0 where it does not say.

    Programs disagree whether the frame that says it is counted, so one frame more or less is never missed.

    Args:
        frame: the beginning of the first frame.
    """
    if len(frame) < FIRST_FRAME:
        return 0
    at = _XING_AT[frame[1] >> 3 & 3 == 3, frame[3] >> 6 == 3]
    stated = 0
    if frame[at : at + 4] in {b"Xing", b"Info"}:
        flags = struct.unpack_from(">I", frame, at + 4)[0]
        if flags & 2:
            stated = struct.unpack_from(">I", frame, at + (12 if flags & 1 else 8))[0]
    elif frame[_VBRI_AT : _VBRI_AT + 4] == b"VBRI":
        stated = struct.unpack_from(">I", frame, _VBRI_AT + 10)[0]
    return max(0, stated - _LARGEST_MP3_FRAME) if stated != _UNKNOWN else 0


@dataclass(frozen=True)
class _Stream:
    """What a FLAC file says of all its frames; ``samples`` is 0 where that is not known."""

    block: int
    rate: int
    channels: int
    depth: int
    samples: int


def flac_is_cut(head: bytes, tail: bytes, *, all_read: bool) -> bool:
    """Whether a FLAC file ends before the last samples that it says it has; False where it does not say.

    Args:
        head: its first ``STREAM_INFO`` bytes.
        tail: its last bytes, as many as the largest frame has, or more.
        all_read: whether these are all its bytes, so that a frame that is not there is missing.
    """
    if len(head) < STREAM_INFO or head[4] & 0x7F:
        return False
    numbers = int.from_bytes(head[18:26], "big")
    stream = _Stream(
        block=struct.unpack_from(">H", head, 10)[0],
        rate=numbers >> 44,
        channels=(numbers >> 41 & 7) + 1,
        depth=(numbers >> 36 & 31) + 1,
        samples=numbers & (1 << 36) - 1,
    )
    unseen = 0 if all_read else stream.samples
    return stream.samples > max(_ends(stream, tail), default=unseen)


def _ends(stream: _Stream, tail: bytes) -> Iterator[int]:
    """Behind which sample each frame ends whose header stands in the tail."""
    at = tail.find(b"\xff")
    while at >= 0:
        end = _end(stream, tail[at : at + _LONGEST_HEADER].ljust(_LONGEST_HEADER, b"\0"))
        if 0 < end <= stream.samples:
            yield end
        at = tail.find(b"\xff", at + 1)


def _end(stream: _Stream, header: bytes) -> int:
    """Behind which sample a frame ends; 0 where this is no header of one of the stream's frames."""
    if header[1] not in {0xF8, 0xF9} or not _belongs(stream, header[2] & 15, header[3]):
        return 0
    ones = 8 - (header[4] ^ 0xFF).bit_length()
    at = 4 + (ones or 1)
    if ones in {1, 8} or any(byte >> 6 != 2 for byte in header[5:at]):
        return 0
    number = header[4] & (0x7F >> ones)
    for byte in header[5:at]:
        number = number << 6 | byte & 0x3F
    code = header[2] >> 4
    size = {0: 0, 1: 192, 6: header[at] + 1, 7: int.from_bytes(header[at : at + 2], "big") + 1}.get(code, 0)
    size = size or (576 << code - 2 if 2 <= code <= 5 else 256 << code - 8 if code >= 8 else 0)
    at += {6: 1, 7: 2}.get(code, 0) + {12: 1, 13: 2, 14: 2}.get(header[2] & 15, 0)
    if not size or at >= len(header) or _crc8(header[:at]) != header[at]:
        return 0
    return (number if header[1] & 1 else number * stream.block) + size


def _belongs(stream: _Stream, rate: int, shape: int) -> bool:
    """Whether a frame's header agrees with what the stream says of all frames, as far as it repeats that."""
    channels, depth = shape >> 4, shape >> 1 & 7
    return (
        not shape & 1
        and (rate in {0, 12, 13, 14} or (rate < len(_RATES) and _RATES[rate] == stream.rate))
        and (channels + 1 == stream.channels if channels < 8 else channels < 11 and stream.channels == 2)
        and (not depth or _DEPTHS.get(depth) == stream.depth)
    )


def _crc8(data: bytes) -> int:
    """The checksum of a frame's header (polynomial x⁸ + x² + x + 1)."""
    found = 0
    for byte in data:
        found ^= byte
        for _ in range(8):
            found = found << 1 ^ (0x107 if found & 0x80 else 0)
    return found
