"""Reads schedule.toml, which says what plays when, as hub.toml is read: taken whole, or every problem named."""

import tomllib
from pathlib import Path

from hub.config import ConfigError, checked, read_tree
from hub.errors import Sentence
from hub.system import atomic_write
from player.schedule.config import ScheduleConfig

NAME = "schedule.toml"
"""What it is called, in the folder of the hub's own lasting files."""

_HINT = Sentence("docs/schedule.example.toml shows every setting.")


def load_schedule(state: Path) -> ScheduleConfig:
    """Read the schedule; without a file nothing is planned.

    Args:
        state: the folder of the hub's own lasting files.

    Raises:
        ConfigError: it cannot be read, is no TOML, or says something that is not allowed; with all its problems.
    """
    path = state / NAME
    try:
        tree = read_tree(path)
    except ConfigError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return ScheduleConfig()
        raise
    return checked(ScheduleConfig, tree, str(path), _HINT)


def save_schedule(state: Path, data: bytes) -> None:
    """Put a new schedule into the place of the old one, if nothing is wrong with it.

    Args:
        state: the folder of the hub's own lasting files.
        data: the whole new schedule.toml.

    Raises:
        ConfigError: it is no TOML, or says something that is not allowed; with all its problems.
        OSError: it could not be written; the old one is still there.
    """
    try:
        tree = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        wrong = Sentence("%(name)s is no TOML in UTF-8: %(reason)s.", name=NAME, reason=str(error)[:200])
        raise ConfigError(wrong, _HINT) from error
    checked(ScheduleConfig, tree, NAME, _HINT)
    atomic_write(state / NAME, data)
