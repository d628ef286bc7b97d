"""How the hub's commands speak in a terminal: in Unicode everywhere, and about errors in sentences."""

import io
import os
import sys
import traceback
from collections.abc import Iterable
from typing import NoReturn

import click


def prepare() -> None:
    """Let both streams take every letter, whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def end_with(program: str, error: Exception, *, verbose: bool) -> NoReturn:
    """Tell what went wrong and what to do next, then end the program; never a trace, unless it was asked for.

    Args:
        program: the command's name.
        error: one with ``message`` and ``hint``, and perhaps ``problems`` and ``exit_status``; or any other.
        verbose: whether the trace of an unexpected error is shown.
    """
    if isinstance(error, BrokenPipeError):  # nobody reads any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    message = getattr(error, "message", None)
    if message is None:
        if verbose:
            traceback.print_exception(error)
        message = f"Something unexpected: {type(error).__name__}: {error}"
        hint = "" if verbose else "This is a fault of the hub. --verbose shows more."
    else:
        hint = getattr(error, "hint", "")
    problems: Iterable[object] = getattr(error, "problems", ())
    click.echo(f"{click.style(f'{program}:', fg='red', bold=True)} {message}", err=True)
    for problem in problems:
        click.echo(f"  {problem}", err=True)
    if hint:
        click.echo(f"{' ' * len(program)}  {hint}", err=True)
    sys.exit(getattr(error, "exit_status", 1))
