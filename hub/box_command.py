"""`hub box`: what is wired where on the box of buttons, lights and relay, and whether it works."""

# ruff: noqa: PLC0415 - a command that only prints its help shall not load the house

import time
from pathlib import Path

import click

from hub.errors import HubError, Sentence
from hub.terminal import say


class BoxError(HubError):
    """The box cannot be tried."""


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
@click.option("--try", "tried", is_flag=True, help="Switch lights and relay on and off, and tell what is pressed.")
@click.option(
    "--seconds",
    type=click.FloatRange(0, 600),
    default=30,
    show_default=True,
    help="With --try: how long buttons are told.",
)
def box(path: Path, tried: bool, seconds: float) -> None:
    """Tell what is wired where on the box of buttons, lights and relay; try it."""
    from hub.config import load
    from player.pins.panel import Panel
    from player.pins.trying import try_out
    from player.pins.wording import wiring

    pins = load(path).player.pins
    if not pins.wired:
        say(Sentence("Nothing is wired: see [player.pins] in hub.toml."))
        return
    for line in wiring(pins):
        say(line)
    if not tried:
        return
    with Panel(pins) as panel:
        if not panel.works:
            raise BoxError(
                Sentence("The box cannot be tried."),
                Sentence("Is this the Raspberry Pi, and is hub-player stopped? Try: systemctl stop hub-player"),
            )
        try_out(panel, say, time.sleep, seconds)
