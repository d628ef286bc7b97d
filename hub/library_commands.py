"""`hub library`: prints labels and posters from the terminal."""

# ruff: noqa: PLC0415 - a command that only prints its help shall not load the house

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from hub.config import HubConfig
    from library.printing.choosing import Chooser
    from library.printing.orders import Order

_SHEETS = ("24", "24-full", "24-gaps", "40", "40-full", "40-gaps")


@click.group()
def library() -> None:
    """Print what hangs on walls and sticks on shelves; tell what is opened."""


def _config_option(command: Callable[..., None]) -> Callable[..., None]:
    option: Any = click.option(
        "--config",
        "path",
        metavar="FILE",
        type=click.Path(path_type=Path),
        default=Path("/etc/hub/hub.toml"),
        show_default=True,
        help="The hub's settings.",
    )
    decorated: Callable[..., None] = option(command)
    return decorated


def _output_option(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(
        "--output",
        "-o",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        default=Path(name),
        show_default=True,
        help="The PDF to write.",
    )


@library.command()
@_config_option
@_output_option("labels.pdf")
@click.option(
    "--sheet",
    type=click.Choice(_SHEETS),
    default="24",
    show_default=True,
    help="Stickers on a page. Plain: a white frame around them (24 of 64.6×33.8 mm, 40 of 48.5×25.4 mm);"
    " full: to the edge (70×37, 52.5×29.7); gaps: with gaps between (63.5×33.9, 45.7×25.4).",
)
@click.option(
    "--book",
    "books",
    metavar="KEY",
    multiple=True,
    help="Only this one: its key in addresses, or its code. Repeatable.",
)
@click.option(
    "--pages", metavar="NUMBERS", help='Lines of one book\'s table of contents instead of the book: "1-8,12" or "all".'
)
@click.option("--skip", metavar="N", type=click.IntRange(0, 39), default=0, help="Stickers used up on the first sheet.")
@click.option("--cut-marks/--no-cut-marks", default=True, help="Fine lines that show where to cut plain paper.")
@click.option("--list", "only_list", is_flag=True, help="Print nothing; list keys, or with --book a book's pages.")
def labels(
    path: Path,
    output: Path,
    sheet: str,
    books: tuple[str, ...],
    pages: str | None,
    skip: int,
    cut_marks: bool,
    only_list: bool,
) -> None:
    """Print stickers with two codes: 1 joins the Wi-Fi, 2 opens the book."""
    from hub.config import load
    from hub.print_shop import house_of
    from library.printing.orders import Order
    from library.printing.sheets import SHEETS

    config = load(path)
    chooser = _chooser(config)
    if only_list:
        _list(chooser, books)
        return
    if pages and len(books) != 1:
        raise click.UsageError("--pages needs exactly one --book.")
    if skip >= SHEETS[sheet].count:
        raise click.UsageError(f"--skip {skip}: a sheet has only {SHEETS[sheet].count} stickers.")
    chosen = chooser.pages(books[0], pages) if pages else chooser.books(books) if books else chooser.everything()
    order = Order(house_of(config), sheet=sheet, stickers=chosen, skip=skip, cut_marks=cut_marks)
    _print(config, order, output)


@library.command()
@_config_option
@_output_option("posters.pdf")
@click.option(
    "--kind",
    type=click.Choice(("all", "wifi", "shelf", "class")),
    default="all",
    show_default=True,
    help="wifi: how to join; shelf: a subject's books; class: one book large; all: wifi and every shelf.",
)
@click.option("--subject", "subjects", metavar="NAME", multiple=True, help="For shelf: only this subject. Repeatable.")
@click.option("--book", "books", metavar="KEY", multiple=True, help="For class: this book. Repeatable.")
@click.option("--pages", metavar="NUMBERS", help="For class: these lines of the book's table of contents instead.")
def posters(
    path: Path, output: Path, kind: str, subjects: tuple[str, ...], books: tuple[str, ...], pages: str | None
) -> None:
    """Print posters of the Wi-Fi, of the shelf by subject, or of one book for a class."""
    from hub.config import load
    from hub.print_shop import house_of
    from library.printing.orders import Order

    if subjects and kind not in {"all", "shelf"}:
        raise click.UsageError("--subject is for --kind shelf.")
    if (books or pages) and kind != "class":
        raise click.UsageError("--book and --pages are for --kind class.")
    if kind == "class" and not books:
        raise click.UsageError("--kind class needs a --book.")
    if pages and len(books) != 1:
        raise click.UsageError("--pages needs exactly one --book.")
    config = load(path)
    chooser = _chooser(config)
    order = Order(
        house_of(config),
        wifi=kind in {"all", "wifi"},
        shelves=chooser.shelves(subjects) if kind in {"all", "shelf"} else (),
        lessons=() if kind != "class" else chooser.pages(books[0], pages) if pages else chooser.books(books),
    )
    _print(config, order, output)


def _chooser(config: "HubConfig") -> "Chooser":
    from library.codes.code_book import CodeBook
    from library.printing.choosing import Chooser
    from library.shelf import Shelf

    state = config.paths.state
    return Chooser(Shelf(config.paths.content, state / "shelf.json"), CodeBook(state / "codes.sqlite"))


def _list(chooser: "Chooser", books: tuple[str, ...]) -> None:
    if not books:
        for key, label in chooser.choices():
            click.echo(f"{label.code}  {key}  {label.title}")
    for key in books:
        for number, line in enumerate(chooser.contents(key), start=1):
            click.echo(f"{number:>5}  {line.title}")


def _print(config: "HubConfig", order: "Order", output: Path) -> None:
    from hub.errors import HubError, Sentence
    from hub.print_shop import warnings
    from hub.system import atomic_write
    from hub.terminal import say
    from library.printing.press import Press, steps

    for sentence in warnings(config, order.house):
        say(Sentence(sentence), begin=f"{click.style('!', fg='yellow', bold=True)} ", indent="  ", err=True)
    total = steps(order)
    with _progress_bar(total) as tell:
        document = Press().print(order, tell)
    try:
        atomic_write(output, document)
    except OSError as error:
        message = Sentence("%(path)s cannot be written: %(reason)s.", path=output, reason=error.strerror)
        raise HubError(message, Sentence("Name another file: --output FILE.")) from error
    size = len(document) // 1024
    if order.sheet:
        what = Sentence("1 label") if total == 1 else Sentence("%(count)d labels", count=total)
    else:
        what = Sentence("1 book or poster") if total == 1 else Sentence("%(count)d books and posters", count=total)
    say(Sentence("%(path)s: %(what)s, %(size)d KiB.", path=output, what=what, size=size))


@contextlib.contextmanager
def _progress_bar(total: int) -> Iterator[Callable[[int], None]]:
    """A bar on the terminal's error stream; gives a function that hears how far it is."""
    done = 0
    bar: Any = click.progressbar(length=total, label="Printing", file=sys.stderr)

    def tell(now: int) -> None:
        nonlocal done
        bar.update(now - done)
        done = now

    with bar:
        yield tell
