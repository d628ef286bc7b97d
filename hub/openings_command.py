"""`hub library openings`: what was opened, in the terminal or as a table."""

# ruff: noqa: PLC0415 - a command that only prints its help shall not load the house

import csv
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from library.openings_file import OpeningsFile, OpeningsRow


@click.command()
@click.option(
    "--config",
    "path",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=Path("/etc/hub/hub.toml"),
    show_default=True,
    help="The hub's settings.",
)
@click.option("--days", type=click.IntRange(1, 400), default=30, show_default=True, help="How many days, with today.")
@click.option("--csv", "as_table", is_flag=True, help="Print every number there is, as a table.")
def openings(path: Path, days: int, as_table: bool) -> None:
    """Tell which books, films and sounds were opened most. Nobody knows by whom."""
    from hub.config import load
    from hub.openings import file_of

    file = file_of(load(path))
    if as_table:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(["day", "kind", "name", "openings"])
        writer.writerows((row.day, row.kind, row.name, row.count) for row in file.rows())
        return
    for line in _lines(file, days):
        click.echo(line)


def _lines(file: "OpeningsFile", days: int) -> list[str]:
    from library.openings_days import UNKNOWN, day_of, days_before

    today = file.believed(day_of(time.time()))
    last = file.newest() if today == UNKNOWN else today
    rows = file.rows(days_before(last, days), last) if last else []
    head = f"{days_before(last, days)} to {last}" if last else ""
    return [
        *(["The clock of this machine is not right; these are the last days that are known."] if today != last else []),
        *([head, *_table(rows)] if rows else ["Nothing was opened in these days."]),
    ]


def _table(rows: "Sequence[OpeningsRow]") -> list[str]:
    counts: dict[tuple[str, str], int] = {}
    for row in rows:
        counts[row.name, row.kind] = counts.get((row.name, row.kind), 0) + row.count
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    width = max(len(str(count)) for count in counts.values())
    return [f"{count:>{width}}  {kind:<8}  {_printable(name)}" for (name, kind), count in most]


def _printable(name: str) -> str:
    """A book's name without what could steer a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)
