"""Why the engine does not do what it is asked."""

from __future__ import annotations

from player.alerts.loudness import Hours
from player.errors import PlayerError, Sentence


class RefusedError(PlayerError):
    """A command that is not obeyed now."""


class QuietHoursError(RefusedError):
    """These are quiet hours."""


class NothingOnError(RefusedError):
    """There is nothing that the command could be about."""


class UnknownListError(PlayerError):
    """There is no such playlist."""


def quiet_hours(quiet: Hours) -> QuietHoursError:
    """Refuse because of the quiet hours that hold."""
    return QuietHoursError(
        Sentence("These are the quiet hours, until %(end)s. Only an emergency is heard now.", end=f"{quiet.end:%H:%M}"),
        Sentence("The quiet hours stand in the schedule."),
    )


def nothing_on() -> NothingOnError:
    """Refuse because nothing plays."""
    return NothingOnError(Sentence("Nothing plays just now."), Sentence("Choose a film or a playlist first."))
