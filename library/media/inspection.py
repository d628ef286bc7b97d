"""Looks into a film or a sound in this process: the child's part of its check.

The outermost structure is read by ``library.media.shapes``, what lies inside by MediaInfo, which is given bytes and
never a name. All bytes are read once, for the hash that tells one edition from another and to see that the card can
still give them.
"""

import hashlib
import io
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pymediainfo import MediaInfo

from library import reasons
from library.editions import stem_without_date
from library.errors import BrokenFileError, RefusedError
from library.facts import Facts, Kind
from library.media.facts import MediaFacts
from library.media.shapes import Container, Shape, shape_of
from library.sayings import one_line
from library.zim_tables import Extent, PartedFile

_WITHIN: dict[Container, tuple[str, str]] = {
    Container.MP4: ("video/mp4", "audio/mp4"),
    Container.WEBM: ("video/webm", "audio/webm"),
    Container.MATROSKA: ("video/x-matroska", "audio/x-matroska"),
    Container.OGG: ("video/ogg", "audio/ogg"),
    Container.WAV: ("video/x-unknown", "audio/wav"),
    Container.FLAC: ("video/x-unknown", "audio/flac"),
    Container.MP3: ("video/x-unknown", "audio/mpeg"),
    Container.AAC: ("video/x-unknown", "audio/aac"),
}
_APPLE_CONTAINERS = frozenset({Container.MP4, Container.MP3, Container.WAV, Container.AAC})
_APPLE_CODECS = frozenset({"AVC", "AAC", "MPEG Audio", "PCM", "ALAC"})
_APPLE_AVC_PROFILES = ("Baseline", "Constrained Baseline", "Main", "High")
_SPOKEN = {"AVC": "H.264", "HEVC": "H.265", "MPEG Audio": "MP3"}
_LARGEST_NUMBER = 1 << 24


def inspect_media(path: Path) -> Facts:
    """What a film or a sound is.

    Raises:
        RefusedError: it cannot be played, with the reason.
        OSError: the file cannot be read.
    """
    file = PartedFile([path])
    try:
        shape = shape_of(lambda start, size: _read(file, start, size), file.size)
        _refuse_bad_shape(shape, file.size)
        assert shape is not None  # noqa: S101 - for the type checker; a file without a shape was refused
        edition = _hash(file)
        tracks = _tracks(path)
    except BrokenFileError as error:
        raise RefusedError(reasons.UNREADABLE, error.message) from error
    finally:
        file.close()
    return _facts(path, edition, shape, tracks)


def _refuse_bad_shape(shape: Shape | None, size: int) -> None:
    if size == 0:
        raise RefusedError(reasons.EMPTY)
    if shape is None:
        raise RefusedError(reasons.NOT_MEDIA)
    if shape.damage:
        raise RefusedError(reasons.DAMAGED, shape.damage)
    if shape.complete_size > size:
        raise RefusedError(reasons.INCOMPLETE, f"{size} / {shape.complete_size} bytes")
    if not shape.has_index:
        raise RefusedError(reasons.INCOMPLETE, "no moov")


def _read(file: PartedFile, start: int, size: int) -> bytes:
    size = min(size, file.size - start)
    return file.read(start, size) if size > 0 else b""


def _hash(file: PartedFile) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for piece in file.chunks(Extent(0, file.size)):
        digest.update(piece)
    return digest.hexdigest()


class _Bytes(io.RawIOBase):
    """A file as MediaInfo reads it: the bytes alone, without a name from which it might guess."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return os.read(self._descriptor, 1 << 16 if size < 0 else size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return os.lseek(self._descriptor, offset, whence)

    def tell(self) -> int:
        return os.lseek(self._descriptor, 0, os.SEEK_CUR)

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


def _tracks(path: Path) -> list[dict[str, Any]]:
    with _Bytes(path) as source:
        return [track.to_data() for track in MediaInfo.parse(source, parse_speed=0.3, buffer_size=1 << 16).tracks]


def _facts(path: Path, edition: str, shape: Shape, tracks: Sequence[dict[str, Any]]) -> Facts:
    whole, pictures, sounds = (
        [track for track in tracks if track["track_type"] == kind] for kind in ("General", "Video", "Audio")
    )
    general = whole[0] if whole else {}
    if not pictures and not sounds:
        raise RefusedError(reasons.NOTHING_TO_PLAY)
    if any("encryption" in track or "encrypted" in track for track in tracks):
        raise RefusedError(reasons.LOCKED)
    if str(general.get("istruncated", "")).casefold() == "yes":
        raise RefusedError(reasons.INCOMPLETE, "MediaInfo: truncated")
    picture = pictures[0] if pictures else {}
    mimetype = _WITHIN[shape.container][0 if pictures else 1]
    width, height = (_number(picture.get(side)) for side in ("width", "height"))
    if pictures and (mimetype == "video/x-unknown" or not width or not height):
        raise RefusedError(reasons.NOTHING_TO_PLAY)
    media = MediaFacts(
        edition=edition,
        mimetype=mimetype,
        suffix=_suffix(shape.container, is_film=bool(pictures)),
        codecs=tuple(_codec(track) for track in [*pictures[:1], *sounds[:1]]),
        width=width,
        height=height,
        duration_s=_seconds([general, *tracks]),
        starts_at_once=shape.index_first,
        plays_on_iphones=shape.container in _APPLE_CONTAINERS and all(map(_apple_plays, [*pictures[:1], *sounds[:1]])),
    )
    name = stem_without_date(path.with_suffix(""))
    return Facts(
        name=name, title=one_line(name.replace("_", " ")), language="", publisher="", creator="", description="",
        date="", uuid="", edition=edition, articles=0, entries=0, main_path="", has_cover=False,
        kind=(Kind.FILM if pictures else Kind.SOUND).value, media=media,
    )  # fmt: skip


def _suffix(container: Container, *, is_film: bool) -> str:
    return ".m4a" if container is Container.MP4 and not is_film else f".{container.value}"


def _codec(track: dict[str, Any]) -> str:
    form = str(track.get("format", "?"))
    more = str(track.get("format_profile") or track.get("format_additionalfeatures") or "")
    return one_line(f"{_SPOKEN.get(form, form)} {'' if form == 'MPEG Audio' else more}".strip(), 60)


def _apple_plays(track: dict[str, Any]) -> bool:
    form = str(track.get("format"))
    if form == "AVC":
        profile = str(track.get("format_profile", "")).partition("@")[0]
        return profile in _APPLE_AVC_PROFILES and str(track.get("chroma_subsampling", "4:2:0")) == "4:2:0"
    return form in _APPLE_CODECS


def _number(value: Any) -> int:
    try:
        number = int(float(value))
    except (TypeError, ValueError, OverflowError):
        return 0
    return number if 0 < number < _LARGEST_NUMBER else 0


def _seconds(tracks: Sequence[dict[str, Any]]) -> float:
    """The first duration that is stated, in seconds; MediaInfo counts milliseconds."""
    for track in tracks:
        try:
            seconds = float(track.get("duration", 0)) / 1000
        except (TypeError, ValueError, OverflowError):
            continue
        if math.isfinite(seconds) and 0 < seconds < 1e6:
            return round(seconds, 3)
    return 0.0
