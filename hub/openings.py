"""Introduces the count of openings to the services: where it lies, who collects, who may see it."""

from pathlib import Path

import library
from hub.config import HubConfig
from library.openings.collector import Collector
from library.openings.days import day_of
from library.openings.file import OpeningsFile
from library.openings.spool import Spool


def spool_of(config: HubConfig) -> Spool:
    """Where the web processes leave what is opened."""
    return Spool(config.paths.run / "openings")


def file_of(config: HubConfig) -> OpeningsFile:
    """The numbers on the card."""
    return OpeningsFile(config.paths.state / "openings.sqlite", _day_of_the_program)


def collector_of(config: HubConfig) -> Collector:
    """Carries the one to the other; for the service that holds the state folder."""
    return Collector(spool_of(config), file_of(config))


def _day_of_the_program() -> str:
    """The day on which the hub's own files were made: it cannot be earlier."""
    return day_of(Path(library.__file__).stat().st_mtime)
