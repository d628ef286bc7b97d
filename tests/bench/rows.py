"""What a benchmark finds: rows that compare the hub with its anchor, as a table and as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One comparison.

    Attributes:
        case: what was measured.
        ours, anchor: the hub's figure and its anchor's; None where that one could not be measured.
        ratio: ours divided by the anchor's.
        unit: of both figures.
        goal: what the ratio must be, such as "≥ 1", or the hub's figure, such as "hub ≤ 10"; None for a row that only
            informs.
        holds: whether it is; None without a goal.
    """

    case: str
    ours: float | None
    anchor: float | None
    ratio: float | None
    unit: str
    goal: str | None
    holds: bool | None


def row(case: str, ours: float | None, anchor: float | None, unit: str, at_least: float | None = None) -> Row:
    """Compare two figures; with ``at_least``, their ratio must reach that, and a missing figure of ours fails."""
    ratio = round(ours / anchor, 2) if ours is not None and anchor else None
    goal = None if at_least is None else f"≥ {at_least:g}"
    holds = None if at_least is None else ours is not None and (ratio is None or ratio >= at_least)
    return Row(case, _shown(ours), _shown(anchor), ratio, unit, goal, holds)


def limit(case: str, ours: float | None, anchor: float | None, unit: str, at_most: float) -> Row:
    """Compare two figures; the hub's own must not be above ``at_most``, and a missing one fails."""
    compared = row(case, ours, anchor, unit)
    return replace(compared, goal=f"hub ≤ {at_most:g}", holds=ours is not None and ours <= at_most)


def no_slower(case: str, ours: float | None, anchor: float | None, unit: str) -> Row:
    """Compare two times; the hub's must not be longer, and a missing one fails; a missing anchor does not."""
    compared = row(case, ours, anchor, unit)
    return replace(compared, goal="≤ 1", holds=ours is not None and (anchor is None or ours <= anchor))


def _shown(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 1 if figure >= 10 else 2)


def print_table(console: Console, title: str, anchor: str, rows: Sequence[Row]) -> None:
    """Show the rows; a goal that is missed stands out."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for heading in ("case", "hub", anchor, "ratio", "unit", "goal", "holds"):
        table.add_column(heading, justify="right" if heading in {"hub", anchor, "ratio"} else "left")
    for line in rows:
        verdict = {None: "", True: "[green]yes[/]", False: "[bold red]NO[/]"}[line.holds]
        table.add_row(
            line.case, *map(_text, (line.ours, line.anchor, line.ratio)), line.unit, line.goal or "—", verdict
        )
    console.print(table)


def write_json(path: Path, rows: Sequence[Row]) -> None:
    """Write ``{"rows": [...]}``."""
    path.write_text(json.dumps({"rows": [asdict(line) for line in rows]}, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _text(figure: float | None) -> str:
    return "—" if figure is None else f"{figure:g}"


@dataclass(frozen=True)
class Bench:
    """What a benchmark is given.

    Attributes:
        console: where it tells how it goes.
        quick: whether it must end within 40 seconds.
        cache: folder for downloads and what is made of them, kept between runs.
        work: folder that is thrown away afterwards.
    """

    console: Console
    quick: bool
    cache: Path
    work: Path


@dataclass(frozen=True)
class Benchmark:
    """A benchmark: what it is compared with, the programs it needs (and their Debian packages), and how it is run."""

    anchor: str
    needs: dict[str, str]
    measure: Callable[[Bench], list[Row]]


def load_average() -> str:
    """How busy the machine is, for printing beside a figure."""
    return f"load {os.getloadavg()[0]:.1f}"
