"""`hub library openings`: what was opened, in the terminal or as a table."""

# ruff: noqa: PLC0415 - a command that only prints its help shall not load the house

import csv
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.errors import Sentence
from hub.terminal import briefly, say

if TYPE_CHECKING:
    from library.openings.file import OpeningsFile, OpeningsRow


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
    _tell(file, days)


def _tell(file: "OpeningsFile", days: int) -> None:
    from library.openings.days import UNKNOWN, day_of, days_before

    today = file.believed(day_of(time.time()))
    last = file.newest() if today == UNKNOWN else today
    if today == UNKNOWN:
        say(Sentence("The clock of this machine is not right; these are the last days that are known."))
    rows = file.rows(days_before(last, days), last) if last else []
    if not rows:
        say(Sentence("Nothing was opened in these days."))
        return
    click.echo(f"{days_before(last, days)} – {last}")
    _tell_most(rows)


def _tell_most(rows: "Sequence[OpeningsRow]") -> None:
    from library.openings.kinds import OpeningKind

    counts: dict[tuple[str, str], int] = {}
    for row in rows:
        counts[row.name, row.kind] = counts.get((row.name, row.kind), 0) + row.count
    words = {
        OpeningKind.BOOK.value: Sentence("book read"),
        OpeningKind.DOCUMENT.value: Sentence("document opened"),
        OpeningKind.FILM.value: Sentence("film watched"),
        OpeningKind.SOUND.value: Sentence("sound heard"),
        OpeningKind.CODE.value: Sentence("code followed"),
    }
    kinds = {kind: briefly(word) for kind, word in words.items()}
    width = max(len(str(count)) for count in counts.values())
    wide = max(len(kinds[kind]) for _name, kind in counts)
    for (name, kind), count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        click.echo(f"{count:>{width}}  {kinds[kind]:<{wide}}  {_printable(name)}")


def _printable(name: str) -> str:
    """A book's name without what could steer a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)
