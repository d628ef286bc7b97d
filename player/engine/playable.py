"""Which films may be played now: they are there, permitted, and have not failed twice."""

from __future__ import annotations

import logging

from player.engine import quarantine
from player.engine.quarantine import Failure, Failures
from player.errors import PlayerError, Sentence
from player.films import Film, Films
from player.schedule.order import Walk
from player.schedule.state_file import StateFile

logger = logging.getLogger(__name__)


class UnplayableError(PlayerError):
    """A film or stream that could not be played."""


class Playable:
    """The films that may be played.

    Args:
        films: the content folder.
        file: keeps which of them failed.
    """

    def __init__(self, films: Films, file: StateFile[Failures]) -> None:
        self._films = films
        self._file = file
        self._book = Failures()

    def load(self) -> None:
        """Read which films failed."""
        self._book = self._file.load() or Failures()

    def film(self, name: str) -> Film:
        """Return a film that may be played.

        Raises:
            PlayerError: it may not, and why.
        """
        film = self._films.find(name)
        if film.refusal:
            raise film.refusal
        if quarantine.is_bad(self._book, film.file, film.stamp):
            raise UnplayableError(
                Sentence("%(title)s could not be played twice, so it is left out.", title=film.title),
                Sentence("The technician's page tells why, and lets it be tried again."),
            )
        return film

    def bad(self, walk: Walk) -> set[str]:
        """The films of a list that may not be played."""
        return {name for name in set(walk.films) if not self._may_be_played(name)}

    def failed(self, film: Film, reason: Sentence, now: float) -> None:
        """Take note that a film could not be played, in seconds since 1970."""
        self._note(quarantine.failed(self._book, film.file, film.stamp, reason, now))

    def forgive(self, name: str) -> None:
        """Take a film out of quarantine, or forget its one failure since it was played whole."""
        if name in self._book.films:
            self._note(quarantine.forgiven(self._book, name))

    @property
    def quarantined(self) -> dict[str, Failure]:
        """The films that are left out."""
        return quarantine.in_quarantine(self._book, self._films.stamp)

    def _may_be_played(self, name: str) -> bool:
        try:
            self.film(name)
        except PlayerError:
            return False
        return True

    def _note(self, book: Failures) -> None:
        self._book = book
        try:
            self._file.save(book)
        except OSError as error:
            logger.warning("Which films failed cannot be kept: %s", error.strerror)
