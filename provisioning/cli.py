"""The `hub-province` command."""

import sys

import click

from hub import __version__
from hub.terminal import end_with, prepare


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hub-province")
def commands() -> None:
    """The bench of the province and the technician."""


def main() -> None:
    """Run the `hub-province` command."""
    prepare()
    try:
        commands.main(prog_name="hub-province")
    except Exception as error:
        end_with("hub-province", error, verbose="--verbose" in sys.argv)


if __name__ == "__main__":
    main()
