"""Looks into a description file and the files it names, in this process: the child's part of their check."""

import hashlib
import os
import stat
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from library import reasons
from library.details import kept
from library.errors import LibraryError, PictureError, RefusedError, Sentence
from library.facts import Facts, Kind
from library.media.facts import Companion, Handout, MediaFacts, Pause, Subtitles
from library.media.pictures import LARGEST_PICTURE, picture_of
from library.media.sidecar import LARGEST_SIDECAR, Sidecar, SidecarError, at, parse_sidecar
from library.media.small_pictures import small_picture
from library.media.subtitles import LARGEST_SUBTITLES, to_vtt
from library.sayings import LONGEST_SAYING, one_line


def inspect_sidecar(path: Path) -> tuple[Facts, bytes]:
    """What a description file says, and the poster as a picture for rows; what only the film can tell is left empty.

    Raises:
        RefusedError: something is wrong with it or with the files it names; the detail tells all of it.
        OSError: it cannot be read.
    """
    data, _ = read_plainly(path, LARGEST_SIDECAR)
    try:
        sidecar = parse_sidecar(data, path.stem)
    except SidecarError as error:
        raise RefusedError(reasons.BAD_DESCRIPTION, kept(error.problems)) from error
    digest = hashlib.blake2b(data, digest_size=16)
    problems: list[Sentence] = []
    small: list[bytes] = []

    def take(file: str, largest: int, kind: Callable[[bytes], str]) -> Companion | None:
        try:
            content, found = read_plainly(_beside(path, file), largest)
            digest.update(content)
            return Companion(found.name, len(content), found.stat.st_mtime_ns, kind(content))
        except FileNotFoundError:
            problems.append(at(file, Sentence("the file is not there")))
        except OSError as error:
            problems.append(at(file, error.strerror or error))
        except LibraryError as error:
            problems.append(at(file, error.message))
        return None

    def picture(content: bytes) -> str:
        mimetype = _kind_of_picture(content)
        small.append(small_picture(content))
        return mimetype

    poster = take(sidecar.poster, LARGEST_PICTURE, picture) if sidecar.poster else None
    tables = [(table, take(table.file, LARGEST_SUBTITLES, _kind_of_subtitles)) for table in sidecar.subtitles]
    if problems:
        raise RefusedError(reasons.BAD_DESCRIPTION, kept(problems))
    words = tuple(Subtitles(table.language, table.label or "", found) for table, found in tables if found)
    facts = _facts(sidecar, digest.hexdigest(), replace(_media(sidecar), poster=poster, subtitles=words))
    return facts, b"".join(small)


class Found:
    """The name and the state of a file that was read."""

    def __init__(self, name: str, status: os.stat_result) -> None:
        self.name = name
        self.stat = status


def read_plainly(path: Path, largest: int) -> tuple[bytes, Found]:
    """All bytes of an ordinary file; links are not followed, so that none leads out of the folder.

    Raises:
        OSError: it is a link, no ordinary file, larger than ``largest`` bytes, or cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, Sentence("it is not an ordinary file"))
        if status.st_size > largest:
            raise OSError(0, Sentence("it is larger than %(most)s kB", most=largest // 1024))
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(largest), Found(path.name, status)
    finally:
        os.close(descriptor)


def _beside(path: Path, file: str) -> Path:
    """The file of this name beside another one, though one of the two may write its marks apart (NFD)."""
    place = path.with_name(file)
    if not place.exists():
        for form in ("NFC", "NFD"):
            other = path.with_name(unicodedata.normalize(form, file))
            if other.exists():
                return other
    return place


def _kind_of_picture(data: bytes) -> str:
    picture = picture_of(data)
    if picture is None or not picture.is_modest:
        raise PictureError(Sentence("it is no JPEG, PNG or WebP picture of at most 2048 pixels a side"))
    return picture.mimetype


def _kind_of_subtitles(data: bytes) -> str:
    to_vtt(data)
    return "text/vtt"


def _media(sidecar: Sidecar) -> MediaFacts:
    handouts = (Handout(one.title or "", one.code or "", one.book or "", one.page or "") for one in sidecar.handout)
    return MediaFacts(
        described=True,
        pauses=tuple(sorted((Pause(one.at, one.question) for one in sidecar.pause), key=lambda pause: pause.at_s)),
        handouts=tuple(handouts),
    )


def _facts(sidecar: Sidecar, digest: str, media: MediaFacts) -> Facts:
    return Facts(
        name=sidecar.name,
        title=one_line(sidecar.title),
        language=sidecar.language,
        publisher=one_line(sidecar.publisher),
        creator=one_line(sidecar.creator),
        description=one_line(sidecar.description, LONGEST_SAYING),
        date=sidecar.date,
        uuid="",
        edition=digest,
        articles=0,
        entries=0,
        main_path="",
        has_cover=media.poster is not None,
        kind=Kind.FILM.value,
        subjects=tuple(dict.fromkeys(one_line(subject) for subject in sidecar.subjects)),
        rights=sidecar.rights.as_rights(),
        media=media,
    )
