"""Reads schedule.toml, which says what plays when, as hub.toml is read: taken whole, or every problem named."""

from pathlib import Path

from hub.config import ConfigError, checked, read_tree
from hub.errors import Sentence
from player.schedule.config import ScheduleConfig

NAME = "schedule.toml"
"""What it is called, in the folder of the hub's own lasting files."""


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
    hint = Sentence("docs/schedule.example.toml shows every setting.")
    return checked(ScheduleConfig, tree, str(path), hint)
