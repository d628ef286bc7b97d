"""The films and sounds of the content folder, and what may be done with each.

What its description does not permit is not done. A film without one, or with a mistake in it, is shown to nobody in
public (docs/decisions/0015), unless the technician has said that the house answers for such films.
"""

from __future__ import annotations

import os
import stat
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from player.alerts.priorities import Programme
from player.errors import PlayerError, Sentence
from player.schedule.playback import Stamp
from player.sidecar import LARGEST_SIDECAR_BYTES, Handout, Pause, Sidecar, SidecarError, parse_sidecar

PICTURES = frozenset({".mp4", ".m4v", ".mov", ".webm", ".mkv", ".ogv", ".3gp", ".avi", ".wmv", ".mpg", ".mpeg", ".ts"})
SOUNDS = frozenset({".mp3", ".m4a", ".m4b", ".aac", ".ogg", ".oga", ".opus", ".flac", ".wav"})

MOST_FILMS = 5000
_DEEPEST = 4


class UnknownFilmError(PlayerError):
    """There is no such film."""


class FilmRefusedError(PlayerError):
    """The film may not be shown."""


@dataclass(frozen=True, slots=True)
class Film:
    """A film or a sound.

    Attributes:
        file: its name below the content folder.
        path: where it lies.
        stamp: which file it is.
        kind: a film or a sound, as its name says.
        title: what people call it.
        name: its name on the shelf; empty without a description.
        description: a few sentences about it.
        language: a tag of BCP 47; empty without a description.
        subjects: what it is about.
        uses: what is permitted.
        subtitles: the file of subtitles to be shown, as it was brought; None: none.
        pauses: where a screening halts, earliest first.
        handouts: what people take home.
        poster: the name of its picture, beside it; empty: none.
        refusal: why it may neither be shown nor heard; None: it may.
    """

    file: str
    path: Path
    stamp: Stamp
    kind: Programme
    title: str
    name: str = ""
    description: str = ""
    language: str = ""
    subjects: tuple[str, ...] = ()
    uses: frozenset[str] = frozenset()
    subtitles: Path | None = None
    pauses: tuple[Pause, ...] = ()
    handouts: tuple[Handout, ...] = ()
    poster: str = ""
    refusal: PlayerError | None = field(default=None, compare=False)

    @property
    def screening(self) -> bool:
        """Whether it may be shown in front of people."""
        return "public screening" in self.uses

    @property
    def loudspeaker(self) -> bool:
        """Whether it may be heard over the village's loudspeakers."""
        return "loudspeaker" in self.uses


class Films:
    """The content folder, as the player sees it; any thread may ask.

    Args:
        folder: the content folder.
        undescribed: whether films without a description may be shown.
    """

    def __init__(self, folder: Path, *, undescribed: bool = False) -> None:
        self._folder = folder
        self._undescribed = undescribed
        self._known: dict[str, tuple[tuple[Stamp, Stamp | None], Film]] = {}
        self._turn = threading.Lock()

    def find(self, name: str) -> Film:
        """Return a film.

        Args:
            name: its name below the content folder.

        Raises:
            UnknownFilmError: there is none, or the name leads elsewhere.
        """
        for form in dict.fromkeys((name, unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name))):
            film = self._look(form) if _is_inside(form) else None
            if film is not None:
                return film
        raise UnknownFilmError(
            Sentence("There is no film %(name)s.", name=_printable(name[:200])),
            Sentence("Look whether it was taken away."),
        )

    def stamp(self, name: str) -> Stamp | None:
        """Tell which file a film is now; None when it is gone."""
        try:
            return self.find(name).stamp
        except UnknownFilmError:
            return None

    def all(self) -> list[Film]:
        """List the films in the order of their names, at most 5000."""
        found = []
        for name in sorted(self._names(self._folder, ""))[:MOST_FILMS]:
            film = self._look(name)
            if film is not None:
                found.append(film)
        with self._turn:
            self._known = {film.file: self._known[film.file] for film in found if film.file in self._known}
        return found

    def _names(self, folder: Path, prefix: str, depth: int = 0) -> Iterator[str]:
        try:
            entries = list(os.scandir(folder))
        except OSError:
            return
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False) and depth < _DEEPEST:
                yield from self._names(Path(entry.path), f"{prefix}{entry.name}/", depth + 1)
            elif Path(entry.name).suffix.lower() in PICTURES | SOUNDS:
                yield f"{prefix}{entry.name}"

    def _look(self, name: str) -> Film | None:
        path = self._folder / name
        if _kind(path) is None or _leads_out(self._folder, path.parent):
            return None
        stamp = _stamp(path)
        if stamp is None:
            return None
        beside = path.with_suffix(".toml")
        stamps = (stamp, _stamp(beside))
        with self._turn:
            known = self._known.get(name)
        if known and known[0] == stamps:
            return known[1]
        film = self._read(name, path, stamp, beside if stamps[1] else None)
        with self._turn:
            self._known[name] = (stamps, film)
        return film

    def _read(self, name: str, path: Path, stamp: Stamp, beside: Path | None) -> Film:
        kind = _kind(path) or Programme.FILM
        if beside is None:
            return self._bare(name, path, stamp, kind)
        try:
            sidecar = parse_sidecar(_bytes(beside))
        except (SidecarError, OSError) as error:
            wrong = error if isinstance(error, SidecarError) else _unreadable(error)
            return Film(name, path, stamp, kind, path.stem, refusal=wrong)
        uses = frozenset(sidecar.rights.uses)
        heard = {"public screening", "loudspeaker"} if kind is Programme.SOUND else {"public screening"}
        return Film(
            file=name,
            path=path,
            stamp=stamp,
            kind=kind,
            title=sidecar.title.strip(),
            name=sidecar.name,
            description=sidecar.description.strip(),
            language=sidecar.language,
            subjects=tuple(sidecar.subjects),
            uses=uses,
            subtitles=_subtitles(sidecar, path),
            pauses=tuple(sorted(sidecar.pause, key=lambda pause: pause.at_ms)),
            handouts=tuple(one for one in sidecar.handout if one.code or one.book),
            poster=sidecar.poster or "",
            refusal=None if uses & heard else _not_permitted(sidecar.title),
        )

    def _bare(self, name: str, path: Path, stamp: Stamp, kind: Programme) -> Film:
        title = unicodedata.normalize("NFC", path.stem)
        if self._undescribed:
            return Film(name, path, stamp, kind, title, uses=frozenset({"public screening"}))
        refusal = FilmRefusedError(
            Sentence("%(title)s has no description, so nobody knows who permits to show it.", title=title),
            Sentence("Put its description beside it, as docs/film.example.toml shows."),
        )
        return Film(name, path, stamp, kind, title, refusal=refusal)


def _printable(name: str) -> str:
    """A name as it may stand on a page and in the log, whatever was asked for."""
    return "".join(letter if letter.isprintable() else "…" for letter in name)


def _kind(path: Path) -> Programme | None:
    suffix = path.suffix.lower()
    if suffix in SOUNDS:
        return Programme.SOUND
    return Programme.FILM if suffix in PICTURES else None


def _is_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return (
        bool(parts)
        and len(name) <= 4096
        and "\0" not in name
        and not name.startswith("/")
        and not any(part.startswith(".") for part in parts)
    )


def _leads_out(folder: Path, parent: Path) -> bool:
    return parent != folder and not parent.resolve().is_relative_to(folder.resolve())


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.lstat()
    except (OSError, ValueError):
        return None
    return Stamp(size=status.st_size, changed_ns=status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST_SIDECAR_BYTES + 1)


def _subtitles(sidecar: Sidecar, path: Path) -> Path | None:
    words = path.with_name(sidecar.words) if sidecar.words else None
    return words if words is not None and _stamp(words) else None


def _unreadable(error: OSError) -> SidecarError:
    return SidecarError(
        Sentence("The description of the film cannot be read: %(reason)s.", reason=error.strerror),
        Sentence("Look whether the card is in order."),
    )


def _not_permitted(title: str) -> FilmRefusedError:
    return FilmRefusedError(
        Sentence("%(title)s may not be shown in public: its rights do not permit it.", title=title),
        Sentence('Whoever holds the rights can permit it; then "public screening" stands in its description.'),
    )
