"""What may be shown: the player's films and playlists, with the pictures that the shelf has of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.remote.line import PlayerLine
from hub.remote.sayings import length
from library.search.folding import fold


@dataclass(frozen=True, slots=True)
class FilmView:
    """A film or a sound to choose.

    Attributes:
        film: its name below the content folder.
        kind: "film" or "sound".
        length: as people say it; empty where it is not known.
        stops: how many times it waits with a question.
        picture: the address of a small picture; None where there is none.
    """

    film: str
    title: str
    kind: str
    length: str
    stops: int
    picture: str | None


@dataclass(frozen=True, slots=True)
class PlaylistView:
    """A playlist to choose."""

    name: str
    films: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Everything that may be shown."""

    films: tuple[FilmView, ...]
    playlists: tuple[PlaylistView, ...]

    def found(self, typed: str) -> tuple[FilmView, ...]:
        """The films whose titles have every word that was typed, with or without marks."""
        wanted = fold(typed).split()
        return tuple(film for film in self.films if all(word in fold(film.title) for word in wanted))


class FilmRoom:
    """Knows what may be shown.

    Args:
        line: to the player.
        pictures: the address of a small picture for each film of the shelf that has one.
    """

    def __init__(self, line: PlayerLine, pictures: Callable[[], Mapping[str, str]]) -> None:
        self._line = line
        self._pictures = pictures

    def choice(self) -> Choice:
        """What may be shown in a hall: films and sounds whose rights allow it, and that are sound.

        Raises:
            PlayerSilentError, PlayerRefusedError: the player does not tell.
        """
        said = self._line.look("/films")
        table: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
        pictures = self._pictures()
        films = [_film(one, pictures) for one in _tables(table.get("films")) if one.get("screening") is True]
        lists = [
            PlaylistView(str(one.get("name", "")), len(one.get("films") or ()))
            for one in _tables(table.get("playlists"))
        ]
        shown = (film for film in films if film is not None)
        return Choice(tuple(sorted(shown, key=lambda film: fold(film.title))), tuple(lists))

    def broadcasts(self) -> tuple[str, ...]:
        """The addresses of the live broadcasts that the schedule knows.

        Raises:
            PlayerSilentError, PlayerRefusedError: the player does not tell.
        """
        planned = _tables(self._line.look("/schedule"))
        return tuple(dict.fromkeys(str(one.get("plays", "")) for one in planned if one.get("broadcast") is True))


def _film(said: Mapping[str, Any], pictures: Mapping[str, str]) -> FilmView | None:
    film = said.get("film")
    if not isinstance(film, str) or said.get("bad"):
        return None
    long_ms, pauses = said.get("length_ms"), said.get("pauses")
    return FilmView(
        film=film,
        title=str(said.get("title") or film.rpartition("/")[2]),
        kind="sound" if said.get("kind") == "sound" else "film",
        length=length(int(long_ms)) if isinstance(long_ms, (int, float)) and long_ms > 0 else "",
        stops=len(pauses) if isinstance(pauses, list) else 0,
        picture=pictures.get(film),
    )


def _tables(said: object) -> Iterable[Mapping[str, Any]]:
    return [one for one in said if isinstance(one, Mapping)] if isinstance(said, list) else []
