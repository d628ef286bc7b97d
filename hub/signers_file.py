"""Reads signers.toml, the keys of those outside who may speak here, as hub.toml is read: whole, or every problem named.

The player reads the same file in its own way, and takes a wrong one for none: a technician is told here what is wrong.
"""

from pathlib import Path

from hub.config import ConfigError, checked, read_tree
from hub.errors import Sentence
from player.announcing.signers import SignersConfig

NAME = "signers.toml"
"""What it is called, in the folder of the player's lasting files."""


def load_signers(state: Path) -> SignersConfig:
    """Read the keys; without a file there are none.

    Args:
        state: the folder of the player's lasting files.

    Raises:
        ConfigError: it cannot be read, is no TOML, or says something that is not allowed; with all its problems.
    """
    path = state / NAME
    try:
        tree = read_tree(path)
    except ConfigError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return SignersConfig()
        raise
    return checked(SignersConfig, tree, str(path), Sentence("docs/loa.md shows what stands in it."))
