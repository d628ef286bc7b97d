"""The `hub` command: the technician's tool on a card, the reader's on a laptop."""

# ruff: noqa: PLC0415 - a command that only prints its help shall not load the house

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub import __version__
from hub.box_command import box
from hub.errors import Sentence
from hub.library_commands import library
from hub.openings_command import openings
from hub.terminal import briefly, end_with, prepare, say

if TYPE_CHECKING:
    from hub.config import HubConfig

DEFAULT_CONFIG = Path("/etc/hub/hub.toml")
_VERBOSE = click.option("--verbose", is_flag=True, help="Tell more.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hub")
def commands() -> None:
    """The heart of a village cultural house: Wi-Fi portal, e-library, media player."""


@commands.command()
@click.option(
    "--data", metavar="DIR", type=click.Path(path_type=Path), help="Keep all in this folder, serve its content/."
)
@click.option("--port", type=int, default=8080, show_default=True, help="TCP port to listen on.")
@click.option("--address", default="0.0.0.0", show_default=True, help="Address to listen on.")  # noqa: S104 - for phones
@click.option("--edge", is_flag=True, help="Have nginx in front, as on a card.")
@_VERBOSE
def demo(data: Path | None, port: int, address: str, edge: bool, verbose: bool) -> None:
    """Open a village library on this machine, to look at. Ctrl-C closes it."""
    from hub.demo import open_house

    open_house(data, address, port, edge=edge, verbose=verbose)


@commands.command()
@click.argument("service", type=click.Choice(("gate", "player", "shelf", "web", "edge")))
@click.option(
    "--config",
    "path",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=DEFAULT_CONFIG,
    show_default=True,
    help="The hub's settings.",
)
@_VERBOSE
@click.option("--quiet", is_flag=True, help="Tell only what is wrong.")
def run(service: str, path: Path, verbose: bool, quiet: bool) -> None:
    """Run one service in the foreground, as systemd does. SIGTERM or Ctrl-C stops it."""
    from hub import lifeline, logs
    from hub.notify import Notifier
    from hub.supervisor import PARENT_VARIABLE

    if (parent := os.environ.pop(PARENT_VARIABLE, "")).isdecimal():
        lifeline.die_with_parent(int(parent))
    config = _load(path)
    logs.configure(service, config.house.id, logging.DEBUG if verbose else logging.WARNING if quiet else logging.INFO)
    notifier = Notifier.from_environment(os.environ)
    for variable in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):  # not for what this process starts
        os.environ.pop(variable, None)
    from hub.wiring import run_service

    run_service(service, config, notifier)


@commands.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
def check(path: Path) -> None:
    """Tell everything that is wrong with a hub.toml, and with the schedule and the keys of its house."""
    from hub.schedule_file import load_schedule
    from hub.signers_file import load_signers

    config = _load(path)
    load_schedule(config.paths.state)
    load_signers(config.paths.state / "player")
    say(
        Sentence(
            "%(path)s is good: %(house)s, %(place)s.", path=path, house=config.house.title, place=config.house.place
        )
    )


@commands.command()
@click.option(
    "--config",
    "path",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=DEFAULT_CONFIG,
    show_default=True,
    help="The hub's settings.",
)
@click.option(
    "--root",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=Path("/"),
    show_default=True,
    help="Write below this folder.",
)
def apply(path: Path, root: Path) -> None:
    """Write the files of hostapd, dnsmasq, nginx and networkd."""
    from hub.apply import apply as write_all

    write_all(_load(path), root.absolute(), lambda done, file: click.echo(f"{briefly(done):20} {file}"))


@commands.command()
def config_example() -> None:
    """Print a hub.toml that explains every setting."""
    from hub.example import render

    click.echo(render(), nl=False)


library.add_command(openings)
commands.add_command(box)
commands.add_command(library)


def _load(path: Path) -> "HubConfig":
    from hub.config import load

    return load(path)


def main() -> None:
    """Run the `hub` command."""
    prepare()
    try:
        commands.main(prog_name="hub")
    except Exception as error:
        end_with("hub", error, verbose="--verbose" in sys.argv)


if __name__ == "__main__":
    main()
