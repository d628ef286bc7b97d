"""The `hub-image` command."""

import sys

import click

from hub import __version__
from hub.terminal import end_with, prepare


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hub-image")
def commands() -> None:
    """The workshop of the SD-card image."""


def main() -> None:
    """Run the `hub-image` command."""
    prepare()
    try:
        commands.main(prog_name="hub-image")
    except Exception as error:
        end_with("hub-image", error, verbose="--verbose" in sys.argv)


if __name__ == "__main__":
    main()
